"""Columns that host and shaders share: what the host writes where the shaders' names say, table by table."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest
import taichi as ti

from render import device
from render.atmosphere import extinction
from render.atmosphere.extinction import build_atmosphere
from render.atmosphere.settings import AtmosphereSettings
from render.atmosphere.sunlight import horizon_dip
from render.core.radiance import SKY_WAVELENGTHS_NM
from render.core.units import EARTH_MEAN_RADIUS_KM
from render.integrator import station, station_pose, station_trees
from render.integrator.sky import diffuse, pixels, scattered
from render.integrator.sky.diffuse import Quadrature
from render.sky.sunlight import SkySource
from render.station.composition import Instance
from render.station.materials import WIDTHS_DEG, materials
from render.station.mesh import Mesh
from render.station.settings import StationSettings
from shaders.sky import diffuse as diffuse_shader
from shaders.sky import moon as moon_shader
from shaders.sky import pixels as sky
from shaders.sky import transmittance, twilight
from shaders.station import lighting as station_lighting
from shaders.station import pixels as station_shader
from shaders.station import surface as station_surface
from shaders.station import tree as station_tree
from tests.shaders.columns import assert_swaps_are_named, misplaced, named

BANDS = 3
RANDOM = np.random.default_rng(7)
ATMOSPHERE = dataclasses.replace(
    build_atmosphere(AtmosphereSettings(), (440.0, 560.0, 680.0)), angstrom=np.array([1.1, 0.7, 0.3]),
    asymmetry=np.array([0.6, 0.5, 0.4]), albedo=np.array([0.9, 0.8, 0.7]),
)  # fmt: skip
FEW = Quadrature(directions=3, altitudes_km=(0.0, 10.0), zenith_deg=(0.0, 60.0, 90.0, 120.0))
SIDE = 4


def runs(**first_and_count):
    """Return columns name_0, name_1, ... of runs given by their first column and their count."""
    return {f"{name}_{k}": first + k for name, (first, count) in first_and_count.items() for k in range(count)}


def spread(**arrays):
    """Return quantities name_0, name_1, ... of the last axis of arrays."""
    return {f"{name}_{k}": array[..., k] for name, array in arrays.items() for k in range(array.shape[-1])}


def by_species(array):
    return {name: array[..., k] for k, name in enumerate(extinction.SPECIES)}


SPECIES = named(transmittance.Species)
WITH_BENDING = {**SPECIES, "bending": transmittance.BENDING}


def optics():
    expected = by_species(ATMOSPHERE.coefficients().T)
    ratio = extinction.air.refractivity(ATMOSPHERE.wavelengths_nm) / extinction.air.refractivity(550.0)
    expected |= {"beta2": ATMOSPHERE.air_beta2, "relative_bending": ratio}
    return scattered.optics_table(ATMOSPHERE), SPECIES | named(transmittance.Optics), expected


def layers():
    optical = SimpleNamespace(density=RANDOM.random((5, 6)), bending=RANDOM.random(5))
    return scattered.layer_table(optical), WITH_BENDING, by_species(optical.density) | {"bending": optical.bending}


def slant_columns():
    marched = SimpleNamespace(columns=RANDOM.random((5, 6)), bending_rad=RANDOM.random(5))
    return pixels.slant_table(marched), WITH_BENDING, by_species(marched.columns) | {"bending": marched.bending_rad}


def aerosols():
    expected = {"albedo": ATMOSPHERE.albedo, "asymmetry": ATMOSPHERE.asymmetry}
    return scattered.aerosol_table(ATMOSPHERE), named(twilight.Aerosol), expected


def shapes():
    """A ray through a sphere of air, lowest 20 km high, from outside."""
    radius, top = EARTH_MEAN_RADIUS_KM, EARTH_MEAN_RADIUS_KM + extinction.TOP_KM
    half = np.sqrt(top**2 - (radius + 20.0) ** 2)
    origin, direction = np.array([[-4000.0, 0.0, radius + 20.0]]), np.array([[1.0, 0.0, 0.0]])
    shape = scattered.rays_through(origin, direction, np.full(3, radius), np.array([False]))[1]
    excess = (1.0 + 20.0 / radius) ** 2 - 1.0
    return shape, named(twilight.Shape), {"excess": excess, "k2": radius**-2.0, "start": -half, "end": half}


def spans():
    paths = diffuse._all_paths(ATMOSPHERE, FEW)
    expected = {
        "first_step": lambda v: v[0] == 0 and (np.diff(v) >= 0).all() and v[-1] > 0,
        "steps": lambda v: v.sum() == len(paths.steps),
    }
    return paths.spans, named(diffuse_shader.Span), expected


def steps():
    """A path that climbs from the ground at 30 degrees: the law of sines tells all but where its steps lie."""
    found = diffuse._path(ATMOSPHERE, diffuse.optical_air(ATMOSPHERE), 0.0, 0.5, False, FEW)[2]
    lowest, start = EARTH_MEAN_RADIUS_KM * np.cos(np.radians(30.0)), EARTH_MEAN_RADIUS_KM * 0.5
    stop = np.sqrt((EARTH_MEAN_RADIUS_KM + extinction.TOP_KM) ** 2 - lowest**2)
    edges = diffuse._edges(start, stop, lowest - EARTH_MEAN_RADIUS_KM, FEW)
    middle = (edges[1:] + edges[:-1]) / 2.0
    r = np.hypot(middle, lowest)
    expected = {
        "angle": np.arcsin(middle / r) - np.radians(30.0), "altitude": r - EARTH_MEAN_RADIUS_KM, "sine": middle / r,
        "cosine": lowest / r, "dip": horizon_dip(r - EARTH_MEAN_RADIUS_KM),
    }  # fmt: skip
    return found, named(diffuse_shader.Step), expected


def direction():
    """Shares of the sphere are one in all; sines reach below the horizon."""
    expected = {
        "sine": lambda v: v.min() < -0.5,
        "share": lambda v: np.allclose(v.sum(-1), 1.0, atol=0.01) and v.min() > 0.0,
    }
    return diffuse._all_paths(ATMOSPHERE, FEW).direction, named(diffuse_shader.Direction), expected


def index():
    ends = {"altitude": len(FEW.altitudes_km) - 1, "zenith": len(FEW.zenith_deg) - 1}
    expected = {name: lambda v, end=end: v.max() == end for name, end in ends.items()}
    return diffuse.node_index(FEW).T, named(diffuse_shader.Index), expected


def source(irradiance):
    darkening = RANDOM.random((BANDS, 6))
    return SkySource(np.array([0.0, 0.0, 1.0]), irradiance, 0.005, RANDOM.random(BANDS), darkening)


def sun_disc():
    sun = source(np.ones(BANDS))
    columns = {"centre": sky.Disc.CENTRE} | runs(power=(sky.Disc.POWERS, 6))
    return pixels.sun_disc(sun), columns, {"centre": sun.disc_radiance} | spread(power=sun.limb_darkening)


def moon_disc():
    moon = dataclasses.replace(source(np.ones(BANDS)), earthshine=RANDOM.random(BANDS))
    expected = {"sunlit": moon.disc_radiance, "earthshine": moon.earthshine}
    return pixels.moon_disc(moon, BANDS), named(moon_shader.MoonDisc), expected


def source_irradiance():
    sun, moon = source(RANDOM.random(BANDS)), source(RANDOM.random(BANDS))
    found = pixels.source_irradiance(sun, moon).T
    return found, named(sky.Body), {"sun": sun.irradiance, "moon": moon.irradiance}


def labels():
    mesh = Mesh(RANDOM.random((2, 3, 3)), RANDOM.random((2, 3, 3)), np.array([[2, 3], [4, 5]]), np.array([6, 7]))
    expected = {"front": [2, 4], "back": [3, 5], "panel": [6, 7]}
    return station_trees.labels_of([mesh]), named(station_tree.Side), expected


def leaves():
    links = np.array([[3, 10, 0], [2, 10, 4], [3, 14, 2]], np.int32)
    expected = {"first": links[:, 1] + 100, "count": links[:, 2]}
    return station_trees.leaves_of(links, 100), named(station_tree.Leaf), expected


def copies():
    trees = station_trees.Trees(None, np.array([[0, 7], [7, 12]]), ())
    where = [(Instance("", np.eye(3), np.zeros(3), seed), which) for seed, which in ((3, 1), (4, 0))]
    expected = {"first": [7, 0], "last": [12, 7], "seed": [3, 4]}
    return station.copy_spans(trees, where), named(station_tree.Copy), expected


def finish():
    made = materials()
    expected = {
        "lobe": made.lobe, "width": np.radians(WIDTHS_DEG)[made.width], "spread": made.spread, "tilt": made.tilt,
        "seam": made.seam_m,
    }  # fmt: skip
    return station.material_columns()[0], named(station_surface.Finish), expected


def kinds():
    made = materials()
    return station.material_columns()[1], named(station_surface.Kind), {"blur": made.width, "trim": made.trim}


def station_lights():
    one, two, below, above = (RANDOM.random(len(SKY_WAVELENGTHS_NM)) for _ in range(4))
    even = np.ones_like(one)
    lights = station.StationLights(np.eye(3)[0], one, even, np.eye(3)[1], two, even, below, above)
    settings = StationSettings(visible=True, cabin_light_w_m2_nm=0.01)
    toward, irradiance, _ = station._lights(settings, lights, np.eye(3))
    return toward, irradiance, (one, two)


def toward():
    """The lamp's place is set later."""
    expected = dict(zip(("first", "second"), np.eye(3), strict=False)) | {"lamp": np.zeros(3)}
    return station_lights()[0].T, named(station_lighting.Toward), expected


