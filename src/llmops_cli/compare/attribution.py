"""What changed since a baseline was accepted, and how large the noise is where nothing did."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any, Literal

from llmops_cli.compare.comparable import changed_versions
from llmops_cli.core.canonical import canonical_json
from llmops_cli.evals.metric import PASS_RATE, metric_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from llmops_cli.compare.rescored import Rescored
    from llmops_cli.compare.scores import CaseScores, Scores

Kind = Literal[
    "prompt", "includes", "params", "tools", "output", "version", "model", "resolved", "scorer", "judge",
    "cases", "clusters", "repeats",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class TextChange:
    """One text of a prompt before and now; None where it is not there on one side.

    A message has the `role` that says it, and a `number` where that role says several; a partial has its
    `path`. A message that only moved has the same text on both sides.
    """

    before: str | None
    after: str | None
    role: str = ""
    number: int | None = None
    path: str = ""

    @property
    def name(self) -> str:
        """What it is called in reports."""
        return self.path or f"{self.role} message" + ("" if self.number is None else f" {self.number}")

    @property
    def label(self) -> str:
        """What it is called, and what happened to it, where it is a message that was not rewritten."""
        if self.path:
            return self.path
        done = "moved" if self.before == self.after else ""
        done = "added" if self.before is None else "removed" if self.after is None else done
        return f"{self.name} {done}".rstrip()


@dataclass(frozen=True, slots=True)
class Cause:
    """One thing that changed, in the reader's words, with its texts where it has any."""

    kind: Kind
    text: str
    texts: tuple[TextChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Noise:
    """What moved although nothing changed, over the cases that are the same.

    `answers` of `cases` differ. `judged` are cases whose answer stayed and whose score moved, by metric: how
    many, and by how much on average. `deviation` is what a rerun moves the pass rate by (standard deviation,
    a share): the root of the summed squared differences of cases or clusters, over the number of cases.
    """

    cases: int
    answers: int
    judged: Mapping[str, tuple[int, float]]
    deviation: float


@dataclass(frozen=True, slots=True)
class Attribution:
    """Everything that changed; `noise` is known only where nothing did."""

    causes: tuple[Cause, ...]
    noise: Noise | None = None

    @property
    def provider_changed(self) -> bool:
        """Whether the model that answers is the only change: the provider's doing."""
        return [cause.kind for cause in self.causes] == ["resolved"]


def attribute(
    before: Scores, now: Scores, same: Collection[str], *, complete: bool, reclustered: bool
) -> Attribution:
    """What could explain a difference; without any cause, how large the noise is.

    `same` are the cases with the same inputs on both sides, `reclustered` says that some of them are in
    another cluster now. `complete` false means that a filter or failed calls left cases out, which is not a
    change.
    """
    causes = [*_prompt(before, now), *_model(before, now), *_judges(before, now), *_scorers(before, now)]
    if complete and _inputs(before) != _inputs(now):
        causes.append(Cause("cases", "cases"))
    if reclustered:
        causes.append(Cause("clusters", "clusters of cases"))
    if complete and before.repeats != now.repeats:
        causes.append(Cause("repeats", f"repeats {before.repeats} → {now.repeats}"))
    if [cause.kind for cause in causes] == ["resolved"]:
        causes = [Cause("resolved", f"the provider changed the model: {_answering(before, now)}")]
    return Attribution(tuple(causes), None if causes else _noise(before, now, same))


def with_scorers(attribution: Attribution, stored: Scores, now: Scores, rescored: Rescored) -> Attribution:
    """The same where the baseline was scored anew: the scorers changed, and this came of it."""
    scorers = [*_scorers(stored, now), Cause("scorer", rescored.text)] if rescored.metrics else []
    return Attribution((*attribution.causes, *scorers), None if scorers else attribution.noise)


def _inputs(side: Scores) -> dict[str, str]:
    return {case.id: case.inputs for case in side.cases.values()}


NAMED = 2
"""Messages that changed and are named in one line; more are counted."""


def _prompt(before: Scores, now: Scores) -> Iterator[Cause]:
    differs = {part for part in (*before.parts, *now.parts) if before.parts.get(part) != now.parts.get(part)}
    if "messages" in differs:
        texts = tuple(message_changes(before.messages, now.messages)) if before.messages else ()
        yield Cause("prompt", _prompt_text(texts), texts)
    if "includes" in differs:
        yield Cause("includes", "included partials", tuple(_include_changes(before.includes, now.includes)))
    if "params" in differs:
        yield Cause("params", _params(before, now))
    if "tools" in differs:
        yield Cause("tools", "tools")
    if "output" in differs:
        yield Cause("output", "output schema")
    if before.prompt != now.prompt:
        old, new = before.prompt, now.prompt
        same = before.prompt_id == now.prompt_id
        move = f"version {_version(old)} → {_version(new)}" if same else f"{old} → {new}"
        yield Cause("version", f"prompt {move}")


def _prompt_text(texts: Sequence[TextChange]) -> str:
    labels = [change.label for change in texts]
    if len(labels) > NAMED:
        # All of one role, or "messages"; the report shows each.
        roles = {change.role for change in texts}
        labels = [f"{len(labels)} {f'{roles.pop()} ' if len(roles) == 1 else ''}messages"]
    return f"prompt text ({', '.join(labels)})" if labels else "prompt text"


def message_changes(
    before: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]
) -> Iterator[TextChange]:
    """The messages that are new, gone, other or elsewhere, in order.

    Messages that stayed are found first; between them, messages of one role are taken as rewritten. One that
    only moved has the same text before and after.
    """
    changes = list(_rewritten(before, now))
    # Who says a message and what, wherever it stands.
    gone = {(change.role, change.before) for change in changes if change.after is None}
    came = {(change.role, change.after) for change in changes if change.before is None}
    for change in changes:
        if change.before is None and (change.role, change.after) in gone:
            yield replace(change, before=change.after)
        elif change.after is not None or (change.role, change.before) not in came:
            yield change


