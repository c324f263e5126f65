"""A history of pull requests over the example project: what CI says of each, as a reviewer gets to see it.

Each pull request is checked and judged as the workflow of a repository does it, in the environment of GitHub
Actions. The exit code, the comment and the annotations are kept whole in `snapshots/`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.servers.forge import BOT, NUMBER, REPOSITORY, ForgeServer
from tests.servers.provider import Provider
from tests.snapshots import assert_snapshot
from tests.story.pull_requests import STORY, PullRequest
from tests.story.repository import ADA, FOLDER, GRACE, Model, Repo, example_cases

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.workflows

SNAPSHOTS = Path(__file__).parent / "snapshots"
_CHANGING = (
    (r"run \d{8}-\d{6}-[0-9a-f]{6}", "run RUN"),
    (r"show \d{8}-\d{6}-[0-9a-f]{6}", "show RUN"),
    (r"· commit [0-9a-f]{10}", "· commit COMMIT"),
    (r"checkout [0-9a-f]{10} ", "checkout COMMIT "),
    (r"main \([0-9a-f]{10}\)", "main (COMMIT)"),
    (r"(?m)^\| (latency_p\d+) \|.*$", r"| \1 | … |"),
    (r"· (\d+ ms|[\d.]+ s|\d+ min \d+ s) ·", "· TIME ·"),
)


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repo]:
    """The main branch: every suite has a baseline that Grace accepted."""
    with pytest.MonkeyPatch.context() as patch, Provider(Model(example_cases())) as provider:
        patch.setenv("OPENAI_BASE_URL", provider.openai_url)
        patch.setenv("OPENAI_API_KEY", "sk-story")
        made = Repo(tmp_path_factory.mktemp("story"))
        assert made.llmops("prompts", "lock").code == 0
        made.commit("The prompts and their suites", ADA)
        made.identify(GRACE)
        ran = made.llmops("eval")
        assert ran.code == 0, ran.both
        assert made.llmops("baseline", "accept", "--all").code == 0
        made.commit("First baselines", GRACE)
        made.main_line()
        yield made


@pytest.mark.parametrize("number", range(len(STORY)), ids=[request.name for request in STORY])
def test_what_ci_says(repo: Repo, number: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    request = STORY[number]
    model = Model(example_cases())
    request.model(model)
    with Provider(model) as provider:
        monkeypatch.setenv("OPENAI_BASE_URL", provider.openai_url)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-story")
        repo.branch(request.name)
        request.write(repo)
        if request.down:
            provider.misbehave(503, times=None, message="The server is overloaded")
        code, comment, annotations = judged(repo, request, monkeypatch, tmp_path)
    assert code == request.code, comment
    said = f"exit code {code}\n\n" + (annotations or "no annotations\n")
    assert_snapshot(said, SNAPSHOTS / f"{number + 1:02}-{request.name}.txt")
    assert_snapshot(comment, SNAPSHOTS / f"{number + 1:02}-{request.name}.md")


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
