"""The other side of `apart.py`: reads calls from its input, and writes what came of them."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from llmops_cli.core.tree import WorkingTree
from llmops_cli.models.answer import Answer
from llmops_cli.scorers.base import Surroundings
from llmops_cli.scorers.python import PythonFunction
from llmops_cli.scorers.sample import Sample


def main() -> None:
    """Answer one list of calls."""
    # Whatever a scorer prints, from C too, is no answer.
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    task = json.load(sys.stdin)
    root = Path(task["folder"])
    surroundings = Surroundings(WorkingTree(root), str, root, watched=False)
    scorers = [
        PythonFunction({"path": f"{scorer['path']}:{scorer['function']}"}, surroundings)
        for scorer in task["scorers"]
    ]
    results = [_measured(scorers[call["scorer"]], call) for call in task["calls"]]
    with answer:
        json.dump(results, answer)


def _measured(scorer: PythonFunction, call: dict[str, Any]) -> dict[str, Any]:
    given = call["sample"]
    tuples = {name: tuple(given[name]) for name in ("tags", "context", "messages")}
    sample = Sample(**{**given, **tuples, "answer": Answer.from_json(given["answer"])})
    try:
        measurement = scorer.measure(sample, {"args": call["args"]})
    except Exception as error:  # noqa: BLE001 - it is foreign code
        return {"error": f"{type(error).__name__}: {error}"}
    return {"value": measurement.value, "reason": measurement.reason}


if __name__ == "__main__":
    main()
