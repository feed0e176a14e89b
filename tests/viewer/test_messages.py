"""Messages of a page: records with limits, a rate, and one frame on its way at a time."""

from __future__ import annotations

import asyncio
import json
import struct
from typing import Any

import pytest

from render.core.errors import InputError
from render.viewer.serving.messages import BURST, PER_S, Pick, Rate, Set, message_of
from render.viewer.serving.viewers import MOST_WAITING, Viewer


def test_messages_are_read() -> None:
    assert message_of('{"type":"set","changes":{"iso":400},"moving":true}') == Set(
        type="set", changes={"iso": 400}, moving=True
    )
    assert message_of('{"type":"pick","id":1,"x":0.5,"y":1}') == Pick(type="pick", id=1, x=0.5, y=1.0)


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "null", "{", '{"type":"else"}', '{"type":"set"}', '{"type":"set","changes":{},"more":1}',
        '{"type":"pick","id":1,"x":1.5,"y":0}', '{"type":"pick","id":1,"x":NaN,"y":0}', '{"type":"ack","number":-1}',
        '{"type":"save","name":"../a.toml"}', '{"type":"save","name":"a.py"}', '{"type":"save","name":"a/b.toml"}',
        '{"type":"save","name":"a.toml\\n"}', '{"type":"save","name":".toml"}', '{"type":"render","name":"a.toml"}',
        '{"type":"save","name":"' + "a" * 65 + '.toml"}', '{"type":"set","changes":' + "[" * 5000 + "]" * 5000 + "}",
        '{"type":"set","changes":{"iso":' + "[" * 20 + "]" * 20 + "}}",
    ],
)  # fmt: skip
def test_what_is_no_message_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(InputError) as refused:
        message_of(text)
    assert "\n" not in str(refused.value) and len(str(refused.value)) < 400


def test_a_page_may_say_so_much_a_second_and_a_little_more_at_once() -> None:
    now = 0.0
    rate = Rate(lambda: now)
    assert sum(rate.allows() for _ in range(100)) == BURST
    now = 1.0
    assert sum(rate.allows() for _ in range(100)) == PER_S


class Taken:
    """A socket that keeps what is sent to it."""

    def __init__(self) -> None:
        self.texts: list[dict[str, Any]] = []
        self.frames: list[dict[str, Any]] = []

    async def send_text(self, data: str) -> None:
        self.texts.append(json.loads(data))

    async def send_bytes(self, data: bytes) -> None:
        (length,) = struct.unpack("<I", data[:4])
        self.frames.append(json.loads(data[4 : 4 + length]) | {"payload": data[4 + length :]})


def test_one_frame_is_on_its_way_and_only_the_newest_waits() -> None:
    async def play() -> Taken:
        taken = Taken()
        viewer = Viewer(taken)
        work = asyncio.create_task(viewer.work())
        for k in range(4):
            viewer.show({"type": "frame", "k": k}, b"jpeg%d" % k)
            await asyncio.sleep(0.0)
            await asyncio.sleep(0.0)
        viewer.show({"type": "linear", "k": 3}, b"half")
        await asyncio.sleep(0.01)
        assert [frame["k"] for frame in taken.frames] == [0] and not viewer.acknowledge(99)
        for number in (1, 2, 3):
            viewer.acknowledge(number)
            await asyncio.sleep(0.01)
        work.cancel()
        return taken

    taken = asyncio.run(play())
    assert [(frame["type"], frame["k"]) for frame in taken.frames] == [("frame", 0), ("frame", 3), ("linear", 3)]
    assert taken.frames[1]["payload"] == b"jpeg3"


def test_of_status_only_the_newest_is_sent_and_a_deaf_page_is_left() -> None:
    async def play() -> Taken:
        taken = Taken()
        viewer = Viewer(taken)
        for k in range(3):
            viewer.tell({"type": "status", "k": k})
        viewer.tell({"type": "state"})
        work = asyncio.create_task(viewer.work())
        await asyncio.sleep(0.01)
        work.cancel()
        with pytest.raises(BufferError):
            for _ in range(MOST_WAITING + 1):
                viewer.tell({"type": "state"})
        return taken

    assert asyncio.run(play()).texts == [{"type": "state"}, {"type": "status", "k": 2}]
