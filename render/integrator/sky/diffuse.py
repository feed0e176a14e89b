"""Build the table of light scattered more than once: order by order, each gathered along the same paths.

A point of the air is known by its altitude and the source's zenith angle; the diffuse field there by 15 moments (see
`shaders.sky.harmonics`), which hold all that Rayleigh scattering asks of it, and of haze the phase function up to l =
4. Paths start at each altitude's node in directions that gather at its horizon; the transmittance along a path does not
depend on the source, so it is computed once. The table is of optical altitude and straight rays (see
`render.atmosphere.refraction`): bending turns diffuse rays by less than their spacing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from render import device as devices
from render.atmosphere import sunlight
from render.atmosphere.air import Array
from render.atmosphere.extinction import AEROSOLS, TOP_KM, Atmosphere
from render.atmosphere.refraction import OpticalAir, optical_air
from render.atmosphere.sunlight import SunlightTable
from render.core.cache import cached_arrays, is_kept
from render.core.units import EARTH_MEAN_RADIUS_KM
from render.integrator.bands import in_bands, whole_passes
from render.integrator.kept import kept_on_device
from render.integrator.sky.orders import MOVED, THIN_ORDERS, limit, moved
from shaders.sky import diffuse as shader
from shaders.sky import harmonics
from shaders.sky.diffuse import Direction, Index, Span, Step
from shaders.sky.transmittance import Sunlight

LONGEST_DEG = 120.0  # zenith angle of the source beyond which nothing is scattered: its light is below starlight by 108
TAIL = 1.0e-2  # orders are gathered until the next one would add less than this share
SETTLED_DEG = 106.0  # zenith angle up to which that holds: in deep night high orders lead, below starlight
MOST_ORDERS = 60  # haze of optical depth 5 takes 19; an order takes 1.3 s on two CPU cores
RAYS_AT_ONCE = 16384  # a call takes 0.2 to 0.4 s on two CPU cores
FLOOR = 1.0e-26  # of mean radiance per unit of irradiance, sr-1
HORIZON_POWER = 2.5  # directions gather at the horizon, where twilight comes from, as this power of even nodes


@dataclass(frozen=True)
class Quadrature:
    """Say how finely the table is made: nodes, directions each above and below the horizon, azimuths, steps, km."""

    altitudes_km: tuple[float, ...] = (
        0.0, 1.0, 2.0, 3.5, 5.0, 6.5, 8.0, 9.5, 11.0, 12.5, 14.0, 16.0, 18.0, 20.0, 22.5, 25.0, 28.0, 31.0, 35.0, 40.0,
        45.0, 50.0, 58.0, 67.0, 78.0, 92.0, 120.0,
    )  # fmt: skip
    zenith_deg: tuple[float, ...] = (
        0.0, 12.0, 24.0, 35.0, 45.0, 55.0, *np.arange(60.0, 84.0, 4.0).tolist(), 84.0, 85.0, 86.0,
        *np.arange(87.0, 106.0, 0.5).tolist(), *np.arange(106.0, 113.0, 1.0).tolist(), 114.0, 117.0, LONGEST_DEG,
    )  # fmt: skip
    directions: int = 12
    azimuths: int = 7
    longest_km: float = 40.0
    climb_km: float = 2.0


@dataclass(frozen=True, eq=False)
class DiffuseTable:
    """Hold the diffuse field per unit irradiance of the source.

    `moments` [altitude, angle, component, band]: logarithm of the mean radiance, then ratios to it; `irradiance`
    [angle, band]: of level ground at sea level, skylight alone; `index` [2, entry]: fractional nodes at even altitudes
    and angles; `zenith_rad` [angle].
    """

    moments: Array
    irradiance: Array
    index: Array
    zenith_rad: Array

    def skylight(self, zenith_rad: Array, floor: float) -> Array:
        """Return [n, band]: irradiance of level ground by true zenith angles of the source, at least `floor`."""
        bands = np.log(np.maximum(self.irradiance, floor)).T
        return np.exp(np.stack([np.interp(zenith_rad, self.zenith_rad, band) for band in bands], axis=-1))


@dataclass(frozen=True, eq=False)
class Paths:
    """Hold all paths as `shaders.sky.diffuse.Paths`, and `weights` [step, species 4, band], `direction` as its
    kernels."""

    spans: Array
    ends: Array
    ground_transmittance: Array
    steps: Array
    weights: Array
    direction: Array


@kept_on_device(maxsize=4)
def diffuse_table(atmosphere: Atmosphere, light: SunlightTable, quadrature: Quadrature | None = None) -> DiffuseTable:
    """Return the table of an atmosphere in this sunlight, kept between runs; a device must be started.

    Each precision of the CPU has its own: no frame's bits may depend on others. A GPU takes a CPU's where one is kept:
    software Vulkan's own is off by 0.1 % at dusk, by 2 % in deep night.
    """
    finely, device = quadrature or Quadrature(), devices.running()
    by = [] if device.name == "cpu" else [("cpu", "double"), ("cpu", "single")]
    keys = [(atmosphere.digest(), light.digest(), finely, *one) for one in (*by, (device.name, device.precision))]
    key = next((one for one in keys if is_kept("diffuse", one, __name__)), keys[-1])
    kept = cached_arrays("diffuse", key, lambda: build_diffuse(atmosphere, light, finely), __name__)
    return DiffuseTable(kept["moments"], kept["irradiance"], node_index(finely), zenith_nodes(finely))


def build_diffuse(atmosphere: Atmosphere, light: SunlightTable, quadrature: Quadrature) -> dict[str, np.ndarray]:
    """Return the table's arrays: the orders of scattering one by one, then the tail of their geometric series."""
    if not source_weights(atmosphere, atmosphere.density).any():
        return _darkness(atmosphere, quadrature)
    gathered = _Gathering(atmosphere, quadrature, _all_paths(atmosphere, quadrature), light)
    total, fallen = before, irradiance = gathered.first()
    wholes: list[tuple[Array, Array]] = []
    for order in range(MOST_ORDERS):
        moments, irradiance = gathered.next(before, irradiance)
        total, fallen = total + moments, fallen + irradiance
        ratio = np.clip(moments[:, :, :1] / np.maximum(before[:, :, :1], FLOOR), 0.0, 0.98)
        tail = ratio / (1.0 - ratio)
        wholes = [*wholes[-2:], (total + tail * moments, fallen + tail[0, :, 0] * irradiance)]
        counted = (total[:, :, 0] > FLOOR) & (np.array(quadrature.zenith_deg) < SETTLED_DEG)[None, :, None]
        if (ratio[:, :, 0] * moments[:, :, 0] / total[:, :, 0])[counted].max() < TAIL:
            break
        if order >= THIN_ORDERS and moved(wholes[-2][0], wholes[-1][0])[counted].max() < MOVED:
            wholes.append(limit(*wholes))
            break
        before = moments
    return {"moments": _logarithmic(wholes[-1][0]), "irradiance": wholes[-1][1]}


