"""Point lights: what falls on the image adds up, and streaks are the same light drawn out."""

import functools
import math
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from render.core.lights import GroundLights
from render.earth.lights.lamps import garstang_law
from render.integrator import point_spread
from render.integrator.point_spread import NARROW, WIDE, WIDE_SHARE, PointSpread, spread_of
from render.integrator.points import (
    SeenGroundLights,
    deposit,
    deposit_ground,
    deposit_planes,
    ground_irradiance_at,
    splat,
)

ROUNDING = 1e-12  # relative, of double sums
SINGLE = 1e-5  # relative, of float32 images
PLACE_PX = 0.15  # px, of the centroid: three pixels hold all of a core, and a pixel's square hides where in it it is
RIPPLE = 0.01  # relative, along a streak
ONE = np.ones((1, 1))  # weight of one light
AIR = 0.002  # relative, of the air applied per pixel


@dataclass(frozen=True)
class Pinhole:
    """Look along +z of ITRS: x right, y down, one milliradian per pixel; its pixels' solid angle is as told."""

    rows: int = 60
    columns: int = 80
    pixel_sr: float = 1e-6
    photosite_area_m2: float = (20e-6) ** 2
    reference_pixel: tuple[float, float] = (40.0, 30.0)
    f_number: float = 1.4
    point_um: float | None = None
    draws_out: bool = False

    def solid_angle_at(self, x, y):
        return self.pixel_sr * np.ones_like(x * y)

    def project(self, directions):
        directions = np.asarray(directions)
        x = directions[:, 0] / directions[:, 2] / 1e-3 + 40.0
        y = directions[:, 1] / directions[:, 2] / 1e-3 + 30.0
        return x, y, directions[:, 2] > 0


def towards(x, y):
    vector = np.stack([(np.asarray(x) - 40.0) * 1e-3, (np.asarray(y) - 30.0) * 1e-3, np.ones(np.shape(x))], axis=-1)
    return vector / np.linalg.norm(vector, axis=-1, keepdims=True)


def spread(pitch_um=20.0):
    return PointSpread(pitch_um, np.array([40.0, 30.0]), 21.0, 18.6)


@given(x=st.floats(8, 72), y=st.floats(8, 52), pitch_um=st.floats(20.0, 100.0))
@settings(max_examples=50)
def test_light_inside_keeps_its_total_and_its_place(x, y, pitch_um):
    plane = deposit_planes((60, 80), np.array([[x]]), np.array([[y]]), np.array([[3.0]]), spread(pitch_um))[0]
    assert plane.sum() == pytest.approx(3.0, rel=ROUNDING)
    if pitch_um < 25.0:  # light within one large pixel has no place of its own
        assert plane.sum(axis=0) @ np.arange(1, 81) / 3.0 == pytest.approx(x, abs=PLACE_PX)
        assert plane.sum(axis=1) @ np.arange(1, 61) / 3.0 == pytest.approx(y, abs=PLACE_PX)


def moment_width_um(lens, x, y):
    """Return the FWHM, um, of a drawn point by its second moment, that of two Gaussians and of a pixel's square."""
    plane = deposit_planes((400, 400), np.array([[x]]), np.array([[y]]), ONE, lens)[0]
    variance = plane.sum(axis=0) @ (np.arange(1, 401) - x) ** 2 / plane.sum() - 1.0 / 12.0
    mixed = (1.0 - WIDE_SHARE) * NARROW**2 + WIDE_SHARE * WIDE**2
    return np.sqrt(variance / mixed) * lens.pitch_um


@pytest.mark.parametrize("pitch_um", [4.0, 8.46])
@pytest.mark.parametrize(("x", "y"), [(0.0, 0.0), (0.3, -0.4), (450.0, 200.0), (2000.0, 1500.0)])
def test_the_spread_is_a_length_on_the_sensor(pitch_um, x, y):
    lens = PointSpread(pitch_um, np.array([200.0 - x, 200.0 - y]), 21.0, 18.6)
    growth = min(1.0 + 0.4 * (pitch_um * np.hypot(x, y) / 21630.0) ** 2, 2.0)
    assert moment_width_um(lens, 200.0, 200.0) == pytest.approx(np.hypot(18.6, 21.0 * growth), rel=0.03)


