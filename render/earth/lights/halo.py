"""Light about a city that does not come straight from its lamps, blurred on the raster's patches of 4 km.

Ground halo: snow and haze lit by the city; a share of its light. Winnipeg (0.7 million) in January, in photograph
ISS030-E-102170, has 16, 3.6, 1.2 and 0.5 nW cm-2 sr-1 at 6 to 10, 10 to 15, 15 to 20 and 20 to 30 km, by our reading
(uncertain by a factor 2); the share is fitted to the last two, where no houses are.
Air halo: single scattering by clear air of the light that rises (0.098 Rayleigh and 0.06 aerosol): 0.11 of the direct
light at 550 nm, half of it within 4 km, 0.8 within 19; the innermost kilometre's is within a patch here.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from render.earth.lights.grid import CELL_KM, PATCH, ROWS, Region

Plane = NDArray[np.complex64]

GROUND_SHARE = 0.15  # of the light of lamps, see above
GROUND_KM = ((0.55, 6.0), (0.45, 15.0))  # shares, and standard deviations, km; by eye
# Of the direct light; Gaussians of 1, 4 and 15 km; that of 1 km, 0.035, is in that of 4
AIR_KM = ((0.075, 4.0), (0.035, 15.0))
FAINTEST = 0.05  # W sr-1 km-2: 0.005 nW cm-2 sr-1; fainter halo is left out


def halos(plain: Plane, region: Region) -> tuple[Plane, Plane]:
    """Return the halo on the ground (of the light given: GROUND_SHARE of it) and in the air, [patch row, column].

    `plain`: sodium + i white, W sr-1 km-2.
    """
    blurred = {sigma: blurred_by(plain, region, sigma) for sigma in (4.0, 6.0, 15.0)}
    ground = GROUND_SHARE * sum(share * blurred[sigma] for share, sigma in GROUND_KM)
    air = sum(share * blurred[sigma] for share, sigma in AIR_KM)
    return tuple(np.where(np.abs(h) > FAINTEST, h, 0.0).astype(np.complex64) for h in (ground, air))  # type: ignore


def blurred_by(plane: Plane, region: Region, sigma_km: float) -> Plane:
    """Return a plane of patches blurred by a Gaussian; wide ones on patches twice as coarse."""
    if sigma_km > 2.0 * PATCH * CELL_KM:
        coarse = 0.25 * (plane[::2, ::2] + plane[1::2, ::2] + plane[::2, 1::2] + plane[1::2, 1::2])
        return _refined(_blurred(coarse, region.row * PATCH // 2, 2.0 * PATCH * CELL_KM, sigma_km))
    return _blurred(plane, region.row * PATCH, PATCH * CELL_KM, sigma_km)


def _blurred(plane: Plane, first_row: int, side_km: float, sigma_km: float) -> Plane:
    """Return a plane of square patches, narrower towards the poles, blurred; light beyond its edges is lost."""
    per_degree = ROWS / 180.0 * CELL_KM / side_km
    latitude = np.radians((first_row + np.arange(plane.shape[0]) + 0.5) / per_degree - 90.0)
    across = np.maximum(side_km * np.cos(latitude), 0.12 * side_km)
    lit = np.flatnonzero(plane.any(axis=1))
    narrow = across[lit].min() if len(lit) else side_km
    out = _taps(plane, (sigma_km / across)[:, None], int(np.ceil(3.0 * sigma_km / narrow)), 1)
    return _taps(out, np.full((1, 1), sigma_km / side_km), int(np.ceil(3.0 * sigma_km / side_km)), 0)


def _taps(plane: Plane, sigma: NDArray[np.float64], reach: int, axis: int) -> Plane:
    """Return a plane convolved along an axis with a Gaussian, `sigma` in patches [row or 1, 1], out to `reach`."""
    offsets = np.arange(-reach, reach + 1)
    weights = np.exp(-0.5 * (offsets / sigma) ** 2)
    weights = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    out = np.zeros_like(plane)
    from_real, to_real = plane.view(np.float32), out.view(np.float32)  # columns are pairs: real products cost half
    for k, offset in enumerate(offsets):
        here, there = _shifted(plane.shape[axis], int(offset))
        if axis:
            here, there = (slice(2 * side.start, 2 * side.stop) for side in (here, there))
            to_real[:, here] += weights[:, k : k + 1] * from_real[:, there]
        else:
            to_real[here] += weights[0, k] * from_real[there]
    return out


def _shifted(count: int, offset: int) -> tuple[slice, slice]:
    """Return the slices of an axis that lie `offset` apart."""
    if abs(offset) >= count:
        return slice(0, 0), slice(0, 0)
    return slice(max(-offset, 0), count - max(offset, 0)), slice(max(offset, 0), count - max(-offset, 0))


def _refined(plane: Plane) -> Plane:
    """Return a plane on patches half as large, linearly interpolated; its mean is kept but at the edges."""
    for axis in (0, 1):
        out = np.empty([2 * n if k == axis else n for k, n in enumerate(plane.shape)], np.complex64)
        own = np.float32(0.75) * plane
        for side, by in ((0, 1), (1, -1)):
            half = out[side::2] if axis == 0 else out[:, side::2]
            np.multiply(np.roll(plane, by, axis), np.float32(0.25), out=half)
            half += own
        plane = out
    return plane
