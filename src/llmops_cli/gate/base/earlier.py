"""The project where a branch left another: settings, suites and quarantines as they were there."""

from __future__ import annotations

import posixpath
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any

from llmops_cli.core import schema
from llmops_cli.core.errors import InputError
from llmops_cli.core.git import SHORT
from llmops_cli.core.project import MARKER
from llmops_cli.core.source import read_yaml
from llmops_cli.evals.cases import read_cases
from llmops_cli.evals.gate import read_gate
from llmops_cli.evals.metric import metric_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from llmops_cli.compare.scores import Scores
    from llmops_cli.core.git import GitTree
    from llmops_cli.core.project import Project
    from llmops_cli.core.source import Source
    from llmops_cli.evals.case import Case
    from llmops_cli.evals.suite import Gate, Suite

YAML = (".yaml", ".yml")


class EarlierProject:
    """The project at the merge base.

    `settings` are those of llmops.yaml, None where it is not there or cannot be read; `suites` the suite
    files by id, wherever they lay. Files that are wrong count as absent: `notes` says which, and what stands
    in for them.
    """

    def __init__(self, tree: GitTree, reference: str) -> None:
        self.tree = tree
        self.at = f"{reference} ({tree.commit[:SHORT]})"
        self.notes: list[str] = []
        self.broken_suites = False
        self.settings = self._settings()
        self.suites = dict(self._suites())

    def _settings(self) -> Mapping[str, Any] | None:
        if not self.tree.has(MARKER):
            self.notes.append(f"no project here at {self.at}: every baseline counts as a first one")
            return None
        source = self._source(MARKER)
        if source is not None and source.data is None:
            return {}
        if source is None or schema.check(source, "project"):
            self.notes.append(f"{MARKER} at {self.at} is wrong: the policy here is applied")
            return None
        settings: Mapping[str, Any] = source.data
        return settings

    def _suites(self) -> Iterator[tuple[str, Source]]:
        for path in reversed(self.tree.files("evalsets")):
            if not path.lower().endswith(YAML) or posixpath.basename(path).startswith("_"):
                continue
            source = self._source(path)
            if source is not None and isinstance(source.data, list):
                continue
            if source is None or schema.check(source, "suite"):
                self.broken_suites = True
                self.notes.append(f"{path} at {self.at} is wrong: owners and gate here are applied")
                continue
            yield source.data["id"], source

    def _source(self, path: str) -> Source | None:
        try:
            return read_yaml(self.tree.read(path), path)
        except InputError:
            return None

    def owners(self, suite_id: str) -> tuple[str, ...] | None:
        """The owners of a suite; None where there was no such suite."""
        source = self.suites.get(suite_id)
        return None if source is None else tuple(source.data.get("owners", ()))

    def gate(self, suite_id: str, metrics: Sequence[str]) -> Gate | None:
        """The gate of a suite whose scorers give these metrics; None where there was no such suite."""
        source = self.suites.get(suite_id)
        if source is None:
            return None
        named = [name for name in source.data.get("gate", {}) if metric_of(name).repeated is not None]
        gate, _ = read_gate(source, [*metrics, *named], ())
        return gate

    def used(self, project: Project, baseline: Scores, path: str) -> bool:
        """Whether a suite was compared with a baseline file; True where nobody can tell."""
        source = self.suites.get(baseline.suite)
        if source is None:
            return self.broken_suites
        data = source.data
        references = [data["prompt"]] if "prompt" in data else list(data.get("prompts", ()))
        named = [reference for reference in references if reference.partition("@")[0] == baseline.prompt_id]
        named_by = baseline.prompt_id if len(references) > 1 else ""
        lies = project.shown(project.baseline_path(baseline.suite, baseline.model, prompt=named_by))
        if not named or lies != path:
            return False
        models = data.get("models") or self._models.get(baseline.prompt_id)
        # A prompt at an earlier version may have had another model.
        return not models or baseline.model in models or ("models" not in data and "@" in named[0])

    @cached_property
    def _models(self) -> dict[str, list[str]]:
        """The model of each prompt."""
        models: dict[str, list[str]] = {}
        for path in self.tree.files("prompts"):
            source = self._source(path) if path.lower().endswith(YAML) else None
            data = source.data if source is not None else None
            if isinstance(data, dict) and isinstance(data.get("model"), str):
                models.setdefault(str(data.get("id")), []).append(data["model"])
        return models

    def new_quarantines(self, suite: Suite) -> Iterator[Case]:
        """The cases of a suite that are in quarantine now and were not, or not as long."""
        earlier: dict[str, dict[str, Any]] = {}
        for case in suite.cases:
            if case.quarantine is None:
                continue
            path = case.source.path
            if path not in earlier:
                earlier[path] = self._quarantines(suite.id, path)
            before = earlier[path].get(case.id)
            if not isinstance(before, dict) or str(before.get("until")) < case.quarantine.until.isoformat():
                yield case

    def _quarantines(self, suite_id: str, path: str) -> dict[str, Any]:
        """The quarantines by case in a file of cases, or in the suite's own list."""
        source = self.suites.get(suite_id)
        given = source.data["cases"] if source is not None else ()
        entries = [entry for entry in given if isinstance(entry, dict)] if isinstance(given, list) else []
        with suppress(InputError):  # not there, or a suite: cases without an earlier state are new
            entries += [raw.data for raw in read_cases(self.tree.read(path), path)[0]]
        return {
            str(entry["id"]): entry.get("quarantine")
            for entry in entries
            if isinstance(entry, dict) and "id" in entry
        }
