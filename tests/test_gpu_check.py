"""The check of a GPU's machine: it compares, counts, keeps to its time and reports the truth, with or without a GPU."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import zipfile
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks import sizes_of
from benchmarks.gpu import agreement, gpu_check, kernels, stage_runner
from render.core.lines import LINE_KEYS
from tests.frame import test_render

ROOT = Path(__file__).resolve().parents[1]
SHAPE = (3, 9, 16)
NAMES = ("a", "b", "c")
QUIET = ["--wheels", os.devnull, "--stages", "devices,radiances,tests", "--minutes", "1"]
JSON = "import json,sys; json.dump({figures}, open(sys.argv[1], 'w'))"


def light(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(0.5, 1.0, SHAPE) * np.array([1e4, 1e2, 1.0])[:, None, None]


def compared(found: np.ndarray, reference: np.ndarray) -> dict[str, object]:
    return agreement.compare(NAMES, found, reference, np.full(len(reference), reference.max()))


def report_of(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, codes: dict[str, str], **more: object) -> dict:
    """Run the check with stages of a line of Python each (given the path of its figures), and return what it wrote."""
    asked = gpu_check.arguments([*QUIET, "--device", "cpu", "--out", str(tmp_path / "gpu_check.json")])
    vars(asked).update(more)
    real = gpu_check.stages_of

    def stages(asked, folder):
        return {
            name: gpu_check.Stage(0.5, [sys.executable, "-c", codes[name], str(folder / f"{name}.json")], stage.judge)
            for name, stage in real(asked, folder).items()
            if name in codes
        }

    monkeypatch.setattr(gpu_check, "stages_of", stages)
    gpu_check.check(asked)
    return json.loads((tmp_path / "gpu_check.json").read_text())


def device_named(name: str) -> str:
    return JSON.format(figures={"device": {"name": name, "label": name.upper()}})


def scenes_that(agree: bool) -> str:
    figures = {
        "device": {"name": "cpu", "label": "CPU"},
        "wanted": ["x"],
        "scenes": {"x": {"agreed": agree}},
        "agreed": agree,
    }
    return JSON.format(figures=figures)


def test_tolerances_are_those_of_the_frames_test() -> None:
    assert (agreement.RTOL, agreement.ATOL) == (test_render.RTOL, test_render.ATOL)
    assert (agreement.FAILING, agreement.WORST) == (test_render.OWN_LINE_FAILING, test_render.OTHER_BLOCKS)


def test_rounding_agrees() -> None:
    reference = light()
    found = compared((reference * (1.0 + 1e-4)).astype(np.float32), reference)
    assert found["agreed"] and found["failing_share"] == 0.0


@pytest.mark.parametrize(
    "spoil",
    [
        lambda x: x * 1.002,  # all of it a little brighter
        lambda x: np.roll(x, 1, axis=2),  # a column further
        lambda x: np.where(np.arange(x.size).reshape(x.shape) == 5, 1.1 * x, x),  # one pixel of 144
        lambda x: np.where(np.arange(x.size).reshape(x.shape) == 5, np.nan, x),
        np.zeros_like,
    ],
)
def test_other_light_does_not_agree(spoil) -> None:
    found = compared(spoil(light()), light())
    assert not found["agreed"]
    assert found["worst_plane"] in NAMES
    json.dumps(found, allow_nan=False)


def test_a_dark_plane_agrees_with_itself_and_light_in_it_does_not() -> None:
    dark = light() * np.array([1.0, 1.0, 0.0])[:, None, None]
    assert compared(dark, dark)["agreed"]
    lit = dark.copy()
    lit[2] = 1.0  # 1e-4 of the brightest plane
    assert not compared(lit, dark)["agreed"]
    assert compared(lit, dark)["worst_plane"] == "c"


def test_an_agreement_holds_lines_and_sky_and_both_times() -> None:
    lines = np.ones((len(LINE_KEYS), 4, 4))
    one = {"lines": lines, "sky": np.ones((21, 4, 4)), "device": "X, single", "wall_s": 1.0, "cpu_s": 2.0}
    assert agreement.agreement(one, one)["agreed"]
    other = {**one, "sky": np.full((21, 4, 4), 1.01), "device": "Y, single"}
    found = agreement.agreement(other, one)
    assert (found["agreed"], found["lines"]["agreed"], found["sky"]["agreed"]) == (False, True, False)
    assert (found["device"], found["device_of_reference"]) == ("Y, single", "X, single")


def test_sizes_are_read_and_nonsense_is_refused() -> None:
    assert sizes_of("480x270,32X18") == [(480, 270), (32, 18)]
    for text in ("", "480", "480x", "0x9", "axb"):
        with pytest.raises(ValueError):
            sizes_of(text)


def test_stages_that_agree_make_a_report_that_agrees(monkeypatch, tmp_path) -> None:
    tests = "print('tests/a.py::b[cpu-single] PASSED [ 50%]')"
    codes = {"devices": device_named("cpu"), "radiances": scenes_that(True), "tests": tests}
    report = report_of(monkeypatch, tmp_path, codes)
    assert report["agreed"] and report["finished"] and report["schema"] == gpu_check.SCHEMA
    assert (report["asked_device"], report["measured_on"]) == ("cpu", "CPU")
    assert [stage["status"] for stage in report["stages"].values()] == ["agreed"] * 3
    assert report["stages"]["tests"]["passed"] == 1
    assert list(tmp_path.iterdir()) == [tmp_path / "gpu_check.json"]  # no part of a file is left


def test_light_that_differs_is_reported(monkeypatch, tmp_path) -> None:
    report = report_of(monkeypatch, tmp_path, {"devices": device_named("cpu"), "radiances": scenes_that(False)})
    assert report["stages"]["radiances"]["status"] == "failed" and not report["agreed"]
    assert report["stages"]["radiances"]["message"] == "other light: x"


def test_a_stage_that_is_too_slow_is_reported_with_what_it_had_and_the_next_one_runs(monkeypatch, tmp_path) -> None:
    slow = scenes_that(True) + "; sys.stdout.close(); import time; time.sleep(60)"
    codes = {"devices": device_named("cpu"), "radiances": slow, "tests": "print('tests/a.py::b PASSED')"}
    began = time.monotonic()
    report = report_of(monkeypatch, tmp_path, codes, minutes=0.15)
    assert time.monotonic() - began < 30.0
    found = report["stages"]["radiances"]
    assert found["status"] == "out of time" and found["wanted"] == ["x"] and "ended after" in found["message"]
    assert not report["agreed"]
    assert set(report["stages"]) == set(codes)


def test_another_device_than_asked_for_is_never_called_by_its_name(monkeypatch, tmp_path) -> None:
    codes = {"devices": device_named("cpu"), "radiances": scenes_that(True)}
    report = report_of(monkeypatch, tmp_path, codes, device="cuda")
    assert report["stages"]["devices"]["status"] == "failed"
    assert report["stages"]["radiances"]["status"] == "left out"
    assert report["measured_on"] == "CPU" and not report["agreed"]


def test_a_stage_that_breaks_says_its_last_words(monkeypatch, tmp_path) -> None:
    report = report_of(monkeypatch, tmp_path, {"devices": "raise SystemExit('no driver here')"})
    assert report["stages"]["devices"] | {"seconds": 0, "limit_s": 0} == {
        "status": "failed", "message": "no driver here", "seconds": 0, "limit_s": 0,
    }  # fmt: skip
    assert report["measured_on"] is None


@pytest.mark.parametrize(
    ("output", "passed", "failed", "skipped"),
    [
        ("t.py::a[cpu single] PASSED [ 1%]\nt.py::b FAILED [ 2%]\nt.py::c SKIPPED (no) [ 3%]\n", 1, ["t.py::b"], 1),
        ("ERROR t.py - ImportError\n", 0, ["t.py"], 0),
        ("t.py::a PASSED [ 1%]\nt.py::b ", 1, [], 0),  # ended in the middle
    ],
)
def test_results_of_tests_are_counted(output, passed, failed, skipped) -> None:
    counts = stage_runner.test_counts(output)
    assert (counts["passed"], counts["failed_tests"], counts["skipped"]) == (passed, failed, skipped)


def test_readings_of_the_card_are_summed_up() -> None:
    found = stage_runner.summary("10, 500, 1980, 3201, 300.5\n90, 700, 1980, 3201, [N/A]\nnonsense\n")
    assert found["utilization_percent"] == {"median": 50.0, "largest": 90.0, "readings": 2}
    assert found["power_w"]["readings"] == 1
    assert stage_runner.summary("") == {}


def test_the_driver_is_linked_under_the_name_that_is_opened(monkeypatch, tmp_path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir(), there.mkdir()
    monkeypatch.setenv("PATH", str(tmp_path))  # no ldconfig
    assert stage_runner.linked_driver(here, (str(there),)) is None
    (there / "libcuda.so.1").write_bytes(b"")
    assert stage_runner.linked_driver(here, (str(there),)) == here
    assert (here / "libcuda.so").resolve() == there / "libcuda.so.1"


def test_all_tests_of_devices_are_among_those_that_run() -> None:
    folders = tuple(f"{folder}/" for folder in gpu_check.TESTS)
    own = ("tests/devices.py", "tests/test_gpu_check.py")
    names = {path.relative_to(ROOT).as_posix(): path.read_text() for path in (ROOT / "tests").rglob("*.py")}
    marked = {name for name, text in names.items() if re.search(r"import .*\bEVERY\b|mark\.cuda", text)}
    assert {name for name in marked if not name.startswith((*folders, *own))} == set()
    assert len(marked) > 4


def test_it_starts_without_anything_installed() -> None:
    code = "import sys, benchmarks.gpu.gpu_check; print(sorted({'numpy', 'taichi', 'render'} & set(sys.modules)))"
    answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def test_a_wheel_packed_anew_lacks_what_is_unused_and_nothing_else_changed(tmp_path) -> None:
    loader = SourceFileLoader("gpu_wheels", str(ROOT / "scripts" / "gpu_wheels"))
    spec = spec_from_loader("gpu_wheels", loader)
    assert spec is not None
    wheels = module_from_spec(spec)
    loader.exec_module(wheels)
    wheel = tmp_path / "x-1-py3-none-any.whl"
    digest = "sha256=LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ"  # of "hello"
    record = f"x/a.py,{digest},5\nx/big/b.so,{digest},5\nx-1.dist-info/RECORD,,\n"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in {"x/a.py": "hello", "x/big/b.so": "hello", "x-1.dist-info/RECORD": record}.items():
            archive.writestr(name, text)
    wheels.pack_anew(wheel, ("x/big/",))
    with zipfile.ZipFile(wheel) as archive:
        assert archive.namelist() == ["x/a.py", "x-1.dist-info/RECORD"]
        assert archive.read("x/a.py") == b"hello"
    assert wheels.unchanged(wheel)
    with zipfile.ZipFile(wheel, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("x/a.py", "other")
    assert not wheels.unchanged(wheel)


def test_kernels_are_summed_by_name_the_dearest_first() -> None:
    def record(name: str, ms: float) -> SimpleNamespace:
        return SimpleNamespace(
            name=name, kernel_time=ms, register_per_thread=40, active_blocks_per_multiprocessor=4, block_size=128
        )

    names = ("a_tile_c80_0_kernel_3_range_for", "a_tile_c80_1_kernel_0_serial", "march_c2_0")
    found = kernels.kernels([record(name, ms) for name, ms in zip(names, (1.0, 2.0, 9.0), strict=True)])
    assert [(each["kernel"], each["ms"], each["launches"]) for each in found] == [("march", 9.0, 1), ("a_tile", 3.0, 2)]
    assert found[1]["longest_ms"] == 2.0 and found[1]["threads"] == 512
