"""Finds the commit that made a suite regress, judging as few commits as it can."""

from __future__ import annotations

import math
import shutil
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from llmops_cli.baselines.places import baseline_places
from llmops_cli.compare.compare import compare_stored
from llmops_cli.core.errors import ExitCode, InputError, InterruptedRunError
from llmops_cli.core.head import head_state
from llmops_cli.core.tree import STATE
from llmops_cli.evals.select import select
from llmops_cli.evals.workspace import open_workspace, require_sound
from llmops_cli.gate.bisect.halving import Halving
from llmops_cli.gate.bisect.probe import Probe, calls_text, probe_commit, verdict_text
from llmops_cli.gate.options import Options

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmops_cli.compare.comparison import Comparison
    from llmops_cli.compare.scores import Scores
    from llmops_cli.core.commit import Commit
    from llmops_cli.core.project import Project
    from llmops_cli.evals.suite import Suite
    from llmops_cli.evals.talk import Talk

APART = ("baselines", "cassettes")
"""Folders whose commits are no suspects: every probe is compared with the same baseline, and none replays."""


@dataclass(frozen=True, slots=True)
class Search:
    """What to look for: a suite that was not REGRESSED at `good` and is at `bad`.

    `good` "" is the last commit that changed the suite's baseline. `model` replaces the suite's own.
    """

    suite: str
    good: str = ""
    bad: str = "HEAD"
    model: str = ""


@dataclass(frozen=True)
class Bisection:
    """What was found.

    `suspects` are the commits that may be the first bad one, oldest first: one where it is certain, none
    where nothing regressed. `good` and `bad` are the probes on both sides of them, `probes` all, newest
    commit first. `files` are those that the suspects changed, `steps` the comparisons of the scores of `bad`
    with those of `good`.
    """

    search: Search
    bad: Probe
    probes: tuple[Probe, ...]
    good: Probe | None = None
    suspects: tuple[Commit, ...] = ()
    files: tuple[str, ...] = ()
    steps: tuple[Comparison, ...] = ()

    @property
    def first_bad(self) -> Commit | None:
        """The first bad commit, where it is certain."""
        return self.suspects[0] if len(self.suspects) == 1 else None

    @property
    def exit_code(self) -> ExitCode:
        """What the process says: whether a commit made the suite regress."""
        return ExitCode.NO if self.suspects else ExitCode.OK


def bisect(project: Project, search: Search, talk: Talk) -> Bisection:
    """Judge commits between good and bad until the first bad one is known.

    Each is judged as `llmops eval` would, in a worktree of its own, against the baseline as it lies on the
    disk. Raises InputError when the ends are not what they should be, OutsideError when calls fail,
    InterruptedRunError on Ctrl-C; no worktree is left.
    """
    (suite,) = select(require_sound(open_workspace(project)).suites, [search.suite])
    good, bad, candidates = _range(project, suite, search)
    if head_state(project.root, STATE).dirty:
        talk.report("uncommitted changes take no part; only the baseline is taken as it lies on the disk")
    options = Options(suites=(search.suite,), models=(search.model,) if search.model else ())
    work = _Work(project, search, options, talk, total=2 + _depth(len(candidates)))
    try:
        return _searched(work, good, bad, candidates)
    except (KeyboardInterrupt, InterruptedRunError):
        raise InterruptedRunError(
            f"{len(work.probes)} of about {work.total} probes are done; no worktree is left",
            "the same command again goes on from there: what was answered is in the cache",
        ) from None


def _range(project: Project, suite: Suite, search: Search) -> tuple[Commit, Commit, list[Commit]]:
    """Both ends, and the commits in between that could be the cause, oldest first."""
    repository = project.repository
    if repository.shallow:
        raise InputError("the git history is cut (shallow clone)", "git fetch --unshallow, then try again")
    bad = repository.resolve(search.bad)
    if search.good:
        good = repository.resolve(search.good)
    else:
        asked = replace(suite, models=(search.model,)) if search.model else suite
        subjects = asked.subjects
        paths = [project.shown(path) for one in subjects for path in baseline_places(project, one)]
        accepted = repository.mainline(bad.hash, paths)
        if not accepted:
            raise InputError(
                f"no commit up to {search.bad} holds a baseline of `{suite.id}`",
                "commit its baseline, or name a commit that was good with --good REF",
            )
        good = accepted[0]
    if not repository.is_ancestor(good, bad):
        raise InputError(
            f"{good.short} is not in the history of {search.bad}, so nothing lies between them",
            "name an earlier commit with --good REF, or a later one with --bad REF",
        )
    return good, bad, repository.mainline(f"{good.hash}..{bad.hash}", [""], APART)[::-1]


