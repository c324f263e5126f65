"""Limits of the layout that no linter holds; each message is the next step."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.structure import circle, code_lines, imports_in_rooms, lines_of_rooms

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src/llmops_cli"
MOST_LINES = 400
LARGEST_SHARE = 0.25


def test_no_file_is_longer_than_the_limit() -> None:
    sizes = {
        path.relative_to(ROOT).as_posix(): code_lines(path)
        for folder in ("src", "tests", "benchmarks", "ci")
        for path in (ROOT / folder).rglob("*.py")
    }
    assert len(sizes) > 300
    too_long = {name: size for name, size in sizes.items() if size > MOST_LINES}
    assert not too_long, "split these by what they do; move whole functions, and lose no test"


def test_folders_of_a_room_import_each_other_in_no_circle() -> None:
    rooms = imports_in_rooms(PACKAGE)
    assert {"compare", "evals", "gate"} <= rooms.keys(), "these have folders that import from each other"
    circles = [" and ".join(map(str, way)) for way in map(circle, rooms.values()) if way]
    assert not circles, "move what both folders need to a place below both, or make them one folder"


def test_no_room_holds_more_than_a_quarter_of_the_code() -> None:
    rooms = lines_of_rooms(PACKAGE)
    whole = sum(rooms.values())
    too_large = {
        name: f"{lines / whole:.0%}" for name, lines in rooms.items() if lines > whole * LARGEST_SHARE
    }
    assert not too_large, "split the room in two rows of the layers, by what each of its halves needs to know"


def test_nothing_is_imported_from_a_test() -> None:
    borrowed = [
        f"{path.relative_to(ROOT).as_posix()}:{node.lineno}"
        for folder in ("tests", "benchmarks")
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in [getattr(node, "module", None) or "", *(alias.name for alias in node.names)]
        if any(part.startswith("test_") or part == "conftest" for part in name.split("."))
    ]
    assert not borrowed, "move what several tests build to a module that holds no tests"


def package(root: Path, **files: str) -> Path:
    """A package named `app` with these modules, `/` written as two underscores."""
    for name, text in files.items():
        path = root / "app" / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        for folder in [path.parent, *path.parent.relative_to(root).parents][:-1]:
            (root / folder / "__init__.py").touch()
    return root / "app"


ROOT_AND_FOLDER = {"room__one": "from app.room.deep.two import x", "room__deep__two": "import app.room.one"}
THREE_FOLDERS = {
    "room__a__one": "def f():\n    from app.room.b import two",
    "room__b__two": "if TYPE_CHECKING:\n    from app.room.c.three import x",
    "room__c__three": "from app.room.a import one",
}
REGISTRY = {
    "room__one": "from app.room.formats.two import x",
    "room__formats__two": "from app.room.three import y\nimport app.room.formats.page.four",
    "room__formats__page__four": "from app.room.three import y",
    "room__three": "",
}
TWO_ROOMS = {
    "room__one": "from app.room.deep.two import x",
    "room__deep__two": "import app.other.three",
    "other__three": "import app.room.one",
}


@pytest.mark.parametrize(
    ("files", "ways"),
    [
        (ROOT_AND_FOLDER, ["room/one.py:1 imports room/deep/two", "room/deep/two.py:1 imports room/one"]),
        (
            THREE_FOLDERS,
            [
                "room/a/one.py:2 imports room/b/two",
                "room/b/two.py:2 imports room/c/three",
                "room/c/three.py:1 imports room/a/one",
            ],
        ),
        (REGISTRY, []),
        (TWO_ROOMS, []),
    ],
    ids=["root and folder", "three folders", "a registry is its root", "rooms are for import-linter"],
)
def test_a_circle_is_named_by_its_imports(files: dict[str, str], ways: list[str], tmp_path: Path) -> None:
    rooms = imports_in_rooms(package(tmp_path, **files))
    assert list(map(str, circle(rooms.get("room", [])))) == ways


def test_lines_are_counted_by_room(tmp_path: Path) -> None:
    made = package(
        tmp_path, room__one="x = 1\n\n# a comment\ny = 2\n", room__deep__two="z = 3\n", main="a = 1\n"
    )
    assert lines_of_rooms(made) == {"room": 3, "": 1}
