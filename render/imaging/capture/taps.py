"""Three taps: the smallest spread, of which wider ones are made."""

from __future__ import annotations

from typing import Any

from array_api_compat import array_namespace


def three_taps(plane: Any, tap: float, spacing: int = 1) -> Any:
    """Return a plane [row, column] with the taps (tap, 1 - 2 tap, tap) along both axes, `spacing` pixels apart.

    Beyond its edges the outermost row or column goes on.
    """
    xp = array_namespace(plane)
    for axis in (0, 1):
        n, far = plane.shape[axis], 2 * spacing
        first, last = (plane[:1, :], plane[-1:, :]) if axis == 0 else (plane[:, :1], plane[:, -1:])
        wide = xp.concat([*[first] * spacing, plane, *[last] * spacing], axis=axis)
        before, after = (wide[:n, :], wide[far:, :]) if axis == 0 else (wide[:, :n], wide[:, far:])
        plane = (1.0 - 2.0 * tap) * plane + tap * (before + after)
    return plane
