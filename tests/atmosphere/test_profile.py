"""A user's own profile: read as written, continued where it ends, and one clear line for all that is no air."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from render.atmosphere import ozone, profile
from render.atmosphere.extinction import AEROSOLS, SPECIES, TOP_KM, build_atmosphere
from render.atmosphere.profile import OPTIONAL, REQUIRED, read_profile, standard_profile
from render.atmosphere.settings import AtmosphereSettings, BackgroundLayer, BoundaryLayer, VolcanicLayer
from render.atmosphere.transmission import limb_transmittance, slant_columns
from tests.atmosphere.airs import AEROSOL, Columns, Write, complaint, up_to

SAME = 1e-6  # km-1 are 1e3 m-1, and decimals read back
CONTINUED_RTOL = 2e-3  # of the limb's transmittance above 50 km, for isothermal air above 60 km
GROUND_RTOL = 0.015  # 0.4 km of air that grows warmer downwards, taken at the temperature of its lowest row


def test_the_standard_air_as_a_file_is_the_standard_air(write: Write, columns: Columns) -> None:
    own, standard = read_profile(write(columns)), standard_profile()
    for name in ("altitude_km", "air_m3", "ozone_m3", "no2_m3"):
        np.testing.assert_array_equal(getattr(own, name), getattr(standard, name))
    tangent, wavelengths = [3.0, 12.0, 25.0, 60.0], [440.0, 550.0, 660.0]
    found, expected = (
        limb_transmittance(build_atmosphere(AtmosphereSettings(profile=path)), tangent, wavelengths)
        for path in (str(write(columns)), None)
    )
    np.testing.assert_allclose(found, expected, rtol=1e-4)


def test_own_aerosol_takes_the_place_of_the_layers(write: Write, columns: Columns) -> None:
    columns[AEROSOL] *= 3.0
    settings = AtmosphereSettings(profile=str(write(columns)), volcanic=VolcanicLayer(optical_depth=0.2))
    own, quiet, volcanic = build_atmosphere(settings).densities(columns["altitude_km"])[:, AEROSOLS].T
    np.testing.assert_allclose(own, columns[AEROSOL] * 1e3, rtol=SAME)
    assert (quiet == 0.0).all() and volcanic.max() > 0.0
    none = AtmosphereSettings(profile=str(write(columns)), aerosol="none")
    assert (build_atmosphere(none).density[:, AEROSOLS] == 0.0).all()


def test_nitrogen_dioxide_absorbs_blue(write: Write, columns: Columns) -> None:
    columns["no2_m3"] = 1e-8 * columns["air_m3"]
    atmosphere = build_atmosphere(AtmosphereSettings(profile=str(write(columns)), refraction=False))
    column = slant_columns(atmosphere, [1.0])[0, SPECIES.index("no2")]
    assert column * 1e21 == pytest.approx(1e-8 * 2.15e29, rel=0.01)  # 2.15e29 m-2 of air
    blue, red = atmosphere.coefficients_at([440.0, 700.0])[SPECIES.index("no2")]
    assert blue == pytest.approx(51.5e-24 * 1e18 * 1e3, rel=SAME)
    assert red < 0.01 * blue


def test_top_is_the_extinctions() -> None:
    assert profile.TOP_KM == TOP_KM


def test_a_file_that_ends_at_60_km_is_continued(write: Write, columns: Columns) -> None:
    full = build_atmosphere(AtmosphereSettings())
    own = read_profile(write(up_to(columns, 60.0)))
    assert own.altitude_km[-1] == TOP_KM
    last = int(np.flatnonzero(own.altitude_km == 60.0)[0])
    above = slice(last, None)
    height = -np.diff(own.altitude_km[above]) / np.diff(np.log(own.air_m3[above]))
    assert height == pytest.approx(profile.scale_height_km(60.0, 247.021), rel=1e-6)  # k T / m g
    np.testing.assert_allclose(
        own.ozone_m3[above] / own.air_m3[above], own.ozone_m3[last] / own.air_m3[last], rtol=SAME
    )
    found = limb_transmittance(
        build_atmosphere(AtmosphereSettings(profile=str(write(up_to(columns, 60.0))))), [50.0, 60.0, 70.0], [440.0]
    )
    np.testing.assert_allclose(found, limb_transmittance(full, [50.0, 60.0, 70.0], [440.0]), rtol=CONTINUED_RTOL)


def test_scale_height_at_the_ground() -> None:
    assert profile.scale_height_km(0.0, 288.15) == pytest.approx(8.4345, rel=1e-4)  # km, US Standard Atmosphere 1976


def test_a_file_that_starts_above_sea_level_is_continued_down(write: Write, columns: Columns) -> None:
    columns = {name: np.interp(np.append(0.4, columns["altitude_km"][1:]), columns["altitude_km"], values)
               for name, values in columns.items()}  # fmt: skip
    columns["pressure_Pa"][0] = columns["air_m3"][0] * 1.380649e-23 * columns["temperature_K"][0]
    own = read_profile(write(columns))
    assert own.altitude_km[0] == 0.0
    assert own.altitude_km[1] == 0.4
    assert own.air_m3[0] == pytest.approx(2.546916e25, rel=GROUND_RTOL)
    assert own.ozone_m3[0] / own.air_m3[0] == pytest.approx(own.ozone_m3[1] / own.air_m3[1])
    assert own.aerosol_per_km is not None


def test_a_file_that_starts_below_sea_level_is_cut_there(write: Write, columns: Columns) -> None:
    low = {name: np.append(values[0], values) for name, values in columns.items()}
    low["altitude_km"][0] = -0.43  # the Dead Sea
    for name in ("air_m3", "pressure_Pa"):
        low[name][0] *= 1.05
    own = read_profile(write(low))
    assert own.altitude_km[0] == 0.0
    assert own.air_m3[0] == columns["air_m3"][0]
    assert len(own.altitude_km) == len(columns["altitude_km"])


def test_rows_above_120_km_are_no_hindrance(write: Write, columns: Columns) -> None:
    high = {name: np.append(values, values[-1]) for name, values in columns.items()}
    high["altitude_km"][-1] = 125.0
    assert build_atmosphere(AtmosphereSettings(profile=str(write(high)))).altitude_km[-1] == TOP_KM


def test_a_changed_file_is_read_again_and_an_unchanged_one_is_not(write: Write, columns: Columns) -> None:
    path = write(columns)
    before, stat = read_profile(path), path.stat()
    assert read_profile(str(path)) is before
    columns["ozone_m3"][20] = 3.769236e18  # as many digits as before
    write(columns)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    after = read_profile(path)
    assert after.ozone_m3[20] == 3.769236e18
    assert before.ozone_m3[20] == 4.769236e18


def test_ozone_can_be_scaled_and_may_be_none(write: Write, columns: Columns) -> None:
    path = str(write(columns))
    z = np.linspace(0.0, 120.0, 241)
    density = build_atmosphere(AtmosphereSettings(profile=path, ozone_du=220.0)).densities(z)[:, 1] * 1e18
    assert ozone.column_du(z, density) == pytest.approx(220.0, rel=1e-6)
    columns["ozone_m3"][:] = 0.0
    path = str(write(columns))
    assert (build_atmosphere(AtmosphereSettings(profile=path)).density[:, 1] == 0.0).all()
    with pytest.raises(ValidationError, match="ozone_du: 220, but the profile has no ozone"):
        AtmosphereSettings(profile=path, ozone_du=220.0)


def test_layers_that_would_not_count_are_refused(write: Write, columns: Columns) -> None:
    path = str(write(columns))
    with pytest.raises(ValidationError, match="background: the profile brings its own aerosol"):
        AtmosphereSettings(profile=path, background=BackgroundLayer(optical_depth=0.01))
    with pytest.raises(ValidationError, match="boundary: optical_depth is the profile's own"):
        AtmosphereSettings(profile=path, boundary=BoundaryLayer(optical_depth=0.1))
    hazy = AtmosphereSettings(profile=path, boundary=BoundaryLayer(angstrom=1.0))
    assert AtmosphereSettings(**hazy.model_dump()) == hazy


def test_settings_refuse_a_file_that_is_no_profile(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="no such file"):
        AtmosphereSettings(profile=str(tmp_path / "absent.csv"))


@pytest.mark.parametrize("name", REQUIRED)
def test_missing_column(write: Write, columns: Columns, name: str) -> None:
    del columns[name]
    assert f"missing {name}; needed are the columns {', '.join(REQUIRED)}" in complaint(write(columns))


def test_unknown_column(write: Write, columns: Columns) -> None:
    message = complaint(write({**columns, "no2_cm3": columns["ozone_m3"]}))
    assert 'unknown column "no2_cm3"; did you mean no2_m3' in message.replace('"no2_m3"', "no2_m3")
    assert all(name in message for name in (*REQUIRED, *OPTIONAL))


def test_no_file(tmp_path: Path) -> None:
    assert "a folder" in complaint(tmp_path)
    assert "no such file" in complaint(tmp_path / "absent.csv")
