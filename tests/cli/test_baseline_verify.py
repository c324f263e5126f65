"""`llmops baseline verify`: scores edited by hand are found, also when the digest was made anew."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from llmops_cli.baselines.read import from_text
from llmops_cli.baselines.write import to_text
from llmops_cli.compare.snapshot import bases
from tests.cli.beginnings import locked
from tests.cli.projects import (
    BASELINE_PATH,
    CAPITALS,
    CASES_PATH,
    PROJECT_PATH,
    SUITE_PATH,
    accepted,
    capital,
    cases,
    changed,
    edit,
    lines,
    llmops,
    project,
    repository,
    write,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.servers.provider import Call, Provider

EQUALS = '- equals: "{{ expected }}"'
JUDGE = "- judge: {rubric: Polite?, model: openai/gpt-4o-2024-08-06}\n    metric: tone\n    threshold: 0.5"


def scoring(*entries: str) -> dict[str, str]:
    return changed(SUITE_PATH, EQUALS, "\n  ".join(entries))


def tampered(root: Path, case_id: str, **scores: tuple[float, ...]) -> None:
    """Change scores of a case the way someone would who knows the digest."""
    before = from_text((root / BASELINE_PATH).read_text("utf-8"), BASELINE_PATH)
    case = before.cases[case_id]
    case = replace(case, scores={**case.scores, **scores})
    write(root / BASELINE_PATH, to_text(replace(before, cases={**before.cases, case_id: case})))


def verified(root: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    """The exit code and the one file of the answer."""
    said = llmops(root, "baseline", "verify", "--format", "json", *arguments)
    assert said.out, said.err
    (file,) = said.data["baselines"]
    return said.code, file


def words(text: str) -> str:
    """The text without its line breaks."""
    return " ".join(text.split())


def test_a_baseline_as_it_was_written(tmp_path: Path, provider: Provider) -> None:
    root = locked(tmp_path)
    said = llmops(root, "baseline", "verify")
    assert (said.code, said.err) == (0, "")
    assert said.out == (
        "AGREED: 1 baseline, 10 of 10 cases recomputed\n"
        "\n"
        f"{BASELINE_PATH}\n"
        "  recomputed 10 of 10 cases: equals, pass_rate\n"
    )
    assert provider.count == 0


def test_a_score_edited_together_with_the_digest(tmp_path: Path, provider: Provider) -> None:
    root = locked(tmp_path)
    tampered(root, "spain", equals=(0.0,), pass_rate=(0.0,))
    assert llmops(root, "check").code == 0, "the digest is right, so nothing else can tell"
    said = llmops(root, "baseline", "verify", "capitals")
    assert said.code == 1
    assert said.out == SNAPSHOT
    code, file = verified(root)
    assert (code, file["sound"], file["problems"]) == (1, False, [])
    row = 2 + sorted(CAPITALS).index("Spain")
    assert file["mismatches"] == [
        {
            "case": "spain",
            "metric": metric,
            "stored": [0.0],
            "recomputed": [1.0],
            "place": f"{BASELINE_PATH}:{row}",
        }
        for metric in ("equals", "pass_rate")
    ]


SNAPSHOT = f"""\
WRONG: 2 scores that the recorded answers do not give, in 1 of 1 baseline

{BASELINE_PATH}
  recomputed 10 of 10 cases: equals, pass_rate

  case   metric     stored  recomputed  place
  ─────  ─────────  ──────  ──────────  ─────────────────────────────────────────────────────────
  spain  equals          0           1  {BASELINE_PATH}:11
  spain  pass_rate       0           1  {BASELINE_PATH}:11

Next
  • see who changed it: git log -p -- {BASELINE_PATH}
  • bring the last good one back: git checkout COMMIT --
    {BASELINE_PATH}
