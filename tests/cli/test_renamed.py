"""A prompt or a suite that was renamed goes on with its versions, its baseline and its recorded answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.answering import only, with_answers, wrong
from tests.cli.projects import (
    BASELINE_PATH,
    CASSETTE_PATH,
    MODEL,
    PROMPT,
    PROMPT_PATH,
    SUITE,
    SUITE_PATH,
    accepted,
    commit,
    edit,
    evaluated,
    git,
    llmops,
    project,
    repository,
    said,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.provider import Provider

TWO = SUITE.replace("prompt: capital\n", "prompts: [capital, seat]\n")
SEAT = PROMPT.replace("id: capital\n", "id: seat\n")


def started(root: Path, changes: dict[str, str] | None = None) -> Path:
    """A locked prompt with a baseline and recorded answers on main, and a branch for the change."""
    repository(project(root, {".gitignore": ".llmops/\n", **(changes or {})}))
    assert llmops(root, "prompts", "lock").code == 0
    accepted(root, "--record")
    commit(root, "First baseline")
    git(root, "checkout", "-qb", "topic")
    return root


def renamed(root: Path) -> None:
    """The prompt `capital` is called `geo.capital` and lies elsewhere, and the suite judges it."""
    (root / "prompts/geo").mkdir()
    git(root, "mv", PROMPT_PATH, "prompts/geo/capital.yaml")
    edit(root, "prompts/geo/capital.yaml", "id: capital\n", "id: geo.capital\nwas: capital\n")
    edit(root, SUITE_PATH, "prompt: capital\n", "prompt: geo.capital\n")


def test_a_renamed_prompt_is_compared_with_its_baseline(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path)
    renamed(root)
    commit(root, "A folder for geography")
    said = evaluated(root, "--base", "main")
    assert (said.code, said.data["verdict"], said.data["deciders"]) == (0, "PASSED", [])
    assert said.data["base"]["changes"] == []
    subject = only(said)
    assert (subject["prompt"], subject["changed_since_baseline"]) == ("geo.capital@1.0.0", [])
    assert llmops(root, "baseline", "verify").code == 0
    told = llmops(root, "eval", "--base", "main", "--offline", "--format", "markdown").out
    assert "removed" not in told
    assert "recorded by" not in told


def test_an_edit_beside_the_new_name_is_told_message_by_message(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path)
    renamed(root)
    edit(root, "prompts/geo/capital.yaml", "Answer with one word.", "Say it in one word.")
    edit(root, "prompts/geo/capital.yaml", "version: 1.0.0", "version: 1.1.0")
    commit(root, "A folder for geography")
    said = evaluated(root, "--base", "main")
    assert (said.code, said.data["verdict"]) == (0, "INCONCLUSIVE")
    causes = ["prompt text (system message)", "prompt version 1.0.0 → 1.1.0"]
    assert only(said)["changed_since_baseline"] == causes
    before = llmops(root, "diff", "main:", ".")
    assert before.code == 0, before.both
    assert llmops(root, "baseline", "accept", "--all").code == 0
    header = (root / BASELINE_PATH).read_text("utf-8").splitlines()[0]
    assert '"prompt": "geo.capital@1.1.0"' in header
    compared = llmops(root, "diff", "main:", ".", "--format", "json")
    assert (compared.code, compared.data["not_compared"]) == (0, [])
    assert compared.data["subjects"][0]["changed_since_baseline"] == causes
    commit(root, "Accepted")
    assert [change["kind"] for change in evaluated(root, "--base", "main").data["base"]["changes"]] == [
        "raised"
    ]


def test_a_worse_prompt_is_not_hidden_by_a_new_name(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path)
    renamed(root)
    edit(root, "prompts/geo/capital.yaml", "Answer with one word.", "Guess in one word.")
    commit(root, "A folder for geography")
    said = with_answers(wrong("Spain", "Italy", "Norway", "Japan", "Peru", "Kenya"), root, "--base", "main")
    assert (said.code, said.data["verdict"]) == (1, "REGRESSED")


def test_without_was_the_next_step_is_said(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path)
    renamed(root)
    edit(root, "prompts/geo/capital.yaml", "was: capital\n", "")
    said = llmops(root, "eval")
    assert said.code == 2
    assert "this is the baseline of the prompt `capital`, and `geo.capital` is wanted" in said.err
    assert "a prompt that was renamed says `was: capital`" in said.err


def test_the_shipped_version_is_known_by_its_earlier_name(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path)
    renamed(root)
    edit(root, SUITE_PATH, "prompt: geo.capital\n", "prompt: geo.capital@1.0.0\n")
    edit(root, "prompts/geo/capital.yaml", "Answer with one word.", "Guess in one word.")
    edit(root, "prompts/geo/capital.yaml", "version: 1.0.0", "version: 1.1.0")
    commit(root, "A folder for geography, and the version that passes")
    said = evaluated(root, "--base", "main")
    (decider,) = said.data["deciders"]
    assert (said.code, decider["kind"], decider["stops"]) == (1, "pin", True)
    assert "`geo.capital@1.1.0` on" in decider["text"]


def test_versions_from_before_the_new_name_are_found(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path)
    renamed(root)
    edit(root, "prompts/geo/capital.yaml", "version: 1.0.0", "version: 1.1.0")
    commit(root, "A folder for geography")
    edit(root, "prompts/geo/capital.yaml", "id: geo.capital\nwas: capital", "id: geo.main\nwas: geo.capital")
    edit(root, "prompts/geo/capital.yaml", "version: 1.1.0", "version: 1.2.0")
    shown = llmops(root, "prompts", "show", "geo.main@1.0.0")
    assert (shown.code, shown.out.splitlines()[0]) == (0, "geo.main@1.0.0")
    missing = llmops(root, "prompts", "show", "geo.main@0.9.0")
    assert (missing.code, "nor as `geo.capital`" in missing.err) == (2, True)
    old = llmops(root, "prompts", "show", "geo.capital")
    assert (old.code, "it is called `geo.main` now" in old.err) == (2, True)


def test_a_locked_version_keeps_its_content_under_the_new_name(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path)
    renamed(root)
    assert "`geo.capital@1.0.0` is not in prompts/prompts.lock" in llmops(root, "check").both
    assert llmops(root, "prompts", "lock").code == 0
    assert llmops(root, "check").code == 0
    lock = (root / "prompts/prompts.lock").read_text("utf-8")
    (was,) = [line.split()[1] for line in lock.splitlines() if line.startswith("capital@")]
    assert f"geo.capital@1.0.0 {was}\n" in lock
    edit(root, "prompts/geo/capital.yaml", "Answer with one word.", "Say it in one word.")
    refused = llmops(root, "prompts", "lock")
    said = "the content of `geo.capital` changed and its version is still 1.0.0"
    assert (refused.code, said in refused.err) == (2, True)
    assert said in " ".join(llmops(root, "check").both.split())


def test_a_line_that_nobody_published_does_not_bind_the_new_name(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path)
    edit(root, PROMPT_PATH, "version: 1.0.0", "version: 1.1.0")
    assert llmops(root, "prompts", "lock").code == 0
    renamed(root)
    edit(root, "prompts/geo/capital.yaml", "Answer with one word.", "Say it in one word.")
    assert llmops(root, "prompts", "lock").code == 0
    assert llmops(root, "check").code == 0


TAKEN: list[tuple[str, dict[str, str], str]] = [
    (
        "an id that is there",
        {"prompts/seat.yaml": SEAT.replace("id: seat\n", "id: seat\nwas: capital\n")},
        "`capital` is the id of prompts/capital.yaml",
    ),
    (
        "one id twice",
        {
            "prompts/seat.yaml": SEAT.replace("id: seat\n", "id: seat\nwas: old\n"),
            PROMPT_PATH: PROMPT.replace("id: capital\n", "id: capital\nwas: old\n"),
        },
        "`old` is also what was prompts/",
    ),
    (
        "a chain",
        {
            "prompts/seat.yaml": SEAT.replace("id: seat\n", "id: seat\nwas: capital\n"),
            PROMPT_PATH: PROMPT.replace("id: capital\n", "id: capital\nwas: old\n"),
        },
        "`capital` is the id of prompts/capital.yaml",
    ),
    (
        "its own id",
        {PROMPT_PATH: PROMPT.replace("id: capital\n", "id: capital\nwas: capital\n")},
        "`capital` is the id of this prompt itself",
    ),
]


@pytest.mark.parametrize(("name", "files", "told"), TAKEN, ids=[row[0].replace(" ", "-") for row in TAKEN])
def test_an_earlier_id_belongs_to_one_prompt(
    tmp_path: Path, name: str, files: dict[str, str], told: str
) -> None:
    root = project(tmp_path, files)
    said = llmops(root, "check")
    assert (said.code, told in said.both) == (2, True), f"{name}: {said.both}"
    assert "`was` is the id that this prompt alone had before" in said.both


def test_an_output_schema_of_the_base_judges_under_the_new_name(tmp_path: Path, provider: Provider) -> None:
    """A looser schema beside a new name is still read by the base's."""
    schema = "output: {type: string, maxLength: 8}\n"
    root = started(tmp_path, {PROMPT_PATH: PROMPT + schema.replace("8", "80")})
    git(root, "checkout", "-q", "main")
    git(root, "checkout", "-qB", "topic")
    renamed(root)
    edit(root, "prompts/geo/capital.yaml", "maxLength: 80", "maxLength: 800")
    commit(root, "A folder for geography")
    said = evaluated(root, "--base", "main")
    assert [decider["name"] for decider in said.data["deciders"]] == ["output"]