def test_a_drawn_star_is_as_wide_as_asked_for_wherever_it_stands():
    """FWHM within 3 %, place within 0.02 px, light within 0.5 %, at 25 places within a pixel; and sharpness."""
    lens = PointSpread(8.46, np.array([200.0, 200.0]), 21.0, 18.6)
    off = np.arange(1, 401) - 200.0
    for dx in np.linspace(-0.4, 0.4, 5):
        for dy in np.linspace(-0.4, 0.4, 5):
            place = np.array([[200.0 + dx]]), np.array([[200.0 + dy]])
            plane = deposit_planes((400, 400), *place, ONE, lens)[0]
            assert plane.sum() == pytest.approx(1.0, abs=5e-3)
            assert (plane.sum(axis=0) @ off, plane.sum(axis=1) @ off) == pytest.approx((dx, dy), abs=0.02)
    fine = PointSpread(0.846, np.array([200.0, 200.0]), 21.0, 18.6)  # 33 pixels wide: the profile can be read off
    profile = deposit_planes((400, 400), np.array([[200.0]]), np.array([[200.0]]), ONE, fine)[0][199, 199:]
    half = np.interp(-0.5 * profile[0], -profile, np.arange(len(profile)))
    assert 2.0 * half * 0.846 == pytest.approx(28.05, rel=0.03)
    sigmas, shares = np.array([NARROW, WIDE]) * 28.05 / 8.46, np.array([1.0 - WIDE_SHARE, WIDE_SHARE])
    plane = deposit_planes((400, 400), np.array([[200.3]]), np.array([[200.1]]), ONE, lens)[0]
    square = sigmas[:, None] ** 2 + sigmas[None, :] ** 2 + 1.0 / 6.0  # of two Gaussians and a pixel's square each
    assert 1.0 / (plane**2).sum() == pytest.approx(
        1.0 / (np.outer(shares, shares) / (2 * np.pi * square)).sum(), rel=0.02
    )


def second_moments(lens, x, y):
    """Return variances, px2, along the radius and across it, of a point's plane less a pixel's square, and the skew."""
    plane = deposit_planes((400, 400), np.array([[x]]), np.array([[y]]), ONE, lens)[0]
    off = np.stack(np.meshgrid(np.arange(1, 401) - x, np.arange(1, 401) - y))
    out = np.array([x, y]) - lens.axis
    out = out / np.hypot(*out)
    along, across = out @ off.reshape(2, -1), np.array([-out[1], out[0]]) @ off.reshape(2, -1)
    light = plane.ravel() / plane.sum()
    assert plane.sum() == pytest.approx(1.0, abs=5e-3)
    assert (light @ along, light @ across) == pytest.approx((0.0, 0.0), abs=0.02)
    return light @ along**2 - 1.0 / 12.0, light @ across**2 - 1.0 / 12.0, light @ (along * across)


@pytest.mark.parametrize("angle_deg", [0.0, 33.7, 90.0, 200.0])
@pytest.mark.parametrize("height", [0.0, 0.5, 1.0])
def test_points_are_drawn_out_along_the_radius(angle_deg, height):
    """1.3 : 1 at the corner wide open, by second moments, with no light more and no place moved; round on the axis."""
    away = height * 21630.0 / 8.46
    angle = math.radians(angle_deg)
    axis = np.array([200.0 - away * math.cos(angle), 200.0 - away * math.sin(angle)])
    lens = PointSpread(8.46, axis, 21.0, 18.6, 0.45)
    along, across, skew = second_moments(lens, 200.3, 199.8)
    lens_um, longer = 21.0 * (1.0 + 0.4 * height**2), 1.0 + 0.45 * height**2
    mixed = (1.0 - WIDE_SHARE) * NARROW**2 + WIDE_SHARE * WIDE**2
    expected = [mixed * (18.6**2 + lens_um**2 * e) / 8.46**2 for e in (longer, 1.0 / longer)]
    assert (along, across) == pytest.approx(expected, rel=0.06)  # 3 % of the length
    assert skew == pytest.approx(0.0, abs=0.02 * along)
    if height == 1.0:
        assert math.sqrt(along / across) == pytest.approx(1.3, rel=0.03)
        round_one = second_moments(PointSpread(8.46, axis, 21.0, 18.6), 200.3, 199.8)
        assert round_one[0] == pytest.approx(round_one[1], rel=0.03)


