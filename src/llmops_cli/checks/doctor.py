"""`llmops doctor`: whether this machine has what the project needs, and what to do where it has not."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import TYPE_CHECKING, Literal

from llmops_cli import __version__
from llmops_cli.core.errors import InputError, LlmopsError
from llmops_cli.evals.named_models import named_models
from llmops_cli.evals.workspace import open_workspace
from llmops_cli.models.settings import model_settings
from llmops_cli.models.state import model_state
from llmops_cli.models.weights import WEIGHTS, locate
from llmops_cli.reports import numbers
from llmops_cli.reports.document import Column, Document, Section, Table, Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmops_cli.core.project import Project
    from llmops_cli.reports.document import Tone

COMPROMISED_LITELLM = frozenset({"1.82.7", "1.82.8", "1.107.0"})
BROKEN_LITELLM = frozenset({"1.106.2"})

State = Literal["ok", "note", "wrong"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    subject: str
    state: State
    found: str
    hint: str = ""


def examine(project: Project | None) -> list[Finding]:
    """Everything worth knowing about this machine, and about a project where there is one."""
    findings = [
        Finding("llmops", "ok", __version__),
        _python(),
        _git(),
        _litellm(),
        _local(),
    ]
    if project is not None:
        findings += _project(project)
    return findings


def _python() -> Finding:
    interpreter = f"{platform.python_version()} at {sys.executable}"
    return Finding("Python", "ok", interpreter)


def _git() -> Finding:
    path = shutil.which("git")
    if path is None:
        return Finding("git", "wrong", "not on the PATH", "install git: baselines live in a repository")
    return Finding("git", "ok", path)


def _litellm() -> Finding:
    try:
        release = version("litellm")
    except PackageNotFoundError:
        return Finding("litellm", "note", "not installed", "only models of other providers need it")
    if release in COMPROMISED_LITELLM:
        hint = "remove it now and change every key this machine has: pip install --force-reinstall llmops-cli"
        return Finding("litellm", "wrong", f"{release} is a compromised release", hint)
    if release in BROKEN_LITELLM:
        return Finding("litellm", "wrong", f"{release} fails on calls with tools", "pip install llmops-cli")
    return Finding("litellm", "ok", release)


def _local() -> Finding:
    if find_spec("xllamacpp") is None:
        hint = "pip install 'llmops-cli[local]', if you want a model without a key"
        return Finding("local models", "note", "the `local` extra is not installed", hint)
    have = [name for name in WEIGHTS if locate(name) is not None]
    if not have:
        return Finding(
            "local models", "note", "no weights yet", "fetched when needed, or: llmops models pull"
        )
    return Finding("local models", "ok", ", ".join(have))


def _project(project: Project) -> Iterator[Finding]:
    yield Finding("project", "ok", str(project.root))
    try:
        yield Finding("repository", "ok", f"commit {(project.repository.commit() or 'none yet')[:10]}")
    except InputError as error:
        yield Finding("repository", "wrong", error.message, error.hint)
    yield _writable(project)
    try:
        workspace = open_workspace(project)
    except LlmopsError as error:
        yield Finding("files", "wrong", error.message, error.hint)
        return
    errors = len(workspace.errors)
    state: State = "wrong" if errors else "ok"
    yield Finding(
        "files",
        state,
        ", ".join(
            [
                numbers.count(len(workspace.prompts), "prompt"),
                numbers.count(len(workspace.suites), "suite"),
                numbers.count(errors, "problem"),
            ]
        ),
        "llmops check" if errors else "",
    )
    settings = model_settings(project)
    for model in named_models(workspace):
        faults = model_state(model, settings).faults
        if not faults:
            yield Finding(model, "ok", "can be called")
        for fault in faults:
            yield Finding(model, "note", fault.message, fault.hint)


def _writable(project: Project) -> Finding:
    folder = project.state if project.state.exists() else project.root
    if os.access(folder, os.W_OK):
        return Finding(".llmops", "ok", "can be written")
    return Finding(".llmops", "wrong", f"{folder} cannot be written", "runs and the cache are kept there")


_WORDS: dict[State, tuple[str, Tone]] = {
    "ok": ("ok", "good"),
    "note": ("note", "warn"),
    "wrong": ("wrong", "bad"),
}


def doctor_document(findings: list[Finding]) -> Document:
    """The findings as a table; the headline counts what is wrong."""
    wrong = sum(finding.state == "wrong" for finding in findings)
    headline = Text(f"{wrong} wrong" if wrong else "OK: nothing is wrong", "bad" if wrong else "good")
    rows = tuple(
        (
            Text(finding.subject),
            Text(*_WORDS[finding.state]),
            Text(finding.found + (f" – {finding.hint}" if finding.hint else "")),
        )
        for finding in findings
    )
    table = Table((Column("what"), Column("state"), Column("found")), rows)
    data = {
        "findings": [
            {"what": f.subject, "state": f.state, "found": f.found, "hint": f.hint} for f in findings
        ]
    }
    return Document(headline, (Section("", (table,)),), data, listing=table)
