"""What would make a model uncallable, found before anything is spent."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from llmops_cli.core.address import is_readable, origin
from llmops_cli.core.spelling import did_you_mean, nearest
from llmops_cli.models.fault import FaultKind, ModelFault
from llmops_cli.models.settings import LITELLM, NATIVE, ModelSettings, ProviderSettings
from llmops_cli.models.weights import WEIGHTS, own_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

INSTALL_LOCAL = "pip install 'llmops-cli[local]'"


def faults_of(
    model: str, settings: ModelSettings, *, installed: Callable[[str], bool] | None = None
) -> list[ModelFault]:
    """Reasons why calls to `provider/name` cannot work; empty when all is well.

    Nothing is called and no client library is imported. `installed` tells whether a module can be imported.
    """
    name, slash, rest = model.partition("/")
    if not slash or not name or not rest:
        meant = nearest(name, [*NATIVE, *LITELLM, *settings.providers]) if name else None
        hint = f"write `provider/name`, for example `{meant or 'openai'}/NAME`"
        return [ModelFault(FaultKind.NOT_A_MODEL, f"`{model}` is not a model", hint)]
    provider = settings.provider(name)
    if provider is None:
        message = f"unknown provider `{name}` in `{model}`"
        return [ModelFault(FaultKind.UNKNOWN_PROVIDER, message, _unknown_hint(name, settings))]
    has = installed or (lambda module: find_spec(module) is not None)
    if provider.kind == "local":
        return list(_local_faults(rest, settings, has))
    faults = list(_provider_faults(provider, settings))
    if provider.kind == "litellm" and not has("litellm"):
        message = f"`{model}` is called through litellm, which is not installed"
        faults.append(ModelFault(FaultKind.MISSING_PACKAGE, message, "pip install llmops-cli"))
    return faults


def _unknown_hint(name: str, settings: ModelSettings) -> str:
    providers = {*NATIVE, *LITELLM, *settings.providers}
    add = (
        f"or add it to llmops.yaml: `providers: {{{name}: {{kind: openai, base_url: …}}}}` for an "
        "OpenAI-compatible server, `{kind: litellm}` for another provider that litellm knows"
    )
    return f"{did_you_mean(name, providers, noun='providers')} {add}"


def _provider_faults(provider: ProviderSettings, settings: ModelSettings) -> Iterator[ModelFault]:
    entry = settings.providers.get(provider.name, {})
    for header, variable in (entry.get("headers_env") or {}).items():
        if not settings.env.get(variable):
            message = f"the header `{header}` of `{provider.name}` has no value"
            yield ModelFault(FaultKind.NO_HEADER_VALUE, message, f"set {variable}")
    if provider.name not in NATIVE and provider.kind in {"openai", "anthropic"} and not provider.base_url:
        variable = entry.get("base_url_env")
        hint = (
            f"set {variable}" if variable else f"add `base_url` to `providers.{provider.name}` in llmops.yaml"
        )
        yield ModelFault(FaultKind.NO_ADDRESS, f"provider `{provider.name}` has no address", hint)
    if provider.base_url and not provider.base_url.startswith(("http://", "https://")):
        message = f"the address of `{provider.name}` is not a URL"
        yield ModelFault(FaultKind.BAD_ADDRESS, message, "it begins with http:// or https://")
    elif provider.base_url and not is_readable(provider.base_url):
        message = f"the address of `{provider.name}` cannot be read: {origin(provider.base_url)}"
        hint = "check host and port; in a user and a password, `/`, `@`, `?`, `#` are %2F, %40, %3F, %23"
        yield ModelFault(FaultKind.BAD_ADDRESS, message, hint)
    if provider.login is not None and provider.api_key and provider.kind != "anthropic":
        message = (
            f"`{provider.name}` has a key, and a user and a password in its address: one of them can be sent"
        )
        hint = f"unset {provider.api_key_env}, or take the user and the password out of the address"
        yield ModelFault(FaultKind.BAD_ADDRESS, message, hint)
    if not provider.api_key and provider.api_key_env and not _keyless(entry):
        message = f"no API key for `{provider.name}`"
        yield ModelFault(FaultKind.NO_KEY, message, f"set {provider.api_key_env}")


def _keyless(entry: Mapping[str, Any]) -> bool:
    # `openai` or a litellm provider pointed at one's own server (vLLM, Ollama) in llmops.yaml needs no key,
    # unless the entry itself names a variable for one.
    return bool(entry.get("base_url") or entry.get("base_url_env")) and "api_key_env" not in entry


def _local_faults(name: str, settings: ModelSettings, has: Callable[[str], bool]) -> Iterator[ModelFault]:
    if name not in WEIGHTS:
        path = own_file(name, settings.project_root)
        if path is None:
            near = did_you_mean(name, WEIGHTS, noun="local models")
            hint = f"{near} or write the path of a .gguf file in the project"
            yield ModelFault(FaultKind.UNKNOWN_LOCAL_MODEL, f"unknown local model `{name}`", hint)
            return
        if not path.is_file():
            hint = "the path is relative to the project's folder"
            yield ModelFault(FaultKind.MISSING_FILE, f"there is no file `{name}`", hint)
            return
    # Asked for last: installing the extra would not help a name that is wrong.
    if not has("xllamacpp"):
        message = "local models need the `local` extra"
        yield ModelFault(FaultKind.MISSING_PACKAGE, message, INSTALL_LOCAL)
