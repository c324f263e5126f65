"""The JSON of `llmops eval` is what report.schema.json says: every kind fits, and nothing documented may go.

Every other evaluation of these tests is checked too, in tests/cli/projects.py:evaluated.
"""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from llmops_cli.core import schema
from tests.cli.answering import (
    EQUALS,
    JUDGE,
    baseline_of,
    knows_all_but,
    lands,
    number_of,
    scoring,
    with_answers,
)
from tests.cli.projects import (
    CASES_PATH,
    PROJECT_PATH,
    PROMPT_PATH,
    SUITE_PATH,
    commit,
    edit,
    evaluated,
    git,
    llmops,
    misfits,
    project,
    said,
)
from tests.cli.shards import merged, run_shards
from tests.servers.provider import Provider

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.projects import Said
    from tests.servers.provider import Call

ALL = "pass_rate: {floor: 0.9, max_drop: 0.05}\n  must_pass: [id:land-001]"
QUARANTINE = {"reason": "the map is being redrawn", "until": "2999-12-31"}


def judged(call: Call, wrong: set[int], score: float) -> str:
    if "4o-2024-08" in call.model:
        return json.dumps({"reason": "kind", "score": score})
    return knows_all_but(wrong)(call)


def first_run(root: Path) -> Said:
    with Provider(knows_all_but({1})) as other, pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_BASE_URL", other.openai_url)
        return evaluated(project(root, {CASES_PATH: lands(8)}))


def regression(root: Path) -> Said:
    """Repeats, must-pass cases asked again, quarantine, flips asked again, another prompt, other cases."""
    files = {**scoring(EQUALS, rule=f"{ALL}\nrepeats: 2"), CASES_PATH: lands(20)}
    baseline_of(root, knows_all_but({2}), files)
    (root / CASES_PATH).write_text(
        lands(22, quarantine=lambda number: QUARANTINE if number == 3 else None).partition("\n")[2]
    )
    assert llmops(root, "prompts", "lock").code == 0
    edit(root, PROMPT_PATH, "Answer with one word.", "Answer.")  # with no new version: a warning
    return with_answers(knows_all_but(set(range(1, 12))), root, "--retry-flips", "2", "--filter", "id:*")


def judge_and_noise(root: Path) -> Said:
    files = {**scoring(EQUALS, JUDGE, rule="tone: {max_drop: 0.05}"), CASES_PATH: lands(6)}
    baseline_of(root, lambda call: judged(call, {0}, 0.9), files)
    return with_answers(lambda call: judged(call, {1}, 0.6), root)


def incomparable(root: Path) -> Said:
    baseline_of(root, knows_all_but(()), {CASES_PATH: lands(6), PROJECT_PATH: "store_outputs: false\n"})
    edit(root, SUITE_PATH, "equals:", "contains:")
    return with_answers(knows_all_but(()), root)


def errors(root: Path) -> Said:
    def answer(call: Call) -> Any:
        text: Any = {"choices": []} if number_of(call) == 2 else knows_all_but(())(call)
        return text

    baseline_of(root, knows_all_but(()), {CASES_PATH: lands(6)})
    return with_answers(answer, root)


def lowered_baseline(root: Path) -> Said:
    baseline_of(
        root, knows_all_but(()), {CASES_PATH: lands(10), "llmops.yaml": "policy: {max_age_days: 1}\n"}
    )
    commit(root)
    git(root, "checkout", "-q", "-b", "cheaper")
    with_answers(knows_all_but({1, 2, 3, 4, 5, 6}), root)
    assert llmops(root, "baseline", "accept", "--all", "--reason", "cheaper").code == 0
    commit(root)
    return with_answers(knows_all_but({1, 2, 3, 4, 5, 6}), root, "--base", "main")


def outside_of_git(root: Path) -> Said:
    said = first_run(root)
    assert said.data["run"]["commit"] is None
    return said


def only_what_changed(root: Path) -> Said:
    baseline_of(root, knows_all_but(()), {CASES_PATH: lands(8)})
    git(root, "checkout", "-q", "-b", "more")
    edit(root, SUITE_PATH, "max_drop: 0.05", "max_drop: 0.06")
    return with_answers(knows_all_but(()), root, "--changed", "--base", "main")


def stopped(root: Path) -> Said:
    """What is written in the place of a report where a file is wrong."""
    file = root / "report.json"
    said = llmops(project(root, {PROMPT_PATH: "id: capital\nversion: one\n"}), "eval", "-o", str(file))
    return replace(said, out=file.read_text("utf-8"))


def another_model(root: Path) -> Said:
    baseline_of(root, knows_all_but(()), {CASES_PATH: lands(8)})
    edit(root, PROMPT_PATH, "gpt-4o-mini-2024-07-18", "gpt-4o-2024-08-06")
    return with_answers(knows_all_but({1}), root)


def one_shard(root: Path) -> Said:
    """A shard whose calls fail."""
    with Provider(lambda _: {"choices": []}) as other, pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_BASE_URL", other.openai_url)
        return evaluated(project(root, {CASES_PATH: lands(8)}), "--shard", "1/2")


