"""Keep on the device what depends on a scene alone: staged once, used by every frame until the device is left."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import lru_cache, wraps
from typing import TypeVar

from render import device as devices

T = TypeVar("T")


def kept_on_device(maxsize: int) -> Callable[[Callable[..., T]], Callable[..., T]]:
    """Keep the last `maxsize` results of a function that stages arrays, as `functools.lru_cache` does, by its
    arguments' values.

    A device that is started anew makes staged arrays void (`render.device.start`): then all are made again.
    """

    def decorate(stage: Callable[..., T]) -> Callable[..., T]:
        held = lru_cache(maxsize)(stage)
        device: devices.Device | None = None

        @wraps(stage)
        def staged(*arguments: Hashable) -> T:
            nonlocal device
            if device is not devices.running():
                held.cache_clear()
                device = devices.running()
            return held(*arguments)

        return staged

    return decorate
