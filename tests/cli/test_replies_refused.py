"""Replies of a 200 that are none: errors inside, too large, too deep. And addresses with a login."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from tests.cli.projects import (
    CASSETTE_PATH,
    PROJECT_PATH,
    SUITE_PATH,
    capital,
    edit,
    evaluated,
    llmops,
    project,
    repository,
    write,
)
from tests.servers.provider import Call, Provider, Raw

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

WORDS = {"role": "assistant", "content": "Paris"}
GOOD: dict[str, Any] = {"model": "m", "choices": [{"message": WORDS, "finish_reason": "stop"}]}


def ended(reason: str, **more: Any) -> dict[str, Any]:
    return {"model": "m", "choices": [{"message": WORDS, "finish_reason": reason, **more}]}


INSIDE: dict[str, tuple[Any, str, int]] = {
    "france": ({"error": {"code": 429, "message": "slow down"}}, "rate-limit", 2),
    "spain": ({**GOOD, "error": {"code": "502", "message": "upstream"}}, "server", 2),
    "italy": (ended("error"), "server", 2),
    "norway": (ended("stop", error={"code": 401, "message": "no such key"}), "auth", 1),
    "japan": ({"error": {"type": "invalid_request_error", "message": "bad param"}}, "refused", 1),
    "peru": ({"error": {"code": "insufficient_quota", "message": "no money"}}, "rate-limit", 1),
    "kenya": ({"error": "overloaded"}, "server", 2),
    "cuba": ({"type": "error", "error": {"type": "overloaded_error", "message": "busy"}}, "server", 2),
    "egypt": ({**GOOD, "error": None}, "", 1),
    "ghana": ({**GOOD, "error": {}}, "", 1),
}
"""What a gateway answers with a 200, the kind of error that it is, and how often it is asked."""


def country(call: Call) -> str:
    return call.user.rstrip("?").rpartition(" ")[2].lower()


def inside(call: Call) -> Raw:
    return Raw(json.dumps(INSIDE[country(call)][0]), headers={"retry-after": "0"})


def test_an_error_inside_of_a_200_is_a_failed_call_of_its_kind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = repository(project(tmp_path))
    with Provider(answer=inside) as provider:
        monkeypatch.setenv("OPENAI_API_KEY", "sk-loopback-0123456789")
        monkeypatch.setenv("OPENAI_BASE_URL", provider.openai_url)
        # One after the other, and the refused key last: from then on nobody is asked.
        said = evaluated(root, "--record", "--filter", "id:[!n]*")
        denied = evaluated(root, "--filter", "id:norway")
        asked = Counter(map(country, provider.calls))
        again = evaluated(root, "--filter", "id:[eg]*")
    assert (said.code, denied.code, again.code) == (3, 3, 0), said.both
    failures = said.data["subjects"][0]["failures"] + denied.data["subjects"][0]["failures"]
    kinds = {failure["case"]: failure["kind"] for failure in failures}
    assert kinds == {case: kind for case, (_, kind, _) in INSIDE.items() if kind}
    assert asked == {case: times for case, (_, _, times) in INSIDE.items()}
    (first,) = [failure["error"] for failure in failures if failure["case"] == "france"]
    assert first.startswith("openai: 429 inside of a 200: slow down (asked 2 times)")
    recorded = (root / CASSETTE_PATH).read_text("utf-8").splitlines()[1:]
    assert {json.loads(line)["case"] for line in recorded} == {"egypt", "ghana"}
    assert llmops(root, "cache", "stats").out.startswith("2 answers")
    assert llmops(root, "baseline", "accept", "--all", "--reason", "x").code == 2


def test_an_error_inside_of_a_judges_200_is_no_grade(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(call: Call) -> str | dict[str, Any]:
        if "Grade the answer" not in call.user:
            return capital(call)
        grade = {"role": "assistant", "content": '{"reason": "good", "score": 1}'}
        return {"model": "m", "choices": [{"message": grade, "finish_reason": "error"}]}

    judge = "  - judge: {rubric: Is it good?, model: openai/gpt-4o-2024-08-06}\n"
    root = project(tmp_path)
    edit(root, SUITE_PATH, "scorers:\n", f"scorers:\n{judge}")
    write(root / PROJECT_PATH, "max_attempts: 1\n")
    with Provider(answer=answer) as provider:
        monkeypatch.setenv("OPENAI_API_KEY", "sk-loopback-0123456789")
        monkeypatch.setenv("OPENAI_BASE_URL", provider.openai_url)
        said = evaluated(root, "--filter", "id:france")
    assert said.code in (2, 3), said.both
    assert said.data["verdict"] == "ERROR"
    (failure,) = said.data["subjects"][0]["failures"]
    assert "the judge could not be asked: openai: an error inside of a 200" in failure["error"]


def test_a_reply_that_is_too_large_or_too_deep_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = json.dumps({**GOOD, "padding": "x" * 300_000}).encode()
    deep = "[" * 100_000 + "]" * 100_000
    replies = {
        "france": Raw(large),
        "spain": Raw(gzip.compress(large), headers={"content-encoding": "gzip"}),
        "italy": Raw(f'{{"choices": {deep}}}'),
        "norway": Raw(json.dumps(GOOD)[:-1] + f', "x": {"[" * 300}{"]" * 300}}}'),
        "japan": Raw(large, status=400),
        "peru": Raw(deep, status=503, headers={"retry-after": "0"}),
    }
    root = project(tmp_path)
    write(root / PROJECT_PATH, "max_attempts: 2\nmax_answer_mb: 0.25\n")
    with Provider(answer=lambda call: replies.get(country(call), capital(call))) as provider:
        monkeypatch.setenv("OPENAI_API_KEY", "sk-loopback-0123456789")
        monkeypatch.setenv("OPENAI_BASE_URL", provider.openai_url)
        said = evaluated(root)
        asked = Counter(map(country, provider.calls))
    assert said.code == 3, said.both
    errors = {failure["case"]: failure["error"] for failure in said.data["subjects"][0]["failures"]}
    assert errors.keys() == replies.keys()
    for case in ("france", "spain"):
        assert errors[case].startswith("openai: the answer has more than 0.25 MB")
        assert "raise `max_answer_mb` in llmops.yaml" in errors[case]
        assert asked[case] == 1, "it would be as large again"
    for case in ("italy", "norway"):
        assert "it is nested more than 200 levels deep" in errors[case]
    assert errors["japan"].startswith("openai: 400")
    assert errors["peru"].startswith("openai: 503")


def test_an_address_with_a_login_is_refused_in_the_file(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path)
    for address in (
        "http://ada:secret99@gw.test/v1",
        "https://secret99@gw.test",
        "http://a:secret99/x@gw.test",
    ):
        write(root / PROJECT_PATH, f'name: x\nproviders:\n  gw: {{kind: openai, base_url: "{address}"}}\n')
        said = llmops(root, "eval")
        assert said.code == 2, said.both
        assert said.err.startswith(
            "llmops.yaml:3:32: the address of `gw` holds a user or a password, which would be committed\n"
        )
        assert "`headers_env: {Authorization: VARIABLE}`" in said.err
        assert "secret99" not in said.both
    write(root / PROJECT_PATH, 'providers:\n  gw: {kind: openai, base_url: "ada:secret99@gw.test"}\n')
    said = llmops(root, "eval")
    assert (said.code, "must be an http(s) address" in said.err, "secret99" in said.both) == (2, True, False)


def test_a_login_in_the_variable_goes_as_a_header_or_is_refused_beside_a_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = project(tmp_path)
    with Provider(answer=capital) as provider:
        monkeypatch.setenv("OPENAI_BASE_URL", f"http://ada:s%2Fcret@127.0.0.1:{provider.port}/v1")
        write(root / PROJECT_PATH, "providers:\n  openai: {kind: openai, base_url_env: OPENAI_BASE_URL}\n")
        monkeypatch.setenv("OPENAI_API_KEY", "sk-loopback-0123456789")
        both = llmops(root, "eval")
        assert both.code == 2
        assert "`openai` has a key, and a user and a password in its address" in both.err
        monkeypatch.delenv("OPENAI_API_KEY")
        said = evaluated(root)
        assert said.code == 0, said.both
        assert {call.headers["authorization"] for call in provider.calls} == {"Basic YWRhOnMvY3JldA=="}
