"""Whoever adds a thing finds every place it belongs to: a missing one fails, and says the next step.

The recipes stand at the top of the `__init__.py` of each plural folder.
"""

from __future__ import annotations

import inspect
import json
import re
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from llmops_cli.checks import CHECKS
from llmops_cli.core import schema
from llmops_cli.core.source import read_yaml
from llmops_cli.evals.configure import SETTINGS
from llmops_cli.reports.formats import ENDINGS, FORMATS
from llmops_cli.scorers import SCORERS
from llmops_cli.scorers.base import Scorer
from tests.docs.pages import DOCS, blocks, section

if TYPE_CHECKING:
    from collections.abc import Mapping, Set
    from types import ModuleType

TESTS = Path(__file__).parent
SOURCE = TESTS.parent / "src/llmops_cli"
PAGE = DOCS / "file-formats.md"
WRITE_DOCS = "LLMOPS_UPDATE_SNAPSHOTS=1 pytest tests/docs"


@dataclass(frozen=True)
class Places:
    """Where the things of one kind are: what the folder holds, the list, and each other place by its step."""

    folder: Mapping[str, str]
    listed: Mapping[str, str]
    line: str
    others: Mapping[str, Set[str]]

    def next_step(self) -> str:
        """What is to be done next; "" where everything is in its place. Steps name the thing as NAME."""
        for name, where in sorted(self.folder.items()):
            if self.listed.get(name) != where:
                return self.line.replace("NAME", name).replace("WHERE", where)
        for name in sorted(self.listed.keys() - self.folder.keys()):
            return f"nothing is called `{name}`: remove its line, or write it"
        for step, names in self.others.items():
            for name in sorted(self.listed.keys() - names):
                return step.replace("NAME", name)
            for name in sorted(names - self.listed.keys()):
                return f"`{name}` is gone; undo: {step.replace('NAME', name)}"
        return ""


def modules(folder: str) -> list[tuple[str, ModuleType]]:
    names = sorted(path.stem for path in (SOURCE / folder).glob("*.py") if path.stem != "__init__")
    return [(name, import_module(f"llmops_cli.{folder.replace('/', '.')}.{name}")) for name in names]


def defines(module: ModuleType, name: str) -> bool:
    return getattr(vars(module).get(name), "__module__", "") == module.__name__


def of_scorers() -> Places:
    classes = {
        value.name: f"{stem}:{name}"
        for stem, module in modules("scorers")
        for name, value in vars(module).items()
        if inspect.isclass(value) and issubclass(value, Scorer) and "name" in vars(value)
        if value.__module__ == module.__name__
    }
    cases = {
        path.stem: read_yaml(path.read_text("utf-8"), path.name).data for path in files("scorers/*.yaml")
    }
    examples = [
        entry
        for block in blocks(PAGE)
        if block.info[1:2] == ("scorers",)
        for entry in read_yaml(block.text, "").data
    ]
    named = {key for entry in examples for key in ([entry] if isinstance(entry, str) else entry)}
    rows = set(re.findall(r"^\| `([^`]+)` \| (?:decides|graded) ", section(PAGE, "Scorers"), re.MULTILINE))
    option = schema.published("suite")["$defs"]["scorer"]["anyOf"][1]["properties"]
    hashed = json.loads((TESTS / "scorers/scoring.json").read_text("utf-8"))
    return Places(
        classes,
        SCORERS,
        'add the line "NAME": "WHERE" to SCORERS in scorers/__init__.py',
        {
            "write cases of it into tests/scorers/NAME.yaml": {name for name, data in cases.items() if data},
            "write down how `NAME` scores: LLMOPS_UPDATE_SCORERS=1 pytest tests/scorers": set(hashed),
            f"write its row into docs/file-formats.md: {WRITE_DOCS}": rows,
            f"write its part of the editors' schema: {WRITE_DOCS}": {
                name for name, about in option.items() if "$ref" in about and not name.startswith("not-")
            },
            "give an example of `NAME` under `yaml scorers` in docs/file-formats.md": {
                name for name in named if not name.startswith("not-")
            }
            - set(SETTINGS),
        },
    )


def of_formats() -> Places:
    drawing = {stem: stem for stem, module in modules("reports/formats") if defines(module, "draw")}
    snapshots = {path.name for path in files("reports/snapshots/*") if path.read_bytes().strip()}
    rows = {
        cells[0].strip().strip("`"): set(re.findall(r"`([^`]+)`", cells[1]))
        for line in section(PAGE, "Formats").splitlines()
        if line.startswith("| `") and (cells := line.strip("|").split("|"))
    }
    written = {form: {ending for ending, of in ENDINGS.items() if of == form} for form in FORMATS}
    return Places(
        drawing,
        FORMATS,
        'add the line "NAME": "WHERE" to FORMATS in reports/formats/__init__.py',
        {
            "write its row under `Formats` in docs/file-formats.md: NAME": set(rows),
            "its row in docs/file-formats.md names other endings than ENDINGS: NAME": {
                form for form, endings in rows.items() if endings == written.get(form)
            },
            "draw a snapshot that is not empty: LLMOPS_UPDATE_SNAPSHOTS=1 pytest tests/reports, for NAME": {
                form for form in FORMATS if any(re.match(rf"{form}[-.]", name) for name in snapshots)
            },
        },
    )


def of_checks() -> Places:
    finding = {stem: stem for stem, module in modules("checks") if defines(module, "find")}
    folder = TESTS / "checks"

    def having(part: str) -> set[str]:
        return {path.parent.name for path in folder.glob(f"*/{part}") if path.parent.name != "__pycache__"}

    return Places(
        finding,
        CHECKS,
        'add the line "NAME": "WHERE" to CHECKS in checks/__init__.py',
        {
            "write tests/checks/NAME/good/: a tiny project without its fault": having("good"),
            "write tests/checks/NAME/bad/: a tiny project with its fault": having("bad"),
            "say what is found: LLMOPS_UPDATE_SNAPSHOTS=1 pytest tests/checks, for NAME": having("bad.txt"),
        },
    )


def files(pattern: str) -> list[Path]:
    return sorted(TESTS.glob(pattern))


KINDS = {"scorers": of_scorers, "reports/formats": of_formats, "checks": of_checks}


@pytest.mark.parametrize("kind", KINDS)
def test_everything_is_in_its_places(kind: str) -> None:
    step = KINDS[kind]().next_step()
    assert not step, step


@pytest.mark.parametrize("kind", KINDS)
def test_each_missing_place_is_the_next_step(kind: str) -> None:
    places = KINDS[kind]()
    name = min(places.listed)
    without = {key: where for key, where in places.listed.items() if key != name}
    assert places.line.split(" ")[0] in replace(places, listed=without).next_step()
    gone = {key: where for key, where in places.folder.items() if key != name}
    assert replace(places, folder=gone).next_step().startswith(f"nothing is called `{name}`")
    assert places.others
    for step, names in places.others.items():
        fewer = {**places.others, step: names - {name}}
        assert replace(places, others=fewer).next_step() == step.replace("NAME", name)
        more = {**places.others, step: names | {"zzz"}}
        assert replace(places, others=more).next_step().startswith("`zzz` is gone")


@pytest.mark.parametrize("kind", KINDS)
def test_the_recipe_stands_in_the_folder(kind: str) -> None:
    recipe = inspect.getdoc(import_module(f"llmops_cli.{kind.replace('/', '.')}")) or ""
    assert "To add one: write" in recipe
    assert "tests/" in recipe
