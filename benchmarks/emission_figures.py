"""Draw the figures of docs/emission.md: `python -m benchmarks.emission_figures [FOLDER]` (default: docs/figures).

What differs between airs and between electron spectra, what colour a curtain has by the energy of its electrons, and
how its lines lag.
"""

from __future__ import annotations

import csv
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from render.core.epoch import Epoch
from render.core.lines import AURORA_KEYS, LINE_KEYS, TIED
from render.core.radiance import SKY_WAVELENGTHS_NM, LineRadiance, SkyRadiance
from render.core.units import ERG_CM2_S_IN_KEV
from render.emission import Precipitation, afterglow, emission_table, volume_emission_rate
from render.emission.settings import EmissionSettings
from render.emission.spectra import ElectronSpectrum
from render.formats.png import write_png
from render.geophysics.drive.settings import DriveSettings
from render.geophysics.upper_air.thermosphere import Thermosphere, ThermosphereSettings, thermosphere_at
from render.imaging.capture.sensor import collect, read_out
from render.imaging.colour import develop
from render.imaging.settings import DevelopSettings

REFERENCE = Path(__file__).resolve().parents[1] / "tests" / "reference"
NIGHTS = {
    "a": (45.0, 285.0, "2015-02-01T05:00:00Z", 140.0, 20.0),
    "b": (65.0, 212.0, "2015-03-17T10:00:00Z", 115.0, 100.0),
}
ENERGIES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 8.0, 10.0, 20.0)
ALTITUDES_KM = np.arange(75.0, 601.0, 1.0)
STRIP_KEV = (20.0, 5.0, 2.0, 1.0, 0.5, 0.2)
STRIP_TOP_KM, PANEL_PX, PATH_KM = 420.0, 110, 60.0  # of the strip: km, width of a curtain, depth looked through
SPECTRA = {
    "Maxwellian": ("-", {}),
    "Gaussian, width 0.15": ("--", {"spectrum": "gaussian"}),
    "kappa 5": ("-.", {"spectrum": "kappa"}),
    "Maxwellian with 0.1 in a tail": (":", {"tail_share": 0.1}),
}
SPECTRA_MEAN_KEV = 6.0  # keV, mean energy of each core
GREEN_PEAK_KR = 60.0  # kR, at which every curtain of the strip is exposed


def rows(name: str) -> list[dict[str, str]]:
    text = (REFERENCE / name).read_text(encoding="utf-8")
    return list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))


def glow_air(condition: str) -> Thermosphere:
    table = rows(f"glow_atmosphere_{condition}.csv")
    return Thermosphere(**{name: np.array([float(row[name]) for row in table]) for name in table[0]})


def todays_air(condition: str) -> Thermosphere:
    latitude, longitude, utc, f107, ap = NIGHTS[condition]
    drive = DriveSettings(f107=f107, ap=ap)
    return thermosphere_at(ThermosphereSettings(), latitude, longitude, Epoch.parse(utc), drive)


def glow_column(condition: str, energy: float, line: str) -> float:
    wanted = (condition, "maxwellian", line, energy)
    for row in rows("glow_columns.csv"):
        if (row["condition"], row["spectrum"], row["line"], float(row["energy_kev"])) == wanted:
            return float(row["column_R"])
    raise LookupError((condition, energy, line))


def airs(condition: str) -> dict[str, Thermosphere]:
    """Return today's air, then with GLOW's NO, then with GLOW's O as well, and GLOW's own."""
    glow, today = glow_air(condition), todays_air(condition)

    def of_glow(values: np.ndarray) -> np.ndarray:
        return np.exp(np.interp(today.altitude_km, glow.altitude_km, np.log(np.maximum(values, 1e-6))))

    nitric = replace(today, NO_cm3=of_glow(glow.NO_cm3))
    return {
        "NRLMSIS 2.1": today, "with GLOW's NO": nitric,
        "with GLOW's NO and O": replace(nitric, O_cm3=of_glow(glow.O_cm3)), "GLOW's own air": glow,
    }  # fmt: skip


