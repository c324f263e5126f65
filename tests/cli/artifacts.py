"""A pull request whose eval ran in CI: the author's checkout, the clone of the job, what the job keeps."""

from __future__ import annotations

import json
import shutil
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from llmops_cli.core.canonical import canonical_json
from llmops_cli.evals.digest import with_digest
from tests.cli.answering import SIXTY, baseline_of, knows_all_but
from tests.cli.broken_lines import signed
from tests.cli.projects import BASELINE_PATH, KEY, PROMPT_PATH, commit, edit, git, llmops
from tests.servers.provider import Provider

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from tests.cli.answering import Answering
    from tests.cli.projects import Said

KNOWS = knows_all_but(())
FORGETS = knows_all_but(range(20))
REASON = ("--reason", "shorter prompts for everybody")
PULL_REQUEST = {"GITHUB_REF": "refs/pull/7/merge"}


@dataclass(frozen=True)
class PullRequest:
    """The author's checkout on the branch, the clone of the job, and the folder that the job keeps."""

    root: Path
    ci: Path
    kept: Path

    @property
    def run(self) -> Path:
        """The run in what the job keeps."""
        (header,) = self.kept.rglob("run.json")
        return header.parent

    def judge(
        self, *arguments: str, answer: Answering = FORGETS, job: Mapping[str, str] | None = None
    ) -> Said:
        """Run the job, and keep its newest run as the action does."""
        with calling(answer), environment({"CI": "true", **(job or {})}):
            said = llmops(self.ci, "eval", "--cache", "off", "--base", "origin/main", *arguments)
        self.keep(max((self.ci / ".llmops/runs").iterdir()))
        return said

    def keep(self, run: Path) -> None:
        """Keep a run, and nothing of before."""
        shutil.rmtree(self.kept, ignore_errors=True)
        shutil.copytree(run, self.kept / run.name)
        (self.kept / "report.md").write_text("## REGRESSED\n", "utf-8")

    def accept(self, *arguments: str | Path) -> Said:
        """Accept in the author's checkout, where a provider would answer: no call may reach it."""
        with calling(KNOWS) as provider:
            said = llmops(self.root, "baseline", "accept", *map(str, arguments))
            assert provider.count == 0
        return said

    def header(self) -> dict[str, Any]:
        header: dict[str, Any] = json.loads((self.run / "run.json").read_text("utf-8"))
        return header

    def forge(self, **changes: Any) -> None:
        """Change keys of the run's header, and make its digest anew, as somebody who knows how may."""
        header = with_digest(self.run, {**self.header(), **changes})
        (self.run / "run.json").write_text(canonical_json(header), "utf-8")

    def forge_case(self, change: Callable[[dict[str, Any]], None]) -> None:
        """Change the first case, and make the digest anew."""
        path = self.run / "cases.jsonl"
        first, *rest = path.read_text("utf-8").splitlines()
        case = json.loads(first)
        change(case)
        path.write_text("\n".join([json.dumps(signed(case)), *rest, ""]), "utf-8")
        self.forge()

    def zipped(self) -> Path:
        """What the job keeps, as a .zip."""
        archive = self.kept.with_suffix(".zip")
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
            for path in sorted(self.kept.rglob("*")):
                zipped.write(path, path.relative_to(self.kept))
        return archive

    def baseline(self) -> bytes:
        return (self.root / BASELINE_PATH).read_bytes()


def pull_request(tmp_path: Path) -> PullRequest:
    """A branch that makes the prompt worse, and a clone of it for the job."""
    with calling(KNOWS):
        root = baseline_of(tmp_path / "author", KNOWS, SIXTY)
    (root / ".gitignore").write_text(".llmops/\n", "utf-8")
    commit(root, "accepted")
    git(root, "checkout", "-qb", "topic")
    edit(root, PROMPT_PATH, "Answer with one word.", "One word.")
    commit(root, "shorter")
    made = PullRequest(root, tmp_path / "ci", tmp_path / "llmops-report")
    git(tmp_path, "clone", "-q", str(root), str(made.ci))
    git(made.ci, "config", "user.name", "Ada")
    git(made.ci, "config", "user.email", "ada@example.com")
    return made


def merge_as_github(made: PullRequest) -> str:
    """Let the job check out the merge of the branch into main, which nobody else has; its commit."""
    git(made.ci, "fetch", "-q", "origin")
    git(made.ci, "checkout", "-q", "--detach", "origin/main")
    git(made.ci, "merge", "-q", "--no-ff", "--no-gpg-sign", "-m", "Merge topic into main", "origin/topic")
    return git(made.ci, "rev-parse", "HEAD").strip()


@contextmanager
def calling(answer: Answering) -> Iterator[Provider]:
    with Provider(answer) as provider, pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_BASE_URL", provider.openai_url)
        patch.setenv("OPENAI_API_KEY", KEY)
        yield provider


@contextmanager
def environment(variables: Mapping[str, str]) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        yield
