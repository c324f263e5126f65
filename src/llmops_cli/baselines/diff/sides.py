"""What `llmops diff` can compare: committed baselines, those of the working tree, and the scores of runs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from llmops_cli.baselines.places import baseline_files
from llmops_cli.baselines.read import from_text
from llmops_cli.baselines.run_scores import load_scores
from llmops_cli.core.errors import InputError
from llmops_cli.core.git_tree import GitTree
from llmops_cli.core.spelling import did_you_mean
from llmops_cli.evals.journal import find_run, list_runs

if TYPE_CHECKING:
    from llmops_cli.compare.scores import Scores
    from llmops_cli.core.problem import Problem
    from llmops_cli.core.project import Project
    from llmops_cli.core.tree import Tree
    from llmops_cli.evals.workspace import Workspace

WORKING = "."
LATEST = "latest"
FORMS = "write . for the working tree, REF: for the baselines at a git ref, a run, or latest"


@dataclass(frozen=True)
class Side:
    """Scores, and the place they are from. `model` is set where only those of one model were asked for.

    `unique` says that there is one such place only: sentences speak of *the* working tree.
    """

    place: str
    scores: tuple[Scores, ...]
    model: str = ""
    unique: bool = False

    @property
    def title(self) -> str:
        """How they are called."""
        return f"{self.place}: {self.model}" if self.model else self.place

    @property
    def since(self) -> str:
        """How a sentence calls them that says what changed since then."""
        return f"the {self.place}" if self.unique and not self.model else self.title


def read_side(project: Project, text: str) -> Side:
    """The scores that a name stands for: `.`, `REF:`, a run or `latest`, each with `:MODEL` behind it or not.

    Raises InputError when there are none, or a file is broken.
    """
    name, colon, model = text.partition(":")
    place = name
    if name == WORKING:
        place = "working tree"
        scores = baselines_in(project.tree)
    elif name == LATEST or any(folder.name == name for folder in list_runs(project)):
        folder = find_run(project, "" if name == LATEST else name)
        place = f"run {folder.name}" if name != LATEST else "latest run"
        scores = load_scores(folder)
    elif colon and name:
        commit = project.repository.resolve(name).hash
        scores = baselines_in(GitTree(project.repository, commit), at=f"{name}:")
    else:
        names = [WORKING, LATEST, *(folder.name for folder in list_runs(project))]
        hint = (
            did_you_mean(name, names, noun="names")
            if not _is_ref(project, name)
            else f"did you mean `{name}:`?"
        )
        raise InputError(f"`{text}` names no scores", f"{FORMS}; {hint}" if hint else FORMS)
    if model:
        models = sorted({entry.model for entry in scores})
        scores = [entry for entry in scores if entry.model == model]
        if not scores:
            raise InputError(
                f"`{text}`: {name} has no scores of `{model}`", did_you_mean(model, models, noun="models")
            )
    if not scores:
        raise InputError(f"`{text}` holds no baselines", FORMS)
    return Side(place, tuple(scores), model, unique=name in (WORKING, LATEST))


def called_as_now(side: Side, workspace: Workspace) -> Side:
    """The same side with the suites and prompts that were renamed since by their ids of now."""
    suites = {name: suite.id for suite in workspace.suites.values() for name in suite.was}
    prompts = {name: prompt.id for prompt in workspace.prompts.values() for name in prompt.was}
    renamed = (
        replace(
            scores,
            suite=suites.get(scores.suite, scores.suite),
            prompt=f"{prompts.get(scores.prompt_id, scores.prompt_id)}@{scores.prompt_version}",
        )
        for scores in side.scores
    )
    return replace(side, scores=tuple(renamed))


def baselines_in(tree: Tree, at: str = "") -> list[Scores]:
    """Every baseline of a tree; `at` stands before paths in messages. Raises InputError for broken ones."""
    problems: list[Problem] = []
    baselines: list[Scores] = []
    for path in baseline_files(tree):
        try:
            baselines.append(from_text(tree.read(path), f"{at}{path}"))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems=problems)
    return baselines


def _is_ref(project: Project, name: str) -> bool:
    try:
        return bool(project.repository.resolve(name).hash)
    except InputError:
        return False


def pair(before: Side, now: Side, suites: list[str]) -> tuple[list[tuple[Scores, Scores]], list[str]]:
    """Scores of the same suite, prompt and model on both sides, and what stands on one side only.

    Where both sides name one model, the two models are compared. Raises InputError when nothing is left.
    """
    across = bool(before.model and now.model)

    def keyed(side: Side) -> dict[tuple[str, str, str], Scores]:
        return {
            (scores.suite, scores.prompt_id, "" if across else scores.model): scores
            for scores in side.scores
            if not suites or scores.suite in suites
        }

    old, new = keyed(before), keyed(now)
    scored = sorted({scores.suite for side in (before, now) for scores in side.scores})
    unknown = [suite for suite in suites if suite not in scored]
    if unknown:
        hint = did_you_mean(unknown[0], scored, noun="suites")
        raise InputError(f"no side has scores of the suite `{unknown[0]}`", hint)
    pairs = [(old[key], new[key]) for key in old if key in new]
    alone = [f"only in {before.title}: {old[key].title}" for key in old if key not in new]
    alone += [f"only in {now.title}: {new[key].title}" for key in new if key not in old]
    if not pairs:
        raise InputError(
            f"{before.title} and {now.title} have no suite, prompt and model in common", "; ".join(alone)
        )
    return pairs, alone
