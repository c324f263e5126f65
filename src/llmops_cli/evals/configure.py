"""From the entries under `scorers:` to scorers that are ready to judge."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from jinja2 import TemplateSyntaxError

from llmops_cli.core import schema
from llmops_cli.core.errors import InputError
from llmops_cli.core.globs import is_glob
from llmops_cli.core.spelling import did_you_mean, nearest
from llmops_cli.evals.metric import is_taken
from llmops_cli.evals.scorer_version import identify
from llmops_cli.evals.suite import GATE_SETTINGS, ScorerUse
from llmops_cli.prompts.template import compile_value
from llmops_cli.scorers import SCORERS, scorer_class
from llmops_cli.scorers.base import OptionError
from llmops_cli.scorers.reads import named_by, read_file

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from llmops_cli.core.problem import Problem
    from llmops_cli.core.source import Source
    from llmops_cli.scorers.base import Surroundings

NOT = "not-"
SETTINGS = ("metric", "threshold", "weight", "reads")
_BARE: Any = object()
"""Stands for the option of a scorer that is only named."""


def configure(
    entries: list[Any],
    source: Source,
    pointer: tuple[str | int, ...],
    surroundings: Surroundings,
    taken: frozenset[str] = frozenset(),
) -> tuple[tuple[ScorerUse, ...], list[Problem]]:
    """A use for each entry, and every problem found. `taken` are metric names used elsewhere."""
    uses: list[ScorerUse] = []
    problems: list[Problem] = []
    names = dict.fromkeys(taken, "another scorer")
    for index, entry in enumerate(entries):
        at = (*pointer, index)
        use, faults = _configure_one(entry, source, at, surroundings)
        problems += faults
        if use is None:
            continue
        if use.metric in names or use.metric in GATE_SETTINGS or is_taken(use.metric):
            by = names.get(use.metric, "llmops itself")
            problems.append(
                source.problem(
                    at,
                    f"the metric name `{use.metric}` is taken by {by}",
                    "give this scorer its own name with `metric: …`",
                )
            )
            continue
        names[use.metric] = "another scorer of this suite"
        uses.append(use)
    return tuple(uses), problems


def _configure_one(
    entry: Any, source: Source, at: tuple[str | int, ...], surroundings: Surroundings
) -> tuple[ScorerUse | None, list[Problem]]:
    spec = {entry: _BARE} if isinstance(entry, str) else entry
    given = [key for key in spec if key.removeprefix(NOT) in SCORERS]
    unknown = [key for key in spec if key not in given and key not in SETTINGS]
    problems = [
        source.problem(
            (*at, key),
            f"unknown scorer `{key}`" if not given else f"unknown key `{key}`",
            _nearest_hint(key, settings_only=bool(given)),
            key=isinstance(entry, dict),
        )
        for key in unknown
    ]
    if not problems and len(given) != 1:
        named = "no scorer" if not given else "the scorers " + ", ".join(f"`{key}`" for key in given)
        problems = [source.problem(at, f"an entry names one scorer, found {named}", "one `- ` a scorer")]
    problems += _setting_problems(spec, source, at)
    if problems:
        return None, problems
    return _build(spec, given[0], source, at, surroundings)


def _nearest_hint(key: str, *, settings_only: bool) -> str:
    if settings_only:
        return did_you_mean(key, SETTINGS, noun="settings")
    return did_you_mean(key, SETTINGS if nearest(key, SETTINGS) else SCORERS, noun="scorers")


def _setting_problems(spec: Mapping[str, Any], source: Source, at: tuple[str | int, ...]) -> list[Problem]:
    problems = []
    metric = spec.get("metric", "x")
    if not isinstance(metric, str) or not metric.strip():
        problems.append(
            source.problem((*at, "metric"), f"`metric` must be a name, found {schema.shown(metric)}")
        )
    for key, low, hint in (
        ("threshold", False, "values lie between 0 and 1, and 0 would let every answer pass"),
        ("weight", True, "remove the scorer if it should not count"),
    ):
        value = spec.get(key, 1)
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not (value > 0 if low else 0 < value <= 1):
            wanted = "a number above 0" if low else "a number above 0 and at most 1"
            problems.append(
                source.problem((*at, key), f"`{key}` must be {wanted}, found {schema.shown(value)}", hint)
            )
    return problems


def _build(
    spec: Mapping[str, Any],
    key: str,
    source: Source,
    at: tuple[str | int, ...],
    surroundings: Surroundings,
) -> tuple[ScorerUse | None, list[Problem]]:
    kind = scorer_class(key.removeprefix(NOT))
    negate = key.startswith(NOT)
    option = {} if spec[key] is _BARE else long_form(kind.shorthand, spec[key])
    prefix = (*at, key)
    if not isinstance(option, dict):
        keys = ", ".join(f"`{name}`" for name in kind.option["properties"])
        message = f"{key}: wants a mapping with {keys}, found {schema.shown(option)}"
        return None, [source.problem(prefix, message)]
    problems = [
        source.problem(
            (*prefix, *(() if pointer == (kind.shorthand,) else pointer)),
            f"{key}: {message}",
            hint,
            key=at_key,
        )
        for pointer, message, hint, at_key in schema.faults(option, schema.validator(kind.option))
    ]
    if negate and not kind.decides and "threshold" not in spec:
        problems.append(
            source.problem(at, f"`{key}` gives a graded value: `not-` needs a `threshold`", "threshold: 0.8")
        )
    surroundings, wrong = _with_reads(spec, source, at, surroundings) if kind.may_read else (surroundings, [])
    if "reads" in spec and not kind.may_read:
        hint = "a scorer of your own, `python: FILE.py:FUNCTION`, may read files"
        wrong = [source.problem((*at, "reads"), f"`{key}` reads no files", hint, key=True)]
    problems += wrong
    if problems:
        return None, problems
    try:
        fill, reads = compile_value(option, surroundings.tree.limits)
        scorer = kind(option, surroundings)
    except TemplateSyntaxError as error:
        return None, [source.problem(prefix, f"{key}: template syntax: {error.message}")]
    except InputError as error:
        message = error.problems[0].message if error.problems else error.message
        return None, [source.problem(prefix, f"{key}: {message}", error.hint)]
    except OptionError as error:
        return None, [source.problem(prefix, f"{key}: {error.message}", error.hint)]
    except ValueError as error:
        return None, [source.problem(prefix, f"{key}: {error}")]
    threshold = spec.get("threshold")
    judging = {name: value for name, value in option.items() if name not in kind.limits}
    judged_by = {"scorer": key, "option": judging, "threshold": threshold, "extra": scorer.identity}
    identity, version = identify(scorer, judged_by)
    use = ScorerUse(
        name=key,
        metric=spec.get("metric", key),
        scorer=scorer,
        fill=fill,
        reads=reads,
        identity=identity,
        version=version,
        negate=negate,
        threshold=None if threshold is None else float(threshold),
        weight=float(spec.get("weight", 1)),
        pointer=prefix,
    )
    return use, []


def _with_reads(
    spec: Mapping[str, Any], source: Source, at: tuple[str | int, ...], surroundings: Surroundings
) -> tuple[Surroundings, list[Problem]]:
    """The surroundings of a scorer that may read the files that its `reads` names."""
    given = spec.get("reads", [])
    if not isinstance(given, list) or not all(isinstance(name, str) and name for name in given):
        message = f"`reads` must be a list of paths, found {schema.shown(given)}"
        return surroundings, [source.problem((*at, "reads"), message, "reads: [scorers/allowed.json]")]
    names, problems = [], []
    for number, name in enumerate(given):
        place = (*at, "reads", number)
        if not is_glob(name):
            try:
                names.append(read_file(surroundings, name))
            except OptionError as error:
                problems.append(source.problem(place, f"reads: {error.message}", error.hint))
        elif not named_by(surroundings, name):
            hint = "a glob begins at the project's root: `scorers/lists/*.txt`"
            problems.append(source.problem(place, f"reads: `{name}` matches no file", hint))
        else:
            names.append(name)
    return replace(surroundings, reads=tuple(names)), problems


def long_form(shorthand: str, option: Any) -> Any:
    """`equals: x` means `equals: {value: x}`: a bare value stands for the scorer's main key."""
    if not shorthand or (isinstance(option, dict) and shorthand in option):
        return option
    return {shorthand: option}


def output_schema_use(
    output: Mapping[str, Any], surroundings: Surroundings, fill: Callable[..., Any] | None = None
) -> ScorerUse:
    """The scorer that asserts a prompt's own `output` schema, as the metric `output`."""
    option = {"schema": output}
    scorer = scorer_class("json-schema")(option, surroundings)
    identity, version = identify(scorer, {"scorer": "json-schema", "option": option})
    return ScorerUse(
        name="json-schema",
        metric="output",
        scorer=scorer,
        fill=fill or (lambda values: option),
        reads=frozenset(),
        identity=identity,
        version=version,
    )
