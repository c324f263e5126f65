"""Figures of a project's own scorer: `python -m benchmarks.workers`.

5,000 cases with recorded answers, judged by `contains`, without and with a trivial `python` scorer beside it.
Each measurement is a whole process; the two take turns. What the scorer costs is the difference of the
medians: its workers, and every answer's way to them and back.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CASES = 5_000
MOST_SECONDS = 1.0
PROMPT = """\
id: say
version: 1.0.0
model: openai/gpt-4o-mini-2024-07-18
inputs: {type: object, required: [word], properties: {word: {type: string}}}
prompt: "Say {{ word }}."
"""
SCORER = "def begins(output, case):\n    return output.startswith('answer')\n"
SUITES = {
    "without": "id: without\nprompt: say\ncases: cases.jsonl\nscorers:\n  - contains: answer\n",
    "with": (
        "id: with\nprompt: say\ncases: cases.jsonl\nscorers:\n  - contains: answer\n"
        "  - python: scorers/begins.py:begins\n"
    ),
}


def project(root: Path, count: int) -> None:
    cases = (
        {"id": f"c{number:05}", "word": f"word {number}", "output": f"answer {number}"}
        for number in range(count)
    )
    files = {
        "llmops.yaml": "name: bench\n",
        "prompts/say.yaml": PROMPT,
        "scorers/begins.py": SCORER,
        "evalsets/cases.jsonl": "".join(json.dumps(case) + "\n" for case in cases),
        **{f"evalsets/{name}.yaml": text for name, text in SUITES.items()},
    }
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)


def measured(root: Path, suite: str) -> tuple[float, float]:
    """Seconds by the clock and of CPU that one evaluation takes, its workers included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    command = [sys.executable, "-m", "llmops_cli", "-C", str(root), "eval", suite, "--format", "json"]
    done = subprocess.run(command, capture_output=True, check=False, env={**os.environ, "CI": "false"})
    seconds = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0 or json.loads(done.stdout)["subjects"][0]["failures"]:
        sys.exit(f"`{' '.join(command)}` ended with {done.returncode}: {done.stderr.decode()}")
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=5, help="processes of each kind")
    parser.add_argument("--cases", type=int, default=CASES)
    given = parser.parse_args(arguments)
    rows: dict[str, list[tuple[float, float]]] = {name: [] for name in SUITES}
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        project(root, given.cases)
        for _ in range(given.repeat):
            for suite, times in rows.items():
                times.append(measured(root, suite))
    medians = {
        suite: [statistics.median(column) for column in zip(*times, strict=True)]
        for suite, times in rows.items()
    }
    print(f"{given.cases:,} cases with recorded answers, medians of {given.repeat} whole processes")
    for suite, (clock, cpu) in medians.items():
        print(f"  {suite:8} a python scorer {clock:6.2f} s {cpu:6.2f} CPU s")
    more = medians["with"][0] - medians["without"][0]
    print(f"  more            {more:6.2f} s; wanted: at most {MOST_SECONDS:g} s")
    return int(given.cases == CASES and more > MOST_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
