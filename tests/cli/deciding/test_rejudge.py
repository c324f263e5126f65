"""A judge that changed: nobody can compute what it would say, and --rejudge asks it."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import pytest

from tests.cli.answering import JUDGE, JUDGE_MODEL, number_of, only, with_answers
from tests.cli.deciding.changing import LOOSE, SCORER, USE, rescored, started, suite
from tests.cli.projects import MODEL, PROJECT_PATH, SUITE_PATH, commit, edit, llmops, write
from tests.servers.provider import Provider

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.projects import Said
    from tests.servers.provider import Call

pytestmark = pytest.mark.usefixtures("idle")
RULE = "tone: {max_drop: 0.05}"


@cache
def polite(many: int) -> Callable[[Call], str]:
    """A model, so many of whose answers are polite, and its judges: of a lax rubric all are."""

    def answer(call: Call) -> str:
        if call.model != JUDGE_MODEL.partition("/")[2]:
            return f"good {'please' if number_of(call) < many else 'now'}"
        asked = " ".join(str(message["content"]) for message in call.body["messages"])
        kind = "please" in asked or "Is it text?" in asked
        return f'{{"reason": "so", "score": {int(kind)}}}'

    return answer


def started_with_judge(root: Path) -> Path:
    """A suite with a judge, whose answers are polite for the most part."""
    files = {SUITE_PATH: suite(USE, JUDGE, rule=RULE)}
    return started(root, files, answer=polite(36))


def ran(root: Path, many: int, *arguments: str) -> Said:
    commit(root, "Change")
    return with_answers(polite(many), root, "--base", "main", *arguments)


def test_a_changed_judge_is_incomparable_until_it_is_asked(tmp_path: Path) -> None:
    root = started_with_judge(tmp_path)
    edit(root, SUITE_PATH, "Is it polite?", "Is it polite and short?")
    said = ran(root, 36)
    assert (said.code, said.data["verdict"]) == (1, "INCOMPARABLE")
    assert "a judge would have to be asked: --rejudge" in str(only(said)["metrics"]["tone"]["reasons"])
    asked = with_answers(polite(36), root, "--base", "main", "--rejudge")
    assert (asked.code, asked.data["verdict"]) == (0, "PASSED"), asked.both
    assert rescored(asked)["same"] == 40
    assert "asking the judges of now about 40 answers of the baseline" in asked.err


def test_a_lax_judge_does_not_let_worse_answers_pass(tmp_path: Path) -> None:
    root = started_with_judge(tmp_path)
    edit(root, SUITE_PATH, "Is it polite?", "Is it text?")
    said = ran(root, 6, "--rejudge")
    assert (said.code, said.data["verdict"]) == (1, "INCOMPARABLE")
    assert "the scorers of the base disagree: REGRESSED by them" in str(only(said)["metrics"])


def test_a_judge_that_is_edited_does_not_hide_a_loosened_scorer(tmp_path: Path) -> None:
    graded = JUDGE.replace("\n    threshold: 0.5", "")
    root = started(tmp_path, {SUITE_PATH: suite(USE, graded)}, answer=polite(36))
    edit(root, SUITE_PATH, "Is it polite?", "Is it polite and short?")
    write(root / SCORER, LOOSE)
    commit(root, "Change")

    def worse(call: Call) -> str:
        return polite(36)(call).replace("good", "bad")

    said = with_answers(worse, root, "--base", "main")
    assert (said.code, said.data["verdict"]) == (1, "INCOMPARABLE")


PRICES = (
    f"prices:\n  {MODEL}: {{input_per_million: 0, output_per_million: 0}}\n"
    f"  {JUDGE_MODEL}: {{input_per_million: 1000000, output_per_million: 0}}\n"
)


def test_what_it_spends_is_in_the_cost_of_the_run(tmp_path: Path) -> None:
    """Only the judge costs something: a dollar for each token that it is asked."""
    root = started_with_judge(tmp_path)
    with (root / PROJECT_PATH).open("a", encoding="utf-8") as file:
        file.write(PRICES)
    before = only(ran(root, 36))
    edit(root, SUITE_PATH, "Is it polite?", "Is it polite and short?")
    said = only(ran(root, 36, "--rejudge"))
    assert (before["calls"], said["calls"], said["cost_known_calls"]) == (40, 120, 120)
    # Forty answers of the run by either judge, and forty of the baseline by the new one.
    assert (before["cost_usd"], said["cost_usd"]) == (1600, 4800)
    with Provider(polite(36)) as other, pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_BASE_URL", other.openai_url)
        told = llmops(root, "eval", "--base", "main", "--rejudge", "--cache", "off", "--format", "markdown")
    assert "judges asked again about 80 answers · spent" in told.out
    assert "$4,800.00 · cost of all answers $4,800.00" in re.sub("</?span>", "", told.out)
