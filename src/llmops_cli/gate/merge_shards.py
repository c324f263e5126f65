"""`llmops merge`: the runs of all shards as one run, compared and judged once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmops_cli.baselines.run_scores import save_scores
from llmops_cli.baselines.soundness import MOST_REPEATS
from llmops_cli.core.errors import InputError
from llmops_cli.evals.recall import cache_mode
from llmops_cli.evals.shards.find import AGAIN, find_shards, together
from llmops_cli.evals.shards.join import join, outcomes_of, require_same_plan
from llmops_cli.evals.workspace import open_workspace, require_sound
from llmops_cli.gate.evaluate import judged, planned
from llmops_cli.gate.options import Options

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from llmops_cli.core.project import Project
    from llmops_cli.evals.result import RunResult
    from llmops_cli.evals.shards.find import ShardRun
    from llmops_cli.gate.evaluation import Evaluation

SAME = (
    "suites",
    "prompt",
    "models",
    "repeats",
    "changed",
    "filters",
    "cache",
    "retry_flips",
    "offline",
    "llmops",
)
"""What has to be the same in all shards."""


def merge_shards(
    project: Project, names: Sequence[str], base: str, report: Callable[[str], None]
) -> Evaluation:
    """Join the runs of all shards and judge them as one.

    `names` are runs, run folders, or folders with such below. The options are those that the shards were run
    with; `base` "" is theirs, too. Raises InputError when a shard is missing, doubled, broken or not of the
    files as they are now, StorageError.
    """
    workspace = require_sound(open_workspace(project))
    shards = find_shards(project, names)
    options = _options(shards, base)
    plan, affected = planned(workspace, options, report)
    require_same_plan(project, plan, shards)
    outcomes = outcomes_of(plan, shards)

    def joined(_before: Any) -> tuple[RunResult, list[str]]:
        result = join(project, plan, shards, outcomes)
        save_scores(result.folder, result)
        return result, []

    return judged(workspace, options, plan, affected, joined if plan.subjects else None)


def _options(shards: Sequence[ShardRun], base: str) -> Options:
    """What all shards were asked for. Raises InputError when they were not asked the same."""
    first = _given(shards[0])
    faults = []
    for run in shards[1:]:
        other = _given(run)
        names = [name for name in SAME if other[name] != first[name]]
        if names:
            what = " and ".join(f"{name} {_shown(other[name])}, not {_shown(first[name])}" for name in names)
            said = f"run otherwise than {shards[0].shard.title}: {what}"
            faults.append((run, said, "run all shards with the same options and the same llmops"))
    if faults:
        raise InputError(problems=together(faults))
    bases = {str(_given(run)["base"]) for run in shards}
    if not base and len(bases) > 1:
        said = f"the shards name several bases: {', '.join(sorted(map(_shown, bases)))}"
        raise InputError(said, "llmops merge … --base REF")
    return Options(
        suites=tuple(first["suites"]),
        filters=tuple(first["filters"]),
        models=tuple(first["models"]),
        prompt=first["prompt"],
        repeats=first["repeats"],
        cache=cache_mode(first["cache"]),
        retry_flips=first["retry_flips"],
        base=base or bases.pop(),
        changed=first["changed"],
        offline=first["offline"],
    )


def _given(run: ShardRun) -> dict[str, Any]:
    """The options in a header. Raises InputError when they are not what a run writes."""
    header = run.header
    options = header.get("options")
    found = {**header, **options} if isinstance(options, dict) else header
    kinds: dict[str, type | tuple[type, ...]] = {
        **dict.fromkeys(("suites", "models", "filters"), list),
        **dict.fromkeys(("prompt", "base", "cache", "llmops"), str),
        **dict.fromkeys(("changed", "offline"), bool),
        "repeats": (int, type(None)),
        "retry_flips": int,
    }
    wrong = [name for name, kind in kinds.items() if name not in found or not isinstance(found[name], kind)]
    wrong += [
        name
        for name in ("suites", "models", "filters")
        if name not in wrong and not all(isinstance(text, str) for text in found[name])
    ]
    if "repeats" not in wrong and not 1 <= (found["repeats"] or 1) <= MOST_REPEATS:
        wrong.append("repeats")
    if wrong:
        raise InputError(
            problems=[run.problem(f"run.json is broken: {', '.join(wrong)} cannot be read", AGAIN)]
        )
    return {name: found[name] for name in kinds}


def _shown(value: Any) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return f"`{text}`" if text else "none"
