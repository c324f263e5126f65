"""The job that judges a checkout, and the one that comments from what it uploads."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

from tests.ci.runner import COMMENT, Runner
from tests.servers.forge import NUMBER, REPOSITORY

if TYPE_CHECKING:
    from pathlib import Path

    from tests.ci.checkout import Checkout
    from tests.ci.runner import Ran


def pull_request(head: str = REPOSITORY, action: str = "synchronize") -> dict[str, Any]:
    """The event of a pull request of the branch."""
    return {
        "action": action,
        "pull_request": {
            "number": NUMBER,
            "head": {"ref": "change", "repo": {"full_name": head, "fork": head != REPOSITORY}},
            "base": {"ref": "main", "repo": {"full_name": REPOSITORY}},
        },
    }


class Shop:
    """The jobs of a checkout."""

    def __init__(self, checkout: Checkout, folder: Path) -> None:
        self.checkout, self.root = checkout, checkout.root
        self.temp = folder / "runner temp"
        self.elsewhere = folder / "another machine"
        self.api_url = ""

    def pull_request(self, head: str = REPOSITORY, **inputs: str) -> Ran:
        """Run the action for a pull request of the branch."""
        return self.job("pull_request", pull_request(head), **inputs)

    def job(self, event_name: str, event: dict[str, Any], **inputs: str) -> Ran:
        """Run the action for an event."""
        runner = Runner(self.root, self.temp, event_name, event)
        return runner.run({"install": {"llmops": str(self.checkout.bin / "llmops")}}, **inputs)

    def answers(self, artifact: str = "llmops-report") -> Path:
        """Where the action keeps answers: what its cache restores and saves."""
        return self.temp / "llmops-answers" / artifact

    def comment(self, ran: Ran | None, **inputs: str) -> Ran:
        """Run the action that comments on a machine of its own, without a checkout, after a job."""
        runner = self.commenting()
        if ran is not None:
            folder = self.elsewhere / "temp/llmops-comment/llmops-report"
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(ran.folder, folder)
        return runner.run({"install": {"llmops": str(self.checkout.bin / "llmops")}}, **inputs)

    def commenting(self) -> Runner:
        """The machine of the job that comments."""
        (self.elsewhere / "work").mkdir(parents=True, exist_ok=True)
        temp = self.elsewhere / "temp"
        runner = Runner(self.elsewhere / "work", temp, "pull_request", pull_request(), COMMENT)
        runner.env["GITHUB_API_URL"] = self.api_url
        return runner
