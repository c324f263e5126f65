"""A secret that a provider repeats wherever it can stands nowhere afterwards: every byte is looked at."""

from __future__ import annotations

import base64
import json
import tempfile
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tests.cli.projects import Said, commit, llmops, project, repository, write
from tests.servers.provider import Call, Provider, Raw

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

KEY = "Planted/Key+Nobody0123"
TEAM = "planted-header-value-77"
USER, PASSWORD = "planted-user-55", 'planted"p@ss/w0rd'
SECRETS = (KEY, TEAM, USER, PASSWORD, base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode())

PROJECT = """\
max_attempts: 1
providers:
  keyed: {kind: openai, base_url_env: KEYED_URL, api_key_env: KEYED_KEY, headers_env: {X-Team: KEYED_TEAM}}
  basic: {kind: anthropic, base_url_env: BASIC_URL, headers_env: {X-Team: KEYED_TEAM}}
models: {allow_aliases: true}
"""
PROMPT = """\
id: say
version: 1.0.0
model: keyed/m-1
messages: [{role: user, content: "{{ how }}"}]
"""
SUITE = """\
id: planted
prompt: say
cases: planted.jsonl
models: [keyed/m-1, basic/m-1]
scorers:
  - equals: nothing at all
  - python: scorers/loud.py:loud
    metric: loud
  - judge: {rubric: Is it good?, model: keyed/judge-1}
    metric: tone
"""
SCORER = """\
import sys

def loud(output, case):
    print(output)
    print(output, file=sys.stderr)
    if "redacted" not in output:
        return 1
    raise ValueError(output)
"""
HOWS = (
    "text", "id", "model", "reason", "tools", "error", "error-in-200", "refused", "denied", "html", "no-json",
    "cut",
)  # fmt: skip


def spellings() -> set[str]:
    return {form for secret in SECRETS for form in (secret, quote(secret, safe=""), json.dumps(secret)[1:-1])}


def repeated(call: Call) -> Raw:
    """All that came with the question and is secret, wherever a reply has a place for it."""
    told = " ".join([*SECRETS, *(call.headers.get(name, "") for name in ("authorization", "x-team"))])
    how = "judge" if "Grade the answer" in call.user else call.user
    text = told if how == "text" else "fine"
    if how == "judge":
        text = json.dumps({"reason": told, "score": 1})
    names = {name: told[:400] if how in (name, "text") else name for name in ("id", "model", "reason")}
    calls = [{"id": told, "type": "function", "function": {"name": "look", "arguments": json.dumps([told])}}]
    tools = how in ("tools", "text")
    if call.api == "openai":
        message = {"role": "assistant", "content": text, **({"tool_calls": calls} if tools else {})}
        choice = {"index": 0, "message": message, "finish_reason": names["reason"]}
        body: dict[str, Any] = {"id": names["id"], "model": names["model"], "choices": [choice]}
    else:
        blocks = [{"type": "tool_use", "id": told, "name": "look", "input": {told: told}}] if tools else []
        body = {"id": names["id"], "model": names["model"], "stop_reason": names["reason"]}
        body["content"] = [{"type": "text", "text": text}, *blocks]
    headers = {"x-request-id": told, "request-id": told, "content-type": "application/json"}
    error = json.dumps({"error": {"message": "x" * 980 + told, "code": told, "type": told}})
    replies = {
        "error": (500, error),
        "error-in-200": (200, error),
        "refused": (400, error),
        "denied": (400, json.dumps({"detail": [told]})),
        "html": (502, f"<p>{'x' * 180}{told}</p>"),
        "no-json": (200, "x" * 180 + told),
        "cut": (200, json.dumps(body)[:-9] + told),
    }
    status, sent = replies.get(how, (200, json.dumps(body)))
    return Raw(sent, status, {} if how == "id" else headers)


def test_a_secret_that_a_provider_repeats_is_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cases = "".join(json.dumps({"id": how, "vars": {"how": how}}) + "\n" for how in HOWS)
    root = project(
        tmp_path / "repo",
        {
            "prompts/say.yaml": PROMPT,
            "evalsets/planted.yaml": SUITE,
            "evalsets/planted.jsonl": cases,
            "scorers/loud.py": SCORER,
        },
    )
    write(root / "llmops.yaml", PROJECT)
    assert llmops(root, "prompts", "lock").code == 0
    repository(root)
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    with Provider(answer=repeated) as provider:
        login = f"{quote(USER)}:{quote(PASSWORD, safe='')}"
        monkeypatch.setenv("KEYED_URL", provider.openai_url)
        monkeypatch.setenv("KEYED_KEY", KEY)
        monkeypatch.setenv("KEYED_TEAM", TEAM)
        monkeypatch.setenv("BASIC_URL", f"http://{login}@127.0.0.1:{provider.port}")
        names = ("r.md", "r.html", "r.json", "r.junit.xml", "r.sarif", "r.csv")
        outs = [part for name in names for part in ("-o", str(root / name))]
        shown = [llmops(root, "eval", "planted", "--record", *outs)]
        assert shown[0].code in (2, 3), shown[0].both
        sent = {call.headers.get("authorization") for call in provider.calls if call.api == "anthropic"}
        assert sent == {f"Basic {SECRETS[-1]}"}, shown[0].both
        shown += [
            llmops(root, *arguments)
            for arguments in (
                ("eval", "planted", "--filter", "id:text", "--cache", "off", "--format", "markdown"),
                ("runs", "show"),
                ("runs", "show", "--case", "text"),
                ("runs", "show", "--format", "json"),
                ("models", "list"),
                ("doctor",),
                ("check",),
                ("baseline", "accept", "planted", "--reason", "x"),
            )
        ]
        write(root / "evalsets/planted.jsonl", '{"id": "text", "vars": {"how": "text"}}\n')
        write(root / "evalsets/planted.yaml", SUITE.partition("  - python")[0])
        commit(root)
        shown += [
            llmops(root, "eval", "planted"),
            llmops(root, "baseline", "accept", "planted", "--reason", "x"),
        ]
        assert shown[-1].code == 0, shown[-1].both
        shown += [
            *unreachable(root, monkeypatch, login),
            llmops(root, "eval", "planted", "--cache", "replay"),
        ]
    assert all(said.code != 4 for said in shown)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    written = {str(path.relative_to(tmp_path)): path.read_bytes() for path in files}
    written |= {f"what {number} said": said.both.encode() for number, said in enumerate(shown)}
    assert any("answers.sqlite" in name for name in written)
    assert any("/cassettes/" in name for name in written)
    assert b"[redacted]" in written["repo/r.html"]
    for secret in spellings():
        places = [name for name, data in written.items() if secret.encode() in data]
        assert places == [], secret


def unreachable(root: Path, monkeypatch: pytest.MonkeyPatch, login: str) -> list[Said]:
    """What is said of addresses that lead nowhere, and hold a user and a password."""
    shown = []
    for address in (
        f"http://{login}@127.0.0.1:9",
        f"http://{login}@127.0.0.1:99999",
        f"http://{PASSWORD}@h/",
    ):
        monkeypatch.setenv("BASIC_URL", address)
        shown.append(llmops(root, "eval", "planted", "--cache", "off"))
        assert shown[-1].code in (2, 3), shown[-1].both
    return shown
