"""A disk that has no room for a file: one error that names file and disk, nothing left, and no crash of a library.

The disk is one whose files may have LIMIT bytes (a limit of the process's, which children inherit): writing fails as on
a full one, with another word for it. Each format is written in a process that may crash.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from render.core.errors import DiskError, OutputError
from render.core.files import whole_file
from render.formats.arrays import LastingFile

pytest.importorskip("resource", reason="limits of files are POSIX's")

WRITERS = """
import resource, sys
import numpy as np
from pathlib import Path
from render.core.epoch import Epoch
from render.core.errors import DiskError
from render.core.radiance import LineRadiance, SkyRadiance
from render.imaging.colour import Image

folder, names = Path(sys.argv[1]), sys.argv[2:]
plane = np.random.default_rng(1).random((90, 90)).astype(np.float32)  # does not pack: 32 kB
times = [Epoch.parse("2015-01-28T09:45:00Z").plus_seconds(second) for second in range(6)]

def frames():
    from render.formats.png import write_png
    made = [folder.with_name(f"f{index}.png") for index in range(4)]
    for path in made:
        write_png(path, Image(np.random.default_rng(2).random((90, 90, 3)).astype(np.float32)))
    return made

def diagram(path):
    from matplotlib.figure import Figure
    from render.formats.diagram import write_diagram
    figure = Figure(figsize=(6, 6))
    figure.add_axes((0, 0, 1, 1)).imshow(plane)
    write_diagram(path, figure)

def allsky(path, series):
    from render.formats.sky_instruments import write_allsky
    looks = {"full_elevation": plane, "full_azimuth": plane}
    taken = times if series else times[:1]
    write_allsky(path, taken, ({"a": plane} for _ in taken), {"a": {"units": "kR"}}, looks, {}, series=series)

def write(path):
    kind = path.suffix
    if path.stem == "diagram":
        diagram(path)
    elif kind == ".nc":
        allsky(path, path.stem == "series")
    elif kind == ".mp4":
        from render.formats.video import write_video
        write_video(shown, path, 8.0)
    elif kind == ".exr":
        from render.formats.exr import write_exr
        write_exr(path, LineRadiance(("557.7",), plane[None]), SkyRadiance(np.array([500.0]), plane[None]), {})
    elif kind == ".npz":
        from render.formats.arrays import write_npz, write_npz_series
        if path.stem == "series":
            write_npz_series(path, {"a": plane[:2]}, 6, lambda: ({"b": plane} for _ in times))
        else:
            write_npz(path, {"a": plane})
    else:
        from render.formats.stills import write_still
        write_still(path, Image(np.random.default_rng(2).random((90, 90, 3)).astype(np.float32)))

shown = frames() if any(name.endswith(".mp4") for name in names) else []
for limit in (100, 1000, 4000):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    for name in names:
        try:
            write(folder / name)
        except DiskError as error:
            print(error)
        print(len(list(folder.iterdir())))
"""


@pytest.mark.parametrize(
    "name",
    ["picture.nc", "series.nc", "diagram.png", "diagram.pdf", "diagram.svg", "still.png", "still.jpg", "still.avif",
     "radiance.exr", "arrays.npz", "series.npz", "film.mp4"],
)  # fmt: skip
def test_a_file_without_room_is_one_error_and_leaves_nothing(tmp_path: Path, name: str) -> None:
    if name.endswith(".nc"):
        pytest.importorskip("h5netcdf")
    if name.startswith("diagram"):
        pytest.importorskip("matplotlib")
    folder = tmp_path / "disk"
    folder.mkdir()
    command = [sys.executable, "-c", WRITERS, str(folder), name]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    told = done.stdout.splitlines()
    assert told[1::2] == ["0"] * 3
    for line in told[::2]:
        assert line.startswith(f"cannot write {folder / name}: File too large; the disk at /")


def test_the_disk_is_named_with_its_room(tmp_path: Path) -> None:
    room = r"No space left on device; the disk at /.* has \d+\.\d MB free$"
    with pytest.raises(DiskError, match=room) as error, whole_file(tmp_path / "a.png") as part:
        part.write_bytes(b"half")
        raise OSError(28, "No space left on device")
    assert error.value.exit_code == 1 and not list(tmp_path.iterdir())
    with pytest.raises(OutputError, match=r"Permission denied$") as other, whole_file(tmp_path / "a.png"):
        raise OSError(13, "Permission denied")
    assert other.value.exit_code == 2


def test_a_lasting_file_keeps_all_and_takes_the_place_of_a_librarys_error(tmp_path: Path) -> None:
    with LastingFile(tmp_path / "a", "w+") as file:
        assert file.write(b"abc") == 3
        file.seek(1)
        assert file.read() == b"bc"
    with pytest.raises(OSError, match="first"), LastingFile(tmp_path / "a", "r+") as file:
        file.failure = OSError("first")
        assert file.write(b"def") == 3  # dropped
        raise RuntimeError("what the library makes of it")
    assert (tmp_path / "a").read_bytes() == b"abc"
    with pytest.raises(KeyboardInterrupt), LastingFile(tmp_path / "a", "r+") as file:
        file.failure = OSError("first")
        raise KeyboardInterrupt
