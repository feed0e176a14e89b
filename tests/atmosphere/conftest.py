"""A good profile, and a way to write it to a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from render.atmosphere.air import data_table
from render.atmosphere.profile import REQUIRED
from tests.atmosphere.airs import Columns, Write


@pytest.fixture
def columns() -> Columns:
    """Return an air that is good: the standard one, 91 rows."""
    return {name: data_table("atmosphere_us76.csv")[name].copy() for name in REQUIRED}


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def to_file(columns: Columns) -> Path:
        rows = zip(*columns.values(), strict=True)
        lines = [",".join(columns), *(",".join(repr(float(v)) for v in row) for row in rows)]
        path = tmp_path / "air.csv"
        path.write_text("# my air\n" + "\n".join(lines) + "\n", encoding="utf-8")
        return path

    return to_file
