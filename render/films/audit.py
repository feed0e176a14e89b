"""A film's folder looked through: every frame read whole, and said what is missing, another film's, damaged or double.

Nothing is written or removed. Parts, leases and failures are told of, and are no fault: whoever is at work has some.
"""

from __future__ import annotations

import hashlib
import os
import re
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from render.core.errors import InputError
from render.core.machine import host_tag, is_alive
from render.films.claims import SUFFIX as LEASE_SUFFIX
from render.films.claims import Claims
from render.films.failures import Failures
from render.films.folder import STAMP_KEY
from render.films.plan import FilmPlan
from render.formats.png import png_rows, read_png_metadata

READERS = 4  # at most: zlib and digests run beside one another, and each holds some rows of one frame


@dataclass
class Audit:
    """What was found of a plan's frames: indices, and files' names -> what is wrong with them, or who is at them."""

    plan: FilmPlan
    missing: list[int] = field(default_factory=list)
    foreign: dict[str, str] = field(default_factory=dict)
    damaged: dict[str, str] = field(default_factory=dict)
    duplicate: dict[str, str] = field(default_factory=dict)
    parts: dict[str, str] = field(default_factory=dict)
    leases: dict[str, str] = field(default_factory=dict)
    failures: dict[int, list[str]] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        """Say whether every frame is there, whole and itself, and nothing of another film is."""
        return not (self.missing or self.foreign or self.damaged or self.duplicate)

    @property
    def whole(self) -> int:
        """Return how many of the plan's frames are there, whole and themselves."""
        wrong = {*self.foreign, *self.damaged, *self.duplicate}
        missing = set(self.missing)
        return sum(i not in missing and self.plan.path(i).name not in wrong for i in self.plan.wanted)


def audit(plan: FilmPlan, tell: Callable[[int], None] = lambda done: None) -> Audit:
    """Read all frames of a plan whole; `tell` hears how many are read. Raises InputError for no readable folder."""
    try:
        os.listdir(plan.folder)
    except OSError as error:
        told = (error.strerror or str(error)).lower()
        raise InputError(f"{plan.folder}: {told}; give the folder of a film's frames, or its video") from None
    found, first_of = Audit(plan), dict[bytes, str]()
    with ThreadPoolExecutor(min(READERS, os.cpu_count() or 1)) as pool:
        paths = [plan.path(index) for index in plan.wanted]
        read = zip(plan.wanted, paths, pool.map(_read, paths), strict=True)
        try:
            for done, (index, path, (digest, why)) in enumerate(read, 1):
                _sort_in(found, index, path, digest, why, first_of)
                tell(done)
        except BaseException:  # Ctrl-C does not wait for thousands of frames that were lined up
            pool.shutdown(cancel_futures=True)
            raise
    _look_at_others(found)
    _look_for_work(found)
    return found


def _sort_in(found: Audit, index: int, path: Path, digest: bytes, why: str, first_of: dict[bytes, str]) -> None:
    """Put a frame that was read where it belongs; `first_of`: digest -> the first frame that has it."""
    if why and not os.path.lexists(path):
        found.missing.append(index)
        return
    if why:
        found.damaged[path.name] = why
        return
    texts = read_png_metadata(path, head=True) or {}
    right = not _sort_by_stamp(found, index, path, texts)
    noisy = found.plan.scene.develop.noise  # without it two frames of a scene that stands still are alike
    if right and noisy and digest and first_of.setdefault(digest, path.name) != path.name:
        found.duplicate[path.name] = f"its pixels are those of {first_of[digest]}, to the bit"


def _read(path: Path) -> tuple[bytes, str]:
    """Return a digest of a frame's pixels, and what is wrong with the file or "".

    No digest is given of what is at the ends of the scale alone: dark, or burnt out, such frames are alike by right;
    nor of a file that another program has encoded anew.
    """
    digest, told = hashlib.blake2b(digest_size=16), False
    try:
        for rows in png_rows(path):
            told = told or bool(((rows > 0) & (rows < (255 if rows.itemsize == 1 else 65535))).any())
            digest.update(rows.tobytes())
    except InputError:
        return b"", "" if read_png_metadata(path) is not None else "cut short or damaged"
    except (OSError, ValueError, zlib.error) as error:
        return b"", getattr(error, "strerror", None) or str(error)
    return digest.digest() if told else b"", ""


def _sort_by_stamp(found: Audit, index: int, path: Path, texts: dict[str, str]) -> bool:
    """Say whether a file is not what a frame's must be, and note why."""
    stamp, due = texts.get(STAMP_KEY, ""), found.plan.stamp(index)
    if stamp == due:
        return False
    is_, should = (dict(zip(words[::2], words[1::2], strict=False)) for words in (stamp.split(), due.split()))
    scene = found.plan.scene.name
    if not stamp:
        found.foreign[path.name] = "no stamp: not a frame of `polarlight film`"
    elif texts.get("scene", scene) != scene:
        found.foreign[path.name] = f"of scene {texts['scene']}"
    elif is_.get("scene") != should["scene"]:
        found.foreign[path.name] = f"of another state of {scene}"
    elif is_.get("size") != should["size"]:
        found.foreign[path.name] = f"of size {is_.get('size')}"
    elif is_.get("index") != should["index"]:
        found.duplicate[path.name] = f"by its stamp it is frame {is_.get('index')}"
    else:
        found.foreign[path.name] = f"of another instant, {is_.get('time')}"
    return True


def _look_at_others(found: Audit) -> None:
    """Look at the heads of frames that were not asked for: one of another film stops the next run all the same."""
    plan, name = found.plan, found.plan.scene.film.frame_name
    asked = {plan.path(index).name for index in plan.wanted}
    for path in sorted(plan.folder.glob(f"{name}_*.png")):
        number = re.fullmatch(rf"{re.escape(name)}_(\d{{5,9}})\.png", path.name)
        try:
            texts = read_png_metadata(path, head=True) or {}
        except InputError as error:
            found.damaged[path.name] = str(error)
            continue
        in_place = number is not None and int(number[1]) < plan.scene.film.frames
        if path.name not in asked and (in_place or STAMP_KEY in texts):
            _sort_by_stamp(found, int(number[1]) if number else -1, path, texts)


def _look_for_work(found: Audit) -> None:
    """Note leases, half-written files and failures."""
    plan, claims, failures = found.plan, Claims(found.plan.folder), Failures(found.plan, 0)
    for path in sorted(plan.folder.glob(f".*{LEASE_SUFFIX}")):
        holder = claims.holder(path.name[1 : -len(LEASE_SUFFIX)])
        if holder is not None:
            found.leases[path.name] = _held_by(holder.get("host"), holder.get("pid"))
    for path in sorted(plan.folder.glob(f".{plan.scene.film.frame_name}_*.part.*")):
        _, host, pid, *_ = [*path.name.rsplit(".", 4), "", ""]  # .STEM.HOST.PID.part.png
        found.parts[path.name] = _held_by(host, int(pid) if pid.isdecimal() else None)
    if next(plan.folder.glob(".*.failures"), None):
        found.failures = {index: whys for index in plan.wanted if (whys := failures.of(index))}


def _held_by(host: object, pid: object) -> str:
    """Return in words whether who holds something is alive, as far as one look from this machine can tell."""
    if host != host_tag():
        return f"of process {pid} on {str(host).rpartition('-')[0] or '?'}, whose life cannot be seen from here"
    return f"of process {pid} on this machine, which is {'at work' if is_alive(pid) else 'dead'}"
