"""The suites of a project: all of them, or one by its id."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from llmops_cli.core.earlier_ids import earlier_id_problems
from llmops_cli.core.errors import InputError
from llmops_cli.core.source import read_yaml
from llmops_cli.core.spelling import did_you_mean
from llmops_cli.evals.load import FOLDER, load_suite
from llmops_cli.prompts.load import load_prompts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmops_cli.core.problem import Problem
    from llmops_cli.core.project import Project
    from llmops_cli.core.source import Source
    from llmops_cli.evals.case import Case
    from llmops_cli.evals.suite import Suite
    from llmops_cli.prompts.prompt import Prompt


def load_suites(
    project: Project, prompts: Mapping[str, Prompt], *, broken_prompts: bool = False
) -> tuple[dict[str, Suite], list[Problem]]:
    """Every suite by id, and every problem found.

    With `broken_prompts` a prompt that is not known may be one that could not be read, and is not reported
    again.
    """
    sources, problems = _sources(project)
    suites: dict[str, Suite] = {}
    for source in sources:
        suite, suite_problems = load_suite(project, prompts, source, broken_prompts=broken_prompts)
        problems += suite_problems
        if suite is None:
            continue
        if suite.id in suites:
            problems.append(_taken(source, suite.id, suites[suite.id].path))
        else:
            suites[suite.id] = suite
    return suites, list(dict.fromkeys([*problems, *earlier_id_problems(suites, "suite")]))


def find_suite(project: Project, name: str) -> Suite:
    """One suite by its id; what is wrong with other suites does not matter.

    Raises InputError with every problem of the suite and of its prompts, or when no suite has the id.
    """
    sources, problems = _sources(project)
    by_id: dict[str, Source] = {}
    for source in sources:
        suite_id = source.data.get("id") if isinstance(source.data, dict) else None
        if not isinstance(suite_id, str):
            continue
        if suite_id == name and name in by_id:
            raise InputError(problems=[_taken(source, name, by_id[name].path)])
        by_id[suite_id] = source
    if name not in by_id:
        if problems:  # it may be in a file that cannot be read
            raise InputError(problems=problems)
        raise InputError(f"no suite has the id `{name}`", did_you_mean(name, by_id, noun="suites"))
    prompts, prompt_problems = load_prompts(project.tree)
    broken = any(problem.severity == "error" for problem in prompt_problems)
    suite, problems = load_suite(project, prompts, by_id[name], broken_prompts=broken)
    if suite is None:
        raise InputError(problems=problems or prompt_problems)
    return suite


def find_case(project: Project, name: str) -> Case:
    """The case called `suite/id`. Raises InputError as finding its suite does, or when there is none."""
    suite_id, _, case_id = name.partition("/")
    cases = {case.id: case for case in find_suite(project, suite_id).cases}
    if case_id not in cases:
        hint = did_you_mean(case_id, cases, noun="cases")
        raise InputError(f"suite `{suite_id}` has no case `{case_id}`", hint)
    return cases[case_id]


def _sources(project: Project) -> tuple[list[Source], list[Problem]]:
    """The suites' files, and what is wrong with those that cannot be read or are no YAML.

    A YAML file of `evalsets/` is a suite unless it holds a list, which are cases.
    """
    sources: list[Source] = []
    paths, problems = project.tree.listing(FOLDER)
    for path in paths:
        if not path.lower().endswith((".yaml", ".yml")) or posixpath.basename(path).startswith("_"):
            continue
        try:
            source = read_yaml(project.tree.read(path), path, project.limits)
        except InputError as error:
            problems += error.problems
            continue
        if not isinstance(source.data, list):
            sources.append(source)
    return sources, problems


def _taken(source: Source, suite_id: str, path: str) -> Problem:
    message = f"the id `{suite_id}` is already taken by {path}"
    return source.problem(("id",), message, "ids are unique in a project")
