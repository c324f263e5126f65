"""Runs a composite action as GitHub's runner does: its steps in order, `run:` with bash, `uses:` only noted.

It knows as much of GitHub's expressions as action.yml uses: `&&`, `||`, `!`, `==`, `!=`, `contains`,
`always`, `cancelled`, texts, and values such as `steps.x.outputs.y`.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.docs.pages import ROOT
from tests.servers.forge import BOT, REPOSITORY

ACTION, COMMENT = ROOT / "action.yml", ROOT / "comment/action.yml"
_EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
_TOKEN = re.compile(r"\s*(?:(&&|\|\||==|!=|!|\(|\)|,)|'((?:[^']|'')*)'|([A-Za-z_][\w.\-]*))")


class Expression:
    """One expression over contexts: `github`, `runner`, `inputs`, `steps`."""

    def __init__(self, text: str, contexts: dict[str, Any], *, cancelled: bool = False) -> None:
        self.tokens = self._split(text)
        self.contexts = contexts
        self.cancelled = cancelled

    @staticmethod
    def _split(text: str) -> list[tuple[str, str]]:
        found, at = [], 0
        while text[at:].strip():
            match = _TOKEN.match(text, at)
            assert match, f"this runner does not know `{text[at:]}`"
            kind = "sign" if match[1] else "text" if match[2] is not None else "name"
            found.append((kind, match[1] or (match[2] if match[2] is not None else match[3])))
            at = match.end()
        return found

    def value(self) -> Any:
        found = self._or()
        assert not self.tokens, self.tokens
        return found

    def _next(self, *signs: str) -> str:
        if self.tokens and self.tokens[0][0] == "sign" and self.tokens[0][1] in signs:
            return self.tokens.pop(0)[1]
        return ""

    def _or(self) -> Any:
        left = self._and()
        while self._next("||"):
            right = self._and()
            left = left or right
        return left

    def _and(self) -> Any:
        left = self._equal()
        while self._next("&&"):
            right = self._equal()
            left = left and right
        return left

    def _equal(self) -> Any:
        left = self._one()
        while sign := self._next("==", "!="):
            same = text_of(left) == text_of(self._one())
            left = same if sign == "==" else not same
        return left

    def _one(self) -> Any:
        if self._next("!"):
            return not self._one()
        if self._next("("):
            found = self._or()
            assert self._next(")")
            return found
        kind, word = self.tokens.pop(0)
        if kind == "text":
            return word.replace("''", "'")
        if self._next("("):
            given = []
            while not self._next(")"):
                given.append(self._or())
                self._next(",")
            return self._call(word, given)
        value: Any = self.contexts
        for part in word.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        return value

    def _call(self, name: str, given: list[Any]) -> Any:
        if name == "contains":
            return text_of(given[1]).lower() in text_of(given[0]).lower()
        return {"always": True, "cancelled": self.cancelled}[name]


def text_of(value: Any) -> str:
    """A value as GitHub writes it into a text."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


@dataclass
class Ran:
    """What a run of the action left. `uses` are the actions it would have used, with their inputs."""

    code: int = 0
    log: str = ""
    outputs: dict[str, str] = field(default_factory=dict)
    summary: str = ""
    uses: dict[str, dict[str, str]] = field(default_factory=dict)
    steps: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """Where the reports are."""
        return Path(self.outputs["report"]).parent


