"""What the oval has at an instant, and who gets it: closed forms, the formula's power, other draws of that noise."""

import numpy as np
import pytest

from render.geophysics.drive.settings import activity_of_kp
from render.geophysics.field.magnetic_coordinates import KM_PER_DEGREE, KM_PER_HOUR
from render.geophysics.forms import energy_budget as budget
from render.geophysics.forms import substorm
from render.geophysics.forms.arc_groups import DEFAULT_GROUPS, activity_along, envelope_km, occupancy_along, stirred
from render.geophysics.forms.drive_series import DriveSeries
from render.geophysics.forms.oval import energy_flux_and_mean_energy, hemispheric_power_gw
from render.geophysics.forms.substorm import Substorm

KPS = (1.0, 3.0, 5.0, 7.0, 9.0)
Y_KM = np.arange(44.0, 88.0, 0.1) * KM_PER_DEGREE
HOURS = np.arange(0.0, 24.0, 3.0)
X_KM = ((HOURS + 12.0) % 24.0 - 12.0) * KM_PER_HOUR


def test_instants_scatter_log_normally_about_a_mean_of_one():
    power = np.array([budget.scatter(seed, np.arange(0.0, 86_400.0, 600.0)) for seed in range(1, 301)])
    assert power.mean() == pytest.approx(1.0, abs=0.01)
    assert 0.4 < np.log(power).std() < 0.6
    assert np.median(power) == pytest.approx(np.exp(-0.5 * budget.SCATTER**2), rel=0.03)  # of a log-normal law
    skew = ((np.log(power) - np.log(power).mean()) ** 3).mean() / np.log(power).std() ** 3
    assert abs(skew) < 0.05  # no skewness: the logarithm is symmetric


def test_an_hours_mean_is_near_one_and_nothing_jumps():
    hour = np.array([budget.scatter(seed, np.arange(0.0, 3601.0, 120.0)) for seed in range(1, 201)])
    assert hour.mean(axis=1).std() < 0.12
    tenth = np.diff(np.log(budget.scatter(3, np.arange(0.0, 3600.0, 10.0))))
    assert np.abs(tenth).max() < 0.06  # 10 s


@pytest.mark.parametrize("kp", KPS)
def test_along_every_meridian_the_carpet_has_the_formulas_power(kp):
    flux, _ = budget.carpet(Y_KM, X_KM, kp)
    fit, _ = energy_flux_and_mean_energy((Y_KM / KM_PER_DEGREE)[:, None], HOURS[None, :], kp)
    np.testing.assert_allclose(flux.sum(axis=0), fit.sum(axis=0) * budget.formula_over_fit(kp), rtol=1e-9)
    latitude, hours = np.arange(40.05, 90.0, 0.1), np.arange(0.0, 24.0, 0.25)
    fine, _ = energy_flux_and_mean_energy(latitude[:, None], hours[None, :], kp)
    area_m2 = (0.1 * KM_PER_DEGREE) * (3.75 * KM_PER_DEGREE) * np.cos(np.radians(latitude)) * 1e6
    power_gw = float((fine.sum(axis=1) * area_m2).sum()) * 1e-12
    assert power_gw * budget.formula_over_fit(kp) == pytest.approx(float(hemispheric_power_gw(kp)), rel=2e-3)


def width_km(column, low, high):
    """Return the distance, km, in which a column rises from one share of its maximum to another, from the equator."""
    top = column.argmax()
    return np.interp(high, column[: top + 1] / column[top], Y_KM[: top + 1]) - np.interp(
        low, column[: top + 1] / column[top], Y_KM[: top + 1]
    )


@pytest.mark.parametrize("kp", [3.0, 5.0, 7.0])
def test_the_equatorward_edge_is_sharper_than_the_fits(kp):
    flux, _ = budget.carpet(Y_KM, X_KM, kp)
    fit, _ = energy_flux_and_mean_energy((Y_KM / KM_PER_DEGREE)[:, None], HOURS[None, :], kp)
    for mine, mean in zip(flux.T, fit.T, strict=True):
        assert width_km(mine, 0.1, 0.6) < 0.6 * width_km(mean, 0.1, 0.6)


