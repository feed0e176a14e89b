"""The station in the picture: sizes, tiles, devices, the tree, where compositions stand."""

from types import SimpleNamespace

import numpy as np
import pytest

from render import device
from render.integrator import station as stage
from render.integrator import station_pose
from render.integrator.station_trees import stage_trees
from render.station import shapes
from render.station.composition import Instance, mesh_of
from render.station.materials import BLANKET_LENGTH_M, BLANKET_WIDTH_M
from render.station.mesh import Mesh
from render.station.settings import StationSettings
from render.station.tree import build_tree
from render.station.wing import SCALLOP_M, WING_ROOT_M
from tests import probes_station
from tests.shaders.stations import (
    COLUMNS,
    FOCAL_MM,
    LEVEL,
    ORBIT,
    PER_PIXEL,
    PRECISION_SHARE,
    ROWS,
    SUN,
    camera,
    lights,
    picture,
    plate,
    render_station,
    staged_of,
)


def test_box_covers_its_true_solid_angle():
    """Front face of w x w at d in front of a gnomonic camera: (w / d) / (tangent per pixel) pixels on a side."""
    coverage, _ = picture([plate()], lights())
    grain = 0.25 * 2  # pixel, sampled four times a side, two edges
    assert coverage.min() >= 0.0
    assert coverage.max() == 1.0
    assert coverage[ROWS // 2].sum() == pytest.approx(0.4 / PER_PIXEL, abs=grain)
    assert coverage[:, COLUMNS // 2].sum() == pytest.approx(0.4 / PER_PIXEL, abs=grain)


def test_cylinder_seen_along_its_axis_covers_its_disc():
    part = shapes.cylinder(np.array([0.0, 0.0, 10.0]), np.array([0.0, 0.0, 14.0]), 4.0, "white", 96)
    coverage, _ = picture([part], lights())
    assert coverage.sum() == pytest.approx(np.pi * (0.2 / PER_PIXEL) ** 2, rel=0.01)


def test_lens_blurs_an_edge_by_its_circle_of_confusion():
    """Focused at infinity an edge at d spreads over the pupil's diameter seen from d: f / (N d) in tangent."""
    narrow, wide = camera(), camera(f_number=0.1)
    part = [plate(distance_m=5.0, size_m=2.0)]
    sharp, _ = picture(part, lights(), narrow)
    soft, _ = picture(part, lights(), wide)
    partly = np.count_nonzero((soft[ROWS // 2] > 0.0) & (soft[ROWS // 2] < 1.0)) / 2
    assert partly == pytest.approx(0.2 / 5.0 / PER_PIXEL, abs=1.5)  # 0.2 m pupil
    assert soft[ROWS // 2].sum() == pytest.approx(sharp[ROWS // 2].sum(), abs=0.6)


@pytest.mark.parametrize("name", ["wing", "corner"])
def test_the_tree_is_equal_to_asking_every_triangle(name):
    device.start("cpu", "single")
    mesh = mesh_of(name)
    tree, rng = build_tree(mesh), np.random.default_rng(5)
    low, high = mesh.box()
    aims = low + (high - low) * rng.uniform(size=(1000, 3))
    starts = 0.5 * (low + high) + np.linalg.norm(high - low) * rng.normal(size=(1000, 3))
    ways = (aims - starts) / np.linalg.norm(aims - starts, axis=1, keepdims=True)
    walked = probes_station.cast(stage_trees([tree]).device, starts, ways)
    every = probes_station.brute(stage_trees([tree]).device, starts, ways)
    assert (every[:, 1] < 1e9).sum() > 100
    assert np.array_equal(walked[:, 1], every[:, 1])
    free = probes_station.free(stage_trees([tree]).device, starts, ways)
    assert np.array_equal(free == 1.0, every[:, 1] >= 1e9)


def staged_here():
    settings = StationSettings(visible=True)
    lit = lights((0.3, 0.5, -1.0), below=0.01 * SUN)
    return stage.prepare_station(settings, camera(1.4), ORBIT, lit)


def test_tiles_are_the_whole_bit_for_bit():
    device.start("cpu", "single")
    staged = staged_here()
    coverage, radiance = render_station(staged, 0, ROWS)
    cuts = [(0, 13), (13, 40), (53, ROWS - 53)]
    tiles = [render_station(staged, first, rows) for first, rows in cuts]
    assert coverage.max() == 1.0
    assert np.array_equal(np.concatenate([t[0] for t in tiles]), coverage)
    assert np.array_equal(np.concatenate([t[1] for t in tiles], axis=1), radiance)


@pytest.mark.usefixtures("any_device")
def test_every_device_draws_the_same_picture_but_for_edge_rays(in_double):
    def drawn():
        return render_station(staged_here(), 0, ROWS)

    (coverage, radiance), double = drawn(), in_double("station", drawn)
    off = np.abs(radiance - double[1]).max(axis=0) > 2e-3 * double[1].max()
    assert off.mean() < PRECISION_SHARE
    assert np.mean(np.abs(coverage - double[0]) > 1e-6) < PRECISION_SHARE
    assert double[0].mean() > 0.02


def test_pupil_follows_from_the_photosite_and_its_angle():
    assert station_pose.lens_radius_m(camera(1.4)) == pytest.approx(0.020 / 1.4 / 2.0)


def test_mask_holds_every_covered_pixel_and_what_is_behind_is_dropped():
    device.start("cpu", "single")
    staged = staged_here()
    coverage, _ = render_station(staged, 0, ROWS)
    staged.mask[:] = 1
    staged.device_mask.from_numpy(staged.mask)
    everywhere, _ = render_station(staged, 0, ROWS)
    assert np.array_equal(everywhere, coverage)
    low, high = plate(-10.0).box()
    corners = station_pose.box_corners(np.array([[*low, *high]]), Instance("", LEVEL, np.zeros(3)))
    assert not station_pose.tile_mask(corners, LEVEL, np.zeros(3), camera()).any()


def test_station_off_or_out_of_the_frame_is_none():
    device.start("cpu", "single")
    assert stage.prepare_station(StationSettings(), camera(), ORBIT, lights()) is None
    assert staged_of([plate(-5.0)], lights()) is None


@pytest.mark.parametrize("composition", ["corner", "edge"])
@pytest.mark.parametrize("focal_mm", [20.0, 28.0, 50.0])
def test_composition_keeps_to_the_upper_part_of_the_frame_of_any_lens(composition, focal_mm):
    device.start("cpu", "single")
    settings = StationSettings(visible=True, composition=composition)
    staged = stage.prepare_station(settings, camera(1.4, focal_mm), ORBIT, lights())
    coverage, _ = render_station(staged, 0, ROWS)
    assert 0.02 < coverage.mean() < 0.5
    assert coverage[: ROWS // 2].sum() > 0.6 * coverage.sum()
    assert coverage[0, -1] > 0.0 or coverage[: ROWS // 4, -1].any()


@pytest.mark.parametrize("composition", ["cupola", "cupola_aft", "zvezda"])
def test_views_from_windows_show_some_of_the_station_and_leave_sky(composition):
    device.start("cpu", "single")
    settings = StationSettings(visible=True, composition=composition, track_sun=True)
    staged = stage.prepare_station(settings, camera(1.4), ORBIT, lights())
    coverage, _ = render_station(staged, 0, ROWS)
    assert 0.05 < coverage.mean() < 0.6


def test_level_flying_frame_is_right_handed_and_looks_along_the_inertial_velocity():
    """On the equator flying north at 7 km/s over the ground, Earth's turn adds omega r = 0.494 km/s to the east."""
    observer = SimpleNamespace(position_km=np.array([6780.0, 0, 0]), velocity_km_s=np.array([0.0, 0.0, 7.0]))
    frame = station_pose.itrs_from_lvlh(observer)
    assert np.allclose(frame.T @ frame, np.eye(3), atol=1e-12)
    assert np.linalg.det(frame) == pytest.approx(1.0)
    assert frame[:, 2] == pytest.approx([-1.0, 0.0, 0.0])
    assert frame[1, 0] / frame[2, 0] == pytest.approx(7.292115e-5 * 6780.0 / 7.0)
    assert frame[1, 1] > 0.9  # starboard of a northbound flight is east


def test_ray_samples_use_each_cell_of_pixel_and_lens_once():
    for side in (1, 2, 3, 4, 5, 6, 7, 8):
        samples = station_pose.ray_samples(side)
        assert samples.shape == (side * side, 4)
        assert len(np.unique(samples[:, :2].round(9), axis=0)) == side * side
        assert len(np.unique(samples[:, 2:].round(9), axis=0)) == side * side
        assert np.allclose(samples.mean(axis=0), 0.0, atol=1e-12)
        assert np.hypot(samples[:, 2], samples[:, 3]).max() < 1.0
        step, _ = station_pose.pairing(side)
        assert np.gcd(step, side) == 1
        for column in (0, 1):
            assert len(np.unique(samples[:side, column].round(9))) == side


def test_blankets_cover_their_true_area_within_a_percent():
    """Two blankets of 33 m x 4.6 m less their notches, square to the camera at 80 m."""
    wing, distance = mesh_of("wing"), 80.0
    films = wing.material[:, 0] != wing.material[:, 1]
    sheet = Mesh(wing.corners[films], wing.normals[films], wing.material[films], wing.panel[films])
    on_its_side = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    shift = np.array([-WING_ROOT_M - BLANKET_LENGTH_M / 2.0, 0.0, distance])
    coverage, _ = picture([sheet.moved(on_its_side, shift)], lights(), camera(focal_mm=50.0))
    pixel_m = distance * PER_PIXEL * FOCAL_MM / 50.0
    area = 2.0 * BLANKET_LENGTH_M * (BLANKET_WIDTH_M - SCALLOP_M)
    assert coverage.sum() * pixel_m**2 == pytest.approx(area, rel=0.01)
    assert coverage.max(axis=0).sum() * pixel_m == pytest.approx(BLANKET_LENGTH_M, rel=0.01)
