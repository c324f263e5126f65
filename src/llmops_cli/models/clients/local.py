"""Models in this process: a GGUF file, run by llama.cpp, with no key and no server."""

from __future__ import annotations

import asyncio
import atexit
import queue
import threading
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from llmops_cli.core.errors import CallError, OutsideError, UnreachableError
from llmops_cli.models import weights
from llmops_cli.models.clients.local_model import LocalModel, NotLoadedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmops_cli.models.answer import Answer
    from llmops_cli.models.request import Request
    from llmops_cli.models.settings import ModelSettings, ProviderSettings

_STOP_S = 10.0
"""How long the end of the process waits for the worker; a prompt being read cannot be interrupted."""


@dataclass(slots=True)
class _Job:
    request: Request
    future: Future[Answer] = field(default_factory=Future)
    cancelled: bool = False


class LocalClient:
    """Answers in one worker thread, first come, first served.

    One at a time, because several at once would change each other's rounding: the same requests in the same
    order give the same answers. (A prompt whose beginning is still in the cache is read in other batches than
    a new one, so another order may change a close decision.) Weights that are not there are fetched at the
    first call.
    """

    def __init__(
        self, _provider: ProviderSettings, settings: ModelSettings, report: Callable[[str], None]
    ) -> None:
        self._settings = settings
        self._report = report
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._models: dict[str, LocalModel | CallError] = {}
        self._stopping = threading.Event()
        self._worker: threading.Thread | None = None

    async def answer(self, request: Request) -> Answer:
        """Ask once. `latency_s` is the model's own time, without waiting in the queue. Raises a CallError."""
        if self._worker is None:
            self._worker = threading.Thread(target=self._work, name="llmops-local", daemon=True)
            self._worker.start()
            # llama.cpp must not be torn down under a running thread: that is a crash at exit.
            atexit.register(self._halt)
        job = _Job(request)
        self._jobs.put(job)
        try:
            return await asyncio.wrap_future(job.future)
        except asyncio.CancelledError:
            job.cancelled = True
            raise

    async def close(self) -> None:
        """Stop the running completion at its next token and release the models' memory."""
        await asyncio.to_thread(self._halt)
        atexit.unregister(self._halt)

    def _halt(self) -> None:
        self._stopping.set()
        self._jobs.put(None)
        if self._worker is not None:
            self._worker.join(_STOP_S)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None and not self._stopping.is_set():
            self._serve(job)
        # Released here, in the thread that made them, and before the interpreter goes down.
        self._models.clear()

    def _serve(self, job: _Job) -> None:
        if job.cancelled or not job.future.set_running_or_notify_cancel():
            return
        try:
            model = self._model(job.request.name)
            job.future.set_result(
                model.complete(job.request, lambda: job.cancelled or self._stopping.is_set())
            )
        except BaseException as error:  # noqa: BLE001 - whoever waits for the answer gets the error
            job.future.set_exception(error)

    def _model(self, name: str) -> LocalModel:
        made = self._models.get(name)
        if made is None:
            made = self._models[name] = self._load(name)
        if isinstance(made, CallError):
            # Loading is tried once: a second download or a second look at a broken file helps nobody.
            raise type(made)(made.message, made.hint)
        return made

    def _load(self, name: str) -> LocalModel | CallError:
        env = self._settings.env
        try:
            path = weights.own_file(name, self._settings.project_root)
            if path is None:
                path = weights.locate(name, env=env) or weights.fetch(name, self._report, env=env)
                return LocalModel(path, name, weights.WEIGHTS[name].sha256, tools=False)
            return LocalModel(path, path.name, weights.own_hash(path, env=env), tools=True)
        except CallError as error:
            return (
                error
                if not isinstance(error, UnreachableError)
                else NotLoadedError(error.message, error.hint)
            )
        except OutsideError as error:
            return NotLoadedError(error.message, error.hint)
