"""Closed forms for the station in the picture: sizes, Lambert's law, lobes, shadow, light through a film, the tree."""

from types import SimpleNamespace

import numpy as np
import pytest

from render import device
from render.core.radiance import SKY_WAVELENGTHS_NM
from render.integrator import station as stage
from render.integrator import station_pose
from render.integrator.station_trees import stage_trees
from render.integrator.surroundings import Surroundings, half_spaces, level_axes
from render.station import shapes
from render.station.composition import Instance, mesh_of
from render.station.materials import WIDTHS_DEG, material_id, materials
from render.station.mesh import join
from render.station.settings import StationSettings
from render.station.tree import build_tree
from tests import probes_station

ROWS, COLUMNS, FOCAL_MM = 90, 160, 20.0
PINHOLE = 1e9  # f-number without blur
SINGLE = 2e-6  # relative, a few roundings of single precision
PRECISION_SHARE = 4e-3  # pixels that may differ by an edge ray between single and double
PER_PIXEL = 36.0 / FOCAL_MM / COLUMNS
BANDS = len(SKY_WAVELENGTHS_NM)
NONE = np.zeros(BANDS)
SUN = np.linspace(1.0, 2.0, BANDS)
LEVEL = np.eye(3)
ORBIT = SimpleNamespace(position_km=np.array([6780.0, 0, 0]), velocity_km_s=np.array([0, 4.7, 6.0]))


def camera(f_number=PINHOLE, focal_mm=FOCAL_MM):
    return SimpleNamespace(
        rows=ROWS, columns=COLUMNS, photosite_area_m2=(0.036 / COLUMNS) ** 2, f_number=f_number,
        tangent_from_pixel=np.eye(2) * 36.0 / focal_mm / COLUMNS,
        reference_pixel=np.array([(COLUMNS + 1) / 2, (ROWS + 1) / 2]), itrs_from_camera=np.eye(3),
    )  # fmt: skip


def lights(direction=(0.0, 0.0, -1.0), sun=SUN, transmittance=None, below=NONE, above=NONE, around=None):
    unit = np.array(direction) / np.linalg.norm(direction)
    through = np.ones(BANDS) if transmittance is None else transmittance
    return stage.StationLights(unit, sun, through, unit, NONE, NONE, below, above, around)


def render_station(staged, first, rows):
    """Return coverage and radiance of whole rows."""
    coverage, radiance = np.zeros((rows, COLUMNS), np.float32), np.zeros((BANDS, rows, COLUMNS), np.float32)
    part, covered, light = stage.render_station(staged, first, rows)
    coverage[part], radiance[(slice(None), *part)] = covered, light
    return coverage, radiance


def staged_of(meshes, lit, seen_by=None, cabin=0.0, nadir=(0.0, 1.0, 0.0)):
    settings = StationSettings(visible=True, cabin_light_w_m2_nm=cabin)
    trees = stage_trees([build_tree(join(meshes))])
    copies = [(Instance("", LEVEL, np.zeros(3)), 0)]
    seen_by = seen_by or camera()
    return stage.stage_copies(settings, trees, copies, LEVEL, np.zeros(3), seen_by, np.array(nadir), lit)


def picture(meshes, lit, seen_by=None, cabin=0.0, nadir=(0.0, 1.0, 0.0)):
    device.start("cpu", "single")
    return render_station(staged_of(meshes, lit, seen_by, cabin, nadir), 0, ROWS)


def plate(distance_m=10.0, size_m=4.0, name="radiator", axes=LEVEL, centre=(0.0, 0.0)):
    """Return a plate whose front face stands at a distance. Radiator paint is Lambertian."""
    middle_m = np.array([*centre, distance_m]) + 0.005 * axes[2]
    return shapes.box(middle_m, axes, (size_m, size_m, 0.01), name)


def white_of(name="radiator"):
    return materials().reflectance[material_id(name)]


def factor_of(radiance, exact):
    """Return by how much a panel's reflectance differs from its material's: one factor for all bands."""
    ratio = radiance[exact > 0] / exact[exact > 0]
    assert np.ptp(ratio) < 1e-5 * ratio.mean()
    return ratio.mean()


