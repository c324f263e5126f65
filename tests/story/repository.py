"""A real git repository over the example project, and a provider that answers like a fair model.

The examples run a local model. Here the same prompts and cases are asked of a provider on loopback, so that a
pull request can change what is asked, of whom and how well it is answered.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.cli.other_llmops import ran_by
from tests.cli.projects import edit, llmops

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.cli.projects import Said
    from tests.servers.provider import Call

EXAMPLES = Path(__file__).parents[2] / "examples"
FOLDER = "prompts-repo"
MODEL = "openai/gpt-4o-mini-2024-07-18"
NEWER = "openai/gpt-4.1-mini-2025-04-14"
JUDGE = "openai/gpt-4o-2024-08-06"
OTHER_JUDGE = "openai/gpt-4.1-2025-04-14"
LOCAL = "local/smollm2-135m-instruct-q4_1"
REFUSAL = "I can't find that in our help pages."
RUBRIC = "Is the answer friendly and short?"
TRIAGE, ORDERS, HELP = "support-triage", "orders-extract", "help-grounded"
ADA, GRACE = ("Ada Lovelace", "ada@example.com"), ("Grace Hopper", "grace@example.com")
CLOCK = "2026-03-02T09:00:00+00:00"


def share(text: str, of: str = "") -> float:
    """A number from 0 to 1 that a text always has."""
    return int(hashlib.sha256(f"{of}{text}".encode()).hexdigest()[:8], 16) / 16**8


@dataclass
class Model:
    """Answers the example cases: right, but for a share of them that depends on what is asked.

    `slips` are cases it gets wrong today and got right before, by chance; `down` makes it fail.
    """

    cases: Mapping[str, dict[str, Any]]
    resolved: str = ""
    slips: frozenset[str] = frozenset()
    tones: float = 0.9
    asked: list[str] = field(default_factory=list)

    def __call__(self, call: Call) -> str | dict[str, Any]:
        system = str(call.body["messages"][0]["content"])
        if "You grade one answer" in system:
            return json.dumps({"reason": "polite enough", "score": self._tone(call)})
        case = next(case for ask, case in self.cases.items() if ask == call.user)
        text = self._answer(case, system, call)
        if not self.resolved:
            return text
        message = {"role": "assistant", "content": text}
        usage = {"prompt_tokens": 40, "completion_tokens": 2, "total_tokens": 42}
        choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
        return {"model": self.resolved, "choices": choices, "usage": usage}

    def _tone(self, call: Call) -> float:
        return round(self.tones + 0.1 * share(call.user, "tone"), 2)

    def _answer(self, case: dict[str, Any], system: str, call: Call) -> str:
        wrong = share(case["id"]) < self._weakness(case, system, call) or case["id"] in self.slips
        expected = case["expected"]
        if isinstance(expected, str):
            return "question" if wrong and expected != "question" else "error" if wrong else expected
        if "accept" in expected or "refuse" in expected:
            if expected.get("refuse"):
                return "Yes, of course!" if wrong else REFUSAL
            return REFUSAL if wrong else str(expected["accept"][0])
        return json.dumps(expected | {"city": "Atlantis"} if wrong else expected, ensure_ascii=False)

    def _weakness(self, case: dict[str, Any], system: str, call: Call) -> float:
        """The share of cases that it gets wrong under this prompt."""
        if "smoke" in case["tags"] and "Guess" not in system:
            return 0.0
        if "Guess" in system:
            return 0.35
        if "quickly" in system:
            return 0.11
        if "think about what the customer needs" in system:
            return 0.02
        return 0.08 if "gpt-4o-mini" in call.model else 0.2


def example_cases() -> dict[str, dict[str, Any]]:
    """Each case of the examples, by the last message that is sent for it."""
    found = {}
    for path in sorted((EXAMPLES / "evalsets").glob("*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            case = json.loads(line)
            given = case["vars"]
            asked = given.get("ticket") or given.get("message") or ""
            if not asked:
                asked = f"Text: {given['passage']}\nQuestion: {given['question']}"
            found[f"<ticket>{asked}</ticket>" if "ticket" in given else asked] = case
            found[asked] = case
    return found


class Repo:
    """The repository. `root` is the project: the folder `prompts-repo` of a larger one.

    `program` is the folder of another llmops that runs its commands.
    """

    def __init__(self, top: Path) -> None:
        self.top = top
        self.program: Path | None = None
        self.root = top / FOLDER
        self.day = 0
        for name in ("prompts", "evalsets", "scorers"):
            shutil.copytree(EXAMPLES / name, self.root / name)
        (self.root / "llmops.yaml").write_text(
            "name: Halden Coffee\nmax_attempts: 1\n"
            "policy:\n  accept: [ada@example.com, grace@example.com]\n  author_may_accept: false\n",
            "utf-8",
        )
        for path in (self.root / "prompts").rglob("*.yaml"):
            path.write_text(path.read_text("utf-8").replace(LOCAL, MODEL), "utf-8")
        self.edit(
            f"evalsets/{HELP}.yaml",
            '  - not-contains: "As an AI"\n',
            '  - not-contains: "As an AI"\n'
            f'  - judge: {{rubric: "{RUBRIC}", model: {JUDGE}}}\n    metric: tone\n',
        )
        self.edit(
            f"evalsets/{HELP}.yaml",
            "  must_pass:",
            "  tone: {max_drop: 0.05, tier: supporting}\n  must_pass:",
        )
        (self.root / "prompts/prompts.lock").unlink()
        (top / "README.md").write_text("# Halden Coffee\n", "utf-8")
        (top / ".gitignore").write_text(".llmops/\n", "utf-8")
        self.git("init", "-q", "-b", "main")

    def git(self, *arguments: str, who: tuple[str, str] = ADA) -> str:
        moment = CLOCK.replace("03-02", f"03-{2 + self.day:02}")
        env = {
            **os.environ,
            "GIT_AUTHOR_NAME": who[0], "GIT_AUTHOR_EMAIL": who[1], "GIT_AUTHOR_DATE": moment,
            "GIT_COMMITTER_NAME": who[0], "GIT_COMMITTER_EMAIL": who[1], "GIT_COMMITTER_DATE": moment,
        }  # fmt: skip
        done = subprocess.run(
            ["git", *arguments], cwd=self.top, env=env, capture_output=True, text=True, check=True
        )
        return done.stdout

    def edit(self, path: str, old: str, new: str) -> None:
        edit(self.root, path, old, new)

    def commit(self, message: str, who: tuple[str, str] = ADA) -> None:
        self.git("add", "-A")
        self.git("commit", "-q", "--no-gpg-sign", "-m", message, who=who)

    def identify(self, who: tuple[str, str]) -> None:
        """Who accepts from here on."""
        self.git("config", "user.name", who[0])
        self.git("config", "user.email", who[1])

    def main_line(self) -> None:
        """The branch that pull requests go to, as a clone in CI knows it."""
        self.git("update-ref", "refs/remotes/origin/main", "main")

    def branch(self, name: str) -> None:
        """A pull request: a branch from main, on another day. What the last one left is put away."""
        self.day += 1
        self.git("checkout", "-q", "-f", "main")
        self.git("clean", "-q", "-f", "-d")
        self.git("checkout", "-q", "-b", name)

    def bump(self, prompt: str, old: str, new: str) -> None:
        """Give a prompt its next version, and lock it."""
        self.edit(prompt, f"version: {old}", f"version: {new}")
        assert self.llmops("prompts", "lock").code == 0

    def llmops(self, *arguments: str) -> Said:
        if self.program is not None:
            return ran_by(self.program, self.root, *arguments)
        return llmops(self.root, *arguments)
