"""Films under attack: processes at one folder that are killed, ended, stopped and started again, at random moments.

`python -m tests.films.chaos --kills 100 --runners 3` prints what was done to them and what became of the film; with
`--absences 20` the folder of the frames is taken away and brought back besides, from all of them or from one. Frames
are quick stand-ins, each a function of its number; all else (leases, children, stamps, writing) is the real thing.
Where the machine allows it each runner is a host of its own: with a name, and with process numbers, of its own.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from render.films.folder import STAMP_KEY
from render.films.presence import RECORD
from render.formats.png import read_png_metadata

CHILD = """
import sys, time
import numpy as np
from render.core.machine import host_tag
from render.films import one
from render.films.child import main
from render.imaging.colour import Image
class Frame:
    class device: label = "stand-in"
def render_frame(scene, epoch, size, device):
    time.sleep({seconds})
    Frame.time_s = round(epoch.seconds_since(scene.time.epoch))
    return Frame
def develop_frame(frame, scene):
    with open({log!r}, "a") as log:
        log.write(f"{{frame.time_s}} {{host_tag()}}\\n")
    return Image(np.random.default_rng(frame.time_s).random((90, 160, 3), np.float32))
one.render_frame, one.develop_frame, one.frame_header = render_frame, develop_frame, lambda *rest: {{}}
main()
"""
MAIN = """
import sys
from render.films import children
children.PROGRAM = sys.argv[1]
from render import cli
cli.main(sys.argv[2:])
"""
NAMESPACES = ("unshare", "--uts", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c")
LOOK_EVERY_S = 0.02
NUMBERS = re.compile(r"\d+(\.\d+)?")


@dataclass
class Runner:
    """One host's command, started again whenever it has ended before its film is whole."""

    name: str
    command: list[str]
    own_host: bool
    main: str = MAIN
    process: subprocess.Popen[bytes] | None = None
    codes: Counter[str] = field(default_factory=Counter)

    def start(self) -> None:
        """Start the command, in a session of its own."""
        command = [sys.executable, "-c", self.main, *self.command]
        if self.own_host:
            command = [*NAMESPACES, f'hostname {self.name}; exec "$@"', "sh", *command]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def is_over(self) -> bool:
        """Say whether the command has ended, and count its exit code when it is first seen."""
        if self.process is None:
            return True
        if self.process.poll() is None:
            return False
        assert self.process.stderr is not None
        last = (self.process.stderr.read().decode().splitlines() or [""])[-1]
        with self.process.stderr:
            self.codes[f"{self.process.returncode} {NUMBERS.sub('N', last)[:90]}".strip()] += 1
        self.process = None
        return True

    def processes(self) -> tuple[list[int], list[int]]:
        """Return the process numbers of its mains and of its children that render."""
        family = descendants(self.process.pid) if self.process else []
        ours = [(pid, words) for pid, words in family if words.startswith(sys.executable) and "render_frame" in words]
        mains = [pid for pid, words in ours if words.startswith(f"{sys.executable} -c")]
        return mains, [pid for pid, _ in ours if pid not in mains]


