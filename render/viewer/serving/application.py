"""What is served: the page's files, the tables it develops by, the picture, and the socket that all else goes over."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as Pillow
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from render.core.errors import InputError, PolarlightError
from render.core.messages import one_line
from render.earth.surface import surface_class
from render.imaging.capture.bodies import PRESETS
from render.viewer import answers, recipe
from render.viewer.serving import messages
from render.viewer.serving.guard import Guard, Keys
from render.viewer.serving.messages import MOST_BYTES, Ack, Asked, Look, Map, Pick, Reload, Render, Save, Set
from render.viewer.serving.viewers import Viewer
from render.viewer.serving.window import Window

PAGE = Path(__file__).resolve().parents[1] / "page"
KINDS = {
    ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml", ".png": "image/png", ".webmanifest": "application/manifest+json",
}  # fmt: skip
LAND_PX = (720, 1440)  # rows and columns of the map's land: a quarter of a degree
TOO_LARGE, ENDED = 1009, 4001  # codes with which a socket is closed


def application(make: Callable[[], Window], keys: Keys, left: Callable[[], None]) -> Guard:
    """Return the application of one window, guarded; `left` is called when its last page is closed."""
    there: dict[str, Window] = {}

    @asynccontextmanager
    async def life(_app: Starlette) -> AsyncIterator[None]:
        window = there["window"] = make()
        window.start()
        try:
            yield
        finally:
            await window.close()

    async def development(request: Request) -> Response:
        response = request.query_params.get("response", there["window"].desk.scene.camera.response)
        return JSONResponse(await asyncio.to_thread(recipe.recipe, response if response in PRESETS else ""))

    async def picture(request: Request) -> Response:
        made, state = there["window"].png, request.query_params.get("state")
        if made is None or (state is not None and state != str(made[0])):
            return PlainTextResponse("no finished picture of that state\n", 404)
        return Response(made[1], media_type="image/png")

    async def socket(opened: WebSocket) -> None:
        await _converse(there["window"], opened, left)

    routes = [
        Route("/", _index), Route("/page/{name:path}", _page), Route("/development.json", development),
        Route("/gamut.bin", _gamut), Route("/land.png", _land), Route("/picture.png", picture),
        WebSocketRoute("/socket", socket),
    ]  # fmt: skip
    return Guard(Starlette(routes=routes, lifespan=life), keys)


async def _index(_request: Request) -> Response:
    return _file(PAGE / "index.html")


async def _page(request: Request) -> Response:
    """Answer with a file of the page's folder, which is looked for among those that are there: no path is followed."""
    name = request.path_params["name"]
    return _file(PAGE / name) if name in _pages() else PlainTextResponse("no such file\n", 404)


def _pages() -> set[str]:
    found = (path for path in PAGE.rglob("*") if path.is_file() and path.suffix in KINDS)
    return {path.relative_to(PAGE).as_posix() for path in found}


def _file(path: Path) -> Response:
    if not path.is_file():
        return PlainTextResponse("no such file\n", 404)
    return FileResponse(path, media_type=KINDS[path.suffix])


async def _gamut(_request: Request) -> Response:
    return Response(await asyncio.to_thread(recipe.gamut_tables), media_type="application/octet-stream")


async def _land(_request: Request) -> Response:
    return Response(await asyncio.to_thread(_land_png), media_type="image/png")


@cache
def _land_png() -> bytes:
    """Return land, 255, and sea, 0, as a grey PNG: left 180 W, top 90 N."""
    rows, columns = LAND_PX
    latitude = 90.0 - (np.arange(rows) + 0.5) * 180.0 / rows
    longitude = -180.0 + (np.arange(columns) + 0.5) * 360.0 / columns
    land = surface_class(*np.meshgrid(latitude, longitude, indexing="ij"))
    out = io.BytesIO()
    Pillow.fromarray(np.where(land > 0, 255, 0).astype(np.uint8)).save(out, "PNG")
    return out.getvalue()


