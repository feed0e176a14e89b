"""A film's folder looked through: whatever can be wrong with a frame is found, named, and told by the exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from render.core.machine import host_tag
from render.films import audit as module
from render.films.audit import audit
from render.films.failures import Failures
from render.films.folder import STAMP_KEY, in_ranges
from render.films.plan import FilmPlan, plan_of
from render.formats.png import png_rows, read_png_metadata, read_png_pixels, write_png
from render.imaging.colour import Image
from render.scene import load_scene
from tests.conftest import Run

SIZE = (16, 9)
FILM = ("film", "quiet_arc", "--size", "16x9")


@pytest.fixture
def plan(tmp_path: Path) -> FilmPlan:
    folder = tmp_path / "frames"
    folder.mkdir()
    made = plan_of(load_scene("quiet_arc"), folder, SIZE, range(8))
    for index in made.wanted:
        write(made, index)
    return made


def write(plan: FilmPlan, index: int, *, seed: int | None = None, stamp: str | None = None, **texts: str) -> Path:
    pixels = np.random.default_rng(index if seed is None else seed).random((9, 16, 3)).astype(np.float32)
    metadata = {"scene": "quiet_arc", STAMP_KEY: plan.stamp(index) if stamp is None else stamp} | texts
    write_png(plan.path(index), Image(pixels), 8, metadata if stamp != "" else {}, durable=False)
    return plan.path(index)


def wrong(plan: FilmPlan) -> dict[str, object]:
    """Return all that is found to be wrong, by its kind."""
    found = audit(plan)
    kinds = {kind: getattr(found, kind) for kind in ("missing", "foreign", "damaged", "duplicate")}
    return {kind: what for kind, what in kinds.items() if what}


def test_a_whole_film_is_whole(plan: FilmPlan) -> None:
    heard: list[int] = []
    found = audit(plan, heard.append)
    assert (found.is_whole, found.whole, heard) == (True, 8, list(range(1, 9)))
    assert not (found.parts or found.leases or found.failures)


def test_what_is_missing_is_told_in_ranges(plan: FilmPlan) -> None:
    for index in (0, 1, 2, 5):
        plan.path(index).unlink()
    found = audit(plan)
    assert (in_ranges(found.missing, plan.wanted), found.whole) == (["0-2", "5"], 4)
    assert in_ranges([4, 6, 10], range(4, 20, 2)) == ["4-6:2", "10"]
    assert in_ranges([], range(3)) == []


def cut(content: bytes) -> bytes:
    return content[:-20]


def flipped(content: bytes) -> bytes:
    at = content.index(b"IDAT") + 30
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


def chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(data, zlib.crc32(kind)).to_bytes(4, "big")


def fewer_rows(content: bytes) -> bytes:
    """Return a PNG whose check sums are right and whose last row is not there."""
    return content[: content.index(b"IDAT") - 4] + chunk(b"IDAT", zlib.compress(b"\1" * 8 * 49)) + chunk(b"IEND", b"")


def more_rows(content: bytes) -> bytes:
    return content[: content.index(b"IDAT") - 4] + chunk(b"IDAT", zlib.compress(b"\1" * 10 * 49)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("how", "words"),
    [
        (cut, "ends early"), (flipped, "wrong check sum in chunk b'IDAT'"), (lambda content: b"", "no PNG signature"),
        (lambda content: b"GIF89a" + content[6:], "no PNG signature"), (fewer_rows, "its data end early"),
        (more_rows, "its data are longer than its header says"),
    ],
)  # fmt: skip
def test_a_damaged_frame_is_named_with_its_damage(plan: FilmPlan, how: Callable[[bytes], bytes], words: str) -> None:
    plan.path(3).write_bytes(how(plan.path(3).read_bytes()))
    found = wrong(plan)
    assert list(found) == ["damaged"]
    assert found["damaged"] == {"frame_00003.png": words}
    assert audit(plan).whole == 7


def test_rows_come_as_the_whole_picture(plan: FilmPlan) -> None:
    rows = list(png_rows(plan.path(3)))
    assert (np.concatenate(rows) == read_png_pixels(plan.path(3))).all()
    tall = Image(np.random.default_rng(1).random((700, 40, 3)).astype(np.float32))
    write_png(plan.folder / "tall.png", tall, 16)
    parts = list(png_rows(plan.folder / "tall.png"))
    assert len(parts) > 1 and sum(len(part) for part in parts) == 700


def test_frames_of_other_films_are_told_apart(plan: FilmPlan) -> None:
    other = plan.stamp(1).replace(plan.scene_hash, "0" * len(plan.scene_hash))
    write(plan, 0, stamp="")
    write(plan, 1, stamp=other)
    write(plan, 2, stamp=plan.stamp(2).replace("16x9", "32x18"))
    write(plan, 3, stamp=other, scene="australis")
    write(plan, 4, stamp=plan.stamp(4).replace("T05:", "T06:"))
    assert wrong(plan) == {
        "foreign": {
            "frame_00000.png": "no stamp: not a frame of `polarlight film`",
            "frame_00001.png": "of another state of quiet_arc",
            "frame_00002.png": "of size 32x18",
            "frame_00003.png": "of scene australis",
            "frame_00004.png": "of another instant, 2015-01-18T06:30:04Z",
        }
    }


def test_frames_beside_those_asked_for_are_looked_at(plan: FilmPlan) -> None:
    write(plan, 100, stamp=plan.stamp(100).replace("16x9", "32x18"))
    write(plan, 101, stamp="")
    write(plan, 102)
    os.link(plan.path(4), plan.folder / "frame_copy.png")
    (plan.folder / "frame_notes.png").write_bytes(b"somebody's")
    assert wrong(plan) == {
        "foreign": {
            "frame_00100.png": "of size 32x18",
            "frame_00101.png": "no stamp: not a frame of `polarlight film`",
        },
        "duplicate": {"frame_copy.png": "by its stamp it is frame 4"},
    }


def test_doubles_are_found_by_stamp_and_by_pixels(plan: FilmPlan) -> None:
    plan.path(2).write_bytes(plan.path(1).read_bytes())
    write(plan, 6, seed=5)
    assert wrong(plan) == {
        "duplicate": {
            "frame_00002.png": "by its stamp it is frame 1",
            "frame_00006.png": "its pixels are those of frame_00005.png, to the bit",
        }
    }


def test_frames_dark_or_burnt_out_all_over_may_be_alike(plan: FilmPlan) -> None:
    for index, value in ((1, 0.0), (2, 0.0), (3, 1.0), (4, 1.0)):
        write_png(plan.path(index), Image(np.full((9, 16, 3), value, np.float32)), 16, {STAMP_KEY: plan.stamp(index)})
    assert wrong(plan) == {}
    for index in (1, 2):
        write_png(plan.path(index), Image(np.full((9, 16, 3), 0.5, np.float32)), 16, {STAMP_KEY: plan.stamp(index)})
    assert list(wrong(plan)) == ["duplicate"]


def test_a_frame_that_another_program_has_packed_anew_is_whole(plan: FilmPlan) -> None:
    content = plan.path(3).read_bytes()
    packed = chunk(b"IDAT", zlib.compress(b"\0" * 9 * 49))  # no filter
    plan.path(3).write_bytes(content[: content.index(b"IDAT") - 4] + packed + chunk(b"IEND", b""))
    assert wrong(plan) == {}


def test_work_is_told_of_and_is_no_fault(plan: FilmPlan) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    for stem, host, pid in (("6", host_tag(), os.getpid()), ("7", host_tag(), gone.pid), ("8", "away-123456", 5)):
        told = {"token": "t", "host": host, "pid": pid, "renewed": 0}
        (plan.folder / f".frame_0000{stem}.lease").write_text(json.dumps(told))
        (plan.folder / f".frame_0000{stem}.{host}.{pid}.part.png").write_bytes(b"half")
    Failures(plan, 0).note(4, "it died")
    found = audit(plan)
    assert found.is_whole and found.failures == {4: ["it died"]}
    for held in (found.leases, found.parts):
        assert list(held.values()) == [
            f"of process {os.getpid()} on this machine, which is at work",
            f"of process {gone.pid} on this machine, which is dead",
            "of process 5 on away, whose life cannot be seen from here",
        ]


def test_the_command_tells_by_its_exit_code(plan: FilmPlan, run: Run) -> None:
    before = sorted((path.name, path.stat().st_mtime_ns) for path in plan.folder.iterdir())
    code, out, err = run(*FILM, "--frames", "0-7", "--check", plan.folder)
    assert (code, out, err) == (0, f"{plan.folder}: 8 frames of quiet_arc, 16x9: all are whole\n", "")
    assert sorted((path.name, path.stat().st_mtime_ns) for path in plan.folder.iterdir()) == before
    code, out, err = run(*FILM, "--frames", "0-9", "--check", plan.folder)
    assert (code, err) == (1, "")
    assert out.splitlines() == [f"{plan.folder}: 10 frames of quiet_arc, 16x9: 8 are whole", "missing: 8-9"]
    plan.path(3).write_bytes(b"")
    code, out, err = run(*FILM, "--frames", "0-7", "--check", plan.folder, "--json")
    told = json.loads(out)
    assert (code, err, told["whole"], told["is_whole"], told["missing"]) == (1, "", 7, False, [])
    assert told["damaged"] == {"frame_00003.png": "no PNG signature"} and told["size"] == [16, 9]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--check", "gone"], "gone: no such file or directory; give the folder"),
        (["--check", "file"], "file: not a directory; give the folder"),
        (["--check", ""], "--output is empty"),
        (["--check", ".", "-o", "a.mp4"], "--output: not with --check"),
        (["--check", ".", "--force"], "--force: not with --check"),
        (["--check", ".", "--sheet", "a.png"], "--sheet: not with --check"),
        (["--check", ".", "--memory-limit", "8GB"], "--memory-limit: not with --check"),
        (["-o", "a.mp4", "--json"], "--json: of --check only"),
        (["-o", "a.mp4", "--allow-gaps", "--shard", "1/2"], "--shard: not with --allow-gaps, which renders nothing"),
        (["-o", "a.mp4", "--allow-gaps", "--claim"], "--claim: not with --allow-gaps"),
        (["-o", "a.mp4", "--cluster", "tcp://a:1", "--memory-limit", "8GB"], "--memory-limit: not with --cluster"),
        (["-o", "a.mp4", "--cluster-wait", "5"], "--cluster-wait: of --cluster only"),
        ([], "--output is missing; give -o FILE.mp4, -o FOLDER, or --check FOLDER"),
    ],
)
def test_what_would_change_nothing_is_refused(run: Run, tmp_path: Path, options: list[str], words: str) -> None:
    here = tmp_path / "here"
    (here / "file").write_text("")
    code, out, err = run(*FILM, *options)
    assert (code, out, len(err.splitlines())) == (2, "", 1) and words in err
    assert [path.name for path in here.iterdir()] == ["file"]


def test_of_thousands_of_faults_the_first_are_told(plan: FilmPlan, run: Run) -> None:
    for index in range(8, 116):
        Failures(plan, 0).note(index, "it died")
        if index % 2:
            write(plan, index)
    code, out, err = run(*FILM, "--frames", "0-115", "--check", plan.folder)
    lines = out.splitlines()
    assert (code, err, len(lines)) == (1, "", 23)
    assert lines[1].startswith("missing: 8, 10, 12, ") and lines[1].endswith(" 46 and 34 more ranges; --json tells all")
    assert lines[2] == "failed: frame 8: 1 times, last: it died"
    assert lines[-1] == "failed: and 88 more; --json tells all"


def test_ctrl_c_does_not_wait_for_all_frames_to_be_read(plan: FilmPlan, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Path] = []

    def slow(path: Path) -> tuple[bytes, str]:
        read.append(path)
        time.sleep(0.05)
        return b"", ""

    def stop(done: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "_read", slow)
    with pytest.raises(KeyboardInterrupt):
        audit(replace(plan, wanted=range(200)), stop)
    assert len(read) < 20


def test_what_is_found_whole_is_what_the_next_run_keeps(plan: FilmPlan, run: Run, fake_renderer: list[float]) -> None:
    for index, bad in ((1, b""), (4, plan.path(4).read_bytes()[:-20]), (6, plan.path(5).read_bytes())):
        plan.path(index).write_bytes(bad)
    found = audit(plan)
    assert run(*FILM, "--frames", "0-7", "-o", plan.folder)[0] == 0
    assert sorted(fake_renderer) == [1.0, 4.0, 6.0] and found.whole == 8 - len(fake_renderer)
    assert run(*FILM, "--frames", "0-7", "--check", plan.folder)[0] == 0
    assert all(read_png_metadata(plan.path(index)) for index in plan.wanted)
