"""The real local model. Needs the `local` extra and fetched weights; LLMOPS_CACHE_DIR says where they are."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest

from llmops_cli.core.errors import RequestRefusedError, UnreachableError
from llmops_cli.models.ask import Models
from llmops_cli.models.request import Request
from llmops_cli.models.settings import ModelSettings
from llmops_cli.models.weights import locate

if TYPE_CHECKING:
    from llmops_cli.models.answer import Answer

NAME = "smollm2-135m-instruct-q4_1"
LABELS = {
    "type": "object",
    "properties": {
        "queue": {"enum": ["billing", "bug", "shipping"]},
        "why": {"type": "string", "maxLength": 40},
    },
    "required": ["queue", "why"],
    "additionalProperties": False,
}

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(find_spec("xllamacpp") is None, reason="pip install 'llmops-cli[local]'"),
    pytest.mark.skipif(locate(NAME) is None, reason=f"llmops models pull local/{NAME}"),
]


def request(text: str, **fields: Any) -> Request:
    return Request(f"local/{NAME}", ({"role": "user", "content": text},), **fields)


def ask_all(requests: list[Request]) -> list[Answer]:
    async def work() -> list[Answer]:
        async with Models(ModelSettings(env=dict(os.environ))) as models:
            return await asyncio.gather(*(models.ask(one) for one in requests))

    return asyncio.run(work())


def test_the_same_requests_give_the_same_answers() -> None:
    requests = [request(f"Name {count} animals.", params={"max_tokens": 16}) for count in range(2, 8)]
    started = time.perf_counter()
    first = ask_all(requests)
    whole = time.perf_counter() - started
    second = ask_all(requests)
    assert [answer.text for answer in first] == [answer.text for answer in second]
    answer = first[0]
    assert answer.text
    assert answer.resolved == f"{NAME}@sha256:b179c952"
    assert answer.cost_usd == 0.0
    assert answer.usage.input_tokens
    assert answer.usage.output_tokens
    assert answer.latency_s is not None
    assert answer.first_token_s is not None
    assert answer.first_token_s <= answer.latency_s
    # The time in the queue is not the model's: the sum of all fits into the whole.
    assert sum(one.latency_s or 0 for one in first) <= whole


def test_a_seed_matters_only_with_a_temperature() -> None:
    def texts(**params: Any) -> str:
        return ask_all([request("Write a line about the sea.", params={"max_tokens": 20, **params})])[0].text

    assert texts(seed=1) == texts(seed=2)
    assert texts(seed=1, temperature=1.5) != texts(seed=2, temperature=1.5)
    assert texts(seed=1, temperature=1.5) == texts(seed=1, temperature=1.5)


def test_the_schema_is_held_and_no_token_is_spent_on_white_space() -> None:
    (answer,) = ask_all(
        [request("Route as JSON: I was charged twice", output=LABELS, params={"max_tokens": 80})]
    )
    value = json.loads(answer.text)
    assert value["queue"] in {"billing", "bug", "shipping"}
    assert answer.text == json.dumps(value, ensure_ascii=False)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"output": {"type": "object", "properties": {"a": {"$ref": "#/nope"}}}}, "grammar"),
        ({"params": {"temprature": 1}}, "temprature"),
        ({"params": {"grammar": "root ::= ["}}, "grammar"),
        ({"tools": ({"type": "function", "function": {"name": "f"}},)}, "tools"),
    ],
)
def test_what_cannot_be_done_is_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(RequestRefusedError, match=message):
        ask_all([request("hello", **fields)])


def test_a_prompt_that_does_not_fit_names_its_length_and_the_limit() -> None:
    with pytest.raises(RequestRefusedError, match=r"9\d\d\d tokens.*8192"):
        ask_all([request("word " * 9000)])


def test_cancelling_stops_the_completion_soon() -> None:
    async def work() -> float:
        async with Models(ModelSettings(env=dict(os.environ))) as models:
            await models.ask(request("hi", params={"max_tokens": 1}))
            endless = request("Count.", params={"max_tokens": 7000, "ignore_eos": True})
            task = asyncio.create_task(models.ask(endless))
            await asyncio.sleep(0.5)
            started = time.perf_counter()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        return time.perf_counter() - started

    assert asyncio.run(work()) < 3


def test_a_process_that_ends_in_the_middle_does_not_crash() -> None:
    code = f"""
import asyncio, os
from llmops_cli.models.ask import Models
from llmops_cli.models.request import Request
from llmops_cli.models.settings import ModelSettings
async def work():
    models = Models(ModelSettings(env=dict(os.environ)))
    question = {{"role": "user", "content": "Count."}}
    endless = {{"max_tokens": 7000, "ignore_eos": True}}
    task = asyncio.create_task(models.ask(Request("local/{NAME}", (question,), endless)))
    await asyncio.sleep(2)
asyncio.run(work())
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_file_that_is_no_model_is_named(tmp_path: Any) -> None:
    (tmp_path / "bad.gguf").write_bytes(b"GGUF nonsense")

    async def work() -> None:
        async with Models(ModelSettings(env=dict(os.environ), project_root=tmp_path)) as models:
            await models.ask(Request("local/bad.gguf", ({"role": "user", "content": "x"},)))

    with pytest.raises(UnreachableError, match=r"bad\.gguf"):
        asyncio.run(work())