"""


@pytest.mark.parametrize(
    "scores",
    [{"pass_rate": (0.0,)}, {"equals": (0.5,)}, {"bonus": (1.0,)}],
    ids=str,
)
def test_every_kind_of_edited_score(
    scores: dict[str, tuple[float, ...]], tmp_path: Path, provider: Provider
) -> None:
    root = locked(tmp_path)
    tampered(root, "peru", **scores)
    code, file = verified(root)
    if "bonus" in scores:
        assert code == 0
        assert file["not_recomputed"] == [
            {"metric": "bonus", "reason": "the suite has no such scorer now", "cases": 1}
        ]
        return
    assert code == 1
    assert {(found["case"], found["metric"]) for found in file["mismatches"]} == {("peru", *scores)}


def test_a_score_edited_by_hand_alone(tmp_path: Path, provider: Provider) -> None:
    root = locked(tmp_path)
    edit(root, BASELINE_PATH, '"equals": [1.0], "pass_rate": [1.0]', '"equals": [0.5], "pass_rate": [1.0]')
    place = f"{BASELINE_PATH}:1"
    for command in ("check", "eval"):
        refused = llmops(root, command)
        assert refused.code == 2
        assert f"{place}: the header's metrics are not those of the cases" in words(refused.both)
    said = llmops(root, "baseline", "verify")
    assert said.code == 1
    assert f"{place}: the header's metrics are not those of the cases" in words(said.out)
    assert "cuba" in said.out


def test_who_accepted_edited_by_hand(tmp_path: Path, provider: Provider) -> None:
    root = locked(tmp_path)
    edit(root, BASELINE_PATH, "Ada <ada@example.com>", "Eve <eve@example.com>")
    said = llmops(root, "baseline", "verify")
    assert said.code == 1
    assert said.out.startswith("WRONG: 1 file edited by hand, in 1 of 1 baseline\n")
    assert f"{BASELINE_PATH}:1: the digest is not that of the file: it was edited by hand" in words(said.out)


def test_the_deep_checks_are_made_where_the_digest_is_right(tmp_path: Path, provider: Provider) -> None:
    root = locked(tmp_path)
    before = from_text((root / BASELINE_PATH).read_text("utf-8"), BASELINE_PATH)
    case = replace(before.cases["peru"], outputs=("Cusco",))
    write(root / BASELINE_PATH, to_text(replace(before, cases={**before.cases, "peru": case})))
    assert llmops(root, "check").code == 0
    code, file = verified(root)
    assert code == 1
    assert [problem["message"] for problem in file["problems"]] == [
        "an output is not the one its hash was made of"
    ]


def judging(call: Call) -> str:
    return '{"reason": "kind", "score": 0.75}' if "4o-2024-08" in call.model else capital(call)


def coverage(root: Path) -> tuple[int, str]:
    """The exit code, and the line of terminal output that says what was recomputed."""
    said = llmops(root, "baseline", "verify")
    text = words(said.out)
    return said.code, text[text.index("recomputed ", text.index(".jsonl")) :]


def test_a_judge_is_not_asked(tmp_path: Path, provider: Provider) -> None:
    root = locked(tmp_path, scoring(EQUALS, JUDGE), answer=judging)
    assert coverage(root) == (
        0,
        "recomputed 10 of 10 cases: equals; not recomputed: pass_rate (rests on tone), tone (a judge)",
    )
    assert provider.count == 0
    tampered(root, "peru", pass_rate=(0.0,))
    code, file = verified(root)
    assert (code, [found["metric"] for found in file["mismatches"]]) == (1, ["pass_rate"]), (
        "no pass may contradict the scores beside it"
    )


def test_nothing_but_a_judge(tmp_path: Path, provider: Provider) -> None:
    code, said = coverage(locked(tmp_path, scoring(JUDGE), answer=judging))
    assert code == 0
    assert said == ("recomputed 0 of 10 cases; not recomputed: pass_rate (rests on tone), tone (a judge)")


def changed_scorer(root: Path) -> None:
    edit(root, SUITE_PATH, EQUALS, '- equals: {value: "{{ expected }}", ignore-case: true}')


def other_inputs(root: Path) -> None:
    edit(root, CASES_PATH, '"expected": "Lima"', '"expected": "lima"')


def case_gone(root: Path) -> None:
    write(root / CASES_PATH, cases(**{name: city for name, city in CAPITALS.items() if name != "Peru"}))


def file_gone(root: Path) -> None:
    (root / ".llmops/flag").unlink()


NAMED = """\
from pathlib import Path


