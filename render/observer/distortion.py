"""How a real lens misses its projection: polynomials that take a pixel of the picture to where it ought to lie.

Two conventions, one record. SIP, the one of solved photographs (Shupe et al. 2005, ASP Conf. Ser. 347, 491): offsets
(u, v) from the reference pixel become u + A(u, v), v + B(u, v), polynomials of degrees 2 to MOST_ORDER. And the radial
one of lens data bases ("PTLens"): a place at a distance r from the axis, r = 1 at half the picture's shorter side, is
found at a r^4 + b r^3 + c r^2 + (1 - a - b - c) r; its inverse is fitted once by a polynomial in the distance found.

The way from pixel to direction is the polynomial itself, on every device; the way back is by Newton's steps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from render.core.errors import InputError
from render.core.geodesy import Array

MOST_ORDER = 5  # of SIP polynomials that are read: solvers write 2 to 4
TERMS = tuple((n - q, q) for n in range(2, MOST_ORDER + 1) for q in range(n + 1))
"""Powers (p, q) of u and v of each column of `Distortion.sip`; `shaders.lens` counts them alike."""
RADIAL_TERMS = 7  # powers 0 to 6 of the distance
FAR = 1.3  # distances of `scale_px`, beyond any corner, past which a place is moved as the one there
STEPS = 12  # Newton's: each about doubles the figures; 4 do in a lens of 10 %
FIT_POINTS = 400


@dataclass(frozen=True, eq=False)
class Distortion:
    """Where a pixel ought to lie, by its offset from the reference pixel.

    `scale_px`: the distance, pixels, in which offsets are counted, about half the picture's diagonal; `sip`
    [2, len(TERMS)], pixels; `radial` [RADIAL_TERMS]: what the offset's length is multiplied with, less 1.
    """

    scale_px: float
    sip: Array
    radial: Array

    @property
    def arrays(self) -> tuple[Array, Array, Array]:
        """Return all that it is made of, as arrays."""
        return np.array(self.scale_px), self.sip, self.radial

    def resized(self, factor: float) -> Distortion:
        """Return the distortion of a picture whose pixels are `factor` times as many along a side."""
        return Distortion(self.scale_px * factor, self.sip * factor, self.radial)

    def undistorted(self, dx: Array, dy: Array) -> tuple[Array, Array]:
        """Return the offsets, pixels, at which a distortion-free lens has what is found at offsets (dx, dy)."""
        (right, down), _ = self._moved(dx, dy)
        return dx + right, dy + down

    def distorted(self, dx: Array, dy: Array) -> tuple[Array, Array]:
        """Return the offsets, pixels, at which is found what ought to lie at (dx, dy): the inverse of `undistorted`."""
        x, y = np.array(dx, dtype=np.float64), np.array(dy, dtype=np.float64)
        for _ in range(STEPS):
            (right, down), ((xx, xy), (yx, yy)) = self._moved(x, y)
            off_x, off_y = x + right - dx, y + down - dy
            determinant = (1.0 + xx) * (1.0 + yy) - xy * yx
            x = x - ((1.0 + yy) * off_x - xy * off_y) / determinant
            y = y - ((1.0 + xx) * off_y - yx * off_x) / determinant
        return x, y

    def stretch(self, dx: Array, dy: Array) -> Array:
        """Return the area that a pixel at offsets (dx, dy) would have without distortion, in pixels."""
        return np.abs(self.determinant(dx, dy))

    def determinant(self, dx: Array, dy: Array) -> Array:
        """Return the determinant of `undistorted`'s derivatives at offsets (dx, dy): not above 0 where the picture is
        folded onto itself."""
        _, ((xx, xy), (yx, yy)) = self._moved(dx, dy)
        return np.asarray((1.0 + xx) * (1.0 + yy) - xy * yx)

    def _moved(
        self, dx: Array, dy: Array
    ) -> tuple[tuple[Array, Array], tuple[tuple[Array, Array], tuple[Array, Array]]]:
        """Return by how much pixels are moved, and the derivatives ((xx, xy), (yx, yy)) of that by their offsets."""
        radius = np.hypot(dx, dy) / self.scale_px
        near = np.minimum(radius, FAR) / np.where(radius > 0.0, radius, 1.0)
        u, v = dx / self.scale_px * near, dy / self.scale_px * near
        rho = np.hypot(u, v)
        factor = np.polynomial.polynomial.polyval(rho, self.radial)
        slope = np.polynomial.polynomial.polyval(rho, np.polynomial.polynomial.polyder(self.radial))
        slope = slope / np.where(rho > 0.0, rho, 1.0)
        moved = [self.scale_px * u * factor, self.scale_px * v * factor]
        rates = [[factor + slope * u * u, slope * u * v], [slope * u * v, factor + slope * v * v]]
        for axis in range(2):
            for (p, q), term in zip(TERMS, self.sip[axis], strict=True):
                if term:
                    moved[axis] = moved[axis] + term * u**p * v**q
                    rates[axis][0] = rates[axis][0] + term / self.scale_px * p * u ** max(p - 1, 0) * v**q
                    rates[axis][1] = rates[axis][1] + term / self.scale_px * q * u**p * v ** max(q - 1, 0)
        inside = radius < FAR
        (xx, xy), (yx, yy) = ([np.where(inside, rate, 0.0) for rate in row] for row in rates)
        return (moved[0], moved[1]), ((xx, xy), (yx, yy))


def sip_distortion(
    a: Mapping[tuple[int, int], float], b: Mapping[tuple[int, int], float], scale_px: float
) -> Distortion:  # fmt: skip
    """Return the distortion of SIP coefficients {(p, q): value}, pixels to the powers, as headers have them.

    Raises InputError for terms of other degrees than 2 to MOST_ORDER that are not zero.
    """
    sip = np.zeros((2, len(TERMS)))
    for axis, terms in enumerate((a, b)):
        for (p, q), value in terms.items():
            if (p, q) in TERMS:
                sip[axis, TERMS.index((p, q))] = value * scale_px ** (p + q)
            elif value != 0.0:
                name = f"{'AB'[axis]}_{p}_{q}"
                raise InputError(f"SIP term {name} is of degree {p + q}; degrees 2 to {MOST_ORDER} can be used")
    return Distortion(scale_px, sip, np.zeros(RADIAL_TERMS))


def radial_distortion(a: float, b: float, c: float, half_side_px: float, scale_px: float) -> Distortion:
    """Return the distortion of a lens by the coefficients of PTLens and lensfun; r = 1 at `half_side_px`.

    Raises InputError where they fold the picture: places at two distances would fall on one.
    """
    ideal = np.linspace(0.0, 1.2 * FAR * scale_px / half_side_px, FIT_POINTS)[1:]
    ratio = a * ideal**3 + b * ideal**2 + c * ideal + (1.0 - a - b - c)
    found = ideal * ratio
    if not (np.diff(found) > 0.0).all():
        raise InputError(
            f"a lens of distortion {a:g}, {b:g}, {c:g} folds the picture: what lies further out must be seen so"
        )
    rho = found * half_side_px / scale_px
    near = rho < FAR
    powers = rho[near, None] ** np.arange(RADIAL_TERMS)
    radial = np.linalg.lstsq(powers * rho[near, None], (1.0 / ratio[near] - 1.0) * rho[near], rcond=None)[0]
    return Distortion(scale_px, np.zeros((2, len(TERMS))), np.asarray(radial))
