"""One clear line for every profile that is no air, or air in another unit; rows are counted with the comment line."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from render.atmosphere.profile import read_profile
from tests.atmosphere.airs import AEROSOL, Columns, Write, complaint, up_to


@pytest.mark.parametrize(
    ("name", "row", "value", "words"),
    [
        ("air_m3", 3, -1.0, "line 6, air_m3: -1 is too little; it must be more than 0"),
        ("air_m3", 3, 0.0, "line 6, air_m3: 0 is too little; it must be more than 0"),
        ("pressure_Pa", 0, -5.0, "line 3, pressure_Pa: -5 is too little; it must be more than 0"),
        ("ozone_m3", 1, -2.0, "line 4, ozone_m3: -2 is too little; it must be at least 0"),
        (AEROSOL, 2, -1e-6, f"line 5, {AEROSOL}: -1e-06 is too little; it must be at least 0"),
        ("ozone_m3", 2, np.nan, "line 5, ozone_m3: nan is not finite"),
        ("temperature_K", 2, 2500.0, "line 5, temperature_K: 2500 K is out of range; allowed: 100 to 2000 K"),
        ("altitude_km", 4, 3.0, "line 7, altitude_km: 3 follows 3; the rows must rise in altitude_km"),
        ("air_m3", 9, 1.2e25, "line 12, air_m3: 1.2e+25 m-3 follows 1.09317e+25; air must grow thinner with altitude"),
    ],
)
def test_value_is_named_by_line_and_column(
    write: Write, columns: Columns, name: str, row: int, value: float, words: str
) -> None:
    columns[name][row] = value
    assert words in complaint(write(columns))


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("altitude_km", lambda z: 1e3 * z, "line 93, altitude_km: 120000 km is far above the air; is it in m?"),
        ("altitude_km", lambda z: z + 0.6, "altitude_km spans 0.6 to 120.6 km; it must start within 0.5 km of"),
        ("temperature_K", lambda t: t - 273.15, "line 3, temperature_K: 15 K is out of range; allowed: 100 to 2000 K; "
         "is it in degrees Celsius?"),
        ("air_m3", lambda n: 1e-6 * n, "line 3, air_m3: 2.54692e+19 m-3 at the ground, where air has about 2.5e25; "
         "is it in cm-3?"),
        ("air_m3", lambda n: n / 6.022e23, "is it in mol m-3?"),
        ("air_m3", lambda n: n * 4.81e-26, "is it in kg m-3?"),
        ("air_m3", lambda n: 1e3 * n, "is it in another unit?"),
        ("pressure_Pa", lambda p: 1e-2 * p, "line 3, pressure_Pa: 1013.25 Pa, but n k T of air_m3 and temperature_K is "
         "1.013e+05 Pa; they should agree within 3%; is it in hPa?"),
        ("pressure_Pa", lambda p: 1e-3 * p, "is it in kPa?"),
        ("pressure_Pa", lambda p: p / 101325.0, "is it in atm?"),
        ("ozone_m3", lambda n: 1e-6 * n, "ozone_m3 sums to 0.000345 Dobson units; allowed: 0, or 10 to 1000; "
         "is it in cm-3?"),
        ("ozone_m3", lambda n: 1e-19 * n, "is it in a mixing ratio?"),
        ("ozone_m3", lambda n: 10.0 * n, "ozone_m3 sums to 3.45e+03 Dobson units; allowed: 0, or 10 to 1000; "
         "is it in another unit?"),
        (AEROSOL, lambda e: 1e3 * e, f"{AEROSOL} sums to an optical depth of 57.2; allowed: 0 to 5; is it in km-1?"),
    ],
)  # fmt: skip
def test_unit_is_guessed(
    write: Write, columns: Columns, name: str, change: Callable[[np.ndarray], np.ndarray], words: str
) -> None:
    columns[name] = change(columns[name])
    assert words in complaint(write(columns))


def test_no2_in_another_unit(write: Write, columns: Columns) -> None:
    columns["no2_m3"] = 1e-15 * columns["air_m3"]
    assert "no2_m3 sums to 2.16e+14 m-2; allowed: 0, or at least 1e+16; is it in cm-3?" in complaint(write(columns))
    columns["no2_m3"] = np.full(91, 1e-9)
    assert "is it in a mixing ratio?" in complaint(write(columns))
    columns["no2_m3"] = 1e-5 * columns["air_m3"]
    assert "line 3, no2_m3: 2.54692e+20 m-3 is more than 1e-06 of the air" in complaint(write(columns))
    columns["no2_m3"] = 0.0 * columns["air_m3"]
    assert (read_profile(write(columns)).no2_m3 == 0.0).all()


def test_strange_air_is_allowed_and_said_to_be(write: Write, columns: Columns) -> None:
    strange = dict(columns, pressure_Pa=columns["pressure_Pa"].copy())
    strange["pressure_Pa"][7] = 4.5e4
    [warning] = read_profile(write(strange)).warnings
    assert "line 10, pressure_Pa: 45000 Pa, but n k T of air_m3 and temperature_K is 4.111e" in warning
    thin = dict(columns, air_m3=1e-3 * columns["air_m3"])
    gas_law, weight = read_profile(write(thin)).warnings
    assert "n k T" in gas_law and "weighs 102 Pa" in weight
    assert read_profile(write(columns)).warnings == ()


def test_altitudes_that_the_weight_of_the_air_belies(write: Write, columns: Columns) -> None:
    columns["altitude_km"] *= 0.6214  # miles
    [warning] = read_profile(write(columns)).warnings
    assert (
        "pressure_Pa falls by 1.01e+05 Pa, but the air between weighs 6.32e+04 Pa; they should agree within 30%; "
        "is altitude_km in another unit?"
    ) in warning


def test_a_file_that_ends_too_low(write: Write, columns: Columns) -> None:
    words = "altitude_km spans 0 to 59 km; it must start within 0.5 km of the ground at 0 and reach at least 60 km"
    assert words in complaint(write(up_to(columns, 59.0)))


def test_rows_too_far_apart(write: Write, columns: Columns) -> None:
    gap = {name: np.delete(values, slice(11, 20)) for name, values in columns.items()}
    assert "line 14, altitude_km: 20 follows 10; rows may be at most 5 km apart" in complaint(write(gap))


def test_too_few_rows(write: Write, columns: Columns) -> None:
    message = complaint(write({name: values[:9] for name, values in columns.items()}))
    assert "9 rows of numbers; at least 10 are needed" in message


def test_hot_ground_and_rounded_numbers_are_air(write: Write, columns: Columns) -> None:
    columns["air_m3"][1] = 1.01 * columns["air_m3"][0]
    columns["temperature_K"][1] = columns["pressure_Pa"][1] / (1.380649e-23 * columns["air_m3"][1])
    for name in ("pressure_Pa", "temperature_K"):
        columns[name] = np.array([float(f"{value:.3g}") for value in columns[name]])
    assert read_profile(write(columns)).altitude_km[-1] == 120.0
