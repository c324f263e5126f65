"""The protocol of a model client: one small surface for every way of answering."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from llmops_cli.models.answer import Answer
    from llmops_cli.models.request import Request


class Client(Protocol):
    """Answers requests for the models of one provider.

    A client is made with `(ProviderSettings, ModelSettings, report)`, used inside one event loop, and closed
    at the end. It makes exactly one attempt for each call; asking again is `models.retry`'s part. Every
    failure is a `CallError`.
    """

    async def answer(self, request: Request) -> Answer:
        """Ask the model once. Raises a subclass of CallError when there is no answer."""
        ...

    async def close(self) -> None:
        """Release connections, threads and memory."""
        ...
