"""A user map in the picture: drawn as it is, or with curtains that keep its energy; and what is said of it."""

import numpy as np
import pytest

from render import load_scene
from render.core.epoch import Epoch
from render.core.errors import InputError
from render.device import start
from render.frame.moment import moment_of
from render.geophysics.forms.aurora_settings import AuroraSettings
from render.geophysics.forms.drive_series import DriveSeries
from render.integrator.aurora import tiles as tiling
from render.integrator.aurora.magnetosphere import magnetosphere_around
from render.questions.user_map import user_map_warnings
from render.scene import Scene, scene_from_text
from shaders.aurora.emission import FINE
from tests.integrator.aurora.magnetic_maps import flux_map
from tests.integrator.conftest import staged

FLUX, ENERGY_KEV = 6.0, 3.0
KEPT = 0.03  # of the mean flux, that structure drawn into an even map may add or take: it has waves of 900 km
SCENE = """
[time]
utc = "2015-01-18T05:30:00Z"
[observer]
latitude_deg = 51.6
longitude_deg = -97.0
altitude_km = 415.0
[camera]
columns = 64
rows = 36
focal_length_mm = 85.0
azimuth_deg = 340.0
elevation_deg = -25.0
[aurora]
footprint = "mine.npz"
"""


@pytest.fixture(autouse=True)
def device():
    return start("cpu")


def write(folder, flux=FLUX, mean_energy=2.0 * ENERGY_KEV, **more):
    """Write an even user map of the magnetic north, and return a scene that draws it."""
    latitude, hours = np.arange(45.0, 90.0, 1.0), np.arange(0.0, 24.0, 1.0)
    axes = {"magnetic_latitude": latitude, "magnetic_local_time": hours}
    values = np.broadcast_to(np.asarray(flux, float), (45, 24))
    np.savez(folder / "mine.npz", energy_flux=values, mean_energy=mean_energy, **axes | more)
    return scene_from_text(SCENE, "own", folder)


def test_an_even_map_is_drawn_as_it_is():
    settings = AuroraSettings(footprint="mine.npz")
    found = flux_map(
        settings, DriveSeries.steady(5.0), 0.0, (-300.0, 300.0), (7000.0, 7500.0), 16, own=(FLUX, ENERGY_KEV)
    )
    np.testing.assert_allclose(found.hard, FLUX, rtol=1e-5)
    np.testing.assert_allclose(found.energy_kev, ENERGY_KEV, rtol=1e-5)
    assert found.soft.max() == 0.0


@pytest.mark.parametrize("activity", [0.4, 1.0, 1.5])
def test_structure_moves_energy_about_and_adds_none(activity):
    settings = AuroraSettings(footprint="mine.npz", fine_structure=1.0, activity=activity)
    means = []
    for time_s in (0.0, 1000.0, 2000.0):
        found = flux_map(
            settings, DriveSeries.steady(5.0), time_s, (-900.0, 900.0), (7000.0, 8000.0), 16, own=(FLUX, ENERGY_KEV)
        )
        means.append(found.hard.mean() / FLUX)
        assert found.hard.std() > 0.4 * FLUX  # there are curtains
        np.testing.assert_allclose(found.energy_kev, ENERGY_KEV, rtol=1e-4)
    assert np.mean(means) == pytest.approx(1.0, abs=KEPT), means


def test_half_the_structure_is_halfway():
    maps = [
        flux_map(
            AuroraSettings(footprint="mine.npz", fine_structure=share), DriveSeries.steady(5.0), 5.0, (-200.0, 200.0),
            (7000.0, 7300.0), 16, own=(FLUX, ENERGY_KEV),
        ).hard
        for share in (0.0, 0.5, 1.0)
    ]  # fmt: skip
    np.testing.assert_allclose(maps[1], 0.5 * (maps[0] + maps[2]), rtol=1e-4)


def test_the_file_reaches_the_cells_in_view(tmp_path):
    seen = staged((64, 36), scene=write(tmp_path))
    cells, fine = seen.stage.maps.cells.to_numpy(), seen.stage.maps.texels.to_numpy()
    lit = cells[..., 0] > 0
    assert lit.sum() > 100
    first, n = cells[lit][:, 0], cells[lit][:, FINE]
    middle = fine[first + (n // 2 + 1) * (n + 3) + n // 2 + 1]
    inside = middle[:, 1] > 0.99 * FLUX  # all but cells at the map's edge
    assert inside.mean() > 0.9
    np.testing.assert_allclose(middle[inside][:, 1], FLUX, rtol=1e-3)
    np.testing.assert_allclose(np.exp(middle[inside][:, 0]), ENERGY_KEV, rtol=1e-3)
    twice = staged((64, 36), scene=write(tmp_path, flux=2.0 * FLUX))
    bright, brighter = seen.march(seen.stage), twice.march(twice.stage)
    assert brighter.sum() == pytest.approx(2.0 * bright.sum(), rel=0.02)


def test_a_map_changes_with_time_as_the_file_says(tmp_path):
    maps = np.stack([np.full((45, 24), 2.0), np.full((45, 24), 10.0)])
    latitude, hours = np.arange(45.0, 90.0, 1.0), np.arange(0.0, 24.0, 1.0)
    np.savez(
        tmp_path / "mine.npz", energy_flux=maps, mean_energy=6.0, magnetic_latitude=latitude,
        magnetic_local_time=hours, time_s=np.array([-600.0, 600.0]),
    )  # fmt: skip
    scene = scene_from_text(SCENE, "own", tmp_path)
    for time_s, expected in ((0.0, 6.0), (300.0, 8.0)):
        seen = staged((64, 36), time_s, scene=scene)
        fine = seen.stage.maps.texels.to_numpy()
        assert np.median(fine[tiling.EMPTY_TEXELS :, 1]) == pytest.approx(expected, rel=0.01)
    with pytest.raises(InputError, match="outside the file's times"):
        user_map_warnings(scene, scene.time.epoch.plus_seconds(700.0))


def test_a_map_that_misses_the_view_is_told(tmp_path):
    assert user_map_warnings(write(tmp_path), Epoch.parse("2015-01-18T05:30:00Z")) == ()
    south = write(tmp_path, magnetic_latitude=-np.arange(45.0, 90.0, 1.0))
    (warning,) = user_map_warnings(south, south.time.epoch)
    assert "mine.npz" in warning and "no flux where the camera looks" in warning and "\n" not in warning


def test_scenes_without_a_user_map_have_no_warnings():
    scene: Scene = load_scene("quiet_arc")
    assert user_map_warnings(scene, scene.time.epoch) == ()
    moment = moment_of(scene, scene.time.epoch, None)
    assert magnetosphere_around(moment.observer.position_km, moment.epoch.decimal_year).hemisphere == 1
