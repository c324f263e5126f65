"""A forge on loopback: a real HTTP server that behaves like the APIs of GitHub (Enterprise) and GitLab.

    with ForgeServer() as forge:
        ... GITHUB_API_URL=forge.github_url, or forge.enterprise_url, or CI_API_V4_URL=forge.gitlab_url ...
        assert [comment.body for comment in forge.comments] == ["…"]

One repository, `acme/app` (GitLab: project 5, the same path), with the pull request 7. Whoever has one of
`accounts` as a token may read, and write unless the account is `read_only`. `misbehave` makes the next
requests to a route, or all of them, fail in a chosen way.
"""

from __future__ import annotations

import json
import re
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import parse_qs, urlencode, urlsplit

Route = Literal["user", "pulls", "request", "list", "create", "update", "delete"]
Fault = Literal["drop", "done-then-drop", "hang", "html", "cut"]

REPOSITORY = "acme/app"
PROJECT = "5"
NUMBER = 7
BOT = "ghs_loopbackworkflowtoken0001"
ADA = "ghp_loopbackadaspersonaltoken1"
GITLAB_BOT = "glpat-loopbackprojecttoken01"


@dataclass(frozen=True)
class Account:
    """Who a token belongs to. An `app` has no user of its own, and may edit what anybody wrote."""

    id: int
    login: str
    app: bool = False
    read_only: bool = False


@dataclass
class Written:
    """A comment on the server."""

    id: int
    body: str
    author: Account
    system: bool = False


@dataclass
class Misbehaviour:
    """How a route answers instead; with `after` only from that request to it on (counted from 0)."""

    status: int | None = None
    fault: Fault | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    times: int | None = 1
    after: int = 0


@dataclass(frozen=True)
class Seen:
    """One request as it came in."""

    route: str
    method: str
    path: str
    query: dict[str, list[str]]
    token: str


class ForgeServer:
    """The server, in threads of its own. Use it as a context manager; every address is loopback."""

    def __init__(self, certificate: Path | None = None) -> None:
        self.accounts = {
            BOT: Account(41898282, "github-actions[bot]", app=True),
            ADA: Account(11, "ada"),
            GITLAB_BOT: Account(77, "project_5_bot"),
        }
        self.comments: list[Written] = []
        self.pulls: list[dict[str, Any]] = []
        self.seen: list[Seen] = []
        self.locked = False
        self.longest = 65_536
        self.links_to = ""
        """Another address that the links to next pages name."""
        self.link_headers = True
        self.together: dict[str, threading.Barrier] = {}
        """Routes whose first requests wait for each other once they are done: jobs at the same time."""
        self._wrong: dict[str, list[Misbehaviour]] = {}
        self._counts: dict[str, int] = {}
        self._ids = 1000
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self._server.daemon_threads = False
        self._scheme = "https" if certificate else "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.005,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)

    @property
    def base_url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self._server.server_address[1]}"

    @property
    def github_url(self) -> str:
        return self.base_url

    @property
    def enterprise_url(self) -> str:
        return f"{self.base_url}/api/v3"

    @property
    def gitlab_url(self) -> str:
        return f"{self.base_url}/api/v4"

    def misbehave(
        self,
        route: Route,
        status: int | None = None,
        *,
        fault: Fault | None = None,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        times: int | None = 1,
        after: int = 0,
    ) -> None:
        """Answer the next `times` requests to a route (None: all that follow) this way."""
        how = Misbehaviour(status, fault, headers or {}, body, times, after)
        self._wrong.setdefault(route, []).append(how)

    def write(self, body: str, token: str = BOT, *, system: bool = False) -> Written:
        """A comment that is there already."""
        with self._lock:
            self._ids += 1
            self.comments.append(Written(self._ids, body, self.accounts[token], system))
            return self.comments[-1]

    def count(self, route: str) -> int:
        return sum(seen.route == route for seen in self.seen)

    @property
    def bodies(self) -> list[str]:
        return [comment.body for comment in self.comments]

    # What follows is called by the handler.

    def wrong(self, route: str) -> Misbehaviour | None:
        with self._lock:
            at = self._counts[route] = self._counts.get(route, -1) + 1
            for how in self._wrong.get(route, []):
                if at >= how.after and how.times != 0:
                    how.times = None if how.times is None else how.times - 1
                    return how
        return None

    def meet(self, route: str) -> None:
        barrier = self.together.get(route)
        if barrier is not None and self.count(route) <= barrier.parties:
            barrier.wait(20)

    def wait_for_the_end(self) -> None:
        self._stopping.wait(60)

    def find(self, number: int) -> Written | None:
        return next((comment for comment in self.comments if comment.id == number), None)


