"""Columns of air as pymsis, NRLMSISE-00, IRI and CCMC hand them out: the form is theirs, the numbers are ours."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pymsis
import pytest

from render.core.errors import InputError
from render.emission import Precipitation, volume_emission_rate
from render.geophysics.upper_air.fills import SUBSTITUTES, substitute_cm3
from render.geophysics.upper_air.headings import Heading, headings
from render.geophysics.upper_air.thermosphere import LEAST_DENSITY_CM3, Thermosphere
from render.geophysics.upper_air.thermosphere_file import read_air_file, read_thermosphere
from tests import REFERENCE

Z = np.arange(60.0, 401.0, 10.0)
AIR = {
    "Z": Z,
    "N2": 9e12 * np.exp(-(Z - 100.0) / 25.0),
    "O2": 2e12 * np.exp(-(Z - 100.0) / 22.0),
    "O": 5e11 * np.exp(-np.abs(Z - 100.0) / 45.0),
    "NO": 1e8 * np.exp(-np.abs(Z - 100.0) / 30.0),
    "N": np.full(len(Z), 1e6),
    "T": np.linspace(190.0, 1000.0, len(Z)),
    "ne": np.full(len(Z), 2e3),
    "other": np.full(len(Z), 7.0),
}
OWN = {"Z": "altitude_km", "N2": "N2_cm3", "O2": "O2_cm3", "O": "O_cm3", "NO": "NO_cm3", "N": "N4S_cm3", "T": "Tn_K"}
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(
        names: list[tuple[str, str]],
        cells: dict[tuple[str, int], str] | None = None,
        scale: float = 1.0,
        log10: bool = False,
        listing: bool = False,
        words: bool = False,
    ) -> Path:
        """Write AIR's columns under names of others, [(column of AIR, name)]; `cells` are put in as they are."""

        def text(key: str, row: int) -> str:
            value = AIR[key][row] * (scale if key in ("N2", "O2", "O", "NO", "N", "ne") else 1.0)
            value = np.log10(value) if log10 and key not in ("Z", "T") else value
            return (cells or {}).get((key, row), repr(float(value)))

        parted = " " if listing or words else ","
        rows = [parted.join(text(key, row) for key, _ in names) for row in range(len(Z))]
        if listing:
            head = [" MODEL run on the web", "Selected output parameters are:"]
            head += [f"{i} {name}" for i, (_, name) in enumerate(names, 1)]
            head += ["", "      ".join(str(i) for i in range(1, len(names) + 1))]
        else:
            head = [parted.join(f'"{name}"' if "," in name and not words else name for _, name in names)]
        path = tmp_path / "air.txt"
        path.write_text("\n".join([*head, *rows]) + "\n", encoding="utf-8")
        return path

    return write


def complaint(path: Path) -> str:
    with pytest.raises(InputError) as refused:
        read_air_file(path)
    assert "\n" not in str(refused.value) and str(refused.value).startswith(f"{path}: ")
    return str(refused.value)


def is_the_air(air: Thermosphere) -> bool:
    for key, name in OWN.items():
        np.testing.assert_allclose(getattr(air, name), AIR[key], rtol=1e-9)
    return True


PYMSIS = [
    ("Z", "alt"), ("other", "MASS_DENSITY"), ("N2", "N2"), ("O2", "O2"), ("O", "O"), ("other", "HE"), ("other", "H"),
    ("other", "AR"), ("N", "N"), ("other", "ANOMALOUS_O"), ("NO", "NO"), ("T", "TEMPERATURE"),
]  # fmt: skip
MSIS_WEB = [
    ("Z", "Height, km"), ("O", "O, cm-3"), ("N2", "N2, cm-3"), ("O2", "O2, cm-3"), ("other", "Mass_density, g/cm-3"),
    ("T", "Temperature_neutral, K"), ("other", "Temperature_exospheric, K"), ("other", "He, cm-3"),
    ("other", "Ar, cm-3"), ("other", "H, cm-3"), ("N", "N, cm-3"), ("NO", "NO, cm-3"),
]  # fmt: skip
IRI_WEB = [
    ("ne", "Electron_density_Ne, m-3"), ("other", "Ratio_of_Ne_and_F2_peak_density"),
    ("T", "Ion_Temperature_Ti, K"), ("T", "Electron_Temperature_Te, K"), ("other", "O_ions, %"),
]  # fmt: skip


