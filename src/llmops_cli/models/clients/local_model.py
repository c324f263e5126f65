"""One loaded model: from a request to llama.cpp and back."""

from __future__ import annotations

import json
import os
import secrets
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llmops_cli.core.errors import BadAnswerError, CallTimeoutError, RequestRefusedError, UnreachableError
from llmops_cli.core.redact import NO_SECRETS
from llmops_cli.core.spelling import did_you_mean
from llmops_cli.models.answer import Answer
from llmops_cli.models.checks import NotAnAnswerError
from llmops_cli.models.clients.chat_shape import check_params
from llmops_cli.models.reply import Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmops_cli.models.request import Request

CONTEXT = 8192
"""Tokens of context; llama.cpp lowers it to what the model was trained for. More would cost memory."""

DEFAULT_MAX_TOKENS = 1024
"""A small model that has lost its thread would go on to the end of its context."""

# llama.cpp ignores a name it does not know, so the known ones are listed here.
PARAMS = frozenset(
    {
        "chat_template_kwargs", "dry_allowed_length", "dry_base", "dry_multiplier", "dry_penalty_last_n",
        "dynatemp_exponent", "dynatemp_range", "frequency_penalty", "grammar", "ignore_eos", "logit_bias",
        "max_completion_tokens", "max_tokens", "min_p", "mirostat", "mirostat_eta", "mirostat_tau", "n",
        "parallel_tool_calls", "presence_penalty", "repeat_last_n", "repeat_penalty", "response_format",
        "samplers", "seed", "stop", "stream", "temperature", "tool_choice", "top_k", "top_p", "typical_p",
        "xtc_probability", "xtc_threshold",
    }
)  # fmt: skip

# One space after a comma and a colon, none elsewhere, as most JSON in a model's training was written. Free
# white space costs a small model a third of its tokens, none at all costs it quality.
_SPACING = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": ", "lenient": True}
_NO_JSON = "@"


class NotLoadedError(UnreachableError):
    """The weights cannot be had or loaded; asking again does not help."""

    retryable = False


class LocalModel:
    """A model in memory. Use it from one thread."""

    def __init__(self, path: Path, name: str, sha256: str, *, tools: bool) -> None:
        self._resolved = f"{name}@sha256:{sha256[:8]}"
        self._tools = tools
        self._held: set[str] = set()
        self._server = _serve(path)

    def complete(self, request: Request, cancelled: Callable[[], bool]) -> Answer:
        """One completion; stops at the next token when `cancelled` says so. Raises a CallError."""
        body = self._body(request)
        collected = _Collected(cancelled)
        try:
            self._server.handle_chat_completions(body, collected.take)
        except (RuntimeError, ValueError) as error:
            raise RequestRefusedError(
                f"local: {error}", "check messages, params and the output schema"
            ) from error
        try:
            return Answer.from_reply(collected.reply(self._resolved), request.model, NO_SECRETS)
        except NotAnAnswerError as fault:
            raise BadAnswerError(f"local: the reply is no answer: {fault}") from fault

    def _body(self, request: Request) -> dict[str, Any]:
        check_params(request)
        unknown = sorted(request.params.keys() - PARAMS)
        if unknown:
            raise RequestRefusedError(
                f"local models have no param `{unknown[0]}`", did_you_mean(unknown[0], PARAMS)
            )
        if request.tools and not self._tools:
            raise RequestRefusedError(
                "this local model cannot call tools", "use a model that was trained for tools"
            )
        body: dict[str, Any] = {
            "messages": list(request.messages),
            "max_tokens": DEFAULT_MAX_TOKENS,
            "seed": 0,
        }
        body |= {
            "temperature": 0,
            "stream": True,
            "stream_options": {"include_usage": True},
            **request.params,
        }
        if "max_completion_tokens" in request.params:
            body["max_tokens"] = body.pop("max_completion_tokens")
        body["stream"] = True
        if not body["temperature"]:
            body["top_k"] = 1
        if request.tools:
            body["tools"] = list(request.tools)
        schema = _schema_of(body.pop("response_format", None), request.output)
        if schema is not None and "grammar" not in body:
            body["grammar"] = self._grammar(schema)
        return body

    def _grammar(self, schema: Any) -> str:
        rooted = {**schema, "x-guidance": _SPACING} if isinstance(schema, dict) else schema
        grammar = "%llguidance {}\nstart: %json " + json.dumps(rooted)
        if grammar not in self._held:
            self._prove(grammar)
            self._held.add(grammar)
        return grammar

    def _prove(self, grammar: str) -> None:
        # A schema that the grammar engine cannot take is ignored without a word, and the answer would be free
        # text. So it has to forbid one token that no JSON begins with and that is pushed as hard as can be.
        push = {
            "prompt": "x",
            "n_predict": 1,
            "temperature": 0,
            "logit_bias": [[_NO_JSON, 1000]],
            "grammar": grammar,
        }
        reply = self._server.handle_completions({**push, "cache_prompt": False})
        first = reply.get("content") if "content" in reply else (reply.get("choices") or [{}])[0].get("text")
        if "error" in reply or first is None or first.strip().startswith(_NO_JSON):
            raise RequestRefusedError(
                "local: the output schema cannot be turned into a grammar",
                "check its $ref and patterns; the local model takes the common keywords of JSON Schema",
            )


