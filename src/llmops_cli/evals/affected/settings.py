"""Which suites other settings reach: effective values are compared, never the text of the files."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from llmops_cli.core.errors import InputError
from llmops_cli.core.project import MARKER, Project, read_project
from llmops_cli.core.source import read_yaml
from llmops_cli.models.price import own_price
from llmops_cli.models.settings import ModelSettings
from llmops_cli.scorers.base import AskingScorer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from llmops_cli.core.tree import Tree
    from llmops_cli.evals.suite import Suite
    from llmops_cli.evals.workspace import Workspace

MODELS = "models.yaml"
FOR_ALL = {MARKER: "settings of every suite", MODELS: "the models of every suite"}
"""Files whose settings are those of every suite, and what they are to one that they reach."""
FOR_NONE = frozenset({"root", "state_root", "source", "name", "policy"})
"""What of a project decides over no answer and no score. The policy judges a change, whatever runs."""
FOR_SOME = frozenset({"providers", "prices", "allow_aliases"})
"""What is about single models."""
SAME = "no setting of a suite has another value"


def changed_settings(workspace: Workspace, before: Tree, models: Sequence[str] = ()) -> dict[str, str]:
    """The suites that settings reach which are others than before, and by which: suite -> why.

    `models` are asked in place of those that suites name. Settings that cannot be read there reach all.
    """
    suites = workspace.suites.values()
    try:
        earlier = read_project(workspace.project.root, before)
    except InputError:
        return dict.fromkeys(workspace.suites, FOR_ALL[MARKER])
    now = workspace.project
    for setting in fields(Project):
        if setting.name in FOR_NONE | FOR_SOME:
            continue
        if getattr(now, setting.name) != getattr(earlier, setting.name):
            return dict.fromkeys(workspace.suites, FOR_ALL[MARKER])
    differing = list(_differing(earlier, now))
    reached = {}
    for suite in suites:
        asked = _asked(suite, models)
        whys = [
            why for model, why in differing if asked is None or any(_is_of(name, model) for name in asked)
        ]
        if whys:
            reached[suite.id] = "; ".join(dict.fromkeys(whys))
    return reached


def changed_models(workspace: Workspace, before: Tree) -> dict[str, str]:
    """The suites that another list of models reaches: every one, where it says something else."""
    tree = workspace.project.tree
    return {} if _data(tree) == _data(before) else dict.fromkeys(workspace.suites, FOR_ALL[MODELS])


def _data(tree: Tree) -> Any:
    """What the list of models says; unlike everything, itself included, where it cannot be read."""
    if not tree.has(MODELS):
        return None
    try:
        return read_yaml(tree.read(MODELS), MODELS, tree.limits).data
    except InputError:
        return object()


def _differing(before: Project, now: Project) -> Iterator[tuple[str, str]]:
    """Models whose settings are others: a model, `provider/` for all of one, or "" for any; and why."""
    was, becomes = ModelSettings(providers=before.providers), ModelSettings(providers=now.providers)
    for name in sorted(before.providers.keys() | now.providers.keys()):
        if was.entry(name) != becomes.entry(name):
            yield f"{name}/", f"provider {name}"
    for model in sorted(before.prices.keys() | now.prices.keys()):
        if own_price(model, before.prices) != own_price(model, now.prices):
            yield model, f"price of {model}"
    yield from ((model, "moving names") for model in _aliases(before.allow_aliases, now.allow_aliases))


def _aliases(before: bool | frozenset[str], now: bool | frozenset[str]) -> Iterable[str]:
    """The models whose moving names are allowed on one side only."""
    if isinstance(before, bool) and isinstance(now, bool):
        return () if before == now else ("",)
    if isinstance(before, frozenset) and isinstance(now, frozenset):
        return sorted(before ^ now)
    return ("",)


def _asked(suite: Suite, models: Sequence[str]) -> set[str] | None:
    """Every model that a suite and its judges may ask; None where the name of one is made for each case."""
    asked = set(models) | {subject.model for subject in suite.subjects}
    for use in (*suite.scorers, *(use for uses in suite.case_scorers.values() for use in uses)):
        if not isinstance(use.scorer, AskingScorer):
            continue
        model = use.scorer.given.get("model")
        if not isinstance(model, str) or "{" in model:
            return None
        asked.add(model)
    return asked


def _is_of(name: str, model: str) -> bool:
    """Whether a model is the one of a setting, or of its provider."""
    return name == model or (model.endswith("/") and name.startswith(model)) or not model
