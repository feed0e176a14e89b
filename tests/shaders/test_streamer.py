"""Streamers on the device: where their light lies, how much it is, and that they are pure functions."""

import numpy as np
import pytest

from render import device as devices
from render.geophysics.forms.arc_details import CURLS, RAYS
from render.geophysics.forms.streamers import COLUMNS
from shaders.footprint import streamer
from tests import probes

TOP_KM, LENGTH_KM, HALF_KM = 7500.0, 500.0, 15.0
SEED = 421_337
STEP_KM = 2.0


def table(lean=0.0, bend=0.0, flux=1.0, length=LENGTH_KM, seed=SEED):
    row = np.zeros(COLUMNS)
    row[streamer.Y], row[streamer.LENGTH], row[streamer.HALF_WIDTH] = TOP_KM, length, HALF_KM
    row[streamer.LEAN], row[streamer.BEND], row[streamer.FLUX], row[streamer.SEED] = lean, bend, flux, seed
    return row[None, None]


def drawn(device, streamers, x=None, y=None, t=100.0, texel=STEP_KM):
    """Return x, y, and the flux [row, column, 4] of streamers on a grid around them."""
    x = np.arange(-400.0, 400.0, STEP_KM) if x is None else x
    y = np.arange(TOP_KM - 800.0, TOP_KM + 200.0, STEP_KM) if y is None else y
    points = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2).astype(device.real)
    out = np.zeros((len(points), 4), device.real)
    probes.streaming(points, t, texel, *(devices.upload(each) for each in (streamers, CURLS, RAYS)), out)
    return x, y, out.reshape(len(y), len(x), 4).astype(float)


def test_light_lies_between_its_ends_and_about_its_line(any_device):
    x, y, q = drawn(any_device, table())
    flux = q[..., 0]
    lit = flux > 0.05
    assert y[lit.any(axis=1)].min() >= TOP_KM - LENGTH_KM - streamer.END_KM
    assert y[lit.any(axis=1)].max() <= TOP_KM + streamer.END_KM
    assert np.abs(x[lit.any(axis=0)]).max() < 1.4 * streamer.SWAYS + streamer.REACH * HALF_KM
    inside = (y > TOP_KM - LENGTH_KM + 30.0) & (y < TOP_KM - 20.0)
    assert flux[inside].max(axis=1).min() > 0.5
    assert 2.0 < flux.max() < 150.0
    assert q[..., 1][lit].min() > 0.0 and (q[..., 3] <= flux + 1e-6).all()


def test_a_lean_moves_its_far_end(any_device):
    x, y, straight = drawn(any_device, table())
    x, y, leaning = drawn(any_device, table(lean=0.4, bend=-0.3))
    row = int(np.argmin(np.abs(y - (TOP_KM - 450.0))))
    middle = [np.average(x, weights=q[row, :, 0]) for q in (straight, leaning)]
    assert middle[1] - middle[0] == pytest.approx(450.0 * (0.4 - 0.3 * 0.45), abs=0.1 * HALF_KM)


def test_flux_is_linear_in_level_and_adds_up(any_device):
    _, _, one = drawn(any_device, table())
    _, _, twice = drawn(any_device, table(flux=2.0))
    _, _, other = drawn(any_device, table(lean=0.3, seed=SEED + 1))
    _, _, both = drawn(any_device, np.concatenate([table(), table(lean=0.3, seed=SEED + 1)], axis=1))
    tolerance = 2e-5 if any_device.real == np.float32 else 1e-12
    np.testing.assert_allclose(twice, 2.0 * one, rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(both, one + other, rtol=tolerance, atol=tolerance)
    assert not drawn(any_device, table(flux=0.0))[2].any()


def test_coarse_texels_keep_the_flux(any_device):
    """A texel that does not resolve an arc has its mean: 8 km against 1 km, within 5 %."""
    _, _, fine = drawn(any_device, table(), x=np.arange(-150.0, 150.0, 1.0), texel=1.0)
    _, _, coarse = drawn(any_device, table(), x=np.arange(-150.0, 150.0, 1.0), texel=8.0)
    assert coarse[..., 0].sum() == pytest.approx(fine[..., 0].sum(), rel=0.05)


def test_the_newest_part_is_the_brightest(any_device):
    """Averaged over ten: behind its front a streamer dims."""
    y = np.arange(TOP_KM - 900.0, TOP_KM, 5.0)
    rows = np.zeros(len(y))
    for k in range(10):
        _, _, q = drawn(any_device, table(length=900.0, seed=SEED + 977 * k), y=y)
        rows += q[..., 0].sum(axis=1)
    front, tail = (y < TOP_KM - 650.0) & (y > TOP_KM - 870.0), y > TOP_KM - 300.0
    assert rows[front].mean() > 1.5 * rows[tail].mean()
