"""`llmops eval -o report.html`: the page of a real run."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from tests.cli.answering import EQUALS, baseline_of, knows_all_but, lands, scoring, shown_with
from tests.cli.projects import CASES_PATH, PROMPT_PATH, edit, llmops, project

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.provider import Provider


def test_a_run_is_one_page_with_every_case_and_its_messages(tmp_path: Path, provider: Provider) -> None:
    root, page = tmp_path / "p", tmp_path / "report.html"
    rule = "pass_rate: {max_drop: 0.05}"
    baseline_of(root, knows_all_but({7}), {CASES_PATH: lands(40), **scoring(EQUALS, rule=rule)})
    edit(root, PROMPT_PATH, "Answer with one word.", "Answer </script> briefly.")
    said = shown_with(knows_all_but(range(12)), root, "-o", str(page))
    assert said.code == 1
    text = page.read_text("utf-8")
    assert '<h1><strong class="word">REGRESSED</strong> <bdi>capitals pass_rate' in text
    assert text.count("</script>") == 3
    assert "Cases by equals" in text
    table, details = (
        json.loads(re.findall(rf'<script type="application/json" id="data-{name}">(.*)</script>', text)[0])
        for name in ("table", "details")
    )
    names = [table["strings"][row[2]] for row in table["rows"]]
    assert len(names) == 41
    assert sum(row[3] == 1 and row[4] == 0 for row in table["rows"]) == 11  # fail now, passed before
    assert sum("Answer </script> briefly." in words for words in details["strings"]) == 1


def test_what_is_wrong_with_the_files_is_a_page_too(tmp_path: Path, idle: Provider) -> None:
    page = tmp_path / "report.html"
    said = llmops(project(tmp_path / "p", {PROMPT_PATH: "id: [\n"}), "eval", "-o", str(page))
    assert said.code == 2
    assert '<strong class="word">WRONG</strong>' in page.read_text("utf-8")
