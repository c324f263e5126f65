"""Reads one suite with its cases and scorers, and finds what is wrong with them."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from llmops_cli.core import schema
from llmops_cli.core.earlier_ids import earlier_ids
from llmops_cli.core.errors import InputError
from llmops_cli.core.globs import folder_of, is_glob, literal, matches_path
from llmops_cli.core.spelling import did_you_mean
from llmops_cli.core.tree import WorkingTree
from llmops_cli.evals.cases import SUFFIXES, CaseReader, RawCase, read_cases
from llmops_cli.evals.configure import configure, output_schema_use
from llmops_cli.evals.deciding import undecided_problems, unread_problems
from llmops_cli.evals.gate import read_gate
from llmops_cli.evals.judged_prompts import judged_prompts
from llmops_cli.evals.metric import repeated_metrics
from llmops_cli.evals.suite import Suite
from llmops_cli.scorers.base import Surroundings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from llmops_cli.core.problem import Problem
    from llmops_cli.core.project import Project
    from llmops_cli.core.source import Source
    from llmops_cli.evals.case import Case
    from llmops_cli.evals.suite import ScorerUse
    from llmops_cli.prompts.prompt import Prompt

FOLDER = "evalsets"
At = tuple[str | int, ...]


def load_suite(
    project: Project, prompts: Mapping[str, Prompt], source: Source, *, broken_prompts: bool = False
) -> tuple[Suite | None, list[Problem]]:
    """The suite of one file and every problem found; None where one of them matters.

    With `broken_prompts` a prompt that is not known may be one that could not be read, and is not reported
    again.
    """
    loader = _Loader(project, prompts, source, broken_prompts)
    try:
        return loader.load()
    except InputError as error:
        return None, [*loader.problems, *error.problems]


class _Loader:
    """Loads one suite file."""

    def __init__(
        self, project: Project, prompts: Mapping[str, Prompt], source: Source, broken_prompts: bool
    ) -> None:
        self.project = project
        self.prompts = prompts
        self.source = source
        self.broken_prompts = broken_prompts
        self.case_paths: dict[str, None] = {}
        self.scorer_paths: dict[str, None] = {}
        self.problems: list[Problem] = []

    def load(self) -> tuple[Suite | None, list[Problem]]:
        data = self.source.data
        self.problems += schema.check(self.source, "suite")
        if self.problems:
            return None, self.problems
        prompts, problems = judged_prompts(
            self.project, self.prompts, self.source, broken_prompts=self.broken_prompts
        )
        self.problems += problems
        models = tuple(data.get("models", ()))
        on_disk = isinstance(self.project.tree, WorkingTree)
        surroundings = Surroundings(self.project.tree, self.resolve, self.project.root, on_disk=on_disk)
        scorers, problems = configure(data["scorers"], self.source, ("scorers",), surroundings)
        self.problems += problems
        raw_cases = self.raw_cases()
        if self.problems or not prompts:
            # Cases are checked against the prompts' inputs: without a prompt there is nothing to check.
            return None, self.problems
        cases = self.cases(raw_cases, prompts)
        by_case = self.case_scorers(cases, scorers, surroundings)
        self.problems += unread_problems(self.source, cases, scorers, by_case)
        outputs = self.output_scorers(prompts, surroundings)
        metrics = [use.metric for use in scorers] + [use.metric for uses in by_case.values() for use in uses]
        if len(outputs) < len(prompts):  # an output schema decides
            self.problems += undecided_problems(self.source, cases, scorers, by_case)
        metrics += ["output"] if outputs else []
        metrics += [metric.name for metric in repeated_metrics(data.get("repeats", 1))]
        gate, problems = read_gate(self.source, metrics, cases)
        self.problems += problems
        if self.problems:
            return None, self.problems
        suite = Suite(
            id=data["id"],
            source=self.source,
            prompts=prompts,
            models=models,
            cases=cases,
            scorers=scorers,
            gate=gate,
            repeats=data.get("repeats", 1),
            owners=tuple(data.get("owners", ())),
            was=earlier_ids(data),
            case_scorers=by_case,
            output_scorers=outputs,
            case_paths=tuple(self.case_paths),
            scorer_paths=tuple(dict.fromkeys((*self.scorer_paths, *_files(scorers, by_case)))),
        )
        return suite, self.problems

    def add(self, pointer: At, message: str, hint: str = "", *, key: bool = False) -> None:
        self.problems.append(self.source.problem(pointer, message, hint, key=key))

    def raw_cases(self) -> list[RawCase]:
        given = self.source.data["cases"]
        if isinstance(given, str):
            return self.from_files(given, ("cases",))
        cases: list[RawCase] = []
        for index, entry in enumerate(given):
            pointer = ("cases", index)
            if isinstance(entry, str):
                cases += self.from_files(entry, pointer)
            else:
                cases.append(RawCase(self.source, pointer, entry))
        return cases

    def from_files(self, pattern: str, pointer: At) -> list[RawCase]:
        paths = self.matches(pattern)
        if not paths:
            case_files = [path for path in self.project.tree.files(FOLDER) if path.endswith(SUFFIXES)]
            names = [posixpath.basename(path) for path in case_files]
            message = f"`{pattern}` matches no file" if is_glob(pattern) else f"no such file: `{pattern}`"
            hint = did_you_mean(pattern, names, noun="case files")
            beside = posixpath.join(posixpath.dirname(self.source.path), pattern)
            if posixpath.normpath(beside).startswith(("../", "/")):
                message, hint = f"`{pattern}` lies outside the project", "cases are files of the project"
            self.add(pointer, message, hint)
            return []
        tree = self.project.tree
        raw_cases: list[RawCase] = []
        for path in paths:
            if not path.endswith(SUFFIXES):
                self.add(pointer, f"cases are not read from `{path}`", f"one of {', '.join(SUFFIXES)}")
                continue
            try:
                cases, problems = read_cases(tree.read(path), path, tree.limits)
            except InputError as error:
                cases, problems = [], list(error.problems)
            raw_cases += cases
            self.problems += problems
        return raw_cases

    def matches(self, pattern: str) -> list[str]:
        """Files that a path or glob names, beside the suite first, then from the project's root."""
        for folder in (posixpath.dirname(self.source.path), ""):
            path = posixpath.normpath(posixpath.join(folder, pattern))
            if path.startswith("../") or pattern.startswith("/"):
                continue
            self.case_paths[path] = None
            if self.project.tree.has(path):
                return [path]
            if is_glob(pattern):
                glob = posixpath.normpath(posixpath.join(literal(folder), pattern))
                self.case_paths[glob] = None
                paths = [
                    name
                    for name in self.project.tree.files(folder_of(glob))
                    if matches_path(name, glob) and name != self.source.path
                ]
                if paths:
                    return paths
        return []

    def resolve(self, name: str) -> str:
        """The file of the project that a scorer's option names."""
        for folder in (posixpath.dirname(self.source.path), ""):
            path = posixpath.normpath(posixpath.join(folder, name))
            if path.startswith(("../", "/")):
                continue
            self.scorer_paths[path] = None
            if self.project.tree.has(path):
                return path
        outside = posixpath.normpath(name).startswith(("../", "/"))
        raise InputError(f"`{name}` lies outside the project" if outside else f"no such file: `{name}`")

    def cases(self, raw_cases: list[RawCase], prompts: tuple[Prompt, ...]) -> tuple[Case, ...]:
        readers = [CaseReader(prompt.variables, prompt.inputs) for prompt in prompts]
        cases: dict[str, Case] = {}
        for raw in raw_cases:
            case, problems = readers[0].read(raw)
            for reader in readers[1:]:
                problems += reader.read(raw)[1]
            self.problems += problems
            if case is None:
                continue
            if case.id in cases:
                at = (*raw.pointer, "id") if "id" in raw.data else raw.pointer
                first = cases[case.id].place
                hint = "ids are unique in a suite" if "id" in raw.data else "the same case stands twice"
                self.problems.append(
                    raw.source.problem(at, f"the case id `{case.id}` is already taken at {first}", hint)
                )
            else:
                cases[case.id] = case
        return tuple(cases.values())

    def output_scorers(self, prompts: tuple[Prompt, ...], surroundings: Surroundings) -> dict[str, ScorerUse]:
        uses = {}
        for prompt in prompts:
            if prompt.output is None:
                continue
            try:
                uses[prompt.id] = output_schema_use(prompt.output, surroundings)
            except ValueError as error:
                self.problems.append(prompt.source.problem(("output",), f"`output`: {error}"))
        return uses

    def case_scorers(
        self, cases: tuple[Case, ...], scorers: tuple[ScorerUse, ...], surroundings: Surroundings
    ) -> dict[str, tuple[ScorerUse, ...]]:
        taken = frozenset(use.metric for use in scorers)
        by_case: dict[str, tuple[ScorerUse, ...]] = {}
        for case in cases:
            if case.scorers:
                at = (*case.pointer, "scorers")
                uses, problems = configure(list(case.scorers), case.source, at, surroundings, taken)
                by_case[case.id] = uses
                self.problems += problems
        return by_case


def _files(scorers: tuple[ScorerUse, ...], by_case: Mapping[str, tuple[ScorerUse, ...]]) -> Iterator[str]:
    """Every file of the project that a scorer rests on."""
    for use in (*scorers, *(use for uses in by_case.values() for use in uses)):
        yield from use.scorer.files
