"""Arrays that take a while to compute, kept on disk between runs.

A cache only saves time: whatever goes wrong with it (no room, no right to write, a file cut short), the arrays are
built anew and the picture is the same. Files are named by a digest of what they were computed from, and of the sources
that computed them (see `render.core.provenance`), so that nothing ever needs to be invalidated.

Each file holds a digest of its own name and arrays. The zip archive's check sums are not enough: they are those of
whole members, of which NumPy reads no more than the header of an array asks for.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING

from render.core.errors import OutputError
from render.core.files import is_kernels, real_path, whole_file
from render.core.provenance import computation_digest

if TYPE_CHECKING:
    import numpy as np

LEAST_FREE_BYTES = 64 << 20  # of a disk that anything is kept on: tables and kernels of a scene take 15 MB
PROBE_BYTES = 1 << 16  # written to see whether a folder takes files: quotas and limits do not show otherwise
CONTENT_KEY = "content_digest"  # of a file: its member beside the arrays

_listener: ContextVar[Callable[[str], None] | None] = ContextVar("listener", default=None)


@contextlib.contextmanager
def heard(listener: Callable[[str], None]) -> Iterator[None]:
    """Let `listener` hear what is made in the block that is kept afterwards, and "" when it is done."""
    before = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(before)


def listener() -> Callable[[str], None]:
    """Return what hears what is made here: of `heard`, or nobody. For threads and processes that work for this one."""
    return _listener.get() or (lambda text: None)


@contextlib.contextmanager
def told(making: str) -> Iterator[None]:
    """Tell whoever listens what the block makes."""
    tell = listener()
    tell(making)
    try:
        yield
    finally:
        tell("")


def cache_directory() -> Path:
    """Return where cached arrays lie: $POLARLIGHT_CACHE if set, else the platform's cache folder; it need not exist."""
    chosen = os.environ.get("POLARLIGHT_CACHE")
    if chosen:
        return Path(chosen).expanduser()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "polarlight" / "cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "polarlight"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "polarlight"


def why_not_kept(folder: Path) -> str:
    """Return why no files can be kept in a folder, which is made where it is missing; "" where they can."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if (free := shutil.disk_usage(folder).free) < LEAST_FREE_BYTES:
            return f"{folder}: {free / 1e6:.0f} MB free on its disk, {LEAST_FREE_BYTES / 1e6:.0f} are needed"
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(PROBE_BYTES))
            file.flush()
    except (OSError, ValueError) as error:
        return f"{folder}: {getattr(error, 'strerror', None) or error}"
    return ""


def kernel_folder() -> Path | None:
    """Return a folder for compiled kernels beside the arrays, where Taichi's own takes none; None without a home."""
    try:
        return cache_directory() / "kernels"
    except RuntimeError:
        return None


def tables_folder() -> str:
    """Return where tables are kept, for people; see `why_no_tables_are_kept`."""
    return str(cache_directory())


def why_no_tables_are_kept() -> str:
    """Return why tables are made anew in each run; "" where they are kept."""
    try:
        return why_not_kept(cache_directory())
    except RuntimeError:
        return "there is no home folder"


def cached_arrays(
    kind: str, key: object, build: Callable[[], dict[str, np.ndarray]], computed_by: str
) -> dict[str, np.ndarray]:
    """Return the arrays of an earlier call with the same kind and key, or those of `build()`, which are then kept.

    `kind` starts the file's name (letters, digits, hyphens). `key` is anything whose repr says all that the arrays
    depend on: numbers, strings, tuples, frozen records; an array's repr is abbreviated and must not be in it.
    `computed_by` is the `__name__` of the module of `build`: with another computation there, or in what it imports,
    nothing old is found, so constants and versions of a computation do not belong into `key`. Never raises of itself,
    but ValueError for a module that is not of this project.
    """
    try:
        path = _path(kind, key, computed_by)
    except RuntimeError:  # no home folder
        return build()
    kept = _load(path)
    if kept is not None:
        return kept
    with told(f"making a table, {kind.replace('-', ' ')}"):
        arrays = build()
    _store(path, arrays)
    return arrays


def is_kept(kind: str, key: object, computed_by: str) -> bool:
    """Say whether `cached_arrays` would find a file; it may still be broken."""
    try:
        return _path(kind, key, computed_by).is_file()
    except (OSError, RuntimeError):
        return False


def _path(kind: str, key: object, computed_by: str) -> Path:
    """Return the file of arrays. Raises RuntimeError where there is no home folder."""
    digest = hashlib.sha256(repr((computation_digest(computed_by), kind, key)).encode()).hexdigest()[:32]
    return cache_directory() / f"{kind}-{digest}.npz"


def file_digest(path: str | Path, most_bytes: int) -> str:
    """Return what changes with a file's content; "" for what is no file of fair size, which its reader will refuse."""
    path = real_path(path)
    try:
        if not path.is_file() or is_kernels(path) or path.stat().st_size > most_bytes:
            return ""
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, ValueError):
        return ""


def _load(path: Path) -> dict[str, np.ndarray] | None:
    """Return the file's arrays, or None where there is no file or it is not what was written.

    Whatever zip and NumPy say of a damaged file, in errors of a dozen kinds or in warnings, means no more than that.
    """
    import numpy as np  # noqa: PLC0415

    try:
        if not path.is_file():  # a pipe would be waited for
            return None
        with warnings.catch_warnings(), path.open("rb") as file:  # NumPy leaves its own open where zip fails
            warnings.simplefilter("ignore")
            with np.load(file, allow_pickle=False) as archive:
                arrays = {name: archive[name] for name in archive.files}
        written = arrays.pop(CONTENT_KEY)
        return arrays if written.tobytes() == _content_digest(path, arrays) else None
    except Exception:
        return None


def _content_digest(path: Path, arrays: Mapping[str, np.ndarray]) -> bytes:
    """Return 32 bytes that change with the file's name, and with the name, type, shape or any byte of an array."""
    import numpy as np  # noqa: PLC0415

    told = hashlib.sha256(path.name.encode())
    for name in sorted(arrays):
        array = np.asarray(arrays[name])
        told.update(repr((name, array.dtype.str, array.shape)).encode())
        told.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
    return told.digest()


def _store(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write the arrays beside their place and move them there in one step, so that no reader sees half a file."""
    import numpy as np  # noqa: PLC0415

    digest = np.frombuffer(_content_digest(path, arrays), np.uint8)
    # ValueError: of zip, whose end finds no room either
    with contextlib.suppress(OSError, OutputError, ValueError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path, durable=False) as part:  # a power cut's half is known by its digest, and made anew
            np.savez(part, **arrays, **{CONTENT_KEY: digest})  # type: ignore[arg-type]
