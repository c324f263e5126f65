"""What would make a model uncallable, found before anything is spent."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from llmops_cli.core.spelling import did_you_mean, nearest
from llmops_cli.models.settings import LITELLM, NATIVE, ModelSettings, ProviderSettings, entry_problems
from llmops_cli.models.weights import WEIGHTS, own_file

if TYPE_CHECKING:
    from collections.abc import Callable

Found = list[tuple[str, str]]

INSTALL_LOCAL = "pip install 'llmops-cli[local]'"


def problems_of(
    model: str, settings: ModelSettings, *, installed: Callable[[str], bool] | None = None
) -> Found:
    """Reasons why calls to `provider/name` cannot work, as (message, hint) pairs; empty when all is well.

    Nothing is called and no client library is imported. `installed` tells whether a module can be imported.
    """
    name, slash, rest = model.partition("/")
    if not slash or not name or not rest:
        known = nearest(name, [*NATIVE, *LITELLM, *settings.providers]) if name else None
        example = f"`{known or 'openai'}/NAME`"
        return [(f"`{model}` is not a model", f"write `provider/name`, for example {example}")]
    if name in settings.providers:
        found = entry_problems(name, settings.providers[name])
        if found:
            return found
    provider = settings.provider(name)
    if provider is None:
        return [(f"unknown provider `{name}` in `{model}`", _unknown_hint(name, settings))]
    has = installed or (lambda module: find_spec(module) is not None)
    if provider.kind == "local":
        return _local_problems(rest, settings, has)
    found = _key_problems(provider, settings)
    if provider.kind == "litellm" and not has("litellm"):
        found.append(
            (f"`{model}` is called through litellm, which is not installed", "pip install llmops-cli")
        )
    return found


def _unknown_hint(name: str, settings: ModelSettings) -> str:
    known = {*NATIVE, *LITELLM, *settings.providers}
    add = (
        f"or add it to llmops.yaml: `providers: {{{name}: {{kind: openai, base_url: …}}}}` for an "
        "OpenAI-compatible server, `{kind: litellm}` for another provider that litellm knows"
    )
    return f"{did_you_mean(name, known, noun='providers')} {add}"


def _key_problems(provider: ProviderSettings, settings: ModelSettings) -> Found:
    own = settings.providers.get(provider.name, {})
    found = []
    for header, variable in (own.get("headers_env") or {}).items():
        if not settings.env.get(variable):
            found.append((f"the header `{header}` of `{provider.name}` has no value", f"set {variable}"))
    if provider.name not in NATIVE and provider.kind in {"openai", "anthropic"} and not provider.base_url:
        variable = own.get("base_url_env")
        hint = (
            f"set {variable}" if variable else f"add `base_url` to `providers.{provider.name}` in llmops.yaml"
        )
        found.append((f"provider `{provider.name}` has no address", hint))
    if provider.base_url and not provider.base_url.startswith(("http://", "https://")):
        found.append((f"the address of `{provider.name}` is not a URL", "it begins with http:// or https://"))
    if not provider.api_key and provider.api_key_env and not _keyless(provider, own):
        found.append((f"no API key for `{provider.name}`", f"set {provider.api_key_env}"))
    return found


def _keyless(provider: ProviderSettings, own: object) -> bool:
    # `openai` or a litellm provider pointed at one's own server (vLLM, Ollama) in llmops.yaml needs no key,
    # unless the entry itself names a variable for one.
    named = isinstance(own, dict) and "api_key_env" in own
    return isinstance(own, dict) and bool(own.get("base_url") or own.get("base_url_env")) and not named


def _local_problems(name: str, settings: ModelSettings, has: Callable[[str], bool]) -> Found:
    if name not in WEIGHTS:
        path = own_file(name, settings.project_root)
        if path is None:
            hint = did_you_mean(name, WEIGHTS, noun="local models")
            more = "or write the path of a .gguf file in the project"
            return [(f"unknown local model `{name}`", f"{hint} {more}")]
        if not path.is_file():
            return [(f"there is no file `{name}`", "the path is relative to the project's folder")]
    # Asked for last: installing the extra would not help a name that is wrong.
    return [] if has("xllamacpp") else [("local models need the `local` extra", INSTALL_LOCAL)]
