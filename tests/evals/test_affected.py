"""Placing changed files: whatever changes, more changes never run fewer suites."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmops_cli.core.project import find_project
from llmops_cli.evals.affected.affected import Affected
from llmops_cli.evals.affected.placing import Placing
from llmops_cli.evals.workspace import open_workspace, require_sound
from tests.cli.changed import BOTH, MORE
from tests.cli.projects import FILES, PROJECT_PATH, project

if TYPE_CHECKING:
    from llmops_cli.evals.affected.placing import PlacedFile

SETTINGS = "changed: {ignore: ['src/**', 'evalsets/**', 'prompts/**']}\n"
NAMES = (
    "prompts",
    "evalsets",
    "scorers",
    "baselines",
    "src",
    *BOTH,
    "_tone.j2",
    "a.yaml",
    "b.jsonl",
    "c.md",
    "d",
)
PATHS = st.one_of(
    st.sampled_from([*FILES, *MORE, "models.yaml", "prompts/prompts.lock"]),
    st.lists(st.one_of(st.sampled_from(NAMES), st.text("aé\n *[].", min_size=1)), min_size=1, max_size=4).map(
        "/".join
    ),
)


@pytest.fixture(scope="module")
def placing(tmp_path_factory: pytest.TempPathFactory) -> Placing:
    root = project(tmp_path_factory.mktemp("affected"), {**MORE, PROJECT_PATH: SETTINGS})
    return Placing(require_sound(open_workspace(find_project(root))), frozenset({"capital"}))


def reach(files: list[PlacedFile]) -> set[str]:
    return set(Affected("main", "0" * 40, tuple(files), 0, tuple(BOTH)).to_run)


@given(st.lists(PATHS), st.lists(PATHS))
def test_more_changes_never_run_fewer_suites(placing: Placing, some: list[str], more: list[str]) -> None:
    fewer = [placing.place(path) for path in some]
    assert reach(fewer) <= reach([*fewer, *map(placing.place, more)])


@given(PATHS)
def test_a_file_is_placed_or_every_suite_runs(placing: Placing, path: str) -> None:
    file = placing.place(path)
    assert file.path == path
    assert file.why
    assert file.placed or reach([file]) == set(BOTH)
    if path in (*FILES, *MORE):
        named = [suite for suite in BOTH if path in READ[suite]]
        assert reach([file]) >= set(named), "an ignored file that a suite reads still counts"


READ = {
    "capitals": [*FILES],
    "greetings": [
        PROJECT_PATH,
        *(path for path in MORE if path.startswith(("prompts/greet", "prompts/deep", "evalsets", "schemas"))),
    ],
}
