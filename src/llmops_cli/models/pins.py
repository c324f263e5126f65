"""Which model names always mean the same weights, and which move under your feet."""

from __future__ import annotations

import re

from llmops_cli.models.fault import FaultKind, ModelFault

_OPENAI = re.compile(
    r"-\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$|-(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(-preview)?$"
)
_ANTHROPIC_DATED = re.compile(r"-20\d{6}$")
# From the 4.6 generation on an id has no date and is itself the pinned version:
# platform.claude.com/docs/en/about-claude/models/model-ids-and-versions
_ANTHROPIC_DATELESS = re.compile(r"^claude-[a-z]+-(\d{1,2})(?:-(\d{1,2}))?$")
_FIRST_DATELESS = (4, 6)
_GEMINI = re.compile(r"-\d{3}$|-(0[1-9]|1[0-2])-(\d{2}|20\d{2})$")
_GOOGLE = frozenset({"gemini", "vertex_ai"})
_OLLAMA = frozenset({"ollama", "ollama_chat"})


def is_pinned(model: str) -> bool:
    """Whether `provider/name` names one fixed version, so that scores taken today mean something tomorrow."""
    provider, _, name = model.partition("/")
    if provider == "local":
        return True
    if name.endswith("latest"):
        return False
    if provider == "openai":
        return name.startswith("ft:") or _OPENAI.search(name) is not None
    if provider == "anthropic":
        return _anthropic_pinned(name)
    if provider in _GOOGLE and name.startswith("gemini"):
        return _GEMINI.search(name) is not None
    # Ollama reads a name without a tag as `name:latest`.
    return provider not in _OLLAMA or ":" in name


def pin_hint(model: str) -> str:
    """Return what to write instead of a moving alias; "" when the model is pinned."""
    if is_pinned(model):
        return ""
    provider, _, name = model.partition("/")
    stem = re.sub(r"[-:@]?latest$", "", name)
    if provider == "openai":
        return (
            f"write a dated version, such as `openai/{stem}-YYYY-MM-DD`; the provider's model page lists them"
        )
    if provider == "anthropic":
        return (
            f"write the dated id, such as `anthropic/{stem}-YYYYMMDD`; from the 4.6 generation on "
            "`claude-NAME-MAJOR-MINOR` is itself a fixed version"
        )
    if provider in _GOOGLE:
        return f"write a numbered version, such as `{provider}/{stem}-001`"
    if provider in _OLLAMA or name.endswith(":latest"):
        return f"write the tag, such as `{provider}/{stem}:8b-instruct-q4_0`; no tag means `latest`"
    return "write the version behind the alias; the provider's model page lists them"


def moving_fault(model: str, allow_aliases: bool | frozenset[str]) -> ModelFault | None:
    """What is wrong with a name that moves, unless every such name, or this one, is allowed."""
    if is_pinned(model) or allow_aliases is True or (allow_aliases is not False and model in allow_aliases):
        return None
    message = f"`{model}` is a moving alias: scores of today would mean nothing tomorrow"
    hint = f"{pin_hint(model)}; or allow it in llmops.yaml under models.allow_aliases"
    return ModelFault(FaultKind.MOVING_ALIAS, message, hint)


def _anthropic_pinned(name: str) -> bool:
    if _ANTHROPIC_DATED.search(name):
        return True
    match = _ANTHROPIC_DATELESS.match(name)
    if match is None:
        return False
    major, minor = int(match[1]), int(match[2] or 0)
    return (major, minor) >= _FIRST_DATELESS
