"""`llmops eval --changed`: settings reach the suites that have others, by value and never by text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.changed import BOTH, GREETING, explained, suites, two_suites
from tests.cli.projects import CASES_PATH, MODEL, PROJECT_PATH, edit, lines, write

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.provider import Provider

OTHER = "acme/large-2025-01-01"
JUDGE = {"judge": {"rubric": "Is it kind?", "model": "acme/judge-2025-01-01"}, "metric": "kind"}
SETTINGS = f"""\
name: demo
concurrency: 8
models: {{allow_aliases: [openai/gpt-4o]}}
providers:
  acme: {{kind: openai, base_url: http://127.0.0.1:9/v1, api_key_env: ACME_API_KEY}}
prices:
  {MODEL}: {{input_per_million: 1, output_per_million: 2.0}}
  {OTHER}: {{input_per_million: 3, output_per_million: 4}}
policy: {{accept: [ada@example.com]}}
"""
ON_ACME = {
    PROJECT_PATH: SETTINGS,
    "prompts/greet/greeting.yaml": GREETING.replace(MODEL, OTHER),
}


@pytest.fixture(autouse=True)
def _on_a_laptop(monkeypatch: pytest.MonkeyPatch, idle: Provider) -> None:
    for name in ("GITHUB_BASE_REF", "CI_MERGE_REQUEST_DIFF_BASE_SHA", "CHANGE_TARGET"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("old", "new", "reached"),
    [
        ("name: demo", "# a remark\nname: demo\n", []),
        ("name: demo", "name: another", []),
        ("{accept: [ada@example.com]}", "{accept: [bob@example.com], max_age_days: 30}", []),
        ("input_per_million: 1,", "input_per_million: 1.0,", []),
        ("input_per_million: 1,", "cached_per_million: 1, input_per_million: 1,", []),
        ("name: demo", "timeout_s: 60\nname: demo", []),
        ("concurrency: 8", "concurrency: 9", BOTH),
        ("name: demo", "timeout_s: 1", BOTH),
        ("name: demo", "changed: {ignore: ['**']}", BOTH),
        ("input_per_million: 1,", "input_per_million: 0.0001,", ["capitals"]),
        ("input_per_million: 3", "input_per_million: 5", ["greetings"]),
        ("127.0.0.1:9/v1", "127.0.0.1:8/v1", ["greetings"]),
        ("api_key_env: ACME", "api_key_env: ACNE", ["greetings"]),
        (
            "providers:\n",
            "providers:\n  openai: {kind: openai, base_url: 'http://127.0.0.1:9/v1'}\n",
            ["capitals"],
        ),
        (
            "providers:\n",
            "providers:\n  openai: {kind: openai, api_key_env: OPENAI_API_KEY}\n",
            [],
        ),
        ("[openai/gpt-4o]", f"[openai/gpt-4o, {MODEL}]", ["capitals"]),
        ("[openai/gpt-4o]", "true", BOTH),
        ("[openai/gpt-4o]", "[openai/gpt-4o, openai/gpt-5]", []),
    ],
)
def test_a_setting_reaches_the_suites_that_it_is_a_setting_of(
    tmp_path: Path, old: str, new: str, reached: list[str]
) -> None:
    root = two_suites(tmp_path, ON_ACME)
    edit(root, PROJECT_PATH, old, new)
    found = explained(root)
    assert found["suites"]["run"] == reached
    (file,) = found["files"]
    assert (file["path"], file["reaches"]) == (PROJECT_PATH, reached)
    assert found["everything"] == (reached == BOTH)


def test_the_provider_and_the_price_of_a_judge_count(tmp_path: Path) -> None:
    case = {"id": "peru", "country": "Peru", "expected": "Lima", "scorers": [JUDGE]}
    root = two_suites(tmp_path, {PROJECT_PATH: SETTINGS, CASES_PATH: lines(case)})
    edit(root, PROJECT_PATH, "127.0.0.1:9/v1", "127.0.0.1:8/v1")
    found = explained(root)
    assert found["suites"]["run"] == ["capitals"]
    assert found["files"][0]["why"] == "provider acme"


def test_a_model_of_the_command_line_counts(tmp_path: Path) -> None:
    root = two_suites(tmp_path, {PROJECT_PATH: SETTINGS})
    edit(root, PROJECT_PATH, "input_per_million: 3", "input_per_million: 5")
    assert suites(root) == []
    assert suites(root, "--model", OTHER) == BOTH


def test_settings_behind_a_link_count_whatever_the_name_of_their_file(tmp_path: Path) -> None:
    root = two_suites(tmp_path, {PROJECT_PATH: None, "docs/settings.md": SETTINGS})
    (root / PROJECT_PATH).symlink_to("docs/settings.md")
    edit(root, "docs/settings.md", "input_per_million: 1", "input_per_million: 2")
    assert suites(root) != []


def test_settings_that_cannot_be_read_at_the_base_reach_every_suite(tmp_path: Path) -> None:
    root = two_suites(tmp_path, {PROJECT_PATH: "nmae: demo\n"})
    write(root / PROJECT_PATH, "name: demo\n")
    found = explained(root)
    assert (found["suites"]["run"], found["files"][0]["why"]) == (BOTH, "settings of every suite")


@pytest.mark.parametrize(("text", "reached"), [("# ours\n- a\n", []), ("- a\n- b\n", BOTH), ("[", BOTH)])
def test_a_list_of_models_counts_by_what_it_says(tmp_path: Path, text: str, reached: list[str]) -> None:
    root = two_suites(tmp_path, {"models.yaml": "- a\n"})
    write(root / "models.yaml", text)
    assert suites(root) == reached


def test_what_a_scorer_reads_counts_whatever_its_name(tmp_path: Path) -> None:
    suite = (
        "id: greetings\nprompt: greeting\ncases: people/*.jsonl\nscorers:\n  - json-schema: docs/README.md\n"
    )
    ignored = "changed: {ignore: ['docs/**']}\n"
    root = two_suites(
        tmp_path, {"evalsets/greetings.yaml": suite, "docs/README.md": "{}", PROJECT_PATH: ignored}
    )
    write(root / "docs/README.md", '{"type": "object"}')
    assert suites(root) == ["greetings"]