def test_pymsis_names_are_pymsis_own() -> None:
    names = {variable.name for variable in pymsis.Variable}
    assert names >= {name for _, name in PYMSIS[1:]}


def test_pymsis_table_is_in_its_own_units(write: Write) -> None:
    found = read_air_file(write([("other", ""), *PYMSIS], scale=1e6))  # pandas puts the rows' number first
    assert is_the_air(found.thermosphere)
    assert [line.split(": ", 1)[1] for line in found.warnings] == [
        "not needed and left: (no name), MASS_DENSITY, HE, H, AR, ANOMALOUS_O"
    ]


@pytest.mark.parametrize("form", [{}, {"listing": True}])
def test_nrlmsise_from_the_web(write: Write, form: dict[str, bool]) -> None:
    assert is_the_air(read_air_file(write(MSIS_WEB, **form)).thermosphere)


def test_a_table_of_words_with_their_units(write: Write) -> None:
    names = [(key, name.replace(", ", ",")) for key, name in MSIS_WEB]
    assert is_the_air(read_air_file(write(names, words=True)).thermosphere)


def test_iri_beside_msis(write: Write) -> None:
    names = [*MSIS_WEB, *((key, name.replace("m-3", "cm-3")) for key, name in IRI_WEB)]
    air = read_air_file(write(names, {("ne", row): "-1" for row in range(3)}, listing=True))
    assert is_the_air(air.thermosphere)
    assert air.thermosphere.ne_cm3 is not None and air.thermosphere.Te_K is not None
    assert (air.thermosphere.ne_cm3[:3] == LEAST_DENSITY_CM3).all() and (air.thermosphere.ne_cm3[3:] == 2e3).all()
    assert "ne_cm3: 3 fill values (-1; lines 22 to 24, up to 80 km), taken as 0" in air.warnings[0]
    alone = complaint(write([("Z", "Height, km"), *IRI_WEB], listing=True))
    assert "missing N2_cm3, O2_cm3, O_cm3; needed are" in alone


UNITS = [
    ("{}_cm3", 1.0), ("{}_m3", 1e6), ("{}, m-3", 1e6), ("{} [cm^-3]", 1.0), ("{} (1/m**3)", 1e6), ("{}/cm-3", 1.0),
    ("{} [#/cm3]", 1.0), ("{},m^-3", 1e6), ("{} [cm⁻³]", 1.0), ("{} [m$^{{-3}}$]", 1e6),
]  # fmt: skip
LOGARITHMS = ["log10_{}_m3", "log10({}) [m-3]", "log10({}_m3)", "{}, log10(m-3)", "lg {} (m-3)", "Log10({}), m^-3"]


@pytest.mark.parametrize(("form", "scale"), UNITS)
def test_units_are_read_off_the_heading(write: Write, form: str, scale: float) -> None:
    names = [("Z", "z [km]"), ("T", "Tn/K"), *((key, form.format(key)) for key in ("N2", "O2", "O", "NO", "N"))]
    assert is_the_air(read_thermosphere(write(names, scale=scale)))


@pytest.mark.parametrize("form", LOGARITHMS)
def test_logarithms_are_read_off_the_heading(write: Write, form: str) -> None:
    names = [("Z", "z [km]"), ("T", "Tn/K"), *((key, form.format(key)) for key in ("N2", "O2", "O", "NO", "N"))]
    cells = {("N", 0): "-1", ("N", 1): "-inf", ("NO", 0): "nan"}
    assert is_the_air(read_thermosphere(write(names, scale=1e6, log10=True)))
    air = read_air_file(write(names, cells, scale=1e6, log10=True))
    assert air.thermosphere.N4S_cm3[0] == LEAST_DENSITY_CM3  # 0.1 m-3 is a density, and a small one
    assert len(air.warnings) == 1 and "NO_cm3: 1 fill value (nan; line 2, up to 60 km)" in air.warnings[0]


def test_altitudes_in_metres_by_their_heading(write: Write) -> None:
    names = [("Z", "Height, m"), *((key, name) for key, name in OWN.items() if key != "Z")]
    cells = {("Z", row): str(1e3 * z) for row, z in enumerate(Z)}
    assert is_the_air(read_thermosphere(write(names, cells)))