def test_energies_are_1_to_5_kev_before_midnight_and_5_to_15_after_it():
    for kp in (3.0, 5.0, 7.0):
        flux, energy = budget.carpet(Y_KM, X_KM, kp)
        bright = flux > 0.5 * flux.max(axis=0)
        evening, morning = HOURS == 21.0, HOURS == 3.0
        assert 1.0 < energy[:, evening][bright[:, evening]].min() < energy[:, evening][bright[:, evening]].max() < 5.0
        assert 5.0 < energy[:, morning][bright[:, morning]].mean() < 15.0


@pytest.mark.parametrize("activity", [0.5, 0.8, 1.0, 1.25])
def test_other_arc_systems_of_the_same_kind_have_what_the_carpet_leaves(activity):
    """Drawn with other seeds, at other times: the table of means is no fit to one aurora."""
    found = 0.0
    x, runs = np.arange(0.0, 60_000.0, 200.0), 4
    for run in range(runs):
        t = np.full((1, 1), 777.0 * run + 50.0)
        for g, group in enumerate(DEFAULT_GROUPS):
            seed, whole = 90_000 + 1000 * run + 100 * g, np.full((1, 1), activity)
            active = activity_along(x, t, seed, group.activity_bias, whole)
            lit = np.sqrt(occupancy_along(x, t, seed, active, whole, group.filled)) * stirred(active)
            found += group.brightness * group.glow * budget.width_km(envelope_km(group, activity)) * lit.mean() / runs
    flux = budget.system_flux(np.array([6000.0]), 0.6, activity)[0]
    assert flux * found == pytest.approx((1.0 - 0.6 - budget.ARCS_SHARE) * 6000.0, rel=0.08)


def test_what_is_not_diffuse_goes_to_the_arcs():
    all_of_it, none = (budget.system_flux(np.ones(1), share, 1.0)[0] for share in (0.0, 1.0))
    half = budget.system_flux(np.ones(1), 0.5 * (1.0 - budget.ARCS_SHARE), 1.0)[0]
    assert none == 0.0 and half == pytest.approx(0.5 * all_of_it)


def test_the_winds_substorms_are_in_the_mean():
    event = Substorm(onset_s=0.0, strength=1.0)
    assert budget.substorm_share((), 5.0) == 0.0
    quiet, active = budget.substorm_share((event,), 2.0), budget.substorm_share((event,), 5.0)
    assert 0.0 < active < quiet <= budget.MOST_SUBSTORM
    one = DriveSeries(np.array([5.0]), np.array([activity_of_kp(5.0)]))
    other = DriveSeries(np.array([5.0]), np.array([activity_of_kp(5.0)]), (event,))
    without, beside = (float(budget.level(1.0, 1, series, np.zeros(1))[0]) for series in (one, other))
    assert beside == pytest.approx((1.0 - active) * without)


def test_injected_electrons_brighten_the_carpet_from_the_bulge_eastward():
    event, expansion, recovery = Substorm(onset_s=100.0, strength=0.5), 900.0, 3600.0
    x = event.onset_x_km + np.arange(-3000.0, 6001.0, 50.0)
    before, onset, full, later = substorm.injection(event, x, 100.0 + np.array([-5.0, 60.0, expansion, 3600.0]))
    assert not before.any()
    assert 0.0 < onset.max() < 0.5 * full.max()
    assert full.max() == pytest.approx(0.5 * substorm.INJECTED)
    fades = np.exp(-(3600.0 - expansion) / (substorm.INJECTION_FADING * recovery))
    assert later.max() == pytest.approx(fades * full.max())
    west, east = ([x[part > 0.5 * part.max()][k] for part in (full, later)] for k in (0, -1))
    assert west[0] == west[1] and west[0] < event.onset_x_km - 1000.0
    assert east[1] - east[0] == pytest.approx(substorm.INJECTION_DRIFT_KM_S * (3600.0 - expansion), abs=50.0)


def test_power_follows_kp_within_a_series():
    kps = np.array([4.0, 5.0, 6.0])
    series = DriveSeries(kps, np.array([activity_of_kp(float(kp)) for kp in kps]))
    levels = budget.level(1.0, 1, series, np.zeros(3))
    np.testing.assert_allclose(levels / levels[0], hemispheric_power_gw(kps) / hemispheric_power_gw(4.0))
