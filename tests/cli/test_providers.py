"""Providers that fail: exit 3, the cause by name, no key anywhere, and what was answered is kept."""

from __future__ import annotations

import socket
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.cli.projects import (
    BASELINE_PATH,
    CASES_PATH,
    KEY,
    MODEL,
    PROJECT_PATH,
    PROMPT_PATH,
    accepted,
    capital,
    cases,
    changed,
    evaluated,
    lines,
    llmops,
    project,
    repository,
    text_below,
)
from tests.servers.provider import Behaviour, Provider

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.projects import Said

pytestmark = pytest.mark.usefixtures("shortest_waits")

ONE = {CASES_PATH: cases(France="Paris")}


def assert_no_key(said: Said, root: Path) -> None:
    assert KEY not in said.both
    assert KEY.encode() not in text_below(root)


@dataclass(frozen=True)
class Failing:
    """How a provider fails, the kind it is called, what the report says, and the calls it takes."""

    name: str
    behaviour: Behaviour
    kind: str
    said: str
    calls: int

    def __str__(self) -> str:
        return self.name.replace(" ", "-")


FAILING = [
    Failing(
        "401 with the key in its message",
        Behaviour(status=401, message=f"Incorrect API key provided: {KEY}"),
        "auth",
        "openai: 401: Incorrect API key provided: [redacted] (the key in OPENAI_API_KEY was not accepted)",
        1,
    ),
    Failing("403", Behaviour(status=403, message="no"), "auth", "openai: 403: no", 1),
    Failing(
        "429 for ever",
        Behaviour(status=429, message="slow down", headers={"retry-after": "0"}),
        "rate-limit",
        "openai: 429: slow down (asked 2 times) (ask with fewer at a time (`-j`) or later)",
        2,
    ),
    Failing(
        "a quota that is used up",
        Behaviour(status=429, message="no money", code="insufficient_quota"),
        "rate-limit",
        "openai: 429: no money (the account's quota is used up; waiting does not help)",
        1,
    ),
    Failing(
        "500 for ever",
        Behaviour(status=500, message="sorry", headers={"retry-after": "0"}),
        "server",
        "openai: 500: sorry (asked 2 times) (the provider has trouble; ask again later)",
        2,
    ),
    Failing(
        "400",
        Behaviour(status=400, message="bad param"),
        "refused",
        "openai: 400: bad param (the provider does not take this request; check params, messages and the",
        1,
    ),
    Failing(
        "404",
        Behaviour(status=404, message="no such model"),
        "refused",
        "openai: 404: no such model (check",
        1,
    ),
    Failing(
        "an answer that is cut",
        Behaviour(fault="malformed"),
        "bad-answer",
        "openai: the answer cannot be read: it is not JSON: Unterminated string starting at: line 1 column "
        '15 (char 14); it begins: \'{"choices": [{"mess\'',
        2,
    ),
    Failing(
        "an answer of another shape",
        Behaviour(fault="wrong-shape"),
        "bad-answer",
        'openai: the reply is no answer: it has no `choices`; it begins: \'{"hello": "world"}\'',
        2,
    ),
    Failing("an empty body", Behaviour(fault="empty"), "bad-answer", "openai: the answer is empty", 2),
    Failing(
        "a connection that is dropped",
        Behaviour(fault="drop"),
        "unreachable",
        "openai: no connection to http://127.0.0.1:",
        2,
    ),
]


@pytest.mark.parametrize("failing", FAILING, ids=str)
def test_failing_provider(failing: Failing, tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path, ONE)
    how = failing.behaviour
    provider.misbehave(
        how.status, fault=how.fault, times=None, headers=how.headers, message=how.message, code=how.code
    )
    said = evaluated(root)
    assert said.code == 3, said.both
    assert said.data["verdict"] == "ERROR"
    assert said.data["exit_code"] == 3
    (failure,) = said.data["subjects"][0]["failures"]
    assert (failure["case"], failure["kind"]) == ("france", failing.kind)
    assert failing.said in failure["error"]
    assert said.data["subjects"][0]["metrics"]["pass_rate"]["now"] is None
    assert provider.count == failing.calls
    assert_no_key(said, root)

    shown = llmops(root, "eval")
    assert shown.code == 3
    assert shown.out.startswith("ERROR: capitals has no verdict: 1 of 1 answers failed")
    assert f"{failing.kind}: {failing.said[:60]}" in " ".join(shown.out.split())
    assert_no_key(shown, root)


def test_no_answer_in_time(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path, {**ONE, PROJECT_PATH: "timeout_s: 0.2\nmax_attempts: 1\n"})
    provider.misbehave(fault="hang", times=None)
    said = evaluated(root)
    assert said.code == 3
    (failure,) = said.data["subjects"][0]["failures"]
    assert failure["kind"] == "timeout"
    assert failure["error"] == ("openai: no answer within 0.2 s (raise `timeout_s`, or ask for less output)")
    assert provider.count == 1
    assert_no_key(said, root)


