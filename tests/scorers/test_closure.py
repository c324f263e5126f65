"""Which files a scorer rests on: read from their text."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from llmops_cli.scorers.closure import closure
from llmops_cli.scorers.python import PythonFunction
from tests.scorers.made import surroundings

if TYPE_CHECKING:
    from pathlib import Path

    from llmops_cli.scorers.base import Scorer

FUNCTION = "def f(output, case):\n    return 1\n"
UP = "sys.path.insert(0, str(Path(__file__).resolve().parent.parent / 'lib'))"
HERE = "HERE = os.path.dirname(os.path.abspath(__file__))"
IMPORTS = {
    "a module beside it": ("import words", {"scorers/words.py": ""}),
    "a name of a module beside it": ("from words import ok", {"scorers/words.py": "ok = 1"}),
    "inside a function": ("def g():\n    import words", {"scorers/words.py": ""}),
    "a module at the project's root": ("import words", {"words.py": ""}),
    "by a name that is text": ("importlib.import_module('words')", {"scorers/words.py": ""}),
    "a package and its module": (
        "from lib.deep import words",
        {"lib/__init__.py": "", "lib/deep/__init__.py": "", "lib/deep/words.py": ""},
    ),
    "a folder without an __init__": ("import lib.words", {"lib/words.py": ""}),
    "what a module imports": ("import one", {"scorers/one.py": "import two", "scorers/two.py": ""}),
    "in a circle": ("import one", {"scorers/one.py": "import two", "scorers/two.py": "import one"}),
    "relative ones": (
        "import lib.one",
        {"lib/__init__.py": "", "lib/one.py": "from . import two\nfrom .three import x", "lib/two.py": "",
         "lib/three.py": ""},
    ),
    "a folder that is added": (f"{UP}\nimport words", {"lib/words.py": ""}),
    "a folder that is added by os.path": (
        f"{HERE}\nsys.path.append(os.path.join(HERE, 'more'))\nimport words",
        {"scorers/more/words.py": ""},
    ),
    "folders that are added together": (
        "sys.path[:0] = [str(Path(__file__).parents[1] / 'lib')]\nimport words", {"lib/words.py": ""},
    ),
    "a folder that an imported file adds": (
        "import one",
        {"scorers/one.py": f"{UP}\nimport words", "lib/words.py": ""},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", IMPORTS)
def test_every_file_of_the_project_that_is_imported_counts(tmp_path: Path, case: str) -> None:
    text, files = IMPORTS[case]
    beside = surroundings(tmp_path, {"scorers/x.py": text, **files, "scorers/other.py": ""})
    assert set(closure(beside.tree, "scorers/x.py")) == {"scorers/x.py", *files}


@pytest.mark.parametrize("text", ["import json, numpy", "from os import path", "import nowhere", "def ("])
def test_what_is_no_file_of_the_project_does_not_count(tmp_path: Path, text: str) -> None:
    beside = surroundings(tmp_path, {"scorers/x.py": text})
    assert set(closure(beside.tree, "scorers/x.py")) == {"scorers/x.py"}


def made(root: Path, files: dict[str, str], reads: tuple[str, ...] = ()) -> Scorer:
    given = replace(surroundings(root, files), reads=reads)
    return PythonFunction({"path": "scorers/x.py:f"}, given)


def test_a_file_that_stands_alone_keeps_the_identity_that_earlier_baselines_know(tmp_path: Path) -> None:
    assert made(tmp_path, {"scorers/x.py": FUNCTION}).identity == {
        "file": hashlib.sha256(FUNCTION.encode()).hexdigest()[:16]
    }


def test_line_ends_are_no_change(tmp_path: Path) -> None:
    files = {"scorers/x.py": f"import words\n{FUNCTION}", "scorers/words.py": "a = 1\n", "l.txt": "a\nb\n"}
    unix = made(tmp_path, files, ("l.txt",)).identity
    for path, text in files.items():
        (tmp_path / path).write_bytes(text.replace("\n", "\r\n").encode())
    assert made(tmp_path, {}, ("l.txt",)).identity == unix
    (tmp_path / "scorers/words.py").write_text("a = 2\n")
    assert made(tmp_path, {}, ("l.txt",)).identity != unix


def test_what_it_reads_is_part_of_it(tmp_path: Path) -> None:
    files = {"scorers/x.py": FUNCTION, "lists/a.txt": "a", "lists/b.txt": "b"}
    before = made(tmp_path, files, ("lists/*.txt",))
    assert before.files == ("scorers/x.py", "lists/*.txt", "lists/a.txt", "lists/b.txt")
    (tmp_path / "lists/b.txt").write_text("c")
    assert made(tmp_path, {}, ("lists/*.txt",)).identity != before.identity
