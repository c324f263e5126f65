"""Runs of shards, where they would lie after a matrix of jobs, and merging them."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

from tests.cli.answering import lands
from tests.cli.projects import CASES_PATH, SUITE_PATH, llmops, misfits

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.projects import Said


def run_shards(root: Path, of: int, *arguments: str, only: tuple[int, ...] = ()) -> Path:
    """Run each shard, and move its runs where a job's artifact would be; the folder of all of them."""
    artifacts = root.parent / "artifacts"
    for number in only or range(1, of + 1):
        shutil.rmtree(root / ".llmops/runs", ignore_errors=True)
        ran = llmops(root, "eval", "--shard", f"{number}/{of}", *arguments)
        assert ran.code == 0, ran.both
        upload(root, artifacts / f"shard-{number}")
    return artifacts


def upload(root: Path, folder: Path) -> None:
    """What actions/upload-artifact would keep of the runs."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(root / ".llmops/runs", folder / ".llmops/runs")
    shutil.rmtree(root / ".llmops/runs")


def merged(root: Path, *arguments: str | Path) -> Said:
    """`llmops merge --format json`, which fits the published schema, too."""
    made = llmops(root, "merge", "--format", "json", *map(str, arguments))
    if made.out:
        assert misfits(made.data) == []
    return made


def run_of(artifacts: Path, number: int) -> Path:
    """The folder of the run of one shard."""
    (folder,) = (artifacts / f"shard-{number}/.llmops/runs").iterdir()
    return folder


def edit_header(folder: Path, **changes: Any) -> None:
    """Change keys of a run's header; None removes one."""
    header = json.loads((folder / "run.json").read_text("utf-8"))
    header |= changes
    kept = {key: value for key, value in header.items() if value is not None}
    (folder / "run.json").write_text(json.dumps(kept), "utf-8")


def newest_run(root: Path) -> Path:
    """The folder of the newest run of a project."""
    return max((root / ".llmops/runs").iterdir())


SEVERAL = {
    CASES_PATH: lands(12, tags=lambda number: ["vip"] if number % 3 == 0 else None),
    SUITE_PATH: """\
id: capitals
prompt: capital
cases: capitals.jsonl
repeats: 2
scorers:
  - equals: "{{ expected }}"
  - levenshtein: "{{ expected }}"
    weight: 2
gate:
  pass_rate: {max_drop: 0.05}
  levenshtein: {max_drop: 0.1}
  must_pass: [tag:vip]
""",
    "evalsets/second.yaml": """\
id: second
prompt: capital
cases: capitals.jsonl
scorers:
  - contains: City
""",
}