def merged_shards(root: Path) -> Said:
    root = project(root / "repo", {CASES_PATH: lands(8)})
    with Provider(knows_all_but({1})) as other, pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_BASE_URL", other.openai_url)
        return merged(root, run_shards(root, 2))


def offline(root: Path) -> Said:
    return evaluated(project(root, {CASES_PATH: lands(8)}), "--offline")


def another_price(root: Path) -> Said:
    """A price that moved, and answers that only the author of the change recorded."""
    price = "prices: {openai/gpt-4o-mini-2024-07-18: {input_per_million: 1, output_per_million: 2}}\n"
    files = {**scoring(EQUALS, rule="cost_usd: {max_rise: 10%}"), CASES_PATH: lands(6), "llmops.yaml": price}
    baseline_of(root, knows_all_but(()), files)
    git(root, "checkout", "-q", "-b", "cheaper")
    edit(root, "llmops.yaml", "input_per_million: 1", "input_per_million: 0.5")
    with_answers(knows_all_but(()), root, "--record")
    commit(root)
    return with_answers(knows_all_but(()), root, "--base", "main", "--cache", "replay")


KINDS = {
    "another price": (another_price, "PASSED"),
    "first run": (first_run, "NO_BASELINE"),
    "regression": (regression, "REGRESSED"),
    "judge and noise": (judge_and_noise, None),
    "incomparable": (incomparable, "INCOMPARABLE"),
    "errors": (errors, "ERROR"),
    "lowered baseline": (lowered_baseline, "PASSED"),
    "only what changed": (only_what_changed, "PASSED"),
    "stopped": (stopped, "ERROR"),
    "another model": (another_model, "NO_BASELINE"),
    "one shard": (one_shard, "NOT_JUDGED"),
    "merged shards": (merged_shards, "NO_BASELINE"),
    "offline": (offline, "ERROR"),
    "outside of git": (outside_of_git, "NO_BASELINE"),
}


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A report of each kind."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_API_KEY", "sk-loopback")
        return {kind: made(tmp_path_factory.mktemp("p")).data for kind, (made, _) in KINDS.items()}


def test_every_kind_fits(reports: dict[str, Any]) -> None:
    for kind, report in reports.items():
        assert misfits(report) == [], kind
        assert report["verdict"] == (KINDS[kind][1] or report["verdict"]), kind


def objects(value: Any, wanted: dict[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Every object of a report whose shape is fixed, with its schema."""
    while "$ref" in wanted or "oneOf" in wanted:
        if "oneOf" in wanted:
            if value is None:
                return
            (wanted,) = (choice for choice in wanted["oneOf"] if choice.get("type") != "null")
        else:
            wanted = schema.shipped("report")["$defs"][wanted["$ref"].rpartition("/")[2]]
    if isinstance(value, list):
        for item in value:
            yield from objects(item, wanted.get("items", {}))
    elif isinstance(value, dict):
        if wanted.get("additionalProperties") is False:
            yield value, wanted
        for key, inner in value.items():
            below = wanted.get("properties", {}).get(key, wanted.get("additionalProperties") or {})
            yield from objects(inner, below if isinstance(below, dict) else {})


def test_a_property_that_goes_or_comes_is_found(reports: dict[str, Any]) -> None:
    """In every object of every shape: without any of its properties, or with one more, it fits no more."""
    seen: set[str] = set()
    for report in reports.values():
        tried = copy.deepcopy(report)
        for found, wanted in objects(tried, schema.shipped("report")):
            if wanted["title"] in seen:
                continue
            seen.add(wanted["title"])
            assert set(found) == set(wanted["properties"]) == set(wanted["required"])
            for key in list(found):
                kept = found.pop(key)
                assert misfits(tried), f"{wanted['title']} without {key} fits"
                found[key] = kept
            found["more"] = 1
            assert misfits(tried), f"{wanted['title']} with one property more fits"
            del found["more"]
    every = schema.shipped("report")["$defs"].values()
    named = {shape["title"] for shape in every if "title" in shape}
    assert seen >= named, f"no report of these tests has {named - seen}"


def test_everything_is_described() -> None:
    def undescribed(name: str, shape: dict[str, Any]) -> Iterator[str]:
        for key, inner in shape.get("properties", {}).items():
            if "description" not in inner:
                yield f"{name}.{key}"
            yield from undescribed(f"{name}.{key}", inner)
            yield from undescribed(f"{name}.{key}", inner.get("items", {}))

    published = schema.shipped("report")
    shapes = {"report": published, **published["$defs"]}
    assert [gap for name, shape in shapes.items() for gap in undescribed(name, shape)] == []


def test_it_is_printed() -> None:
    assert said("schema", "report").data == schema.shipped("report")


def test_a_file_fits_like_stdout(tmp_path: Path, provider: Provider) -> None:
    file = tmp_path / "report.json"
    assert llmops(project(tmp_path / "p"), "eval", "-o", str(file)).code == 0
    report = json.loads(file.read_text("utf-8"))
    assert misfits(report) == []
    assert report["verdict"] == "NO_BASELINE"
