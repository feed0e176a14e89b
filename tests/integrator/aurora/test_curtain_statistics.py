"""Curtains against what has been measured of real ones: widths, fluxes, motion, power (see docs/curtains.md)."""

import numpy as np
import pytest

from render.core.epoch import Epoch
from render.device import start
from render.geophysics.drive.settings import DriveSettings
from render.geophysics.field.magnetic_coordinates import KM_PER_DEGREE, KM_PER_HOUR
from render.geophysics.forms.arc_groups import ArcGroup
from render.geophysics.forms.aurora_settings import AuroraSettings
from render.geophysics.forms.drive_series import DriveSeries, drive_function
from render.geophysics.forms.glow import PatchSettings
from render.geophysics.forms.oval import energy_flux_and_mean_energy, hemispheric_power_gw
from render.geophysics.forms.substorm import Substorm
from render.geophysics.forms.vortices import FOLDS, vortex_row
from tests.integrator.aurora.magnetic_maps import flux_map, hours_km, oval_km

KP = 5.0
ACTIVE = DriveSeries.steady(KP)
SEEDS = range(1, 21)
STRIP_KM = (-700.0, -636.1)  # one hour before magnetic midnight
LEAST_PEAK, PROMINENCE = 3.0, 0.3  # mW m-2; of a peak's flux, above the saddles on either side
STRONGEST = 150.0  # mW m-2
SCENE = Epoch.parse("2015-01-28T09:44:40Z")


@pytest.fixture(scope="module", autouse=True)
def device():
    return start("cpu")


def peaks(column, step_km):
    """Return (flux, full width at half maximum km) of the peaks of a meridian cut."""
    found = []
    inner = column[1:-1]
    for p in np.flatnonzero((inner > column[:-2]) & (inner >= column[2:]) & (inner > LEAST_PEAK)) + 1:
        higher = np.flatnonzero(column > column[p])
        left = higher[higher < p].max(initial=0)
        right = higher[higher > p].min(initial=len(column) - 1)
        saddle = max(column[left : p + 1].min(), column[p : right + 1].min())
        if column[p] - saddle < PROMINENCE * column[p]:
            continue
        below = np.flatnonzero(column < 0.5 * column[p])
        a, b = below[below < p].max(initial=0), below[below > p].min(initial=len(column) - 1)
        half = 0.5 * column[p]
        west = a + (half - column[a]) / max(column[a + 1] - column[a], 1e-9)
        east = b - (half - column[b]) / max(column[b - 1] - column[b], 1e-9)
        found.append((column[p], (east - west) * step_km))
    return found


@pytest.fixture(scope="module")
def cuts():
    """Return the peaks of meridian cuts of the default active scene over 20 seeds, the largest flux, and the means."""
    per_cut, found, largest, total, glow = [], [], 0.0, 0.0, 0.0
    for seed in SEEDS:
        settings = AuroraSettings(seed=seed)
        reach = oval_km(KP, 23.0, -0.3), oval_km(KP, 23.0, -0.3) + 1250.0
        arcs = flux_map(settings, ACTIVE, 300.0 * seed, STRIP_KM, reach, 128)
        bare = AuroraSettings(seed=seed, groups=())
        smooth = flux_map(bare, ACTIVE, 300.0 * seed, STRIP_KM, reach, 16)
        largest, total, glow = max(largest, arcs.hard.max()), total + arcs.hard.mean(), glow + smooth.hard.mean()
        for column in arcs.hard.T[::64]:
            one = peaks(column, arcs.step_km)
            per_cut.append(len(one))
            found += one
    return np.array(per_cut), np.array(found), largest, total / len(SEEDS), glow / len(SEEDS)


def test_arcs_are_as_many_as_wide_and_as_bright_as_real_ones(cuts):
    per_cut, found, largest, _, _ = cuts
    flux, width = found.T
    assert 2.0 < per_cut.mean() < 15.0  # 6.9 as measured
    assert 0.8 < np.median(width) < 2.5
    assert 8.0 < np.percentile(width, 95) < 25.0
    assert 6.0 < np.median(flux) < 13.0  # 11 as measured
    assert largest < STRONGEST


