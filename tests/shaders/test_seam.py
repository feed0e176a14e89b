"""The seam to the device: parameter lists stay short, and records keep the device's precision."""

import numpy as np
import pytest
import taichi as ti
import taichi.math as tm

from render import device
from render.integrator.view import device_view
from shaders import geometry, view
from shaders.aurora import emission as aurora
from shaders.aurora import march
from shaders.definitions import Real
from tests import probes
from tests.parameter_lists import MOST, all_lists, parameter_lists, too_long
from tests.shaders.test_march import camera

DOUBLE, SINGLE = 1e-12, 1e-9  # relative: rounding in double precision; what single precision would at least be off by
Cut = ti.types.vector(5, float)  # what a record must not be made of: taken for single precision when it is defined
CutRecord = ti.types.struct(screening_km=float)  # so is a member
SCREENING_KM, SHARPNESS = 30.1234567891, 1.0 / 7.0123456789


def test_kernels_and_functions_take_few_parameters():
    lists = all_lists()
    assert {kind for _, kind, _ in lists} == set(MOST) and len(lists) > 100  # they have been found
    assert too_long(lists) == []


@pytest.mark.parametrize("kind", MOST)
def test_a_longer_list_is_told(kind):
    names = [f"p{k}" for k in range(MOST[kind] + 1)]
    source = "@ti.{}\ndef {}({}):\n    pass\n"
    lists = [
        each
        for name, count in (("fits", MOST[kind]), ("bursts", MOST[kind] + 1))
        for each in parameter_lists(source.format(kind, name, ", ".join(names[:count])), "module")
    ]
    assert too_long(lists) == [f"{kind} module.bursts takes {MOST[kind] + 1} parameters; at most {MOST[kind]}"]


@ti.kernel
def feet(axes: march.Axes, maps: march.Maps, points: ti.types.ndarray(), out: ti.types.ndarray()):
    for i in range(out.shape[0]):
        o = tm.vec3(points[i, 0], points[i, 1], points[i, 2])
        foot = march.foot_and_altitude(o, tm.vec3(0.0), 0.0, axes.sphere, axes.field, maps.field)
        for k in ti.static(range(3)):
            out[i, k] = foot[k]


@ti.kernel
def directions(v: view.View, out: ti.types.ndarray()):
    for i in range(out.shape[0]):
        d = view.pixel_direction(v, i + 1.0, v.first_row + 1.0)
        for k in ti.static(range(3)):
            out[i, k] = d[k] + v.o[k]


Lines = ti.types.vector(aurora.LINES, Real)


@ti.kernel
def lines(x: float, out: ti.types.ndarray()):
    for _ in range(1):
        light = Lines(x)
        for k in ti.static(range(aurora.LINES)):
            out[k] = light[k]


@ti.kernel
def cut(x: float, record: CutRecord, out: ti.types.ndarray()):
    for _ in range(1):
        vector = Cut(x)
        out[0], out[1] = vector[0], record.screening_km


def ellipsoid_altitude(p):
    """Return altitudes of points [n, 3] as `geometry.altitude` has them, for exact arithmetic."""
    q = p / np.array([geometry.EARTH_A_KM, geometry.EARTH_A_KM, geometry.EARTH_B_KM])
    r = np.linalg.norm(p, axis=1)
    excess = (q[:, 2] - 1.0) * (q[:, 2] + 1.0) + q[:, 0] ** 2 + q[:, 1] ** 2
    rho = np.sqrt(1.0 + excess)
    tilt = geometry.EARTH_E2 * (p[:, 2] / r) * (np.hypot(p[:, 0], p[:, 1]) / r)
    return r * excess / (rho * (1.0 + rho)) * (1.0 - 0.5 * tilt * tilt)


def points_about(radius_km, count=200):
    return np.random.default_rng(3).normal(size=(count, 3)) * [1.0, 1.0, 0.3] + [0.0, 0.0, radius_km / 1000.0]


