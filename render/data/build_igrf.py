"""Rebuild `igrf14.txt` from the package ppigrf (extra `data`): `python render/data/build_igrf.py`."""

from importlib.resources import files
from pathlib import Path

HEADER = """\
# International Geomagnetic Reference Field, 14th generation: Gauss coefficients, Schmidt semi-normalised. Source:
# IAGA V-MOD, https://doi.org/10.5281/zenodo.14012302, as shipped in the package ppigrf (MIT), file IGRF14.shc.
# Licence: free with citation of IAGA (CC BY 4.0 at Zenodo: uncertain). Date: 2024-11 (release of IGRF-14). Unit: nT.
# Columns: degree n, order m (negative: sine terms h), then one per epoch; the epoch 2030 is 2025 plus five years of
# the predicted secular variation. Reference radius 6371.2 km. First row: the epochs.
"""


def igrf_table() -> str:
    """Return the text of `igrf14.txt`: header, one row of epochs, one row per coefficient."""
    source = files("ppigrf").joinpath("IGRF14.shc").read_text().splitlines()
    rows = [line.split() for line in source if not line.startswith("#")][1:]  # the first says only sizes
    epochs = ["epoch", "-", *(f"{float(year):g}" for year in rows[0])]
    return HEADER + "\n".join(" ".join(row) for row in [epochs, *rows[1:]]) + "\n"


if __name__ == "__main__":
    Path(__file__).with_name("igrf14.txt").write_text(igrf_table())