def irradiance():
    """The six sides are set by the caller."""
    _, found, given = station_lights()
    of, sides = station_lighting.Light, RANDOM.random((len(given[0]), 6))
    found[of.SIDES : of.SIDES + 6] = sides.T
    columns = {"first": of.FIRST, "second": of.SECOND, "lamp": of.LAMP} | runs(sides=(of.SIDES, 6))
    lamp = list(SKY_WAVELENGTHS_NM).index(560.0)
    expected = dict(zip(("first", "second"), given, strict=True)) | {"lamp": lambda v: v[lamp] == 0.25}
    return found.T, columns, expected | spread(sides=sides)


def samples():
    step, ((a, b), (c, d)) = station_pose.pairing(SIDE)
    along, index = (np.arange(SIDE) + 0.5) / SIDE - 0.5, np.arange(SIDE * SIDE)
    down = index % SIDE
    across = (step * down + index // SIDE) % SIDE
    lens = [np.sign(2 * (cell % SIDE) + 1 - SIDE) for cell in (a * across + b * down, c * across + d * down)]
    return station_pose.ray_samples(SIDE), named(station_shader.Sample), {
        "right": along[across], "down": along[down],
        "lens_right": lambda v: (np.sign(v) == lens[0]).all() and v.max() > 0.5,
        "lens_down": lambda v: (np.sign(v) == lens[1]).all() and v.max() > 0.5,
    }  # fmt: skip


TABLES = [
    optics, layers, slant_columns, aerosols, shapes, spans, steps, direction, index, sun_disc, moon_disc,
    source_irradiance, labels, leaves, copies, finish, kinds, toward, irradiance, samples,
]  # fmt: skip


@pytest.mark.parametrize("made", TABLES, ids=lambda made: made.__name__)
def test_host_writes_what_the_shaders_name(made):
    found, columns, expected = made()
    assert sorted(columns.values()) == list(range(found.shape[-1]))
    assert set(columns) == set(expected)
    assert misplaced(made.__name__, found, columns, expected) == []


@pytest.mark.parametrize("made", TABLES, ids=lambda made: made.__name__)
def test_two_swapped_columns_are_named(made):
    assert_swaps_are_named(made)


@ti.kernel
def depths(columns: ti.types.ndarray(), optics: ti.types.ndarray(), out: ti.types.ndarray()):
    for i in range(out.shape[0]):
        slant = sky.SlantColumns(0.0)
        for k in ti.static(range(transmittance.SPECIES)):
            slant[k] = columns[i, k]
        for band in range(out.shape[1]):
            out[i, band] = sky.optical_depth(slant, optics, band)


@pytest.mark.usefixtures("double")
def test_device_weighs_each_species_by_its_own_extinction():
    out = device.empty((6, BANDS))
    depths(device.upload(np.eye(6)), device.upload(scattered.optics_table(ATMOSPHERE)), out)
    np.testing.assert_allclose(out.to_numpy(), ATMOSPHERE.coefficients(), rtol=1e-12)
