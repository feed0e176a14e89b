"""Columns of the aurora's tables that host and shaders share: the host's names in the shaders' order, or its values."""

import dataclasses
import itertools
import re
from types import SimpleNamespace

import numpy as np
import pytest

from render.core.lines import LINE_KEYS
from render.emission.airglow import Layer
from render.emission.subauroral import Profile, SubauroralForm
from render.geophysics.forms import arc_details, arc_groups, curtain, streamers, vortices
from render.geophysics.forms import glow as host_glow
from render.integrator import airglow
from render.integrator.aurora import subauroral, tile_builder
from render.integrator.aurora import tiles as tiling
from shaders.aurora import airglow as airglow_shader
from shaders.aurora import emission as aurora
from shaders.aurora import subauroral as subauroral_shader
from shaders.footprint import arc, glow, streamer, winding
from shaders.footprint import forms as footprint
from shaders.footprint import tiles as footprint_tiles
from tests.shaders.columns import assert_swaps_are_named, misplaced, named

UNIT = re.compile(r"_(km_s|km|s|rad)$")
MODULE_NAMES = {
    "groups": (footprint, "ARCS SPACING EQUATORWARD POLEWARD ARC_FLUX ARC_WIDTH RAY_CONTRAST RAY_LENGTH "
               "SOFT_FLUX ENERGY REACH"),
    "vortices": (winding, "LEFT CENTRE_X CENTRE_Y LONG WIDE COSINE SINE ANGLE"),
    "curls": (winding, "SPACING LARGEST_ANGLE DRIFT LIFE FLATTENING GAIN OFFSET SHIFT"),
    "rays": (arc, "WAVELENGTH AMPLITUDE SPEED LIFE"),
    "streamers": (streamer, "X Y LENGTH LEAN BEND HALF_WIDTH FLUX SEED"),
    "layers": (airglow_shader, "LINE SHAPE CENTRE SIGMA RATE BOTTOM TOP"),
    "forms": (subauroral_shader, "SIGMA BOTTOM PEAK TOP BELOW ABOVE PER_KM"),
    "lights": (subauroral_shader, "FORM PLANE RAYLEIGHS"),
    "ages": (footprint_tiles, "BACK BLUR FLOWN MASK"),
}  # fmt: skip
ROWS = {
    "groups": arc_groups.GroupRow, "vortices": vortices.VortexRow, "curls": arc_details.Curl, "rays": arc_details.Ray,
    "streamers": streamers.StreamerRow, "tracks": arc_groups.TrackRow, "glows": host_glow.GlowRow,
    "rows": vortices.LevelRow, "oval": curtain.OvalRow,
}  # fmt: skip
CLASSES = {"tracks": footprint.Track, "glows": glow.Glow, "rows": winding.Row, "oval": footprint.Oval}


def columns_of(table):
    """Return the columns that the shaders name for a table: name -> column."""
    if table in CLASSES:
        return named(CLASSES[table])
    module, names = MODULE_NAMES[table]
    return {name.lower(): getattr(module, name) for name in names.split()}


def out_of_order(table, columns, fields):
    """Return a line for each column to which shaders and host give different names."""
    of_host = [UNIT.sub("", field) for field in fields]
    by_column = sorted(columns, key=columns.__getitem__)
    if len(by_column) != len(of_host):
        return [f"{table}: {len(by_column)} columns for the shaders, {len(of_host)} for the host"]
    return [
        f"{table}: column {k} is {ours} for the shaders, {theirs} for the host"
        for k, (ours, theirs) in enumerate(zip(by_column, of_host, strict=True))
        if ours != theirs
    ]


@pytest.mark.parametrize("table", ROWS)
def test_host_and_shaders_name_columns_alike(table):
    columns = columns_of(table)
    assert sorted(columns.values()) == list(range(len(columns)))
    assert out_of_order(table, columns, ROWS[table]._fields) == []


