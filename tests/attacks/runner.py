"""Runs cases in children that are watched: each ends in time, in little memory, without a word of its own, or is found.

A child takes the cases in order, so that a crash or a hang costs one child and names its case.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import resource
import select
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from render.core.errors import PolarlightError
from render.core.files import printable
from tests.attacks.mutators import mutated
from tests.attacks.readers import Reader

LIMIT_S = 5.0  # CPU seconds of one case
WAIT_S = 60.0  # s of the clock after which a child that says nothing is ended, the machine being busy
MEMORY = 2**30  # bytes of a child's addresses above what it begins with
MOST_CHARACTERS = 1200  # of a message: the longest list all keys of a section
QUOTED = 100  # characters of a file in a row that no message repeats
INTERNAL = re.compile(
    r"math domain|math range|could not convert|invalid literal|cannot reshape|unsupported operand|NoneType"
    r"|out of bounds|Exceeds the limit|too large to convert|object (?:is not|has no|of type)|unpack|must be real"
    r"|broadcast|zero-size|cannot convert|index out of range|not supported between|positional argument"
)
"""Words of Python's and NumPy's own errors, which are no answer to a user; a pydantic validator would pass them on."""
HOST = Path(tempfile.gettempdir())


class HangError(BaseException):
    """Say that a case has used up its time; no reader catches it."""


@dataclass
class Case:
    """One file for one reader: its name, with the ending that tells its kind, and its content."""

    label: str
    name: str
    content: bytes


@dataclass
class Counts:
    """How the cases of one reader ended; `findings` are (case, what was wrong)."""

    cases: int = 0
    taken: int = 0
    clean: int = 0
    hangs: int = 0
    longest_s: float = 0.0
    memory: float = 0.0
    findings: list[tuple[Case, str]] = field(default_factory=list)


def cases_of(name: str, reader: Reader, seed: int, first: int = 0) -> Iterator[Case]:
    """Give a reader's cases, the same for the same seed: first the sound files, then mutated ones without end."""
    seeds = reader.seeds()
    names = sorted(seeds)
    index = first
    while True:
        random = Random(f"{seed} {name} {index}")
        if index < len(names):
            yield Case(f"seed {names[index]}", names[index], seeds[names[index]])
        else:
            chosen = random.choice(names)
            content = mutated(random, seeds[chosen], list(seeds.values()), reader.mutators)
            yield Case(f"{index} of {chosen}", chosen, content)
        index += 1


def run(
    reader: Reader, cases: Iterator[Case], until: float, limit_s: float = LIMIT_S, most: int = sys.maxsize
) -> Counts:
    """Run cases until a time of the monotonic clock, or `most` of them, and return how they ended."""
    counts = Counts()
    cases = (case for case, _ in zip(cases, range(most), strict=False))
    with tempfile.TemporaryDirectory(dir=HOST) as folder:
        case: Case | None = next(cases, None)
        while case is not None and time.monotonic() < until:
            case = _with_child(reader, case, cases, until, Path(folder), counts, limit_s)
    return counts


def _with_child(
    reader: Reader, case: Case | None, cases: Iterator[Case], until: float, folder: Path, counts: Counts, limit_s: float
) -> Case | None:
    """Run cases in one child until they, or it, end; return the case that is next."""
    to_child, from_child = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        os.close(to_child[1])
        os.close(from_child[0])
        _serve(reader, to_child[0], from_child[1], folder, limit_s)
    os.close(to_child[0])
    os.close(from_child[1])
    alive = True
    with os.fdopen(to_child[1], "wb", buffering=0) as ask, os.fdopen(from_child[0], "rb") as answers:
        while alive and case is not None and time.monotonic() < until:
            place = folder / case.name
            place.write_bytes(case.content)
            with contextlib.suppress(BrokenPipeError):
                ask.write(f"{case.name}\n".encode())
            heard = select.select([answers], [], [], max(WAIT_S, 3 * limit_s))[0]
            line = answers.readline() if heard else b""
            if not heard:
                os.kill(child, signal.SIGKILL)
            alive = bool(line)
            answer = json.loads(line) if line else {"wrong": "hang" if not heard else "the process died", "s": limit_s}
            _count(counts, case, answer)
            case = next(cases, None)
    _, status = os.waitpid(child, 0)
    if not alive and os.WIFSIGNALED(status) and counts.findings[-1][1] == "the process died":
        counts.findings[-1] = counts.findings[-1][0], f"died of {signal.Signals(os.WTERMSIG(status)).name}"
    return case


