"""What CI says of a pull request: checked, judged and commented as the workflow of a repository does it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.servers.forge import BOT, NUMBER, REPOSITORY, ForgeServer
from tests.story.repository import FOLDER

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.story.pull_requests import PullRequest
    from tests.story.repository import Repo

_CHANGING = (
    (r"run \d{8}-\d{6}-[0-9a-f]{6}", "run RUN"),
    (r"show \d{8}-\d{6}-[0-9a-f]{6}", "show RUN"),
    (r"· commit [0-9a-f]{10}", "· commit COMMIT"),
    (r"checkout [0-9a-f]{10} ", "checkout COMMIT "),
    (r"main \([0-9a-f]{10}\)", "main (COMMIT)"),
    (r"(?m)^\| (latency_p\d+) \|.*$", r"| \1 | … |"),
    (r"· (\d+ ms|[\d.]+ s|\d+ min \d+ s) ·", "· TIME ·"),
)


def judged(repo: Repo, request: PullRequest, patch: pytest.MonkeyPatch, folder: Path) -> tuple[int, str, str]:
    """Exit code, comment and annotations of the pull request."""
    patch.setenv("GITHUB_ACTIONS", "true")
    patch.setenv("GITHUB_STEP_SUMMARY", str(folder / "summary.md"))
    report = folder / "report.md"
    ran = repo.llmops("check", "-o", str(report))
    if ran.code == 0:
        ran = repo.llmops(
            "eval",
            "--cache",
            "off",
            "--changed",
            "--base",
            "origin/main",
            "-o",
            str(report),
            *request.arguments,
        )
    annotations = "".join(f"{line}\n" for line in ran.err.splitlines() if line.startswith("::"))
    comment = steady(posted(repo, report, patch))
    assert comment in steady((folder / "summary.md").read_text("utf-8"))
    return ran.code, comment, steady(annotations)


def posted(repo: Repo, report: Path, patch: pytest.MonkeyPatch) -> str:
    """The comment as the forge has it, without its hidden first line."""
    with ForgeServer() as forge:
        patch.setenv("GITHUB_API_URL", forge.github_url)
        patch.setenv("GITHUB_REPOSITORY", REPOSITORY)
        patch.setenv("GITHUB_REF", f"refs/pull/{NUMBER}/merge")
        patch.setenv("GITHUB_TOKEN", BOT)
        for done in ("created ", "unchanged "):
            said = repo.llmops("comment", str(report))
            assert (said.code, said.out.startswith(done)) == (0, True), said.both
        (comment,) = forge.comments
    marker, _, body = comment.body.partition("\n")
    assert marker == f"<!-- llmops:comment {FOLDER} -->"
    return body.lstrip("\n").rstrip("\n") + "\n"


def steady(text: str) -> str:
    """A text without what differs from run to run."""
    for pattern, word in _CHANGING:
        text = re.sub(pattern, word, text)
    return text
