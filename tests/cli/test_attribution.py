"""What changed since the baseline, named in every format; and where nothing did, how large the noise is."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.answering import (
    EQUALS,
    JUDGE,
    JUDGE_MODEL,
    RULE,
    baseline_of,
    knows_all_but,
    lands,
    number_of,
    only,
    resolved_as,
    scoring,
    shown_with,
    with_answers,
    words,
)
from tests.cli.projects import (
    BASELINE_PATH,
    CASES_PATH,
    MODEL,
    PROMPT,
    PROMPT_PATH,
    SUITE_PATH,
    accepted,
    edit,
    evaluated,
    llmops,
    project,
    repository,
    write,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tests.servers.provider import Call, Provider

SIX = {CASES_PATH: lands(6)}
SYSTEM = "  - role: system\n    content: Answer with one word.\n"
USER = '  - role: user\n    content: "What is the capital of {{ country }}?"\n'
SHOT = """\
  - role: user
    content: "What is the capital of Utopia?"
  - role: assistant
    content: Amaurot
"""
SECOND = SHOT.replace("Utopia", "Lilliput").replace("Amaurot", "Mildendo")
OTHER = "openai/gpt-4o-2024-08-06"


@dataclass(frozen=True)
class Changed:
    """A change of a file, the causes that are named, and the texts that go with them."""

    name: str
    old: str
    new: str
    causes: list[str]
    texts: list[tuple[str, str | None, str | None]] = field(default_factory=list)
    path: str = PROMPT_PATH
    files: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name.replace(" ", "-")


QUESTION = "What is the capital of {{ country }}?"
FIVE = ", ".join(f"land-00{number}" for number in range(5))
SAME = ["scorer `contains` added", "same scores on 6 of 6 stored answers"]
CHANGES = [
    Changed(
        "a message",
        "one word",
        "one short word",
        ["prompt text (system message)"],
        [("system message", "Answer with one word.", "Answer with one short word.")],
    ),
    Changed(
        "two messages",
        SYSTEM + USER,
        SYSTEM.replace("one", "a") + USER.replace("What is", "Name"),
        ["prompt text (system message, user message)"],
        [
            ("system message", "Answer with one word.", "Answer with a word."),
            ("user message", QUESTION, QUESTION.replace("What is", "Name")),
        ],
    ),
    Changed(
        "a message that is new",
        USER,
        SHOT + USER,
        ["prompt text (user message 1 added, assistant message added)"],
        [
            ("user message 1 added", None, "What is the capital of Utopia?"),
            ("assistant message added", None, "Amaurot"),
        ],
    ),
    Changed(
        "a message that is gone",
        SYSTEM,
        "",
        ["prompt text (system message removed)"],
        [("system message removed", "Answer with one word.", None)],
    ),
    Changed(
        "a message that moved",
        SYSTEM + USER,
        USER + SYSTEM,
        ["prompt text (user message moved)"],
        [("user message moved", QUESTION, QUESTION)],
    ),
    Changed(
        "examples in another order",
        SHOT + SECOND,
        SECOND + SHOT,
        ["prompt text (user message 1 moved, assistant message 1 moved)"],
        [
            ("user message 1 moved", "What is the capital of Lilliput?", "What is the capital of Lilliput?"),
            ("assistant message 1 moved", "Mildendo", "Mildendo"),
        ],
        files={PROMPT_PATH: PROMPT.replace(USER, SHOT + SECOND + USER)},
    ),
    Changed(
        "many messages",
        SHOT + SECOND,
        "",
        ["prompt text (4 messages)"],
        [
            ("user message 1 removed", "What is the capital of Utopia?", None),
            ("assistant message 1 removed", "Amaurot", None),
            ("user message 2 removed", "What is the capital of Lilliput?", None),
            ("assistant message 2 removed", "Mildendo", None),
        ],
        files={PROMPT_PATH: PROMPT.replace(USER, SHOT + SECOND + USER)},
    ),
    Changed(
        "another role",
        "role: system",
        "role: developer",
        ["prompt text (system message removed, developer message added)"],
        [
            ("system message removed", "Answer with one word.", None),
            ("developer message added", None, "Answer with one word."),
        ],
    ),
    Changed(
        "a partial",
        "kind",
        "curt",
        ["included partials"],
        [("prompts/_tone.j2", "Be kind.", "Be curt.")],
        "prompts/_tone.j2",
        {
            PROMPT_PATH: PROMPT.replace("Answer with one word.", "\"{% include '_tone.j2' %}\""),
            "prompts/_tone.j2": "Be kind.",
        },
    ),
    Changed(
        "params",
        "{temperature: 0}",
        "{temperature: 0.5, seed: 7}",
        ["params (seed unset → 7, temperature 0 → 0.5)"],
    ),
    Changed("the version alone", "1.0.0", "1.0.1", ["prompt version 1.0.0 → 1.0.1"]),
    Changed(
        "a message and the version",
        PROMPT,
        PROMPT.replace("1.0.0", "1.1.0").replace("one word", "a word"),
        ["prompt text (system message)", "prompt version 1.0.0 → 1.1.0"],
        [("system message", "Answer with one word.", "Answer with a word.")],
    ),
    Changed(
        "an output schema",
        "messages:",
        "output: {type: string}\nmessages:",
        [
            "output schema",
            "scorer `output` added",
            f"same scores on 0 of 6 stored answers: {FIVE} and 1 more",
        ],
    ),
    Changed(
        "a scorer",
        EQUALS,
        f"{EQUALS}\n  - contains: i",
        SAME,
        [],
        SUITE_PATH,
    ),
    Changed("repeats", "cases:", "repeats: 2\ncases:", ["repeats 1 → 2"], [], SUITE_PATH),
    Changed("a case", '"City 002"', '"City 2"', ["cases"], [], CASES_PATH),
]


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_what_changed(change: Changed, tmp_path: Path, provider: Provider) -> None:
    root = baseline_of(tmp_path, knows_all_but(()), {**SIX, **change.files})
    edit(root, change.path, change.old, change.new)
    subject = only(with_answers(knows_all_but(()), root))
    assert subject["changed_since_baseline"] == change.causes
    causes = subject["attribution"]["causes"]
    assert [cause["text"] for cause in causes] == change.causes
    assert subject["attribution"]["noise"] is None
    texts = [(text["label"], text["before"], text["now"]) for cause in causes for text in cause["texts"]]
    assert texts == change.texts


def test_the_terminal_shows_the_texts(tmp_path: Path, provider: Provider) -> None:
    root = baseline_of(tmp_path, knows_all_but(()), SIX)
    edit(root, PROMPT_PATH, "one word", "one short word")
    shown = shown_with(knows_all_but(()), root).out
    assert "Changed since the baseline: prompt text (system message)" in words(shown)
    assert shown[shown.index("Prompt changes") : shown.index("Run\n")] == (
        "Prompt changes\n  system message\n    - Answer with one word.\n    + Answer with one short word.\n\n"
    )


def test_a_text_that_stands_on_one_side_only_has_no_other(tmp_path: Path, provider: Provider) -> None:
    shots = (SHOT + SECOND) * 2
    files = {**SIX, PROMPT_PATH: PROMPT.replace(USER, shots + USER)}
    root = baseline_of(tmp_path, knows_all_but(()), files)
    edit(root, PROMPT_PATH, shots, "")
    shown = shown_with(knows_all_but(()), root).out
    changes = shown[shown.index("Prompt changes") : shown.index("Run\n")]
    assert "  user message 1 removed\n    - What is the capital of Utopia?\n\n  assistant" in changes
    assert "not known" not in changes
    assert "  and 2 more texts; --format json has them all\n" in changes


def test_the_pull_request_shows_the_texts(tmp_path: Path, provider: Provider) -> None:
    root = baseline_of(tmp_path, knows_all_but(()), SIX)
    edit(root, PROMPT_PATH, "one word", "one short word")
    shown = shown_with(knows_all_but(()), root, form="markdown").out
    assert shown[shown.index("Prompt changes") - 9 : shown.index("### Run")] == (
        "<summary>Prompt changes</summary>\n"
        "\n"
        "**system message**\n"
        "\n"
        "```diff\n"
        "- Answer with one word.\n"
        "+ Answer with one short word.\n"
        "```\n"
        "\n"
        "</details>\n"
        "\n"
    )


def answering_as(model: str, judge: str = "", score: float = 1.0) -> Callable[[Call], dict[str, Any]]:
    """A model that knows everything and whose provider gives it, and its judge, these names."""

    def answer(call: Call) -> dict[str, Any]:
        if call.model == JUDGE_MODEL.partition("/")[2] and "Land" in call.user and judge:
            return resolved_as(judge, json.dumps({"reason": "kind", "score": score}))
        return resolved_as(model, f"City {number_of(call):03}")

    return answer


def test_the_provider_changed_the_model(tmp_path: Path, provider: Provider) -> None:
    root = baseline_of(tmp_path, answering_as("a-1"), SIX)
    subject = only(with_answers(answering_as("a-2"), root))
    assert subject["changed_since_baseline"] == ["the provider changed the model: a-1 → a-2"]
    assert subject["attribution"]["provider_changed"] is True
    shown = shown_with(answering_as("a-2"), root).out
    assert "Changed since the baseline: the provider changed the model: a-1 → a-2" in words(shown)
    edit(root, PROMPT_PATH, "one word", "a word")
    both = only(with_answers(answering_as("a-2"), root))
    assert both["changed_since_baseline"] == [
        "prompt text (system message)",
        "model that answers: a-1 → a-2",
    ]
    assert both["attribution"]["provider_changed"] is False


def test_another_model_was_asked_for(tmp_path: Path, provider: Provider) -> None:
    root = baseline_of(tmp_path, knows_all_but(()), SIX)
    path = root / BASELINE_PATH
    edit(root, PROMPT_PATH, MODEL, OTHER)
    (root / f"baselines/capitals/{OTHER}.jsonl").write_text(path.read_text())
    said = with_answers(knows_all_but(()), root)
    assert said.code == 2, "the baseline of one model is not that of another"
    assert "this is the baseline of the model" in said.err


def test_another_judge_was_asked_for(tmp_path: Path, provider: Provider) -> None:
    root = baseline_of(tmp_path, answering_as("a-1", "j-1"), {**scoring(EQUALS, JUDGE), **SIX})
    edit(root, SUITE_PATH, JUDGE_MODEL, "openai/gpt-4o-2024-11-20")

    def answer(call: Call) -> dict[str, Any]:
        if call.model == "gpt-4o-2024-11-20":
            return resolved_as("j-2", '{"reason": "kind", "score": 1}')
        return resolved_as("a-1", f"City {number_of(call):03}")

    said = with_answers(answer, root)
    assert only(said)["changed_since_baseline"] == [
        f"judge of `tone`: {JUDGE_MODEL} → openai/gpt-4o-2024-11-20",
        "scorer `tone` changed",
    ]
    assert said.data["verdict"] == "INCOMPARABLE"


def test_a_judge_that_its_provider_changed(tmp_path: Path, provider: Provider) -> None:
    root = baseline_of(tmp_path, answering_as("a-1", "j-1"), {**scoring(EQUALS, JUDGE), **SIX})
    subject = only(with_answers(answering_as("a-1", "j-2"), root))
    assert subject["changed_since_baseline"] == ["the provider changed the judge of `tone`: j-1 → j-2"]
    assert subject["attribution"]["provider_changed"] is False, "that is said of the model that answers"


def test_noise_of_the_model(tmp_path: Path, provider: Provider) -> None:
    root = baseline_of(tmp_path, knows_all_but({0, 1}), {CASES_PATH: lands(20)})
    subject = only(with_answers(knows_all_but({1, 2, 3}), root))
    assert subject["changed_since_baseline"] == []
    assert subject["attribution"]["noise"] == {
        "cases": 20,
        "answers_changed": 3,
        "pass_rate_deviation": pytest.approx(3**0.5 / 20),
        "judged_otherwise": {},
    }
    shown = words(shown_with(knows_all_but({1, 2, 3}), root).out)
    assert (
        "Nothing changed since the baseline, so this is noise of the model: 3 of 20 answers differ; a rerun "
        "moves the pass rate by about 8.7 pt"
    ) in shown


def test_noise_of_the_judge(tmp_path: Path, provider: Provider) -> None:
    root = baseline_of(tmp_path, answering_as("a-1", "j-1", 0.9), {**scoring(EQUALS, JUDGE), **SIX})
    subject = only(with_answers(answering_as("a-1", "j-1", 0.6), root))
    assert subject["attribution"]["noise"] == {
        "cases": 6,
        "answers_changed": 0,
        "pass_rate_deviation": 0,
        "judged_otherwise": {"tone": {"cases": 6, "mean_change": pytest.approx(0.3)}},
    }
    shown = words(shown_with(answering_as("a-1", "j-1", 0.6), root).out)
    assert (
        "so this is noise of the judge: `tone` of 6 answers that stayed the same moved by 0.300 on average"
    ) in shown


def test_the_noise_of_a_judge_is_measured_where_one_answer_is_judged_twice(
    tmp_path: Path, provider: Provider
) -> None:
    text = scoring(EQUALS, JUDGE)[SUITE_PATH].replace("cases:", "repeats: 2\ncases:")
    asked: dict[int, int] = {}

    def flickering(call: Call) -> dict[str, Any]:
        if call.model != JUDGE_MODEL.partition("/")[2]:
            return resolved_as("a-1", f"City {number_of(call):03}")
        asked[number_of(call)] = asked.get(number_of(call), 0) + 1
        return resolved_as(
            "j-1", json.dumps({"reason": "kind", "score": 0.8 if asked[number_of(call)] % 2 else 0.6})
        )

    root = baseline_of(tmp_path, flickering, {SUITE_PATH: text, **SIX})
    header = json.loads((root / BASELINE_PATH).read_text().splitlines()[0])
    assert header["judges"] == {
        "tone": {"model": JUDGE_MODEL, "resolved": ["j-1"], "noise": pytest.approx(0.02**0.5, abs=1e-6)}
    }


def test_nothing_changed_and_nothing_moved(tmp_path: Path, provider: Provider) -> None:
    root = baseline_of(tmp_path, knows_all_but(()), SIX)
    shown = shown_with(knows_all_but(()), root).out
    assert "  Nothing changed since the baseline\n" in shown


def older(text: str) -> str:
    """The same baseline as the first version of llmops wrote it."""
    header, *rows = text.splitlines()
    data = json.loads(header)
    for key in ("messages", "includes", "judges", "digest"):
        del data[key]
    return "\n".join([json.dumps({**data, "schema": 1}, ensure_ascii=False), *rows]) + "\n"


def test_a_baseline_of_the_first_schema_is_read_compared_and_renewed(
    tmp_path: Path, provider: Provider
) -> None:
    root = repository(project(tmp_path))
    accepted(root)
    path = root / BASELINE_PATH
    new = path.read_text("utf-8")
    write(path, older(new))
    assert evaluated(root).data["verdict"] == "PASSED"
    assert llmops(root, "baseline", "show").code == 0
    edit(root, PROMPT_PATH, "one word", "a word")
    assert only(evaluated(root))["changed_since_baseline"] == ["prompt text"]
    edit(root, PROMPT_PATH, "a word", "one word")
    assert llmops(root, "baseline", "verify").code == 0
    assert evaluated(root).code == 0
    assert llmops(root, "baseline", "accept", "--all").code == 0
    header = json.loads(path.read_text("utf-8").splitlines()[0])
    assert (header["schema"], sorted(header.keys() & {"messages", "includes", "judges", "digest"})) == (
        2,
        ["digest", "includes", "judges", "messages"],
    )
    assert path.read_text("utf-8").splitlines()[1:] == new.splitlines()[1:]


def test_a_judge_of_an_older_baseline_is_unknown_and_not_changed(tmp_path: Path, provider: Provider) -> None:
    root = baseline_of(tmp_path, answering_as("a-1", "j-1"), {**scoring(EQUALS, JUDGE, rule=RULE), **SIX})
    path = root / BASELINE_PATH
    write(path, older(path.read_text("utf-8")))
    said = with_answers(answering_as("a-1", "j-2"), root)
    assert said.data["verdict"] == "PASSED"
    assert only(said)["changed_since_baseline"] == []


def test_the_first_schema_edited_by_hand_is_found(tmp_path: Path, provider: Provider) -> None:
    root = repository(project(tmp_path))
    accepted(root)
    path = root / BASELINE_PATH
    write(path, older(path.read_text("utf-8")).replace('"equals": [1.0]', '"equals": [0.0]', 1))
    said = llmops(root, "eval")
    assert said.code == 2
    assert f"{BASELINE_PATH}:1: the header's metrics are not those of the cases" in said.err