def _darkness(atmosphere: Atmosphere, quadrature: Quadrature) -> dict[str, np.ndarray]:
    """Return the arrays of an atmosphere that scatters nothing."""
    altitudes, angles, bands = map(len, (quadrature.altitudes_km, quadrature.zenith_deg, atmosphere.wavelengths_nm))
    moments = np.zeros((altitudes, angles, harmonics.MOMENTS, bands))
    return {"moments": _logarithmic(moments), "irradiance": np.zeros((angles, bands))}


class _Gathering:
    """Run the orders of scattering on the device; what they share stays there."""

    def __init__(self, atmosphere: Atmosphere, quadrature: Quadrature, paths: Paths, light: SunlightTable) -> None:
        azimuths = (np.arange(quadrature.azimuths) + 0.5) * np.pi / quadrature.azimuths
        zenith = np.radians(quadrature.zenith_deg)
        self.atmosphere, self.light = atmosphere, light
        self.bands, bands = len(atmosphere.wavelengths_nm), len(whole_passes(atmosphere.wavelengths_nm))
        self.paths = devices.upload_pack(
            shader.Paths, spans=paths.spans.astype(np.int32), ends=paths.ends,
            ground_transmittance=whole_passes(paths.ground_transmittance), steps=paths.steps,
        )  # fmt: skip
        self.angles = devices.upload_pack(shader.Angles, zenith=zenith, azimuth=azimuths)
        self.azimuth, self.by_species = devices.upload(azimuths), paths.weights
        self.by_degree = devices.upload(whole_passes(_weights_by_degree(atmosphere, paths.weights)))
        self.direction, self.index = devices.upload(paths.direction), node_index(quadrature)
        self.out = devices.empty((len(paths.ends), len(zenith), len(azimuths), bands))
        self.moments = devices.empty((len(quadrature.altitudes_km), len(zenith), harmonics.MOMENTS, bands))
        self.irradiance = devices.empty((len(zenith), bands))

    def first(self) -> tuple[Array, Array]:
        """Return (moments, irradiance of the ground) of single-scattered light and of the sunlit ground."""
        nodes = np.arange(round(LONGEST_DEG * 2.0) + 1) * shader.NODE_RAD
        direct = sunlight.ground_irradiance(self.atmosphere, nodes, self.light.radius_rad)
        return self._gather(
            shader.gather_sunlight, self.paths, devices.upload(whole_passes(self.by_species)), self.angles, TOP_KM,
            device_sunlight(self.light), devices.upload(whole_passes(self.atmosphere.air_beta2)),
            self.atmosphere.asymmetry, devices.upload(whole_passes(direct)),
        )  # fmt: skip

    def next(self, moments: Array, irradiance: Array) -> tuple[Array, Array]:
        """Return those of a field scattered once more."""
        return self._gather(
            shader.gather_diffuse, self.paths, self.by_degree, self.angles,
            device_field(_logarithmic(moments), self.index), devices.upload(whole_passes(np.log(irradiance + FLOOR))),
        )  # fmt: skip

    def _gather(self, kernel: Any, *given: Any) -> tuple[Array, Array]:
        paths, zeniths, azimuths, _ = self.out.shape
        for band in in_bands(paths * zeniths * azimuths, RAYS_AT_ONCE):
            kernel(*given, self.out, *band)
        shader.mean_moments(self.out, self.direction, self.azimuth, self.moments, self.irradiance)
        moments, irradiance = self.moments.to_numpy(), self.irradiance.to_numpy()
        return moments[..., : self.bands].astype(np.float64), irradiance[:, : self.bands].astype(np.float64)


