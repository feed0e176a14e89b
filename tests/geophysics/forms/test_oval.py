import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.geophysics.forms import oval

LATITUDE_TOLERANCE_DEG = 0.3
FLUX_TOLERANCE = 0.05  # relative, above the table's own rounding
PEAK_TOLERANCE_DEG = 0.02  # the maximum is sought every 0.01 deg
ROUNDING = 0.05  # the table gives one decimal

# MLT, Kp, peak mW m-2, its latitude, half-maximum equatorward and poleward, keV there, Starkov equatorward, poleward,
# diffuse. Computed from the same sources by an independent program (numba prototype of the geophysics study,
# 2026-11).
TABLE = [
    (21, 1, 1.5, 69.5, 66.7, 72.9, 2.7, 69.3, 71.9, 67.4),
    (21, 3, 3.6, 67.6, 63.9, 72.3, 4.9, 66.1, 72.9, 63.7),
    (21, 5, 5.8, 65.2, 61.3, 70.8, 6.0, 64.4, 73.4, 59.7),
    (21, 7, 10.0, 61.8, 57.6, 68.4, 5.9, 62.4, 73.0, 56.7),
    (0, 1, 1.9, 68.1, 65.2, 72.0, 3.5, 67.5, 70.5, 64.9),
    (0, 3, 4.0, 66.1, 62.8, 70.8, 5.5, 63.8, 71.9, 61.1),
    (0, 5, 6.2, 63.9, 60.8, 69.2, 6.0, 61.4, 73.1, 57.1),
    (0, 7, 11.8, 61.7, 58.0, 67.9, 6.0, 59.9, 73.0, 54.1),
    (0, 8.5, 11.7, 60.7, 54.6, 67.5, 5.9, 59.7, 72.8, 53.1),
    (3, 5, 6.1, 64.7, 61.4, 69.3, 6.8, 63.0, 73.8, 58.5),
]


@pytest.mark.parametrize("row", TABLE)
def test_flux_energy_and_edges_meet_the_table(row):
    mlt, kp, flux_peak, latitude_peak, low, high, energy_peak, *_ = row
    latitude = np.arange(40.0, 90.0, 0.05)
    flux, energy = oval.energy_flux_and_mean_energy(latitude, mlt, kp)
    peak = int(np.argmax(flux))
    assert flux[peak] == pytest.approx(flux_peak, rel=FLUX_TOLERANCE, abs=ROUNDING)
    assert energy[peak] == pytest.approx(energy_peak, rel=FLUX_TOLERANCE, abs=ROUNDING)
    assert latitude[peak] == pytest.approx(latitude_peak, abs=LATITUDE_TOLERANCE_DEG)
    equatorward, poleward = oval.half_maximum_edges(mlt, kp)
    assert equatorward == pytest.approx(low, abs=LATITUDE_TOLERANCE_DEG)
    assert poleward == pytest.approx(high, abs=LATITUDE_TOLERANCE_DEG)
    for edge in (equatorward, poleward):
        at_edge, _ = oval.energy_flux_and_mean_energy(edge, mlt, kp)
        assert at_edge == pytest.approx(0.5 * flux.max(), rel=0.01)


@pytest.mark.parametrize("row", TABLE)
def test_starkov_boundaries_meet_the_table(row):
    edges = oval.starkov_boundaries(row[0], row[1])
    assert [float(e) for e in edges] == pytest.approx(row[7:], abs=LATITUDE_TOLERANCE_DEG)


@pytest.mark.parametrize(("mlt", "kp", "edge"), [(21.5, 1, 66.7), (21.5, 5, 59.3), (0.5, 3, 60.1), (0.5, 8.5, 49.2)])
def test_gussenhoven_edge_meets_the_table(mlt, kp, edge):
    assert oval.gussenhoven_equatorward_edge(mlt, kp) == pytest.approx(edge, abs=0.06)


@given(st.floats(0.0, 90.0), st.floats(-48.0, 48.0), st.floats(0.0, 9.0))
def test_flux_and_energy_are_finite_positive_periodic_and_even(latitude, mlt, kp):
    flux, energy = oval.energy_flux_and_mean_energy(latitude, mlt, kp)
    assert np.isfinite(flux) and np.isfinite(energy) and flux >= 0.0 and energy >= 0.0
    assert flux < 25.0 and energy < 10.0
    again, _ = oval.energy_flux_and_mean_energy(-latitude, mlt + 24.0, kp)
    assert again == pytest.approx(float(flux), rel=1e-9, abs=1e-12)


@given(st.floats(0.0, 24.0), st.floats(0.0, 9.0))
def test_edges_stand_in_order(mlt, kp):
    equatorward, poleward = oval.half_maximum_edges(mlt, kp)
    assert 40.0 < equatorward < poleward < 90.0


