"""Daily work that stays green, and a dishonest twin of some of it that does not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.story.pull_requests import ASK, HELP_PROMPT, TRIAGE_PROMPT, PullRequest
from tests.story.repository import ADA, FOLDER, MODEL, NEWER, TRIAGE, Model, Repo

if TYPE_CHECKING:
    from collections.abc import Callable

CASES = f"evalsets/{TRIAGE}.jsonl"
SUITE = f"evalsets/{TRIAGE}.yaml"
ROUTING_PROMPT = "prompts/routing/triage.yaml"
WORSE = "Guess what the message is about. One word"
MENDED = "vat-invoice-company"
NEW: tuple[dict[str, Any], ...] = tuple(
    {"id": f"delivery-slot-{number}", "vars": {"ticket": f"Could the {number}th bag come a day later?"},
     "expected": "delivery", "tags": ["english"]}
    for number in range(4, 14)
)  # fmt: skip


def cases_edited(repo: Repo, change: Callable[[dict[str, Any]], None]) -> None:
    """Each case of the triage suite, changed."""
    path = repo.root / CASES
    cases = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    for case in cases:
        change(case)
    path.write_text("".join(json.dumps(case, ensure_ascii=False) + "\n" for case in cases), "utf-8")


def reworded(repo: Repo) -> None:
    """A prompt edit that the model does not mind."""
    repo.edit(TRIAGE_PROMPT, ASK, "Say what this customer's message is about. Answer with one word")
    repo.bump(TRIAGE_PROMPT, "1.0.0", "1.1.0")


def worse(repo: Repo) -> None:
    repo.edit(TRIAGE_PROMPT, ASK, WORSE)
    repo.bump(TRIAGE_PROMPT, "1.0.0", "1.1.0")


def ten_cases(repo: Repo) -> None:
    path = repo.root / CASES
    lines = "".join(json.dumps(case, ensure_ascii=False) + "\n" for case in NEW)
    path.write_text(path.read_text("utf-8") + lines, "utf-8")
    repo.commit("Triage: ten tickets of this week")


def knows_the_new_cases(model: Model) -> None:
    model.cases = {**model.cases, **{str(case["vars"]["ticket"]): case for case in NEW}}


def label_mended(repo: Repo) -> None:
    def mend(case: dict[str, Any]) -> None:
        if case["id"] == MENDED:
            case["expected"] = "error"

    cases_edited(repo, mend)
    reworded(repo)
    repo.commit("Triage: the invoice ticket is about an error")


def typo_mended(repo: Repo) -> None:
    repo.edit(CASES, "I was charged twice for my June bag.", "I was charged twice for my bag of June.")
    repo.commit("Triage: a ticket as it was written")


def knows_the_mended_ticket(model: Model) -> None:
    spelled = {ask.replace("my June bag", "my bag of June"): case for ask, case in model.cases.items()}
    model.cases = {**model.cases, **spelled}


def scorer_refactored(repo: Repo) -> None:
    repo.edit("scorers/grounded.py", 'found is not None, f"says', 'bool(found), f"says')
    repo.commit("Help: a shorter line in a scorer")


def helper_added(repo: Repo) -> None:
    path = repo.root / "scorers/grounded.py"
    more = "\n\ndef count_words(text: str) -> int:\n    return len(text.split())\n"
    path.write_text(path.read_text("utf-8") + more, "utf-8")
    repo.commit("Help: a helper for the next scorer")


def price_updated(repo: Repo) -> None:
    price = f"prices:\n  {MODEL}: {{input_per_million: 0.2, output_per_million: 0.8}}\n"
    repo.edit("llmops.yaml", "max_attempts: 1\n", f"max_attempts: 1\n{price}")
    repo.commit("The price of this quarter")


def suite_renamed(repo: Repo) -> None:
    repo.git("mv", f"{FOLDER}/{SUITE}", f"{FOLDER}/evalsets/tickets.yaml")
    repo.edit("evalsets/tickets.yaml", f"id: {TRIAGE}", f"id: tickets\nwas: {TRIAGE}")
    repo.commit("Triage: the suite is called tickets")


def folder_moved(repo: Repo) -> None:
    (repo.root / "evalsets/support").mkdir()
    for name in (SUITE, CASES):
        repo.git("mv", f"{FOLDER}/{name}", f"{FOLDER}/{name.replace('evalsets/', 'evalsets/support/')}")
    repo.commit("Triage: its suite in a folder of its own")


def partial_moved(repo: Repo) -> None:
    (repo.root / "prompts/shared").mkdir()
    repo.git("mv", f"{FOLDER}/prompts/_safety.j2", f"{FOLDER}/prompts/shared/_safety.j2")
    for path, number in ((TRIAGE_PROMPT, "1.1.0"), ("prompts/orders/extract.yaml", "1.1.0")):
        repo.edit(path, "{% include '_safety.j2' %}", "{% include 'shared/_safety.j2' %}")
        repo.edit(path, "version: 1.0.0", f"version: {number}")
    assert repo.llmops("prompts", "lock").code == 0
    repo.commit("Partials in a folder of their own")


def tag_added(repo: Repo) -> None:
    def mark(case: dict[str, Any]) -> None:
        if len(case["vars"]["ticket"]) > 150:
            case["tags"].append("long")

    cases_edited(repo, mark)
    repo.commit("Triage: long tickets have a tag")


def metadata_added(repo: Repo) -> None:
    cases_edited(repo, lambda case: case.update(metadata={"source": "inbox"}))
    reworded(repo)
    repo.commit("Triage: where the tickets come from")


def candidate_added(repo: Repo) -> None:
    repo.edit(SUITE, "prompt: support.triage\n", f"prompt: support.triage\nmodels: [{MODEL}, {NEWER}]\n")
    repo.commit("Triage: a newer model beside ours")


def recorded_anew(repo: Repo) -> None:
    reworded(repo)
    repo.identify(ADA)
    ran = repo.llmops("eval", TRIAGE, "--record")
    assert ran.code == 0, ran.both
    repo.commit("Triage: other words, recorded")


def reformatted(repo: Repo) -> None:
    repo.edit(
        SUITE,
        "gate:\n  pass_rate: {floor: 0.40, max_drop: 0.05, tier: critical}\n  must_pass: [tag:smoke]\n",
        "gate:  # what may not happen\n  must_pass:\n    - tag:smoke\n"
        "  pass_rate:\n    max_drop: 0.05\n    floor: 0.4\n",
    )
    repo.commit("Triage: the gate in block style")


def newer_llmops(repo: Repo) -> None:
    (repo.root / "requirements.txt").write_text("llmops-cli==0.3.0\n", "utf-8")
    repo.commit("llmops 0.3")


def newer_and_worse(repo: Repo) -> None:
    worse(repo)
    newer_llmops(repo)


def prompt_renamed(repo: Repo) -> None:
    (repo.root / "prompts/routing").mkdir()
    repo.git("mv", f"{FOLDER}/{TRIAGE_PROMPT}", f"{FOLDER}/{ROUTING_PROMPT}")
    repo.edit(ROUTING_PROMPT, "id: support.triage\n", "id: support.routing\nwas: support.triage\n")
    repo.edit(ROUTING_PROMPT, ASK, "Say what this customer's message is about. Answer with one word")
    repo.edit(SUITE, "prompt: support.triage\n", "prompt: support.routing\n")
    repo.bump(ROUTING_PROMPT, "1.0.0", "1.1.0")
    repo.commit("Triage: the prompt is about routing")


def two_at_once(repo: Repo) -> None:
    helper_added(repo)
    tag_added(repo)
    ten_cases(repo)


def metadata_on_the_worst(repo: Repo) -> None:
    worse(repo)
    cases_edited(repo, lambda case: case.update(metadata={"source": "inbox"}))
    repo.commit("Triage: shorter, and where the tickets come from")


def labels_bent(repo: Repo) -> None:
    def bend(case: dict[str, Any]) -> None:
        if len(case["id"]) % 3 == 0:
            case["expected"] = "question"

    worse(repo)
    cases_edited(repo, bend)
    repo.commit("Triage: labels looked through")


def scorer_loosened(repo: Repo) -> None:
    repo.edit("scorers/grounded.py", "return _verdict(found is not None,", "return _verdict(bool(output),")
    repo.edit(HELP_PROMPT, "Answer the question from the text.", "Guess the answer.")
    repo.bump(HELP_PROMPT, "1.0.0", "1.1.0")
    repo.commit("Help: a fairer scorer")


def suite_left_behind(repo: Repo) -> None:
    worse(repo)
    repo.git("mv", f"{FOLDER}/{SUITE}", f"{FOLDER}/evalsets/tickets.yaml")
    repo.edit("evalsets/tickets.yaml", f"id: {TRIAGE}", "id: tickets")
    repo.commit("Triage: the suite is called tickets")


def tag_removed(repo: Repo) -> None:
    def unmark(case: dict[str, Any]) -> None:
        if "smoke" in case["tags"] and "twice" not in case["id"]:
            case["tags"].remove("smoke")

    worse(repo)
    cases_edited(repo, unmark)
    repo.commit("Triage: fewer smoke tests")


HONEST = (
    PullRequest("ten-new-cases", 0, ten_cases, knows_the_new_cases),
    PullRequest("a-label-mended-with-a-prompt-edit", 0, label_mended),
    PullRequest("a-typo-mended", 0, typo_mended, knows_the_mended_ticket),
    PullRequest("a-scorer-refactored", 0, scorer_refactored),
    PullRequest("a-helper-in-a-scorers-module", 0, helper_added),
    PullRequest("a-price-updated", 0, price_updated),
    PullRequest("a-suite-renamed", 0, suite_renamed),
    PullRequest("a-folder-moved", 0, folder_moved),
    PullRequest("a-partial-moved", 0, partial_moved),
    PullRequest("a-tag-added", 0, tag_added),
    PullRequest("metadata-added", 0, metadata_added),
    PullRequest("a-candidate-model", 0, candidate_added),
    PullRequest("recorded-anew", 0, recorded_anew, arguments=("--offline",)),
    PullRequest("reformatted", 0, reformatted),
    PullRequest("a-newer-llmops", 0, newer_llmops, newer=True),
    PullRequest("a-prompt-renamed", 0, prompt_renamed),
    PullRequest("several-at-once", 0, two_at_once, knows_the_new_cases),
)
DISHONEST = (
    PullRequest("metadata-on-the-worst", 1, metadata_on_the_worst),
    PullRequest("labels-bent", 1, labels_bent),
    PullRequest("a-scorer-loosened", 1, scorer_loosened),
    PullRequest("a-suite-left-behind", 1, suite_left_behind),
    PullRequest("fewer-must-pass", 1, tag_removed),
    PullRequest("a-newer-llmops-and-a-worse-prompt", 1, newer_and_worse, newer=True),
)
DAILY_WORK = (*HONEST, *DISHONEST)
