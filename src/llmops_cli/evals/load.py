"""Reads every suite of a project with its cases and scorers, and finds what is wrong with them."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from llmops_cli.core import schema
from llmops_cli.core.errors import InputError
from llmops_cli.core.globs import folder_of, is_glob, literal, matches_path
from llmops_cli.core.source import read_yaml
from llmops_cli.core.spelling import did_you_mean
from llmops_cli.evals.cases import SUFFIXES, CaseReader, RawCase, read_cases
from llmops_cli.evals.configure import configure, output_schema_use
from llmops_cli.evals.gate import read_gate
from llmops_cli.evals.suite import Suite
from llmops_cli.prompts.history import prompt_at_version
from llmops_cli.scorers.base import Surroundings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from llmops_cli.core.problem import Problem
    from llmops_cli.core.project import Project
    from llmops_cli.core.source import Source
    from llmops_cli.evals.case import Case
    from llmops_cli.evals.suite import ScorerUse
    from llmops_cli.prompts.prompt import Prompt

FOLDER = "evalsets"
NAMED = 5
"""Cases with one and the same fault that are named one by one."""

At = tuple[str | int, ...]


def load_suites(
    project: Project, prompts: Mapping[str, Prompt], *, broken_prompts: bool = False
) -> tuple[dict[str, Suite], list[Problem]]:
    """Every suite by id, and every problem found.

    A YAML file of `evalsets/` is a suite unless it holds a list, which are cases. With `broken_prompts` a
    prompt that is not known may be one that could not be read, and is not reported again.
    """
    suites: dict[str, Suite] = {}
    problems: list[Problem] = []
    for path in project.tree.files(FOLDER):
        if not path.lower().endswith((".yaml", ".yml")) or posixpath.basename(path).startswith("_"):
            continue
        try:
            source = read_yaml(project.tree.read(path), path)
            if isinstance(source.data, list):
                continue
            suite, found = _Loader(project, prompts, source, broken_prompts).load()
        except InputError as error:
            problems += error.problems
            continue
        problems += found
        if suite is None:
            continue
        if suite.id in suites:
            message = f"the id `{suite.id}` is already taken by {suites[suite.id].path}"
            problems.append(source.problem(("id",), message, "ids are unique in a project"))
        else:
            suites[suite.id] = suite
    return suites, problems


class _Loader:
    """Loads one suite file."""

    def __init__(
        self, project: Project, prompts: Mapping[str, Prompt], source: Source, broken_prompts: bool
    ) -> None:
        self.project = project
        self.known = prompts
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
        prompts = self.prompts()
        models = tuple(data.get("models", ()))
        surroundings = Surroundings(self.project.root, self.resolve)
        scorers, found = configure(data["scorers"], self.source, ("scorers",), surroundings)
        self.problems += found
        raw_cases = self.raw_cases()
        if self.problems or not prompts:
            # Cases are checked against the prompts' inputs: without a prompt there is nothing to check.
            return None, self.problems
        cases = self.cases(raw_cases, prompts)
        own = self.case_scorers(cases, scorers, surroundings)
        outputs = self.output_scorers(prompts, surroundings)
        metrics = [use.metric for use in scorers] + [use.metric for uses in own.values() for use in uses]
        self.require_decision(cases, scorers, own, len(outputs) == len(prompts))
        metrics += ["output"] if outputs else []
        metrics += [f"pass{sign}{k}" for k in range(1, data.get("repeats", 1) + 1) for sign in "@^"]
        gate, found = read_gate(self.source, metrics, cases)
        self.problems += found
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
            case_scorers=own,
            output_scorers=outputs,
            case_paths=tuple(self.case_paths),
            scorer_paths=tuple(self.scorer_paths),
        )
        return suite, self.problems

    def add(self, pointer: At, message: str, hint: str = "", *, key: bool = False) -> None:
        self.problems.append(self.source.problem(pointer, message, hint, key=key))

    def prompts(self) -> tuple[Prompt, ...]:
        data = self.source.data
        if ("prompt" in data) == ("prompts" in data):
            said = (
                "both `prompt` and `prompts` are given" if "prompt" in data else "the key `prompt` is missing"
            )
            self.add((), said, "`prompt:` names the prompt to judge, `prompts:` several")
            return ()
        wanted: list[tuple[At, str]] = [(("prompt",), data["prompt"])] if "prompt" in data else []
        wanted += [(("prompts", index), ref) for index, ref in enumerate(data.get("prompts", ()))]
        found: list[Prompt] = []
        for pointer, reference in wanted:
            name, _, version = reference.partition("@")
            prompt = self.known.get(name)
            if prompt is None:
                if not self.broken_prompts:
                    hint = did_you_mean(name, self.known, noun="prompts")
                    self.add(pointer, f"no prompt has the id `{name}`", hint)
                continue
            if version and version != prompt.version:
                self.old_version(pointer, prompt, version, found)
                continue
            found.append(prompt)
        return tuple(found)

    def old_version(self, pointer: At, prompt: Prompt, version: str, found: list[Prompt]) -> None:
        try:
            found.append(prompt_at_version(self.project.repository, prompt, version))
        except InputError as error:
            self.add(pointer, error.message, error.hint)

    def raw_cases(self) -> list[RawCase]:
        given = self.source.data["cases"]
        if isinstance(given, str):
            return self.from_files(given, ("cases",))
        found: list[RawCase] = []
        for index, entry in enumerate(given):
            pointer = ("cases", index)
            if isinstance(entry, str):
                found += self.from_files(entry, pointer)
            else:
                found.append(RawCase(self.source, pointer, entry))
        return found

    def from_files(self, pattern: str, pointer: At) -> list[RawCase]:
        paths = self.matches(pattern)
        if not paths:
            known = [path for path in self.project.tree.files(FOLDER) if path.endswith(SUFFIXES)]
            names = [posixpath.basename(path) for path in known]
            message = f"`{pattern}` matches no file" if is_glob(pattern) else f"no such file: `{pattern}`"
            hint = did_you_mean(pattern, names, noun="case files")
            beside = posixpath.join(posixpath.dirname(self.source.path), pattern)
            if posixpath.normpath(beside).startswith(("../", "/")):
                message, hint = f"`{pattern}` lies outside the project", "cases are files of the project"
            self.add(pointer, message, hint)
            return []
        found: list[RawCase] = []
        for path in paths:
            if not path.endswith(SUFFIXES):
                self.add(pointer, f"cases are not read from `{path}`", f"one of {', '.join(SUFFIXES)}")
                continue
            try:
                cases, problems = read_cases(self.project.tree.read(path), path)
            except InputError as error:
                cases, problems = [], list(error.problems)
            found += cases
            self.problems += problems
        return found

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

    def resolve(self, name: str) -> Path:
        """The file of the project that a scorer's option names."""
        for folder in (posixpath.dirname(self.source.path), ""):
            path = posixpath.normpath(posixpath.join(folder, name))
            if path.startswith(("../", "/")):
                continue
            self.scorer_paths[path] = None
            if self.project.tree.has(path):
                self.project.tree.read(path)
                return self.project.root / path
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
        found = {}
        for prompt in prompts:
            if prompt.output is None:
                continue
            try:
                found[prompt.id] = output_schema_use(prompt.output, surroundings)
            except ValueError as error:
                message, _, hint = str(error).partition("\n")
                self.problems.append(prompt.source.problem(("output",), f"`output`: {message}", hint.strip()))
        return found

    def require_decision(
        self,
        cases: tuple[Case, ...],
        scorers: tuple[ScorerUse, ...],
        own: dict[str, tuple[ScorerUse, ...]],
        has_output: bool,
    ) -> None:
        """A suite in which nothing can fail a case would always be green."""
        every = [*scorers, *(use for uses in own.values() for use in uses)]
        if every and not has_output and not any(use.decides for use in every):
            names = ", ".join(f"`{use.metric}`" for use in scorers)
            only = "only measures" if len(scorers) == 1 else "only measure"
            message = f"no scorer decides, so every case would pass: {names} {only}"
            self.add(
                ("scorers",), message, "give one of them a `threshold`, such as `threshold: 0.8`", key=True
            )
        elif every and not has_output and not any(use.decides for use in scorers):
            self.undecided_cases(cases, own)

    def undecided_cases(self, cases: tuple[Case, ...], own: dict[str, tuple[ScorerUse, ...]]) -> None:
        """Where only scorers of cases decide, a case without one would always pass."""
        found = [case for case in cases if not any(use.decides for use in own.get(case.id, ()))]
        for number, case in enumerate(found[:NAMED], start=1):
            more = f"; so it is with {len(found) - NAMED} more cases" if number == NAMED < len(found) else ""
            message = f"no scorer decides over case `{case.id}`, so it would always pass{more}"
            hint = "give the case a scorer that decides, or the suite one for all cases"
            self.problems.append(case.source.problem(case.pointer, message, hint))

    def case_scorers(
        self, cases: tuple[Case, ...], scorers: tuple[ScorerUse, ...], surroundings: Surroundings
    ) -> dict[str, tuple[ScorerUse, ...]]:
        nowhere = _nowhere(cases, scorers)
        for use, name in nowhere:
            hint = did_you_mean(name, cases[0].scorer_values)
            self.add(use.pointer, f"`{use.metric}` reads `{name}`, which no case has", hint)
        taken = frozenset(use.metric for use in scorers)
        own: dict[str, tuple[ScorerUse, ...]] = {}
        for case in cases:
            if case.scorers:
                at = (*case.pointer, "scorers")
                uses, problems = configure(list(case.scorers), case.source, at, surroundings, taken)
                own[case.id] = uses
                self.problems += problems
            uses = (*scorers, *own.get(case.id, ()))
            self.problems += _unreadable(case, uses, {(use.metric, name) for use, name in nowhere})
        return own


def _nowhere(cases: tuple[Case, ...], uses: tuple[ScorerUse, ...]) -> list[tuple[ScorerUse, str]]:
    """What scorers of the suite read and none of several cases has: the suite's fault, not theirs."""
    if len(cases) < 2:
        return []
    known = {name for case in cases for name in case.scorer_values}
    return [(use, name) for use in uses for name in sorted(use.reads - known)]


def _unreadable(case: Case, uses: tuple[ScorerUse, ...], but: set[tuple[str, str]]) -> list[Problem]:
    """Scorers that read something this case does not have; those of `but` are named elsewhere."""
    problems = []
    for use in uses:
        for name in sorted(use.reads - set(case.scorer_values)):
            if (use.metric, name) in but:
                continue
            what = "has no `expected`" if name == "expected" else f"has no variable `{name}`"
            hint = did_you_mean(name, case.scorer_values) if name != "expected" else "add what is expected"
            problems.append(
                case.source.problem(
                    case.pointer, f"case `{case.id}` {what}, and `{use.metric}` reads it", hint
                )
            )
    return problems
