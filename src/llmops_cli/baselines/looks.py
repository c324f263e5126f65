"""How many runs somebody could choose from when they accepted one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmops_cli.evals.journal import list_runs, read_headers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmops_cli.core.project import Project
    from llmops_cli.evals.result import SubjectResult

LOOKED = "runs_looked_at"
"""Its key of `accepted` in a header."""


def runs_looked_at(project: Project, result: SubjectResult) -> int:
    """How many runs of exactly the inputs of a result are here, with the result itself.

    Runs that came to the same answers and scores count once, as those from the cache do: nobody saw anything
    new in them. Shards, runs of a part of the cases and failed ones are no choice. The folder of runs may be
    deleted, so it is as many at least.
    """
    subject = result.subject
    headers = read_headers(list_runs(project))
    others = (_answers(header, subject.title) for header in headers if _is_of(header, subject.identity))
    return len({result.answers_hash, *others} - {""})


def _is_of(header: Mapping[str, Any], identity: Mapping[str, Any]) -> bool:
    """Whether a run is a whole one of these inputs."""
    whole = header.get("finished") is True and "shard" not in header and not header.get("partial")
    return whole and identity in header.get("subjects", ())


def _answers(header: Mapping[str, Any], title: str) -> str:
    """What a run came to; "" where it does not say so, as those of earlier releases."""
    answers = header.get("answers")
    return str(answers.get(title, "")) if isinstance(answers, dict) else ""


def told_looks(accepted: Mapping[str, Any]) -> str:
    """In words, of how many runs one was accepted; "" where there was no other, or nobody wrote it down."""
    count = accepted.get(LOOKED, 1)
    return f"one of {count} runs of the same inputs with other answers or scores" if count > 1 else ""
