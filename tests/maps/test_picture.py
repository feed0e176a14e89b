"""The picture of a map: colours, scale, layout, and that labels, lines and coast stand where they say."""

from __future__ import annotations

import functools
import math

import numpy as np
import pytest

from render.core.epoch import Epoch
from render.core.geodesy import itrs_from_geodetic
from render.geophysics.field.geomagnetic import apex_coordinates
from render.integrator.above.area import AreaFromAbove
from render.integrator.aurora.magnetosphere import Magnetosphere, magnetosphere_around
from render.maps.colours import LIGHTEST, STEPS, light_colours, lightness
from render.maps.from_above import AuroraFromAbove
from render.maps.ground import coast, edge_labels, graticule, latitude_words, longitude_words, magnetic_circles
from render.maps.layout import default_size, layout
from render.maps.picture import bar_ticks, ceiling_kr
from render.scene import Scene

SHADE = 0.2  # of L*: the colours are tabulated
LABEL_KM = 2.0  # of 800 km: labels are sought on 801 nodes


@functools.cache
def magnetic() -> Magnetosphere:
    """Return magnetic coordinates over Canada."""
    return magnetosphere_around(itrs_from_geodetic(59.0, -102.0, 110.0), 2015.05)


def ramp(area: AreaFromAbove, keys: tuple[str, ...], epoch: Epoch) -> AuroraFromAbove:
    """Return a map that brightens from 0 on the left to 100 kR on the right."""
    values = np.broadcast_to(np.linspace(0.0, 100.0, area.columns, dtype=np.float32), (area.rows, area.columns))
    return AuroraFromAbove(area, keys, np.stack([values] * len(keys)), epoch, 3.0, 22.0, magnetic())


def quicken(monkeypatch: pytest.MonkeyPatch) -> list[Epoch]:
    """Put ramps in the place of the aurora's maps; return the instants that are requested."""
    requested: list[Epoch] = []

    def fake(
        scene: Scene, epoch: Epoch, area: AreaFromAbove, keys: tuple[str, ...], device: str = "auto"
    ) -> AuroraFromAbove:
        requested.append(epoch)
        return ramp(area, keys, epoch)

    monkeypatch.setattr("render.maps.plan.aurora_from_above", fake)
    return requested


@pytest.mark.parametrize("key", ["557.7", "630.0", "427.8", "N2_1PG", "STEVE"])
def test_colours_rise_evenly_in_lightness_from_black(key: str) -> None:
    colours = light_colours(key)
    assert colours.shape == (STEPS, 3)
    assert colours[0].max() < 1e-9
    linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    np.testing.assert_allclose(lightness(linear), np.linspace(0.0, LIGHTEST, STEPS), atol=SHADE)
    assert np.abs(np.diff(colours, n=2, axis=0))[8:].max() < 0.02  # no kinks, which would be seen as bands


def test_green_red_and_blue_lines_look_so() -> None:
    for key, channel in (("557.7", 1), ("630.0", 0), ("427.8", 2)):
        assert light_colours(key)[STEPS // 2].argmax() == channel


def test_scales_end_at_round_numbers() -> None:
    assert [ceiling_kr(np.array([value])) for value in (0.0, 0.4, 1.0, 3.1, 120.0)] == [1.0, 0.5, 1.0, 5.0, 200.0]
    for ceiling in (1.0, 3.0, 50.0, 200.0):
        ticks = bar_ticks(ceiling, 0.1)
        assert (ticks[0], ticks[-1]) == (0.0, ceiling)
        assert np.diff(np.sqrt(ticks / ceiling)).min() > 0.1 - 1e-9
        assert len(ticks) >= 5


@pytest.mark.parametrize("maps", [1, 2, 3, 4, 5, 6])
def test_maps_have_room_and_do_not_overlap(maps: int) -> None:
    width, height = default_size(maps)
    assert (width % 2, height % 2) == (0, 0)
    plan = layout((width, height), maps)
    covered = np.zeros((height, width), int)
    for left, top, columns, rows in plan.panels:
        assert columns > 700 and abs(columns - rows) < 0.1 * columns
        covered[top - round(2 * plan.letter) : top + rows + round(5 * plan.letter), left : left + columns] += 1
    assert covered.max() == 1
    assert covered[-round(4 * plan.letter) :].max() == 0  # the caption's


def test_graticules_and_labels_stand_where_they_say() -> None:
    area = AreaFromAbove(59.0, -102.0, 800.0, 400, 300)
    made = ramp(area, ("557.7",), Epoch.parse("2015-01-18T05:30:00Z"))
    labels = edge_labels(made)
    assert {side for *_, side in labels} == {"left", "bottom", "right"}
    for x, y, words, side in labels:
        latitude, longitude = area.geodetic(np.array(x), np.array(y))
        number = float(words.split("°")[0])
        if side == "left":
            assert (x, words.endswith("N")) == (-400.0, True)
            assert latitude == pytest.approx(number, abs=LABEL_KM / 111.0)
        elif side == "bottom":
            assert (y, words.endswith("W")) == (-300.0, True)
            assert longitude == pytest.approx(-number, abs=LABEL_KM / 55.0)
        else:
            assert apex_coordinates(latitude, longitude, 110.0, 2015.05)[0] == pytest.approx(number, abs=0.05)
    for x, y in graticule(area):
        latitude, longitude = area.geodetic(x[np.isfinite(x)], y[np.isfinite(x)])
        assert min(np.ptp(latitude), np.ptp(longitude)) < 1e-6
    for x, y in magnetic_circles(made):
        apex = apex_coordinates(*area.geodetic(x, y), 110.0, 2015.05)[0]
        assert apex == pytest.approx(np.full(len(x), np.round(apex.mean())), abs=0.05)


@pytest.mark.parametrize("maps", [1, 2, 4])
@pytest.mark.parametrize("size", [(100, 100), (160, 90), (50, 200), (1, 1)])
def test_the_smallest_size_is_told(size: tuple[int, int], maps: int) -> None:
    with pytest.raises(ValueError, match="the smallest of this shape is") as caught:
        layout(size, maps)
    width, height = (int(side) for side in str(caught.value).rpartition(" ")[2].split("x"))
    assert width / height == pytest.approx(size[0] / size[1], rel=0.01)
    assert len(layout((width, height), maps).panels) == maps
    with pytest.raises(ValueError, match="too small"):
        layout((width - math.ceil(size[0] / min(size)), height - math.ceil(size[1] / min(size))), maps)


def test_words_for_degrees() -> None:
    assert [latitude_words(v) for v in (52.5, -58.0, 0.0)] == ["52.5° N", "58° S", "0°"]
    assert [longitude_words(v) for v in (-78.0, 105.5, 180.0, 200.0, 0.0)] == [
        "78° W",
        "105.5° E",
        "180°",
        "160° W",
        "0°",
    ]


def test_the_coast_of_tasmania_is_where_it_is() -> None:
    area = AreaFromAbove(-42.2, 146.6, 600.0, 10, 10)
    points = np.concatenate([np.column_stack(line) for line in coast(area)])
    south = points[np.argmin(points[:, 1] + 1e3 * (np.abs(points[:, 0]) > 100.0))]
    latitude, longitude = area.geodetic(*south)
    assert (latitude, longitude) == pytest.approx((-43.64, 146.83), abs=0.1)  # South East Cape
