"""Small real projects in a temporary folder, and the command as a user types it.

root = project(tmp_path, changed(SUITE_PATH, "equals", "equalz"))
said = llmops(root, "eval")
assert said.code == 2 and "did you mean `equals`?" in said.err
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from llmops_cli.cli.app import run
from llmops_cli.core import schema
from tests.cli.kept import made_once

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pytest

    from tests.servers.provider import Call, Provider

MODEL = "openai/gpt-4o-mini-2024-07-18"
KEY = "sk-loopback-0123456789abcdef"

CAPITALS = {
    "France": "Paris",
    "Spain": "Madrid",
    "Italy": "Rome",
    "Norway": "Oslo",
    "Japan": "Tokyo",
    "Peru": "Lima",
    "Kenya": "Nairobi",
    "Cuba": "Havana",
    "Egypt": "Cairo",
    "Ghana": "Accra",
}

PROJECT_PATH = "llmops.yaml"
PROMPT_PATH = "prompts/capital.yaml"
SUITE_PATH = "evalsets/capitals.yaml"
CASES_PATH = "evalsets/capitals.jsonl"
BASELINE_PATH = f"baselines/capitals/{MODEL}.jsonl"
CASSETTE_PATH = f"cassettes/capitals/{MODEL}.jsonl"

PROJECT = """\
name: demo
max_attempts: 2
"""
PROMPT = f"""\
id: capital
version: 1.0.0
model: {MODEL}
params: {{temperature: 0}}
inputs:
  type: object
  required: [country]
  properties:
    country: {{type: string, minLength: 1}}
messages:
  - role: system
    content: Answer with one word.
  - role: user
    content: "What is the capital of {{{{ country }}}}?"
"""
SUITE = """\
id: capitals
prompt: capital
cases: capitals.jsonl
scorers:
  - equals: "{{ expected }}"
gate:
  pass_rate: {max_drop: 0.05}
"""


def lines(*values: Mapping[str, Any]) -> str:
    """JSON Lines."""
    return "".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values)


def cases(**countries: str) -> str:
    """Case lines for these countries and capitals."""
    return lines(
        *(
            {"id": country.lower(), "country": country, "expected": capital}
            for country, capital in countries.items()
        )
    )


CASES = cases(**CAPITALS)
FILES = {PROJECT_PATH: PROJECT, PROMPT_PATH: PROMPT, SUITE_PATH: SUITE, CASES_PATH: CASES}


def project(root: Path, changes: Mapping[str, str | bytes | None] | None = None) -> Path:
    """Write the valid project with some files changed, added, or (None) left out; its root."""
    for name, text in {**FILES, **(changes or {})}.items():
        if text is not None:
            write(root / name, text)
    return root


def write(path: Path, text: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())


def changed(path: str, old: str, new: str) -> dict[str, str]:
    """One file of the valid project with `old` replaced, which has to be there."""
    assert old in FILES[path], f"{old!r} is not in {path}"
    return {path: FILES[path].replace(old, new, 1)}


def edit(root: Path, path: str, old: str, new: str) -> None:
    """Change a file of a project on disk."""
    text = (root / path).read_text("utf-8")
    assert old in text, f"{old!r} is not in {path}"
    write(root / path, text.replace(old, new, 1))


@dataclass(frozen=True)
class Said:
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """stdout as JSON."""
        return json.loads(self.out)

    @property
    def both(self) -> str:
        return f"{self.out}{self.err}"


def llmops(root: Path, *arguments: str) -> Said:
    """Run one command line in this process, with `-C root`."""
    return said(*arguments, "-C", str(root))


def said(*arguments: str) -> Said:
    """Run one command line in this process."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = run(list(arguments))
    return Said(code, out.getvalue(), err.getvalue())


def evaluated(root: Path, *arguments: str) -> Said:
    """`llmops eval --format json`, which fits the published schema whenever it says anything."""
    made = llmops(root, "eval", "--format", "json", *arguments)
    if made.out:
        assert misfits(made.data) == [], (
            "core/schemas/report.schema.json has to say what evaluation_data gives"
        )
    return made


def misfits(report: Any) -> list[str]:
    """What of a report of `llmops eval` its published schema does not allow."""
    return [f"{error.json_path}: {error.message}" for error in _published().iter_errors(report)]


@cache
def _published() -> Any:
    return schema.validator(schema.shipped("report"))


def accepted(root: Path, *arguments: str) -> None:
    """Run and accept, both of which have to work."""
    ran = llmops(root, "eval", *arguments)
    assert ran.code == 0, ran.both
    made = llmops(root, "baseline", "accept", "--all")
    assert made.code == 0, made.both


def process(*arguments: str, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> Said:
    """Run the command as a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "llmops_cli", *arguments],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    return Said(done.returncode, done.stdout, done.stderr)


def git(root: Path, *arguments: str) -> str:
    """Run git in a folder."""
    done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=True)
    return done.stdout


def repository(root: Path) -> Path:
    """Make the project a git repository with one commit."""
    _empty(root / ".git")
    commit(root)
    return root


@made_once
def _empty(folder: Path) -> Path:
    """What git keeps of a repository of Ada's before the first commit."""
    git(folder.parent, "init", "-q", "-b", "main")
    git(folder.parent, "config", "user.name", "Ada")
    git(folder.parent, "config", "user.email", "ada@example.com")
    return folder


def commit(root: Path, message: str = "change") -> None:
    git(root, "add", "-A")
    git(root, "commit", "-q", "--no-gpg-sign", "-m", message)


def text_below(root: Path) -> bytes:
    """The bytes of every file of a project, git's own aside."""
    found = (path for path in sorted(root.rglob("*")) if path.is_file() and ".git" not in path.parts)
    return b"\n".join(path.read_bytes() for path in found)


def capital(call: Call) -> str:
    """What a model that knows its geography answers."""
    return next((city for country, city in CAPITALS.items() if country in call.user), "no idea")


def point_at(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every command talk to this provider, and no other."""
    monkeypatch.setenv("OPENAI_BASE_URL", provider.openai_url)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("ANTHROPIC_BASE_URL", provider.anthropic_url)
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
