"""Where replies of providers come in: each is an answer, or the error that says why it is none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from llmops_cli.models.answer import Answer
from llmops_cli.models.checks import NotAnAnswerError
from llmops_cli.models.clients.failures import bad_answer, failure_inside

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from llmops_cli.models.reply import Reply
    from llmops_cli.models.request import Request
    from llmops_cli.models.settings import ProviderSettings

ENDED_IN_ERROR = "error"
"""How gateways say in `finish_reason` that the model behind them failed on the way."""


def admit(
    data: Mapping[str, Any],
    read: Callable[[Mapping[str, Any]], Reply],
    request: Request,
    provider: ProviderSettings,
    *,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """The answer in the data of a reply, which `read` knows the protocol of.

    Raises the CallError that fits, also where the provider puts what went wrong into a success.
    """
    try:
        reply = read(data)
        if reply.error or reply.finish_reason == ENDED_IN_ERROR:
            raise failure_inside(reply.error, headers or {}, provider)
        return Answer.from_reply(reply, request.model, provider.secrets)
    except NotAnAnswerError as fault:
        shown = json.dumps(data, default=str, ensure_ascii=False)
        raise bad_answer(provider, f"the reply is no answer: {fault}", shown) from fault
