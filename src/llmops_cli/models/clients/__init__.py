"""Ways of answering a request, one file each.

To add one: write `clients/x.py` with a class that follows `base.Client` and is made with
`(ProviderSettings, ModelSettings, report)`, add one line to `CLIENTS`, its kind to `settings.Kind`, and one
line to the parametrised contract test in `tests/models/test_client_contract.py`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmops_cli.models.clients.base import Client
    from llmops_cli.models.settings import ModelSettings, ProviderSettings

CLIENTS = {
    "openai": "llmops_cli.models.clients.openai:OpenAIClient",
    "anthropic": "llmops_cli.models.clients.anthropic:AnthropicClient",
    "local": "llmops_cli.models.clients.local:LocalClient",
    "litellm": "llmops_cli.models.clients.litellm:LitellmClient",
}
"""Kind of provider -> "module:Class", imported when the first model of that kind is called."""


def make_client(provider: ProviderSettings, settings: ModelSettings, report: Callable[[str], None]) -> Client:
    """Return the client for one provider. `report` takes one line of talk for the user (stderr)."""
    module, _, name = CLIENTS[provider.kind].partition(":")
    client: Client = getattr(import_module(module), name)(provider, settings, report)
    return client


__all__ = ["CLIENTS", "make_client"]
