"""The OpenAI chat-completions shape, shared by every client that speaks it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from llmops_cli.core.errors import RequestRefusedError
from llmops_cli.models.answer import Answer, Usage
from llmops_cli.models.clients.failures import bad_answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmops_cli.models.request import Request
    from llmops_cli.models.settings import ProviderSettings

# `strict` makes OpenAI refuse a schema with any of these.
_NOT_STRICT = frozenset(
    {
        "allOf", "oneOf", "not", "if", "then", "else", "dependentRequired", "dependentSchemas",
        "patternProperties", "propertyNames", "minProperties", "maxProperties", "unevaluatedProperties",
        "unevaluatedItems", "contains", "minContains", "maxContains", "uniqueItems", "prefixItems",
    }
)  # fmt: skip


def check_params(request: Request) -> None:
    """Refuse params that would change what an answer is. Raises RequestRefusedError."""
    params = request.params
    for name in ("model", "messages"):
        if name in params:
            raise RequestRefusedError(f"`params` must not hold `{name}`", f"write `{name}` beside `params`")
    if params.get("stream"):
        raise RequestRefusedError("answers are read whole, not streamed", "remove `stream` from params")
    if params.get("n", 1) != 1:
        raise RequestRefusedError(
            "one call gives one answer", "remove `n` from params and use `repeats` in the suite"
        )


def chat_body(request: Request, model: str) -> dict[str, Any]:
    """Return the body of a chat completion; params, as written, win over what follows from `output`."""
    check_params(request)
    body: dict[str, Any] = {"model": model, "messages": list(request.messages)}
    if request.tools:
        body["tools"] = list(request.tools)
    if request.output is not None:
        body["response_format"] = response_format(request.output)
    body.update(request.params)
    return body


def response_format(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema as `response_format`, strict where strict mode can hold it."""
    named = {"name": "output", "schema": dict(schema), "strict": fits_strict(schema)}
    return {"type": "json_schema", "json_schema": named}


def fits_strict(schema: Mapping[str, Any]) -> bool:
    """Tell whether OpenAI's strict mode takes the schema: objects closed, every property required."""
    return schema.get("type") == "object" and _strict_node(schema)


def _strict_node(node: Any) -> bool:
    if isinstance(node, list):
        return all(_strict_node(item) for item in node)
    if not isinstance(node, dict):
        return True
    if _NOT_STRICT & node.keys():
        return False
    if _is_object(node) and not _closed(node):
        return False
    # Below `properties` and `$defs` the keys are names, not keywords.
    named = [value for key in ("properties", "$defs", "definitions") for value in node.get(key, {}).values()]
    return all(_strict_node(value) for value in (*named, node.get("items"), node.get("anyOf")))


def _is_object(node: Mapping[str, Any]) -> bool:
    kind = node.get("type")
    return "properties" in node or kind == "object" or (isinstance(kind, list) and "object" in kind)


def _closed(node: Mapping[str, Any]) -> bool:
    properties = node.get("properties", {})
    return node.get("additionalProperties") is False and set(node.get("required", ())) == set(properties)


def read_chat(data: Mapping[str, Any], request: Request, provider: ProviderSettings) -> Answer:
    """Return the answer in a chat completion. Raises BadAnswerError when it has another shape."""
    try:
        choice = data["choices"][0]
        message = choice["message"]
        text = _text_of(message.get("content"))
        calls = tuple(dict(call) for call in message.get("tool_calls") or ())
        finish = choice.get("finish_reason")
        if not text and isinstance(message.get("refusal"), str):
            text, finish = message["refusal"], "refusal"
        return Answer(
            text=text,
            requested=request.model,
            resolved=data.get("model") or None,
            finish_reason=finish,
            tool_calls=calls,
            usage=read_usage(data.get("usage")),
        )
    except (KeyError, IndexError, TypeError, AttributeError, ValueError) as error:
        shown = json.dumps(data, default=str, ensure_ascii=False)
        raise bad_answer(provider, "the answer is not a chat completion", shown) from error


def read_usage(usage: Any) -> Usage:
    """Tokens as the provider counted them; what it did not say stays None."""
    if not isinstance(usage, dict):
        return Usage()
    prompt = usage.get("prompt_tokens_details") or {}
    completion = usage.get("completion_tokens_details") or {}
    return Usage(
        input_tokens=whole(usage.get("prompt_tokens")),
        output_tokens=whole(usage.get("completion_tokens")),
        cached_tokens=whole(prompt.get("cached_tokens")),
        cache_write_tokens=whole(prompt.get("cache_write_tokens")),
        reasoning_tokens=whole(completion.get("reasoning_tokens")),
    )


def whole(value: Any) -> int | None:
    """Return a count of tokens, or None when it is not one."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _text_of(content: Any) -> str:
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        raise TypeError("content is neither text nor parts")
    return "".join(part["text"] for part in content if part.get("type") == "text")
