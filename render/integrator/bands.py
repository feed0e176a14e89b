"""Long kernels in bands: a call takes less than a second on two CPU cores, so that Ctrl-C is heard between two.

And bands of another kind, the sky's wavelengths, as kernels take them.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from render import device as devices
from shaders import wavelengths

# Pixels of a band of a picture's rows: what is held on the device is bounded, and a band's edges, where coarse nodes
# are marched twice, cost little. Within a band Ctrl-C is heard at least every second or so
BAND_PIXELS = 2**20
GPU_AT_ONCE = 2**18  # rays: as many as an H200 holds; a quarter or 16 times as many take the same 2.0 s at 1920x1080


def in_bands(rays: int, at_once: int) -> Iterator[tuple[int, int]]:
    """Yield (first, count) of bands of `at_once` rays, of more on a GPU; after each its work is waited for."""
    step = at_once if devices.running().name == "cpu" else max(at_once, GPU_AT_ONCE)
    for first in range(0, rays, step):
        yield first, min(step, rays - first)
        devices.synchronise()


def whole_passes(table: np.ndarray) -> np.ndarray:
    """Return a table [..., band] whose last band is repeated to whole passes of `shaders.wavelengths.AT_ONCE`."""
    missing = -table.shape[-1] % wavelengths.AT_ONCE
    return np.concatenate([table, np.repeat(table[..., -1:], missing, axis=-1)], axis=-1)
