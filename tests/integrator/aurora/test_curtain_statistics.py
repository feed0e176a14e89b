"""Curtains against what has been measured of real ones: widths, fluxes, motion, power (see docs/curtains.md)."""

import numpy as np
import pytest

from render.device import start
from render.geophysics.drive.settings import activity_of_kp
from render.geophysics.forms.arc_groups import DEFAULT_GROUPS, ArcGroup
from render.geophysics.forms.aurora_settings import AuroraSettings
from render.geophysics.forms.curtain import curtains_at
from render.geophysics.forms.drive_series import DriveSeries
from render.geophysics.forms.glow import PatchSettings
from render.geophysics.forms.substorm import Substorm
from render.geophysics.forms.vortices import FOLDS, vortex_rows
from render.integrator.aurora import footprint_map
from render.integrator.aurora import tiles as tiling
from tests.integrator.aurora.magnetic_maps import flux_map, hours_km, oval_km

KP = 5.0
ACTIVE = DriveSeries.steady(KP)
SEEDS = range(1, 21)
STRIP_KM = (-700.0, -636.1)  # one hour before magnetic midnight
LEAST_PEAK, PROMINENCE = 3.0, 0.3  # mW m-2; of a peak's flux, above the saddles on either side
STRONGEST = 150.0  # mW m-2


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
    """Return the peaks of thin arcs in meridian cuts of the default active scene over 20 seeds, and the largest flux.

    Of arcs alone, as they stand on the carpet and on the glow of their systems.
    """
    per_cut, found, largest = [], [], 0.0
    for seed in SEEDS:
        settings = AuroraSettings(seed=seed, black_aurora=0.0)
        reach = oval_km(KP, 23.0, -0.3), oval_km(KP, 23.0, -0.3) + 1250.0
        arcs = flux_map(settings, ACTIVE, 300.0 * seed, STRIP_KM, reach, 128)
        largest = max(largest, arcs.hard.max())
        for column in arcs.thin.T[::64]:
            one = peaks(column, arcs.step_km)
            per_cut.append(len(one))
            found += one
    return np.array(per_cut), np.array(found), largest


def test_arcs_are_as_many_as_wide_and_as_bright_as_real_ones(cuts):
    per_cut, found, largest = cuts
    flux, width = found.T
    assert 2.0 < per_cut.mean() < 15.0  # 6.3 as measured
    assert 0.5 < np.median(width) < 2.0
    assert 2.0 < np.percentile(width, 95) < 8.0
    assert 6.0 < np.median(flux) < 13.0  # 10 as measured
    assert largest < STRONGEST


def test_the_carpet_is_uneven_as_real_ones_are():
    """Contrast of 2 to 5 at the scale of 30 km, streaks along the oval before midnight, rounder after it."""
    settings = AuroraSettings(seed=5, groups=(), black_aurora=0.0, patches=PatchSettings(level=0.0))
    along = {}
    for hour in (21.0, 3.0):
        middle = oval_km(KP, hour, 0.3)
        x = hours_km(hour) - 400.0, hours_km(hour) + 400.0
        found = flux_map(settings, ACTIVE, 100.0, x, (middle - 160.0, middle + 160.0), 8).hard
        size = 30.0 / 4.0  # texels of 4 km
        smooth = gaussian(gaussian(found, size / 2.355, 0), size / 2.355, 1)[8:-8, 8:-8]
        dim, bright = np.percentile(smooth, (10.0, 90.0))
        assert 1.8 < bright / dim < 5.0
        light = np.log(found)
        light -= light.mean()
        along[hour] = [float((light * np.roll(light, 5, axis)).mean() / light.var()) for axis in (1, 0)]  # 20 km
    assert along[21.0][0] > along[21.0][1] + 0.25  # streaks
    assert along[3.0][0] - along[3.0][1] < along[21.0][0] - along[21.0][1]


def gaussian(values, sigma, axis):
    """Return values blurred along an axis, sigma in texels."""
    offsets = np.arange(-4 * int(np.ceil(sigma)), 4 * int(np.ceil(sigma)) + 1)
    weights = np.exp(-0.5 * (offsets / sigma) ** 2)
    return np.apply_along_axis(np.convolve, axis, values, weights / weights.sum(), mode="same")