def named(output, case):
    return Path(__file__).parents[1].joinpath(".llmops/flag").read_text() == "up"
"""


@pytest.mark.parametrize(
    ("files", "after", "said"),
    [
        (
            scoring(EQUALS, "- contains: a\n    weight: 2"),
            changed_scorer,
            (
                "recomputed 10 of 10 cases: contains; not recomputed: equals (the scorer changed), "
                "pass_rate (its scorers changed), score (its scorers changed)"
            ),
        ),
        (
            {},
            other_inputs,
            "recomputed 9 of 10 cases: equals, pass_rate; not recomputed: 1 case (other inputs now)",
        ),
        (
            {},
            case_gone,
            "recomputed 9 of 10 cases: equals, pass_rate; not recomputed: 1 case (not in the suite now)",
        ),
        (
            {PROJECT_PATH: "store_outputs: false\n"},
            None,
            "recomputed 0 of 10 cases; not recomputed: 10 cases (only hashes of the answers are kept)",
        ),
        (
            scoring(EQUALS, "- latency: 60"),
            None,
            (
                "recomputed 10 of 10 cases: equals; not recomputed: latency (it measures more than the "
                "answer's text), "
                "pass_rate (rests on latency)"
            ),
        ),
        (
            {
                **scoring(EQUALS, "- python: scorers/n.py:named"),
                "scorers/n.py": NAMED,
                ".llmops/flag": "up",
                ".gitignore": ".llmops/\n",
            },
            file_gone,
            (
                "recomputed 10 of 10 cases: equals, pass_rate; not recomputed: python (it raises: "
                "scorers/n.py:5: FileNotFoundError"
            ),
        ),
    ],
    ids=["scorer", "inputs", "case", "hashes-only", "latency", "raises"],
)
def test_what_cannot_be_recomputed_is_named_with_its_reason(
    files: dict[str, str | bytes | None],
    after: Callable[[Path], None] | None,
    said: str,
    tmp_path: Path,
    provider: Provider,
) -> None:
    root = locked(tmp_path, files)
    if after is not None:
        after(root)
    code, found = coverage(root)
    assert code == 0
    assert found.startswith(said)


def test_hashes_alone_are_a_warning_in_words(tmp_path: Path, provider: Provider) -> None:
    root = locked(tmp_path, {PROJECT_PATH: "store_outputs: false\n"})
    said = llmops(root, "baseline", "verify")
    assert said.code == 0
    assert said.out.startswith("NOTHING RECOMPUTED: 1 baseline, and only the digest was checked\n")


def stripped(root: Path, *case_ids: str) -> None:
    """Take the answers of some cases out and change their scores, with a right digest."""
    before = from_text((root / BASELINE_PATH).read_text("utf-8"), BASELINE_PATH)
    made = {
        key: replace(before.cases[key], outputs=(None,), scores={"equals": (0.0,), "pass_rate": (0.0,)})
        for key in case_ids
    }
    write(root / BASELINE_PATH, to_text(replace(before, cases={**before.cases, **made})))


@pytest.mark.parametrize("names", [tuple(CAPITALS), ("Peru",)], ids=["every case", "one"])
def test_answers_that_were_taken_out(names: tuple[str, ...], tmp_path: Path, provider: Provider) -> None:
    root = locked(tmp_path)
    stripped(root, *(name.lower() for name in names))
    said = llmops(root, "baseline", "verify")
    count = f"{len(names)} case{'s' if len(names) > 1 else ''}"
    assert said.code == 1
    assert said.out.startswith(f"WRONG: {count} whose answers are missing, in 1 of 1 baseline\n")
    sentence = f"the answers that the project's settings keep are not in the file: {count} of 10"
    assert sentence in words(said.out)
    assert "llmops eval capitals && llmops baseline accept capitals" in words(said.out)
    code, file = verified(root)
    assert (code, file["sound"], file["cases_without_answers"]) == (1, False, len(names))
    write(root / PROJECT_PATH, "store_outputs: false\n")
    assert llmops(root, "baseline", "verify").code == 0


def test_what_all_cases_share_is_worked_out_once(
    tmp_path: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = locked(tmp_path)
    walks: list[int] = []

    def counted(*given: Any) -> dict[str, str]:
        walks.append(1)
        return bases(*given)

    monkeypatch.setattr("llmops_cli.baselines.accept.verify.bases", counted)
    assert verified(root)[0] == 0
    assert len(walks) == 1, "once a file: once a case would be quadratic"


def test_every_repeat_and_the_scorers_of_one_case(tmp_path: Path, provider: Provider) -> None:
    rows = [
        {"id": "peru", "country": "Peru", "expected": "Lima", "scorers": [{"contains": "im"}]},
        {"id": "cuba", "country": "Cuba", "expected": "Havana", "scorers": [{"levenshtein": "Havanna"}]},
    ]
    files = {CASES_PATH: lines(*rows), **changed(SUITE_PATH, "cases:", "repeats: 3\ncases:")}
    root = locked(tmp_path, files)
    assert coverage(root) == (
        0,
        "recomputed 2 of 2 cases: contains in 1 case, equals, levenshtein in 1 case, pass_rate",
    )
    tampered(root, "cuba", levenshtein=(0.857143, 1.0, 0.857143))
    code, file = verified(root)
    assert code == 1
    assert [(m["metric"], m["stored"][1], m["recomputed"][1]) for m in file["mismatches"]] == [
        ("levenshtein", 1.0, 0.857143)
    ]


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda path: path.unlink(), "no baseline to verify\n    `llmops eval`, then"),
        (lambda path: path.write_text("<<<<<<< ours\n"), f"{BASELINE_PATH}:1"),
        (lambda path: path.write_text(path.read_text()[:-40]), f"{BASELINE_PATH}:11"),
    ],
    ids=["none", "conflict", "cut"],
)
def test_what_is_no_baseline(
    damage: Callable[[Path], object], said: str, tmp_path: Path, provider: Provider
) -> None:
    root = locked(tmp_path)
    damage(root / BASELINE_PATH)
    found = llmops(root, "baseline", "verify")
    assert (found.code, found.out) == (2, "")
    assert found.err.startswith(said)


def test_wrong_arguments(tmp_path: Path, idle: Provider) -> None:
    root = project(tmp_path)
    unknown = llmops(root, "baseline", "verify", "capitols")
    assert (unknown.code, unknown.err) == (
        2,
        "no suite has the id `capitols`\n    did you mean `capitals`?\n",
    )
    assert llmops(root, "baseline", "verify", "--format", "pdf").code == 2


def test_numbers_are_written_in_one_way(tmp_path: Path, idle: Provider) -> None:
    recorded = (
        {"id": f"c{at}", "country": "Peru", "expected": "Lima", "output": "Lima"} for at in range(1000)
    )
    root = repository(project(tmp_path, {CASES_PATH: lines(*recorded)}))
    accepted(root)
    assert "1,000 of 1,000 answers passed" in llmops(root, "runs", "show").out
    verified = llmops(root, "baseline", "verify").out
    assert verified.startswith("AGREED: 1 baseline, 1,000 of 1,000 cases recomputed\n")
    assert "recomputed 1,000 of 1,000 cases: " in verified
