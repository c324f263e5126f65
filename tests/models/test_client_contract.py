"""One contract for every client that speaks HTTP, against a real server on loopback."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from llmops_cli.core.errors import (
    AuthError,
    BadAnswerError,
    CallError,
    CallTimeoutError,
    RateLimitError,
    RequestRefusedError,
    ServerError,
    UnreachableError,
)
from llmops_cli.models.clients import CLIENTS, make_client
from llmops_cli.models.request import Request
from llmops_cli.models.settings import ModelSettings
from tests.servers.provider import Call, Provider

if TYPE_CHECKING:
    from pathlib import Path

    from llmops_cli.models.answer import Answer

KEY = "sk-very-secret-0123456789"
KINDS = ["openai", "anthropic", "litellm"]
MODELS = {
    "openai": "openai/gpt-4o-mini-2024-07-18",
    "anthropic": "anthropic/claude-sonnet-4-6",
    "litellm": "hosted_vllm/some-model",
}
TOOL = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "Weather of a city",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


def settings_for(provider: Provider, *, timeout_s: float = 10.0) -> ModelSettings:
    return ModelSettings(
        providers={
            "hosted_vllm": {"kind": "litellm", "base_url": provider.openai_url, "api_key_env": "VLLM_KEY"}
        },
        env={
            "OPENAI_API_KEY": KEY,
            "OPENAI_BASE_URL": provider.openai_url,
            "ANTHROPIC_API_KEY": KEY,
            "ANTHROPIC_BASE_URL": provider.anthropic_url,
            "VLLM_KEY": KEY,
        },
        timeout_s=timeout_s,
    )


def ask(settings: ModelSettings, request: Request, said: list[str] | None = None) -> Answer:
    async def once() -> Answer:
        found = settings.provider(request.provider)
        assert found is not None
        client = make_client(found, settings, (said if said is not None else []).append)
        try:
            return await client.answer(request)
        finally:
            await client.close()

    return asyncio.run(once())


def request_for(kind: str, **fields: Any) -> Request:
    messages = fields.pop("messages", ({"role": "user", "content": "hello"},))
    return Request(MODELS[kind], tuple(messages), **fields)


def test_every_kind_is_in_the_list_and_tested() -> None:
    assert set(CLIENTS) - {"local"} == set(KINDS), "add the new kind to KINDS and MODELS above"


@pytest.mark.parametrize("kind", KINDS)
def test_text_usage_model_and_timing(kind: str, provider: Provider) -> None:
    answer = ask(settings_for(provider), request_for(kind, params={"temperature": 0, "max_tokens": 16}))
    assert answer.text == "echo: hello"
    assert answer.finish_reason == "stop"
    assert answer.requested == MODELS[kind]
    assert answer.resolved is not None
    assert answer.resolved.endswith(MODELS[kind].partition("/")[2])
    assert (answer.usage.input_tokens, answer.usage.output_tokens, answer.usage.cached_tokens) == (40, 2, 8)
    assert answer.latency_s is not None
    assert answer.latency_s > 0
    assert answer.request_id
    sent = provider.calls[0].body
    assert (sent["temperature"], sent["max_tokens"]) == (0, 16)


@pytest.mark.parametrize("kind", KINDS)
def test_tools_go_out_and_tool_calls_come_back(kind: str) -> None:
    def call_tool(call: Call) -> dict[str, Any]:
        if call.api == "anthropic":
            block = {"type": "tool_use", "id": "t1", "name": "weather", "input": {"city": "Paris"}}
            return {"model": call.model, "content": [block], "stop_reason": "tool_use", "usage": {}}
        made = {
            "id": "t1",
            "type": "function",
            "function": {"name": "weather", "arguments": '{"city": "Paris"}'},
        }
        message = {"role": "assistant", "content": None, "tool_calls": [made]}
        choice = {"index": 0, "message": message, "finish_reason": "tool_calls"}
        return {
            "id": "c",
            "object": "chat.completion",
            "created": 1,
            "model": call.model,
            "choices": [choice],
        }

    with Provider(answer=call_tool) as provider:
        answer = ask(settings_for(provider), request_for(kind, tools=(TOOL,)))
    assert answer.text == ""
    assert answer.finish_reason == "tool_calls"
    assert answer.tool_calls[0]["function"]["name"] == "weather"
    assert json.loads(answer.tool_calls[0]["function"]["arguments"]) == {"city": "Paris"}
    assert answer.usage.output_tokens is None or kind == "litellm"
    (tool,) = provider.calls[0].body["tools"]
    parameters = tool["input_schema"] if kind == "anthropic" else tool["function"]["parameters"]
    assert parameters["required"] == ["city"]


FAILURES: list[tuple[dict[str, Any], type[CallError]]] = [
    ({"status": 401}, AuthError),
    ({"status": 403}, AuthError),
    ({"status": 429}, RateLimitError),
    ({"status": 408}, CallTimeoutError),
    ({"status": 500}, ServerError),
    ({"status": 503}, ServerError),
    ({"status": 529}, ServerError),
    ({"status": 400}, RequestRefusedError),
    ({"status": 404}, RequestRefusedError),
    ({"status": 422}, RequestRefusedError),
    ({"fault": "malformed"}, BadAnswerError),
    ({"fault": "empty"}, BadAnswerError),
    ({"fault": "wrong-shape"}, BadAnswerError),
    ({"fault": "drop"}, UnreachableError),
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("behaviour", "expected"), FAILURES, ids=str)
def test_every_failure_is_its_own_error_and_shows_no_key(
    kind: str, behaviour: dict[str, Any], expected: type[CallError], provider: Provider
) -> None:
    provider.misbehave(**behaviour, message=f"bad key {KEY} or sk-proj-abcdefghijklmnopqrst")
    with pytest.raises(CallError) as caught:
        ask(settings_for(provider), request_for(kind))
    assert isinstance(caught.value, expected), repr(caught.value)
    assert provider.count == 1, "a client makes one attempt"
    assert "sk-very" not in str(caught.value)
    assert "sk-proj" not in str(caught.value)
    assert caught.value.hint


@pytest.mark.parametrize("kind", KINDS)
def test_the_wait_that_the_provider_asks_for_is_kept(kind: str, provider: Provider) -> None:
    provider.misbehave(429, headers={"retry-after": "7"})
    with pytest.raises(RateLimitError) as caught:
        ask(settings_for(provider), request_for(kind))
    assert caught.value.retry_after == 7
    assert caught.value.retryable


@pytest.mark.parametrize("kind", KINDS)
def test_no_answer_in_time(kind: str, provider: Provider) -> None:
    provider.misbehave(fault="hang")
    with pytest.raises(CallTimeoutError, match=r"0\.3 s"):
        ask(settings_for(provider, timeout_s=0.3), request_for(kind))


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_there(kind: str) -> None:
    with Provider() as gone:
        settings = settings_for(gone)
    with pytest.raises(UnreachableError):
        ask(settings, request_for(kind))


@pytest.mark.parametrize("kind", KINDS)
def test_params_that_change_what_an_answer_is_are_refused(kind: str, provider: Provider) -> None:
    for params in ({"stream": True}, {"n": 2}, {"model": "x"}):
        with pytest.raises(RequestRefusedError):
            ask(settings_for(provider), request_for(kind, params=params))
    assert provider.count == 0


def test_a_used_up_quota_is_not_asked_again(provider: Provider) -> None:
    provider.misbehave(429, code="insufficient_quota")
    with pytest.raises(RateLimitError) as caught:
        ask(settings_for(provider), request_for("openai"))
    assert not caught.value.retryable


def test_openai_gets_the_schema_as_response_format(provider: Provider) -> None:
    closed = {
        "type": "object",
        "properties": {"a": {"type": "string"}},
        "required": ["a"],
        "additionalProperties": False,
    }
    ask(settings_for(provider), request_for("openai", output=closed))
    ask(settings_for(provider), request_for("openai", output={"type": "object", "properties": {"a": {}}}))
    strict = [call.body["response_format"]["json_schema"]["strict"] for call in provider.calls]
    assert strict == [True, False]
    assert provider.calls[0].body["response_format"]["json_schema"]["schema"] == closed
    assert provider.calls[0].headers["authorization"] == f"Bearer {KEY}"


def test_a_server_without_a_key_gets_no_authorization(provider: Provider) -> None:
    settings = ModelSettings(providers={"mine": {"kind": "openai", "base_url": provider.openai_url}}, env={})
    assert ask(settings, Request("mine/llama", ({"role": "user", "content": "x"},))).text == "echo: x"
    assert "authorization" not in provider.calls[0].headers


def test_a_key_with_a_line_end_inside_is_refused_and_not_shown(provider: Provider) -> None:
    settings = replace(
        settings_for(provider),
        env={"OPENAI_API_KEY": "abc\ndef-secret", "OPENAI_BASE_URL": provider.openai_url},
    )
    with pytest.raises(RequestRefusedError) as caught:
        ask(settings, request_for("openai"))
    assert "def-secret" not in str(caught.value)


def test_a_proxy_variable_does_not_break_loopback(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert ask(settings_for(provider), request_for("openai")).text == "echo: hello"


def test_anthropic_gets_messages_in_its_own_shape(provider: Provider) -> None:
    pixel = "data:image/png;base64,AAAA"
    pdf = {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,AAAA"}}
    call = {"id": "t1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Paris"}'}}
    said: list[str] = []
    request = request_for(
        "anthropic",
        messages=(
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": [{"type": "image_url", "image_url": {"url": pixel}}, pdf]},
            {"role": "assistant", "content": "One moment", "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "t1", "content": "rain"},
            {"role": "tool", "tool_call_id": "t2", "content": "sun"},
            {"role": "user", "content": [{"type": "image_url", "image_url": "https://example.test/a.png"}]},
        ),
        params={"stop": "END", "seed": 7, "tool_choice": "required", "parallel_tool_calls": False},
        tools=(TOOL,),
        output={"type": "object", "properties": {"n": {"type": "integer", "minimum": 1}}, "required": ["n"]},
    )
    ask(settings_for(provider), request, said)
    body = provider.calls[0].body
    assert provider.calls[0].headers["x-api-key"] == KEY
    assert body["system"] == [{"type": "text", "text": "Be brief."}]
    assert body["max_tokens"] == 1024
    assert body["stop_sequences"] == ["END"]
    assert body["tool_choice"] == {"type": "any", "disable_parallel_tool_use": True}
    assert "seed" not in body
    assert said == ["anthropic: `seed` is not sent, Anthropic has no such param"]
    image, document = body["messages"][0]["content"]
    assert image["source"] == {"type": "base64", "media_type": "image/png", "data": "AAAA"}
    assert document["title"] == "a.pdf"
    assert body["messages"][1]["content"][1]["input"] == {"city": "Paris"}
    assert [block["tool_use_id"] for block in body["messages"][2]["content"]] == ["t1", "t2"]
    assert body["messages"][3]["content"][0]["source"] == {"type": "url", "url": "https://example.test/a.png"}
    schema = body["output_config"]["format"]["schema"]
    assert schema["additionalProperties"] is False
    assert schema["properties"]["n"] == {"type": "integer", "description": "(minimum: 1)"}


@pytest.mark.parametrize(
    "message",
    [
        {"role": "user", "content": [{"type": "input_audio", "input_audio": {}}]},
        {"role": "user", "content": [{"type": "file", "file": {"file_id": "file-1"}}]},
        {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "ftp://x"}}]},
        {"role": "user", "content": [{"type": "file", "file": {"file_data": "data:audio/mp3;base64,AAAA"}}]},
        {"role": "critic", "content": "x"},
    ],
)
def test_what_anthropic_has_no_word_for_is_refused(message: dict[str, Any], provider: Provider) -> None:
    with pytest.raises(RequestRefusedError):
        ask(settings_for(provider), request_for("anthropic", messages=(message,)))
    assert provider.count == 0


def test_litellm_is_not_imported_by_the_native_clients(tmp_path: Path) -> None:
    code = (
        "import sys, llmops_cli.models.ask, llmops_cli.models.cassette, llmops_cli.models.cache\n"
        "heavy = {'litellm', 'aiohttp', 'xllamacpp', 'genai_prices', 'numpy'} & set(sys.modules)\n"
        "sys.exit(f'imported: {heavy}' if heavy else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
