"""Closed forms for the station in the picture: sizes, Lambert's law, shadow, light through a film."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from render import device
from render.core.radiance import SKY_WAVELENGTHS_NM
from render.integrator import station as stage
from render.integrator import station_pose
from render.station import parts as p
from render.station.materials import material_id, materials
from render.station.settings import StationSettings
from shaders.station.shapes import Parts

ROWS, COLUMNS, FOCAL_MM = 90, 160, 20.0
PINHOLE = 1e9  # f-number without blur
SINGLE = 2e-6  # relative, a few roundings of single precision
PRECISION_SHARE = 2e-3  # pixels that may differ by an edge ray between single and double
BANDS = len(SKY_WAVELENGTHS_NM)
NONE = np.zeros(BANDS)
SUN = np.linspace(1.0, 2.0, BANDS)
LEVEL = np.eye(3)


def camera(f_number=PINHOLE, focal_mm=FOCAL_MM):
    return SimpleNamespace(
        rows=ROWS, columns=COLUMNS, photosite_area_m2=(0.036 / COLUMNS) ** 2, f_number=f_number,
        tangent_from_pixel=np.eye(2) * 36.0 / focal_mm / COLUMNS,
        reference_pixel=np.array([(COLUMNS + 1) / 2, (ROWS + 1) / 2]), itrs_from_camera=np.eye(3),
    )  # fmt: skip


def lights(direction=(0.0, 0.0, -1.0), sun=SUN, transmittance=None, below=NONE, above=NONE):
    unit = np.array(direction) / np.linalg.norm(direction)
    through = np.ones(BANDS) if transmittance is None else transmittance
    return stage.StationLights(unit, sun, through, unit, NONE, NONE, below, above)


def render_station(staged, first, rows):
    """Return coverage and radiance of whole rows."""
    coverage, radiance = np.zeros((rows, COLUMNS), np.float32), np.zeros((BANDS, rows, COLUMNS), np.float32)
    part, covered, light = stage.render_station(staged, first, rows)
    coverage[part], radiance[(slice(None), *part)] = covered, light
    return coverage, radiance


def picture(parts, lit, seen_by=None, cabin=0.0, nadir=(0.0, 1.0, 0.0)):
    device.start("cpu", "single")
    seen_by = seen_by or camera()
    settings = StationSettings(visible=True, cabin_light_w_m2_nm=cabin)
    staged = stage.stage_parts(settings, p.table(parts), np.eye(3), np.zeros(3), seen_by, np.array(nadir), lit)
    assert staged is not None
    return staged, *render_station(staged, 0, ROWS)


def plate(distance_m=10.0, size_m=4.0, name="white", axes=LEVEL, centre=(0.0, 0.0)):
    return p.box(np.array([*centre, distance_m]), axes, (size_m, size_m, 0.01), name)


def middle(radiance):
    return radiance[:, ROWS // 2, COLUMNS // 2]


def test_box_covers_its_true_solid_angle():
    """Front face of w x w at d in front of a gnomonic camera: (w / d) / (tangent per pixel) pixels on a side."""
    _, coverage, _ = picture([plate(distance_m=10.005)], lights())
    per_pixel = 36.0 / FOCAL_MM / COLUMNS
    expected = 4.0 / 10.0 / per_pixel
    grain = 0.25 * 2  # pixel, sampled four times a side, two edges
    assert coverage.min() >= 0.0
    assert coverage.max() == 1.0
    assert coverage[ROWS // 2].sum() == pytest.approx(expected, abs=grain)
    assert coverage[:, COLUMNS // 2].sum() == pytest.approx(expected, abs=grain)


def test_cylinder_seen_along_its_axis_covers_its_disc():
    part = p.cylinder(np.array([0.0, 0.0, 10.0]), np.array([0.0, 0.0, 14.0]), 4.0)
    _, coverage, _ = picture([part], lights())
    radius = 2.0 / 10.0 / (36.0 / FOCAL_MM / COLUMNS)
    assert coverage.sum() == pytest.approx(np.pi * radius**2, rel=0.01)


def test_cylinder_seen_from_the_side_is_as_wide_as_its_tangent_cone():
    part = p.cylinder(np.array([0.0, -9.0, 10.0]), np.array([0.0, 9.0, 10.0]), 4.0)
    _, coverage, _ = picture([part], lights())
    tangent = 2.0 / np.sqrt(10.0**2 - 2.0**2)
    assert coverage[ROWS // 2].sum() == pytest.approx(2.0 * tangent / (36.0 / FOCAL_MM / COLUMNS), abs=0.5)


@pytest.mark.parametrize("angle_deg", [0.0, 30.0, 75.0])
def test_sunlit_plate_obeys_lambert(angle_deg):
    angle = np.radians(angle_deg)
    _, _, radiance = picture([plate()], lights((np.sin(angle), 0.0, -np.cos(angle))))
    white = materials().reflectance[material_id("white")]
    assert middle(radiance) == pytest.approx(white * SUN * np.cos(angle) / np.pi, rel=SINGLE * 10)


def test_limb_transmittance_reddens_the_sun_and_earth_s_shadow_puts_it_out():
    white = materials().reflectance[material_id("white")]
    through = np.linspace(0.0, 1.0, BANDS)
    _, _, red = picture([plate()], lights(transmittance=through))
    assert middle(red) == pytest.approx(white * SUN * through / np.pi, rel=SINGLE * 10, abs=1e-12)
    _, coverage, dark = picture([plate()], lights(transmittance=NONE))
    assert coverage.max() == 1.0
    assert not dark.any()


def test_part_in_front_of_the_sun_throws_a_shadow():
    """A plate beside the camera, square to the Sun's ray through the seen plate's middle, leaves only the rest lit."""
    sun = np.array([0.0, -1.0, -1.0])
    shade = p.box(np.array([0.0, -5.0, 5.0]), p.axes_from(sun, np.array([1.0, 0, 0])), (1.0, 1.0, 0.1), "black")
    _, _, lit = picture([plate()], lights(sun))
    _, _, shaded = picture([plate(), shade], lights(sun))
    assert middle(lit).min() > 0.0
    assert not middle(shaded).any()
    assert shaded[:, ROWS // 2, COLUMNS // 2 + 15] == pytest.approx(lit[:, ROWS // 2, COLUMNS // 2 + 15])


def test_backlit_blanket_glows_through_its_film_but_a_plate_stays_dark():
    back = np.diag([1.0, 1.0, 1.0])  # local +z (cells) away from the camera, the amber back is seen
    half = np.array([2.3, 16.5, p.FILM_M / 2])
    film = p.Part(
        p.BLANKET, np.array([0.0, 0.0, 10.0]), back, half, (material_id("cells"), material_id("amber")), p.BAY_M
    )
    _, _, glow = picture([film], lights((0.0, 0.0, 1.0)))
    through = materials().transmittance[material_id("amber")] * SUN / np.pi
    ratio = middle(glow)[through > 0] / through[through > 0]
    assert np.ptp(ratio) < 1e-5  # one factor (panel, seams, fold) for all bands
    assert 0.4 < ratio[0] <= 1.0
    assert not middle(glow)[through == 0].any()
    _, _, dark = picture([plate()], lights((0.0, 0.0, 1.0)))
    assert not dark.any()


@pytest.mark.parametrize(("nadir", "share"), [((0, 0, -1), 1.0), ((0, 1, 0), 0.5), ((0, 0, 1), 0.0)])
def test_half_space_of_light_from_below(nadir, share):
    _, _, radiance = picture([plate()], lights(sun=NONE, below=SUN), nadir=nadir)
    white = materials().reflectance[material_id("white")]
    assert middle(radiance) == pytest.approx(white * SUN * share / np.pi, rel=SINGLE * 10, abs=1e-9)


def test_cabin_light_holds_at_five_metres_and_falls_with_the_square():
    near, far = (
        picture([plate(d + 0.005)], lights(sun=NONE), cabin=1e-3)[2][9, ROWS // 2, COLUMNS // 2] for d in (5.0, 10.0)
    )
    white = materials().reflectance[material_id("white"), 9]  # 560 nm
    assert near == pytest.approx(white * 1e-3 / np.pi, rel=0.03)  # the lamp is half a metre beside the lens
    assert far / near == pytest.approx(0.25, rel=0.03)


def test_lens_blurs_an_edge_by_its_circle_of_confusion():
    """Focused at infinity an edge at d spreads over the pupil's diameter seen from d: f / (N d) in tangent."""
    narrow, wide = camera(), camera(f_number=0.1)
    part = [plate(distance_m=5.005, size_m=2.0)]
    _, sharp, _ = picture(part, lights(), narrow)
    _, soft, _ = picture(part, lights(), wide)
    partly = np.count_nonzero((soft[ROWS // 2] > 0.0) & (soft[ROWS // 2] < 1.0)) / 2
    spread = 0.2 / 5.0 / (36.0 / FOCAL_MM / COLUMNS)  # 0.2 m pupil
    assert partly == pytest.approx(spread, abs=1.5)
    assert soft[ROWS // 2].sum() == pytest.approx(sharp[ROWS // 2].sum(), abs=0.6)


def full_scene():
    settings = StationSettings(visible=True)
    observer = SimpleNamespace(position_km=np.array([6780.0, 0, 0]), velocity_km_s=np.array([0, 4.7, 6.0]))
    parts, _, _ = station_pose.pose(settings, camera(1.4), observer)
    return parts


def staged_here():
    return stage.stage_parts(
        StationSettings(visible=True), full_scene(), np.eye(3), np.zeros(3), camera(1.4), np.array([0.0, 1.0, 0.0]),
        lights((0.3, 0.5, -1.0), below=0.01 * SUN),
    )  # fmt: skip


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
    off = np.abs(radiance - double[1]).max(axis=0) > 5e-4 * double[1].max()
    assert off.mean() < PRECISION_SHARE
    assert np.mean(np.abs(coverage - double[0]) > 1e-6) < PRECISION_SHARE
    assert double[0].mean() > 0.02


def test_pupil_follows_from_the_photosite_and_its_angle():
    assert station_pose.lens_radius_m(camera(1.4)) == pytest.approx(0.020 / 1.4 / 2.0)


def test_projected_bounds_hold_every_covered_pixel_and_parts_behind_are_dropped():
    wide = camera(1.4)
    parts = full_scene()
    bounds = station_pose.projected_bounds(parts, np.eye(3), np.zeros(3), wide)
    everywhere = np.tile(np.array([1, COLUMNS, 1, ROWS], dtype=np.int32), (len(parts), 1))
    device.start("cpu", "single")
    staged = staged_here()
    coverage, _ = render_station(staged, 0, ROWS)
    geometry, labels = stage.part_rows(parts)
    everything = {"geometry": geometry, "labels": labels, "bounds": everywhere}
    whole = device.pack(Parts, **{name: device.upload(rows) for name, rows in everything.items()})
    open_stage = replace(staged, bounds=everywhere, parts=whole)
    assert np.array_equal(render_station(open_stage, 0, ROWS)[0], coverage)
    assert np.any(bounds[:, 0] <= bounds[:, 1])
    behind = station_pose.projected_bounds(p.table([plate(-10.0)]), np.eye(3), np.zeros(3), wide)
    assert behind[0, 0] > behind[0, 1]


def test_station_off_or_out_of_the_frame_is_none():
    device.start("cpu")
    observer = SimpleNamespace(position_km=np.array([6780.0, 0, 0]), velocity_km_s=np.array([0, 4.7, 6.0]))
    args = (camera(), observer, lights())
    device.start("cpu")
    assert stage.prepare_station(StationSettings(), *args) is None
    gone = stage.stage_parts(
        StationSettings(), p.table([plate(-5.0)]), np.eye(3), np.zeros(3), camera(), np.array([0.0, 1, 0]), lights()
    )
    assert gone is None


@pytest.mark.parametrize("composition", ["corner", "edge"])
@pytest.mark.parametrize("focal_mm", [20.0, 28.0, 50.0])
def test_composition_keeps_to_the_upper_part_of_the_frame_of_any_lens(composition, focal_mm):
    device.start("cpu", "single")
    seen_by = camera(1.4, focal_mm)
    observer = SimpleNamespace(position_km=np.array([6780.0, 0, 0]), velocity_km_s=np.array([0, 4.7, 6.0]))
    settings = StationSettings(visible=True, composition=composition)
    device.start("cpu")
    staged = stage.prepare_station(settings, seen_by, observer, lights())
    coverage, _ = render_station(staged, 0, ROWS)
    assert 0.02 < coverage.mean() < 0.5
    assert coverage[: ROWS // 2].sum() > 0.6 * coverage.sum()
    assert coverage[0, -1] > 0.0 or coverage[: ROWS // 4, -1].any()


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
    for side in (1, 2, 3, 4, 8):
        samples = station_pose.ray_samples(side)
        assert samples.shape == (side * side, 4)
        assert len(np.unique(samples[:, :2].round(9), axis=0)) == side * side
        assert len(np.unique(samples[:, 2:].round(9), axis=0)) == side * side
        assert np.allclose(samples.mean(axis=0), 0.0, atol=1e-12)
        assert np.hypot(samples[:, 2], samples[:, 3]).max() < 1.0