def middle(radiance):
    return radiance[:, ROWS // 2, COLUMNS // 2]


SPREAD = 1.5 * materials().spread[material_id("radiator")] + 1e-6  # a panel's and its strip's


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


def test_lambert_sphere_full_face_and_quarter_phase():
    """Radiance rho E cos / pi; flux at phase a: 2 / 3 ((pi - a) cos a + sin a) / pi of the disc times rho E / pi."""
    ball, seen = shapes.ball(np.array([0.0, 0.0, 3000.0]), 8.0, "radiator", 48), {}
    far = camera(focal_mm=4000.0)  # nearer by, less than half of the sphere is seen: 1 % brighter at 300 m
    for name, sun in (("full", (0.0, 0.0, -1.0)), ("quarter", (1.0, 0.0, 0.0))):
        coverage, radiance = picture([ball], lights(sun), far)
        seen[name] = radiance.sum(axis=(1, 2))
    disc = coverage.sum()
    exact = 2.0 / 3.0 * white_of() * SUN / np.pi * disc
    factor = factor_of(middle(picture([ball], lights(), far)[1]), white_of() * SUN / np.pi)
    assert seen["full"] / exact == pytest.approx(factor, rel=0.01)
    assert seen["quarter"] / exact == pytest.approx(factor / np.pi, rel=0.01)


@pytest.mark.parametrize("angle_deg", [0.0, 30.0, 75.0])
def test_sunlit_plate_obeys_lambert(angle_deg):
    angle = np.radians(angle_deg)
    _, radiance = picture([plate()], lights((np.sin(angle), 0.0, -np.cos(angle))))
    factor = factor_of(middle(radiance), white_of() * SUN * np.cos(angle) / np.pi)
    assert factor == pytest.approx(1.0, abs=SPREAD)
    _, square = picture([plate()], lights())
    assert middle(radiance) == pytest.approx(middle(square) * np.cos(angle), rel=SINGLE * 10)


def test_limb_transmittance_reddens_the_sun_and_earth_s_shadow_puts_it_out():
    through = np.linspace(0.0, 1.0, BANDS)
    _, full = picture([plate()], lights())
    _, red = picture([plate()], lights(transmittance=through))
    assert middle(red) == pytest.approx(middle(full) * through, rel=SINGLE * 10, abs=1e-12)
    coverage, dark = picture([plate()], lights(transmittance=NONE))
    assert coverage.max() == 1.0
    assert not dark.any()


def test_a_box_throws_its_shadow_where_it_should_to_a_pixel():
    """A plate square to a slanted Sun shades a window of the wall behind; its edges by similar triangles."""
    sun = np.array([0.0, -1.0, -1.0])
    shade = shapes.box(np.array([0.0, -5.0, 5.0]), LEVEL, (1.0, 1.0, 1e-3), "black")  # level with the wall
    _, lit = picture([plate()], lights(sun))
    _, shaded = picture([plate(), shade], lights(sun))
    ratio = shaded[9] / np.where(lit[9] > 0.0, lit[9], 1.0)
    dark = (ratio < 0.5) & (lit[9] > 0.0)
    rows, columns = np.flatnonzero(dark.any(axis=1)), np.flatnonzero(dark.any(axis=0))
    edge = 0.05 / PER_PIXEL  # the shadow is 1 m x 1 m about the wall's middle, 10 m away
    assert [rows[0], rows[-1]] == pytest.approx([(ROWS - 1) / 2 - edge, (ROWS - 1) / 2 + edge], abs=1.0)
    assert [columns[0], columns[-1]] == pytest.approx([(COLUMNS - 1) / 2 - edge, (COLUMNS - 1) / 2 + edge], abs=1.0)
    assert not middle(shaded).any()


def test_backlit_film_glows_through_but_a_plate_stays_dark():
    wing = mesh_of("wing")
    films = wing.material[:, 0] != wing.material[:, 1]
    sheet = type(wing)(wing.corners[films], wing.normals[films], wing.material[films], wing.panel[films])
    seen = sheet.moved(LEVEL, np.array([-2.9, -18.0, 30.0]))  # cells look away from the camera, amber towards it
    _, glow = picture([seen], lights((0.0, 0.0, 1.0)))
    made, amber, kapton = materials(), material_id("amber"), material_id("kapton")
    through = made.transmittance[amber] * SUN / np.pi
    patch = glow[:, 40:50, 75:85].mean(axis=(1, 2))
    assert 0.6 < (patch[through > 0] / through[through > 0]).mean() < 1.3
    assert not patch[(made.transmittance[amber] == 0) & (made.transmittance[kapton] == 0)].any()
    _, dark = picture([plate()], lights((0.0, 0.0, 1.0)))
    assert not dark.any()


@pytest.mark.parametrize(("nadir", "share"), [((0, 0, -1), 1.0), ((0, 1, 0), 0.5), ((0, 0, 1), 0.0)])
@pytest.mark.parametrize("tilt_deg", [0.0, 40.0])
def test_half_space_of_light_from_below(nadir, share, tilt_deg):
    """(1 + n . nadir) / 2 of the irradiance on a level plate, at any tilt; a map of two half spaces gives the same."""
    tilt = np.radians(tilt_deg)
    normal = np.array([np.sin(tilt), 0.0, -np.cos(tilt)])
    share = 0.5 + 0.5 * normal @ np.array(nadir)
    wall = plate(axes=shapes.axes_from(-normal, np.array([0.0, 1.0, 0.0])), size_m=6.0)
    _, radiance = picture([wall], lights(sun=NONE, below=SUN), nadir=nadir)
    _, sunlit = picture([wall], lights(normal))
    assert middle(radiance) == pytest.approx(middle(sunlit) * share, rel=SINGLE * 20, abs=2e-7)
    around = Surroundings(half_spaces(SUN, NONE), level_axes(-np.array(nadir, float), np.array([0.3, 0.9, 0.2])))
    _, mapped = picture([wall], lights(sun=NONE, around=around), nadir=nadir)
    assert middle(mapped) == pytest.approx(middle(sunlit) * share, rel=0.01, abs=0.003 * SUN.max())


def test_a_lobe_mirrors_an_even_sky_by_its_weight_and_a_sun_by_its_width():
    name = "pane"
    made, which = materials(), material_id("pane")
    even = Surroundings(half_spaces(SUN, SUN), LEVEL)
    _, sky = picture([plate(name=name)], lights(sun=NONE, around=even))
    lobe, rho = made.lobe[which], made.reflectance[which]
    assert middle(sky) == pytest.approx((lobe + (1 - lobe) * rho) * SUN / np.pi, rel=0.001)
    _, sun = picture([plate(name=name)], lights())
    width = np.radians(WIDTHS_DEG[made.width[which]])
    peak = lobe * SUN / (np.pi * width**2) + (1 - lobe) * rho * SUN / np.pi
    assert middle(sun) == pytest.approx(peak, rel=0.05)  # half a pixel, 0.6 deg, beside the mirrored direction


def test_no_light_is_made_the_lobe_is_normalised_and_takes_from_the_rest():
    device.start("cpu", "single")
    angles = np.linspace(0.0, np.pi / 2, 20001)
    for width in np.radians(WIDTHS_DEG):
        values = probes_station.lobe(np.cos(angles), width)
        assert np.trapezoid(values * 2.0 * np.pi * np.sin(angles), angles) == pytest.approx(1.0, abs=0.03)
    made = materials()
    for cosine in np.linspace(0.0, 1.0, 11):
        share = probes_station.mirrored(made.lobe, cosine)
        diffuse = (
            (made.reflectance + made.transmittance) * (1.0 + made.spread[:, None]) * (1.0 + made.spread[:, None] / 2)
        )
        assert np.all(share[:, None] + (1.0 - share[:, None]) * diffuse <= 1.0 + SINGLE)


def test_cabin_light_holds_at_five_metres_and_falls_with_the_square():
    near, far = (
        middle(picture([plate(d)], lights(sun=NONE), cabin=1e-3)[1])[9] / white_of()[9] * np.pi for d in (5.0, 10.0)
    )  # 560 nm
    assert near == pytest.approx(1e-3, rel=0.03 + SPREAD)  # the lamp is half a metre beside the lens
    assert far / near == pytest.approx(0.25, rel=0.03)


def test_a_lit_pane_shines_with_what_is_behind_it():
    device.start("cpu", "single")
    pane = shapes.revolved([(0.0, 0.0), (0.0, 1.0)], "pane").moved(LEVEL, np.array([0.0, 0.0, 10.0]))
    settings = StationSettings(visible=True, cabin_light_w_m2_nm=0.0, cabin_lx=200.0)
    staged = stage.stage_copies(
        settings, stage_trees([build_tree(pane)]), [(Instance("", LEVEL, np.zeros(3)), 0)], LEVEL, np.zeros(3),
        camera(), np.array([0.0, 1.0, 0.0]), lights(sun=NONE),
    )  # fmt: skip
    shown = middle(render_station(staged, 0, ROWS)[1])
    response = 1.019 * np.exp(-285.4 * (SKY_WAVELENGTHS_NM / 1000.0 - 0.559) ** 2)
    step = SKY_WAVELENGTHS_NM[1] - SKY_WAVELENGTHS_NM[0]
    assert 683.0 * step * response @ shown == pytest.approx(stage.PANES * 200.0 / np.pi, rel=0.01)  # cd m-2


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