async def _converse(window: Window, socket: WebSocket, left: Callable[[], None]) -> None:
    """Hear a page until it is closed."""
    await socket.accept()
    viewer = Viewer(socket)
    window.open(viewer)
    sending = asyncio.create_task(viewer.work())
    try:
        while not sending.done():
            text = await socket.receive_text()
            if len(text.encode()) > MOST_BYTES:
                await socket.close(TOO_LARGE)
                break
            _hear(window, viewer, text)
    except (WebSocketDisconnect, KeyError, RuntimeError):  # closed; KeyError: a binary message, which no page sends
        pass
    finally:
        sending.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await sending
        window.leave(viewer)
        with suppress(RuntimeError, WebSocketDisconnect):
            await socket.close(ENDED)
        if not window.viewers:
            left()


def _hear(window: Window, viewer: Viewer, text: str) -> None:
    """Do what a message asks for; what cannot be done is told to its page in one line."""
    about: dict[str, Any] = {"about": "message"}
    try:
        message = messages.message_of(text)
        if isinstance(message, Ack) and viewer.acknowledge(message.number):  # one for each frame: they are counted so
            return
        if not viewer.rate.allows():
            if not viewer.rate.told:
                viewer.rate.told = True
                viewer.tell({"type": "error", "about": "rate", "text": "too many messages; some were dropped"})
            return
        about = {"about": message.type}
        if isinstance(message, Pick | Map):
            about["id"] = message.id
        ACTIONS[type(message)](window, viewer, message)
    except (PolarlightError, OSError) as error:
        viewer.tell({"type": "error", "text": one_line(error), **about})


def _set(window: Window, _viewer: Viewer, message: Set) -> None:
    before = window.desk.version
    window.desk.set(message.changes, moving=message.moving)
    window.changed(told=window.desk.version != before)


def _ack(_window: Window, _viewer: Viewer, _message: Ack) -> None:
    """Hear of a frame that is not on its way: of before the connection was opened anew, say."""


def _pick(window: Window, viewer: Viewer, message: Pick) -> None:
    found = window.picked(message.x, message.y, spectrum=message.spectrum)
    viewer.tell({"type": "pick", "id": message.id, "x": message.x, "y": message.y, **found})


def _map(window: Window, viewer: Viewer, message: Map) -> None:
    told = answers.map_of(window.desk.scene, window.desk.moment())
    viewer.tell({"type": "map", "id": message.id, "state": window.desk.version, **told})


def _look(window: Window, _viewer: Viewer, message: Look) -> None:
    place = message.latitude_deg, message.longitude_deg, message.altitude_km
    window.desk.set(answers.look_at(window.desk.moment(), *place), moving=False)
    window.changed()


def _save(window: Window, viewer: Viewer, message: Save) -> None:
    viewer.tell(window.save(message.name, message.folder, overwrite=message.overwrite))


def _render(window: Window, _viewer: Viewer, message: Render) -> None:
    size = None if message.size is None else checked_final(message.size)
    window.final.start(window.desk, message.name, size)


def _reload(window: Window, _viewer: Viewer, message: Reload) -> None:
    window.settle(keep=message.keep)
    window.changed()


def _asked(window: Window, viewer: Viewer, message: Asked) -> None:
    if message.type == "text":
        viewer.tell(window.text())
    elif message.type == "linear":
        window.linear()
    elif message.type == "cancel":
        window.final.cancel()
    elif message.type == "restart":
        window.restart()
    else:
        {"undo": window.desk.undo, "reset": window.desk.reset}[message.type]()
        window.changed()


ACTIONS: dict[type, Callable[[Window, Viewer, Any], None]] = {
    Set: _set, Ack: _ack, Pick: _pick, Map: _map, Look: _look, Save: _save, Render: _render, Reload: _reload,
    Asked: _asked,
}  # fmt: skip


def checked_final(size: list[int]) -> tuple[int, int]:
    """Return the size of a final picture, which may be larger than the page's. Raises InputError."""
    if len(size) != 2 or not all(1 <= side <= MOST_FINAL for side in size):
        raise InputError(f"size {size}: allowed: [columns, rows], each 1 to {MOST_FINAL}")
    return size[0], size[1]


MOST_FINAL = 20_000  # pixels, as `polarlight render` has it
