"""What a change reaches, as part of a report and as one of its own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from llmops_cli.core.commit import SHORT
from llmops_cli.core.project import MARKER
from llmops_cli.reports import numbers
from llmops_cli.reports.document import Column, Document, Listing, Section, Table, Text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from llmops_cli.evals.affected.affected import Affected
    from llmops_cli.evals.affected.placing import PlacedFile

FILES = 100
"""Files that `--explain` names one by one."""
SKIPPED = 20
"""Suites that did not run and are named."""
NAMED = 3
"""Files that are named for one suite, and suites for one file."""


def affected_sentence(affected: Affected) -> str:
    """Which suites run and by what, in one sentence."""
    asked, run = len(affected.asked), len(affected.to_run)
    if affected.no_change:
        return f"every suite ({asked}) runs: {affected.no_change} ({affected.commit[:SHORT]})"
    files = numbers.count(affected.changed, "changed file")
    return f"{run or 'none'} of {numbers.count(asked, 'suite')}, by {files} since {_base(affected)}"


def affected_line(affected: Affected) -> str:
    """The same for a log, with the names of the suites."""
    names = "" if affected.no_change or not affected.to_run else f": {_listed(affected.to_run)}"
    return f"affected: {affected_sentence(affected)}{names}"


def unaffected_headline(affected: Affected) -> Text:
    """The answer where no suite runs."""
    if not affected.changed:
        reason = f"no file changed since {_base(affected)}"
    else:
        reach = "reaches" if affected.changed == 1 else "reach"
        whom = "no suite" if not _others(affected) else "no suite that was asked for"
        reason = f"{numbers.count(affected.changed, 'changed file')} {reach} {whom}"
    return Text(f"UNAFFECTED: {reason}; nothing was judged")


def affected_section(affected: Affected) -> Section:
    """Which suites ran and why; folded where some did."""
    blocks: list[Text | Listing | Table] = [Text(f"{affected_sentence(affected)}.")]
    lines = [_suite_line(affected, suite) for suite in affected.to_run] if not affected.no_change else []
    if affected.skipped:
        lines.append(Text(f"not reached: {_listed(affected.skipped, SKIPPED)}", "muted"))
    if _others(affected):
        lines.append(Text(f"reached, and not asked for: {_listed(_others(affected), SKIPPED)}", "muted"))
    if lines:
        blocks.append(Listing(tuple(lines)))
    if not affected.to_run and affected.files:
        blocks.append(_file_table(affected))
    blocks += _outside(affected)
    blocks += _how_to_place(affected)
    return Section("Affected suites", tuple(blocks), folded=bool(affected.to_run))


def affected_document(affected: Affected) -> Document:
    """What `--explain` says: each changed file, the suites it reaches, and why."""
    headline = Text(affected_sentence(affected) if affected.to_run else _would(affected))
    sections = []
    if affected.files:
        sections.append(Section("Changed files", (_file_table(affected), *_outside(affected))))
    elif affected.outside:
        sections.append(Section("Changed files", tuple(_outside(affected))))
    by = "no change to go by" if affected.no_change else ""
    rows = [(suite, "yes", by or _because(affected, suite)) for suite in affected.to_run]
    rows += [(suite, "no", "no changed file reaches it") for suite in affected.skipped]
    rows += [(suite, "no", "reached, and not asked for") for suite in _others(affected)]
    columns = (Column("suite"), Column("runs"), Column("why"))
    table = Table(columns, tuple(tuple(Text(cell) for cell in row) for row in rows))
    sections.append(Section("Suites", (table, *_how_to_place(affected))))
    return Document(headline, tuple(sections), {"schema": 1, "changed": affected_data(affected)})


def affected_data(affected: Affected) -> dict[str, Any]:
    """The same for machines."""
    return {
        "base": affected.reference,
        "commit": affected.commit,
        "everything": affected.everything,
        "no_change": affected.no_change,
        "files": [
            {
                "path": file.path,
                "reaches": list(file.suites),
                "why": file.why,
                "placed": file.placed,
                "changed": file.changed,
            }
            for file in affected.files
        ],
        "outside_files": affected.outside,
        "suites": {"run": list(affected.to_run), "skipped": list(affected.skipped)},
    }


def _base(affected: Affected) -> str:
    commit = affected.commit[:SHORT]
    return commit if affected.commit.startswith(affected.reference) else f"{affected.reference} ({commit})"


def _would(affected: Affected) -> str:
    return unaffected_headline(affected).text.replace("nothing was judged", "nothing would be judged")


def _others(affected: Affected) -> tuple[str, ...]:
    """Suites that are reached and that the command is not about."""
    reached = dict.fromkeys(suite for file in affected.files for suite in file.suites)
    return tuple(suite for suite in reached if suite not in affected.asked)


def _suite_line(affected: Affected, suite: str) -> Text:
    return Text(f"{suite}: {_because(affected, suite)}")


def _because(affected: Affected, suite: str) -> str:
    files = affected.reaching(suite)
    names = ", ".join(f"{_shown(file.path)} ({file.suites[suite]})" for file in files[:NAMED])
    return f"{names}, and {len(files) - NAMED} more" if len(files) > NAMED else names


def _file_table(affected: Affected) -> Table:
    """What matters most first: files that cannot be placed, then those that reach a suite."""
    files = sorted(affected.files, key=lambda file: (file.placed, not file.suites))
    rows = [(_shown(file.path), _suites(file), file.why) for file in files[:FILES]]
    if len(files) > FILES:
        rows.append((f"{numbers.count(len(files) - FILES)} more", "", "--format json names all"))
    columns = (Column("file"), Column("suites"), Column("why"))
    return Table(columns, tuple(tuple(Text(cell) for cell in row) for row in rows))


def _suites(file: PlacedFile) -> str:
    if not file.suites:
        return "none"
    if file.reaches_all:
        return "every suite"
    return _listed(file.suites)


def _listed(names: Collection[str], most: int = NAMED) -> str:
    more = f", and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(list(names)[:most]) + more


def _shown(path: str) -> str:
    """A path in one line: a name may hold a line break."""
    return path.replace("\r", "␍").replace("\n", "␊")


def _outside(affected: Affected) -> Iterable[Text]:
    if affected.outside:
        files = numbers.count(affected.outside, "changed file")
        yield Text(f"{files} outside of the project's folder: no suite depends on what lies there.", "muted")


def _how_to_place(affected: Affected) -> Iterable[Text]:
    unplaced = [file for file in affected.files if not file.placed]
    if unplaced:
        first = _shown(unplaced[0].path)
        quoted = json.dumps(unplaced[0].path, ensure_ascii=False)
        more = f" and {len(unplaced) - 1} more" if len(unplaced) > 1 else ""
        yield Text(
            f"{first}{more} cannot be placed, so every suite runs: {unplaced[0].why}. Where no suite depends "
            f"on it, say so in {MARKER}: changed: {{ignore: [{quoted}]}}",
            "warn",
        )
