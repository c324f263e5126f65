"""Any two sets of scores side by side."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from llmops_cli.baselines.diff.sides import called_as_now, pair, read_side
from llmops_cli.compare.compare import compare_stored
from llmops_cli.compare.report.comparison_data import comparison_data
from llmops_cli.compare.report.headline import headline
from llmops_cli.compare.report.subject_report import subject_report
from llmops_cli.compare.verdict import worst
from llmops_cli.core.errors import ExitCode
from llmops_cli.evals.workspace import open_workspace
from llmops_cli.reports.document import Document, Listing, Section, Text

if TYPE_CHECKING:
    from llmops_cli.compare.comparison import Comparison
    from llmops_cli.core.project import Project


@dataclass(frozen=True)
class Diff:
    """Comparisons of two sides, by their names, and what stands on one side only."""

    before: str
    now: str
    comparisons: tuple[Comparison, ...]
    alone: tuple[str, ...]

    @property
    def exit_code(self) -> ExitCode:
        """What the gate would say."""
        return ExitCode.NO if any(comparison.forbidden for comparison in self.comparisons) else ExitCode.OK


def diff(project: Project, before: str, now: str, suites: list[str]) -> Diff:
    """Compare two sides, by the gates of the suites as they are now; nothing is asked.

    Raises InputError when a side cannot be found or read, or both have nothing in common.
    """
    # A suite that cannot be read, or is gone, has the default gate here: what was scored can be compared.
    workspace = open_workspace(project)
    old, new = (called_as_now(read_side(project, side), workspace) for side in (before, now))
    pairs, alone = pair(old, new, suites)
    comparisons = compare_stored([(one, other, workspace.suites.get(other.suite)) for one, other in pairs])
    names, since = (old.title, new.title), old.since
    if old.model and new.model and old.place == new.place:
        names, since = (old.model, new.model), old.model  # two models of one place: the place says nothing
    return Diff(
        *names,
        tuple(replace(comparison, names=names, since=since) for comparison in comparisons),
        tuple(alone),
    )


def diff_document(difference: Diff) -> Document:
    """The verdict first, then each subject."""
    sections = [
        section for comparison in difference.comparisons for section in subject_report(comparison).sections
    ]
    if difference.alone:
        sections.append(
            Section("Not compared", (Listing(tuple(Text(sentence) for sentence in difference.alone)),))
        )
    data = {
        "schema": 1,
        "before": difference.before,
        "now": difference.now,
        "verdict": worst([comparison.verdict for comparison in difference.comparisons]),
        "subjects": [comparison_data(comparison) for comparison in difference.comparisons],
        "not_compared": list(difference.alone),
    }
    return Document(headline(difference.comparisons), tuple(sections), data)