@pytest.mark.parametrize(
    ("column", "name", "words"),
    [
        ("N2", "N2", 'column "N2" has no unit; allowed: cm-3 or m-3, as in O2_cm3 or O2_m3'),
        ("Z", "alt", 'column "alt" has no unit; allowed: km or m, as in altitude_km'),
        ("T", "Tn", 'column "Tn" has no unit; allowed: K, as in Tn_K'),
        ("Z", "Height, ft", 'column "Height, ft" is in ft; allowed: km or m'),
        ("N2", "N2 [kg/m3]", 'column "N2 [kg/m3]" is in kg/m3; allowed: cm-3 or m-3'),
        ("N2", "log N2, m-3", 'unknown column "log N2, m-3"'),
    ],
)
def test_a_unit_is_never_guessed(write: Write, column: str, name: str, words: str) -> None:
    path = write([(key, name if key == column else own) for key, own in OWN.items()])
    assert words in complaint(path)


def test_a_wrong_unit_in_the_heading_is_told(write: Write) -> None:
    assert "is it in m-3?" in complaint(write(list(OWN.items()), scale=1e6))


FILLS = ["nan", "NaN", "-1", "-1.0", "null", "", "-999.0", "-1e31", "9.999e-38"]


@pytest.mark.parametrize("fill", FILLS)
@pytest.mark.parametrize("key", ["NO", "N"])
def test_fills_below_the_lowest_number_are_none_of_it(write: Write, key: str, fill: str) -> None:
    found = read_air_file(write(list(OWN.items()), {(key, 0): fill, (key, 1): fill}))
    values = getattr(found.thermosphere, OWN[key])
    assert (values[:2] == LEAST_DENSITY_CM3).all() and values[2] == AIR[key][2]
    (line,) = found.warnings
    assert line.endswith(f"{OWN[key]}: 2 fill values ({fill or 'nothing'}; lines 2 to 3, up to 70 km), taken as 0")


@pytest.mark.parametrize("fill", FILLS)
@pytest.mark.parametrize(("key", "row"), [("NO", 5), ("N", 34), ("N2", 0), ("O2", 0), ("O", 2), ("T", 0)])
def test_fills_where_a_zero_is_wrong_are_refused(write: Write, key: str, row: int, fill: str) -> None:
    words = complaint(write(list(OWN.items()), {(key, row): fill}))
    assert f"line {row + 2}, {OWN[key]}: {fill or 'nothing'} is a fill value; allowed: a number" in words


@pytest.mark.parametrize("cell", ["0.0", "nan"])
def test_oxygen_of_nrlmsise_begins_at_72_km(write: Write, cell: str) -> None:
    """It has 0 below, where no aurora is; a 0 higher up is a mistake."""
    air = read_thermosphere(write(list(OWN.items()), {("O", 0): cell, ("O", 1): cell}))
    assert (air.O_cm3[:2] == LEAST_DENSITY_CM3).all()
    assert "line 4, O_cm3: " in complaint(write(list(OWN.items()), {("O", row): cell for row in range(3)}))


def test_temperatures_below_their_lowest_are_the_neutrals(write: Write) -> None:
    names = [*OWN.items(), ("other", "Ti_K"), ("ne", "Te_K")]
    cells = {("other", row): "-1" if row < 6 else "800" for row in range(len(Z))} | {("ne", 0): "nan"}
    found = read_air_file(write(names, cells))
    air = found.thermosphere
    assert air.Ti_K is not None and air.Te_K is not None
    assert np.array_equal(air.Ti_K[:6], AIR["T"][:6]) and (air.Ti_K[6:] == 800.0).all()
    assert air.Te_K[0] == AIR["T"][0] and air.Te_K[1] == 2e3
    assert [line.rpartition(", ")[2] for line in found.warnings] == ["taken as Tn"] * 2
    assert "Ti_K: -1 is a fill value" in complaint(write(names, {**cells, ("other", 20): "-1"}))


def test_columns_of_fills_alone_are_none(write: Write) -> None:
    names = [*OWN.items(), ("ne", "ne_cm3")]
    found = read_air_file(write(names, {(key, row): "-1" for key in ("ne", "NO") for row in range(len(Z))}))
    assert found.thermosphere.ne_cm3 is None
    np.testing.assert_array_equal(found.thermosphere.NO_cm3, substitute_cm3("NO_cm3", Z))
    assert [line.split(": ", 1)[1].split(" ")[0] for line in found.warnings] == ["NO_cm3", "ne_cm3", "no"]


