"""Single scattering against SASKTRAN2 and closed forms: the thin limb, Earth's shadow, precision."""

import csv
from pathlib import Path

import numpy as np
import pytest

from render.atmosphere import ozone
from render.atmosphere.air import AtmosphereSettings
from render.atmosphere.extinction import Atmosphere, build_atmosphere, outward_columns
from render.integrator import sky_view
from render.radiance import SKY_WAVELENGTHS_NM
from render.sky.sunlight import SkySource
from tests.devices import start_or_skip

REFERENCE = Path(__file__).parents[1] / "reference" / "limb_single_scatter.csv"
SPHERE_KM = 6371.0  # of the reference
AXES = np.full(3, SPHERE_KM)
POINT_RAD = 1e-5  # the reference's Sun is a point
BANDS = [3, 9, 15, 19]  # 440, 560, 680, 760 nm
TO_96_RTOL, TO_100_RTOL = 0.02, 0.05
TO_96_MEDIAN = 0.003
EDGE_KM = 4.0  # below a point Sun's sharp shadow a ray that runs along the edge tests the reference's grid (0.25 km)
EDGE_RTOL = 0.06
THIN_RTOL = 3e-3
PRECISION_RTOL, PRECISION_ATOL = 5e-4, 1e-9  # of the value; of the irradiance, per sr
CASES = {
    "rayleigh": AtmosphereSettings(ozone_du=0.0, aerosol="none"),
    "rayleigh_ozone": AtmosphereSettings(ozone_du=ozone.profile_column_du(), aerosol="none"),
    "rayleigh_ozone_aerosol": AtmosphereSettings(ozone_du=ozone.profile_column_du()),
}


def source(direction, radius=POINT_RAD):
    unit = np.ones(len(SKY_WAVELENGTHS_NM))
    return SkySource(np.asarray(direction) / np.linalg.norm(direction), unit, radius, unit)


def limb(atmosphere, sza_deg, azimuth_deg, tangent_km, radius=POINT_RAD):
    """March rays whose lowest points stand over +z and that look along +x, from 415 km."""
    tangent = np.asarray(tangent_km, dtype=float)
    s, a = np.radians([sza_deg, azimuth_deg])
    sun = source([np.sin(s) * np.cos(a), np.sin(s) * np.sin(a), np.cos(s)], radius)
    back = np.sqrt((SPHERE_KM + 415.0) ** 2 - (SPHERE_KM + tangent) ** 2)
    origin = np.stack([-back, 0.0 * tangent, SPHERE_KM + tangent], axis=-1)
    direction = np.tile([1.0, 0.0, 0.0], (len(tangent), 1))
    rays = sky_view.rays_through(origin, direction, AXES, np.zeros(len(tangent), bool))
    return sky_view.march(atmosphere, [sun], direction, *rays, AXES)


def reference(case):
    """Return {(sza, azimuth): (tangents, radiances [n, 4])}."""
    lines = [line for line in REFERENCE.read_text().splitlines() if not line.startswith("#")]
    found = {}
    for row in csv.DictReader(lines):
        if row["case"] == case:
            key = (float(row["sza_deg"]), float(row["azimuth_deg"]))
            values = [float(v) for name, v in row.items() if name.startswith("nm_")]
            found.setdefault(key, []).append([float(row["tangent_km"]), *values])
    return {key: (np.array(v)[:, 0], np.array(v)[:, 1:]) for key, v in found.items()}


@pytest.mark.parametrize("case", CASES)
def test_limb_agrees_with_sasktran(case):
    start_or_skip("cpu", "single")
    atmosphere, twilit = build_atmosphere(CASES[case]), []
    for (sza, azimuth), (tangent, expected) in reference(case).items():
        got = limb(atmosphere, sza, azimuth, tangent)[0][:, BANDS]
        off = np.abs(got / expected - 1.0)
        shadow_km = SPHERE_KM * (1.0 / np.cos(np.radians(max(sza - 90.0, 0.0))) - 1.0)
        edge = (tangent < shadow_km) & (tangent > shadow_km - EDGE_KM)
        tolerance = np.where(edge, EDGE_RTOL, TO_96_RTOL if sza <= 96.0 else TO_100_RTOL)
        assert (off <= tolerance[:, None]).all(), (sza, azimuth, tangent, off)
        twilit.append(off[~edge] if sza <= 96.0 else off[:0])
    assert np.median(np.concatenate(twilit)) < TO_96_MEDIAN