class Runner:
    """A runner with a checkout, for one event and one action. `env` is what the workflow sets."""

    def __init__(
        self, workspace: Path, temp: Path, event_name: str, event: dict[str, Any], action: Path = ACTION
    ) -> None:
        self.workspace = workspace
        self.temp = temp
        temp.mkdir(parents=True, exist_ok=True)
        self.path, self.action = action.parent, yaml.safe_load(action.read_text("utf-8"))
        self.event_name, self.event = event_name, event
        self.env: dict[str, str] = {}
        self.cancelled = False

    def run(self, skip: dict[str, dict[str, str]], **inputs: str) -> Ran:
        """Run the action. `skip` are the ids of steps that are taken as done, with their outputs."""
        given = {name: text_of(one.get("default")) for name, one in self.action["inputs"].items()}
        unknown = {name.replace("_", "-") for name in inputs} - given.keys()
        assert not unknown, unknown
        given |= {name.replace("_", "-"): value for name, value in inputs.items()}
        github = {
            "event": self.event, "event_name": self.event_name, "token": BOT,
            "run_id": "77", "run_attempt": "1", "repository": REPOSITORY, "action_path": str(self.path),
        }  # fmt: skip
        given = {name: self._filled(value, {"github": github}) for name, value in given.items()}
        ran = Ran()
        runner = {"temp": str(self.temp)}
        contexts = {"github": github, "runner": runner, "inputs": given, "steps": ran.steps}
        for number, step in enumerate(self.action["runs"]["steps"]):
            name = step.get("id", f"step{number}")
            if name in skip:
                ran.steps[name] = {"outputs": skip[name]}
            elif not self._wanted(step.get("if", "success()"), contexts, failed=ran.code != 0):
                continue
            elif "uses" in step:
                with_ = {key: self._filled(text_of(value), contexts) for key, value in step["with"].items()}
                ran.uses[step["uses"].partition("@")[0]] = with_
            else:
                self._execute(name, step, contexts, ran)
        ran.outputs = {
            name: self._filled(one["value"], contexts) for name, one in self.action["outputs"].items()
        }
        summary = self.temp / "summary"
        ran.summary = summary.read_text("utf-8") if summary.exists() else ""
        return ran

    def only(self, *ids: str) -> Runner:
        """Itself, with only these steps."""
        runs = self.action["runs"]
        runs["steps"] = [step for step in runs["steps"] if step.get("id") in ids]
        return self

    def _wanted(self, condition: str, contexts: dict[str, Any], *, failed: bool) -> bool:
        text = condition.strip().removeprefix("${{").removesuffix("}}").replace("success()", "always()")
        wanted = bool(Expression(text, contexts, cancelled=self.cancelled).value())
        # Without a word on what happened before, a step runs only where nothing failed.
        says = any(name in condition for name in ("always()", "cancelled()", "failure()"))
        return wanted and (says or not (failed or self.cancelled))

    def _filled(self, text: str, contexts: dict[str, Any]) -> str:
        return _EXPRESSION.sub(lambda found: text_of(Expression(found[1], contexts).value()), text)

    def _execute(self, name: str, step: dict[str, Any], contexts: dict[str, Any], ran: Ran) -> None:
        assert step["shell"] == "bash"
        output, event = self.temp / f"output-{name}", self.temp / "event.json"
        output.write_text("", "utf-8")
        event.write_text(json.dumps(self.event), "utf-8")
        env = {
            **os.environ, "CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(self.temp / "summary"), "GITHUB_EVENT_PATH": str(event),
            "GITHUB_EVENT_NAME": self.event_name, "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_ACTION_PATH": str(self.path), "RUNNER_TEMP": str(self.temp), "GITHUB_RUN_ID": "77",
            "GITHUB_SERVER_URL": "https://github.com", "GITHUB_WORKSPACE": str(self.workspace),
            "GITHUB_BASE_REF": self.event.get("pull_request", {}).get("base", {}).get("ref", ""),
            **self.env,
            **{key: self._filled(text_of(value), contexts) for key, value in step.get("env", {}).items()},
        }  # fmt: skip
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step["run"]],
            cwd=self.workspace,
            env=env,
            text=True,
            encoding="utf-8",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=60,
            check=False,
        )
        ran.log += done.stdout
        ran.code = ran.code or done.returncode
        lines = output.read_text("utf-8").splitlines()
        ran.steps[name] = {"code": done.returncode, "outputs": dict(line.split("=", 1) for line in lines)}
