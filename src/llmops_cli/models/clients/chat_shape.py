"""The OpenAI chat-completions shape, shared by every client that speaks it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmops_cli.core.errors import RequestRefusedError
from llmops_cli.models.checks import NotAnAnswerError
from llmops_cli.models.reply import Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmops_cli.models.request import Request

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


def read_chat(
    data: Mapping[str, Any], *, seconds: float | None = None, request_id: str | None = None
) -> Reply:
    """What a chat completion says that took so long, and has this id in its headers.

    Raises NotAnAnswerError when it has another shape.
    """
    top_error = data.get("error")
    choices = data.get("choices")
    if not isinstance(choices, list) or not choices:
        if top_error:
            return Reply(None, error=top_error)
        raise NotAnAnswerError("it has no `choices`")
    choice = choices[0]
    if not isinstance(choice, dict):
        raise NotAnAnswerError("its first choice is no mapping")
    error, finish = top_error or choice.get("error"), choice.get("finish_reason")
    message = choice.get("message")
    if error or finish == "error":
        # The message beside it may be missing, or cut off: nobody reads it.
        return Reply(None, error=error, finish_reason=finish)
    if not isinstance(message, dict):
        raise NotAnAnswerError("its first choice has no `message`")
    calls, text = message.get("tool_calls"), _text_of(message, finish)
    if not text and isinstance(message.get("refusal"), str) and message["refusal"]:
        text, finish = message["refusal"], "refusal"
    return Reply(
        text=text,
        tool_calls=calls or None,
        finish_reason=finish,
        model=data.get("model"),
        usage=usage_in(data.get("usage")),
        ids=(request_id, data.get("id")),
        seconds=seconds,
    )


def usage_in(usage: Any) -> dict[str, Any]:
    """Tokens by the names of `Usage`, as the provider counted them; what it did not say is not there."""
    if not isinstance(usage, dict):
        return {}
    prompt, completion = usage.get("prompt_tokens_details"), usage.get("completion_tokens_details")
    prompt, completion = (details if isinstance(details, dict) else {} for details in (prompt, completion))
    return {
        "input_tokens": usage.get("prompt_tokens"),
        "output_tokens": usage.get("completion_tokens"),
        "cached_tokens": prompt.get("cached_tokens"),
        "cache_write_tokens": prompt.get("cache_write_tokens"),
        "reasoning_tokens": completion.get("reasoning_tokens"),
    }


def _text_of(message: Mapping[str, Any], finish: Any) -> Any:
    content = message.get("content")
    if isinstance(content, list):
        return "".join(_part_text(part) for part in content)
    if "content" not in message and not any(
        (finish, message.get("tool_calls"), message.get("refusal"), message.get("function_call"))
    ):
        # Some leave the content out where it is empty; then they say why the answer ended.
        raise NotAnAnswerError("its message has no `content`")
    return content


def _part_text(part: Any) -> str:
    if not isinstance(part, dict):
        raise NotAnAnswerError("a part of the content is no mapping")
    if part.get("type") != "text":
        return ""
    if not isinstance(part.get("text"), str):
        raise NotAnAnswerError("a part of the content has no text")
    text: str = part["text"]
    return text
