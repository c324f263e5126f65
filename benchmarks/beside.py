"""This checkout beside another commit of it, in one run: `python -m benchmarks.beside [REF]`.

Whole processes of both, in turn (A B A B …), so that what else the machine does falls on both alike:

- W1: `llmops eval` of 500 cases, 50 ms an answer, 32 at a time; W2: the same from the cache;
- `llmops --version`;
- diff: `llmops diff` of two baselines of 50,000 cases and five metrics;
- page: `llmops eval -o report.html` of 5,000 cached cases.

The ratio is that of the medians, now over then. Above MOST_RATIO in one of them the exit code is 1. Without
REF it is the commit before HEAD. Its code is checked out into a temporary worktree and runs with the packages
of this environment.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.diff import FULL, write
from benchmarks.run import CONCURRENCY, make_project, provider

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
MOST_RATIO = 1.05


@dataclass(frozen=True)
class Work:
    """One command line of llmops, and the folder of state to remove before each run ("" for none)."""

    arguments: tuple[str, ...]
    forget: str = ""


@contextmanager
def other_source(reference: str) -> Iterator[Path]:
    """The `src` folder of another commit, while it is needed."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        git = ["git", "-C", str(ROOT), "worktree"]
        subprocess.run([*git, "add", "--quiet", "--detach", str(tree), reference], check=True)
        try:
            yield tree / "src"
        finally:
            subprocess.run([*git, "remove", "--force", str(tree)], check=True)


def seconds(source: Path, work: Work, env: dict[str, str]) -> float:
    """The time of one whole process that runs the code of a `src` folder."""
    if work.forget:
        shutil.rmtree(work.forget, ignore_errors=True)
    command = [sys.executable, "-m", "llmops_cli", *work.arguments]
    started = time.perf_counter()
    done = subprocess.run(
        command, env={**env, "PYTHONPATH": str(source)}, capture_output=True, text=True, check=False
    )
    taken = time.perf_counter() - started
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}\n{done.stdout}{done.stderr}")
    return taken


def diff_project(folder: Path, count: int) -> None:
    """A repository with a baseline of many cases at HEAD and another one in the working tree."""
    make_project(folder, 1)
    path = folder / "baselines/reviews/openai/gpt-4o-mini-2024-07-18.jsonl"
    path.parent.mkdir(parents=True)
    write([str(path), str(folder / "now.jsonl")], count)
    identity = ["-c", "user.name=bench", "-c", "user.email=bench@example.com"]
    subprocess.run(["git", *identity, "add", "baselines"], cwd=folder, check=True)
    subprocess.run(["git", *identity, "commit", "-qm", "baseline"], cwd=folder, check=True)
    (folder / "now.jsonl").replace(path)


def works_in(folder: Path, cases: int) -> dict[str, Work]:
    """What is measured, on projects of one side: its state may have a form of its own."""
    make_project(folder / "w1", max(cases // 100, 1))
    make_project(folder / "page", max(cases // 10, 1))
    diff_project(folder / "diff", cases)

    def evaluate(name: str, *more: str) -> tuple[str, ...]:
        return ("-C", str(folder / name), "eval", "-j", str(CONCURRENCY), *more)

    return {
        "W1": Work(evaluate("w1"), forget=str(folder / "w1/.llmops")),
        "W2": Work(evaluate("w1")),
        "--version": Work(("--version",)),
        "diff": Work(("-C", str(folder / "diff"), "diff", "HEAD:", ".")),
        "page": Work(evaluate("page", "-o", str(folder / "report.html"))),
    }


def compared(
    sides: tuple[tuple[Path, dict[str, Work]], ...], env: dict[str, str], repeat: int
) -> dict[str, tuple[float, float]]:
    """Median seconds of each work, now and then; one run of each is not counted."""
    medians = {}
    for name in sides[0][1]:
        taken: tuple[list[float], list[float]] = ([], [])
        for number in range(repeat + 1):
            for spent, (source, works) in zip(taken, sides, strict=True):
                one = seconds(source, works[name], env)
                if number:
                    spent.append(one)
        medians[name] = (statistics.median(taken[0]), statistics.median(taken[1]))
    return medians


def main(given: list[str] | None = None) -> int:
    """Print the table; 1 where a limit is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("reference", nargs="?", default="HEAD~1")
    parser.add_argument("--repeat", type=int, default=10)
    parser.add_argument("--cases", type=int, default=FULL, help="of diff; page has a tenth, W1 a hundredth")
    options = parser.parse_args(given)
    with tempfile.TemporaryDirectory() as holder, other_source(options.reference) as then:
        folder = Path(holder)
        sides = tuple(
            (source, works_in(folder / name, options.cases))
            for name, source in (("now", ROOT / "src"), ("then", then))
        )
        env = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
        with provider(50) as url:
            env |= {"OPENAI_BASE_URL": url, "OPENAI_API_KEY": "bench"}
            medians = compared(sides, env, options.repeat)
    print(f"{'work':<12}{'now':>10}{'then':>10}{'ratio':>8}   then: {options.reference}")
    for name, (now, before) in medians.items():
        print(f"{name:<12}{now:>8.3f} s{before:>8.3f} s{now / before:>8.2f}")
    print(f"medians of {options.repeat} whole processes each, in turn; wanted: at most {MOST_RATIO:g}")
    return int(options.cases >= FULL and any(now > MOST_RATIO * before for now, before in medians.values()))


if __name__ == "__main__":
    sys.exit(main())
