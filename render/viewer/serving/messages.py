"""What a page may say: each message a record with limits, and how often it may say something."""

from __future__ import annotations

import time
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from render.core.errors import InputError
from render.core.messages import one_line

MOST_BYTES = 65536
PER_S, BURST = 20.0, 40.0  # messages per second, and how many at once
LEVELS = 6  # of lists and objects in one another, at most
SCENE_NAME, PICTURE_NAME = r"^[A-Za-z0-9_-]{1,64}\.toml$", r"^[A-Za-z0-9_-]{1,64}\.(png|jpg|exr|nc)$"


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Set(_Message):
    """Changes of the state."""

    type: Literal["set"]
    changes: dict[Annotated[str, Field(max_length=64)], Any]
    moving: bool = False


class Ack(_Message):
    """A frame has been drawn."""

    type: Literal["ack"]
    number: int = Field(ge=0)


class Pick(_Message):
    """What is seen at a place of the picture."""

    type: Literal["pick"]
    id: int
    x: float = Field(ge=0.0, le=1.0)
    y: float = Field(ge=0.0, le=1.0)
    spectrum: bool = False


class Asked(_Message):
    """Something that needs no more words."""

    type: Literal["linear", "text", "cancel", "reset", "undo", "restart"]


class Map(_Message):
    """The map from above."""

    type: Literal["map"]
    id: int


class Look(_Message):
    """Look at a place."""

    type: Literal["look"]
    latitude_deg: float
    longitude_deg: float
    altitude_km: float = 110.0


class Save(_Message):
    """Save the scene."""

    type: Literal["save"]
    name: str = Field(pattern=SCENE_NAME)
    folder: Literal["scene", "here"] = "scene"
    overwrite: bool = False


class Render(_Message):
    """Render the final picture."""

    type: Literal["render"]
    name: str | None = Field(default=None, pattern=PICTURE_NAME)
    size: list[int] | None = None


class Reload(_Message):
    """Which values stay where file and page have changed the same."""

    type: Literal["reload"]
    keep: bool


Message = Set | Ack | Pick | Asked | Map | Look | Save | Render | Reload
_ADAPTER: TypeAdapter[Message] = TypeAdapter(Annotated[Message, Field(discriminator="type")])


def message_of(text: str) -> Message:
    """Return the message of a text. Raises InputError for what is none."""
    if text.count("[") + text.count("{") > MOST_BYTES // 16 or _depth(text) > LEVELS:
        raise InputError("a message of too many parts")
    try:
        return _ADAPTER.validate_json(text)
    except (ValidationError, RecursionError) as error:
        raise InputError(_complaint(error)) from None


def _depth(text: str) -> int:
    """Return how deep brackets stand in one another, those in strings counted too."""
    deepest = now = 0
    for character in text:
        now += (character in "[{") - (character in "]}")
        deepest = max(deepest, now)
    return deepest


def _complaint(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return "a message of too many levels"
    first = error.errors(include_input=False, include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return one_line(f"message {where}: {first['msg']}" if where else f"message: {first['msg']}")[:300]


class Rate:
    """How many messages one page may send: so many per second, and a few more at once."""

    def __init__(self, clock: Any = time.monotonic) -> None:
        self._clock = clock
        self._left, self._at = BURST, clock()
        self.told = False

    def allows(self) -> bool:
        """Take one message, and return whether it is within the rate."""
        now = self._clock()
        self._left = min(BURST, self._left + PER_S * (now - self._at))
        self._at = now
        if self._left < 1.0:
            return False
        self._left -= 1.0
        self.told = False
        return True
