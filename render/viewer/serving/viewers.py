"""One page that is open: what waits to be sent to it, and one frame on its way at a time."""

from __future__ import annotations

import asyncio
import json
import struct
from typing import Any, Protocol

from render.viewer.serving.messages import Rate

MOST_WAITING = 256  # messages; a page that hears none of them is not served any longer
LENGTH = struct.Struct("<I")


class Socket(Protocol):
    """What is asked of a websocket."""

    async def send_text(self, data: str) -> None:
        """Send a text."""

    async def send_bytes(self, data: bytes) -> None:
        """Send bytes."""


class Viewer:
    """A page: messages in their order, of status and frames the newest only, frames as the page acknowledges them."""

    def __init__(self, socket: Socket) -> None:
        self.rate = Rate()
        self._socket = socket
        self._texts: list[str] = []
        self._status: str | None = None
        self._frame: tuple[dict[str, Any], bytes] | None = None
        self._linear: tuple[dict[str, Any], bytes] | None = None
        self._number = 0
        self._on_its_way: int | None = None
        self._something = asyncio.Event()

    def tell(self, message: dict[str, Any]) -> None:
        """Send a message, in its turn; of `status` only the newest. Raises BufferError for a page that hears none."""
        text = json.dumps(message, allow_nan=False)
        if message["type"] == "status":
            self._status = text
        elif len(self._texts) >= MOST_WAITING:
            raise BufferError("the page takes nothing")
        else:
            self._texts.append(text)
        self._something.set()

    def show(self, head: dict[str, Any], picture: bytes) -> None:
        """Send a picture in the place of one that waits."""
        if head["type"] == "linear":
            self._linear = head, picture
        else:
            self._frame, self._linear = (head, picture), None
        self._something.set()

    def acknowledge(self, number: int) -> bool:
        """Take note that a frame has been drawn, and return whether it was on its way."""
        if number != self._on_its_way:
            return False
        self._on_its_way = None
        self._something.set()
        return True

    async def work(self) -> None:
        """Send what waits, until the connection ends."""
        while True:
            await self._something.wait()
            self._something.clear()
            while self._texts:
                await self._socket.send_text(self._texts.pop(0))
            if self._status is not None:
                text, self._status = self._status, None
                await self._socket.send_text(text)
            if self._on_its_way is None:
                await self._send_frame()

    async def _send_frame(self) -> None:
        waiting = self._frame or self._linear
        if waiting is None:
            return
        if self._frame is not None:
            self._frame = None
        else:
            self._linear = None
        self._number += 1
        self._on_its_way = self._number
        await self._socket.send_bytes(packed({**waiting[0], "number": self._number}, waiting[1]))


def packed(head: dict[str, Any], picture: bytes) -> bytes:
    """Return a binary message: the head's length, its JSON, the picture."""
    text = json.dumps(head, allow_nan=False).encode()
    return LENGTH.pack(len(text)) + text + picture