def test_thin_limb_is_irradiance_times_phase_times_column():
    start_or_skip("cpu", "single")
    z = np.arange(0.0, 120.1, 0.5)
    thin, base = 1e20 * np.exp(-z / 8.0), build_atmosphere(CASES["rayleigh"])
    optics = (base.wavelengths_nm, base.air_m2, base.air_beta2, base.ozone_m2, base.aerosol_factor)
    atmosphere = Atmosphere(z, thin, 0.0 * thin, 0.0 * thin, *optics)
    tangent = np.array([0.0, 5.0, 21.0, 47.0])
    got, passed = limb(atmosphere, 40.0, 130.0, tangent)
    column = 2.0 * outward_columns(atmosphere, tangent, tangent, SPHERE_KM)[:, :1]
    cosine = np.sin(np.radians(40.0)) * np.cos(np.radians(130.0))
    phase = (1.0 + base.air_beta2 * (1.5 * cosine**2 - 0.5)) / (4.0 * np.pi)
    np.testing.assert_allclose(got, column * atmosphere.coefficients()[0] * phase, rtol=THIN_RTOL)
    np.testing.assert_allclose(passed[:, :1], column, rtol=THIN_RTOL)


def test_nothing_is_lit_in_the_shadow_and_something_just_outside():
    start_or_skip("cpu", "single")
    atmosphere = build_atmosphere(AtmosphereSettings())
    disc = np.radians(0.2666)
    assert (limb(atmosphere, 108.0, 180.0, [1.0, 30.0, 90.0], disc)[0] > 0.0).any()  # far end of the ray is lit
    assert (limb(atmosphere, 180.0, 0.0, [1.0, 30.0, 90.0], disc)[0] == 0.0).all()
    top_dip = np.degrees(np.arccos(SPHERE_KM / (SPHERE_KM + 120.0)))
    across = limb(atmosphere, 90.0 + top_dip + 0.6, 90.0, [10.0, 100.0], disc)[0]
    assert (across == 0.0).all()  # even the disc's upper edge, seen from 120 km at either end of the ray


def test_single_and_double_precision_agree():
    found = []
    for precision in ("single", "double"):
        start_or_skip("cpu", precision)
        found.append(
            [
                limb(build_atmosphere(AtmosphereSettings()), sza, 30.0, np.arange(0.0, 110.0, 5.0), np.radians(0.2666))[
                    0
                ]
                for sza in (70.0, 92.0, 99.0, 104.0)
            ]
        )
    np.testing.assert_allclose(found[0], found[1], rtol=PRECISION_RTOL, atol=PRECISION_ATOL)


def test_halved_steps_change_little():
    start_or_skip("cpu", "single")
    atmosphere = build_atmosphere(AtmosphereSettings())
    layout = sky_view.view_layout(np.array([6800.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0]))
    direction, lowest, shape = (array[::97] for array in sky_view.view_rays(layout, np.array([6800.0, 0.0, 0.0])))
    sun = source([-np.sin(np.radians(22.0)), np.cos(np.radians(22.0)), 0.0], np.radians(0.2666))
    coarse = sky_view.march(atmosphere, [sun], direction, lowest, shape)[0]
    fine = sky_view.march(atmosphere, [sun], direction, lowest, shape, step_km=(12.5, 0.5))[0]
    seen = fine > 1e-3 * fine.max(axis=0)
    assert np.percentile(np.abs(coarse[seen] / fine[seen] - 1.0), 95) < 0.01
