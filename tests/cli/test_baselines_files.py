"""Baselines on the disk: every way to break one is found, with its place and the next step."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.broken_lines import RESTORE, conflict, cut, header, line
from tests.cli.projects import (
    BASELINE_PATH,
    CASES_PATH,
    MODEL,
    PROMPT_PATH,
    SUITE_PATH,
    accepted,
    capital,
    changed,
    commit,
    edit,
    evaluated,
    git,
    llmops,
    point_at,
    project,
    repository,
    write,
)
from tests.servers.provider import Provider

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BROKEN_BASELINES = [
    (
        "of another suite",
        header(suite="other"),
        ["1: this is the baseline of the suite `other`, and `capitals` is wanted"],
    ),
    (
        "of another model",
        header(model="openai/x"),
        [f"1: this is the baseline of the model `openai/x`, and `{MODEL}` is"],
    ),
    (
        "of another prompt",
        header(prompt="x@1.0.0"),
        ["1: this is the baseline of the prompt `x`, and `capital` is"],
    ),
    (
        "of a newer schema",
        header(schema=4),
        ["1: the baseline's schema must be 3 or lower, found the number `4`", "upgrade llmops"],
    ),
    ("cut in a line", cut, ["not JSON: "]),
    (
        "without a line",
        line(4, None),
        ["1: the header counts 10 cases and the file holds 9: it was cut or edited"],
    ),
    ("without its header", line(1, None), ["1:1: not a baseline file: line 1 is not its header"]),
    (
        "with a line twice",
        lambda text: text + text.split("\n")[3] + "\n",
        ["12: the case `france` stands twice"],
    ),
    (
        "with other inputs",
        lambda text: text.replace('"id": "peru"', '"id": "chile"'),
        ["1: ids or inputs are not those"],
    ),
    (
        "in conflict",
        conflict,
        ["3:1: not JSON", "this is the marker of a merge conflict: resolve it first"],
    ),
    ("that is empty", lambda text: "", ["1:1: not a baseline file: line 1 is not its header"]),
    (
        "with a text for a score",
        line(2, '{"id": "cuba", "inputs": "x", "scores": {"equals": ["a"]}, "hashes": []}'),
        ["2: `hashes` has to be a list with the hash of each answer, found an empty list"],
    ),
    ("with a line of nothing", line(2, "{}"), ["2: a case without `id`, `inputs`, `scores`, `hashes`"]),
    ("with a list", line(2, "[]"), ["2: a case has to be a mapping, found an empty list"]),
]


@pytest.mark.parametrize(
    ("name", "broken", "wanted"), BROKEN_BASELINES, ids=[row[0].replace(" ", "-") for row in BROKEN_BASELINES]
)
def test_a_baseline(
    name: str, broken: Callable[[str], str], wanted: list[str], tmp_path: Path, provider: Provider
) -> None:
    root = repository(project(tmp_path))
    accepted(root)
    asked = provider.count
    path = root / BASELINE_PATH
    write(path, broken(path.read_text("utf-8")))
    for command in (["eval", "--cache", "off"], ["baseline", "show"], ["check"]):
        said = llmops(root, *command)
        assert said.code == 2, (command, said.both)
        found = " ".join(said.both.split())  # `check` breaks long lines
        assert f"{BASELINE_PATH}:" in found
        for text in wanted:
            assert text in found
        if "upgrade" not in found and "merge conflict" not in found:
            assert RESTORE in found
    assert provider.count == asked


def digested(text: str) -> str:
    """The file with the digest that its content has: what somebody makes who knows how."""
    first, _, rest = text.partition("\n")
    head = json.loads(first)
    head.pop("digest")
    lines = [text for text in rest.split("\n") if text]
    whole = "\n".join([json.dumps(head, ensure_ascii=False), *lines])
    head["digest"] = hashlib.sha256(whole.encode()).hexdigest()[:16]
    return json.dumps(head, ensure_ascii=False) + "\n" + rest


def case(number: int = 2, **changes: Any) -> Callable[[str], str]:
    """Change keys of a case line."""

    def work(text: str) -> str:
        found = text.split("\n")
        found[number - 1] = json.dumps({**json.loads(found[number - 1]), **changes})
        return "\n".join(found)

    return work


UNSOUND = [
    (case(scores={"equals": [float("nan")]}), "2: NaN is not a JSON value"),
    (case(latency_s=float("inf")), "2: Infinity is not a JSON value"),
    (case(scores={"equals": [5.0]}), "2: a score lies between 0 and 1: `scores.equals` has the number `5.0`"),
    (case(scores={"equals": [-0.5]}), "2: a score lies between 0 and 1"),
    (case(scores={"equals": [True]}), "2: a score lies between 0 and 1: `scores.equals` has `true`"),
    (case(scores={"equals": ["1"]}), "2: a score lies between 0 and 1"),
    (case(scores={"equals": [1, 1]}), "2: `scores.equals` has 2 scores, and there are hashes of 1"),
    (case(scores={"equals": []}), "2: `scores.equals` has to be a list"),
    (case(scores={"equals": 1}), "2: `scores.equals` has to be a list"),
    (case(scores=[1]), "2: `scores` has to be a mapping"),
    (case(id=5), "2: `id` has to be text, found the number `5`"),
    (case(inputs=None), "2: `inputs` has to be text"),
    (case(cluster=4), "2: `cluster` has to be text, found the number `4`"),
    (case(hashes=[]), "2: `hashes` has to be a list"),
    (case(hashes=[3]), "2: `hashes` has to be a list"),
    (case(outputs=[3]), "2: `outputs` has to be a list of texts"),
    (case(outputs=None), "2: `outputs` has to be a list of texts, found nothing"),
    (case(outputs=["a", "b"]), "2: `outputs` has 2 answers, and there are hashes of 1"),
    (case(tool_calls={}), "2: `tool_calls` has to be a list with the tool calls of each answer, found"),
    (case(tool_calls=[]), "2: `tool_calls` is about 0 answers, and there are hashes of 1"),
    (case(cost_usd="x"), "2: `cost_usd` has to be a number, 0 or more, found `x`"),
    (case(input_tokens=-1), "2: `input_tokens` has to be a number"),
    (case(output_tokens=10**400), "2: `output_tokens` has to be a number"),
    (header(repeats="x"), "1: `repeats` has to be a whole number from 1 to 1000, found `x`"),
    (header(repeats=0), "1: `repeats` has to be"),
    (header(repeats=-1), "1: `repeats` has to be"),
    (header(repeats=2.5), "1: `repeats` has to be"),
    (header(repeats=10**9), "1: `repeats` has to be"),
    (header(messages=["x"]), "1: `messages` has to be a list of messages with `role` and `content`"),
    (header(messages=[{"role": "user", "content": 4}]), "1: `messages` has to be"),
    (header(resolved=[1]), "1: `resolved` has to be a list of texts"),
    (header(accepted={"by": 5}), "1: `accepted.by` has to be text, found the number `5`"),
    (header(accepted={"previous": {"a": "b"}}), "1: `accepted.previous` has to hold scores"),
    (header(accepted={"approved_by": "Eve"}), "1: `accepted.approved_by` has to be a list of names"),
    (header(accepted=None), "1: `accepted` has to be a mapping, found nothing"),
    (header(metrics=None), "1: `metrics` has to be a mapping of metrics to numbers from 0 to 1"),
    (header(judges={"tone": 3}), "1: `judges` has to be"),
    (header(parts=[]), "1: `parts` has to be"),
    (header(params={"temperature": float("nan")}), "1: NaN is not a JSON value"),
    (header(cases=10), "1: `cases` has to be a mapping with `count` and `hash`"),
    (header(scorers={"equals": 1}), "1: `scorers` has to be"),
    (header(suite=["x"]), "1: `suite` has to be text"),
]


@pytest.mark.parametrize(("broken", "wanted"), UNSOUND, ids=[wanted[:60] for _, wanted in UNSOUND])
def test_a_right_digest_does_not_make_content_right(
    broken: Callable[[str], str], wanted: str, scored: Path
) -> None:
    path = scored / BASELINE_PATH
    whole = path.read_text("utf-8")
    assert digested(whole) == whole
    write(path, digested(broken(whole)))
    try:
        for command in (["eval"], ["check"], ["diff"], ["baseline", "verify"], ["baseline", "show"]):
            said = llmops(scored, *command)
            assert said.code == 2, (command, said.both)
            assert f"{BASELINE_PATH}:{wanted}" in " ".join(said.both.split())
        said = llmops(scored, "baseline", "history", "capitals")
        assert said.code == 0
        assert "not committed" in said.out
    finally:
        write(path, whole)


@pytest.fixture(scope="module")
def _scored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = repository(project(tmp_path_factory.mktemp("scored")))
    with Provider(capital) as running, pytest.MonkeyPatch.context() as patch:
        point_at(running, patch)
        accepted(root)
    commit(root)
    return root


@pytest.fixture
def scored(_scored: Path, idle: Provider) -> Path:
    """A project with a committed baseline, one for all tests that put the file back."""
    return _scored


def test_one_fault_on_many_lines_is_not_said_for_each(scored: Path) -> None:
    path = scored / BASELINE_PATH
    whole = path.read_text("utf-8")
    first, _, rest = whole.partition("\n")
    write(path, first + "\n" + rest.replace('"equals": [1.0]', '"equals": [7.0]') * 5)
    try:
        said = llmops(scored, "eval")
    finally:
        write(path, whole)
    assert said.code == 2
    assert said.err.count("a score lies between 0 and 1") == 20
    assert "21: a score lies between 0 and 1: `scores.equals` has the number `7.0`; and 30 more" in said.err


def test_faults_of_a_kind_are_told_from_others_whatever_they_name(scored: Path) -> None:
    path = scored / BASELINE_PATH
    whole = path.read_text("utf-8")
    first, second = whole.split("\n")[:2]
    row = json.loads(second)
    metrics = [f"a`{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"]
    lines = [json.dumps({**row, "scores": {metric: []}}) for metric in metrics]
    lines += [json.dumps({**row, "inputs": number}) for number in range(3)]
    write(path, "\n".join([first, *lines]) + "\n")
    try:
        said = llmops(scored, "eval")
    finally:
        write(path, whole)
    assert said.code == 2
    assert said.err.count("has to be a list with a score for each answer") == 20
    assert "and 6 more lines like it" in said.err
    assert said.err.count("`inputs` has to be text") == 3


def test_accepting_twice_gives_the_same_bytes(tmp_path: Path, provider: Provider) -> None:
    root = repository(project(tmp_path))
    accepted(root)
    first = (root / BASELINE_PATH).read_bytes()
    assert llmops(root, "baseline", "accept", "--all").code == 0
    assert (root / BASELINE_PATH).read_bytes() == first
    assert [json.loads(text)["id"] for text in first.decode().splitlines()[1:]] == sorted(
        json.loads(text)["id"] for text in (root / CASES_PATH).read_text().splitlines()
    )
    assert b"2026" not in first.replace(MODEL.encode(), b"")


def test_accepting_a_cached_run_of_the_same_answers_changes_nothing(
    tmp_path: Path, provider: Provider
) -> None:
    root = repository(project(tmp_path))
    accepted(root)
    first = (root / BASELINE_PATH).read_bytes()
    accepted(root)
    assert provider.count == 10
    assert (root / BASELINE_PATH).read_bytes() == first


def test_another_checkout_writes_the_same_scores(tmp_path: Path, provider: Provider) -> None:
    texts = []
    for name in ("one", "two"):
        root = repository(project(tmp_path / name))
        accepted(root)
        rows = [json.loads(text) for text in (root / BASELINE_PATH).read_text().splitlines()]
        for row in rows:
            row.pop("latency_s", None)
            row.pop("digest", None)
        texts.append(rows)
    assert texts[0] == texts[1]


def test_outside_git_nobody_can_accept(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path)
    said = evaluated(root)
    assert said.code == 0
    assert said.data["run"]["commit"] is None
    assert said.data["run"]["dirty"] is None
    refused = llmops(root, "baseline", "accept", "--all")
    assert refused.code == 2
    assert refused.err == f"{root} is not inside a git repository\n    git init, then try again\n"
    assert not (root / "baselines").exists()


def test_git_has_to_know_who_accepts(tmp_path: Path, provider: Provider) -> None:
    root = project(tmp_path)
    git(root, "init", "-q")
    assert evaluated(root).code == 0
    refused = llmops(root, "baseline", "accept", "--all")
    assert refused.code == 2
    assert "git does not know who you are" in refused.err
    assert "git config user.name" in refused.err


def test_a_commit_is_named(tmp_path: Path, provider: Provider) -> None:
    root = repository(project(tmp_path))
    said = evaluated(root)
    assert said.data["run"]["commit"] == git(root, "rev-parse", "HEAD").strip()
    assert said.data["run"]["dirty"] is False
    edit(root, PROMPT_PATH, "one word", "a word")
    assert evaluated(root).data["run"]["dirty"] is True


def test_accept_needs_a_run_of_these_files(tmp_path: Path, provider: Provider) -> None:
    root = repository(project(tmp_path))
    assert evaluated(root).code == 0
    edit(root, PROMPT_PATH, "one word", "a word")
    said = llmops(root, "baseline", "accept", "--all")
    assert said.code == 2
    assert said.err == (
        f"no complete run of capitals · capital@1.0.0 · {MODEL} with the files as they are now\n"
        "    run `llmops eval capitals` first\n"
    )


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        ((), "say what to accept\n    name suites, or say --all, or --deciders\n"),
        (("capitals", "--all"), "say what to accept\n    name suites, or say --all, or --deciders\n"),
        (("capitols",), "no suite has the id `capitols`\n    did you mean `capitals`?\n"),
        (("--all", "--model", "openai/x"), f"no suite asked for is run on `openai/x`\n    models: {MODEL}\n"),
        (("--all", "--run", "20260101-000000-abcd"), "no run is called `20260101-000000-abcd`\n    "),
    ],
)  # fmt: skip
def test_what_cannot_be_accepted(
    arguments: tuple[str, ...], wanted: str, tmp_path: Path, provider: Provider
) -> None:
    root = repository(project(tmp_path))
    assert evaluated(root).code == 0
    said = llmops(root, "baseline", "accept", *arguments)
    assert said.code == 2
    assert said.err.startswith(wanted)
    assert not (root / "baselines").exists()


def test_a_baseline_that_cannot_be_written(tmp_path: Path, provider: Provider) -> None:
    root = repository(project(tmp_path, {"baselines": "a file in the way"}))
    assert evaluated(root).code == 0
    said = llmops(root, "baseline", "accept", "--all")
    assert said.code == 3
    assert "cannot be written: " in said.err
    assert "this file is as it was" in said.err


def test_several_prompts_have_a_baseline_each(tmp_path: Path, provider: Provider) -> None:
    files = {
        "prompts/formal.yaml": (
            f"id: formal\nversion: 2.0.0\nmodel: {MODEL}\nprompt: 'Capital of {{{{ country }}}}.'\n"
        ),
        **changed(SUITE_PATH, "prompt: capital", "prompts: [capital, formal]"),
    }
    root = repository(project(tmp_path, files))
    accepted(root)
    found = sorted(path.relative_to(root).as_posix() for path in (root / "baselines").rglob("*.jsonl"))
    assert found == [f"baselines/capitals/{prompt}/{MODEL}.jsonl" for prompt in ("capital", "formal")]
    said = evaluated(root)
    assert said.code == 0
    assert [subject["prompt"] for subject in said.data["subjects"]] == ["capital@1.0.0", "formal@2.0.0"]
    assert said.data["verdict"] == "PASSED"
