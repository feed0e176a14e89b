"""Runs of a command, each in a process of its own on a disk with one fault, and what is to be seen afterwards."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import chdir
from dataclasses import dataclass, field
from pathlib import Path

from render.core.quiet import silent_descriptors
from tests.faults.disk import ERRORS, KILLED, STOPS, Disk, Fault

BROKEN = 99  # exit code of a harness that fails itself
PROGRESS = re.compile(r": \d+%, ")  # of a line that says how far a long run is
CACHE = "cache/"  # what it holds is made anew where it is damaged
NUMBER_OF_FOLDER = re.compile(rb"\A[0-9a-f]{16}(?= scene .*\n\Z)")  # in a film's record: by chance
OLD = b"what was there before"
INTERRUPTED = 130
PATIENCE_S = 10.0  # for programs that were started; where nobody reaps them they never quite end
OF_PLACE = "EACCES"  # the place cannot be used: exit code 2, as for any other bad place


@dataclass(frozen=True)
class Output:
    """What writes files: `do` runs in an empty folder and returns an exit code; `before` lays out what it reads.

    `over`: files that are there already and are replaced. `parts`: how the names of files begin that a run keeps for
    the next one. `dear`: a run takes a second and more.
    """

    name: str
    do: Callable[[], int]
    before: Callable[[], object] = lambda: None
    over: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    dear: bool = False


@dataclass(frozen=True)
class Outcome:
    """A run: its exit code, the lines on standard error, its operations (kind, name, writers), and the files then."""

    code: int
    lines: list[str]
    events: list[tuple[str, str, str]]
    files: dict[str, bytes]

    @property
    def met(self) -> bool:
        """Say whether the fault came to pass."""
        return any(kind == "fault" for kind, _, _ in self.events)

    @property
    def operations(self) -> list[tuple[str, str, str]]:
        """Return the operations that a fault may fall on."""
        return [event for event in self.events if event[0] in ERRORS]

    @property
    def finished(self) -> list[str]:
        """Return the files that were given their names."""
        return [name for kind, name, _ in self.events if kind == "done"]


@dataclass
class Tally:
    """What came of faults."""

    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


class Bench:
    """An output on trial in a folder, which is laid out anew for each fault."""

    def __init__(self, output: Output, folder: Path) -> None:
        self.output, self.folder = output, folder / "disk"
        self.folder.mkdir()
        (folder / "warm").mkdir()
        os.environ["POLARLIGHT_CACHE"] = str(folder / "warm" / "cache")
        with chdir(folder / "warm"), silent_descriptors(1, 2):  # what this process imports its children need not
            output.before()
            output.do()
        self._run(output.before)
        self.laid = self._files()
        self.plain = self.anew(None)
        if self.plain.code:
            raise AssertionError(f"{output.name}: does not run undisturbed: {self.plain.lines}")

    def anew(self, fault: Fault | None) -> Outcome:
        """Run on the disk as it was laid out."""
        shutil.rmtree(self.folder)
        for name, content in self.laid.items():
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_bytes(content)
        self.folder.mkdir(exist_ok=True)
        for name in self.output.over:
            (self.folder / name).write_bytes(OLD)
        return self._run(self.output.do, fault)

    def faults(self) -> Iterator[Fault]:
        """Yield every fault at every operation, and sizes that files cannot pass."""
        for at, (kind, _, _) in enumerate(self.plain.operations, 1):
            for how in (*ERRORS[kind], *STOPS):
                yield Fault(at, how)
        largest = max((len(content) for name, content in self.plain.files.items() if name not in self.laid), default=0)
        for share in (0, 1, 8, 32, 56, 63):  # of 64: at the beginning, at the end and in between
            yield Fault(share * largest // 64 + (share == 1), "size")

    def try_all(self, faults: Iterable[Fault], tally: Tally) -> None:
        """Do faults one by one, and run again after each."""
        for fault in faults:
            outcome = self.anew(fault)
            tally.counts["faults"] += 1
            found = [*self._after(fault, outcome, tally)]
            again = self._run(self.output.do)
            if not found:
                found = [*self._resumed(outcome, again)]
                tally.counts["resumes equal"] += not found
            tally.counts["wrong"] += bool(found)
            what = [event for event in outcome.events if event[0] != "done"]
            where = "" if fault.how == "size" else " ".join(what[fault.at - 1][:2]) if len(what) >= fault.at else "?"
            tally.wrong += [f"{self.output.name}: {fault.how} at {fault.at} ({where}): {one}" for one in found]

    def _after(self, fault: Fault, outcome: Outcome, tally: Tally) -> Iterator[str]:
        """Yield what is wrong after a run with a fault."""
        stopped = outcome.code == KILLED and fault.how in STOPS
        if stopped:
            tally.counts["stopped dead"] += 1
        elif outcome.code == 0:
            tally.counts["gone past" if outcome.met else "not met"] += 1
            yield from self._gone_past(fault, outcome)
        else:
            tally.counts["clean errors"] += 1
            yield from self._told(fault, outcome)
        yield from self._left(fault, outcome, stopped)

    def _gone_past(self, fault: Fault, outcome: Outcome) -> Iterator[str]:
        """Yield what is wrong with a run that a fault did not stop: it may warn, and changes nothing."""
        told = self._own_lines(outcome)
        if told or (fault.how == "interrupt" and outcome.met):
            yield f"went on as if nothing had been, and said {told}"
        if lacking := [name for name in self._difference(outcome) if not name.startswith(CACHE)]:
            yield f"went on, and files differ: {lacking}"

    def _told(self, fault: Fault, outcome: Outcome) -> Iterator[str]:
        """Yield what is wrong with what a run said that a fault has stopped."""
        allowed = {INTERRUPTED} if fault.how == "interrupt" else {1, 2} if fault.how == OF_PLACE else {1}
        told = self._own_lines(outcome)
        if outcome.code not in allowed:
            yield f"exit code {outcome.code}, not {sorted(allowed)}: {told}"
        places = {part for name in self.plain.files for part in (name, *map(str, Path(name).parents))} - {"."}
        places |= {": .: ", "the disk at "}  # the folder in which all runs
        named = fault.how == "interrupt" or any(place in line for place in places for line in told)
        if len(told) != 1 or "internal error" in told[0] or not named:
            yield f"no single line that names the file: {told}"

    def _left(self, fault: Fault, outcome: Outcome, stopped: bool) -> Iterator[str]:
        """Yield what is wrong with the files after a run with a fault."""
        for name, content in outcome.files.items():
            if name.startswith(CACHE) and fault.how == "power cut":
                continue  # known by its digest, and made anew
            whole = (self.plain.files.get(name), self.laid.get(name, OLD if name in self.output.over else None))
            if name not in self.plain.files:
                if not stopped and name not in self.laid:
                    yield f"{name}: left behind"
            elif content not in whole:
                yield f"{name}: half-written, {len(content)} of {len(self.plain.files[name])} bytes"
        for name in {*outcome.finished, *self.laid, *self.output.over}:
            if name not in outcome.files:
                yield f"{name}: lost"

    def _own_lines(self, outcome: Outcome) -> list[str]:
        """Return what a run said beside what it says undisturbed, warnings, and how far it was."""
        new = (line for line in outcome.lines if line not in self.plain.lines)
        return [line for line in new if not line.startswith("polarlight: warning") and not PROGRESS.search(line)]

    def _resumed(self, outcome: Outcome, again: Outcome) -> Iterator[str]:
        """Yield what is wrong with the run after the one with a fault."""
        if again.code or self._own_lines(again):
            yield f"run again: exit code {again.code}, {again.lines}"
        if again.files != self.plain.files:
            yield f"run again: files differ: {self._difference(again)}"
        whole = {name for name in outcome.finished if outcome.files.get(name) == self.plain.files.get(name)}
        twice = [name for name in again.finished if name.startswith(self.output.parts or ("\0",)) and name in whole]
        if twice:
            yield f"made twice: {twice}"

    def _difference(self, outcome: Outcome) -> list[str]:
        """Return the names of files that are not those of an undisturbed run."""
        names = sorted({*outcome.files, *self.plain.files})
        return [name for name in names if outcome.files.get(name) != self.plain.files.get(name)]

    def _files(self) -> dict[str, bytes]:
        """Return what lies in the folder."""
        paths = (path for path in sorted(self.folder.rglob("*")) if path.is_file())
        contents = {path.relative_to(self.folder).as_posix(): path.read_bytes() for path in paths}
        return {name: NUMBER_OF_FOLDER.sub(b"#", content) for name, content in contents.items()}

    def _run(self, do: Callable[[], object], fault: Fault | None = None) -> Outcome:
        """Run in a process of its own, and whatever it starts, to their end."""
        (said_to, said_by), (told_to, told_by) = os.pipe(), os.pipe()
        sys.stdout.flush(), sys.stderr.flush()
        process = os.fork()
        if process == 0:
            os.close(said_to), os.close(told_to)
            os._exit(_in_child(do, self.folder, fault, said_by, told_by))
        os.close(said_by), os.close(told_by)
        texts = {said_to: b"", told_to: b""}

        def listen(pipe: int) -> None:
            with open(pipe, "rb") as stream:
                texts[pipe] = stream.read()

        threads = [threading.Thread(target=listen, args=(pipe,)) for pipe in texts]
        for thread in threads:
            thread.start()
        _, status = os.waitpid(process, 0)
        for thread in threads:
            thread.join()
        _wait_for_group(process)
        events = [tuple(line.split("\t")) for line in texts[told_to].decode().splitlines()]
        lines = texts[said_to].decode().splitlines()
        code = os.waitstatus_to_exitcode(status)
        if code == BROKEN:
            raise AssertionError("\n".join(lines))
        return Outcome(code, lines, events, self._files())  # type: ignore[arg-type]


def _in_child(do: Callable[[], object], folder: Path, fault: Fault | None, said: int, told: int) -> int:
    """Run in this process, which does nothing else, and return its exit code."""
    try:
        os.setsid()
        nowhere = os.open(os.devnull, os.O_RDWR)
        os.dup2(nowhere, 0), os.dup2(nowhere, 1), os.dup2(said, 2)
        sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115 - for the process's life
        sys.stderr = open(2, "w", closefd=False)  # noqa: SIM115
        os.environ.update(TMPDIR=str(folder), POLARLIGHT_CACHE=str(folder / "cache"))
        tempfile.tempdir = None
        os.chdir(folder)
        Disk(folder, fault, lambda line: os.write(told, f"{line}\n".encode())).install()
        code = do()
        sys.stdout.flush(), sys.stderr.flush()
        return code if isinstance(code, int) else 0
    except BaseException:
        os.write(2, traceback.format_exc().encode())
        return BROKEN


def _wait_for_group(leader: int) -> None:
    """Wait until all programs that a killed run started have ended: an ffmpeg without a reader writes its end."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        try:
            os.killpg(leader, 0)
        except (ProcessLookupError, PermissionError):
            return
        time.sleep(0.01)
