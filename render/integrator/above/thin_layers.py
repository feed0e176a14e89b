"""How much light of thin layers of the upper air falls on a level place below them.

A layer at altitude H shines evenly to all sides and absorbs nothing; its column brightness I is what is seen of it
from straight below, R. A patch dA of it sends I dA photons sr-1 s-1, so that a level surface at altitude z, h = H - z
below, receives E = integral of I cos(zenith angle) / d^2 dA: on a plane I h / (h^2 + r^2)^(3/2) dA. On the sphere it
ends where the layer sets. An even layer gives 2 pi I / (1 + c), with c the cosine of the angle at which the horizon's
ray crosses it (c = 0 on a plane, 0.183 from sea level to 110 km).

Unit: rayleigh steradian (R sr), what a sky of one rayleigh gives from one steradian about the zenith: 1 R sr = 1e10/4pi
photons m-2 s-1 (`render.core.units.RAYLEIGH`). A half space of one rayleigh, as a Lambertian cloud below sees it, is pi
R sr; a surface of albedo A that receives E shines with A E / pi R.

Earth is a sphere of the mean radius here and verticals point at its centre: lengths are right to 0.3 %, and what falls
on a place is that of one beside it by 0.3 % of the layer's height at most. Light that air has scattered is not
counted; see `slant_table`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np

from render.atmosphere.extinction import Atmosphere
from render.atmosphere.transmission import slant_transmittance
from render.core.units import EARTH_MEAN_RADIUS_KM
from render.emission.airglow import RAYLEIGHS_PER_CM3_KM, Layer
from render.geophysics.field.field_lines import PLANE_RADIUS_KM
from render.integrator.above.area import AreaFromAbove

SLANT_NODES = 64  # of the table of transmittance; quadratic towards the horizon, where it changes fastest
ZENITH_NODES = 48  # Gauss-Legendre nodes in the root of the zenith's cosine, for even layers: 1e-4 with air
ALTITUDE_NODES = 48  # Gauss-Legendre nodes across a layer: Gaussians cut at 4.5 sigma to 1e-6
FEWEST_PIXELS_DOWN = 2.0  # pixels that a map's layer stands above a place at least: 1 % of the kernel's middle there
SLOPE_STEP = 0.01  # of ln r, for the kernel's slope
RADIAL_NODES = 2000  # of the kernel against distance: a five hundredth of the layer's height apart near the place
PIXELS_AT_ONCE = 2_000_000  # of the direct sum: bounds the memory


def layer_share(altitude_km: float, layer_km: np.ndarray | float) -> np.ndarray:
    """Return what a place at `altitude_km` gets of an even layer at `layer_km`, of the plane's 2 pi I.

    1 / (1 + c): the integral over the sky of I / cos(angle at the layer) cos(zenith angle), which grows towards the
    horizon as van Rhijn has it. Raises ValueError for a layer that is not above the place.
    """
    layer = np.asarray(layer_km, float)
    _check_above(altitude_km, layer)
    ratio = (EARTH_MEAN_RADIUS_KM + altitude_km) / (EARTH_MEAN_RADIUS_KM + layer)
    return np.asarray(1.0 / (1.0 + np.sqrt(1.0 - ratio**2)))


def slant_table(atmosphere: Atmosphere, altitude_km: float, wavelengths_nm: np.ndarray) -> np.ndarray:
    """Return the transmittance of the air above a place, [node, k], against the root of the zenith's cosine.

    `transmittance` of this module's functions is a column of it. It takes away all that air scatters; about half of
    that comes down all the same, so that truth lies between the answers with and without it (from 2 km, 557.7 nm, the
    answers for airglow are 0.74 and 1).
    """
    root = np.linspace(0.0, 1.0, SLANT_NODES)
    return slant_transmittance(atmosphere, root**2, wavelengths_nm, altitude_km)


def of_even_layers(
    layers: Sequence[Layer], altitude_km: float, transmittance: dict[str, np.ndarray] | None = None
) -> dict[str, float]:
    """Return the irradiance of a level place below layers that are even around the globe: R sr by line.

    `transmittance` [node] of the air above the place by line, as a column of `slant_table`; None: clear air. Light from
    below the place does not count.
    """
    total: dict[str, float] = {}
    for layer in layers:
        height, column = _columns(layer)
        above = height > altitude_km
        share = np.zeros(len(height))
        if transmittance is None:
            share[above] = layer_share(altitude_km, height[above])
        else:
            share[above] = _dimmed_share(altitude_km, height[above], transmittance[layer.line])
        total[layer.line] = total.get(layer.line, 0.0) + 2.0 * np.pi * float(column @ share)
    return total


def kernel(
    angle_rad: np.ndarray, altitude_km: float, layer_km: float, transmittance: np.ndarray | None = None
) -> np.ndarray:
    """Return the irradiance, sr per sr of the Earth's centre, of a layer's patch at an angle there from the place.

    r2^2 cos(zenith angle) / d^2, 0 beyond the horizon; times solid angle at the centre and I it is R sr. Written with
    h = r2 - r1 and the half angle, so that nothing of order one is subtracted. Raises ValueError as `layer_share`.
    """
    _check_above(altitude_km, np.asarray(layer_km))
    near, far = EARTH_MEAN_RADIUS_KM + altitude_km, EARTH_MEAN_RADIUS_KM + layer_km
    half = np.sin(0.5 * np.asarray(angle_rad)) ** 2
    distance2 = (far - near) ** 2 + 4.0 * near * far * half
    cosine = np.maximum(far - near - 2.0 * far * half, 0.0) / np.sqrt(distance2)
    seen = 1.0 if transmittance is None else _at_cosine(transmittance, cosine)
    return np.asarray(far**2 * cosine / distance2 * seen)


def at_places(
    column_r: np.ndarray, area: AreaFromAbove, layer_km: float, direction_itrs: np.ndarray, altitude_km: float,
    transmittance: np.ndarray | None = None,
) -> np.ndarray:  # fmt: skip
    """Return the irradiance of level places by the sum over every pixel of a layer, R sr [..., place].

    `column_r` [..., row, column]: brightness of the layer's columns on the map, R; beyond the map is none.
    `direction_itrs` [place, 3]: geocentric, any length. `transmittance` [node] as in `slant_table`. Exact but for the
    pixels' size; costs 0.1 us per place and pixel.
    """
    x, y = np.meshgrid(area.x_km, area.y_km)
    pixels = area.directions(x, y).reshape(-1, 3)
    weight = _pixel_solid_angle(area, x, y).ravel()
    places = direction_itrs / np.linalg.norm(direction_itrs, axis=-1, keepdims=True)
    light = np.asarray(column_r, float).reshape(*np.shape(column_r)[:-2], -1)
    found = np.empty((*light.shape[:-1], len(places)))
    step = max(1, PIXELS_AT_ONCE // len(pixels))
    for first in range(0, len(places), step):
        some = places[first : first + step]
        share = kernel(_angle(_distances(some, pixels)), altitude_km, layer_km, transmittance) * weight
        found[..., first : first + step] = light @ share.T
    return found


def over_map(
    column_r: np.ndarray,
    area: AreaFromAbove,
    layer_km: float,
    altitude_km: float,
    transmittance: np.ndarray | None = None,
) -> np.ndarray:  # fmt: skip
    """Return the irradiance of level places below every pixel of a map, R sr [..., row, column], by convolution.

    Arguments as for `at_places`, with which it agrees to 0.05 % within 1000 km of the map's centre and 0.3 % within
    2000. A chord on the map is too long by the root of the scales m, m' at its two ends, 1.4 % at 1500 km: to first
    order in their logarithms the kernel is K(r) + (ln m + ln m') / 2 G(r), G = -dK / d ln r. Costs 0.3 us per pixel.
    Raises ValueError where pixels are too large for a layer so near.
    """
    if layer_km - altitude_km < FEWEST_PIXELS_DOWN * area.pixel_km:
        raise ValueError(
            f"pixels of {area.pixel_km:g} km are too large for a layer {layer_km - altitude_km:g} km above; "
            f"allowed: half of that"
        )
    scale = _scale(*np.meshgrid(area.x_km, area.y_km))
    reach = int(np.ceil(_farthest_chord_km(altitude_km, layer_km) / area.pixel_km)) + 2
    shape = tuple(_fast_length(n + min(n - 1, reach)) for n in scale.shape)
    light = np.asarray(column_r, float) / scale**2
    here, there = (np.fft.rfft2(each, shape) for each in (light, light * 0.5 * np.log(scale)))
    sides = shape[0], shape[1]
    if transmittance is None:
        anywhere = replace(area, latitude_deg=0.0, longitude_deg=0.0)  # the kernel is that of any place
        value, slope = _clear_transforms(anywhere, sides, layer_km, altitude_km)
    else:
        value, slope = (np.fft.rfft2(each) for each in kernel_on_map(area, sides, layer_km, altitude_km, transmittance))
    inside = np.s_[..., : area.rows, : area.columns]
    whole = np.fft.irfft2(here * value + there * slope, shape)[inside]
    whole = whole + 0.5 * np.log(scale) * np.fft.irfft2(here * slope, shape)[inside]
    return np.asarray(np.maximum(whole, 0.0))


@lru_cache(maxsize=16)
def _clear_transforms(
    area: AreaFromAbove, shape: tuple[int, int], layer_km: float, altitude_km: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the transforms of `kernel_on_map` without air: kept, since many lines shine in a layer."""
    value, slope = (np.fft.rfft2(each) for each in kernel_on_map(area, shape, layer_km, altitude_km))
    return value, slope


def kernel_on_map(
    area: AreaFromAbove,
    shape: tuple[int, int],
    layer_km: float,
    altitude_km: float,
    transmittance: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Return (K, -dK / d ln r), each [row, column]: of a map's pixels, the place at [0, 0], wrapped around `shape`.

    A length at the centre of the stereographic map is the chord of its angle; a circle on it holds the solid angle of
    its plane, so that the kernel's sum is exact.
    """
    rows, columns = (np.fft.fftfreq(n, 1.0 / n) * area.pixel_km for n in shape)
    distance = np.hypot(rows[:, None], columns[None, :])
    down = layer_km - altitude_km
    nodes = down * np.sinh(np.linspace(0.0, np.arcsinh(_farthest_chord_km(altitude_km, layer_km) / down), RADIAL_NODES))
    value, less, more = (
        kernel(_angle(nodes / PLANE_RADIUS_KM * factor), altitude_km, layer_km, transmittance)
        for factor in (1.0, np.exp(-SLOPE_STEP), np.exp(SLOPE_STEP))
    )
    pixel = (area.pixel_km / PLANE_RADIUS_KM) ** 2
    tables = value * pixel, (less - more) * (0.5 / SLOPE_STEP * pixel)
    on_map, slope_on_map = (np.interp(distance, nodes, table, right=0.0) for table in tables)
    return on_map, slope_on_map


def _farthest_chord_km(altitude_km: float, layer_km: float) -> float:
    """Return how far from a place, by the chord on the map, the layer sets."""
    near, far = EARTH_MEAN_RADIUS_KM + altitude_km, EARTH_MEAN_RADIUS_KM + layer_km
    return float(2.0 * PLANE_RADIUS_KM * np.sqrt((far - near) / (2.0 * far)) * np.exp(SLOPE_STEP))


def _angle(chord: np.ndarray) -> np.ndarray:
    """Return the angle, rad, of chords of the unit sphere."""
    return np.asarray(2.0 * np.arcsin(np.minimum(0.5 * chord, 1.0)))


def _check_above(altitude_km: float, layer_km: np.ndarray) -> None:
    if not (layer_km > altitude_km).all():
        raise ValueError(f"a layer at {np.min(layer_km):g} km is not above the place at {altitude_km:g} km")


def _columns(layer: Layer) -> tuple[np.ndarray, np.ndarray]:
    """Return (altitudes km, brightness R) of thin layers that together are a layer."""
    place, weight = np.polynomial.legendre.leggauss(ALTITUDE_NODES)
    half = 0.5 * (layer.top_km - layer.bottom_km)
    height = layer.bottom_km + half * (place + 1.0)
    rate = np.ones(len(height))
    if layer.shape == "gaussian":
        rate = np.exp(-0.5 * ((height - layer.centre_km) / layer.sigma_km) ** 2)
    elif layer.profile is not None:
        rate = np.interp(height, np.linspace(layer.bottom_km, layer.top_km, len(layer.profile)), layer.profile)
    return height, RAYLEIGHS_PER_CM3_KM * layer.peak_ver_cm3_s * rate * weight * half


def _dimmed_share(altitude_km: float, layer_km: np.ndarray, transmittance: np.ndarray) -> np.ndarray:
    """Return `layer_share` behind air: the integral over the zenith's cosine mu of mu T / cos(angle at the layer)."""
    place, weight = np.polynomial.legendre.leggauss(ZENITH_NODES)
    root = 0.5 * (place + 1.0)  # of the cosine: mu = root^2, d mu = 2 root d root
    cosine = root**2
    ratio = (EARTH_MEAN_RADIUS_KM + altitude_km) / (EARTH_MEAN_RADIUS_KM + layer_km)
    slant = np.sqrt(1.0 - ratio[:, None] ** 2 * (1.0 - cosine**2))
    return np.asarray((cosine * _at_cosine(transmittance, cosine) / slant) @ (weight * root))


def _at_cosine(transmittance: np.ndarray, cosine: np.ndarray) -> np.ndarray:
    """Return a table [node] against the root of the zenith's cosine at cosines of any shape."""
    return np.interp(np.sqrt(cosine), np.linspace(0.0, 1.0, len(transmittance)), transmittance)


def _pixel_solid_angle(area: AreaFromAbove, x_km: np.ndarray, y_km: np.ndarray) -> np.ndarray:
    """Return the solid angle, sr, of pixels as the Earth's centre sees them."""
    return np.asarray((area.pixel_km / (_scale(x_km, y_km) * PLANE_RADIUS_KM)) ** 2)


def _scale(x_km: np.ndarray, y_km: np.ndarray) -> np.ndarray:
    """Return the scale of the stereographic map, 1 at its centre."""
    return np.asarray(1.0 + (x_km**2 + y_km**2) / (4.0 * PLANE_RADIUS_KM**2))


def _distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the chords between unit vectors [n, 3] and [m, 3], [n, m]: not 2 - 2 cos, which has no figures left."""
    return np.asarray(np.linalg.norm(a[:, None] - b[None], axis=-1))


def _fast_length(least: int) -> int:
    """Return the smallest length, of factors 2, 3 and 5, that is not below `least`."""
    length = least
    while True:
        rest = length
        for factor in (2, 3, 5):
            while rest % factor == 0:
                rest //= factor
        if rest == 1:
            return length
        length += 1