def _logarithmic(moments: Array) -> Array:
    """Return moments as the device reads them: the logarithm of the mean radiance, ratios to it."""
    mean = np.maximum(moments[:, :, :1], FLOOR)
    return np.concatenate([np.log(mean), np.clip(moments[:, :, 1:] / mean, -1.0, 1.0)], axis=2)


def device_field(moments: Array, index: Array) -> Any:
    """Stage moments [altitude, angle, component, band] and their index as `shaders.sky.diffuse.Field`."""
    return devices.pack(shader.Field, moments=devices.upload(whole_passes(moments)), index=devices.upload(index))


def device_sunlight(light: SunlightTable) -> Any:
    """Stage the table of sunlight as `shaders.sky.transmittance.Sunlight`."""
    return devices.upload_pack(Sunlight, depth=whole_passes(light.depth), shadow_angle=light.shadow_angle_rad)


def zenith_nodes(quadrature: Quadrature) -> Array:
    """Return the zenith angles of the table's nodes, rad."""
    return np.radians(quadrature.zenith_deg)


def node_index(quadrature: Quadrature) -> Array:
    """Return [2, entry] as `shaders.sky.diffuse.Index`: at altitudes to 120 km, zenith angles to 120 degrees."""
    km = np.arange(0.0, TOP_KM + 0.1, shader.NODE_KM)
    degrees = np.arange(0.0, LONGEST_DEG + 0.1, 0.5)
    nodes = np.empty((Index.ZENITH + 1, len(km)))
    nodes[Index.ALTITUDE] = np.interp(km, quadrature.altitudes_km, np.arange(len(quadrature.altitudes_km)))
    nodes[Index.ZENITH] = np.interp(degrees, quadrature.zenith_deg, np.arange(len(quadrature.zenith_deg)))
    return nodes


def source_weights(atmosphere: Atmosphere, density: Array) -> Array:
    """Return [..., species 4, band]: scattering, km-1, of air and of the three aerosols at densities [..., species]."""
    k = atmosphere.coefficients()
    aerosols = density[..., AEROSOLS, None] * k[AEROSOLS] * atmosphere.albedo[:, None]
    return np.concatenate([density[..., :1, None] * k[:1], aerosols], axis=-2)


def _weights_by_degree(atmosphere: Atmosphere, weights: Array) -> Array:
    """Return [..., l, band] of weights [..., species 4, band]: what sends on the moments of each l."""
    degree = np.arange(harmonics.ORDER + 1)
    legendre = (2.0 * degree[:, None] + 1.0) * atmosphere.asymmetry ** degree[:, None]
    by_degree = np.einsum("la,...ab->...lb", legendre, weights[..., 1:, :])
    by_degree[..., 0, :] += weights[..., 0, :]
    by_degree[..., 2, :] += weights[..., 0, :] * atmosphere.air_beta2
    return by_degree


def degree_table(atmosphere: Atmosphere) -> Array:
    """Return [node, l, band]: scattering, km-1, of each l at the even optical altitudes of `optical_air`."""
    return _weights_by_degree(atmosphere, source_weights(atmosphere, optical_air(atmosphere).density))