@pytest.mark.parametrize("table", ROWS)
def test_two_swapped_fields_are_named(table):
    columns, fields = columns_of(table), list(ROWS[table]._fields)
    for i, j in itertools.combinations(range(len(fields)), 2):
        swapped = fields.copy()
        swapped[i], swapped[j] = fields[j], fields[i]
        told = " ".join(out_of_order(table, columns, swapped))
        assert f"column {i} is {UNIT.sub('', fields[i])} for the shaders, {UNIT.sub('', fields[j])}" in told
        assert f"column {j} is {UNIT.sub('', fields[j])} for the shaders, {UNIT.sub('', fields[i])}" in told


# Tables that the integrator writes: by value

PROFILE = Profile(peak_km=210.0, below_km=36.0, above_km=27.0, bottom_km=100.0, top_km=300.0)
FORM = SubauroralForm(7.0, PROFILE, {"630.0": 11.0, "636.4": 12.0}, np.array([[5.0, 0.0], [6.0, 1.0], [7.0, 0.0]]))


def layers():
    layer = Layer("557.7", "uniform", 96.0, 4.0, 250.0, 90.0, 110.0)
    expected = {
        "line": LINE_KEYS.index("557.7"), "shape": airglow_shader.UNIFORM, "centre": 96.0, "sigma": 4.0, "rate": 250.0,
        "bottom": 90.0, "top": 110.0,
    }  # fmt: skip
    return airglow.layer_table([layer]), columns_of("layers"), expected


def forms():
    expected = {"sigma": 7.0, "per_km": PROFILE.per_km} | {
        name.removesuffix("_km"): value for name, value in dataclasses.asdict(PROFILE).items()
    }
    return np.array([subauroral._row(FORM)]), columns_of("forms"), expected


def ages():
    instants = tile_builder.Instants(np.array([[1.0, 2.0, 3.0], [9.0, 5.0, 6.0]]), np.ones((2, 1)))
    found, _ = tile_builder._with_masks(instants.ages, 0.0)
    expected = {"back": [1.0, 9.0], "blur": [2.0, 5.0], "flown": [3.0, 6.0], "mask": [0.0, 1.0]}
    return found, columns_of("ages"), expected


def cells():
    """A cell of each kind of tile: first texel and n of the fine map, its twin and the past."""
    grid = SimpleNamespace(rows=1, columns=1, first_row=0, first_column=0)
    place = np.array([[0, 0]])
    pools = [tiling.Tiles(place, np.array([n]), np.array([first]), 999) for n, first in ((32, 17), (8, 400), (16, 55))]
    expected = {"fine_first": 17, "fine": 32, "coarse_first": 400, "coarse": 8, "past_first": 55, "past": 16}
    columns = {name: getattr(aurora, name.upper()) for name in ("fine", "coarse", "past")}
    columns |= {f"{name}_first": column - 1 for name, column in columns.items()}
    return tiling.cell_table(grid, *pools)[..., :6], columns, expected


WRITTEN = [layers, forms, ages, cells]


@pytest.mark.parametrize("made", WRITTEN, ids=lambda made: made.__name__)
def test_the_integrator_writes_what_the_shaders_name(made):
    found, columns, expected = made()
    assert sorted(columns.values()) == list(range(found.shape[-1]))
    assert misplaced(made.__name__, found, columns, expected) == []


@pytest.mark.parametrize("made", WRITTEN, ids=lambda made: made.__name__)
def test_two_swapped_columns_are_named(made):
    assert_swaps_are_named(made)


def test_cells_count_the_way_to_light_and_to_thin_arcs():
    grid = SimpleNamespace(rows=3, columns=9, first_row=0, first_column=0)
    coarse = tiling.Tiles(np.array([[4, 1], [0, 1]]), np.array([32, tiling.COARSE]), np.array([17, 90]), 999)
    table = tiling.cell_table(grid, coarse, coarse, coarse)
    assert table[1, 0, [aurora.EMPTY, aurora.SMOOTH]].tolist() == [0, 4]  # lit, and four cells from thin arcs


def test_subauroral_lights_and_tracks():
    track = subauroral._with_distance(FORM.track)
    assert track[1].tolist() == [6.0, 1.0, 0.0]  # centre, brightness, distance to the lit node
