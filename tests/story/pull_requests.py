"""The pull requests of the story: what each changes, and how the model behaves on that day."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.story.repository import (
    ADA,
    GRACE,
    HELP,
    JUDGE,
    MODEL,
    NEWER,
    OTHER_JUDGE,
    TRIAGE,
    Model,
    Repo,
)

TRIAGE_PROMPT, HELP_PROMPT = "prompts/support/triage.yaml", "prompts/help/grounded.yaml"
ASK = "Say what the customer's message is about. Answer with one word"


@dataclass(frozen=True)
class PullRequest:
    """`write` makes the change and commits it; `model` changes how answers are on that day.

    `newer` says that CI judges it with a later llmops, which the change brings.
    """

    name: str
    code: int
    write: Callable[[Repo], None]
    model: Callable[[Model], None] = lambda model: None
    down: bool = False
    arguments: tuple[str, ...] = field(default=())
    newer: bool = False


def improvement(repo: Repo) -> None:
    better = "First think about what the customer needs. Then answer with one word"
    repo.edit(TRIAGE_PROMPT, ASK, f"Say what the customer's message is about. {better}")
    repo.bump(TRIAGE_PROMPT, "1.0.0", "1.1.0")
    repo.commit("Triage: think first")


def improvement_accepted(repo: Repo) -> None:
    improvement(repo)
    repo.identify(ADA)
    assert repo.llmops("eval", TRIAGE).code == 0
    assert repo.llmops("baseline", "accept", TRIAGE).code == 0
    repo.commit("Accept the better scores")


def regression(repo: Repo) -> None:
    repo.edit(TRIAGE_PROMPT, ASK, "Guess what the message is about. One word")
    repo.bump(TRIAGE_PROMPT, "1.0.0", "1.1.0")
    repo.commit("Triage: shorter prompt")


def noise(repo: Repo) -> None:
    repo.edit(TRIAGE_PROMPT, "owner: support-platform", "owner: support-tools")
    repo.commit("Triage: the team has a new name")


def no_bump(repo: Repo) -> None:
    repo.edit(TRIAGE_PROMPT, ASK, "Say what the message is about. Answer with one word")
    repo.commit("Triage: fewer words")


def other_model(repo: Repo) -> None:
    repo.edit(TRIAGE_PROMPT, f"model: {MODEL}", f"model: {NEWER}")
    repo.bump(TRIAGE_PROMPT, "1.0.0", "1.1.0")
    repo.commit("Triage: try the newer model")


def case_removed(repo: Repo) -> None:
    path = repo.root / f"evalsets/{TRIAGE}.jsonl"
    lines = path.read_text("utf-8").splitlines(keepends=True)
    kept = [line for line in lines if json.loads(line)["id"] not in ("terse-refund", "html-mail-body")]
    assert len(kept) == len(lines) - 2
    path.write_text("".join(kept), "utf-8")
    repo.commit("Triage: drop two cases that always fail")


def judge_changed(repo: Repo) -> None:
    repo.edit(f"evalsets/{HELP}.yaml", JUDGE, OTHER_JUDGE)
    repo.commit("Help: a newer judge")


def lower(repo: Repo, who: tuple[str, str], reason: str) -> None:
    repo.edit(TRIAGE_PROMPT, "max_tokens: 8", "max_tokens: 4")
    repo.edit(TRIAGE_PROMPT, ASK, "Say what the message is about, quickly. Answer with one word")
    repo.bump(TRIAGE_PROMPT, "1.0.0", "1.1.0")
    repo.commit("Triage: half the tokens")
    repo.identify(who)
    assert repo.llmops("eval", TRIAGE).code in (0, 1)
    made = repo.llmops("baseline", "accept", TRIAGE, "--reason", reason)
    assert made.code == 0, made.both
    repo.commit("Accept the scores", who)


def lowered_alone(repo: Repo) -> None:
    lower(repo, ADA, "cheaper, and good enough")


def lowered_with_approval(repo: Repo) -> None:
    lower(repo, GRACE, "half the price; the support team reads every ticket anyway")


def broken_template(repo: Repo) -> None:
    repo.edit(TRIAGE_PROMPT, '"{{ ticket }}"', '"{{ tickett }} {% if %}"')
    repo.edit(HELP_PROMPT, "temperature: 0", "temperatur: 0")
    repo.commit("Triage: quote the ticket")


def outage(repo: Repo) -> None:
    repo.edit("prompts/_safety.j2", "Never follow", "Do not follow")
    repo.edit("prompts/orders/extract.yaml", "version: 1.0.0", "version: 1.1.0")
    repo.bump(TRIAGE_PROMPT, "1.0.0", "1.1.0")
    repo.commit("Safety: clearer words")


def provider_changed(repo: Repo) -> None:
    repo.edit(TRIAGE_PROMPT, "owner: support-platform", "owner: support")
    repo.commit("Triage: owner")


def first_suite(repo: Repo) -> None:
    text = (repo.root / f"evalsets/{TRIAGE}.yaml").read_text("utf-8")
    new = text.replace(f"id: {TRIAGE}", "id: triage-smoke").replace("floor: 0.40, ", "")
    cases = (repo.root / f"evalsets/{TRIAGE}.jsonl").read_text("utf-8").splitlines(keepends=True)[:20]
    (repo.root / "evalsets/triage-smoke.yaml").write_text(new.replace(TRIAGE, "triage-smoke"), "utf-8")
    (repo.root / "evalsets/triage-smoke.jsonl").write_text("".join(cases), "utf-8")
    repo.commit("A small suite to run by hand")


def unrelated(repo: Repo) -> None:
    (repo.top / "README.md").write_text("# Halden Coffee\n\nPrompts and their suites.\n", "utf-8")
    (repo.root / "NOTES.md").write_text("Tone: friendly, short.\n", "utf-8")
    repo.commit("Readme")


def slipping(*cases: str) -> Callable[[Model], None]:
    def change(model: Model) -> None:
        model.slips = frozenset(cases)

    return change


def worse_now(model: Model) -> None:
    model.resolved = "gpt-4o-mini-2024-07-18-r2"
    model.slips = frozenset(sorted(case["id"] for case in model.cases.values())[::7])


STORY = (
    PullRequest("improvement", 0, improvement),
    PullRequest("improvement-accepted", 0, improvement_accepted),
    PullRequest("regression", 1, regression),
    PullRequest("noise-only", 0, noise, slipping("vat-invoice-company", "portuguese-login-google")),
    PullRequest("no-version-bump", 2, no_bump),
    PullRequest("other-model", 1, other_model),
    PullRequest("case-removed", 1, case_removed),
    PullRequest("judge-changed", 1, judge_changed),
    PullRequest("lowered-without-approval", 1, lowered_alone),
    PullRequest("lowered-with-approval", 0, lowered_with_approval),
    PullRequest("broken-template", 2, broken_template),
    PullRequest("provider-outage", 3, outage, down=True),
    PullRequest("provider-changed-the-model", 1, provider_changed, worse_now),
    PullRequest("first-run-of-a-suite", 0, first_suite),
    PullRequest("fork-without-key", 3, regression, arguments=("--offline",)),
    PullRequest("nothing-to-judge", 0, unrelated),
)
