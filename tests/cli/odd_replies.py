"""Good replies of both protocols, and every one of them with one part that is odd."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Path = tuple[str | int, ...]
TEXT = "Paris"

OPENAI: dict[str, Any] = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1,
    "model": "m-1",
    "system_fingerprint": "fp",
    "choices": [
        {
            "index": 0,
            "message": {
                "role": "assistant",
                "content": TEXT,
                "refusal": None,
                "tool_calls": [
                    {"id": "t1", "type": "function", "function": {"name": "look", "arguments": "{}"}}
                ],
            },
            "finish_reason": "stop",
            "logprobs": None,
        }
    ],
    "usage": {
        "prompt_tokens": 40,
        "completion_tokens": 2,
        "total_tokens": 42,
        "prompt_tokens_details": {"cached_tokens": 8, "cache_write_tokens": 1},
        "completion_tokens_details": {"reasoning_tokens": 1},
    },
}
ANTHROPIC: dict[str, Any] = {
    "id": "msg-1",
    "type": "message",
    "role": "assistant",
    "model": "m-1",
    "content": [
        {"type": "thinking", "thinking": "…"},
        {"type": "text", "text": TEXT},
        {"type": "tool_use", "id": "t1", "name": "look", "input": {"city": "x"}},
    ],
    "stop_reason": "end_turn",
    "stop_sequence": None,
    "usage": {
        "input_tokens": 32,
        "cache_read_input_tokens": 8,
        "cache_creation_input_tokens": 1,
        "output_tokens": 2,
    },
}
REQUIRED: dict[str, frozenset[Path]] = {
    "openai": frozenset(
        {
            ("choices",),
            ("choices", 0),
            ("choices", 0, "message"),
            ("choices", 0, "message", "content"),
            ("choices", 0, "message", "tool_calls"),
            ("choices", 0, "message", "tool_calls", 0),
            ("choices", 0, "message", "tool_calls", 0, "type"),
            ("choices", 0, "message", "tool_calls", 0, "function"),
            ("choices", 0, "message", "tool_calls", 0, "function", "name"),
            ("choices", 0, "message", "tool_calls", 0, "function", "arguments"),
        }
    ),
    "anthropic": frozenset(
        {
            ("content",),
            *((("content", number)) for number in range(3)),
            *((("content", number, "type")) for number in range(3)),
            ("content", 1, "text"),
            ("content", 2, "name"),
            ("content", 2, "input"),
            ("content", 2, "input", "city"),
        }
    ),
}
"""What an answer cannot do without; without any other part it is the same answer."""

DEEP = 150
GONE = object()
ODD: tuple[Any, ...] = (
    GONE, None, True, -1, 1.5, float("nan"), 10**30, "", "x" * 600, "\ud800\0\x1b[3m", [], {},
    json.loads("[" * DEEP + "]" * DEEP),
)  # fmt: skip


@dataclass(frozen=True)
class OddReply:
    """A reply of a protocol with something else, or nothing, at one place."""

    api: str
    path: Path
    value: Any

    @property
    def body(self) -> dict[str, Any]:
        body = copy.deepcopy(OPENAI if self.api == "openai" else ANTHROPIC)
        inner: Any = body
        for step in self.path[:-1]:
            inner = inner[step]
        if self.value is not GONE:
            inner[self.path[-1]] = self.value
        else:
            del inner[self.path[-1]]
        return body

    @property
    def must_answer(self) -> bool:
        """Whether the odd part is one that the answer can do without."""
        return self.path not in REQUIRED[self.api]


def odd_replies(api: str, good: Mapping[str, Any]) -> list[OddReply]:
    """Every part of a good reply, each with every odd value."""
    return [OddReply(api, path, value) for path in _paths(good) for value in ODD]


def _paths(value: Any, before: Path = ()) -> Iterator[Path]:
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in parts:
        yield (*before, name)
        yield from _paths(inner, (*before, name))