def draw_airs(path: Path) -> None:
    """Draw columns relative to GLOW against energy, for three lines and four airs."""
    figure = Figure(figsize=(10.0, 6.2), layout="constrained")
    grid = figure.subplots(2, 3, sharex=True, sharey=True)
    for row, condition in zip(grid, NIGHTS, strict=True):
        for axes, line in zip(row, ("427.8", "557.7", "630.0"), strict=True):
            for (name, air), style in zip(airs(condition).items(), ("-", "--", ":", "-."), strict=True):
                ratio = [
                    volume_emission_rate(air, Precipitation(e, 1.0), ALTITUDES_KM).column_rayleighs(line)
                    / glow_column(condition, e, line)
                    for e in ENERGIES
                ]
                axes.semilogx(ENERGIES, ratio, style, color="black", label=name)
            axes.axhline(1.0, color="0.7", linewidth=0.8)
            axes.set_title(f"{line} nm, condition {condition}", fontsize=10)
    for axes in grid[1]:
        axes.set_xlabel("characteristic energy, keV")
    for axes in grid[:, 0]:
        axes.set_ylabel("column / GLOW's")
    grid[0][0].legend(fontsize=8)
    figure.savefig(path, dpi=110)


def curtain(energy: float, sunlit: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return altitudes and rayleighs [line, altitude] of a curtain seen edge-on, scaled to GREEN_PEAK_KR."""
    table = emission_table(todays_air("a"), EmissionSettings())
    rates = volume_emission_rate(todays_air("a"), Precipitation(energy, 1.0), table.altitude_km)
    brightness = np.zeros((len(LINE_KEYS), len(table.altitude_km)))
    for key in (*AURORA_KEYS, *TIED):
        if key != "N2+_1NG_sunlit" or sunlit:
            brightness[LINE_KEYS.index(key)] = 0.1 * PATH_KM * rates.line(key)
    return table.altitude_km, brightness * 1e3 * GREEN_PEAK_KR / brightness[LINE_KEYS.index("557.7")].max()


def exposed(brightness: np.ndarray, response: str, stops: float = 0.0):
    """Return the exposure of rayleighs [line, row, column] by a 28 mm f/1.4 of the station."""
    dark = np.zeros((len(SKY_WAVELENGTHS_NM), *brightness.shape[1:]), np.float32)
    collected = collect(
        LineRadiance(LINE_KEYS, brightness.astype(np.float32)), SkyRadiance(SKY_WAVELENGTHS_NM, dark),
        photosite_area_m2=8.45e-6**2, f_number=1.4, exposure_s=0.25 * 2.0**stops, response=response,
    )  # fmt: skip
    return read_out(collected, iso=6400.0, noise=False)


def draw_strip(path: Path) -> None:
    """Draw curtains by energy, hardest first, the last in sunlight: 75 km below, STRIP_TOP_KM above."""
    panels = []
    across = np.exp(-0.5 * (np.linspace(-2.2, 2.2, PANEL_PX) / 0.75) ** 2)
    for energy, sunlit in (*((e, False) for e in STRIP_KEV), (STRIP_KEV[-1], True)):
        altitude, brightness = curtain(energy, sunlit)
        shown = brightness[:, altitude <= STRIP_TOP_KM][:, ::-1]
        panels.append(shown[:, :, None] * across)
    picture = develop(exposed(np.concatenate(panels, axis=2), "d3s", 1.5), DevelopSettings(white_balance_k=6000.0))
    write_png(path, picture, 8, {"software": "polarlight", "what": "curtains by electron energy"})


def chromaticities() -> dict[str, tuple[float, float]]:
    """Return CIE 1931 x, y of whole columns and of the lower border of hard electrons."""
    found = {}
    for name, energy, sunlit, low, high in (
        ("2 keV, column", 2.0, False, 75.0, 800.0),
        ("0.2 keV, column", 0.2, False, 75.0, 800.0),
        ("0.2 keV, column in sunlight", 0.2, True, 75.0, 800.0),
        ("20 keV, lower border (below 92 km)", 20.0, False, 75.0, 92.0),
        ("0.2 keV, above 300 km in sunlight", 0.2, True, 300.0, 800.0),
    ):
        altitude, brightness = curtain(energy, sunlit)
        part = brightness[:, (altitude >= low) & (altitude <= high)].sum(axis=1)[:, None, None]
        x, y, z = exposed(part, "ideal_cie").electrons[:, 0, 0]
        found[name] = (float(x / (x + y + z)), float(y / (x + y + z)))
    return found


def draw_lag(path: Path) -> None:
    """Draw the light of a point while a curtain of 2.4 km crosses it at 1 km/s, line by line and height by height."""
    table = emission_table(glow_air("a"))
    time_s = np.linspace(-5.0, 60.0, 4000)
    pulse = {age: np.exp(-0.5 * (time_s - age) ** 2) for age in (0.0,)}
    figure = Figure(figsize=(8.0, 3.6), layout="constrained")
    axes = figure.subplots()
    axes.plot(time_s, pulse[0.0], "-", color="0.6", label="427.8, prompt")
    for key, altitude, style in (("557.7", 110, "-"), ("630.0", 150, "--"), ("630.0", 200, "-."), ("630.0", 250, ":")):
        lifetime = float(table.lifetime_s[AURORA_KEYS.index(key), altitude - 75])
        weights = afterglow.age_weights() @ afterglow.mixing(lifetime)
        light = sum(
            w / np.hypot(1.0, b) * np.exp(-0.5 * ((time_s - age) / np.hypot(1.0, b)) ** 2)
            for w, age, b in zip(weights, afterglow.AGES_S, afterglow.blur_km(), strict=True)
        )
        axes.plot(time_s, light / light.max(), style, color="black", label=f"{key} at {altitude} km, {lifetime:.2g} s")
    axes.set_xlabel("time after the curtain's middle, s")
    axes.set_ylabel("light / its own maximum")
    axes.legend(fontsize=8)
    figure.savefig(path, dpi=110)


def draw_spectra(path: Path) -> None:
    """Draw the energy flux of spectra of one mean energy, and the blue light that 1 mW m-2 of each makes."""
    energy_kev, air = np.geomspace(0.1, 200.0, 600), glow_air("a")
    figure = Figure(figsize=(9.0, 3.8), layout="constrained")
    left, right = figure.subplots(1, 2)
    for name, (style, shape) in SPECTRA.items():
        spectrum = ElectronSpectrum.model_validate(shape)
        characteristic = SPECTRA_MEAN_KEV / spectrum.core_mean
        flux = spectrum.number_flux(energy_kev, characteristic)
        left.loglog(energy_kev, energy_kev**2 * flux / ERG_CM2_S_IN_KEV, style, color="black", label=name)
        light = volume_emission_rate(air, Precipitation(characteristic, 1.0, spectrum), ALTITUDES_KM)
        right.semilogx(light.line("427.8"), ALTITUDES_KM, style, color="black")
    left.set(xlabel="energy, keV", ylabel="energy flux per unit of ln E, mW m$^{-2}$", ylim=(1e-3, 5.0))
    left.legend(fontsize=8, loc="upper left")
    right.set(xlabel="427.8 nm, photons cm$^{-3}$ s$^{-1}$", ylabel="altitude, km", ylim=(75, 220), xlim=(0.3, 300))
    figure.savefig(path, dpi=110)


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[1] / "docs" / "figures"
    folder.mkdir(parents=True, exist_ok=True)
    draw_airs(folder / "emission_airs.png")
    draw_strip(folder / "emission_colours.png")
    draw_lag(folder / "emission_lag.png")
    draw_spectra(folder / "emission_spectra.png")
    for name, (x, y) in chromaticities().items():
        print(f"{name:<36} x {x:.3f}  y {y:.3f}")


if __name__ == "__main__":
    main()
