"""A scorer's metric is a score in every output, whatever it is called."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.cli.answering import scoring, shown_with, words, wrong
from tests.cli.projects import llmops, project

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.provider import Provider

NAMES = ("matched_tokens", "latency_note", "seconds", "price_usd")


@pytest.mark.parametrize("name", NAMES)
def test_a_score_is_drawn_as_one(name: str, tmp_path: Path, provider: Provider) -> None:
    rule = f"{name}: {{floor: 0.95}}"
    files = scoring(f'- levenshtein: "{{{{ expected }}}}"\n    metric: {name}\n    threshold: 0.1', rule=rule)
    root = project(tmp_path / "p", files)
    paths = {form: tmp_path / f"r.{form}" for form in ("json", "csv", "html", "junit.xml", "md")}
    outputs = [part for path in paths.values() for part in ("-o", str(path))]
    said = shown_with(wrong("France", "Spain"), root, *outputs)
    assert said.code == 1, said.both
    texts = {form: path.read_text("utf-8") for form, path in paths.items()}

    metric = json.loads(texts["json"])["subjects"][0]["metrics"][name]
    value = f"{metric['now']:.3f}"
    assert re.fullmatch(r"0\.8\d\d", value)
    assert (metric["verdict"], metric["lower_is_better"]) == ("REGRESSED", False)
    for form in ("md", "html", "junit.xml"):
        assert value in texts[form], form
    assert f"{name} {value} REGRESSED" in words(said.out)

    rows = list(csv.DictReader(io.StringIO(texts["csv"].lstrip("\ufeff"))))
    cells = [float(row[f"metric.{name}"]) for row in rows]
    assert sum(cells) / len(cells) == pytest.approx(metric["now"])
    table = json.loads(re.findall(r'id="data-table">(.*)</script>', texts["html"])[0])
    units = dict(zip(table["metrics"], table["units"], strict=True))
    assert (units[name], units["cost_usd"], units["pass_rate"]) == ("graded", "usd", "rate")
    run = json.loads(texts["json"])["run"]["id"]
    shown = llmops(root, "runs", "show", run, "--case", "spain")
    assert re.search(rf"{name} +– +0\.\d\d\d", shown.out), shown.both