def _rewritten(before: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]) -> Iterator[TextChange]:
    old, new = [canonical_json(dict(m)) for m in before], [canonical_json(dict(m)) for m in now]
    for tag, start, end, first, last in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        gone, came = list(range(start, end)), list(range(first, last))
        while gone or came:
            if gone and came and before[gone[0]]["role"] == now[came[0]]["role"]:
                mine, theirs = came.pop(0), gone.pop(0)
                yield TextChange(_content(before[theirs]), _content(now[mine]), *_place(now, mine))
            elif gone and not any(now[index]["role"] == before[gone[0]]["role"] for index in came):
                index = gone.pop(0)
                yield TextChange(_content(before[index]), None, *_place(before, index))
            elif came:
                index = came.pop(0)
                yield TextChange(None, _content(now[index]), *_place(now, index))


def _place(messages: Sequence[Mapping[str, Any]], index: int) -> tuple[str, int | None]:
    """Whose message it is, and which of that role where it stands several times."""
    role = messages[index]["role"]
    alike = [number for number, message in enumerate(messages) if message["role"] == role]
    return role, alike.index(index) + 1 if len(alike) > 1 else None


def _content(message: Mapping[str, Any]) -> str:
    content = message["content"]
    rest = {key: value for key, value in message.items() if key not in ("role", "content")}
    text = content if isinstance(content, str) else canonical_json(content)
    return f"{text}\n{canonical_json(rest)}" if rest else text


def _include_changes(before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[TextChange]:
    for path in sorted(before.keys() | now.keys()):
        if before.get(path) != now.get(path):
            yield TextChange(before.get(path), now.get(path), path=path)


def _params(before: Scores, now: Scores) -> str:
    changes = [
        f"{name} {before.params.get(name, 'unset')} → {now.params.get(name, 'unset')}"
        for name in sorted(before.params.keys() | now.params.keys())
        if before.params.get(name) != now.params.get(name)
    ]
    return f"params ({', '.join(changes)})"


def _version(reference: str) -> str:
    return reference.partition("@")[2]


def _model(before: Scores, now: Scores) -> Iterator[Cause]:
    if before.model != now.model:
        yield Cause("model", f"model {before.model} → {now.model}")
    elif before.resolved != now.resolved and before.resolved and now.resolved:
        yield Cause("resolved", f"model that answers: {_answering(before, now)}")


def _answering(before: Scores, now: Scores) -> str:
    return f"{' + '.join(before.resolved)} → {' + '.join(now.resolved)}"


def _judges(before: Scores, now: Scores) -> Iterator[Cause]:
    for metric in sorted(before.judges.keys() & now.judges.keys()):
        was, judge = before.judges[metric], now.judges[metric]
        if was["model"] != judge["model"]:
            yield Cause("judge", f"judge of `{metric}`: {was['model']} → {judge['model']}")
        elif was["resolved"] != judge["resolved"]:
            changed = f"{' + '.join(was['resolved'])} → {' + '.join(judge['resolved'])}"
            yield Cause("judge", f"the provider changed the judge of `{metric}`: {changed}")


def _scorers(before: Scores, now: Scores) -> Iterator[Cause]:
    versions = changed_versions(now, before)
    yield from (Cause("scorer", words) for words in dict.fromkeys(map(str, versions.values())))
    for metric in sorted((before.scorers.keys() | now.scorers.keys()) - versions.keys()):
        if before.scorers.get(metric) != now.scorers.get(metric) and not metric_of(metric).is_sum:
            was = "added" if metric not in before.scorers else "removed" if metric not in now.scorers else ""
            yield Cause("scorer", f"scorer `{metric}` {was or 'changed'}")


def _noise(before: Scores, now: Scores, same: Collection[str]) -> Noise:
    pairs = [id_ for id_ in same if id_ in now.cases]
    moved: dict[str, list[float]] = {}
    by_unit: dict[str, float] = {}
    answers = 0
    for id_ in pairs:
        old, new = before.cases[id_], now.cases[id_]
        if old.hashes == new.hashes and old.scores == new.scores:
            continue
        unit = f"case {id_}" if old.cluster is None else f"cluster {old.cluster}"
        change = (new.score(PASS_RATE) or 0.0) - (old.score(PASS_RATE) or 0.0)
        by_unit[unit] = by_unit.get(unit, 0.0) + change
        given = set(old.hashes)
        if given != set(new.hashes):
            answers += 1
        elif len(given) == 1:
            for metric, size in _moved(old, new):
                moved.setdefault(metric, []).append(size)
    return Noise(
        cases=len(pairs),
        answers=answers,
        judged={metric: (len(sizes), sum(sizes) / len(sizes)) for metric, sizes in sorted(moved.items())},
        deviation=math.sqrt(sum(total**2 for total in by_unit.values())) / len(pairs) if pairs else 0.0,
    )


def _moved(old: CaseScores, new: CaseScores) -> Iterator[tuple[str, float]]:
    """The metrics whose values differ, and by how much."""
    for metric in old.scores.keys() & new.scores.keys():
        change = abs((new.score(metric) or 0.0) - (old.score(metric) or 0.0))
        if change and not metric_of(metric).is_sum:
            yield metric, change