def _count(counts: Counts, case: Case, answer: dict[str, Any]) -> None:
    counts.cases += 1
    counts.longest_s = max(counts.longest_s, answer.get("s", 0.0))
    counts.memory = max(counts.memory, answer.get("bytes", 0.0))
    wrong = answer.get("wrong", "")
    if not wrong and case.label.startswith("seed ") and "message" in answer:
        wrong = f"a sound file is refused: {answer['message']}"
    if wrong:
        counts.hangs += wrong.startswith("hang")
        counts.findings.append((case, wrong))
    elif "message" in answer:
        counts.clean += 1
    else:
        counts.taken += 1


def _serve(reader: Reader, asked: int, answers: int, folder: Path, limit_s: float) -> None:
    """Read files by name until no more are asked for; never returns."""
    try:
        signal.signal(signal.SIGPROF, _out_of_time)
        os.chdir(folder)
        said = os.open(folder / ".said", os.O_RDWR | os.O_CREAT | os.O_TRUNC)
        for descriptor in (1, 2):
            os.dup2(said, descriptor)
        if sys.platform == "linux":
            pages = int(Path("/proc/self/statm").read_text().split()[0])
            limit = pages * resource.getpagesize() + MEMORY
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        with os.fdopen(asked, "rb") as questions, os.fdopen(answers, "wb", buffering=0) as out:
            for line in questions:
                answer = _outcome(reader, folder / line.decode().rstrip("\n"), said, limit_s)
                out.write(json.dumps(answer).encode() + b"\n")
    finally:
        os._exit(0)


def _out_of_time(_signal: int, _frame: object) -> None:
    raise HangError


def _outcome(reader: Reader, path: Path, said: int, limit_s: float) -> dict[str, Any]:
    """Read one file; return seconds, memory, the message of a refusal and what is wrong with all that."""
    content = path.read_bytes()
    os.ftruncate(said, 0)
    os.lseek(said, 0, os.SEEK_SET)
    before, began = _most_resident(), time.process_time()
    answer: dict[str, Any] = {}
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        warnings.filterwarnings("ignore", category=DeprecationWarning)
        warnings.filterwarnings("ignore", category=ResourceWarning)
        try:
            signal.setitimer(signal.ITIMER_PROF, limit_s)
            reader.read(path)
        except PolarlightError as error:
            answer |= {"message": str(error), "wrong": _wrong_message(str(error), path, content, reader)}
            if reader.quiet:
                answer["wrong"] = f"it is to raise nothing: {error}"
        except HangError:
            answer["wrong"] = f"hang: more than {limit_s:g} s of CPU"
        except BaseException as error:
            places = [f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in traceback.extract_tb(error.__traceback__)]
            own = [place for place in places if "runner.py" not in place][-4:]
            answer["wrong"] = f"{type(error).__name__}: {str(error)[:160]!r} at {' < '.join(reversed(own))}"
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0.0)
    answer |= {"s": time.process_time() - began, "bytes": _most_resident() - before}
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    text = os.pread(said, 300, 0).decode("utf-8", errors="replace")
    if text and not answer.get("wrong"):
        answer["wrong"] = f"says {text!r}"
    elif warned and not answer.get("wrong"):
        one = warned[0]
        answer["wrong"] = f"{one.category.__name__}: {one.message} at {Path(one.filename).name}:{one.lineno}"
    return answer


def _most_resident() -> int:
    """Return the largest memory of this process so far, bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1024 if sys.platform == "linux" else 1)


def _wrong_message(message: str, path: Path, content: bytes, reader: Reader) -> str:
    """Return what is wrong with a refusal; nothing for one clear line that names its file."""
    shown, text = printable(message), content.decode("utf-8", errors="replace")
    internal = INTERNAL.search(message)
    odd = next((character for character in shown if not character.isprintable()), "")
    quoted = any(message[i : i + QUOTED] in text for i in range(max(len(message) - QUOTED, 0)))
    faults = {
        f"a message of {len(message.splitlines())} lines": len(message.splitlines()) != 1,
        "a traceback in the message": "Traceback" in message or "internal error" in message,
        "the message does not name the file": not any(name in message for name in (path.name, *reader.names)),
        f"a message of {len(message)} characters": len(message) > MOST_CHARACTERS,
        f"a message with the words of an internal error, {internal and internal[0]}": internal is not None,
        f"a message with {odd!r}": bool(odd),
        "a message that quotes the file at length": quoted,
    }
    return next((f"{fault}: {message[:200]!r}" for fault, is_so in faults.items() if is_so), "")