@pytest.mark.usefixtures("double")
def test_sunlight_is_double_in_double_precision():
    """Points in the ring where the shadow's edge is worked out, and the closed form in NumPy."""
    towards = np.array([0.6, 0.0, -0.8])
    along = np.linspace(-4000.0, -300.0, 60)
    aside = np.linspace(6390.0, 6460.0, 60)
    points = along[:, None] * towards + aside[:, None] * np.array([0.8, 0.0, 0.6])
    sun = device.record(aurora.Sunlight, direction=towards, screening_km=SCREENING_KM, sharpness=SHARPNESS)
    out = np.zeros(len(points))
    probes.sunlight_at(points, sun, out)
    axes = np.array([geometry.EARTH_A_KM, geometry.EARTH_A_KM, geometry.EARTH_B_KM])
    o, d = points / axes, towards / axes
    tangent = -(o @ d) / (d @ d)
    assert (tangent > 0.0).all()  # the lowest point lies ahead
    lowest = ellipsoid_altitude(points + tangent[:, None] * towards)

    def closed_form(screening_km):
        return np.exp(-0.6931472 * np.exp(np.clip((screening_km - lowest) * SHARPNESS, -20.0, 5.0)))

    assert np.ptp(closed_form(SCREENING_KM)) > 0.9
    np.testing.assert_allclose(out, closed_form(SCREENING_KM), rtol=1e-11, atol=DOUBLE)
    cut_to_single = closed_form(float(np.float32(SCREENING_KM)))
    assert np.abs(cut_to_single - out).max() > SINGLE


@pytest.mark.usefixtures("double")
def test_the_march_s_records_are_double_in_double_precision():
    sphere, spacing = (1.0, 6481.2345678912), 123.456789123
    points = points_about(6500.0) * 1000.0
    field = device.upload(np.zeros((4, 4, 8)), vectors=True)
    axes = device.record(
        march.Axes, step_scale=1.0, sphere=sphere, field=(-9000.0, -9000.0, spacing),
        cells=(0.0, 0.0, 32.0, 1.0 / 32.0), table=(75.0, 1.0, 0.0, 0.1),
    )  # fmt: skip
    unread = {name: device.upload(np.zeros((2, 2))) for name in march.Maps.members if name != "field"}
    out = device.empty((len(points), 3))
    feet(axes, device.pack(march.Maps, field=field, **unread), device.upload(points), out)
    r = np.linalg.norm(points, axis=1)
    place = 2.0 * sphere[1] * points[:, :2] / (r + points[:, 2])[:, None]
    np.testing.assert_allclose(out.to_numpy()[:, :2], place, rtol=DOUBLE)
    np.testing.assert_allclose(out.to_numpy()[:, 2], ellipsoid_altitude(points), rtol=1e-11, atol=1e-9)


@pytest.mark.usefixtures("double")
def test_the_camera_is_double_in_double_precision():
    seen = camera(70.123456789, -17.987654321, columns=9, rows=5, field_rad=0.123456789)
    position = np.array([1234.567891234, -2345.678912345, 6123.456789123])
    out = device.empty((9, 3))
    directions(device_view(seen, position, first_row=3), out)
    pixel = np.column_stack([np.arange(9) + 1.0, np.full(9, 4.0)]) - seen.reference_pixel
    d = np.column_stack([pixel @ seen.tangent_from_pixel.T, np.ones(9)]) @ seen.itrs_from_camera.T
    np.testing.assert_allclose(out.to_numpy(), d / np.linalg.norm(d, axis=1)[:, None] + position, rtol=DOUBLE)


@pytest.mark.usefixtures("double")
def test_lines_are_double_and_float_would_not_be():
    x = 1.0 / 3.0
    out = device.empty((aurora.LINES,))
    lines(x, out)
    np.testing.assert_array_equal(out.to_numpy(), x)
    cut(x, CutRecord(screening_km=SCREENING_KM), out)
    vector, member = out.to_numpy()[:2]
    assert abs(vector - x) > SINGLE * x and abs(member / SCREENING_KM - 1.0) > SINGLE
