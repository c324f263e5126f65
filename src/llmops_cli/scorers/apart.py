"""Runs the project's own scorers as they were at a commit: in a process of its own, which ends with them.

It gets their files in a folder that is removed afterwards, no variables but those that Python needs, and an
end to its time. Both sides speak JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llmops_cli.core.environment import variables
from llmops_cli.scorers.base import Measurement

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llmops_cli.scorers.python import PythonFunction
    from llmops_cli.scorers.sample import Sample

LIMIT_S = 300
"""How long it may take altogether."""
PASSED_ON = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TMPDIR",
    "TEMP",
    "TMP",
    "SYSTEMROOT",
    "VIRTUAL_ENV",
)
"""Variables that it gets; none of them is a secret."""
CHILD = "llmops_cli.scorers.apart_child"
LAST = 300
"""Signs of what it said that are shown when it breaks."""


@dataclass(frozen=True, slots=True)
class Call:
    """A scorer that judges one answer; `option` has its templates filled in."""

    scorer: PythonFunction
    sample: Sample
    option: Mapping[str, Any]


class BrokeApartError(Exception):
    """A scorer of another commit raised, or its process did not answer."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What came of one call: a measurement, or the error in its place."""

    measurement: Measurement | None
    error: str = ""

    def value(self) -> Measurement:
        """The measurement. Raises BrokeApartError."""
        if self.measurement is None:
            raise BrokeApartError(self.error)
        return self.measurement


def measured_apart(calls: Sequence[Call]) -> list[Measured]:
    """What came of each call."""
    if not calls:
        return []
    with tempfile.TemporaryDirectory(prefix="llmops-scorers-") as name:
        folder = Path(name).resolve()
        scorers = list(dict.fromkeys(call.scorer for call in calls))
        for scorer in scorers:
            for path, data in scorer.contents.items():
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_bytes(data)
        numbers = {scorer: number for number, scorer in enumerate(scorers)}
        task = {
            "folder": str(folder),
            "scorers": [{"path": scorer.path, "function": scorer.function_name} for scorer in scorers],
            "calls": [
                {
                    "scorer": numbers[call.scorer],
                    "sample": _as_json(call.sample),
                    "args": dict(call.option.get("args", {})),
                }
                for call in calls
            ],
        }
        return _asked(task, folder, scorers[0].surroundings.root, len(calls))


def _as_json(sample: Sample) -> dict[str, Any]:
    fields = {name: getattr(sample, name) for name in sample.__dataclass_fields__}
    return {**fields, "answer": sample.answer.to_json()}


def _asked(task: Mapping[str, Any], folder: Path, root: Path, many: int) -> list[Measured]:
    environment = {name: value for name, value in variables().items() if name in PASSED_ON}
    environment["PYTHONPATH"] = os.pathsep.join(_search_path(folder, root))
    try:
        done = subprocess.run(  # noqa: S603 - no shell, and nothing of a project is in the command
            [sys.executable, "-P", "-X", "utf8", "-m", CHILD],
            input=json.dumps(task, default=str),
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=LIMIT_S,
            check=False,
            cwd=folder,
            env=environment,
        )
    except subprocess.TimeoutExpired:
        return [Measured(None, f"it took more than {LIMIT_S} seconds")] * many
    except OSError as error:
        return [Measured(None, f"its process could not be started: {error.strerror}")] * many
    try:
        return [_measured(each) for each in json.loads(done.stdout)]
    except (ValueError, KeyError, TypeError):
        said = " ".join(done.stderr.split())[-LAST:] or "it said nothing"
        return [Measured(None, f"its process ended with {done.returncode}: {said}")] * many


def _measured(data: Mapping[str, Any]) -> Measured:
    if "error" in data:
        return Measured(None, str(data["error"]))
    return Measured(Measurement(float(data["value"]), str(data["reason"])))


def _search_path(folder: Path, root: Path) -> list[str]:
    """Where this process finds modules; what it finds in the project is found in the folder."""
    project = root.resolve()
    places = [str(Path(__file__).parents[2])]
    for place in filter(None, sys.path):
        path = Path(place).resolve()
        inside = path.is_relative_to(project) and "site-packages" not in path.parts
        places.append(str(folder / path.relative_to(project)) if inside else place)
    return list(dict.fromkeys(places))
