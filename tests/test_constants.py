"""The table of constants in the docs against the code: every value is the attribute's own, every status known."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

TABLE = Path(__file__).resolve().parents[1] / "docs" / "constants.md"
STATUSES = {"sourced", "calibrated", "assumed"}
LEAST_ROWS = 80
ROUNDING = 1e-8  # of a value: the table has ten digits
OPEN = ("uncertain", "by eye", "recalled")  # words that a number taken from its source does not need


class Row(NamedTuple):
    name: str
    value: str
    unit: str
    where: str
    status: str
    source: str


def rows() -> list[Row]:
    found = []
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip().strip("`") for cell in line.strip().strip("|").split(" | ")]
        if line.startswith("| `"):
            found.append(Row(*cells))
    return found


def in_code(row: Row) -> np.ndarray:
    """Return the numbers that the code has; `Class.key` is a scene key's default. Raises where there is none."""
    head, _, key = row.name.partition(".")
    value = getattr(importlib.import_module(row.where), head)
    return np.ravel(np.asarray(value.model_fields[key].default if key else value, float))


def agrees(row: Row) -> bool:
    stated, own = np.array([float(part) for part in row.value.split(",")]), in_code(row)
    return stated.shape == own.shape and bool(np.allclose(stated, own, rtol=ROUNDING, atol=0.0))


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row.where}.{row.name}")
def test_value_is_the_codes(row: Row) -> None:
    assert agrees(row), in_code(row)


def test_statuses_are_the_three_and_sources_are_given() -> None:
    assert {row.status for row in rows()} == STATUSES
    assert all(row.source for row in rows())
    assert not [row.name for row in rows() if row.status == "sourced" and any(word in row.source for word in OPEN)]


def test_the_table_is_long_and_names_nothing_twice() -> None:
    names = [(row.where, row.name) for row in rows()]
    assert len(names) >= LEAST_ROWS
    assert len(set(names)) == len(names)


def test_a_wrong_row_would_be_found() -> None:
    row = rows()[0]
    assert agrees(row)
    assert not agrees(row._replace(value=f"{1.0001 * float(row.value)}"))
    assert not agrees(row._replace(value=f"{row.value}, {row.value}"))
    with pytest.raises(AttributeError):
        agrees(row._replace(name=f"{row.name}_OF_OLD"))
    with pytest.raises(ModuleNotFoundError):
        agrees(row._replace(where="render.emission.nowhere"))
