"""The command `emission`: the light of one column of air under electrons, in numbers."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from render.commands.air import Air, choose_air
from render.commands.console import check_output, say, warn
from render.commands.electrons import NAMES, SPECTRA, Electrons, choose_electrons
from render.commands.terminal.loudness import is_quiet
from render.core.errors import InputError
from render.core.messages import did_you_mean, shown

if TYPE_CHECKING:
    from render.emission.columns import LineColumn
    from render.emission.table import EmissionTable, VolumeEmissionRate

FORMS = ("refit", "fang2010")
SIGNIFICANT = 6  # digits in JSON
LEAST_PLAIN = 1e-6  # R, below which a column is told with an exponent


def emission(
    energy_kev: Annotated[str, typer.Option("--energy-kev", metavar="KEV", help="E0, or a peak's energy; 2.")] = "",
    flux: Annotated[str, typer.Option("--flux", metavar="Q", help="Energy flux, mW m-2; 1.")] = "",
    spectrum: Annotated[
        str, typer.Option("--spectrum", metavar="NAME", help="maxwell, mono, gaussian, kappa or FILE.csv.")
    ] = "maxwell",
    width: Annotated[str, typer.Option("--width", metavar="W", help="gaussian: 1/e half-width, of its energy.")] = "",
    kappa: Annotated[str, typer.Option("--kappa", metavar="K", help="kappa: 5; the fewer, the harder its tail.")] = "",
    tail_share: Annotated[str, typer.Option("--tail-share", metavar="S", help="Of the flux, in a hard tail; 0.")] = "",
    tail_index: Annotated[str, typer.Option("--tail-index", metavar="N", help="The tail falls as E^-N; 4.")] = "",
    ionisation: Annotated[str, typer.Option("--ionisation", metavar="NAME", help="refit or fang2010.")] = "",
    thermosphere: Annotated[str, typer.Option("--thermosphere", metavar="FILE.csv", help="Your own air.")] = "",
    scene: Annotated[str, typer.Option("--scene", metavar="SCENE", help="The air of a scene.")] = "",
    lat: Annotated[str, typer.Option("--lat", metavar="DEG", help="The air there; with --lon and --time.")] = "",
    lon: Annotated[str, typer.Option("--lon", metavar="DEG", help="East longitude.")] = "",
    time: Annotated[str, typer.Option("--time", metavar="ISO-TIME", help="UTC.")] = "",
    f107: Annotated[str, typer.Option("--f107", metavar="F", help="Solar flux F10.7; 120.")] = "",
    ap: Annotated[str, typer.Option("--ap", metavar="AP", help="Daily Ap; 10.")] = "",
    sunlit: Annotated[bool, typer.Option("--sunlit", help="Also what N2+ scatters in full sunlight.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    plot: Annotated[str, typer.Option("--plot", metavar="FILE", help="A diagram: .png, .pdf or .svg.")] = "",
    netcdf: Annotated[str, typer.Option("--netcdf", metavar="FILE.nc", help="The profiles as NetCDF.")] = "",
    table: Annotated[bool, typer.Option("--table", help="--netcdf holds all energies, per mW m-2.")] = False,
) -> None:
    """Say how brightly each line shines in one column of air under electrons, and how high.

    Brightness seen from straight below, net of the night without electrons. FILE.csv of --spectrum has the columns
    energy_keV, flux_cm2_s_keV; that of --thermosphere altitude_km, N2_cm3, O2_cm3, O_cm3 and, if known, NO_cm3,
    N4S_cm3, Tn_K, Ti_K, Te_K, ne_cm3, or those of pymsis, NRLMSISE-00 and IRI with their units.

    Examples:

      polarlight emission --energy-kev 2 --flux 1

      polarlight emission --spectrum kappa --kappa 3 --energy-kev 2

      polarlight emission --energy-kev 0.5 --flux 3 --lat 69.6 --lon 19.2 --time 2015-03-17T20:00:00Z --ap 80 --json

      polarlight emission --thermosphere air.csv --spectrum electrons.csv --plot profile.pdf --netcdf profile.nc
    """
    from render.emission.columns import COLUMN_KEYS, SUNLIT_KEYS, column_warnings, line_columns  # noqa: PLC0415
    from render.emission.table import volume_emission_rate  # noqa: PLC0415

    _check_files(plot, netcdf, table, spectrum)
    shape = {"width": width, "kappa": kappa, "tail_share": tail_share, "tail_index": tail_index}
    electrons = choose_electrons(spectrum, energy_kev, flux, shape)
    place = {"lat": lat, "lon": lon, "time": time, "f107": f107, "ap": ap}
    air = choose_air(thermosphere, scene, place, _form(ionisation))
    rates = volume_emission_rate(air.thermosphere, electrons.precipitation, settings=air.settings)
    keys = (*COLUMN_KEYS, *(SUNLIT_KEYS if sunlit else ()))
    columns = line_columns(rates, keys)
    facts = _facts(electrons, air)
    _write_files(plot, netcdf, table, _Result(electrons, air, rates, keys))
    for warning in column_warnings(electrons.precipitation, air.settings.ionisation, rates):
        warn(f"warning: {warning}")
    if as_json:
        say(json.dumps({"input": facts, "lines": {key: _entry(column) for key, column in columns.items()}}, indent=2))
        return
    for text in _lines(electrons, air, columns, plot, netcdf):
        say(text)


@dataclass(frozen=True, eq=False)
class _Result:
    """What the files hold."""

    electrons: Electrons
    air: Air
    rates: VolumeEmissionRate
    keys: tuple[str, ...]


def _check_files(plot: str, netcdf: str, table: bool, spectrum: str) -> None:
    """Make sure, before anything long, that the files can be written. Raises InputError, OutputError."""
    if table and not netcdf:
        raise InputError("--table says what --netcdf writes; give --netcdf FILE.nc as well")
    if table and spectrum not in SPECTRA:
        raise InputError(f"--table is of --spectrum {NAMES}, not of a file's own energies")
    if plot:
        from render.figures.figure import require_plot  # noqa: PLC0415
        from render.formats.diagram import DIAGRAM_SUFFIXES  # noqa: PLC0415

        check_output(Path(plot), DIAGRAM_SUFFIXES)
        require_plot("--plot")
    if netcdf:
        from render.formats.netcdf import require_netcdf  # noqa: PLC0415

        check_output(Path(netcdf), (".nc",))
        require_netcdf("--netcdf")


def _form(ionisation: str) -> str:
    """Return the requested form of ionisation, or nothing. Raises InputError."""
    if ionisation and ionisation not in FORMS:
        hint = did_you_mean(ionisation, FORMS)
        raise InputError(f"--ionisation {shown(ionisation)} is unknown; {hint}allowed: {', '.join(FORMS)}")
    return ionisation


def _facts(electrons: Electrons, air: Air) -> dict[str, Any]:
    """Return the JSON's `input`."""
    told = {key: value if isinstance(value, str) else _rounded(value) for key, value in electrons.facts().items()}
    return {**told, "ionisation": air.settings.ionisation, "air": air.facts}