def test_nobody_there(tmp_path: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    monkeypatch.setenv("OPENAI_BASE_URL", address)
    root = project(tmp_path)
    said = evaluated(root, "-j", "1")
    assert said.code == 3
    failures = said.data["subjects"][0]["failures"]
    assert Counter(failure["kind"] for failure in failures) == {"unreachable": 10}
    assert failures[0]["error"].startswith("openai: no connection to http://127.0.0.1:")
    assert "check the network, the address (base_url) and the proxy variables" in failures[0]["error"]
    assert failures[-1]["error"].count("not asked again") == 1
    assert_no_key(said, root)


def test_a_key_that_is_refused_is_not_shown_to_the_door_again_and_again(
    tmp_path: Path, provider: Provider
) -> None:
    root = project(tmp_path)
    provider.misbehave(401, times=None)
    assert evaluated(root, "-j", "1").code == 3
    assert provider.count == 1


def test_429_twice_and_then_an_answer(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path, {**ONE, PROJECT_PATH: "max_attempts: 3\n"})
    provider.misbehave(429, times=2, headers={"retry-after": "0"})
    said = evaluated(root)
    assert said.code == 0
    assert said.data["subjects"][0]["failures"] == []
    assert provider.count == 3


def test_one_failing_case_among_many_keeps_the_others(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path)

    with Provider(lambda call: {"choices": []} if "Peru" in call.user else capital(call)) as broken:
        said = evaluated_at(broken, root)
        assert said.code == 3
        assert said.data["verdict"] == "ERROR"
        subject = said.data["subjects"][0]
        assert [failure["case"] for failure in subject["failures"]] == ["peru"]
        assert subject["metrics"]["pass_rate"]["verdict"] == "ERROR"
        assert broken.count == 11  # nine, and two attempts for Peru
    again = evaluated(root)
    assert again.code == 0
    assert again.data["verdict"] == "NO_BASELINE"
    assert provider.count == 1
    assert provider.calls[0].user == "What is the capital of Peru?"


def test_a_definite_no_counts_where_another_call_failed(tmp_path: Path, provider: Provider) -> None:
    root = repository(project(tmp_path))
    accepted(root)
    (root / CASES_PATH).write_text((root / CASES_PATH).read_text().replace("France", "Frankreich"))
    (root / CASES_PATH).write_text("\n".join((root / CASES_PATH).read_text().splitlines()[:-1]) + "\n")
    provider.misbehave(400, times=None)
    said = evaluated(root)
    assert said.code == 1
    assert said.data["subjects"][0]["cases_removed"] == ["ghana"]
    assert said.data["subjects"][0]["failures"][0]["case"] == "france"


def test_a_run_with_failures_cannot_be_accepted(tmp_path: Path, provider: Provider) -> None:
    root = repository(project(tmp_path, ONE))
    provider.misbehave(400, times=None)
    assert llmops(root, "eval").code == 3
    said = llmops(root, "baseline", "accept", "--all")
    assert said.code == 2
    assert said.err == (
        "capitals · capital@1.0.0 · openai/gpt-4o-mini-2024-07-18: 1 of 1 answers have no verdict\n"
        "    run `llmops eval` again until every call and scorer works, then accept\n"
    )
    assert not (root / BASELINE_PATH).exists()


def test_an_answer_that_holds_the_key_is_not_written_to_a_cassette(tmp_path: Path) -> None:
    root = project(tmp_path, ONE)
    with Provider(lambda call: f"Paris {call.headers['authorization']}") as leaking:
        said = evaluated_at(leaking, root, "--record")
    assert said.code == 0
    assert KEY.encode() not in b"".join(path.read_bytes() for path in (root / "cassettes").rglob("*.jsonl"))


def test_the_same_question_in_two_cases_is_asked_once(tmp_path: Path, provider: Provider) -> None:
    france = {"country": "France", "expected": "Paris"}
    twice = lines({"id": "a", **france}, {"id": "b", **france})
    root = project(tmp_path, {CASES_PATH: twice})
    assert evaluated(root, "-j", "1").code == 0
    assert provider.count == 1


def test_an_anthropic_model(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path, changed(PROMPT_PATH, MODEL, "anthropic/claude-sonnet-4-5-20250929"))
    said = evaluated(root)
    assert said.code == 0, said.both
    assert said.data["subjects"][0]["model"] == "anthropic/claude-sonnet-4-5-20250929"
    assert said.data["subjects"][0]["resolved"] == ["claude-sonnet-4-5-20250929"]
    assert said.data["subjects"][0]["metrics"]["pass_rate"]["now"] == 1
    assert {call.api for call in provider.calls} == {"anthropic"}
    assert provider.calls[0].headers["x-api-key"] == KEY
    assert provider.calls[0].body["system"]
    assert_no_key(said, root)


def test_a_provider_of_the_project(
    tmp_path: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    entry = f"providers:\n  mine: {{kind: openai, base_url: '{provider.openai_url}'}}\n"
    files = {
        PROJECT_PATH: entry + "prices:\n  mine/m: {input_per_million: 1, output_per_million: 2}\n",
        **changed(PROMPT_PATH, MODEL, "mine/m"),
    }
    said = evaluated(project(tmp_path, files))
    assert said.code == 0, said.both
    assert provider.count == 10
    assert "authorization" not in provider.calls[0].headers
    assert said.data["subjects"][0]["cost_usd"] == pytest.approx(10 * (40 * 1 + 2 * 2) / 1e6)


def evaluated_at(provider: Provider, root: Path, *arguments: str) -> Said:
    """An evaluation that asks this provider."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_BASE_URL", provider.openai_url)
        patch.setenv("OPENAI_API_KEY", KEY)
        return evaluated(root, *arguments)
