"""Small documents of the commands that list things."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmops_cli.evals.shards.shard import Shard
from llmops_cli.reports import numbers
from llmops_cli.reports.document import Code, Column, Document, Listing, Section, Table, Text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from llmops_cli.baselines.accept.accept import Acceptance
    from llmops_cli.baselines.merge.driver import Installation
    from llmops_cli.compare.scores import Scores
    from llmops_cli.evals.journal import Key
    from llmops_cli.evals.result import Outcome
    from llmops_cli.evals.workspace import Workspace
    from llmops_cli.forges.comment import Posted
    from llmops_cli.prompts.prompt import Prompt
    from llmops_cli.reports.document import Block

ANSWER_SHOWN = 120
"""Characters of an answer in a table."""


def listing(headline: str, columns: Sequence[str], rows: Sequence[Sequence[str]], data: Any) -> Document:
    """One table under one line."""
    body = tuple(tuple(Text(cell) for cell in row) for row in rows)
    table = Table(tuple(Column(name) for name in columns), body)
    return Document(Text(headline), (Section("", (table,)),) if rows else (), data)


def prompts_document(workspace: Workspace) -> Document:
    """Every prompt with its version, model and suites."""
    suites: dict[str, list[str]] = {}
    for suite in workspace.suites.values():
        for prompt in suite.prompts:
            suites.setdefault(prompt.id, []).append(suite.id)
    found = [workspace.prompts[name] for name in sorted(workspace.prompts)]
    rows = [(p.id, p.version, p.model, ", ".join(suites.get(p.id, ["–"])), p.path) for p in found]
    data = [
        {**_prompt_data(prompt), "suites": suites.get(prompt.id, []), "fingerprint": prompt.fingerprint}
        for prompt in found
    ]
    said = numbers.count(len(found), "prompt")
    return listing(said, ("id", "version", "model", "suites", "file"), rows, {"prompts": data})


def _prompt_data(prompt: Prompt) -> dict[str, Any]:
    return {"id": prompt.id, "version": prompt.version, "model": prompt.model, "path": prompt.path}


def prompt_document(prompt: Prompt) -> Document:
    """One prompt as it stands in the repository."""
    blocks: list[Block] = [
        Text(
            " · ".join(part for part in (prompt.path, prompt.model, prompt.owner, prompt.fingerprint) if part)
        )
    ]
    if prompt.description:
        blocks.append(Text(prompt.description))
    sections = [Section("", tuple(blocks))]
    messages = [message.to_json() for message in prompt.messages]
    sections += [_message(message) for message in messages]
    sections += [Section(path, (Code(text),)) for path, text in prompt.partials.items()]
    data = {
        **_prompt_data(prompt),
        "fingerprint": prompt.fingerprint,
        "messages": messages,
        "partials": dict(prompt.partials),
        "params": dict(prompt.params),
        "variables": sorted(prompt.variables),
    }
    return Document(Text(prompt.ref), tuple(sections), data)


def rendered_document(prompt: Prompt, messages: Sequence[Mapping[str, Any]]) -> Document:
    """The messages that a model would get."""
    sections = tuple(_message(message) for message in messages)
    return Document(Text(f"{prompt.ref} for {prompt.model}"), sections, {"messages": list(messages)})


def _message(message: Mapping[str, Any]) -> Section:
    from llmops_cli.core.canonical import canonical_json

    content = message["content"]
    text = content if isinstance(content, str) else canonical_json(content)
    return Section(str(message["role"]), (Code(text),))


def runs_document(headers: Sequence[Mapping[str, Any]]) -> Document:
    """Every run, newest first."""
    rows = [
        (
            str(header.get("id", "?")),
            str(header.get("started", "?")),
            ", ".join(dict.fromkeys(subject["suite"] for subject in header.get("subjects", [])))
            + _shard(header),
            f"{(header.get('commit') or '–')[:10]}{' (dirty)' if header.get('dirty') else ''}",
            numbers.seconds(header["seconds"]) if "seconds" in header else "unfinished",
        )
        for header in headers
    ]
    said = numbers.count(len(rows), "run") + " in .llmops/runs/"
    return listing(said, ("run", "started", "suites", "commit", "time"), rows, {"runs": list(headers)})


def run_document(header: Mapping[str, Any], outcomes: Mapping[Key, Outcome], *, failed: bool) -> Document:
    """One run: its cases, or only those that did not pass."""
    shown = [(key, outcome) for key, outcome in outcomes.items() if not failed or not outcome.passed]
    passed = sum(1 for outcome in outcomes.values() if outcome.passed)
    unfinished = "finished" not in header
    said = f"run {header.get('id')}{_shard(header)}: {passed} of {len(outcomes)} answers passed"
    if unfinished:
        said = f"UNFINISHED: {said} so far"
    if len(shown) != len(outcomes):
        said += f", {len(shown)} shown"
    groups: dict[str, list[Outcome]] = {}
    for key, outcome in shown:
        groups.setdefault(key.subject.title, []).append(outcome)
    sections = [Section(title, (_outcome_table(group),)) for title, group in groups.items()]
    if unfinished:
        step = Text("go on with it", command=f"llmops eval --resume {header.get('id')}")
        sections.append(Section("Next", (Listing((step,)),)))
    elif shown:
        step = Text("everything about one case", command=f"llmops runs show {header.get('id')} --case ID")
        sections.append(Section("Next", (Listing((step,)),)))
    from llmops_cli.evals.journal import outcome_data

    data = {"run": dict(header), "outcomes": [outcome_data(key, outcome) for key, outcome in shown]}
    return Document(Text(said), tuple(sections), data)


def _shard(header: Mapping[str, Any]) -> str:
    """Which part of a run it is, where it is one."""
    from llmops_cli.core.errors import InputError

    try:
        shard = Shard.of_header(header)
    except InputError:
        return " (a broken shard)"
    return "" if shard is None else f" ({shard.title})"


def _state(outcome: Outcome) -> Text:
    if outcome.failed:
        return Text("no verdict", "bad")
    return Text("passed", "good") if outcome.passed else Text("failed", "bad")


def _outcome_table(outcomes: Sequence[Outcome]) -> Table:
    """A row for each answer: what it was, and why it did not pass."""
    columns = (Column("case"), Column("verdict"), Column("answer"), Column("why"))
    rows = []
    for outcome in outcomes:
        why = [outcome.error] if outcome.error else []
        why += [
            f"{score.metric}: {score.error or score.reason or 'no'}"
            for score in outcome.scores
            if score.error or score.passed is False
        ]
        repeat = f" (repeat {outcome.repeat + 1})" if outcome.repeat else ""
        answer = " ".join(outcome.answer.text.split()) if outcome.answer is not None else ""
        cut = answer if len(answer) <= ANSWER_SHOWN else f"{answer[: ANSWER_SHOWN - 1]}…"
        rows.append((Text(outcome.case_id + repeat), _state(outcome), Text(cut), Text("; ".join(why))))
    return Table(columns, tuple(rows))


def baselines_document(found: Mapping[str, Scores]) -> Document:
    """Every baseline with its scores and who accepted it."""
    rows = []
    for baseline in found.values():
        metrics = ", ".join(f"{name} {numbers.graded(value)}" for name, value in baseline.metrics.items())
        accepted = baseline.accepted
        by = f"{accepted.get('by', '?')}" + (f": {accepted['reason']}" if accepted.get("reason") else "")
        rows.append((baseline.suite, baseline.prompt, baseline.model, str(len(baseline.cases)), metrics, by))
    columns = ("suite", "prompt", "model", "cases", "metrics", "accepted by")
    data = {
        "baselines": [
            {
                "path": path,
                "suite": baseline.suite,
                "prompt": baseline.prompt,
                "fingerprint": baseline.fingerprint,
                "model": baseline.model,
                "resolved": list(baseline.resolved),
                "cases": len(baseline.cases),
                "metrics": baseline.metrics,
                "accepted": dict(baseline.accepted),
            }
            for path, baseline in found.items()
        ]
    }
    return listing(numbers.count(len(rows), "baseline"), columns, rows, data)


def accepted_document(written: Sequence[Acceptance], root: Path) -> Document:
    """What was accepted, and what to do with it."""
    items = []
    for acceptance in written:
        path = acceptance.path.relative_to(root).as_posix()
        old = acceptance.comparison.before
        now = acceptance.comparison.now.metrics
        if acceptance.approved:
            items.append(Text(f"{path}: approved, the scores are the ones that are there"))
            continue
        if not acceptance.changed:
            items.append(Text(f"{path}: unchanged, the scores are the ones that are there", "muted"))
            continue
        moved = f"{numbers.rate(old.metrics['pass_rate'])} → " if old is not None else ""
        items.append(Text(f"{path}: pass_rate {moved}{numbers.rate(now['pass_rate'])}, run {acceptance.run}"))
    headline = f"accepted {numbers.count(sum(a.changed or a.approved for a in written), 'baseline')}"
    data = {
        "accepted": [
            {
                "path": acceptance.path.relative_to(root).as_posix(),
                "run": acceptance.run,
                "changed": acceptance.changed,
                "approved": acceptance.approved,
                "verdict": acceptance.comparison.verdict,
            }
            for acceptance in written
        ]
    }
    steps = Listing((Text("commit it with the change it belongs to: git add baselines/"),))
    sections = [Section("", (Listing(tuple(items)),))]
    if any(acceptance.changed or acceptance.approved for acceptance in written):
        sections.append(Section("Next", (steps,)))
    return Document(Text(headline, "good"), tuple(sections), data)


def installed_document(done: Installation) -> Document:
    """What installing the merge driver changed, and what is left to do."""
    items = (
        Text("git's settings of this clone: " + ("set" if done.settings else "were set already")),
        Text(
            ".gitattributes: "
            + ("a line for baselines/ added" if done.attributes else "has the line already")
        ),
    )
    steps = (
        Text("commit .gitattributes, if it is new: git add .gitattributes"),
        Text("in each other clone, once: llmops baseline merge --install"),
    )
    data = {"settings": done.settings, "attributes": done.attributes}
    headline = "git merges baselines by case in this clone"
    sections = (Section("", (Listing(items),)), Section("Next", (Listing(steps),)))
    return Document(Text(headline, "good"), sections, data)


def comment_document(posted: Posted) -> Document:
    """What became of a comment: the action, its address, and what did not fit."""
    cut = posted.left_out
    left = {"parts": cut.parts if cut else 0, "characters": cut.characters if cut else 0}
    data = {"action": posted.action, "url": posted.url, "why": posted.why, "left_out": left}
    return Document(Text(str(posted)), (), data)
