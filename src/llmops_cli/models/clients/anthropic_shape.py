"""From OpenAI-style messages, tools and schemas to Anthropic's, and nothing lost on the way."""

from __future__ import annotations

import base64
import binascii
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from llmops_cli.core.errors import RequestRefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from llmops_cli.models.request import Request

DEFAULT_MAX_TOKENS = 1024
"""Anthropic demands `max_tokens`; this is sent when the prompt file has none."""

NOT_SENT = frozenset({"seed"})
"""Params that Anthropic has no counterpart for and whose absence changes no answer: a seed only asks for
reproducibility as far as the provider can give it."""

# Blocks already in Anthropic's own shape are passed on.
_NATIVE_BLOCKS = frozenset(
    {"text", "image", "document", "tool_use", "tool_result", "thinking", "redacted_thinking"}
)
_TOOL_CHOICES = {"auto": "auto", "required": "any", "none": "none"}
# Structured outputs compile the schema to a grammar, which cannot count or negate; such keywords are a 400.
_NOT_IN_GRAMMAR = (
    "minItems", "maxItems", "uniqueItems", "contains", "minContains", "maxContains", "prefixItems",
    "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength",
    "maxLength", "minProperties", "maxProperties", "patternProperties", "propertyNames",
    "dependentRequired", "dependentSchemas", "unevaluatedProperties", "if", "then", "else", "not",
)  # fmt: skip


def messages_body(request: Request) -> dict[str, Any]:
    """Return the body of a Messages call. Raises RequestRefusedError for what Anthropic has no word for."""
    body: dict[str, Any] = {"model": request.name, "max_tokens": DEFAULT_MAX_TOKENS}
    system = [
        part for message in request.messages if _is_system(message) for part in _parts(message.get("content"))
    ]
    if system:
        body["system"] = system
    body["messages"] = _turns(message for message in request.messages if not _is_system(message))
    if request.tools:
        body["tools"] = [_tool(tool) for tool in request.tools]
    body.update(_params(request.params))
    if request.output is not None:
        form = {"type": "json_schema", "schema": grammar_schema(request.output)}
        body["output_config"] = {"format": form, **body.get("output_config", {})}
    return body


def grammar_schema(node: Any) -> Any:
    """Return the schema as Anthropic takes it: objects closed, what cannot be counted in the description.

    An answer that keeps to it may still break the full schema, which is asserted on every answer anyway.
    """
    if isinstance(node, list):
        return [grammar_schema(item) for item in node]
    if not isinstance(node, dict):
        return node
    result: dict[str, Any] = {}
    for key, value in node.items():
        if key in ("properties", "$defs", "definitions"):
            result[key] = {name: grammar_schema(inner) for name, inner in value.items()}
        elif key in ("enum", "const", "default", "examples"):
            result[key] = value
        elif key not in _NOT_IN_GRAMMAR:
            result["anyOf" if key == "oneOf" else key] = grammar_schema(value)
    told = [
        f"{key}: {json.dumps(node[key])}" for key in _NOT_IN_GRAMMAR if node.get(key) not in (None, False)
    ]
    if told:
        result["description"] = " ".join([*filter(None, [node.get("description")]), f"({'; '.join(told)})"])
    if node.get("type") == "object" or "properties" in node:
        result["additionalProperties"] = False
    return result


def _is_system(message: Mapping[str, Any]) -> bool:
    return message.get("role") in ("system", "developer")


def _params(params: Mapping[str, Any]) -> dict[str, Any]:
    sent: dict[str, Any] = {}
    for name, value in params.items():
        if name == "stop":
            sent["stop_sequences"] = [value] if isinstance(value, str) else value
        elif name == "max_completion_tokens":
            sent["max_tokens"] = value
        elif name == "tool_choice":
            sent["tool_choice"] = {**sent.get("tool_choice", {}), **_tool_choice(value)}
        elif name == "parallel_tool_calls":
            sent["tool_choice"] = {
                "type": "auto",
                **sent.get("tool_choice", {}),
                "disable_parallel_tool_use": not value,
            }
        elif name not in NOT_SENT:
            sent[name] = value
    return sent