class _Collected:
    """The streamed parts of one completion."""

    def __init__(self, cancelled: Callable[[], bool]) -> None:
        self._cancelled = cancelled
        self._started = time.perf_counter()
        self._first: float | None = None
        self._text: list[str] = []
        self._calls: dict[int, dict[str, Any]] = {}
        self._finish: str | None = None
        self._usage: dict[str, Any] = {}
        self._id: str | None = None
        self._error: dict[str, Any] | None = None
        self._stopped = False

    def take(self, chunk: Any) -> bool:
        """One part; True ends the completion."""
        for part in chunk if isinstance(chunk, list) else [chunk]:
            self._take(part)
        self._stopped = self._stopped or self._cancelled()
        return self._stopped

    def _take(self, part: dict[str, Any]) -> None:
        if "error" in part:
            self._error = part["error"]
            return
        self._id = part.get("id", self._id)
        self._usage = part.get("usage") or self._usage
        for choice in part.get("choices", ()):
            self._finish = choice.get("finish_reason") or self._finish
            delta = choice.get("delta", {})
            if delta.get("content"):
                if self._first is None:
                    self._first = time.perf_counter() - self._started
                self._text.append(delta["content"])
            for call in delta.get("tool_calls") or ():
                self._add_call(call)

    def _add_call(self, call: dict[str, Any]) -> None:
        empty = {"id": "", "type": "function", "function": {"name": "", "arguments": ""}}
        whole_call = self._calls.setdefault(call.get("index", 0), empty)
        whole_call["id"] = call.get("id") or whole_call["id"]
        function = call.get("function", {})
        whole_call["function"]["name"] += function.get("name") or ""
        whole_call["function"]["arguments"] += function.get("arguments") or ""

    def reply(self, resolved: str) -> Reply:
        """Return what was collected. Raises a CallError when it is not a whole answer."""
        seconds = time.perf_counter() - self._started
        if self._error is not None:
            raise _refusal(self._error)
        if self._stopped:
            raise CallTimeoutError("local: the completion was stopped")
        if self._finish is None:
            raise BadAnswerError("local: the completion ended without a reason")
        return Reply(
            text="".join(self._text),
            tool_calls=[self._calls[index] for index in sorted(self._calls)],
            finish_reason=self._finish,
            model=resolved,
            # Cached tokens are left out: nothing is charged, and they depend on what was asked before.
            usage={
                "input_tokens": self._usage.get("prompt_tokens"),
                "output_tokens": self._usage.get("completion_tokens"),
            },
            ids=(self._id,),
            seconds=seconds,
            first_token_s=self._first,
        )


def _refusal(error: dict[str, Any]) -> RequestRefusedError:
    status = error.get("code") if isinstance(error.get("code"), int) else None
    if error.get("type") == "exceed_context_size_error":
        tokens, limit = error.get("n_prompt_tokens"), error.get("n_ctx")
        message = f"local: the prompt has {tokens} tokens, and the model's context holds {limit}"
        return RequestRefusedError(
            message, "shorten the prompt or use a model with a longer context", status=status
        )
    message = str(error.get("message", "refused"))
    return RequestRefusedError(f"local: {message}", "check messages and params", status=status)


def _schema_of(form: Any, output: Any) -> Any:
    """Return the schema to hold the answer to: that of `response_format`, else `output`, else None."""
    if form is None:
        return output
    kind = form.get("type") if isinstance(form, dict) else None
    if kind == "json_schema":
        return form.get("json_schema", {}).get("schema", {})
    if kind == "json_object":
        return {"type": "object"}
    if kind == "text":
        return None
    raise RequestRefusedError(f"unknown response_format `{kind}`", "write text, json_object or json_schema")


def _serve(path: Path) -> Any:
    try:
        import xllamacpp
    except ImportError as error:
        raise NotLoadedError(
            "local models need the `local` extra", "pip install 'llmops-cli[local]'"
        ) from error
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.n_ctx = CONTEXT
    params.n_parallel = 1
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = usable_cores()
    # Threads that wait by spinning are many times slower when other programs want the cores too.
    params.cpuparams.poll = params.cpuparams_batch.poll = 0
    params.warmup = False
    params.verbosity = -1
    # The default keeps up to 8 GB of old prompts.
    params.cache_ram_mib = 0
    # The library opens a port on loopback, whether or not it is wanted: nobody else gets an answer there.
    params.ui = False
    params.endpoint_slots = False
    params.api_keys = [secrets.token_hex(16)]
    try:
        return xllamacpp.Server(params)
    except (RuntimeError, ValueError, MemoryError) as error:
        raise NotLoadedError(
            f"cannot load {path}: {error}", "check that it is a GGUF model and fits in memory"
        ) from error


def usable_cores() -> int:
    """Return how many threads to use: physical cores (hyper-threads slow llama.cpp down), half when busy."""
    try:
        usable = os.sched_getaffinity(0)
    except AttributeError:
        return max(1, (os.cpu_count() or 2) // 2)
    topology = "/sys/devices/system/cpu/cpu{}/topology/thread_siblings_list"
    try:
        cores = len({Path(topology.format(cpu)).read_text(encoding="ascii") for cpu in usable})
    except OSError:
        cores = len(usable)
    # On a machine that is busy already the threads would wait for each other. Answers do not depend on it.
    return max(1, cores // 2) if os.getloadavg()[0] > cores else cores