@pytest.mark.parametrize("name", SUBSTITUTES)
def test_a_missing_column_is_that_of_a_night_and_said(write: Write, name: str) -> None:
    found = read_air_file(write([(key, own) for key, own in OWN.items() if own != name]))
    values = getattr(found.thermosphere, name)
    np.testing.assert_array_equal(values, substitute_cm3(name, Z))
    (line,) = found.warnings
    assert f"no {name}: that of NRLMSIS 2.1 (Emmert et al. 202" in line
    assert "over 65 N 285 E, 2015-02-01T05:00:00Z, F10.7 140, Ap 20, is taken" in line


@pytest.mark.parametrize("name", SUBSTITUTES)
def test_the_substitute_is_the_models_and_falls_off_beyond_it(name: str) -> None:
    z = np.array([0.0, 64.0, 65.0, 120.0, 800.0, 900.0, 1000.0])
    values = substitute_cm3(name, z)
    column = pymsis.calculate(
        np.datetime64("2015-02-01T05:00"), 285.0, 65.0, 120.0, [140.0], [140.0], [[20.0] * 7], version="2.1"
    )
    own = np.ravel(column)[pymsis.Variable.NO if name == "NO_cm3" else pymsis.Variable.N]
    assert values[3] == pytest.approx(own * 1e-6, rel=1e-3)
    assert values[4] > values[5] > values[6] or values[6] == LEAST_DENSITY_CM3
    assert values[0] <= values[1] <= values[2]


LINES = ("427.8", "557.7", "630.0", "520.0")
# Least and most of the columns' ratios, as docs/emission.md has them
RATIOS = {
    "NO_cm3": {"427.8": (1.0, 1.0), "557.7": (0.69, 1.03), "630.0": (1.0, 1.06), "520.0": (1.01, 1.08)},
    "N4S_cm3": dict.fromkeys(LINES, (0.98, 1.02)),
}


@pytest.mark.parametrize("condition", ["a", "b"])
@pytest.mark.parametrize("name", SUBSTITUTES)
def test_what_the_substitute_does_to_the_light(tmp_path: Path, name: str, condition: str) -> None:
    reference = REFERENCE / f"glow_atmosphere_{condition}.csv"
    rows = [line.split(",") for line in reference.read_text(encoding="utf-8").splitlines() if line[0] != "#"]
    column = rows[0].index(name)
    path = tmp_path / "air.csv"
    path.write_text("\n".join(",".join(row[:column] + row[column + 1 :]) for row in rows) + "\n", encoding="utf-8")
    own, without = read_thermosphere(reference), read_thermosphere(path)
    for energy_kev in (0.5, 2.0, 5.0, 10.0):
        electrons = Precipitation(energy_kev, 1.0)
        light, changed = volume_emission_rate(own, electrons), volume_emission_rate(without, electrons)
        for line in LINES:
            least, most = RATIOS[name][line]
            ratio = changed.column_rayleighs(line) / light.column_rayleighs(line)
            assert least - 1e-3 < ratio < most + 1e-3, (energy_kev, line)


def test_the_command_warns_and_takes_zero(write: Write, run: Callable[..., tuple[int, str, str]]) -> None:
    path = write(list(OWN.items()), {("NO", 0): "nan"})
    code, out, err = run("emission", "--json", "--thermosphere", path)
    assert code == 0 and "air.txt: NO_cm3: 1 fill value (nan; line 2, up to 60 km), taken as 0" in err
    assert run("emission", "--json", "--thermosphere", write(list(OWN.items()), {("NO", 0): "0"}))[1] == out


@pytest.mark.parametrize("text", ["N(4S) [cm-3]", "n, cm^-3", "N4S_cm3"])
def test_atomic_nitrogen_by_any_name(text: str) -> None:
    assert headings([text]) == [Heading(text, "N4S_cm3")]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("100;1,5e12", 'parted by commas; and "1,5e12" has a decimal comma; allowed: a point, 1.5e12'),
        ("100;2e12", "parted by commas; the first row must name the columns"),
    ],
)
def test_a_decimal_comma_is_told(tmp_path: Path, line: str, words: str) -> None:
    path = tmp_path / "air.csv"
    path.write_text(f"altitude_km;N2_cm3\n{line}\n", encoding="utf-8")
    assert words in complaint(path)
