"""Whether the numbers of a user map can be precipitation: units and ranges, one line for each fault."""

from __future__ import annotations

import re
import unicodedata

import numpy as np

from render.core.messages import shown
from render.geophysics.user_map.axes import SYSTEMS, Arranged
from render.geophysics.user_map.contents import PROBABILITY, Array, Contents

FLUX_UNITS = {  # words of a unit -> mW m-2
    frozenset({"mW", "m-2"}): 1.0,
    frozenset({"erg", "cm-2", "s-1"}): 1.0,
    frozenset({"W", "m-2"}): 1e3,
}
ENERGY_UNITS = {"kev": 1.0, "ev": 1e-3}  # in small letters -> keV
LARGEST_FLUX = 5000.0  # mW m-2; a few hundred in the brightest arcs known
LEAST_FLUX = 1e-4  # mW m-2, 0.1 R of 557.7: what is fainter everywhere is no aurora
FAINT_FLUX = 0.2  # mW m-2, 0.2 kR of 557.7, below the eye's threshold of about 1 kR: a map without more is doubtful
WEIGHTY_FLUX = 0.02  # mW m-2, 20 R of 557.7, a tenth of what an eye sees: where there is less any energy will do
ENERGIES_KEV = (0.01, 100.0)  # keV, mean energies of auroral electrons, with room
ROUNDING = 1e-6  # of the largest flux: what interpolation in single precision leaves below 0
FILLS = (-1e31, 9.96921e36, 1e20, -1e20, 1e31, 1e36, -999.0, -999.9, -9999.0, -99999.0)
"""Numbers that mean no data: ISTP's, NetCDF's default, those of CMIP and of tables; none is a flux in any unit."""
FILL_TOLERANCE = 1e-6  # of them: what single precision leaves
EV_CM2_PER_MW_M2 = 6.241509e11  # eV cm-2 s-1 in 1 mW m-2 (1 eV = 1.602176634e-19 J, exact)


def without_gaps(contents: Contents, name: str, values: Array, placed: Array | None) -> tuple[Array, tuple[str, ...]]:
    """Return values [time, row, column] with 0 for no data, and a warning that counts them where there are some.

    No data is NaN, what NetCDF's _FillValue and missing_value say, and FILLS. What is not `placed` [row, column] has
    none, and is not counted.
    """
    missing = no_data(values)
    if placed is not None:
        values, missing = np.where(placed, values, 0), missing & placed
    if not missing.any():
        return values, ()
    count = f"{int(missing.sum())} of {missing.size} values are no data (NaN or fill)"
    return np.where(missing, 0.0, values), (f"{contents.path}: {name}: {count} and taken as 0",)


def no_data(values: Array) -> Array:
    """Say which values are NaN or one of FILLS."""
    if values.dtype.kind != "f":
        return np.isin(values, [fill for fill in FILLS if abs(fill) < 1e6])
    missing = np.isnan(values)
    with np.errstate(over="ignore"):  # of single and half precision, which has not all of them
        for fill in FILLS:
            missing |= np.abs(values - fill) <= FILL_TOLERANCE * abs(fill)
    return np.asarray(missing)


def flux_mw_m2(contents: Contents, values: Array, layout: Arranged) -> Array:
    """Return the energy flux, mW m-2, float32. Raises InputError."""
    units = contents.variables["energy_flux"].units
    factor = 1.0 if units is None else FLUX_UNITS.get(_words(units), 0.0)
    if not factor:
        why = f"; {PROBABILITY}" if str(units).strip().lower() in ("%", "percent", "1", "probability") else ""
        raise contents.refuse("energy_flux", f"units {shown(units)}; allowed: mW m-2, erg cm-2 s-1, W m-2{why}")
    _require_finite(contents, "energy_flux", ~np.isfinite(values), layout, "mark cells without data by 0")
    bad = values < -ROUNDING * max(float(values.max()), 0.0)
    if bad.any():
        alike = values[bad].max() == values[bad].min() <= -1.0
        raise contents.refuse(
            "energy_flux",
            f"{values[bad][0]:g} at {_where(contents, bad, layout)}; a flux must be at least 0"
            + ("; if that means no data, say so in the attribute _FillValue" if alike else ""),
        )
    largest = float(values.max()) * factor
    if largest > LARGEST_FLUX:
        raise contents.refuse(
            "energy_flux", f"{largest:.3g} mW m-2 is out of range; allowed: at most {LARGEST_FLUX:g}{_guess(largest)}"
        )
    if largest < LEAST_FLUX:
        hint = "; is it in W m-2, or W cm-2? say so in the attribute units" if largest > 0.0 and units is None else ""
        raise contents.refuse(
            "energy_flux", f"at most {largest:.3g} mW m-2; allowed: {LEAST_FLUX:g} at least somewhere, to be seen{hint}"
        )
    flux = np.ascontiguousarray(values * factor, np.float32)
    return np.maximum(flux, 0.0, out=flux)


