"""Which providers there are, where they are, and which variables hold their keys."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from llmops_cli.core.address import without_login
from llmops_cli.core.environment import PROXIES, variables
from llmops_cli.core.redact import Secrets

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmops_cli.core.address import Login
    from llmops_cli.core.project import Project

Kind = Literal["openai", "anthropic", "local", "litellm"]
"""How a provider is spoken to; `clients.CLIENTS` has one client for each."""

NATIVE: dict[str, dict[str, Any]] = {
    "openai": {"kind": "openai", "base_url_env": "OPENAI_BASE_URL", "api_key_env": "OPENAI_API_KEY"},
    "anthropic": {
        "kind": "anthropic",
        "base_url_env": "ANTHROPIC_BASE_URL",
        "api_key_env": "ANTHROPIC_API_KEY",
    },
    "local": {"kind": "local"},
}

LITELLM: dict[str, str] = {
    "azure": "AZURE_API_KEY",
    "azure_ai": "AZURE_AI_API_KEY",
    "bedrock": "",
    "cerebras": "CEREBRAS_API_KEY",
    "cohere": "COHERE_API_KEY",
    "dashscope": "DASHSCOPE_API_KEY",
    "databricks": "DATABRICKS_API_KEY",
    "deepinfra": "DEEPINFRA_API_KEY",
    "deepseek": "DEEPSEEK_API_KEY",
    "fireworks_ai": "FIREWORKS_AI_API_KEY",
    "gemini": "GEMINI_API_KEY",
    "groq": "GROQ_API_KEY",
    "hosted_vllm": "",
    "huggingface": "HF_TOKEN",
    "litellm_proxy": "",
    "mistral": "MISTRAL_API_KEY",
    "moonshot": "MOONSHOT_API_KEY",
    "nvidia_nim": "NVIDIA_NIM_API_KEY",
    "ollama": "",
    "ollama_chat": "",
    "openrouter": "OPENROUTER_API_KEY",
    "perplexity": "PERPLEXITYAI_API_KEY",
    "replicate": "REPLICATE_API_KEY",
    "sagemaker": "",
    "sambanova": "SAMBANOVA_API_KEY",
    "together_ai": "TOGETHERAI_API_KEY",
    "vertex_ai": "",
    "watsonx": "WATSONX_APIKEY",
    "xai": "XAI_API_KEY",
}
"""Common providers of litellm -> the variable with the key; "" where no single key is needed: cloud logins,
own servers."""


@dataclass(frozen=True)
class ProviderSettings:
    """One provider, resolved: its key is a value here, so it is never written anywhere.

    `base_url` has no user and no password in it: `login` has them, and they are sent as `Authorization:
    Basic`. `proxies` are secrets of the proxies that requests may go through.
    """

    name: str
    kind: Kind
    base_url: str | None = None
    api_key: str = field(default="", repr=False)
    api_key_env: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    login: Login | None = field(default=None, repr=False)
    proxies: tuple[str, ...] = field(default=(), repr=False)

    @cached_property
    def secrets(self) -> Secrets:
        """What may appear in no message and no file."""
        login = () if self.login is None else (self.login.user, self.login.password)
        return Secrets([self.api_key, *self.headers.values(), *login, *self.proxies])


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """Everything that decides how models are called.

    `providers` and `prices` are the mappings of llmops.yaml as written. `timeout_s` is the limit of one
    attempt in seconds, `max_answer_mb` that of one reply in millions of bytes. `env` stands for the process
    environment, so that tests need not change it.
    """

    providers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    prices: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    timeout_s: float = 60.0
    max_attempts: int = 5
    max_answer_mb: float = 16.0
    env: Mapping[str, str] = field(default_factory=variables, repr=False)
    project_root: Path = field(default_factory=Path)

    def entry(self, name: str) -> Mapping[str, Any] | None:
        """Return a provider's description, the project's laid over the built-in; None when unknown."""
        built_in = NATIVE.get(name)
        if built_in is None and name in LITELLM:
            built_in = {"kind": "litellm", "api_key_env": LITELLM[name]}
        written = self.providers.get(name)
        if written is None:
            return built_in
        # An entry of another kind replaces the built-in one: its variables would be the wrong ones.
        same_kind = built_in is not None and written.get("kind", built_in["kind"]) == built_in["kind"]
        return {**built_in, **written} if built_in is not None and same_kind else written

    def in_process(self, model: str) -> bool:
        """Whether a model runs in this process, so that nobody is called for its answers."""
        provider = self.provider(model.partition("/")[0])
        return provider is not None and provider.kind == "local"

    def provider(self, name: str) -> ProviderSettings | None:
        """Return the provider with address and key read from `env`; None when it is unknown."""
        entry = self.entry(name)
        if entry is None or entry.get("kind") not in get_args(Kind):
            return None
        variable = entry.get("base_url_env")
        key_variable = entry.get("api_key_env") or None
        headers = entry.get("headers_env") or {}
        address = (self.env.get(variable) if variable else None) or entry.get("base_url")
        base_url, login = without_login(address) if address else (None, None)
        values = {header: self.env[name] for header, name in headers.items() if name in self.env}
        if login is not None:
            values = {"authorization": login.header, **values}
        return ProviderSettings(
            name=name,
            kind=entry["kind"],
            base_url=base_url,
            # A key pasted with its line end would break the header.
            api_key=self.env.get(key_variable, "").strip() if key_variable else "",
            api_key_env=key_variable,
            headers=values,
            login=login,
            proxies=_proxy_logins(self.env),
        )


def _proxy_logins(env: Mapping[str, str]) -> tuple[str, ...]:
    """Users and passwords of the proxies around the process: an error may repeat them."""
    addresses = (value for name, value in env.items() if name.upper().endswith(PROXIES) and "@" in value)
    logins = (login for _, login in map(without_login, addresses) if login is not None)
    return tuple(part for login in logins for part in (login.user, login.password))


def model_settings(project: Project) -> ModelSettings:
    """How the project's models are called; keys come from the environment."""
    return ModelSettings(
        providers=project.providers,
        prices=project.prices,
        timeout_s=project.timeout_s,
        max_attempts=project.max_attempts,
        max_answer_mb=project.max_answer_mb,
        project_root=project.root,
    )
