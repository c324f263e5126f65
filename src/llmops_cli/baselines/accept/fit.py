"""Whether a run that somebody names may be accepted here: whole, unedited, and of the files as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmops_cli.core.commit import SHORT
from llmops_cli.core.errors import InputError
from llmops_cli.core.schema import shown
from llmops_cli.evals.asked_otherwise import asked_otherwise, judged_then
from llmops_cli.evals.digest import require_intact
from llmops_cli.evals.journal import SCHEMA
from llmops_cli.evals.rows import SubjectKey
from llmops_cli.evals.shards.shard import Shard

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmops_cli.baselines.accept.source import Source
    from llmops_cli.core.project import Project
    from llmops_cli.evals.suite import Subject


def require_fit(project: Project, source: Source) -> None:
    """Raise InputError unless a run is one that an llmops like this finished, whole and unedited.

    One that came as an artifact was made at a commit of the history here, without other changes.
    """
    header = source.header
    version = header.get("schema")
    if type(version) is not int or not 1 <= version <= SCHEMA:
        raise InputError(
            f"{source.shown}: its schema must be {SCHEMA} or lower, found {shown(version)}",
            "upgrade llmops: a newer one made this run",
        )
    require_whole(source.shown, header)
    if header.get("finished") is not True:
        raise InputError(
            f"{source.shown} was not finished",
            f"llmops eval --resume {source.id}, where it ran; then accept it",
        )
    require_intact(source.folder, header, source.shown)
    if source.from_elsewhere:
        _require_commit(project, source)


def require_whole(shown: str, header: Mapping[str, Any]) -> None:
    """Raise InputError for a shard, and for a run of a part of the cases."""
    if is_partial(header):
        raise InputError(
            f"{shown} is partial: it was made with --filter, and a baseline is of every case",
            "run `llmops eval` without --filter, then accept that run",
        )
    if Shard.of_header(header) is not None:
        raise InputError(
            f"{shown} is one shard of several: nothing is judged yet",
            "`llmops merge` joins all shards into one run; accept that one",
        )


def is_partial(header: Mapping[str, Any]) -> bool:
    """Whether a filter left cases out; earlier versions say only that there was a filter."""
    return bool(header["partial"] if "partial" in header else header.get("filters"))


def _require_commit(project: Project, source: Source) -> None:
    """Raise InputError unless the commit, or the one that CI merged, is part of the history here."""
    commit, head = (str(source.header.get(name) or "") for name in ("commit", "head"))
    if not commit:
        raise InputError(
            f"{source.shown} was made outside of git, so nobody can say of which files",
            "run it in a checkout of the repository, then accept that run",
        )
    if source.header.get("dirty") is not False:
        raise InputError(
            f"{source.shown} was made at commit {commit[:SHORT]} with uncommitted changes",
            "make the job leave no new files in the checkout (`git status` there names them); run it again",
        )
    if any(_is_here(project, one) for one in (commit, head) if one):
        return
    ran = f"commit {commit[:SHORT]}"
    ran += f", a merge of {head[:SHORT]}" if head else ""
    raise InputError(
        f"{source.shown} was made at {ran}, which is not part of the history here",
        f"git fetch, and check out the branch that CI judged: its last commit is {(head or commit)[:SHORT]}",
    )


def _is_here(project: Project, commit: str) -> bool:
    repository = project.repository
    try:
        return repository.is_ancestor(repository.resolve(commit), repository.resolve("HEAD"))
    except InputError:
        return False


def require_same(source: Source, subject: Subject) -> None:
    """Raise InputError unless a run judged exactly this subject."""
    then = judged_then(source.header)
    key = SubjectKey.of(subject)
    if key not in then:
        titles = ", ".join(key.title for key in then) or "nothing"
        raise InputError(
            f"{source.shown} did not judge {subject.title}; it judged {titles}",
            f"accept another run, or run `llmops eval {subject.suite.id}`",
        )
    if subject.identity != then[key]:
        differences = ", ".join(asked_otherwise(then[key], subject)) or "what identifies it"
        raise InputError(
            f"{source.shown} judged other files than those here; different: {differences}",
            _bring(source, f"or run `llmops eval {subject.suite.id}`"),
        )


def require_same_baseline(source: Source, subject: Subject, here: str) -> None:
    """Raise InputError where a run was compared with another baseline file than the one whose hash is `here`.

    A run of this checkout may be: everything is compared anew, and nobody has read another comparison.
    """
    compared = source.header.get("baselines")
    then = compared.get(subject.title) if isinstance(compared, dict) else None
    if source.from_elsewhere and then != here:
        raise InputError(
            f"{source.shown} was compared with another baseline of {subject.title} than the one here",
            _bring(source, f"or run `llmops eval {subject.suite.id}`, and read what it says"),
        )


def _bring(source: Source, otherwise: str) -> str:
    """How the files here become those that were judged."""
    if source.header.get("head"):
        return f"CI judged this branch merged with the one that it goes to: merge that one; {otherwise}"
    commit = str(source.header.get("commit") or "")
    return f"check out commit {commit[:SHORT]}; {otherwise}" if commit else otherwise
