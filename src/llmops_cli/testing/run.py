"""Runs one case of a scorer, as a suite would use the scorer, and compares what comes out."""

from __future__ import annotations

import math
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llmops_cli.core import schema
from llmops_cli.core.errors import InputError
from llmops_cli.core.files import write_text
from llmops_cli.core.project import find_root
from llmops_cli.core.tree import WorkingTree
from llmops_cli.evals.bench import waited_for
from llmops_cli.evals.configure import long_form
from llmops_cli.models.answer import Answer
from llmops_cli.prompts.template import compile_value
from llmops_cli.scorers import scorer_class
from llmops_cli.scorers.base import AskingScorer, NotMeasuredError, Surroundings
from llmops_cli.scorers.call import ElsewhereError
from llmops_cli.scorers.sample import Sample

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmops_cli.scorers.base import Measurement, Scorer
    from llmops_cli.testing.scorer_case import ScorerCase

MODEL = "gateway/model-2024-07-18"
"""The model that is said to have answered, where a case does not name another one."""
CLOSE = 1e-9
"""How far a value may be from the one that is wanted: the rounding of floating point."""


class ScorerCaseFailedError(AssertionError):
    """What came out of a scorer is not what its case wants."""


def run_scorer_case(case: ScorerCase) -> None:
    """Run one case. Raises ScorerCaseFailedError, which says what came out; nobody is asked.

    Paths of the option are looked up among the case's own `files`, beside the case, and from the project's
    root.
    """
    with tempfile.TemporaryDirectory(prefix="llmops-") as folder:
        for path, text in case.data.get("files", {}).items():
            write_text(Path(folder) / path, text)
        _run(case, _surroundings(case, Path(folder)))


def sample_of(data: Mapping[str, Any]) -> Sample:
    """The sample that a case's keys describe."""
    answer = {"text": data.get("output", ""), "requested": MODEL, **data.get("answer", {})}
    return Sample(
        answer=Answer.from_json(answer),
        id="a-case",
        vars=data.get("vars", {}),
        expected=data.get("expected"),
        has_expected="expected" in data,
        tags=tuple(data.get("tags", ())),
        context=tuple(data.get("context", ())),
        messages=tuple(data.get("messages", ())),
        metadata=data.get("metadata", {}),
    )


def _surroundings(case: ScorerCase, own_files: Path) -> Surroundings:
    beside = case.file.absolute().parent
    try:
        root = find_root(beside)
    except InputError:
        root = beside

    folders = (own_files, beside, root)
    names = [value.rpartition(":")[0] or value for value in _texts(case.option)]
    folder = next((at for at in folders if any((at / name).is_file() for name in names)), own_files)

    def resolve(name: str) -> str:
        if not (folder / name).is_file():
            raise InputError(f"no such file: `{name}`")
        return name

    # It is tried out alone: what it reads is named where a suite uses it.
    return Surroundings(WorkingTree(folder), resolve, folder, watched=False)


def _texts(option: Any) -> list[str]:
    """The texts of an option that may name a file."""
    values = option.values() if isinstance(option, dict) else [option]
    return [value for value in values if isinstance(value, str) and value and "\n" not in value]


def _run(case: ScorerCase, surroundings: Surroundings) -> None:
    kind, wanted = scorer_class(case.scorer), case.data
    option = long_form(kind.shorthand, case.option)
    faults = [message for _, message, _, _ in schema.faults(option, schema.validator(kind.option))]
    if "invalid" in wanted:
        return _require_part(case, "is refused by its form", wanted["invalid"], " | ".join(faults))
    if faults:
        raise _failed(case, f"the option does not fit: {' | '.join(faults)}")
    try:
        scorer = kind(option, surroundings)
    except ValueError as error:
        if "refused" not in wanted:
            raise _failed(case, f"the scorer cannot be made: {error}") from error
        return _require_part(case, "is refused", wanted["refused"], str(error))
    if "refused" in wanted:
        raise _failed(case, "the scorer was to be refused, and it was made")
    return _judge(case, scorer)


def _judge(case: ScorerCase, scorer: Scorer) -> None:
    wanted = case.data
    try:
        measured = _measured(case, scorer)
    except ScorerCaseFailedError:
        raise
    except NotMeasuredError as nothing:
        if "not-measured" not in wanted:
            raise _failed(case, f"nothing was measured: {nothing}") from nothing
        return _require_part(case, "measures nothing", wanted["not-measured"], str(nothing))
    except Exception as error:
        if "error" not in wanted:
            raise _failed(case, f"it raises {type(error).__name__}: {error}") from error
        return _require_part(case, "raises", wanted["error"], str(error))
    for key in ("error", "not-measured"):
        if key in wanted:
            raise _failed(case, f"`{key}` is wanted, and a value came out: {measured}")
    return None if "value" not in wanted else _compare(case, measured)


def _compare(case: ScorerCase, measured: Measurement | None) -> None:
    if measured is None:
        raise _failed(case, "a `value` of a scorer that asks needs a `reply`")
    wanted, reason = case.data["value"], case.data.get("reason", "")
    if not math.isclose(measured.value, wanted, abs_tol=CLOSE):
        raise _failed(
            case, f"gave {measured.value:g}, and {wanted:g} is wanted: {measured.reason or 'no reason'}"
        )
    _require_part(case, "gives a reason", reason, measured.reason)
    if measured.value != 1 and not measured.reason:
        raise _failed(case, f"gave {measured.value:g} without a reason; what is not perfect has one")


def _measured(case: ScorerCase, scorer: Scorer) -> Measurement | None:
    """What the scorer says; None of one that asks a model, where the case has no reply of it."""
    sample = sample_of(case.data)
    fill, _ = compile_value(scorer.given)
    option = fill(sample.values)
    if not isinstance(scorer, AskingScorer):
        try:
            return scorer.measure(sample, option)
        except ElsewhereError as error:
            return waited_for(error.call).value()
    request = scorer.question(sample, option)
    text = "\n".join(str(message["content"]) for message in request.messages)
    for part in case.data.get("asks", ()):
        # Material is shown as JSON, where a line break is \n.
        if part not in text and part not in text.replace("\\n", "\n"):
            raise _failed(case, f"it does not ask {part!r}: {text}")
    for part in case.data.get("asks-not", ()):
        if part in text:
            raise _failed(case, f"it asks {part!r}: {text}")
    if "reply" not in case.data:
        return None
    return scorer.read(Answer(case.data["reply"], request.model), option)


def _require_part(case: ScorerCase, what: str, wanted: str, text: str) -> None:
    if wanted not in text:
        raise _failed(case, f"it {what}, and says {text!r} without {wanted!r}")


def _failed(case: ScorerCase, text: str) -> ScorerCaseFailedError:
    return ScorerCaseFailedError(f"{case.place}: {case.name}: {text}")
