"""The record by which a film's folder is known."""

from __future__ import annotations

from pathlib import Path

import pytest

from render.films import presence
from render.films.presence import RECORD, Record, record_of


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "WRITES_S", 0.01)


def test_a_record_is_of_one_folder_and_one_film(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    record = record_of(one, "film a", replace=False)
    assert record is not None and record == record_of(one, "film a", replace=False)
    other = record_of(two, "film a", replace=False)
    assert other is not None and other.content != record.content
    assert Record(two, record.content).why_away() == "another folder is in its place"
    assert Record(tmp_path / "none", record.content).why_away() == "there is no such folder"
    assert record_of(one, "film b", replace=False) is None  # somebody is at film a
    assert record_of(one, "film b", replace=True) is not None
    assert record.why_away() == "another folder is in its place"
    (one / RECORD).write_bytes(b"")  # whoever made it was killed
    assert record_of(one, "film b", replace=False) is None
    assert record_of(one, "film b", replace=True) is not None
