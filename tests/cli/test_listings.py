"""Commands about prompts and models beside suites that cannot be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.projects import (
    CASES_PATH,
    MODEL,
    PROJECT_PATH,
    PROMPT_PATH,
    SUITE_PATH,
    cases,
    changed,
    llmops,
    project,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.provider import Provider

TYPO = changed(SUITE_PATH, "equals", "equalz")
TYPO_TOLD = f"{SUITE_PATH}:5:5: unknown scorer `equalz`"
NO_YAML = {SUITE_PATH: "id: [capitals\n"}
OTHER_PATH = "evalsets/other.yaml"
OTHER = """\
id: other
prompt: capital
models: [openai/gpt-4o-2024-08-06]
cases: [{id: peru, country: Peru, expected: Lima}]
scorers:
  - equals: "{{ expected }}"
"""
FAULTS: dict[str, dict[str, str | bytes | None]] = {
    "typo": {**TYPO},
    "no YAML": {**NO_YAML},
    "no cases": {CASES_PATH: None},
}


LINKS = {
    "evalsets/round": ("round", "leads in a circle of links"),
    "evalsets/around": (".", "is a link to a folder that it lies in"),
    "evalsets/gone": ("nowhere", "is a link that leads nowhere"),
    "evalsets/out": ("/etc", "is a link that leads out of the repository, to `/etc`"),
}


@pytest.fixture(params=FAULTS)
def broken(request: pytest.FixtureRequest, tmp_path: Path, idle: Provider) -> Path:
    """A project whose only suite cannot be read."""
    root = project(tmp_path, FAULTS[request.param])
    assert llmops(root, "check").code == 2
    return root


def test_a_broken_suite_stops_no_command_about_prompts(broken: Path) -> None:
    for arguments in (
        ("prompts", "lock"),
        ("prompts", "list"),
        ("prompts", "show", "capital"),
        ("prompts", "render", "capital", "--var", "country=Peru"),
        ("prompts", "bump", "capital"),
    ):
        ran = llmops(broken, *arguments)
        assert ran.code == 0, ran.both
    assert (broken / "prompts/prompts.lock").read_text().splitlines()[1].startswith("capital@1.0.0 ")
    assert "version: 1.0.1" in (broken / PROMPT_PATH).read_text()


def test_prompts_are_listed_with_the_suites_that_can_be_read(tmp_path: Path, idle: Provider) -> None:
    root = project(tmp_path, {**TYPO, OTHER_PATH: OTHER})
    ran = llmops(root, "prompts", "list", "--format", "json")
    assert ran.code == 0
    (listed,) = ran.data["prompts"]
    assert (listed["id"], listed["suites"]) == ("capital", ["other"])
    assert [problem["path"] for problem in ran.data["problems"]] == [SUITE_PATH]
    assert TYPO_TOLD in ran.err
    assert ran.err.endswith("\n1 problem; these files are left out.\n")


def test_suites_that_cannot_be_read_are_unknown_and_not_none(tmp_path: Path, idle: Provider) -> None:
    second = "id: second\nversion: 1.0.0\nmodel: local/x\nprompt: hi\n"
    root = project(tmp_path, {"prompts/second.yaml": second})
    assert " –  " in llmops(root, "prompts", "list").out.splitlines()[-1]
    (root / SUITE_PATH).write_text(TYPO[SUITE_PATH])
    assert " ?  " in llmops(root, "prompts", "list").out.splitlines()[-1]


def test_sound_suites_are_listed_without_a_word(tmp_path: Path, idle: Provider) -> None:
    ran = llmops(project(tmp_path), "prompts", "list")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines()[-1].split() == ["capital", "1.0.0", MODEL, "capitals", PROMPT_PATH]


@pytest.mark.parametrize("arguments", [("prompts", "list"), ("prompts", "lock")])
def test_a_broken_prompt_stops_what_is_about_all_prompts(
    tmp_path: Path, idle: Provider, arguments: tuple[str, ...]
) -> None:
    root = project(tmp_path, {"prompts/other.yaml": "id: other\n"})
    ran = llmops(root, *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert "prompts/other.yaml" in ran.err
    assert not (root / "prompts/prompts.lock").exists()


def test_a_case_is_rendered_beside_a_broken_suite(tmp_path: Path, idle: Provider) -> None:
    root = project(tmp_path, {**TYPO, OTHER_PATH: OTHER, "prompts/other.yaml": "id: other\n"})
    ran = llmops(root, "prompts", "render", "capital", "--case", "other/peru")
    assert (ran.code, ran.err) == (0, "")
    assert "What is the capital of Peru?" in ran.out


@pytest.mark.parametrize(
    ("changes", "case", "told"),
    [
        (TYPO, "capitals/peru", TYPO_TOLD),
        (NO_YAML, "capitals/peru", f"{SUITE_PATH}:2:1: not YAML"),
        ({}, "other/perru", "suite `other` has no case `perru`\n    did you mean `peru`?"),
        ({}, "othr/peru", "no suite has the id `othr`\n    did you mean `other`?"),
        ({SUITE_PATH: OTHER}, "other/peru", f"{OTHER_PATH}:1:5: the id `other` is already taken by"),
        (
            changed(PROMPT_PATH, "params:", "parms:")
            | {"prompts/second.yaml": "id: second\nversion: 1.0.0\nmodel: local/x\nprompt: hi\n"},
            "capitals/peru",
            f"{PROMPT_PATH}:4:1: unknown key `parms`",
        ),
    ],
)
def test_a_case_that_cannot_be_had(
    tmp_path: Path, idle: Provider, changes: dict[str, str], case: str, told: str
) -> None:
    root = project(tmp_path, {OTHER_PATH: OTHER, **changes})
    prompt = "second" if "prompts/second.yaml" in changes else "capital"
    ran = llmops(root, "prompts", "render", prompt, "--case", case)
    assert (ran.code, ran.out) == (2, "")
    assert told in ran.err
    assert OTHER_PATH not in ran.err or "taken" in told


def test_models_are_listed_beside_a_broken_suite(tmp_path: Path, idle: Provider) -> None:
    root = project(tmp_path, {**TYPO, OTHER_PATH: OTHER})
    ran = llmops(root, "models", "list", "--format", "json")
    assert ran.code == 0
    assert [(state["model"], state["state"]) for state in ran.data["models"]] == [
        ("openai/gpt-4o-2024-08-06", "can be called"),
        (MODEL, "can be called"),
    ]
    assert [problem["line"] for problem in ran.data["problems"]] == [5]
    assert TYPO_TOLD in ran.err
    assert ran.err.endswith("\n1 problem; these files are left out.\n")


@pytest.mark.parametrize("command", ["prompts", "models"])
@pytest.mark.parametrize("link", LINKS)
def test_what_is_listed_beside_a_link_that_cannot_be_followed(
    tmp_path: Path, idle: Provider, command: str, link: str
) -> None:
    root = project(tmp_path, {OTHER_PATH: OTHER})
    target, why = LINKS[link]
    (root / link).symlink_to(target)
    ran = llmops(root, command, "list", "--format", "json")
    assert ran.code == 0, ran.err
    assert [(problem["path"], problem["message"]) for problem in ran.data["problems"]] == [(link, why)]
    assert f"{link}: {why}" in ran.err
    assert "openai/gpt-4o-2024-08-06" in llmops(root, "models", "list").out
    assert "capitals, other" in llmops(root, "prompts", "list").out
    assert llmops(root, "check").code == llmops(root, "eval").code == 2


def test_links_that_cannot_be_followed_are_told_all_at_once(tmp_path: Path, idle: Provider) -> None:
    root = project(tmp_path, {SUITE_PATH: changed(SUITE_PATH, "capitals.jsonl", "'*.jsonl'")[SUITE_PATH]})
    for link, (target, _) in LINKS.items():
        (root / link).symlink_to(target)
    ran = llmops(root, "prompts", "list", "--format", "json")
    assert [problem["path"] for problem in ran.data["problems"]] == sorted(LINKS)


def test_folders_that_are_links_out_of_the_repository(tmp_path: Path, idle: Provider) -> None:
    root = project(tmp_path, {SUITE_PATH: None, CASES_PATH: None})
    (root / "evalsets").symlink_to("/etc")
    for command in ("prompts", "models"):
        ran = llmops(root, command, "list")
        assert (ran.code, "leads out of the repository" in ran.err) == (0, True), ran.both


def test_models_of_which_none_can_be_read(tmp_path: Path, idle: Provider) -> None:
    root = project(tmp_path, changed(PROMPT_PATH, "model:", "modell:"))
    ran = llmops(root, "models", "list")
    assert (ran.code, ran.out) == (2, "")
    assert "unknown key `modell`" in ran.err


def test_what_a_call_would_lack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, idle: Provider) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    gateway = "providers:\n  gate: {kind: openai, base_url_env: GATE_URL, api_key_env: GATE_KEY}\n"
    models = "models: [gate/m, openai/gpt-4o, opnai/m]\nprompt: capital"
    root = project(tmp_path, {PROJECT_PATH: gateway, **changed(SUITE_PATH, "prompt: capital", models)})
    ran = llmops(root, "models", "list", "--format", "json")
    assert ran.code == 0
    states = {state["model"]: (state["pinned"], state["state"]) for state in ran.data["models"]}
    assert states["gate/m"] == (
        "yes",
        "provider `gate` has no address: set GATE_URL; no API key for `gate`: set GATE_KEY",
    )
    assert states["openai/gpt-4o"] == ("no, an alias", "no API key for `openai`: set OPENAI_API_KEY")
    assert states["opnai/m"][1].startswith("unknown provider `opnai` in `opnai/m`: did you mean `openai`?")

    findings = llmops(root, "doctor", "--format", "json").data["findings"]
    assert [(each["found"], each["hint"]) for each in findings if each["what"] == "gate/m"] == [
        ("provider `gate` has no address", "set GATE_URL"),
        ("no API key for `gate`", "set GATE_KEY"),
    ]

    checked = llmops(root, "check")
    assert "unknown provider `opnai`" in checked.both, "the file is wrong"
    assert "GATE_URL" not in checked.both, "only this machine lacks it"
    assert "OPENAI_API_KEY" not in checked.both


def test_a_project_without_models(tmp_path: Path, idle: Provider) -> None:
    root = project(tmp_path, {PROMPT_PATH: None, SUITE_PATH: None, CASES_PATH: cases()})
    ran = llmops(root, "models", "list")
    assert (ran.code, ran.out, ran.err) == (0, "0 models\n", "")