def test_one_of_several_prompts_is_renamed(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path, {SUITE_PATH: TWO, "prompts/seat.yaml": SEAT})
    old = f"baselines/capitals/seat/{MODEL}.jsonl"
    assert (root / old).is_file()
    edit(root, "prompts/seat.yaml", "id: seat\n", "id: geo.seat\nwas: seat\n")
    edit(root, SUITE_PATH, "[capital, seat]", "[capital, geo.seat]")
    commit(root, "Rename")
    said = evaluated(root, "--base", "main", "--offline", "--cache", "replay")
    assert (said.code, said.data["verdict"], said.data["base"]["changes"]) == (0, "PASSED", [])
    assert "baselines/" not in llmops(root, "check").both
    reran = llmops(root, "eval", "--record")
    assert reran.code == 0, reran.both
    assert llmops(root, "baseline", "accept", "--all").code == 0
    for folder in ("baselines", "cassettes"):
        assert not (root / f"{folder}/capitals/seat/{MODEL}.jsonl").exists()
        assert (root / f"{folder}/capitals/geo.seat/{MODEL}.jsonl").is_file()
    commit(root, "Moved")
    said = evaluated(root, "--base", "main", "--offline")
    assert (said.code, said.data["deciders"]) == (0, [])
    history = llmops(root, "baseline", "history", "capitals", "--format", "json").data
    commits = [len(baseline["entries"]) for baseline in history["histories"]]
    assert commits == [1, 2], history


