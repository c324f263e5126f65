"""The yardstick: the same calls with aiohttp and no tool at all: `bare_loop.py URL CASES.jsonl JOBS`."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import aiohttp


async def main(url: str, cases: list[dict[str, str]], concurrency: int) -> None:
    right = 0
    queue = iter(cases)

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def worker() -> None:
            nonlocal right
            for case in queue:
                body = {
                    "model": "gpt-4o-mini-2024-07-18",
                    "temperature": 0,
                    "messages": [{"role": "user", "content": f"Review: {case['review']}"}],
                }
                async with session.post(f"{url}/chat/completions", json=body) as response:
                    answer = await response.json()
                right += answer["choices"][0]["message"]["content"] == case["expected"]

        await asyncio.gather(*(worker() for _ in range(concurrency)))
    print(f"{right} of {len(cases)} right")


if __name__ == "__main__":
    lines = Path(sys.argv[2]).read_text("utf-8").splitlines()
    asyncio.run(main(sys.argv[1], [json.loads(line) for line in lines], int(sys.argv[3])))
