"""A user's own air: read as written, and one clear line for everything that is no air."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from render.core.errors import InputError
from render.core.number_table import MAX_BYTES
from render.geophysics.upper_air.thermosphere import LEAST_DENSITY_CM3
from render.geophysics.upper_air.thermosphere_file import OPTIONAL, REQUIRED, read_thermosphere
from tests import REFERENCE

EXAMPLE = REFERENCE / "glow_atmosphere_a.csv"
Columns = dict[str, np.ndarray]


@pytest.fixture
def columns() -> Columns:
    """Return an air that is good: exponentials from 80 to 400 km, 33 rows."""
    z = np.linspace(80.0, 400.0, 33)
    return {
        "altitude_km": z,
        "N2_cm3": 9e12 * np.exp(-(z - 100.0) / 25.0),
        "O2_cm3": 2e12 * np.exp(-(z - 100.0) / 22.0),
        "O_cm3": 5e11 * np.exp(-(z - 100.0) / 45.0),
        "NO_cm3": 1e8 * np.exp(-(z - 100.0) / 30.0),
        "N4S_cm3": np.full(len(z), 1e6),
        "Tn_K": np.linspace(190.0, 1000.0, len(z)),
    }


@pytest.fixture
def write(tmp_path: Path) -> Callable[[Columns], Path]:
    def to_file(columns: Columns) -> Path:
        rows = zip(*columns.values(), strict=True)
        lines = [",".join(columns), *(",".join(repr(float(v)) for v in row) for row in rows)]
        path = tmp_path / "air.csv"
        path.write_text("# my air\n" + "\n".join(lines) + "\n", encoding="utf-8")
        return path

    return to_file


def complaint(path: str | Path) -> str:
    with pytest.raises(InputError) as refused:
        read_thermosphere(path)
    assert "\n" not in str(refused.value)
    assert str(path) in str(refused.value)
    return str(refused.value)


def test_example_is_read_as_written() -> None:
    air = read_thermosphere(EXAMPLE)
    assert (air.altitude_km[0], air.altitude_km[-1]) == (65.0, 640.0)
    assert air.N2_cm3[0] == 2.1354e15
    assert air.ne_cm3 is not None
    assert air.ne_cm3[-1] == 58291.0
    assert all(np.isfinite(column).all() for column in vars(air).values())


def test_any_column_order_windows_lines_spaces_and_blank_lines(
    write: Callable[[Columns], Path], columns: Columns
) -> None:
    path = write(dict(reversed(columns.items())))
    plain = path.read_text(encoding="utf-8")
    path.write_bytes(b"\xef\xbb\xbf" + plain.replace(",", " , ").replace("\n", "\r\n\r\n").encode() + b"# end\r\n")
    air = read_thermosphere(path)
    for name, values in columns.items():
        assert np.array_equal(getattr(air, name), values)
    assert (air.Ti_K, air.Te_K, air.ne_cm3) == (None, None, None)


def test_minor_species_may_vanish(write: Callable[[Columns], Path], columns: Columns) -> None:
    columns["NO_cm3"][:] = columns["N4S_cm3"][:5] = 0.0
    columns["ne_cm3"] = np.zeros(33)
    air = read_thermosphere(write(columns))
    assert (air.NO_cm3 == LEAST_DENSITY_CM3).all()
    assert (air.N4S_cm3[:5] == LEAST_DENSITY_CM3).all()


@pytest.mark.parametrize(
    ("name", "row", "value", "words"),
    [
        ("N2_cm3", 3, -3.0, "line 6, N2_cm3: -3 cm-3; a density must be more than 0"),
        ("O_cm3", 0, 0.0, "line 3, O_cm3: 0 cm-3; a density must be more than 0"),
        ("NO_cm3", 1, -2.0, "line 4, NO_cm3: -2 cm-3; a density must be at least 0"),
        ("O2_cm3", 2, np.nan, "line 5, O2_cm3: nan is a fill value; allowed: a number, for only NO, N4S and ne"),
        ("Tn_K", 2, np.inf, "line 5, Tn_K: inf is not finite"),
        ("Tn_K", 2, 6000.0, "line 5, Tn_K: 6000 K is out of range; allowed: 50 to 5000 K"),
        ("altitude_km", 4, 100.0, "line 7, altitude_km: 100 follows 110; the rows must rise in altitude_km"),
        ("altitude_km", 4, 110.0, "line 7, altitude_km: 110 follows 110"),
    ],
)
def test_value_is_named_by_line_and_column(
    write: Callable[[Columns], Path], columns: Columns, name: str, row: int, value: float, words: str
) -> None:
    columns[name][row] = value
    assert words in complaint(write(columns))


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("altitude_km", lambda z: 1e3 * z, "is it in m?"),
        ("altitude_km", lambda z: z + 30.0, "110 to 430 km; it must reach from at most 100 to at least 300 km"),
        ("altitude_km", lambda z: 80.0 + 0.5 * (z - 80.0), "80 to 240 km; it must reach"),
        ("N2_cm3", lambda n: 1e6 * n, "where air has 1e+10 to 1e+16 cm-3; is it in m-3?"),
        ("N2_cm3", np.log10, "is it in log10 of cm-3?"),
        ("N2_cm3", lambda n: 1e-6 * n, "is it in another unit?"),
        ("Tn_K", lambda t: t - 273.15, "is it in degrees Celsius?"),
        ("Tn_K", lambda t: t / 11604.5, "is it in eV?"),
    ],
)
def test_unit_is_guessed(
    write: Callable[[Columns], Path],
    columns: Columns,
    name: str,
    change: Callable[[np.ndarray], np.ndarray],
    words: str,
) -> None:
    columns[name] = change(columns[name])
    assert words in complaint(write(columns))


def test_electrons_per_cubic_metre(write: Callable[[Columns], Path], columns: Columns) -> None:
    columns["ne_cm3"] = np.full(33, 1e11)
    assert "is it in m-3?" in complaint(write(columns))


@pytest.mark.parametrize("name", REQUIRED)
def test_missing_column(write: Callable[[Columns], Path], columns: Columns, name: str) -> None:
    del columns[name]
    assert f"missing {name}; needed are the columns {', '.join(REQUIRED)}" in complaint(write(columns))


def test_unknown_and_double_columns(write: Callable[[Columns], Path], columns: Columns) -> None:
    path = write({**columns, "NO2_cm3": columns["NO_cm3"], "Xe_cm3": columns["O_cm3"]})
    message = complaint(path)
    assert 'unknown columns "NO2_cm3", "Xe_cm3"; did you mean' in message
    assert all(name in message for name in (*REQUIRED, *OPTIONAL))
    path.write_text(path.read_text(encoding="utf-8").replace("Xe_cm3", "Tn_K").replace("NO2_cm3", "Ti_K"), "utf-8")
    assert "column Tn_K is there twice" in complaint(path)
    path.write_text(path.read_text(encoding="utf-8").replace("Ti_K,Tn_K", "Ti_K,N2_m3"), "utf-8")
    assert 'column N2_cm3 is there twice: "N2_cm3" and "N2_m3"' in complaint(path)


def test_too_few_rows(write: Callable[[Columns], Path], columns: Columns) -> None:
    assert "9 rows of numbers; at least 10" in complaint(write({name: v[:9] for name, v in columns.items()}))
    assert "0 rows of numbers" in complaint(write({name: v[:0] for name, v in columns.items()}))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("\n80.0,", "\nlow,", 'line 3, altitude_km: "low" is not a number'),
        ("\n80.0,", "\n,", 'line 3, altitude_km: "" is not a number'),
        ("\n80.0,", "\n80.0,1,", "line 3: 8 values, the header names 7 columns"),
        ("altitude_km,", "1,2\n80.0,", "no row of column names"),
        (",", ";", "parted by commas"),
        (",", "\t", "parted by commas"),
    ],
)
def test_not_such_a_table(write: Callable[[Columns], Path], columns: Columns, old: str, new: str, words: str) -> None:
    path = write(columns)
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    assert words in complaint(path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty; the first row must name the columns"),
        (b"# only this\n\n", "empty"),
        (b"\x89PNG\x00\x01", "a binary file"),
        (b"altitude_km,\xff", "not UTF-8 text: byte 0xff in line 1"),
        (b"1\n" * (MAX_BYTES // 2 + 1), "more than 20 MB"),
    ],
)
def test_not_a_text(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    assert words in complaint(path)


def test_no_file(tmp_path: Path) -> None:
    assert "a folder" in complaint(tmp_path)
    assert "no such file" in complaint(tmp_path / "absent.csv")


@pytest.mark.parametrize("condition", ["a", "b"])
def test_without_a_temperature_the_air_carries_itself(tmp_path: Path, condition: str) -> None:
    """GLOW's air is in hydrostatic balance: the temperature that its densities ask for is its own."""
    text = (REFERENCE / f"glow_atmosphere_{condition}.csv").read_text(encoding="utf-8")
    rows = [line.split(",") for line in text.splitlines() if not line.startswith("#")]
    temperature = rows[0].index("Tn_K")
    path = tmp_path / "air.csv"
    path.write_text("\n".join(",".join(row[:temperature] + row[temperature + 1 :]) for row in rows), "utf-8")
    air, given = read_thermosphere(path), read_thermosphere(REFERENCE / f"glow_atmosphere_{condition}.csv")
    low = air.altitude_km <= 450.0  # the file's end is near, where the continuation counts
    np.testing.assert_allclose(air.Tn_K[low], given.Tn_K[low], rtol=0.01)


def test_densities_of_no_air_ask_for_a_temperature(tmp_path: Path) -> None:
    z = np.arange(80.0, 500.0, 10.0)
    rows = [f"{h},{1e13},{2e12},{1e11},1e6,1e5" for h in z]
    path = tmp_path / "air.csv"
    path.write_text("altitude_km,N2_cm3,O2_cm3,O_cm3,NO_cm3,N4S_cm3\n" + "\n".join(rows), "utf-8")
    with pytest.raises(InputError, match=r"no Tn_K, and the densities ask for .* give Tn_K"):
        read_thermosphere(path)