def suite_renamed(root: Path) -> None:
    edit(root, SUITE_PATH, "id: capitals\n", "id: cities\nwas: capitals\n")


def test_a_renamed_suite_keeps_its_recorded_answers(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path)
    suite_renamed(root)
    commit(root, "Rename")
    for arguments in (("--cache", "replay"), ("--offline",)):
        said = evaluated(root, "--base", "main", *arguments)
        assert (said.code, said.data["verdict"], said.data["deciders"]) == (0, "PASSED", []), arguments
    assert (root / CASSETTE_PATH).is_file()
    assert llmops(root, "eval", "--record").code == 0
    moved = root / CASSETTE_PATH.replace("/capitals/", "/cities/")
    assert (moved.is_file(), (root / CASSETTE_PATH).exists()) == (True, False)
    assert '"suite": "cities"' in moved.read_text("utf-8")
    commit(root, "Recorded")
    assert evaluated(root, "--base", "main", "--offline").data["deciders"] == []


def test_a_moved_cassette_is_read_under_either_name(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path)
    suite_renamed(root)
    git(root, "mv", "cassettes/capitals", "cassettes/cities")
    commit(root, "Rename")
    said = evaluated(root, "--base", "main", "--cache", "replay")
    assert (said.code, said.data["deciders"]) == (0, [])
    assert llmops(root, "eval", "--record").code == 0
    assert (root / CASSETTE_PATH.replace("/capitals/", "/cities/")).is_file()


def test_a_foreign_cassette_is_still_refused(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path)
    edit(root, CASSETTE_PATH, '"suite": "capitals"', '"suite": "rivers"')
    said = llmops(root, "eval", "--cache", "replay")
    assert (said.code, "recorded for the suite `rivers`" in said.err) == (2, True)


def forged(root: Path) -> None:
    path = root / CASSETTE_PATH
    text = path.read_text("utf-8")
    assert '"text": "Lima"' in text
    path.write_text(text.replace('"text": "Lima"', '"text": "Lima!"'), "utf-8")


def test_a_forged_answer_under_the_old_name_blocks(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path)
    suite_renamed(root)
    forged(root)
    commit(root, "Rename")
    said = evaluated(root, "--base", "main", "--offline")
    decider: dict[str, Any] = said.data["deciders"][0]
    assert (said.code, decider["kind"], decider["now"]["cases"]) == (1, "cassette", ["peru"])


def test_what_lies_under_the_old_name_counts_for_changed(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path)
    suite_renamed(root)
    commit(root, "Rename")
    git(root, "checkout", "-qB", "main")
    git(root, "checkout", "-qb", "later")
    forged(root)
    commit(root, "Later")
    said = llmops(root, "eval", "--changed", "--base", "main", "--explain", "--format", "json")
    assert said.data["changed"]["suites"]["run"] == ["cities"], said.out


def test_a_baseline_under_the_old_name_is_verified(tmp_path: Path, provider: Provider) -> None:
    root = started(tmp_path)
    suite_renamed(root)
    assert llmops(root, "baseline", "verify").code == 0
    edit(root, BASELINE_PATH, '"pass_rate": 1.0', '"pass_rate": 0.9')
    assert llmops(root, "baseline", "verify").code == 1
    (root / BASELINE_PATH).unlink()
    gone = llmops(root, "eval")
    assert (gone.code, "the committed baseline is gone from the disk" in gone.err) == (2, True)


def test_editors_know_the_key() -> None:
    shown = said("schema", "prompt")
    assert '"was"' in shown.out
