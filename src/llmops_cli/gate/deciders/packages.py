"""Scorers of installed packages: no commit holds them, so those that scored a baseline may be gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmops_cli.baselines.places import baseline_places
from llmops_cli.baselines.read import from_text
from llmops_cli.compare.snapshot import bases
from llmops_cli.gate.deciders.change import DeciderChange, Effect
from llmops_cli.scorers.python import PythonFunction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmops_cli.evals.suite import Subject, Suite
    from llmops_cli.gate.deciders.sides import Sides
    from llmops_cli.scorers.installed import InstalledModule


def find(sides: Sides) -> Iterator[DeciderChange]:
    """Scorers of packages that are not those that scored the baselines of the base: those may be gone."""
    for before, now in sides.suites:
        modules = _modules(before)
        if not modules:
            continue
        stored: dict[str, str] = {}
        present: dict[str, str] = {}
        for subject in before.subjects:
            present |= bases(subject, ())
            stored |= _scored_by(sides, subject)
        for metric, module in sorted(modules.items()):
            if metric in stored and stored[metric] != present[metric]:
                text = (
                    f"{now.path}: the scorer `{metric}` of the package {_shown(module)} is not the one that "
                    "scored the baseline"
                )
                yield DeciderChange(
                    "package",
                    metric,
                    now.id,
                    now.path,
                    stored[metric],
                    present[metric],
                    text,
                    Effect.INCOMPARABLE,
                )


def _modules(suite: Suite) -> dict[str, InstalledModule]:
    """By metric, the installed module that its scorer is one of."""
    uses = (use for prompt in suite.prompts for use in (*suite.shared_uses(prompt), *suite.case_uses))
    return {
        use.metric: use.scorer.place.installed
        for use in uses
        if isinstance(use.scorer, PythonFunction) and use.scorer.place.installed is not None
    }


def _scored_by(sides: Sides, subject: Subject) -> dict[str, str]:
    """What gave each metric of a subject's baseline at the base."""
    project, tree = sides.now.project, sides.base.tree
    places = map(project.shown, baseline_places(project, subject))
    place = next((place for place in places if tree.has(place)), "")
    return dict(from_text(tree.read(place), f"{sides.base.at}:{place}").scorers) if place else {}


def _shown(module: InstalledModule) -> str:
    return f"{module.package} {module.version}" if module.package else module.name.partition(".")[0]
