"""What is asked of a change to baselines: the policy, the owners and the gates of the merge base."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from llmops_cli.core.canonical import canonical_json
from llmops_cli.core.errors import InputError
from llmops_cli.core.policy import Policy, policy_from, same_person
from llmops_cli.core.project import MARKER
from llmops_cli.core.source import read_yaml
from llmops_cli.gate.base.unmet import Unmet

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from llmops_cli.core.project import Project
    from llmops_cli.evals.suite import Suite
    from llmops_cli.gate.base.earlier import EarlierProject

JUDGED = ("prompts", "evalsets", "scorers", MARKER, "models.yaml")
"""What makes an author whatever the file's name is: prompts and cases may be Markdown."""
NOT_JUDGED = ("baselines", "cassettes")
"""Folders whose files are made by llmops: who writes them is not an author of the change."""
DOCS = "*.md"


class Rules:
    """The rules at the base, which a change cannot loosen; those of the working tree where it had none."""

    def __init__(self, project: Project, earlier: EarlierProject, suites: Mapping[str, Suite]) -> None:
        self.project = project
        self.earlier = earlier
        self.suites = suites
        self.policy = policy_from(earlier.settings) if earlier.settings is not None else project.policy
        if self.policy == Policy():
            self.policy = project.policy

    @cached_property
    def authors(self) -> tuple[str, ...]:
        """Who wrote what is judged, by every name git has for them; everybody where nobody did."""
        repository, commit = self.project.repository, self.earlier.tree.commit
        authors = repository.authors(commit, JUDGED)
        authors += repository.authors(commit, without=NOT_JUDGED, without_names=(DOCS,))
        authors = authors or repository.authors(commit)
        return tuple(dict.fromkeys(str(author) for author in authors))

    def suite(self, suite_id: str, metrics: Sequence[str]) -> Suite | None:
        """A suite for the comparison of two baselines: with the gate of the base, and nothing set aside.

        A quarantine takes a case out of the gate, and would take what it lost out of the comparison.
        """
        suite = self.suites.get(suite_id)
        if suite is None:
            return None
        gate = self.earlier.gate(suite_id, metrics) or suite.gate
        return replace(suite, gate=gate, cases=tuple(replace(case, quarantine=None) for case in suite.cases))

    def for_run(self, suite: Suite) -> Suite:
        """A suite as the run of a change is judged: with the gate and the quarantines of the base.

        What the change loosens counts from the next one on.
        """
        metrics = [use.metric for prompt in suite.prompts for use in suite.metrics_of(prompt)]
        gate = self.earlier.gate(suite.id, metrics) or suite.gate
        new = {case.id for case in self.earlier.new_quarantines(suite)}
        cases = tuple(replace(case, quarantine=None) if case.id in new else case for case in suite.cases)
        return replace(suite, gate=gate, cases=cases)

    def _owners(self, suite_id: str) -> tuple[str, ...]:
        owners = self.earlier.owners(suite_id)
        if owners is not None:
            return owners
        suite = self.suites.get(suite_id)
        return suite.owners if suite is not None else ()

    def unmet(self, suite_id: str, approvers: Sequence[str], path: str = "") -> Iterator[Unmet]:
        """The points of the policy that these approvers do not meet.

        With the path of the file that names them, only those count whom git knows to have written it.
        """
        counted = tuple(approvers)
        if path and self.policy.names_somebody:
            hands = self._hands(path)
            counted = tuple(who for who in approvers if any(same_person(who, hand) for hand in hands))
        owners = self._owners(suite_id)
        refused = False
        if self.policy.accept and not any(self.policy.allows(who, owners) for who in counted):
            refused = True
            names = ", ".join(self.policy.acceptors(owners)) or "the owners of the suite, which names none"
            yield Unmet("acceptor", names)
        others = [who for who in counted if not any(same_person(who, author) for author in self.authors)]
        if not self.policy.author_may_accept and not self.authors:
            refused = True
            yield Unmet("no author")
        elif not self.policy.author_may_accept and not others:
            refused = True
            yield Unmet("author")
        if refused:
            yield from (Unmet("hand", who) for who in approvers if who not in counted)

    def _hands(self, path: str) -> tuple[str, ...]:
        """Who wrote a file since the base; whoever is here now too, while it is not committed."""
        repository = self.project.repository
        hands = repository.hands(self.earlier.tree.commit, path)
        if repository.is_changed(path):
            with suppress(InputError):
                hands = [*hands, repository.identity()]
        return tuple(str(hand) for hand in hands)

    def loosened(self) -> Iterator[str]:
        """Gates, policies and quarantines that are others than at the base, in the words of the files."""
        yield from self.earlier.notes
        today = datetime.now(UTC).date()
        for suite in self.suites.values():
            source = self.earlier.suites.get(suite.id)
            if source is not None:
                was, now = source.data.get("gate", {}), suite.source.data.get("gate", {})
                yield from _differences(f"{suite.path}: gate", was, now)
            for case in self.earlier.new_quarantines(suite):
                quarantine = case.quarantine
                if quarantine is not None and quarantine.holds(today):
                    said = f"case `{case.id}` is in quarantine until {quarantine.until}"
                    yield f"{case.place}: {said}: {quarantine.reason}"
        if self.earlier.settings is not None:
            now = read_yaml(self.project.tree.read(MARKER), MARKER).data or {}
            was = self.earlier.settings.get("policy", {})
            yield from _differences(f"{MARKER}: policy", was, now.get("policy", {}))


def _differences(name: str, before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    for key in sorted(before.keys() | now.keys()):
        if before.get(key) != now.get(key):
            was, becomes = (canonical_json(side[key]) if key in side else "none" for side in (before, now))
            yield f"{name} `{key}` {was} → {becomes}"
