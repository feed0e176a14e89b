"""Who may ask: the page itself, on this machine, with the cookie that the printed address gave it; nobody else.

A page of another site reaches loopback through the reader's browser. Its requests are told by their Host (a name that
was made to lead here), their Origin, and by the cookie that no other site sends along.

In a notebook's frame there is no such cookie: browsers keep SameSite=Strict from a frame on 127.0.0.1 in a page of
localhost, and the kernel does not know by which name its notebook is read. There the token is the first folder of every
address of the page instead, and the policy names the pages that may frame it.
"""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlsplit

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

POLICY = (
    "default-src 'self'; img-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors "
)
TOKEN_BYTES = 32
LOOPBACK = ("127.0.0.1", "localhost")
ANYWHERE = ("0.0.0.0", "::")


def headers_of(framed_by: tuple[str, ...] = ()) -> tuple[tuple[bytes, bytes], ...]:
    """Return the headers of every answer; `framed_by`: sources, as a policy has them, of pages that may frame it."""
    ancestors = " ".join(framed_by) or "'none'"
    return (
        (b"content-security-policy", f"{POLICY}{ancestors}".encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer"),
        (b"cross-origin-resource-policy", b"same-origin"),
        (b"cache-control", b"no-store"),
    )


@dataclass(frozen=True)
class Keys:
    """Where the page is served, and what opens it: the `token` of the address, exchanged for the `cookie`.

    With `framed_by` (see `headers_of`) the token is a folder of the page's addresses, and there is no cookie. `proxy`:
    address under which a notebook's server passes on what is asked of this machine's ports, by their numbers.
    """

    host: str
    port: int
    framed_by: tuple[str, ...] = ()
    proxy: str = ""
    token: str = field(default_factory=lambda: secrets.token_urlsafe(TOKEN_BYTES))
    cookie: str = field(default_factory=lambda: secrets.token_urlsafe(TOKEN_BYTES))

    @property
    def cookie_name(self) -> str:
        """Return the cookie's name; cookies know no ports, so that two windows would share one."""
        return f"polarlight_{self.port}"

    @property
    def address(self) -> str:
        """Return the address that opens the page."""
        shown = "127.0.0.1" if self.host in ANYWHERE else self.host
        named = f"[{shown}]" if ":" in shown else shown
        base = f"{self.proxy.rstrip('/')}/{self.port}" if self.proxy else f"http://{named}:{self.port}"
        return f"{base}/{self.token}/" if self.framed_by else f"{base}/?token={self.token}"

    def is_ours(self, host: str) -> bool:
        """Return whether a Host header names this server: loopback, what --host opened, or the proxy before it.

        Of a server on all interfaces that is any address in numbers: names may be made to lead anywhere.
        """
        if self.proxy and host.lower() == urlsplit(self.proxy).netloc.lower():
            return True
        name, colon, port = host.rpartition(":")
        if not colon or port != str(self.port):
            return False
        name = name.strip("[]").lower()
        if name in LOOPBACK or name == self.host.lower():
            return True
        return self.host in ANYWHERE and _is_number(name)

    def origin_at(self, host: str) -> str:
        """Return the origin of a page of this server that was asked for by a Host header."""
        proxy = urlsplit(self.proxy)
        return f"{proxy.scheme if host.lower() == proxy.netloc.lower() else 'http'}://{host}"


class Guard:
    """Lets through what the page of this server asks, and says no to all else."""

    def __init__(self, app: App, keys: Keys) -> None:
        self._app, self._keys = app, keys
        self._headers = headers_of(keys.framed_by)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as ASGI has it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        answered = _with_headers(send, self._headers)
        scope, known = self._opened(scope, headers)
        if not self.host_is_ours(headers):
            await _refuse(scope, receive, answered, 421, "this server answers to its own name only")
        elif scope["type"] == "websocket":
            if self.origin_is_ours(headers) and known:
                await self._app(scope, receive, send)
            else:
                await _refuse(scope, receive, answered, 403, "only the page of this server may ask")
        elif scope["method"] not in ("GET", "HEAD"):
            await _refuse(scope, receive, answered, 405, "only GET")
        elif not self._keys.framed_by and scope["path"] == "/" and b"token=" in scope["query_string"]:
            await self._exchange(scope, receive, answered)
        elif known:
            await self._app(scope, receive, answered)
        else:
            where = "render.view has given" if self._keys.framed_by else "polarlight view has printed"
            await _refuse(scope, receive, answered, 403, f"open the address that {where}")

    def host_is_ours(self, headers: dict[str, str]) -> bool:
        """Return whether a request was made to this server's own name."""
        return self._keys.is_ours(headers.get("host", ""))

    def origin_is_ours(self, headers: dict[str, str]) -> bool:
        """Return whether a websocket is opened by a page of this server: of the very host that it asks."""
        return headers.get("origin") == self._keys.origin_at(headers.get("host", ""))

    def has_cookie(self, headers: dict[str, str]) -> bool:
        """Return whether a request has the cookie."""
        try:
            found = SimpleCookie(headers.get("cookie", "")).get(self._keys.cookie_name)
        except CookieError:
            return False
        return found is not None and secrets.compare_digest(found.value.encode(), self._keys.cookie.encode())

    def has_key(self, path: str) -> bool:
        """Return whether a path begins with the token, as the folder that holds the page of a notebook."""
        parts = path.split("/", 2)
        return len(parts) == 3 and secrets.compare_digest(parts[1].encode(), self._keys.token.encode())

    def _opened(self, scope: Scope, headers: dict[str, str]) -> tuple[Scope, bool]:
        """Return a request as the page's own server would get it, and whether it has what opens the page."""
        if not self._keys.framed_by:
            return scope, self.has_cookie(headers)
        if not self.has_key(scope["path"]):
            return scope, False
        path = "/" + scope["path"].split("/", 2)[2]
        return {**scope, "path": path, "raw_path": path.encode()}, True

    async def _exchange(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Give the cookie for the token, and lead to the address without it."""
        token = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        if not secrets.compare_digest(token.encode(), self._keys.token.encode()):
            await _refuse(scope, receive, send, 403, "this address has another token than the one printed")
            return
        cookie = f"{self._keys.cookie_name}={self._keys.cookie}; HttpOnly; SameSite=Strict; Path=/"
        headers = [(b"location", b"/"), (b"set-cookie", cookie.encode()), (b"content-length", b"0")]
        await send({"type": "http.response.start", "status": 303, "headers": headers})
        await send({"type": "http.response.body", "body": b""})


def _is_number(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _with_headers(send: Send, headers: tuple[tuple[bytes, bytes], ...]) -> Send:
    """Return a way to send that adds the headers of every answer."""

    async def with_headers(message: Any) -> None:
        if message["type"].endswith("response.start"):
            kept = [(name, value) for name, value in message.get("headers", []) if name not in dict(headers)]
            message = {**message, "headers": [*kept, *headers]}
        await send(message)

    return with_headers


async def _refuse(scope: Scope, receive: Receive, send: Send, status: int, why: str) -> None:
    """Say no: in one line of plain text; to a socket by not opening it, which is 403 whatever the reason."""
    if scope["type"] == "websocket":
        await receive()  # its opening, which must be heard first
        await send({"type": "websocket.close", "code": 1008})
        return
    body = f"{why}\n".encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
