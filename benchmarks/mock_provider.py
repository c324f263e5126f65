"""A fast OpenAI-style chat server on loopback, for benchmarks only: `mock_provider.py LATENCY_MS`.

It prints its port, then labels the text after `Review: ` by a hash, so that expected answers can be computed.
"""

from __future__ import annotations

import asyncio
import json
import sys

LABELS = ("positive", "negative", "neutral")


def label(text: str) -> str:
    """The label of a review: a hash of its text, the same in every process."""
    value = 0
    for char in text:
        value = (value * 31 + ord(char)) & 0xFFFFFFFF
    return LABELS[value % 3]


class Connection(asyncio.Protocol):
    """One keep-alive connection: requests are answered after the latency, in order."""

    def __init__(self, latency: float) -> None:
        self.latency = latency
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while True:
            head, separator, rest = self.buffer.partition(b"\r\n\r\n")
            if not separator:
                return
            length = next(
                int(line.split(b":")[1])
                for line in head.split(b"\r\n")
                if line.lower().startswith(b"content-length")
            )
            if len(rest) < length:
                return
            self.buffer = rest[length:]
            asyncio.get_running_loop().call_later(self.latency, self.answer, rest[:length])

    def answer(self, body: bytes) -> None:
        request = json.loads(body)
        text = request["messages"][-1]["content"].rpartition("Review: ")[2]
        payload = json.dumps(
            {
                "id": "bench",
                "object": "chat.completion",
                "created": 1,
                "model": request["model"],
                "choices": [
                    {
                        "index": 0,
                        "message": {"role": "assistant", "content": label(text)},
                        "finish_reason": "stop",
                    }
                ],
                "usage": {"prompt_tokens": 40, "completion_tokens": 2, "total_tokens": 42},
            }
        ).encode()
        head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(payload)}\r\n\r\n"
        if not self.transport.is_closing():
            self.transport.write(head.encode() + payload)


async def serve(latency_ms: float) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(latency_ms / 1000), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    try:
        asyncio.run(serve(float(sys.argv[1])))
    except KeyboardInterrupt:
        sys.exit(0)