@given(st.floats(0.0, 24.0), st.floats(0.0, 9.0))
def test_hours_tell_the_maximum_and_its_edges(mlt, kp):
    hours = oval.oval_hours(mlt, kp)
    latitude = np.arange(40.5, 89.5, 0.01)
    flux, energy = oval.energy_flux_and_mean_energy(latitude, mlt, kp)
    peak = int(flux.argmax())
    assert float(hours.peak_mw_m2) == pytest.approx(flux[peak], rel=1e-4)
    assert abs(float(hours.peak_deg) - latitude[peak]) < PEAK_TOLERANCE_DEG
    assert float(hours.mean_energy_kev) == pytest.approx(energy[peak], rel=0.01, abs=0.01)
    assert (hours.equatorward_deg, hours.poleward_deg) == oval.half_maximum_edges(mlt, kp)
    assert hours.equatorward_deg < hours.peak_deg < hours.poleward_deg


def test_hours_keep_their_shape():
    hours = oval.oval_hours(np.arange(24.0).reshape(4, 6), 5.0)
    assert {values.shape for values in hours} == {(4, 6)}
    assert float(oval.oval_hours(21.0, 5.0).peak_deg) == pytest.approx(float(hours.peak_deg[3, 3]))


def test_arrays_broadcast():
    flux, energy = oval.energy_flux_and_mean_energy(np.linspace(55, 75, 5)[:, None], np.linspace(0, 23, 7), 3.0)
    assert flux.shape == energy.shape == (5, 7)
    assert oval.half_maximum_edges(np.zeros((2, 3)), 3.0)[0].shape == (2, 3)
    single, _ = oval.energy_flux_and_mean_energy(60.0, 23.0, 3.0)
    assert flux[1, 6] == pytest.approx(float(single))


MLT = np.arange(0.0, 24.0, 0.25)


@pytest.mark.parametrize("kp", [0.0, 1.0, 5.0, 9.0])
def test_the_pole_has_one_flux_and_energy(kp):
    """The fit alone has 0.02 to 0.90 mW m-2 there at Kp 9, by local time: a fan with its point on the pole."""
    flux, energy = oval.energy_flux_and_mean_energy(np.array([[87.0], [88.0], [90.0]]), MLT, kp)
    assert np.ptp(flux, axis=1) == pytest.approx(0.0, abs=1e-12)
    assert np.ptp(energy, axis=1) == pytest.approx(0.0, abs=1e-12)
    assert (flux > 0.0).all() and (energy > 0.0).all()


@pytest.mark.parametrize("kp", [0.0, 1.0, 3.0, 5.0, 9.0])
def test_rounding_the_pole_keeps_flux_around_every_parallel(kp):
    latitude = np.arange(78.0, 90.0, 0.07)[:, None]  # at and between the nodes of the mean
    flux, energy = oval.energy_flux_and_mean_energy(latitude, MLT, kp)
    fit, hardness = oval._fit(90.0 - latitude, MLT, kp)
    np.testing.assert_allclose(flux.mean(axis=1), fit.mean(axis=1), rtol=1e-4)
    np.testing.assert_allclose((flux * energy).mean(axis=1), (fit * hardness).mean(axis=1), rtol=2e-4)
    below = latitude[:, 0] <= 81.0
    np.testing.assert_array_equal(flux[below], fit[below])
    np.testing.assert_array_equal(energy[below], hardness[below])
    assert np.all(np.diff(np.ptp(flux, axis=1)[~below]) < 1e-12)  # rounder and rounder


def test_rounding_the_pole_has_no_step():
    step_deg = 0.01
    flux, _ = oval.energy_flux_and_mean_energy(np.arange(79.0, 90.0, step_deg)[:, None], MLT, 9.0)
    assert np.abs(np.diff(flux, axis=0)).max() < step_deg * 0.5  # mW m-2; the fit's own slope at 79 deg is 0.4 per deg


def test_edges_of_quiet_noon_are_the_fits_own():
    """At Kp 0 and 11 MLT the fit is halved at 84.85 deg, where the drawn oval goes over to its mean already."""
    assert float(oval.half_maximum_edges(11.0, 0.0)[1]) == pytest.approx(84.85, abs=0.01)


def test_kp_out_of_range_is_an_error():
    with pytest.raises(ValueError, match=r"Kp 9\.5 is outside 0 to 9"):
        oval.energy_flux_and_mean_energy(65.0, 0.0, 9.5)
    for function in (oval.half_maximum_edges, oval.oval_hours):
        with pytest.raises(ValueError, match=r"Kp -1\.0 is outside 0 to 9"):
            function(0.0, -1.0)