def test_which_lenses_draw_out():
    assert spread_of(Pinhole(draws_out=True)).drawn_out == 0.45
    assert spread_of(Pinhole()).drawn_out == spread_of(Pinhole(draws_out=True, point_um=28.0)).drawn_out == 0.0


def test_stars_are_as_wide_as_on_the_stills():
    """50 mm at f/1.4: 28 to 32 um; a wide lens at f/2.8: 24 um. Moffat of b = 5."""
    for f_number, measured in ((1.4, 28.0), (2.8, 24.0)):
        width = spread_of(Pinhole(photosite_area_m2=(28e-6) ** 2, f_number=f_number)).width_um(40.0, 30.0)
        assert width == pytest.approx(measured, rel=0.05)
    assert spread_of(Pinhole(point_um=50.0)).width_um(40.0, 30.0) == pytest.approx(50.0)
    r, a = np.linspace(0.0, 2.0, 400), 1.0 / (2.0 * np.sqrt(2.0**0.2 - 1.0))
    drawn = 1.0 - (1.0 - WIDE_SHARE) * np.exp(-0.5 * (r / NARROW) ** 2) - WIDE_SHARE * np.exp(-0.5 * (r / WIDE) ** 2)
    assert drawn == pytest.approx(1.0 - (1.0 + (r / a) ** 2) ** -4.0, abs=0.02)


@pytest.mark.parametrize("pitch_um", [56.25, 28.1])  # 36 mm in 640 and in 1280 pixels
def test_small_pictures_have_crisp_points(pitch_um):
    brightest = deposit_planes((60, 80), np.array([[40.0]]), np.array([[30.0]]), ONE, spread(pitch_um))[0]
    assert 0.3 < brightest.max() < 0.9  # of the light in the pixel that the point is in the middle of


def test_the_error_function_is_right():
    x = np.linspace(-6.0, 6.0, 241)
    assert point_spread._error_function(x) == pytest.approx([math.erf(v) for v in x], abs=2e-7)


def test_pixels_are_counted_from_one():
    plane = deposit_planes((60, 80), np.array([[1.0, 80.0]]), np.array([[1.0, 60.0]]), np.ones((2, 1)), spread())[0]
    assert plane[0, 0] == plane.max() == pytest.approx(plane[59, 79], rel=1e-4)


def test_light_on_the_edge_loses_only_its_outer_half():
    plane = deposit_planes((60, 80), np.array([[0.5]]), np.array([[30.0]]), ONE, spread())[0]
    assert plane.sum() == pytest.approx(0.5, abs=0.02)


@given(dx=st.floats(-30, 30), dy=st.floats(-20, 20))
@settings(max_examples=25)
def test_streak_keeps_the_total(dx, dy):
    x, y = np.array([[40.0 - dx / 2], [40.0 + dx / 2]]), np.array([[30.0 - dy / 2], [30.0 + dy / 2]])
    plane = deposit_planes((60, 80), x, y, ONE, spread())[0]
    assert plane.sum() == pytest.approx(1.0, rel=ROUNDING)


def test_streak_is_even_and_as_long_as_the_path():
    plane = deposit_planes((60, 80), np.array([[20.0], [60.0]]), np.array([[30.0], [30.0]]), ONE, spread())[0]
    along = plane.sum(axis=0)
    assert along[24:55] == pytest.approx(1.0 / 40.0, rel=RIPPLE)
    assert max(along[:16].sum(), along[64:].sum()) == 0.0 < along[17:63].sum()


def test_several_lights_add_and_order_does_not_matter():
    rng = np.random.default_rng(3)
    x, y, w = rng.uniform(-3, 84, (3, 400)), rng.uniform(-3, 64, (3, 400)), rng.uniform(0, 1, (400, 2))
    both = deposit_planes((60, 80), x, y, w, spread())
    parts = sum(deposit_planes((60, 80), x[:, s], y[:, s], w[s], spread()) for s in (slice(0, 150), slice(150, 400)))
    assert both == pytest.approx(parts, rel=ROUNDING, abs=ROUNDING)
    touched, values = splat((60, 80), x, y, w, spread())
    assert both.reshape(2, -1)[:, touched] == pytest.approx(values)