def test_the_carpet_drifts_west_in_the_evening_and_east_in_the_morning():
    settings = AuroraSettings(seed=6, groups=(), black_aurora=0.0, patches=PatchSettings(level=0.0))
    speeds = {}
    for hour in (20.0, 3.0):
        middle, later_s = oval_km(KP, hour, 0.3), 80.0
        x = hours_km(hour) - 600.0, hours_km(hour) + 600.0
        one, other = (
            flux_map(settings, ACTIVE, time_s, x, (middle - 120.0, middle + 120.0), 8).hard
            for time_s in (410.0, 410.0 + later_s)
        )
        shifts = np.arange(-20, 21)
        match = [np.corrcoef(np.log(one).ravel(), np.log(np.roll(other, -s, 1)).ravel())[0, 1] for s in shifts]
        speeds[hour] = shifts[int(np.argmax(match))] * 4.0 / later_s  # km/s
    assert -0.8 < speeds[20.0] < -0.2 and 0.2 < speeds[3.0] < 0.8, speeds


def test_bright_rays_have_harder_electrons_than_calm_arcs():
    """As acceleration has it: the energy rises with the flux (Knight 1973; Lyons et al. 1979)."""
    group = ArcGroup(position=0.3, arcs=2, brightness=3.0, glow=0.0, rays=2.0, filled=1.5)
    settings = AuroraSettings(seed=3, groups=(group,), diffuse_fraction=0.0, patches=PatchSettings(level=0.0))
    middle = oval_km(KP, 23.0, 0.3)
    found = flux_map(settings, ACTIVE, 60.0, (-860.0, -660.0), (middle - 120.0, middle + 160.0), 128)
    crest = found.hard.argmax(axis=0), np.arange(found.hard.shape[1])
    flux, energy = found.hard[crest], found.energy_kev[crest]
    lit = flux > 1.0
    slope, _ = np.polyfit(np.log(flux[lit]), np.log(energy[lit]), 1)
    assert np.ptp(np.log(flux[lit])) > 1.5
    assert 0.15 < slope < 0.5  # the root of the flux, and what the electrons have before they fall


def test_neighbouring_frames_are_alike_and_later_ones_less_and_less():
    settings = AuroraSettings(seed=3, activity=1.2, black_aurora=0.0)
    reach = oval_km(KP, 22.0, 0.0), oval_km(KP, 22.0, 0.0) + 400.0

    def at(time_s):
        return flux_map(settings, ACTIVE, time_s, (-1200.0, -700.0), reach, 64).thin  # of arcs; the carpet is quieter

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
        rows = vortex_rows([level], np.array([5]), times, 0.0, 70)[1][0]
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


@pytest.mark.parametrize(("kp", "seed", "groups"), [(4.0, 9, 1), (7.0, 2, 1), (2.0, 5, 6)])
def test_no_light_is_left_out_beyond_the_tiles(kp, seed, groups):
    """A carpet that ended where the outermost arc does would end in a straight cut, of more than 1 mW m-2."""
    settings = AuroraSettings(seed=seed, groups=DEFAULT_GROUPS[:groups])
    series, side = DriveSeries.steady(kp, activity=activity_of_kp(kp)), tiling.CELL_KM
    x, y = (hours_km(22.0) - 500.0, hours_km(22.0) + 500.0), (5400.0, 9500.0)
    found = flux_map(settings, series, 300.0, x, y, 4)
    brightest = found.hard.reshape(len(found.y_km) // 4, 4, len(found.x_km) // 4, 4).max(axis=(1, 3))
    middle_x, middle_y = np.meshgrid(found.x_km[::4] + 0.5 * side, found.y_km[::4] + 0.5 * side)
    curtains = curtains_at(settings, series, np.array([300.0]), x[0] - 400.0, x[1] + 400.0)
    lit = footprint_map.near_oval(middle_x, middle_y, curtains)
    assert 0.1 < lit.mean() < 0.9
    assert brightest[~lit].max() < 0.05
    assert brightest[lit].max() > 1.0