def _entry(column: LineColumn) -> dict[str, float | None]:
    return {
        "column_R": _rounded(column.column_r),
        "peak_km": _rounded(column.peak_km),
        "centroid_km": _rounded(column.centroid_km),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.{SIGNIFICANT}g}")


def _write_files(plot: str, netcdf: str, table: bool, result: _Result) -> None:
    """Write what --plot and --netcdf ask for. Raises OutputError."""
    electrons = f"{result.electrons.words()}, {result.air.settings.ionisation}"
    if plot:
        from render.figures.emission import plot_emission  # noqa: PLC0415

        plot_emission(
            plot, result.rates, f"electrons {electrons}; air {result.air.words}", "N2+_1NG_sunlit" in result.keys
        )
    if netcdf:
        from render.formats.netcdf import write_emission, write_emission_table  # noqa: PLC0415

        attributes = {
            "air": result.air.words,
            "ionisation": result.air.settings.ionisation,
            "history": " ".join(["polarlight", *sys.argv[1:]]),
        }
        if table:
            write_emission_table(netcdf, _whole_table(result), {**attributes, "spectrum": result.electrons.name})
        else:
            write_emission(netcdf, result.rates, result.keys, {**attributes, "electrons": electrons})


def _whole_table(result: _Result) -> EmissionTable:
    """Return the table of all energies, by the electrons' characteristic energy."""
    from render.emission.table import emission_table  # noqa: PLC0415

    shape = result.electrons.precipitation.shape
    if shape is None:
        raise InputError("a file's electrons have no table of all energies")
    table = emission_table(result.air.thermosphere, result.air.settings, shape)
    return replace(table, energy_kev=shape.characteristic_kev(table.energy_kev))


def _lines(electrons: Electrons, air: Air, columns: dict[str, LineColumn], plot: str, netcdf: str) -> list[str]:
    """Return the answer for people."""
    from render.emission.columns import line_name  # noqa: PLC0415

    name = max(len(line_name(key)) for key in columns)
    rows = [
        f"{key:<15}{line_name(key):<{name}}{_digits(c.column_r):>13}{_height(c.peak_km):>10}{_height(c.centroid_km):>13}"
        for key, c in columns.items()
    ]
    return [
        f"electrons   {electrons.words()}; ionisation {air.settings.ionisation}",
        f"air         {air.words}",
        "",
        f"{'line':<15}{'':<{name}}{'column R':>13}{'peak km':>10}{'centroid km':>13}",
        *rows,
        *(f"wrote       {path}" for path in (plot, netcdf) if path and not is_quiet()),
    ]


def _digits(value: float) -> str:
    """Return a number with four digits that count: 12340, 1.234, 0.001234; below a millionth with its exponent."""
    if value == 0.0:
        return "0"
    if value < LEAST_PLAIN:
        return f"{value:.3e}"
    from math import floor, log10  # noqa: PLC0415

    places = max(3 - floor(log10(abs(value))), 0)
    return f"{float(f'{value:.4g}'):.{places}f}"


def _height(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"