def test_the_diffuse_glow_is_a_small_part_of_the_statistical_oval(cuts):
    fraction = AuroraSettings().diffuse_fraction
    assert 0.03 <= fraction <= 0.15
    reach = oval_km(KP, 23.0, -0.3), oval_km(KP, 23.0, -0.3) + 1250.0
    y = np.arange(*reach, 10.0)
    flux, _ = energy_flux_and_mean_energy(y / KM_PER_DEGREE, 23.0, KP)
    assert 0.03 < cuts[4] / flux.mean() < 0.15
    assert 0.2 < 1.0 - cuts[4] / cuts[3] < 0.9  # arcs and the glow of their systems carry most of the rest


def test_neighbouring_frames_are_alike_and_later_ones_less_and_less():
    settings = AuroraSettings(seed=3, activity=1.2)
    reach = oval_km(KP, 22.0, 0.0), oval_km(KP, 22.0, 0.0) + 400.0

    def at(time_s):
        return flux_map(settings, ACTIVE, time_s, (-1200.0, -700.0), reach, 64).hard

    first = at(500.0)
    alike = [np.corrcoef(first.ravel(), at(500.0 + lag).ravel())[0, 1] for lag in (0.04, 0.2, 1.0, 5.0)]
    assert alike[0] > 0.97 and alike[0] > alike[1] > alike[2] > alike[3]
    assert 0.3 < alike[2] < 0.95 and alike[3] < 0.8, alike


def flank_flux(flux, crest, side, step_km):
    """Return the flux [column] of an arc's poleward (+1) or equatorward (-1) flank, beyond its crest [column], rows."""
    below = np.vstack([np.zeros(flux.shape[1]), np.cumsum(flux, axis=0)])
    edges = (0.9, 4.0) if side > 0 else (-3.0, -0.7)  # km: beyond a width only one flank's rays are left

    def up_to(km):
        row = crest + 0.5 + km / step_km
        low = row.astype(int)
        column = np.arange(flux.shape[1])
        return (1.0 - row + low) * below[low, column] + (row - low) * below[low + 1, column]

    return up_to(edges[1]) - up_to(edges[0])


def test_rays_stream_against_each_other_on_the_two_flanks():
    """By cross-correlation along one calm arc, of the light on either side of its crest, over 0.5 s."""
    group = ArcGroup(position=0.3, arcs=1, brightness=6.0, glow=0.0, rays=2.0, filled=1.5, activity_bias=-0.25)
    later_s, instants, speeds = 0.5, 100.0 + np.array([0.0, 3.0, 6.0, 9.0, 12.0]), {1: [], -1: []}
    x, middle = (-860.0, -660.0), oval_km(KP, 23.0, 0.3)
    for seed in (1, 2, 3, 4):
        settings = AuroraSettings(seed=seed, groups=(group,), diffuse_fraction=0.0, patches=PatchSettings(level=0.0))
        reach = middle - 120.0, middle + 160.0
        flanks = {1: [], -1: []}
        for time_s in (*instants, instants[0] + later_s):
            found = flux_map(settings, ACTIVE, time_s, x, reach, 128)
            crest = np.argmax(found.hard, axis=0)
            crest = np.convolve(np.pad(crest, 20, mode="edge"), np.ones(41) / 41.0, mode="valid")
            for side in (1, -1):
                light = np.log(flank_flux(found.hard, crest, side, found.step_km) + 1e-3)
                flanks[side].append(light - np.convolve(np.pad(light, 20, mode="edge"), np.ones(41) / 41.0, "valid"))
        for side, lights in flanks.items():
            still = np.mean(lights[:-1], axis=0)  # what does not move: where the crest was not found exactly
            one, other = lights[0] - still, lights[-1] - still
            shifts = np.arange(-10, 11)
            match = [np.corrcoef(one[20:-20], np.roll(other, -s)[20:-20])[0, 1] for s in shifts]
            speeds[side].append(shifts[int(np.argmax(match))] * found.step_km / later_s)
    east, west = np.array(speeds[1]), np.array(speeds[-1])
    assert (east > 0.0).sum() >= 3 and (west < 0.0).sum() >= 3, speeds  # an arc that folds meanwhile may mislead
    assert 1.0 <= np.median(east) <= 3.5 and 1.0 <= -np.median(west) <= 3.5, speeds


