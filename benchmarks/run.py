"""Whole-process figures of llmops beside a bare aiohttp loop, in one run: `python -m benchmarks.run`.

W1: 500 cases, 50 ms an answer, 32 at a time, exact match. W2: W1 again, every answer in the cache. W3: 5,000
cases, 0 ms an answer. Times are medians of whole processes, from start to exit; only the ratios travel
between machines.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.mock_provider import label

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HERE = Path(__file__).parent
CONCURRENCY = 32
WORDS = (
    "the delivery box kettle arrived late quick button cheap solid manual blue cable works again broken lid "
    "battery friend kitchen warranty phone screen return noise quiet smell plastic metal heavy light happy"
).split()

PROMPT = """\
id: reviews.label
version: 1.0.0
model: openai/gpt-4o-mini-2024-07-18
params: {temperature: 0}
inputs: {type: object, required: [review], properties: {review: {type: string}}}
prompt: "Review: {{ review }}"
"""
SUITE = """\
id: reviews
prompt: reviews.label
cases: reviews.jsonl
scorers:
  - equals: "{{ expected }}"
"""


def make_project(folder: Path, count: int) -> None:
    """A git repository with one suite of `count` cases of about 25 words."""
    rng = random.Random(7)
    for name in ("prompts", "evalsets"):
        (folder / name).mkdir(parents=True)
    (folder / "llmops.yaml").write_text("name: bench\n")
    (folder / ".gitignore").write_text(".llmops/\n")
    (folder / "prompts/label.yaml").write_text(PROMPT)
    (folder / "evalsets/reviews.yaml").write_text(SUITE)
    with (folder / "evalsets/reviews.jsonl").open("w") as stream:
        for number in range(count):
            review = " ".join(rng.choices(WORDS, k=25)) + f" {number}"
            stream.write(
                json.dumps({"id": f"r{number:05}", "review": review, "expected": label(review)}) + "\n"
            )
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "start"]):
        identity = ["-c", "user.name=bench", "-c", "user.email=bench@example.com"]
        subprocess.run(["git", *identity, *command], cwd=folder, check=True)


@contextmanager
def provider(latency_ms: float) -> Iterator[str]:
    """The mock provider's address, while it runs."""
    command = [sys.executable, str(HERE / "mock_provider.py"), str(latency_ms)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}/v1"
        finally:
            process.terminate()


def measure(
    command: list[str], repeat: int, *, env: dict[str, str], before: Callable[[], object]
) -> list[float]:
    """Seconds of each whole process."""
    taken = []
    for _ in range(repeat):
        before()
        started = time.perf_counter()
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
        taken.append(time.perf_counter() - started)
        if done.returncode:
            raise SystemExit(f"{' '.join(command)} ended with {done.returncode}\n{done.stdout}{done.stderr}")
    return taken


def figures(
    repeat: int, count: int, latency_ms: float, names: tuple[str, str]
) -> dict[str, tuple[float, float]]:
    """Median and fastest seconds of the bare loop, a first run and a cached one."""
    with tempfile.TemporaryDirectory() as folder, provider(latency_ms) as url:
        project = Path(folder) / "project"
        make_project(project, count)
        env = {**os.environ, "OPENAI_BASE_URL": url, "OPENAI_API_KEY": "bench"}
        env.pop("PYTHONDONTWRITEBYTECODE", None)
        llmops = [sys.executable, "-m", "llmops_cli", "-C", str(project), "eval", "-j", str(CONCURRENCY)]
        cases = str(project / "evalsets/reviews.jsonl")
        bare = [sys.executable, str(HERE / "bare_loop.py"), url, cases, str(CONCURRENCY)]

        def forget() -> None:
            shutil.rmtree(project / ".llmops", ignore_errors=True)

        measure(llmops, 1, env=env, before=forget)  # writes bytecode, fills the disk cache
        timed = {
            f"{names[0]} bare aiohttp loop": measure(bare, repeat, env=env, before=lambda: None),
            f"{names[0]} llmops eval": measure(llmops, repeat, env=env, before=forget),
            f"{names[1]} llmops eval, cached": measure(llmops, repeat, env=env, before=lambda: None),
        }
    return {name: (statistics.median(taken), min(taken)) for name, taken in timed.items()}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--big", action="store_true", help="also W3: 5,000 cases, 0 ms")
    options = parser.parse_args()
    found = figures(options.repeat, 500, 50, ("W1", "W2"))
    env = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    version = [sys.executable, "-m", "llmops_cli", "--version"]
    taken = measure(version, options.repeat * 2, env=env, before=lambda: None)
    found["llmops --version"] = (statistics.median(taken), min(taken))
    if options.big:
        found |= figures(max(1, options.repeat // 2), 5_000, 0, ("W3", "W3 again"))
    loop = found["W1 bare aiohttp loop"][0]
    print(f"{'work':<34}{'median':>9}{'fastest':>9}{'ratio to the W1 loop':>23}")
    for name, (median, fastest) in found.items():
        print(f"{name:<34}{median:>7.2f} s{fastest:>7.2f} s{median / loop:>23.2f}")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"largest process: {peak:.0f} MB; wanted: W1 at most 1.67, W2 0.58, --version 0.125 of the loop")


if __name__ == "__main__":
    main()