def descendants(root: int) -> list[tuple[int, str]]:
    """Return (number, command line) of a process and all that came of it."""
    parents, words = {}, {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with suppress(OSError, IndexError):
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                words[int(entry.name)] = (entry / "cmdline").read_text().replace("\0", " ")
    found = {root}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return [(pid, words.get(pid, "")) for pid in sorted(found)]


def can_have_hosts() -> bool:
    """Say whether processes may be given hosts of their own here."""
    with suppress(OSError):
        return subprocess.run([*NAMESPACES, "hostname there"], capture_output=True, check=False).returncode == 0
    return False


@dataclass
class Attack:
    """A film of so many frames, rendered by so many runners; `events`: what was done to them."""

    folder: Path
    frames: int
    runners: int
    kills: int
    seed: int = 0
    absences: int = 0
    frame_s: float = 0.4
    strike_within_s: float = 3.0
    lease_s: float = 2.0
    own_hosts: bool = False
    main: str = MAIN
    events: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    codes: Counter[str] = field(default_factory=Counter)

    @property
    def log(self) -> Path:
        """Return the file with a line per frame that was rendered."""
        return self.folder.with_suffix(".log")

    def run(self, *options: str, timeout_s: float = 900.0) -> None:
        """Let the film be made under attack."""
        rng = random.Random(self.seed)
        program = CHILD.format(seconds=self.frame_s, log=str(self.log))
        command = [
            program, "film", "quiet_arc", "-o", str(self.folder), "--size", "160x90", "--frames",
            f"0-{self.frames - 1}", "--lease", f"{self.lease_s:g}", "--retries", "100", *options,
        ]  # fmt: skip
        if self.absences:
            self.folder.mkdir()
        runners = [
            Runner(f"farm{k}", [self.seen_by(k) if word == str(self.folder) else word for word in command],
                   self.own_hosts, self.main)
            for k in range(self.runners)
        ]  # fmt: skip
        finished: dict[str, bytes] = {}
        for runner in runners:
            runner.start()
        deadline, next_kill = time.monotonic() + timeout_s, 0.0
        while time.monotonic() < deadline:
            self.look(finished)
            over = [runner.is_over() for runner in runners]
            whole = len(finished) == self.frames
            if all(over) and whole:
                break
            for runner, ended in zip(runners, over, strict=True):
                if ended and not whole:
                    runner.start()
            if sum(self.events.values()) < self.strikes and finished and not whole and time.monotonic() > next_kill:
                if rng.random() * self.strikes < self.absences:
                    self.take_away(rng)
                else:
                    self.strike(rng, rng.choice(runners))
                next_kill = time.monotonic() + rng.uniform(0.1, self.strike_within_s)
            time.sleep(LOOK_EVERY_S)
        else:
            self.faults.append("not whole in time")
        for runner in runners:
            self.codes.update(runner.codes)

    @property
    def strikes(self) -> int:
        """Return how many strikes there are in all."""
        return self.kills + self.absences

    def seen_by(self, number: int) -> str:
        """Return the folder as a runner sees it: where it may be away for one alone, a link of the runner's own."""
        if not self.absences:
            return str(self.folder)
        link = self.folder.with_name(f"{self.folder.name}_of_farm{number}")
        link.symlink_to(self.folder)
        return str(link)

    def take_away(self, rng: random.Random) -> None:
        """Take the folder away for a while, from all runners or from one, and leave nothing or an empty folder there.

        What is written to the empty folder is a fault.
        """
        everybody, empty = rng.random() < 0.5, rng.random() < 0.5
        place = self.folder
        if not everybody:
            place = self.folder.with_name(f"{self.folder.name}_of_farm{rng.randrange(self.runners)}")
        away = place.with_name(f"{place.name}_away")
        place.rename(away)
        if empty:
            place.mkdir()
        time.sleep(rng.uniform(0.05, 2.0 * self.lease_s))
        if empty:
            for _ in range(20):  # a lease may be made there, and is taken back at once
                if not (written := os.listdir(place)):
                    break
                time.sleep(0.05)
            else:
                self.faults.append(f"written to an empty folder: {written}")
            shutil.rmtree(place)
        away.rename(place)
        self.events[f"{'away' if not empty else 'an empty folder'} for {'all' if everybody else 'one'}"] += 1

    def strike(self, rng: random.Random, runner: Runner) -> None:
        """Do something to one of a runner's processes."""
        mains, children = runner.processes()
        what = rng.choice(["kill main", "kill child", "kill child", "SIGTERM", "SIGINT", "stop past the lease"])
        targets = children if what == "kill child" else mains
        if not targets:
            return
        with suppress(ProcessLookupError):
            if what.startswith("kill"):
                os.kill(targets[0], signal.SIGKILL)
            elif what.startswith("stop"):
                os.kill(targets[0], signal.SIGSTOP)
                time.sleep(1.5 * self.lease_s)
                os.kill(targets[0], signal.SIGCONT)
            else:
                os.kill(targets[0], getattr(signal, what))
            self.events[what] += 1

    def look(self, finished: dict[str, bytes]) -> None:
        """See that what lies under a frame's name is whole, and stays as it was."""
        seen = {}
        for path in self.folder.glob("frame_*.png"):
            metadata = read_png_metadata(path)
            if metadata is None or STAMP_KEY not in metadata:
                self.faults.append(f"{path.name} is half-written")
                continue
            seen[path.name] = path.read_bytes()
        for name, content in finished.items():
            if seen.get(name) != content:
                self.faults.append(f"{name} was lost or changed")
        finished.update(seen)

    def times_rendered(self) -> Counter[int]:
        """Return how often each frame was rendered to its end."""
        lines = self.log.read_text(encoding="utf-8").splitlines() if self.log.exists() else []
        return Counter(int(line.split()[0]) for line in lines)

    def rest(self) -> list[str]:
        """Return what lies in the folder that is no frame."""
        names = (path.name for path in self.folder.iterdir() if not path.name.startswith("frame_"))
        return sorted(name for name in names if name != RECORD)


def main() -> None:
    """Attack a film, and say what became of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("kills", 100), ("runners", 3), ("frames", 120), ("seed", 0), ("absences", 0)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--frame-s", type=float, default=2.0, help="seconds that a frame takes")
    parser.add_argument("--one-host", action="store_true", help="all runners on this host")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        calm = Attack(Path(place) / "calm", given.frames, 1, 0, frame_s=0.0)
        calm.run()
        own = not given.one_host and can_have_hosts()
        film = Attack(
            Path(place) / "film", given.frames, given.runners, given.kills, given.seed, given.absences, given.frame_s,
            own_hosts=own,
        )  # fmt: skip
        began = time.monotonic()
        film.run()
        names = [path.name for path in sorted(calm.folder.glob("frame_*.png"))]
        equal = sum((calm.folder / n).read_bytes() == (film.folder / n).read_bytes() for n in names)
        done = sum(film.events.values())
        print(f"{given.runners} runners{', hosts of their own' if own else ''}, {done} strikes: {dict(film.events)}")
        print(f"{equal} of {given.frames} frames equal to the bit, {time.monotonic() - began:.0f} s")
        print(f"exit codes {dict(film.codes)}; rendered {sum(film.times_rendered().values())} times in all")
        print(f"left beside frames: {film.rest()}; faults: {film.faults or 'none'}")


if __name__ == "__main__":
    main()
