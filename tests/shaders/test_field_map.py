"""The device's way down a field line against the host's."""

import numpy as np
import taichi.math as tm

from render.device import upload
from render.geophysics.field import field_lines
from tests import probes

WINDOW = field_lines.Window(-1500.0, -4500.0, field_lines.MAP_SPACING_KM, 12, 9)
TOLERANCE_KM = 0.004  # of single precision at 4500 km from the pole


def test_device_goes_down_the_lines_of_the_host(any_device):
    rng = np.random.default_rng(2)
    field = field_lines.field_line_map(WINDOW, 1, 2024.5)
    x, y = rng.uniform(-1500.0, 150.0, 2000), rng.uniform(-4500.0, -3300.0, 2000)
    altitude = rng.uniform(80.0, 800.0, 2000)
    out = np.zeros((2000, 2), any_device.real)
    probes.field_footprints(
        np.stack([x, y], axis=-1).astype(any_device.real),
        altitude.astype(any_device.real),
        tm.vec3(WINDOW.x0_km, WINDOW.y0_km, WINDOW.spacing_km),
        upload(field.vectors, vectors=True),
        out,
    )
    expected = np.stack(field.footprint(x, y, altitude), axis=-1)
    assert np.abs(out - expected).max() < TOLERANCE_KM
    assert np.abs(expected - np.stack([x, y], axis=-1)).max() > 50.0
