"""Extract the camera's and the observer's curves from colour-science into small CSV files beside this script.

Run by hand with the extra `data` installed: ``python render/data/build_colour.py``. Nothing reads colour-science at
run time; tests marked `data` compare the files with the package.
"""

from __future__ import annotations

from pathlib import Path

import colour
import numpy as np
from colour.colorimetry.datasets.illuminants.sds_d_illuminant_series import (
    SDS_BASIS_FUNCTIONS_CIE_ILLUMINANT_D_SERIES,
)

DATA = Path(__file__).parent
LICENCE = "as distributed by colour-science 0.4.7 (BSD-3-Clause), extracted 2026-11-23"


def nikon_5100() -> tuple[np.ndarray, list[str]]:
    """Return [wavelength nm, red, green, blue] of the Nikon D5100 and the header."""
    curves = colour.MSDS_CAMERA_SENSITIVITIES["Nikon 5100 (NPL)"]
    return np.column_stack([curves.wavelengths, curves.values]), [
        "Spectral sensitivity of a Nikon D5100 with its filters, measured at NPL: Darrodi, Finlayson, Goodman and",
        "Mackiewicz 2015, J. Opt. Soc. Am. A 32, 381, doi:10.1364/JOSAA.32.000381;",
        LICENCE,
        "Unit: response per unit radiant energy, each channel scaled to a maximum of 1",
        "wavelength_nm,red,green,blue",
    ]


def cie_1931() -> tuple[np.ndarray, list[str]]:
    """Return [wavelength nm, x, y, z] of the 2 degree observer and the header."""
    curves = colour.MSDS_CMFS["CIE 1931 2 Degree Standard Observer"]
    return np.column_stack([curves.wavelengths, curves.values]), [
        "Colour matching functions of the CIE 1931 2 degree standard observer (CIE 15; CVRL table, 1 nm);",
        LICENCE,
        "Unit: 1 (per unit radiant energy)",
        "wavelength_nm,x,y,z",
    ]


def cie_daylight() -> tuple[np.ndarray, list[str]]:
    """Return [wavelength nm, S0, S1, S2] of CIE daylight and the header."""
    basis = [SDS_BASIS_FUNCTIONS_CIE_ILLUMINANT_D_SERIES[name] for name in ("S0", "S1", "S2")]
    return np.column_stack([basis[0].wavelengths, *(b.values for b in basis)]), [
        "Basis functions of CIE daylight (Judd, MacAdam and Wyszecki 1964; CIE 15 table T.2, 5 nm);",
        LICENCE,
        "Unit: relative spectral power",
        "wavelength_nm,s0,s1,s2",
    ]


def cie_1951_scotopic() -> tuple[np.ndarray, list[str]]:
    """Return [wavelength nm, V'] of the eye's rods and the header."""
    curve = colour.SDS_LEFS["CIE 1951 Scotopic Standard Observer"]
    return np.column_stack([curve.wavelengths, curve.values]), [
        "Luminous efficiency of the rods, V', CIE 1951 scotopic standard observer (CIE 15; 1 nm);",
        LICENCE,
        "Unit: 1 (per unit radiant energy, 1 at 507 nm)",
        "wavelength_nm,v",
    ]


def write(name: str, table: np.ndarray, header: list[str]) -> None:
    """Write one table with its `#` header lines."""
    lines = [f"# {line}" for line in header[:-1]] + [header[-1]]
    lines += [f"{row[0]:g}," + ",".join(f"{value:.7g}" for value in row[1:]) for row in table]
    (DATA / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    for maker in (nikon_5100, cie_1931, cie_1951_scotopic, cie_daylight):
        write(f"{maker.__name__}.csv", *maker())