Answer = tuple[int, Any, dict[str, str]]


class _Handler(BaseHTTPRequestHandler):
    forge: ForgeServer

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        pass

    def do_GET(self) -> None:
        self._serve()

    do_POST = do_PATCH = do_PUT = do_DELETE = do_GET  # noqa: N815 - the names are the base class's

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        gitlab = parts.path.startswith("/api/v4")
        route, number = (_gitlab_route if gitlab else _github_route)(self.command, parts.path)
        token = (self.headers.get("authorization") or "").removeprefix("Bearer ")
        query = parse_qs(parts.query)
        self.forge.seen.append(Seen(route, self.command, parts.path, query, token))
        how = self.forge.wrong(route)
        if how is not None and self._fails(how):
            return
        body = json.loads(raw)["body"] if raw else ""
        answer = (_gitlab if gitlab else _github)(self, route, number, query, token, body)
        self.forge.meet(route)
        if how is None or how.fault != "done-then-drop":
            self._answer(*answer)

    def _fails(self, how: Misbehaviour) -> bool:
        if how.status is not None:
            self._answer(
                how.status, {"message": "told to fail"} if how.body is None else how.body, dict(how.headers)
            )
            return True
        if how.fault == "hang":
            self.forge.wait_for_the_end()
        if how.fault == "html":
            self._send(200, b"<!DOCTYPE html><title>Sign in</title>", {"content-type": "text/html"})
        if how.fault == "cut":
            self._send(200, b'[{"id": 1, "bo', {"content-type": "application/json"})
        return how.fault != "done-then-drop"

    def _answer(self, status: int, data: Any, headers: dict[str, str]) -> None:
        raw = b"" if data is None else data.encode() if isinstance(data, str) else json.dumps(data).encode()
        self._send(status, raw, {"content-type": "application/json; charset=utf-8", **headers})

    def _send(self, status: int, raw: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "content-length": str(len(raw))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(raw)

    def page(self, entries: list[Any], query: dict[str, list[str]], default: int) -> Answer:
        size = min(int(query.get("per_page", [str(default)])[0]), 100)
        at = int(query.get("page", ["1"])[0])
        last = max(1, -(-len(entries) // size))
        headers = {"x-next-page": str(at + 1) if at < last else "", "x-page": str(at)}
        base = self.forge.links_to or self.forge.base_url
        links = []
        for rel, page in (("prev", at - 1), ("next", at + 1), ("last", last), ("first", 1)):
            if 1 <= page <= last and not (rel in ("last", "first") and page == at):
                kept = {name: values[0] for name, values in query.items()} | {"page": str(page)}
                links.append(f'<{base}/repositories/99/elsewhere?{urlencode(kept)}>; rel="{rel}"')
        if links and self.forge.link_headers:
            headers["link"] = ", ".join(links)
        if self.forge.link_headers:
            del headers["x-next-page"]
        return 200, entries[(at - 1) * size : at * size], headers


def _handler_of(forge: ForgeServer) -> type[_Handler]:
    return type("Handler", (_Handler,), {"forge": forge})


def _github_route(method: str, path: str) -> tuple[str, int]:
    path = path.removeprefix("/api/v3")
    repository = re.escape(f"/repos/{REPOSITORY}")
    for pattern, routes in (
        (r"/user", {"GET": "user"}),
        (rf"{repository}/pulls", {"GET": "pulls"}),
        (rf"{repository}/issues/{NUMBER}/comments", {"GET": "list", "POST": "create"}),
        (rf"{repository}/issues/comments/(\d+)", {"PATCH": "update", "DELETE": "delete"}),
    ):
        if (found := re.fullmatch(pattern, path)) and method in routes:
            return routes[method], int(found[1]) if found.groups() else 0
    return "nothing", 0


def _gitlab_route(method: str, path: str) -> tuple[str, int]:
    path = path.removeprefix("/api/v4")
    request = rf"/projects/(?:{PROJECT}|{REPOSITORY.replace('/', '%2F')})/merge_requests/{NUMBER}"
    for pattern, routes in (
        (r"/user", {"GET": "user"}),
        (request, {"GET": "request"}),
        (rf"{request}/notes", {"GET": "list", "POST": "create"}),
        (rf"{request}/notes/(\d+)", {"PUT": "update", "DELETE": "delete"}),
    ):
        if (found := re.fullmatch(pattern, path)) and method in routes:
            return routes[method], int(found[1]) if found.groups() else 0
    return "nothing", 0


def _refused(status: int, message: str, **more: Any) -> Answer:
    docs = "https://docs.github.com/rest/issues/comments"
    return status, {"message": message, **more, "documentation_url": docs, "status": str(status)}, {}


def _github(
    handler: _Handler, route: str, number: int, query: dict[str, list[str]], token: str, body: str
) -> Answer:
    forge = handler.forge
    account = forge.accounts.get(token)
    if account is None:
        return _refused(401, "Bad credentials")
    if route == "nothing":
        return _refused(404, "Not Found")
    if route == "user":
        if account.app:
            return _refused(403, "Resource not accessible by integration")
        return 200, _github_user(account), {}
    if route == "pulls":
        return handler.page(forge.pulls, query, 30)
    if route == "list":
        return handler.page([_github_comment(forge, comment) for comment in forge.comments], query, 30)
    return _github_change(handler, route, forge.find(number), token, body)


def _github_change(handler: _Handler, route: str, found: Written | None, token: str, body: str) -> Answer:
    forge = handler.forge
    account = forge.accounts[token]
    if account.read_only:
        said = (
            "Resource not accessible by integration"
            if account.app
            else "Must have admin rights to Repository."
        )
        return _refused(403, said)
    if route == "create" and forge.locked:
        return _refused(403, "Unable to create comment because issue is locked.")
    if route != "create" and found is None:
        return _refused(404, "Not Found")
    if found is not None and not account.app and found.author != account:
        return _refused(403, "Must have admin rights to Repository.")
    if len(body) > forge.longest:
        said = f"Body is too long (maximum is {forge.longest} characters)"
        error = {"resource": "IssueComment", "code": "unprocessable", "field": "data", "message": said}
        return _refused(422, "Validation Failed", errors=[error])
    return _done(handler, route, token, body, found, lambda comment: _github_comment(forge, comment))


def _gitlab(
    handler: _Handler, route: str, number: int, query: dict[str, list[str]], token: str, body: str
) -> Answer:
    forge = handler.forge
    account = forge.accounts.get(token)
    if account is None:
        return 401, {"message": "401 Unauthorized"}, {}
    if route == "nothing":
        return 404, {"message": "404 Project Not Found"}, {}
    if route == "user":
        return 200, {"id": account.id, "username": account.login, "bot": True}, {}
    if route == "request":
        url = f"{forge.base_url}/{REPOSITORY}/-/merge_requests/{NUMBER}"
        return 200, {"id": 900, "iid": NUMBER, "web_url": url}, {}
    if route == "list":
        return handler.page([_note(comment) for comment in forge.comments], query, 20)
    if account.read_only:
        why = "The request requires higher privileges than provided by the access token."
        return 403, {"error": "insufficient_scope", "error_description": why, "scope": "api"}, {}
    found = forge.find(number)
    if route != "create" and found is None:
        return 404, {"message": "404 Not found"}, {}
    if found is not None and found.author != account:
        return 403, {"message": "403 Forbidden"}, {}
    if len(body) > forge.longest:
        said = f'400 Bad request - Note {{:note=>["is too long (maximum is {forge.longest} characters)"]}}'
        return 400, {"message": said}, {}
    return _done(handler, route, token, body, found, _note)


def _done(handler: _Handler, route: str, token: str, body: str, found: Written | None, shown: Any) -> Answer:
    forge = handler.forge
    if found is None:
        made = forge.write(body, token)
        return 201, shown(made), {}
    if route == "delete":
        forge.comments.remove(found)
        return 204, None, {}
    found.body = body
    return 200, shown(found), {}


def _github_user(account: Account) -> dict[str, Any]:
    return {"login": account.login, "id": account.id, "type": "Bot" if account.app else "User"}


def _github_comment(forge: ForgeServer, comment: Written) -> dict[str, Any]:
    return {
        "id": comment.id,
        "html_url": f"{forge.base_url}/{REPOSITORY}/pull/{NUMBER}#issuecomment-{comment.id}",
        "body": comment.body,
        "user": _github_user(comment.author),
        "author_association": "NONE",
    }


def _note(comment: Written) -> dict[str, Any]:
    author = {"id": comment.author.id, "username": comment.author.login}
    return {"id": comment.id, "body": comment.body, "author": author, "system": comment.system}


def in_seconds(seconds: float) -> dict[str, str]:
    """Headers of a limit that is used up and set back after so long."""
    return {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(time.time() + seconds))}
