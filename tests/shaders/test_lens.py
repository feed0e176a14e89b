"""The lens on the device looks where the camera says, whatever its projection and distortion."""

import math

import numpy as np
import pytest
import taichi as ti

from render import device
from render.core.epoch import Epoch
from render.integrator import view as staged
from render.integrator.view import device_view
from render.observer import distortion, projections
from render.observer.camera import CameraSettings, camera_at
from render.observer.orbit import ObserverSettings, observe
from shaders import lens, view
from tests.devices import EVERY, start_or_skip

EPOCH = Epoch.parse("2015-01-28T09:45:00Z")
OBSERVER = observe(ObserverSettings(latitude_deg=45.0, longitude_deg=-84.0, altitude_km=420.0), EPOCH)
WITHIN_RAD = {"double": 1e-6, "single": 2e-5}
LENSES = {
    "rectilinear": {"focal_length_mm": 17.0},
    "distorted": {"projection": "rectilinear", "focal_length_mm": 17.0, "distortion": (0.01, -0.04, 0.02)},
    "equidistant": {"field_deg": 360.0},
    "equisolid": {"field_deg": 300.0},
    "stereographic": {"field_deg": 340.0},
    "orthographic": {"field_deg": 180.0},
    "domemaster": {"dome_tilt_deg": 10.0},
    "equirectangular": {},
    "cube": {},
}


@lens.through_any_lens
@ti.kernel
def look(v: view.View, columns: ti.i32, out: ti.types.ndarray()):
    ti.loop_config(block_dim=64)
    for i in range(out.shape[0]):
        d = view.pixel_direction(v, i % columns + 1.0, i // columns + 1.0)
        for k in ti.static(range(3)):
            out[i, k] = d[k]


@pytest.mark.parametrize("where", EVERY)
def test_the_device_looks_where_the_camera_does(where):
    precision = start_or_skip(*where).precision
    for name, settings in LENSES.items():
        made = CameraSettings(**{"projection": name, "azimuth_deg": 70.0} | settings)
        camera = camera_at(made, OBSERVER, EPOCH, 0.0, (96, 72))
        out = device.empty((96 * 72, 3))
        look(device_view(camera, OBSERVER.position_km), 96, out)
        expected = camera.ray_directions().reshape(-1, 3)
        angle = np.linalg.norm(out.to_numpy() - expected, axis=1)
        assert angle.max() < WITHIN_RAD[precision], (name, angle.max())
        if name != "rectilinear":  # the check can fail
            others = [device_view(camera, OBSERVER.position_km) for _ in range(2)]
            others[0].plain, others[1].lens.projection = 1, lens.Kind.STEREOGRAPHIC
            for other, same in zip(others, (False, name == "stereographic"), strict=True):
                look(other, 96, out)
                assert (np.abs(out.to_numpy() - expected).max() < 1e-3) == same, name


def test_host_and_device_count_alike():
    assert staged.PROJECTIONS == projections.PROJECTIONS
    kinds = {name: value for name, value in vars(lens.Kind).items() if name.isupper()}
    assert [name.lower() for name in sorted(kinds, key=kinds.get)] == list(projections.PROJECTIONS)
    assert (lens.TERMS, lens.RADIAL_TERMS) == (distortion.TERMS, distortion.RADIAL_TERMS)


@pytest.mark.usefixtures("double")
def test_polynomials_of_a_solved_photograph_are_those_of_the_device():
    generator = np.random.default_rng(2)
    terms = [{(p, q): 10.0 * generator.normal() / 200.0 ** (p + q) for p, q in lens.TERMS} for _ in range(2)]
    base = camera_at(CameraSettings(focal_length_mm=17.0), OBSERVER, EPOCH, 0.0, (96, 72))
    import dataclasses  # noqa: PLC0415

    camera = dataclasses.replace(base, distortion=distortion.sip_distortion(*terms, math.hypot(48.0, 36.0)))
    out = device.empty((96 * 72, 3))
    look(device_view(camera, OBSERVER.position_km), 96, out)
    expected = camera.ray_directions().reshape(-1, 3)
    np.testing.assert_allclose(out.to_numpy(), expected, atol=1e-12)
    assert np.abs(base.ray_directions().reshape(-1, 3) - expected).max() > 1e-3
