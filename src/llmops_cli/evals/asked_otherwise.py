"""What of a run's header is not what the files here say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmops_cli.evals.rows import SubjectKey

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from llmops_cli.evals.suite import Subject


def judged_then(header: Mapping[str, Any]) -> dict[SubjectKey, dict[str, Any]]:
    """What a run judged, as its header says it: the identity of each subject."""
    given = header.get("subjects")
    listed = [subject for subject in given if isinstance(subject, dict)] if isinstance(given, list) else []
    return {SubjectKey(*(str(was.get(name)) for name in SubjectKey._fields)): was for was in listed}


def asked_otherwise(then: Mapping[str, Any], subject: Subject) -> Iterator[str]:
    """In words, what of a subject that was judged is another here."""
    now, suite = subject.identity, subject.suite.id
    for name, what in (
        ("fingerprint", f"the prompt {subject.prompt.ref}"),
        ("cases", f"the cases of {suite}"),
        ("scorers", f"the scorers of {suite}"),
    ):
        if now[name] != then.get(name):
            yield what
