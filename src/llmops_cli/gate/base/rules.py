"""What is asked of a change to baselines: the policy, the owners and the gates of the merge base."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from llmops_cli.compare.compare import must_pass
from llmops_cli.compare.mended import new_ids
from llmops_cli.core.errors import InputError
from llmops_cli.core.policy import Policy, same_person
from llmops_cli.core.project import MARKER
from llmops_cli.gate.base.unmet import Unmet

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from llmops_cli.compare.comparison import Comparison
    from llmops_cli.compare.judged import Judged
    from llmops_cli.core.commit import Identity
    from llmops_cli.core.project import Project
    from llmops_cli.evals.case import Case
    from llmops_cli.evals.suite import Suite
    from llmops_cli.evals.workspace import Workspace
    from llmops_cli.gate.base.project import BaseProject

JUDGED = ("prompts", "evalsets", "scorers", MARKER, "models.yaml")
"""What makes an author whatever the file's name is: prompts and cases may be Markdown."""
RECORDED = "cassettes"
NOT_JUDGED = ("baselines", RECORDED)
"""Folders whose files are made by llmops: who writes them is not an author of the change."""
DOCS = "*.md"


class Rules:
    """The rules at the base, which a change cannot loosen; those of the working tree where it had none."""

    def __init__(self, workspace: Workspace, base: BaseProject) -> None:
        self.project = workspace.project
        self.suites = workspace.suites
        self.base = base
        self.policy = _policy(self.project, base.project)

    @cached_property
    def authors(self) -> tuple[str, ...]:
        """Who wrote what is judged, by every name git has for them.

        Where nobody did, who recorded answers: an approval of those stands among the baselines. Where nobody
        did that either, everybody; and where nothing is committed, whoever is here.
        """
        repository, commit = self.project.repository, self.base.commit
        authors = repository.authors(commit, JUDGED)
        authors += repository.authors(commit, without=self._names_of(NOT_JUDGED), without_names=(DOCS,))
        authors = authors or repository.authors(commit, self._names_of((RECORDED,)))
        authors = authors or repository.authors(commit) or self._here("")
        return tuple(dict.fromkeys(str(author) for author in authors))

    def _names_of(self, folders: Sequence[str]) -> list[str]:
        """Folders by the names that they have here, and where links lead."""
        return [name for folder in folders for name in {folder, self.project.tree.real(folder)}]

    def suite(self, suite_id: str) -> Suite | None:
        """A suite for the comparison of two baselines: with the gate of the base, and nothing set aside.

        A quarantine takes a case out of the gate, and would take what it lost out of the comparison.
        """
        suite = self.suites.get(suite_id)
        if suite is None:
            return None
        before = self.base.suite_of(suite)
        gate = suite.gate if before is None else before.gate
        return replace(suite, gate=gate, cases=tuple(replace(case, quarantine=None) for case in suite.cases))

    def for_run(self, judged: Judged) -> Judged | None:
        """What the run of a suite is by the rules of the base: its gate, over its cases, as they were marked.

        Cases that are new are left out, on both sides: they lift no floor. Tags and quarantines, and with
        them what must pass, are those of the base. None for a suite that was not there.
        """
        suite = judged.suite
        before = self.base.suite_of(suite)
        if before is None:
            return None
        marked = _as_named_now(before, suite)
        cases = tuple(
            replace(case, tags=marked[case.id].tags, quarantine=marked[case.id].quarantine)
            for case in suite.cases
            if case.id in marked
        )
        new = {case.id for case in suite.cases} - marked.keys()
        return judged.under(replace(suite, gate=before.gate, cases=cases), without=new)

    def rescored(self, comparison: Comparison) -> bool:
        """Whether a scorer of the base is another now: what it has no value for may be the change's doing."""
        suite = comparison.suite
        before = self.base.suite_of(suite) if suite is not None else None
        if suite is None or before is None:
            return False
        was, now = _identities(before), _identities(suite)
        return any(now.get(metric) != identity for metric, identity in was.items())

    def required(self, suite: Suite) -> frozenset[str]:
        """The cases of a suite that have to pass at the base and are still there."""
        return self.must(suite) & {case.id for case in suite.cases}

    def must(self, suite: Suite) -> frozenset[str]:
        """The cases of a suite that have to pass at the base, by their ids now, those that went too."""
        before = self.base.suite_of(suite)
        if before is None:
            return frozenset()
        today = datetime.now(UTC).date()
        aside = {case.id for case in before.cases if case.in_quarantine(today)}
        here = _as_named_now(before, suite).items()
        must = must_pass(before) - aside
        return frozenset(id_ for id_, case in here if case.id in must)

    def _owners(self, suite_id: str) -> tuple[str, ...]:
        suite = self.suites.get(suite_id)
        before = self.base.suites.get(suite_id) if suite is None else self.base.suite_of(suite)
        if before is not None:
            return before.owners
        return suite.owners if suite is not None else ()

    def unmet(self, suite_id: str, approvers: Sequence[str], *paths: str) -> Iterator[Unmet]:
        """The points of the policy that these approvers do not meet.

        With the paths of the file that names them, only those count whom git knows to have written it.
        """
        counted = self._by_hand(approvers, paths) if self.policy.names_somebody else tuple(approvers)
        owners = self._owners(suite_id)
        refused = False
        if self.policy.accept and not any(self.policy.allows(who, owners) for who in counted):
            refused = True
            names = ", ".join(self.policy.acceptors(owners)) or "the owners of the suite, which names none"
            yield Unmet("acceptor", names)
        others = [who for who in counted if not any(same_person(who, author) for author in self.authors)]
        if self.policy.author_may_accept is False and not self.authors:
            refused = True
            yield Unmet("no author")
        elif self.policy.author_may_accept is False and not others:
            refused = True
            yield Unmet("author")
        if refused:
            yield from (Unmet("hand", who) for who in approvers if who not in counted)

    @property
    def needs_another(self) -> bool:
        """Whether the author alone may not accept what stops a run: the policy says nothing of it."""
        return self.policy.author_may_accept is None and not self.policy.accept

    def alone(self, approvers: Sequence[str], *paths: str) -> bool:
        """Whether only authors of the change accepted it, in a project whose policy says nothing of that.

        With the paths of the file that names them, only those count whom git knows to have written it.
        """
        if not self.needs_another:
            return False
        counted = self._by_hand(approvers, paths)
        return all(any(same_person(who, author) for author in self.authors) for who in counted)

    def _by_hand(self, approvers: Sequence[str], paths: Sequence[str]) -> tuple[str, ...]:
        """Those of some approvers who wrote the file that names them; all where no file is named."""
        if not paths:
            return tuple(approvers)
        hands = [hand for path in paths for hand in self._hands(path)]
        return tuple(who for who in approvers if any(same_person(who, hand) for hand in hands))

    def given_here(self, who: str, at: str) -> bool:
        """Whether an approval was given on a commit of this change, and not carried here from another one.

        Who alone wrote the change says so by bringing the approval: their commits may be amended and rebased.
        """
        alone = bool(self.authors) and all(same_person(who, author) for author in self.authors)
        return alone or self.project.repository.is_since(at, self.base.commit)

    def _hands(self, path: str) -> tuple[str, ...]:
        """Who wrote a file since the base; whoever is here now too, while it is not committed."""
        path = self.project.tree.real(path)
        hands = self.project.repository.hands(self.base.commit, path)
        return tuple(str(hand) for hand in (*hands, *self._here(path)))

    def _here(self, path: str) -> list[Identity]:
        """Whoever is here, where something at or below a path is not committed."""
        if self.project.repository.is_changed(path):
            with suppress(InputError):
                return [self.project.repository.identity()]
        return []


def _identities(suite: Suite) -> dict[str, str]:
    return {use.metric: use.identity for prompt in suite.prompts for use in suite.shared_uses(prompt)}


def _policy(now: Project, before: Project | None) -> Policy:
    """The policy that counts: that of the base, or where it had none the change's own.

    A change cannot allow its author what nobody allowed before.
    """
    if before is None:
        return now.policy
    if before.policy != Policy():
        return before.policy
    return replace(now.policy, author_may_accept=None) if now.policy.author_may_accept else now.policy


def _as_named_now(before: Suite, suite: Suite) -> dict[str, Case]:
    """The cases of a suite at the base, by their ids now: an edited case without an id has another."""
    cases = {case.id: case for case in before.cases}
    renamed = new_ids(cases, {case.id: case for case in suite.cases})
    return {renamed.get(id_, id_): case for id_, case in cases.items()}