def _all_paths(atmosphere: Atmosphere, quadrature: Quadrature) -> Paths:
    """Return the paths from every altitude in every direction."""
    optical = optical_air(atmosphere)
    place, share = np.polynomial.legendre.leggauss(quadrature.directions)
    t, share = (place + 1.0) / 2.0, share / 2.0
    made: list[tuple[float, Array, Array, Array]] = []
    direction = []
    for altitude in quadrature.altitudes_km:
        horizon = -np.sin(sunlight.horizon_dip(np.array(altitude)))
        step, width = t**HORIZON_POWER, HORIZON_POWER / 2.0 * t ** (HORIZON_POWER - 1.0) * share
        sine = np.concatenate([horizon + (1.0 - horizon) * step, horizon - (1.0 + horizon) * step])
        sphere = np.concatenate([(1.0 - horizon) * width, (1.0 + horizon) * width])
        direction.append(_columns({Direction.SINE: sine, Direction.SHARE: sphere}))
        made.extend(_path(atmosphere, optical, altitude, s, k >= len(t), quadrature) for k, s in enumerate(sine))
    counts = np.array([len(path[2]) for path in made])
    spans = _columns({Span.FIRST_STEP: np.cumsum(counts) - counts, Span.STEPS: counts})
    return Paths(
        spans, np.array([path[0] for path in made]),
        np.stack([path[1] for path in made]), np.concatenate([path[2] for path in made]),
        np.concatenate([path[3] for path in made]), np.stack(direction),
    )  # fmt: skip


def _path(
    atmosphere: Atmosphere, optical: OpticalAir, altitude_km: float, sine: float, falls: bool, quadrature: Quadrature
) -> tuple[float, Array, Array, Array]:
    """Return (angle around Earth of the end, transmittance from the ground, steps, weights) of one path."""
    radius = EARTH_MEAN_RADIUS_KM
    start = (radius + altitude_km) * sine  # distance from the lowest point of the whole line
    lowest = (radius + altitude_km) * np.sqrt(1.0 - sine * sine)
    stop = -np.sqrt(max(radius**2 - lowest**2, 0.0)) if falls else np.sqrt(max((radius + TOP_KM) ** 2 - lowest**2, 0.0))
    edges = _edges(start, stop, lowest - radius, quadrature)
    middle, length = (edges[1:] + edges[:-1]) / 2.0, np.diff(edges)
    r = np.hypot(lowest, middle)
    density = optical.densities(r - radius)[:, :-1]
    depth = (density @ atmosphere.coefficients()) * length[:, None]
    path_depth = np.cumsum(depth, axis=0)
    through = np.exp(depth - path_depth) * np.where(depth > 1e-6, -np.expm1(-depth) / np.maximum(depth, 1e-6), 1.0)
    turn = np.arctan2(middle, lowest) - np.arctan2(start, lowest)
    dip = sunlight.horizon_dip(np.maximum(r - radius, 0.0))
    steps = _columns({
        Step.ANGLE: turn, Step.ALTITUDE: r - radius, Step.SINE: middle / r, Step.COSINE: lowest / r, Step.DIP: dip,
    })  # fmt: skip
    weights = source_weights(atmosphere, density) * (through * length[:, None])[:, None, :]
    bands = len(atmosphere.wavelengths_nm)
    transmittance = np.exp(-path_depth[-1]) if len(path_depth) else np.ones(bands)
    from_ground = transmittance * atmosphere.ground_albedo / np.pi * (1.0 if falls else 0.0)
    return float(np.arctan2(stop, lowest) - np.arctan2(start, lowest)), from_ground, steps, weights


def _columns(values: dict[int, Array]) -> Array:
    """Return [..., column] of values by their columns."""
    return np.stack([values[column] for column in sorted(values)], axis=-1)


def _edges(start: float, stop: float, lowest_km: float, quadrature: Quadrature) -> Array:
    """Return the edges of steps that are not too long and do not climb too far."""
    edges, radius = [start], EARTH_MEAN_RADIUS_KM + lowest_km
    while edges[-1] < stop - 1e-6:
        x = edges[-1]
        r = np.hypot(radius, x)
        climb = quadrature.climb_km * (4.0 if r - EARTH_MEAN_RADIUS_KM > 60.0 else 1.0)
        edges.append(min(x + min(quadrature.longest_km, climb / max(abs(x) / r, 1e-3)), stop))
    return np.array(edges)
