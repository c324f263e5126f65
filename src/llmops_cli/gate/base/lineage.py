"""Which baseline of the base each baseline of a change goes on from, wherever both lie.

A baseline belongs to a suite, a prompt and a model, and not to a path: the same path may hold another suite's
now, and the same baseline may lie elsewhere.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from llmops_cli.baselines.places import baseline_files, baseline_places, under_present_ids
from llmops_cli.baselines.read import from_text
from llmops_cli.core.earlier_ids import as_was

if TYPE_CHECKING:
    from llmops_cli.compare.scores import Scores
    from llmops_cli.core.tree import Tree
    from llmops_cli.evals.suite import Subject
    from llmops_cli.gate.base.rules import Rules


class Lineage:
    """The baseline files of both sides.

    `before` and `now` are their texts. `expected` are the subjects of now by the file that each is compared
    with, or would be; `origins` the file of the base that a file of now goes on from, `lost` those of the
    base that none goes on from.
    """

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._base = rules.base
        self.before = _texts(self._base.tree) if self._base.workspace is not None else {}
        self.now = _texts(rules.project.tree)
        self.expected = {
            self._place(subject, self.now): subject
            for suite in rules.suites.values()
            for subject in suite.subjects
        }
        served = {
            self._place(subject, self.before): subject
            for suite in self._base.suites.values()
            for subject in suite.subjects
        }
        self._served = {path: subject for path, subject in served.items() if path in self.before}
        self.origins = self._same_subject()
        gone = self.before.keys() - self.now.keys()
        lost = (self._served.keys() | gone) - set(self.origins.values())
        self.origins |= self._other_model(sorted(lost))
        self.lost = lost - set(self.origins.values())

    def _place(self, subject: Subject, texts: dict[str, str]) -> str:
        """The file that a subject is compared with on one side, or would be."""
        places = list(map(self._rules.project.shown, baseline_places(self._rules.project, subject)))
        return next((place for place in places if place in texts), places[0])

    def old(self, path: str) -> Scores:
        """A baseline of the base as it is."""
        return from_text(self.before[path], f"{self._base.at}:{path}")

    def new(self, path: str) -> Scores:
        """A baseline of now, by the ids of now."""
        new, subject = from_text(self.now[path], path), self.expected.get(path)
        return new if subject is None else under_present_ids(new, subject)

    def origin(self, path: str) -> Scores | None:
        """What a baseline of now was at the base, by the ids of now; None for a first one."""
        if path not in self.origins:
            return None
        old, subject = self.old(self.origins[path]), self.expected.get(path)
        if subject is None:
            return old
        if self.origins[path] in self._served:
            old = replace(old, suite=subject.suite.id, prompt=f"{subject.prompt.id}@{old.prompt_version}")
        return under_present_ids(old, subject)

    def suite_now(self, path: str) -> str:
        """The suite of now that goes on from the one a baseline of the base belonged to, else its id then."""
        subject = self._served.get(path)
        then = self.old(path).suite if subject is None else subject.suite.id
        return next((now for now, before in self._base.suites_now.items() if before == then), then)

    def unsaid(self, path: str) -> str:
        """What to say, and where, so that a baseline of the base is found again; "" where it is not that."""
        then = self._served.get(path)
        suite = self._rules.suites.get(self.suite_now(path))
        if then is None or suite is None or path not in self.now:
            return ""
        project = self._rules.project
        places = zip(baseline_places(project, then), then.kept_under, strict=True)
        suite_id, prompt_id = next(ids for place, ids in places if project.shown(place) == path)
        if suite_id not in suite.ids:
            return f"{as_was((*suite.was, suite_id))} in {suite.path}"
        prompts = (prompt for prompt in suite.prompts if self._prompt_then(prompt.id) == then.prompt.id)
        prompt = next(prompts, None)
        if prompt_id and prompt is not None and prompt_id not in prompt.ids:
            return f"{as_was((*prompt.was, prompt_id))} in {prompt.path}"
        return ""

    def _same_subject(self) -> dict[str, str]:
        """By path of now, where the baseline of the same suite, prompt and model lay at the base.

        Else the same file, where it was the suite's or nobody's.
        """
        by_subject = {_key(subject): path for path, subject in self._served.items()}
        keys = {
            path: self._key_at_base(self.expected[path]) for path in self.expected.keys() & self.now.keys()
        }
        origins = {path: by_subject[key] for path, key in keys.items() if key in by_subject}
        taken = set(origins.values())
        for path in self.now.keys() & self.before.keys() - origins.keys() - taken:
            # A file that nobody used may be anybody's; else the suite judges another prompt now.
            then, now = self._served.get(path), keys.get(path)
            if then is None or (now is not None and now[0] == then.suite.id):
                origins[path] = path
        return origins

    def _key_at_base(self, subject: Subject) -> tuple[str, str, str]:
        suite = self._base.suites_now.get(subject.suite.id, "")
        return suite, self._prompt_then(subject.prompt.id), subject.model

    def _prompt_then(self, prompt_id: str) -> str:
        """The id at the base of a prompt of now; "" for a new one."""
        return self._base.prompts_now.get(prompt_id, "")

    def _other_model(self, lost: list[str]) -> dict[str, str]:
        """A new file of the same suite and prompt takes the place of one that is gone: the model changed."""
        free = sorted(self.expected.keys() & self.now.keys() - self.origins.keys() - self.before.keys())
        running = set(map(self._key_at_base, self.expected.values()))
        origins: dict[str, str] = {}
        for path in lost:
            subject, old = self._served.get(path), self.old(path)
            if path in self.expected or (subject is not None and _key(subject) in running):
                continue
            for other in free:
                if self._is_of(subject, old, self.expected[other]):
                    origins[other] = path
                    free.remove(other)
                    break
        return origins

    def _is_of(self, then: Subject | None, old: Scores, now: Subject) -> bool:
        """Whether a baseline of the base is one of the suite and the prompt of a subject of now."""
        if then is not None:
            return _key(then)[:2] == self._key_at_base(now)[:2]
        old = under_present_ids(old, now)
        return (old.suite, old.prompt_id) == (now.suite.id, now.prompt.id)


def _key(subject: Subject) -> tuple[str, str, str]:
    return subject.suite.id, subject.prompt.id, subject.model


def _texts(tree: Tree) -> dict[str, str]:
    return {path: tree.read(path) for path in baseline_files(tree)}