def _tool_choice(value: Any) -> dict[str, Any]:
    if isinstance(value, str) and value in _TOOL_CHOICES:
        return {"type": _TOOL_CHOICES[value]}
    if isinstance(value, dict) and value.get("type") == "function":
        return {"type": "tool", "name": value.get("function", {}).get("name")}
    if isinstance(value, dict):
        return value
    raise RequestRefusedError(
        f"`tool_choice: {value}` is unknown", "write auto, required, none or a function"
    )


def _tool(tool: Mapping[str, Any]) -> dict[str, Any]:
    if tool.get("type", "function") != "function" or "function" not in tool:
        return dict(tool)  # one of Anthropic's own tools
    function = tool["function"]
    made = {"name": function["name"], "input_schema": function.get("parameters") or {"type": "object"}}
    if function.get("description"):
        made["description"] = function["description"]
    if function.get("strict"):
        made["strict"] = True
    return made


def _turns(messages: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    turns: list[dict[str, Any]] = []
    results: list[dict[str, Any]] | None = None
    for message in messages:
        role = message.get("role")
        if role == "tool":
            # All results of one turn go into one user message.
            if results is None:
                results = []
                turns.append({"role": "user", "content": results})
            results.append(_tool_result(message))
            continue
        results = None
        if role not in ("user", "assistant"):
            raise RequestRefusedError(
                f"a message has the role `{role}`", "write system, user, assistant or tool"
            )
        turns.append({"role": role, "content": _content(message)})
    return turns


def _content(message: Mapping[str, Any]) -> Any:
    content, calls = message.get("content"), message.get("tool_calls") or ()
    if isinstance(content, str) and not calls:
        return content
    return [*_parts(content), *(_tool_use(call) for call in calls)]


def _tool_use(call: Mapping[str, Any]) -> dict[str, Any]:
    function = call.get("function", {})
    try:
        arguments = json.loads(function.get("arguments") or "{}")
    except ValueError as error:
        name = function.get("name")
        raise RequestRefusedError(
            f"the arguments of the tool call `{name}` are not JSON", "check `messages`"
        ) from error
    return {"type": "tool_use", "id": call.get("id"), "name": function.get("name"), "input": arguments}


def _tool_result(message: Mapping[str, Any]) -> dict[str, Any]:
    content = message.get("content")
    shown = content if isinstance(content, str) else _parts(content)
    return {"type": "tool_result", "tool_use_id": message.get("tool_call_id"), "content": shown}


def _parts(content: Any) -> list[dict[str, Any]]:
    if content is None or content == "":
        return []
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return [_part(part) for part in content]


def _part(part: Mapping[str, Any]) -> dict[str, Any]:
    kind = part.get("type")
    if kind == "image_url":
        image = part["image_url"]
        return {"type": "image", "source": _source(image if isinstance(image, str) else image.get("url", ""))}
    if kind == "file":
        return _document(part.get("file", {}))
    if kind in _NATIVE_BLOCKS:
        return dict(part)
    raise RequestRefusedError(
        f"Anthropic takes no content part of type `{kind}`", "text, image_url and file work"
    )


def _document(file: Mapping[str, Any]) -> dict[str, Any]:
    data = file.get("file_data", "")
    if not data:
        raise RequestRefusedError("a file part has no `file_data`", "an uploaded file's id is OpenAI's own")
    source = _source(data)
    if source.get("media_type") == "text/plain":
        text = base64.b64decode(source["data"]).decode("utf-8", "replace")
        source = {"type": "text", "media_type": "text/plain", "data": text}
    elif source["type"] == "base64" and source["media_type"] != "application/pdf":
        raise RequestRefusedError(
            f"Anthropic takes no {source['media_type']} file", "PDF and plain text work"
        )
    named = {"title": file["filename"]} if file.get("filename") else {}
    return {"type": "document", "source": source, **named}


def _source(url: str) -> dict[str, Any]:
    if url.startswith(("http://", "https://")):
        return {"type": "url", "url": url}
    head, comma, payload = url.partition(",")
    if not head.startswith("data:") or not comma:
        raise RequestRefusedError("an image or file is neither http(s) nor data:", f"it begins: {url[:40]!r}")
    media, *flags = head.removeprefix("data:").split(";")
    try:
        raw = base64.b64decode(payload, validate=True) if "base64" in flags else unquote_to_bytes(payload)
    except binascii.Error as error:
        raise RequestRefusedError(f"the data: URL of type {media} is not base64", str(error)) from error
    return {"type": "base64", "media_type": media or "text/plain", "data": base64.b64encode(raw).decode()}
