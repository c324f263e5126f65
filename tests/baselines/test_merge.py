"""Merging baselines: by case, the same in either order, and never two ways of scoring in one file."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmops_cli.baselines.merge.merge import MIDDLE, OURS, THEIRS, Merged, merge
from llmops_cli.baselines.read import from_text
from llmops_cli.baselines.write import to_text
from llmops_cli.compare.scores import CaseScores, Scores
from tests.baselines.drawn import amounts, baselines, booleans, cases, hashes


def case(name: str, value: float = 1.0, **changes: Any) -> CaseScores:
    return CaseScores(name, "0" * 16, {"pass_rate": (value,)}, ("1" * 16,), (None,), **changes)


def baseline(*found: CaseScores, **changes: Any) -> Scores:
    made = Scores(
        suite="s",
        prompt="p@1.0.0",
        fingerprint="a" * 16,
        parts={"messages": "b" * 16},
        model="m/n",
        resolved=("n-1",),
        params={},
        scorers={"pass_rate": "c" * 16},
        repeats=1,
        cases={each.id: each for each in found},
        accepted={"by": "Ada", "reason": "first", "verdict": "NO_BASELINE", "previous": {}},
    )
    return replace(made, **changes)


BASE = baseline(case("a"), case("b"), case("c"))


def with_case(side: Scores, *found: CaseScores, **changes: Any) -> Scores:
    return replace(side, cases={**side.cases, **{each.id: each for each in found}}, **changes)


def without(side: Scores, name: str) -> Scores:
    return replace(side, cases={key: each for key, each in side.cases.items() if key != name})


def conflicts(merged: Merged) -> dict[str | None, str]:
    return {conflict.case: conflict.reason for conflict in merged.conflicts}


ANY_CASE = cases()
ADDED = st.lists(ANY_CASE, max_size=2)
PEOPLE = st.sampled_from(["Ada", "Bob", "Ada; Cyd"])
REASONS = st.text(max_size=3)


@st.composite
def grown(draw: st.DrawFn, base: Scores) -> Scores:
    """A baseline that a branch may have made of `base`, with the same conditions."""
    kept = {key: each for key, each in base.cases.items() if draw(booleans) or draw(booleans)}
    for key, each in list(kept.items()):
        if draw(booleans):
            kept[key] = replace(each, latency_s=draw(amounts))
        elif draw(booleans):
            kept[key] = replace(draw(ANY_CASE), id=key)
    added = draw(ADDED)
    accepted = {"by": draw(PEOPLE), "reason": draw(REASONS)}
    return replace(base, cases={**kept, **{each.id: each for each in added}}, accepted=accepted)


ANY_BASELINE = baselines()


@st.composite
def branches(draw: st.DrawFn) -> tuple[Scores | None, Scores, Scores]:
    base = draw(ANY_BASELINE)
    one, two = draw(grown(base)), draw(grown(base))
    if draw(booleans):
        two = replace(two, fingerprint=draw(hashes))
    return draw(st.sampled_from([base, None])), one, two


@given(baselines(), baselines())
def test_a_side_that_did_nothing_has_no_say(base: Scores, side: Scores) -> None:
    # Two that differ in nothing but the order of keys are equal: either may stay.
    texts = {to_text(kept) for kept in (base, side) if kept == side}
    for merged in (merge(base, side, base), merge(base, base, side), merge(base, side, side)):
        assert conflicts(merged) == {}
        assert merged.baseline == side
        assert merged.text in texts


@given(branches())
def test_either_order_gives_the_same(three: tuple[Scores | None, Scores, Scores]) -> None:
    base, one, two = three
    merged, mirrored = merge(base, one, two), merge(base, two, one)
    assert conflicts(merged).keys() == conflicts(mirrored).keys()
    if not merged.conflicts:
        assert merged.text == mirrored.text
    assert to_text(merged.ours) == to_text(mirrored.theirs)


@given(branches())
def test_what_is_merged_can_be_read_back(three: tuple[Scores | None, Scores, Scores]) -> None:
    merged = merge(*three)
    for side in (merged.ours, merged.theirs):
        assert from_text(to_text(side), "b.jsonl") == side
    if not merged.conflicts:
        assert from_text(merged.text, "b.jsonl") == merged.ours == merged.theirs


@given(branches())
def test_markers_hold_both_sides_of_exactly_the_conflicts(
    three: tuple[Scores | None, Scores, Scores],
) -> None:
    merged = merge(*three)
    assert merged.text.split("\n").count(OURS) == len(merged.conflicts)
    header = None in conflicts(merged)
    if header or merged.changed != "theirs":
        assert chosen(merged.text, ours=True) == to_text(merged.ours)
    if header or merged.changed == "theirs":
        assert chosen(merged.text, ours=False) == to_text(merged.theirs)


def chosen(text: str, *, ours: bool) -> str:
    """The file after somebody took the same side of every conflict."""
    found, side = [], None
    for line in text.split("\n"):
        if line in (OURS, MIDDLE, THEIRS):
            side = {OURS: True, MIDDLE: False, THEIRS: None}[line]
        elif side in (None, ours):
            found.append(line)
    return "\n".join(found)


def test_each_side_adds_changes_and_removes_its_own_cases() -> None:
    ours = without(with_case(BASE, case("d"), case("a", 0.0)), "b")
    theirs = with_case(BASE, case("e"), case("c", 0.5))
    merged = merge(BASE, ours, theirs)
    assert conflicts(merged) == {}
    found = {key: each.score("pass_rate") for key, each in merged.baseline.cases.items()}
    assert found == {"a": 0.0, "c": 0.5, "d": 1.0, "e": 1.0}
    assert merged.baseline.metrics == {"pass_rate": 0.625}


def test_a_case_that_both_changed_alike_is_no_conflict() -> None:
    side = with_case(BASE, case("a", 0.0), case("d"))
    assert conflicts(merge(BASE, side, with_case(side, case("e")))) == {}


def test_a_case_that_both_changed_is_one_and_says_how() -> None:
    merged = merge(BASE, with_case(BASE, case("b", 0.0)), with_case(BASE, case("b", 0.5)))
    assert conflicts(merged) == {"b": "both sides changed it: pass_rate 0 (ours), 0.5 (theirs)"}
    text = merged.text.split("\n")
    assert [text.index(mark) for mark in (OURS, MIDDLE, THEIRS)] == [2, 4, 6]
    assert chosen(merged.text, ours=True) == to_text(with_case(BASE, case("b", 0.0)))


@pytest.mark.parametrize(
    ("ours", "theirs", "said"),
    [
        (without(BASE, "b"), with_case(BASE, case("b", 0.0)), "ours removed it, theirs changed it"),
        (with_case(BASE, case("b", 0.0)), without(BASE, "b"), "theirs removed it, ours changed it"),
        (
            with_case(BASE, case("b", cluster="x")),
            with_case(BASE, case("b", cluster="y")),
            "both sides changed it: cluster",
        ),
    ],
)
def test_other_conflicts_of_a_case(ours: Scores, theirs: Scores, said: str) -> None:
    assert conflicts(merge(BASE, ours, theirs)) == {"b": said}


def test_the_time_an_answer_took_is_no_conflict() -> None:
    base = baseline(case("a", latency_s=1.0), case("b", latency_s=1.0), case("c"))
    ours = with_case(base, case("a", latency_s=2.0), case("b", 0.0, latency_s=3.0))
    theirs = with_case(base, case("a", latency_s=4.0), case("b", latency_s=5.0), case("c", latency_s=6.0))
    merged = merge(base, ours, theirs)
    assert conflicts(merged) == {}
    assert {key: each.latency_s for key, each in merged.baseline.cases.items()} == {"a": 3, "b": 3, "c": 6}
    assert merged.baseline.cases["b"].score("pass_rate") == 0.0


def test_a_file_that_has_the_tool_calls_in_its_texts_merges_with_a_newer_one() -> None:
    calls = (({"function": {"arguments": "{}", "name": "f"}, "type": "function"},),)
    newer = replace(case("a", latency_s=1.0), outputs=("x",), tool_calls=calls)
    older = replace(newer.as_texts(), latency_s=2.0)
    assert older.outputs == ('x\n{"arguments":"{}","name":"f"}',)
    base = baseline(replace(older, latency_s=3.0), case("b"))
    for ours, theirs in ((newer, older), (older, newer)):
        merged = merge(base, with_case(base, ours), with_case(base, theirs))
        assert conflicts(merged) == {}
        assert merged.baseline.cases["a"] == replace(newer, latency_s=1.5)
    other = replace(older, scores={"pass_rate": (0.0,)})
    assert merge(base, with_case(base, newer), with_case(base, other)).baseline.cases["a"] == other


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"prompt": "p@1.1.0", "fingerprint": "d" * 16},
            "prompt p@1.1.0 (ours), p@1.0.0 (theirs)",
        ),
        ({"fingerprint": "d" * 16}, f"prompt {'d' * 16} (ours), {'a' * 16} (theirs)"),
        ({"model": "m/o"}, "model m/o (ours), m/n (theirs)"),
        ({"scorers": {"pass_rate": "d" * 16, "tone": "e" * 16}}, "scorers of pass_rate, tone"),
        (
            {"judges": {"tone": {"model": "m/j", "resolved": ["j-2"], "noise": None}}},
            "judge of tone",
        ),
    ],
)
def test_scores_of_other_conditions_are_never_mixed_in(changes: dict[str, Any], said: str) -> None:
    base = replace(BASE, judges={"tone": {"model": "m/j", "resolved": ["j-1"], "noise": None}})
    ours = with_case(base, case("a", 0.0), **changes)
    theirs = with_case(without(base, "c"), case("b", 0.0), case("d"))
    merged = merge(base, ours, theirs)
    why = f"ours changed what its score depends on: {said}"
    assert conflicts(merged) == {"b": f"theirs changed it, {why}", "d": f"theirs added it, {why}"}
    # The one choice that the digest allows is that of the side whose conditions the header states.
    assert from_text(chosen(merged.text, ours=True), "b.jsonl") == merged.ours
    assert sorted(merged.ours.cases) == ["a", "b"]
    mirrored = merge(base, theirs, ours)
    assert conflicts(mirrored).keys() == {"b", "d"}
    assert from_text(chosen(mirrored.text, ours=False), "b.jsonl") == merged.ours


def test_conditions_that_both_changed_are_a_conflict_of_the_header() -> None:
    ours = with_case(BASE, case("b", 0.0), fingerprint="d" * 16)
    theirs = with_case(BASE, case("d"), scorers={"pass_rate": "e" * 16})
    merged = merge(BASE, ours, theirs)
    assert conflicts(merged) == {
        None: "both sides changed what the scores depend on: "
        f"prompt {'d' * 16} (ours), {'a' * 16} (theirs); scorers of pass_rate",
        "b": "each side scored it in its own way: pass_rate 0 (ours), 1 (theirs)",
        "d": "only theirs has it",
    }
    assert chosen(merged.text, ours=True) == to_text(ours)
    assert chosen(merged.text, ours=False) == to_text(theirs)


def test_two_versions_of_one_prompt_text_are_a_conflict_of_the_header_alone() -> None:
    ours = with_case(BASE, case("d"), prompt="p@1.0.1")
    theirs = with_case(BASE, case("e"), prompt="p@1.0.2")
    merged = merge(BASE, ours, theirs)
    assert conflicts(merged) == {None: "both sides changed: prompt"}
    assert (merged.ours.prompt, merged.theirs.prompt) == ("p@1.0.1", "p@1.0.2")
    assert sorted(merged.ours.cases) == sorted(merged.theirs.cases) == ["a", "b", "c", "d", "e"]


def test_a_file_that_both_sides_added_merges_by_case() -> None:
    merged = merge(None, baseline(case("a"), case("b")), baseline(case("a"), case("c")))
    assert conflicts(merged) == {}
    assert sorted(merged.baseline.cases) == ["a", "b", "c"]
    apart = merge(None, baseline(case("a"), case("b")), baseline(case("a", 0.0)))
    assert conflicts(apart) == {"a": "both sides added it: pass_rate 1 (ours), 0 (theirs)"}


def test_everyone_who_accepted_is_named() -> None:
    ours = with_case(
        BASE,
        case("d"),
        accepted={"by": "Bob; Ada", "reason": "x", "verdict": "REGRESSED", "approved_by": ["Cyd"]},
    )
    theirs = with_case(
        BASE,
        case("e"),
        accepted={"by": "Ada", "reason": "w", "verdict": "PASSED", "approved_by": ["Eve", "Cyd"]},
    )
    assert merge(BASE, ours, theirs).baseline.accepted == {
        "by": "Ada; Bob",
        "reason": "w; x",
        "verdict": "REGRESSED",
        "previous": {"pass_rate": 1.0},
        "approved_by": ["Cyd", "Eve"],
    }
    one_side = replace(theirs, accepted=BASE.accepted)
    assert merge(BASE, ours, one_side).baseline.accepted == ours.accepted


def test_answering_versions_are_united_where_both_sides_have_scores() -> None:
    ours = with_case(BASE, case("d"), resolved=("n-2",))
    assert merge(BASE, ours, with_case(BASE, case("e"))).baseline.resolved == ("n-1", "n-2")
    assert merge(BASE, ours, without(BASE, "a")).baseline.resolved == ("n-2",)
    both = merge(BASE, ours, with_case(BASE, case("e"), resolved=("n-3",)))
    assert both.baseline.resolved == ("n-2", "n-3")


def test_the_noise_of_a_judge_is_no_conflict_and_the_larger_one_stays() -> None:
    def judged(noise: float | None, *more: str) -> dict[str, Any]:
        judge = {"model": "m/j", "resolved": ["j"], "noise": noise}
        return {"tone": judge, **{name: {**judge, "noise": None} for name in more}}

    base = replace(BASE, judges=judged(None))
    ours = with_case(base, case("d"), judges=judged(0.1, "x"), repeats=3)
    theirs = with_case(base, case("e"), judges=judged(0.2, "y"), repeats=2)
    merged = merge(base, ours, theirs)
    assert conflicts(merged) == {}
    assert merged.baseline.judges == judged(0.2, "x", "y")
    assert merged.baseline.repeats == 3