def _depth(candidates: int) -> int:
    """How many commits have to be judged to find one of so many."""
    return math.ceil(math.log2(candidates)) if candidates > 1 else 0


@dataclass
class _Work:
    """One bisection in progress."""

    project: Project
    search: Search
    options: Options
    talk: Talk
    total: int
    probes: list[Probe] = field(default_factory=list)

    def probe(self, commit: Commit) -> Probe:
        """Judge one commit against the baseline as it lies on the disk."""
        place = f"baselines/{self.search.suite}"
        ours = self.project.root / place
        # None of the commit's own baselines may stay: an old one would be another yardstick.
        with self.project.repository.checkout(commit, without=place) as folder:
            if folder.is_dir() and ours.is_dir():
                shutil.copytree(ours, folder / place)
            probe = probe_commit(commit, folder, self.project.state.parent, self.options, self.talk)
        self.probes.append(probe)
        self.total = max(self.total, len(self.probes))
        count = f"probe {len(self.probes)} of about {self.total}"
        self.talk.report(
            f'{count}: {commit.short} "{commit.subject}" … {verdict_text(probe)}{calls_text(probe)}'
        )
        return probe


def _searched(work: _Work, good: Commit, bad: Commit, candidates: list[Commit]) -> Bisection:
    """Verify both ends, then halve what lies between them."""
    search, count = work.search, len(candidates)
    between = f"{count} commit{'' if count == 1 else 's'} that changed the project"
    work.talk.report(f"{between} between {good.short} (good) and {search.bad} (bad)")
    # The newest candidate has the project of the bad end, and is what would be named.
    worst = work.probe(candidates[-1] if candidates else bad)
    if worst.skipped:
        raise worst.error or InputError(f"{search.bad} {verdict_text(worst)}", "name another with --bad REF")
    if not worst.bad:
        return Bisection(search, worst, tuple(work.probes))
    if not candidates:
        raise InputError(
            f"{search.bad} is {verdict_text(worst)}, and no commit since {good.short} changed the project",
            "name an older good commit with --good REF, or ask again: llmops eval --cache off",
        )
    best = work.probe(good)
    if best.skipped or best.bad:
        why = verdict_text(best) if best.skipped else f"is bad already: {verdict_text(best)}"
        raise InputError(f"the good end {good.short} {why}", "name a commit that was good with --good REF")
    probes = {-1: best, count - 1: worst}
    halving = Halving.of(count)
    while (at := halving.next) is not None:
        probes[at] = probe = work.probe(candidates[at])
        halving = halving.told(at, bad=None if probe.skipped else probe.bad)
    low, high = halving.low, halving.high
    newest_first = [probes[at] for at in sorted(probes, reverse=True)]
    return _result(work, probes[low], probes[high], candidates[low + 1 : high + 1], newest_first)


def _earlier(now: Comparison, before: Mapping[tuple[str, str], Scores]) -> Scores | None:
    """The scores of the same prompt on the same model before, whatever it was called."""
    prompts = now.result.subject.suite.prompts if now.result is not None else ()
    ids = next((prompt.ids for prompt in prompts if prompt.id == now.now.prompt_id), (now.now.prompt_id,))
    names = (name for name in ids if (name, now.now.model) in before)
    return next((before[name, now.now.model] for name in names), None)


def _result(
    work: _Work, good: Probe, bad: Probe, suspects: list[Commit], newest_first: list[Probe]
) -> Bisection:
    """What was found, with what the suspects changed."""
    repository = work.project.repository
    before = {(c.now.prompt_id, c.now.model): c.now for c in good.compared}
    pairs = [
        (earlier, now.now, now.suite)
        for now in bad.compared
        if (earlier := _earlier(now, before)) is not None
    ]
    files = dict.fromkeys(path for commit in suspects for path in repository.changed_files(commit))
    return Bisection(
        work.search,
        bad,
        tuple(newest_first),
        good,
        tuple(suspects),
        tuple(sorted(files)),
        tuple(compare_stored(pairs)),
    )
