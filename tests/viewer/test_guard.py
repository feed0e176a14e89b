"""Who may ask: each check refuses what it is there for, and without it that would pass."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from render.viewer.notebook.view import LOOPBACK_ORIGINS
from render.viewer.serving.guard import Guard, Keys, headers_of

KEYS = Keys("127.0.0.1", 8000)
OURS = {"host": "127.0.0.1:8000", "cookie": f"{KEYS.cookie_name}={KEYS.cookie}"}
ORIGIN = {"origin": "http://127.0.0.1:8000"}


def asked(guard: Guard, headers: dict[str, str], kind: str = "http", path: str = "/", query: str = "") -> int:
    """Return the status that is answered; 101 for a websocket that is let through."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": f"{kind}.connect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": kind, "method": "GET", "path": path, "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }  # fmt: skip
    asyncio.run(guard(scope, receive, send))
    if kind == "websocket":
        return {"websocket.accept": 101, "websocket.close": 403}[sent[0]["type"]]
    assert set(headers_of(guard._keys.framed_by)) <= set(sent[0]["headers"])
    return int(sent[0]["status"])


async def let_in(scope: Any, _receive: Any, send: Any) -> None:
    """Answer whoever gets here."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"cache-control", b"public")]})


@pytest.fixture
def guard() -> Guard:
    return Guard(let_in, KEYS)


FOREIGN_HOSTS = ["evil.example:8000", "127.0.0.1:8001", "127.0.0.1", "", "localhost.evil.example:8000", "10.0.0.1:8000"]
FOREIGN_ORIGINS = ["http://evil.example", "null", "", "http://127.0.0.1:8001", "https://127.0.0.1:8000",
                   "http://localhost:8000"]  # fmt: skip
WRONG_COOKIES = [
    "",
    f"{KEYS.cookie_name}=",
    f"{KEYS.cookie_name}={KEYS.token}",
    f"polarlight_8001={KEYS.cookie}",
    "\x00",
]


def through_foreign_hosts(guard: Guard) -> list[str]:
    """Return the hosts of others that are let through."""
    return [host for host in FOREIGN_HOSTS if asked(guard, {**OURS, "host": host}) != 421]


def through_foreign_origins(guard: Guard) -> list[str]:
    """Return the origins of others from which a socket is opened."""
    return [o for o in FOREIGN_ORIGINS if asked(guard, {**OURS, "origin": o}, "websocket", "/socket") != 403]


def through_wrong_cookies(guard: Guard) -> list[str]:
    """Return the cookies with which pages or the socket are opened, though they are none of ours."""
    wrong = [{**OURS, **ORIGIN, "cookie": cookie} for cookie in WRONG_COOKIES]
    return [
        headers["cookie"] for headers in wrong
        if asked(guard, headers) != 403 or asked(guard, headers, "websocket", "/socket") != 403
    ]  # fmt: skip


def test_the_page_itself_is_let_through(guard: Guard) -> None:
    assert asked(guard, OURS) == 200 and asked(guard, OURS | ORIGIN, "websocket", "/socket") == 101
    there = OURS | {"host": "localhost:8000", "origin": "http://localhost:8000"}
    assert asked(guard, there) == 200 and asked(guard, there, "websocket") == 101


@pytest.mark.parametrize(
    ("check", "through"),
    [
        ("host_is_ours", through_foreign_hosts),
        ("origin_is_ours", through_foreign_origins),
        ("has_cookie", through_wrong_cookies),
    ],
)
def test_others_are_refused_and_only_by_the_check(
    guard: Guard, check: str, through: Callable[[Guard], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert through(guard) == []
    monkeypatch.setattr(Guard, check, lambda _self, _headers: True)  # what would pass without it
    assert len(through(guard)) >= 5


def test_the_token_is_exchanged_for_the_cookie_and_no_other_is(guard: Guard) -> None:
    bare = {"host": OURS["host"]}
    assert asked(guard, bare, query=f"token={KEYS.token}") == 303
    for query in ("token=", "token=x", f"token={KEYS.cookie}", f"token={KEYS.token}x", "token=%ff"):
        assert asked(guard, bare, query=query) == 403
    assert asked(guard, {"host": "evil.example:8000"}, query=f"token={KEYS.token}") == 421
    assert KEYS.token != KEYS.cookie and len(KEYS.token) >= 43
    assert Keys("127.0.0.1", 8000).token != KEYS.token


def test_nothing_but_get(guard: Guard) -> None:
    async def post() -> list[Any]:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"",
                 "headers": [(b"host", b"127.0.0.1:8000"), (b"cookie", OURS["cookie"].encode())]}  # fmt: skip
        await guard(scope, None, send)  # type: ignore[arg-type]
        return sent

    assert asyncio.run(post())[0]["status"] == 405


def test_a_host_on_all_interfaces_answers_to_numbers_not_to_names() -> None:
    keys = Keys("0.0.0.0", 8000)
    assert keys.is_ours("192.168.1.7:8000") and keys.is_ours("localhost:8000") and keys.is_ours("[fe80::1]:8000")
    assert not keys.is_ours("evil.example:8000") and not keys.is_ours("192.168.1.7:80")
    assert Keys("lab.example", 8000).is_ours("lab.example:8000") and not KEYS.is_ours("192.168.1.7:8000")


FRAMED = Keys("127.0.0.1", 8000, LOOPBACK_ORIGINS)
OF_FRAME = {"host": "127.0.0.1:8000"}
WRONG_FOLDERS = ["/", "//", "/page/main.js", f"/{FRAMED.cookie}/", f"/{FRAMED.token}", f"/{FRAMED.token}x/",
                 f"/page/{FRAMED.token}/", f"//{FRAMED.token}/"]  # fmt: skip


def test_a_notebooks_page_is_opened_by_the_token_as_its_folder_and_by_nothing_else() -> None:
    paths: list[str] = []

    async def tell(scope: Any, receive: Any, send: Any) -> None:
        paths.append(scope["path"])
        await let_in(scope, receive, send)

    guard, folder = Guard(tell, FRAMED), f"/{FRAMED.token}"
    assert FRAMED.address == f"http://127.0.0.1:8000{folder}/"
    assert asked(guard, OF_FRAME, path=f"{folder}/") == 200
    assert asked(guard, OF_FRAME, path=f"{folder}/page/main.js") == 200
    assert asked(guard, OF_FRAME | ORIGIN, "websocket", f"{folder}/socket") == 101
    assert paths == ["/", "/page/main.js", "/socket"]
    cookie = {"cookie": f"{FRAMED.cookie_name}={FRAMED.cookie}"}
    for path in WRONG_FOLDERS:
        assert asked(guard, OF_FRAME | cookie, path=path) == 403
        assert asked(guard, OF_FRAME | ORIGIN | cookie, "websocket", path) == 403
    assert asked(guard, OF_FRAME, query=f"token={FRAMED.token}") == 403
    assert asked(guard, {"host": "evil.example:8000"}, path=f"{folder}/") == 421
    for origin in ({}, {"origin": "null"}, {"origin": "http://localhost:8888"}):  # the notebook's own page
        assert asked(guard, OF_FRAME | origin, "websocket", f"{folder}/socket") == 403
    assert len(paths) == 3


def test_without_the_check_of_the_folder_all_would_be_let_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Guard, "has_key", lambda _self, path: path.count("/") > 1)
    through = [path for path in WRONG_FOLDERS if asked(Guard(let_in, FRAMED), OF_FRAME, path=path) == 200]
    assert len(through) == len(WRONG_FOLDERS) - 2  # those in no folder


def test_only_a_notebooks_page_may_be_framed() -> None:
    assert dict(headers_of())[b"content-security-policy"].endswith(b"frame-ancestors 'none'")
    framed = dict(headers_of(LOOPBACK_ORIGINS))[b"content-security-policy"]
    assert framed.endswith(b"frame-ancestors http://localhost:* http://127.0.0.1:*")
    assert (
        framed.partition(b"frame-ancestors")[0]
        == dict(headers_of())[b"content-security-policy"].partition(b"frame-ancestors")[0]
    )


def test_behind_a_notebooks_proxy_its_name_and_origin_are_ours_and_no_others() -> None:
    keys = Keys("127.0.0.1", 8000, ("https://hub.example",), "https://hub.example/user/me/proxy/")
    guard, folder = Guard(let_in, keys), f"/{keys.token}"  # the proxy takes what comes before away
    assert keys.address == f"https://hub.example/user/me/proxy/8000{folder}/"
    there = {"host": "hub.example"}
    assert asked(guard, there, path=f"{folder}/") == 200 and asked(guard, there, path="/") == 403
    assert asked(guard, there | {"origin": "https://hub.example"}, "websocket", f"{folder}/socket") == 101
    for origin in ("http://hub.example", "https://other.example", "http://127.0.0.1:8000", ""):
        assert asked(guard, there | {"origin": origin}, "websocket", f"{folder}/socket") == 403
    assert asked(guard, {"host": "other.example"}, path=f"{folder}/") == 421
    assert asked(guard, OF_FRAME | ORIGIN, "websocket", f"{folder}/socket") == 101
    assert asked(Guard(let_in, FRAMED), there, path=f"/{FRAMED.token}/") == 421  # where no proxy was named
