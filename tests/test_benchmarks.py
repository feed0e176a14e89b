"""Runs of the benchmarks side by side, straight lines of growth, and the march's steps counted as they are made."""

import json
import subprocess
import sys

import numpy as np
import pytest

from benchmarks import growth, limit
from benchmarks.compare import compare
from render.core.errors import InputError


def written(path, **stages):
    path.write_text(json.dumps({"machine": {"cores": 2, "device": "CPU"}, **stages}), encoding="utf-8")
    return path


def test_two_runs_side_by_side(tmp_path):
    before = written(tmp_path / "a.json", frame={"8x4": {"median_s": 4.0, "gone": 1.0}}, march={"size": [8, 4]})
    after = written(tmp_path / "b.json", frame={"8x4": {"median_s": 1.0}}, march={"size": [8, 4]}, new={"x": 3.0})
    told = compare(before, after)
    rows = {line.split()[0]: line.split()[1:] for line in told.splitlines()[1:] if not line.startswith("only")}
    assert rows["frame.8x4.median_s"] == ["4", "1", "0.250"] and rows["march.size.1"] == ["4", "4", "1.000"]
    assert f"only in {before}: frame.8x4.gone" in told and f"only in {after}: new.x" in told


def test_a_file_that_is_no_run_is_one_line_and_exit_code_2(tmp_path):
    good, bad = written(tmp_path / "a.json"), tmp_path / "b.json"
    for text, words in (("[1]", "no run of the benchmarks"), ("{", "not JSON")):
        bad.write_text(text, encoding="utf-8")
        with pytest.raises(InputError, match=words):
            compare(good, bad)
    command = [sys.executable, "-m", "benchmarks", "--compare", str(good), str(tmp_path / "absent.json")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "absent.json: cannot be read" in done.stderr and not done.stdout
    assert len(done.stderr.splitlines()) == 1


def test_a_straight_line_is_found_and_a_bent_one_is_told():
    straight = growth._line("frames", [{"frames": n, "cpu_s": 2.0 + 3.0 * n} for n in (1, 2, 5)])
    assert (straight["slope"], straight["at_nothing"]) == pytest.approx((3.0, 2.0)) and straight["bend"] < 1e-9
    assert growth._line("frames", [{"frames": n, "cpu_s": float(n * n)} for n in (1, 2, 5, 9)])["bend"] > 0.05


def test_the_hand_written_loop_runs_where_there_is_a_compiler(monkeypatch):
    monkeypatch.setattr(limit, "RAYS", 50)
    monkeypatch.setattr(limit, "CELLS", 8)
    try:
        found = limit.loop_samples_per_s()
    except OSError as error:
        pytest.skip(str(error))
    assert np.isfinite(found) and found > 1e6


def test_growth_is_drawn_as_it_was_measured(tmp_path) -> None:
    pytest.importorskip("matplotlib")
    parts = {column: [{column: x, "cpu_s": 2.0 + 3.0 * x, "peak_memory_mb": 500.0 * x} for x in (1, 2, 4)]
             for column, _ in growth.PANELS.values()}  # fmt: skip
    figures = {part: {"points": parts[column]} for part, (column, _) in growth.PANELS.items()}
    (tmp_path / "a.json").write_text(json.dumps({"growth": figures}))
    growth.plot(tmp_path / "a.json", tmp_path / "a.svg")
    assert (tmp_path / "a.svg").read_text().startswith("<?xml")
    (tmp_path / "b.json").write_text("{}")
    with pytest.raises(InputError, match=r"b\.json: no figures"):
        growth.plot(tmp_path / "b.json", tmp_path / "b.svg")