def test_folds_wind_up_within_tens_of_seconds():
    times = np.arange(0.0, 600.0, 1.0)
    for level, (least, most) in zip(FOLDS[2:], ((15.0, 120.0), (10.0, 90.0), (3.0, 40.0)), strict=True):
        _, rows = vortex_row(level, 5, times, 0.0, 70)
        place = np.round(rows[..., 1] - level.drift_km_s * times[:, None], 1)
        rises = []
        for value in np.unique(place):
            angle = rows[place == value][:, 7]
            top = angle.max(initial=0.0)
            if len(angle) < 200 or top < 0.3 * level.angle_rad:
                continue
            peak = int(np.argmax(angle))
            below = np.flatnonzero(angle[:peak] < 0.1 * top)
            if len(below):
                rises.append(int(np.argmax(angle[below[-1] :] > 0.9 * top)))
        assert len(rises) >= 3
        assert least < np.median(rises) < most, (level.spacing_km, rises)


@pytest.mark.parametrize("speed", [0.4, 1.2])
def test_the_bulge_runs_poleward_at_its_speed(speed):
    event = Substorm(onset_s=0.0, mlt_h=23.0, poleward_km_s=speed, strength=2.0)
    settings = AuroraSettings(seed=4, groups=(), event=(event,), diffuse_fraction=0.0, patches=PatchSettings(level=0.0))
    x = (hours_km(23.0) - 60.0, hours_km(23.0) + 60.0)
    times = np.arange(100.0, 100.0 + 260.0 / speed, 60.0)
    fronts = []
    for time_s in times:
        found = flux_map(settings, DriveSeries.steady(4.0), time_s, x, (oval_km(4.0, 23.0, 0.0) - 60.0, 8300.0), 16)
        lit = found.hard.mean(axis=1) > 1.5
        fronts.append(found.y_km[lit].max())
    assert np.polyfit(times, fronts, 1)[0] == pytest.approx(speed, rel=0.35)


def test_before_onset_beads_grow_and_the_arc_brightens():
    settings = AuroraSettings(seed=4, groups=(), event=(Substorm(onset_s=0.0, mlt_h=23.0),), diffuse_fraction=0.0)
    x, y0 = (hours_km(23.0) - 130.0, hours_km(23.0) + 130.0), oval_km(4.0, 23.0, 1.0 / 6.0)

    def brightness(time_s):
        return flux_map(settings, DriveSeries.steady(4.0), time_s, x, (y0 - 250.0, y0 + 150.0), 32).hard.mean()

    assert brightness(-240.0) < 0.5 * brightness(-60.0) < 0.5 * brightness(0.0) < 0.5 * brightness(120.0)


def power_gw(settings, series, time_s):
    """Return the power, GW, of all electrons of one hemisphere, from a map of 4 km texels."""
    half = 12.0 * KM_PER_HOUR
    found = flux_map(settings, series, time_s, (-half, half), (46.0 * KM_PER_DEGREE, 86.0 * KM_PER_DEGREE), 8)
    inside = np.abs(found.x_km) < half
    area = found.step_km**2 * np.cos(np.radians(found.y_km / KM_PER_DEGREE)) / np.cos(np.radians(66.0))
    return float(((found.hard + found.soft)[:, inside] * area[:, None]).sum()) * 1e-6


def test_a_storm_carries_the_ovals_power_and_a_quiet_night_a_fraction_of_it():
    storm, quiet = (drive_function(DriveSettings(preset=name), SCENE) for name in ("storm", "quiet"))
    ratios = []
    for time_s in (0.0, 1500.0, 5000.0):
        series = storm(np.array([time_s]))
        ratios.append(power_gw(AuroraSettings(seed=2), series, time_s) / float(hemispheric_power_gw(series.kp[0])))
    assert 0.5 < np.mean(ratios) < 2.0, ratios
    series = quiet(np.array([0.0]))
    assert power_gw(AuroraSettings(seed=2), series, 0.0) < 0.3 * float(hemispheric_power_gw(series.kp[0]))