def flux_warnings(contents: Contents, flux: Array) -> tuple[str, ...]:
    """Return what is strange about fluxes that are allowed, one line each."""
    largest = float(flux.max())
    if largest >= FAINT_FLUX:
        return ()
    unit = "; is it in W m-2? say so in the attribute units" if contents.variables["energy_flux"].units is None else ""
    return (f"{contents.path}: energy_flux: at most {largest:.3g} mW m-2, too faint for the eye{unit}",)


def log_energy(contents: Contents, values: Array, flux: Array, layout: Arranged) -> Array:
    """Return the natural logarithm of the mean energy, keV, float32, shape as `values`. Raises InputError.

    Models divide small numbers by small ones where there is hardly any flux: where it is below WEIGHTY_FLUX (and a
    tenth of the largest) energies become the nearest allowed, or the map's mean where they are not finite or 0.
    """
    units = contents.variables["mean_energy"].units
    factor = 1.0 if units is None else ENERGY_UNITS.get(units.strip().lower(), 0.0)
    if not factor:
        raise contents.refuse("mean_energy", f"units {shown(units)}; allowed: keV, eV")
    counted = np.asarray(flux >= min(WEIGHTY_FLUX, 0.1 * float(flux.max())))
    if len(values) == 1:
        counted = np.asarray(counted.any(axis=0, keepdims=True))
    if values.size == 1:
        counted = np.ones((1, 1, 1), bool)
    values = np.where(no_data(values), np.nan, values)
    _require_finite(
        contents, "mean_energy", counted & ~np.isfinite(values), layout, "where there is flux it is needed, no fill"
    )
    energy = np.where(np.isfinite(values), values, 0.0) * factor
    low, high = ENERGIES_KEV
    bad = counted & ((energy < low) | (energy > high))
    if bad.any():
        worst = energy[bad]
        raise contents.refuse(
            "mean_energy",
            f"{worst[0]:.3g} keV at {_where(contents, bad, layout)}; allowed: {low:g} to {high:g} keV{_unit(worst)}",
        )
    mean = float(np.exp(np.log(energy[counted]).mean()))
    return np.log(np.clip(np.where(energy > 0.0, energy, mean), low, high)).astype(np.float32)


def _words(units: str) -> frozenset[str]:
    """Return the words of a unit: mW and m-2 of mW/m^2, mW m-2, mW m**-2 and their like."""
    plain = unicodedata.normalize("NFKC", units).replace("\N{MINUS SIGN}", "-")  # superscripts become digits
    plain = re.sub(r"\*\*|\^|[{}()]", "", plain.strip()).replace("ergs", "erg")
    plain = re.sub(r"/\s*([a-z]+)(\d*)", lambda m: f" {m[1]}-{m[2] or 1}", plain)
    plain = re.sub(r"\bsec\b|\bsec(?=-)", "s", plain)
    return frozenset(re.split(r"[\s.*·]+", plain.strip()))


def _guess(largest: float) -> str:
    """Return which unit a flux beyond the limit may have been written in."""
    if largest >= 1e-3 * EV_CM2_PER_MW_M2:
        return f"; is it in eV cm-2 s-1? divide by {EV_CM2_PER_MW_M2:.4g}"
    return "; is it in uW m-2? divide by 1000" if largest <= 1e3 * LARGEST_FLUX else "; is it in another unit?"


def _unit(energy: Array) -> str:
    """Return which unit energies, read as keV, beyond the limits may have been written in."""
    typical = float(np.median(energy))
    if ENERGIES_KEV[0] <= typical * 1e-3 <= ENERGIES_KEV[1]:
        return "; is it in eV? say so in the attribute units"
    if 1e-18 < typical < 1e-13:
        return "; is it in J? divide by 1.602e-16"
    return "; cells without precipitation have energy_flux 0" if typical == 0.0 else ""


def _require_finite(contents: Contents, name: str, bad: Array, layout: Arranged, advice: str) -> None:
    if bad.any():
        raise contents.refuse(
            name,
            f"{int(bad.sum())} of {bad.size} values are not finite, the first at {_where(contents, bad, layout)}; "
            f"{advice}, or give a smaller map",
        )


def _where(contents: Contents, bad: Array, layout: Arranged) -> str:
    """Return where the first fault of [time, row, column] lies, by its coordinates."""
    time, row, column = (int(i) for i in np.argwhere(bad)[0])
    first, second = (contents.variables[axis].given for axis in SYSTEMS[layout.system])
    at = ((row, column), (row, column)) if layout.rows.ndim == 2 else ((row,), (column,))
    place = f"{first} {layout.rows[at[0]]:g}, {second} {layout.columns[at[1]]:g}"
    return f"{place}, map {time} (from 0)" if layout.sizes[0] > 1 else place
