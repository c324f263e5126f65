"""Whatever a provider replies, it is an answer or a failed call, and never a bug of llmops."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.cli.odd_replies import ANTHROPIC, OPENAI, TEXT, odd_replies
from tests.cli.projects import llmops, project, write
from tests.servers.provider import Call, Provider, Raw

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

REPLIES = {"openai": odd_replies("openai", OPENAI), "anthropic": odd_replies("anthropic", ANTHROPIC)}
PROMPT = """\
id: say
version: 1.0.0
model: openai/gpt-4o-mini-2024-07-18
messages: [{role: user, content: "{{ number }}"}]
"""
SUITE = """\
id: odd
prompt: say
cases: odd.jsonl
models: [openai/gpt-4o-mini-2024-07-18, anthropic/claude-sonnet-4-6]
scorers: [{contains: Paris}]
"""


def odd(call: Call) -> Raw:
    replies = REPLIES[call.api]
    # A case that the other protocol alone has gets the good reply.
    number = int(call.user)
    body = replies[number].body if number < len(replies) else (OPENAI if call.api == "openai" else ANTHROPIC)
    return Raw(json.dumps(body), headers={"content-type": "application/json"})


def test_every_part_of_a_reply_may_be_odd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    most = max(map(len, REPLIES.values()))
    cases = "".join(f'{{"id": "n{number}", "vars": {{"number": "{number}"}}}}\n' for number in range(most))
    changes = {"prompts/say.yaml": PROMPT, "evalsets/odd.yaml": SUITE, "evalsets/odd.jsonl": cases}
    root = project(tmp_path, changes)
    write(root / "llmops.yaml", "max_attempts: 1\n")
    assert llmops(root, "prompts", "lock").code == 0
    with Provider(answer=odd) as provider:
        monkeypatch.setenv("OPENAI_API_KEY", "sk-loopback-0123456789")
        monkeypatch.setenv("OPENAI_BASE_URL", provider.openai_url)
        monkeypatch.setenv("ANTHROPIC_BASE_URL", provider.anthropic_url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-loopback-0123456789")
        said = llmops(root, "eval", "odd", "--format", "json")
        assert said.code == 3, said.both
        kept = provider.count
        shown = json.loads(llmops(root, "runs", "show", "--format", "json").out)["outcomes"]
        assert len(shown) == kept == 2 * most
        for outcome in shown:
            replies, number = REPLIES[outcome["model"].partition("/")[0]], int(outcome["case"][1:])
            reply = replies[number] if number < len(replies) else None
            if "answer" not in outcome:
                assert outcome["error_kind"] in {"bad-answer", "server"}, outcome
                assert reply is not None
                assert not reply.must_answer, (reply, outcome["error"])
            elif reply is not None and reply.must_answer:
                assert outcome["answer"]["text"] == TEXT, reply
                counts = outcome["answer"]["usage"].values()
                assert all(type(count) is int and 0 <= count <= 10**9 for count in counts), reply
        again = llmops(root, "eval", "odd", "--format", "json")
        assert (again.code, again.err) == (3, ""), "every answer is read back from the cache"
        failed = sum("answer" not in outcome for outcome in shown)
        assert provider.count == kept + failed
