"""The F layer follows the Sun, and the Sun stands where the almanac has it."""

import numpy as np
import pytest

from render.core.epoch import Epoch
from render.core.geodesy import itrs_from_geodetic
from render.geophysics.upper_air import ionosphere
from render.observer import ephemeris

ALMANAC_DEG = 0.1


@pytest.mark.parametrize(
    ("latitude", "longitude", "utc"),
    [
        (45.0, -75.0, "2015-02-01T12:00:00Z"),
        (-51.0, 110.0, "2012-07-15T14:30:00Z"),
        (70.0, 20.0, "2024-06-21T23:00:00Z"),
    ],
)
def test_solar_zenith_angle_is_the_ephemeris(latitude, longitude, utc):
    epoch = Epoch.parse(utc)
    place = itrs_from_geodetic(latitude, longitude, 0.0)
    _, elevation = ephemeris.azimuth_elevation(ephemeris.sun(epoch, place).direction_itrs, place)
    assert ionosphere.solar_zenith_deg(latitude, longitude, epoch) == pytest.approx(90.0 - elevation, abs=ALMANAC_DEG)


def test_the_layer_peaks_where_and_as_it_is_said():
    z = np.arange(100.0, 801.0, 1.0)
    for zenith, peak, height in ((180.0, 1.5e5, 320.0), (40.0, 1.0e6, 280.0)):
        layer = ionosphere.f_layer_cm3(z, zenith)
        assert layer.max() == pytest.approx(peak, rel=1e-3)
        assert z[layer.argmax()] == height
        assert layer.min() >= ionosphere.LEAST_CM3


def test_the_layer_grows_with_the_sun():
    peaks = [ionosphere.f_layer_cm3(np.array([300.0]), zenith)[0] for zenith in np.arange(120.0, 60.0, -5.0)]
    assert np.all(np.diff(peaks) >= 0.0)