def test_lights_far_outside_or_behind_leave_nothing():
    image = np.zeros((2, 60, 80), np.float32)
    directions = np.concatenate([towards([-200.0], [30.0]), -towards([40.0], [30.0])])
    deposit(image, [(Pinhole(), directions)], np.ones((2, 2)))
    assert not image.any()


def test_deposit_adds_irradiance_over_solid_angle():
    image = np.ones((3, 60, 80), np.float32)
    irradiance = np.array([[1e-10, 2e-10, 4e-10]])
    lights_at = [(Pinhole(pixel_sr=1e-10), towards([x], [y])) for x, y in ((30.0, 20.0), (33.0, 22.0), (37.0, 23.0))]
    deposit(image, lights_at, irradiance)
    assert (image - 1.0).sum(axis=(1, 2)) == pytest.approx([1.0, 2.0, 4.0], rel=SINGLE * 10)


def test_a_part_of_a_larger_picture_is_added_to_in_place():
    larger, alone = np.zeros((2, 70, 90), np.float32), np.zeros((2, 60, 80), np.float32)
    part, lights_at = larger[:, 5:65, 5:85], [(Pinhole(), towards([20.0, 30.5], [30.0, 8.0]))]
    for image in (part, alone):
        deposit(image, lights_at, np.array([[1e-9, 2e-9], [3e-9, 1e-9]]))
    assert alone.any()
    np.testing.assert_array_equal(part, alone)
    assert larger.sum() == pytest.approx(alone.sum(), rel=SINGLE)


def lamps(law):
    up = np.array([[0.0, 0.0, 1.0], [0.0, 0.6, 0.8], [0.0, 0.0, -1.0]])
    return GroundLights(np.zeros((3, 3)), up, np.array([2.0, 5.0, 9.0]), np.zeros(3), np.ones((2, 1)), law)


def test_ground_light_falls_with_distance_squared_and_stays_below_its_horizon():
    seen = ground_irradiance_at(np.array([0.0, 0.0, 400.0]), lamps(lambda mu: mu))
    assert seen.irradiance == pytest.approx([2.0 / 4e5**2, 5.0 * 0.8 / 4e5**2, 0.0])
    assert seen.visible.tolist() == [True, True, False]
    assert seen.direction_itrs == pytest.approx(np.array([[0.0, 0.0, -1.0]] * 3))
    assert seen.cos_zenith == pytest.approx([1.0, 0.8, -1.0])


def test_air_per_pixel_agrees_with_air_per_light():
    rng = np.random.default_rng(5)
    count, depth = 5000, np.array([0.1, 0.3, 0.9])
    x, y = rng.uniform(1, 80, count), rng.uniform(1, 60, count)
    cosine = 0.15 + 0.85 * y / 60.0  # like the ground: nearer rows are seen more steeply
    irradiance, share = rng.lognormal(0, 1, count) * 1e-9, rng.uniform(0, 1, count)
    spectra = np.array([[1.0, 2.0, 3.0], [3.0, 1.0, 1.0]])
    lights = GroundLights(np.zeros((count, 3)), np.zeros((count, 3)), irradiance, share, spectra, lambda mu: mu)
    seen = SeenGroundLights(towards(x, y), irradiance, cosine, np.ones(count, bool))

    def transmittance(mu):
        return np.exp(-depth / mu[:, None])

    together, singly = np.zeros((2, 3, 60, 80))
    lights_at = [(Pinhole(), seen.direction_itrs)]
    deposit_ground(together, lights_at, seen, lights, transmittance)
    mixed = (1 - share)[:, None] * spectra[0] + share[:, None] * spectra[1]
    deposit(singly, lights_at, irradiance[:, None] * mixed * transmittance(cosine))
    assert together.sum(axis=(1, 2)) == pytest.approx(singly.sum(axis=(1, 2)), rel=AIR)


def test_emission_law_is_one_at_the_zenith_and_lambertian_without_direct_light():
    assert garstang_law(1.0, 0.05) == pytest.approx(1.0)
    assert garstang_law([0.2, 0.5], 0.0) == pytest.approx([0.2, 0.5])
    assert garstang_law(0.1, 0.15) > 1.0  # Garstang's own lamps are brightest near the horizontal
    assert functools.partial(garstang_law, direct_upward_fraction=0.0)(0.3) == pytest.approx(0.3)
