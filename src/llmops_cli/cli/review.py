"""Where a result is read beside the terminal: files, and what a job of GitHub Actions shows of itself."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llmops_cli.cli.talk import show, write_files
from llmops_cli.core.environment import in_github_actions, job_summary
from llmops_cli.core.errors import LlmopsError, StorageError
from llmops_cli.core.project import find_root, folder_in_repository
from llmops_cli.reports.formats import draw

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmops_cli.reports.document import Document

Form = Callable[[Mapping[str, Any]], dict[str, Any]]


def publish(document: Document, form: str, files: list[str]) -> None:
    """Print a result, write its files; in GitHub Actions, annotate lines and fill the job's summary."""
    show(document, form, files)
    _in_actions(document, annotate=form != "github")


@contextmanager
def errors_published(start: Path, files: list[str], form: Form = dict) -> Iterator[None]:
    """Writes what stopped the command in the place of its report, and lets it pass on.

    A report of an earlier run, or none, would look like a result of this one. `start` is where the project is
    looked for, `form` gives the error's data the form of the command's.
    """
    try:
        yield
    except Exception as error:
        from llmops_cli.reports.problems import error_document

        document = error_document(error, _folder(start))
        document = replace(document, data=form(document.data))
        try:
            write_files(document, files)
            _in_actions(document, annotate=True)
        except StorageError as unwritten:
            if isinstance(error, LlmopsError):
                raise error from unwritten
        raise


def _folder(start: Path) -> str:
    try:
        return folder_in_repository(find_root(start))
    except LlmopsError:
        return ""


def _in_actions(document: Document, *, annotate: bool) -> None:
    if not in_github_actions():
        return
    if annotate:
        # Not to stdout, which is the answer and may be JSON; the runner reads both.
        sys.stderr.write(draw(document, "github"))
        sys.stderr.flush()
    summary = job_summary()
    if summary:
        try:
            with Path(summary).open("a", encoding="utf-8", errors="backslashreplace") as stream:
                stream.write(draw(document, "markdown") + "\n")
        except OSError as error:
            raise StorageError(f"the job's summary cannot be written: {error.strerror}") from error
