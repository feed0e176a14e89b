"""A window under random input for a long while: `python -m tests.viewer.soak --minutes 10 [--scene NAME] [--seed N]`.

Pages drag, zoom, press keys, slide time, set exposures, close and come back; two at a time at most. The scene's file is
changed and broken, the renderer is killed. At last the hand rests: then the picture must come, nothing may have been
said on standard error, and the memory of server and renderer must have grown by GROWTH at most. Linux only.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from websockets.exceptions import ConnectionClosed

from render.scene import bundled_scenes
from tests.viewer.conftest import PATIENCE_S, Page, Served, renderer_of

SIZES = ([64, 64], [96, 54], [120, 68], [160, 90])
SAY_EVERY_S = 0.09  # s between two changes of a hand: as the page has it
LOOK_EVERY_S = 2.0  # s between two looks at the memory
GROWTH = 0.1  # of the memory, from the third to the last sixth of a process's life
SETTLED = 30  # looks at a process, before which its memory says nothing: tables and kernels come in
REST_S = 4.0 * PATIENCE_S  # s until the last picture is there, on a machine with other work


@dataclass
class Sitting:
    """One page that is open, whose messages a thread hears."""

    page: Page
    close: Callable[[], None]
    heard: list[dict[str, Any]] = field(default_factory=list)

    def listen(self) -> None:
        """Hear the page until it is closed; keep of pictures the heads only."""
        with suppress(ConnectionClosed, OSError, TimeoutError):
            while True:
                message = self.page.hear(lambda _: True)
                message.pop("payload", None)
                self.page.heard.clear()
                self.heard = [*self.heard[-200:], message]


class Soak:
    """A server, and what is done to it."""

    def __init__(self, folder: Path, scene: str, seed: int, minutes: float) -> None:
        self.scene, self._random = folder / "scene.toml", random.Random(seed)
        self.scene.write_text(bundled_scenes()[scene].read_text(encoding="utf-8"), encoding="utf-8")
        self._good = self.scene.read_text(encoding="utf-8")
        self.server = Served(folder, "--size", "96x54", scene="scene.toml")
        self.ends = time.monotonic() + 60.0 * minutes
        self.kills = [self.ends - 60.0 * minutes * share for share in (0.9, 0.75)]
        self.sittings: list[Sitting] = []
        self.memory: dict[int, list[float]] = {}
        self.done: dict[str, int] = {}
        self._looked = 0.0

    def run(self) -> None:
        """Do random things until the time is over."""
        does = {
            self.drag: 8, self.zoom: 2, self.step: 4, self.slide: 3, self.expose: 4, self.switch: 2, self.resize: 1,
            self.ask: 3, self.back: 2, self.wait: 3, self.come_and_go: 2, self.edit: 1,
        }  # fmt: skip
        self.come()
        while time.monotonic() < self.ends:
            do = self._random.choices(list(does), list(does.values()))[0]
            if self.kills and time.monotonic() > self.kills[0]:
                self.kills.pop(0)
                do = self.kill
            self.done[do.__name__] = self.done.get(do.__name__, 0) + 1
            with suppress(ConnectionClosed, OSError):
                do()
            self.look()

    def rest(self) -> None:
        """Let the hand rest, and wait for the picture. Raises AssertionError where it does not come."""
        self.scene.write_text(self._good, encoding="utf-8")
        for sitting in self.sittings:
            sitting.close()
        with self.server.open() as socket:
            page = Page(socket)
            page.hear_of("viewers")
            if any(heard.get("renderer") == "given_up" for heard in page.heard):
                page.say("restart")  # as its button does, where it was killed twice without a picture between
            page.say("reset")
            deadline = time.monotonic() + REST_S
            while True:
                assert time.monotonic() < deadline, "no picture at rest"
                page.say("set", changes={"size": [64, 64]})
                with suppress(TimeoutError):
                    full = page.hear(lambda heard: heard["type"] == "frame" and heard["divisor"] == 1)
                    if full["size"] == [64, 64] and not full["moving"]:
                        break
            states = [heard for heard in page.heard if heard["type"] == "state"]
            assert states[-1]["complaint"] is None, states[-1]["complaint"]

    def grown(self) -> dict[int, tuple[float, float]]:
        """Return of each process that lived long enough its memory in its third and in its last sixth, MB."""
        found = {}
        for pid, looks in self.memory.items():
            part = len(looks) // 6
            if part >= SETTLED // 6:
                found[pid] = statistics.median(looks[2 * part : 3 * part]), statistics.median(looks[-part:])
        return found

    def look(self) -> None:
        """Look at the memory of server and renderer."""
        if time.monotonic() - self._looked < LOOK_EVERY_S:
            return
        self._looked = time.monotonic()
        for pid in (self.server.process.pid, renderer_of(self.server)):
            if pid:
                with suppress(OSError):
                    self.memory.setdefault(pid, []).append(memory_mb(pid))

    def come(self) -> None:
        """Open a page."""
        opened = ExitStack()
        sitting = Sitting(Page(opened.enter_context(self.server.open())), opened.close)
        threading.Thread(target=sitting.listen, daemon=True).start()
        self.sittings.append(sitting)

    def come_and_go(self) -> None:
        """Open a page, or close one, or all for a while."""
        if len(self.sittings) < 2:
            self.come()
        elif self._random.random() < 0.3:
            while self.sittings:
                self.sittings.pop().close()
            self.wait()
            self.come()
        else:
            self.sittings.pop(self._random.randrange(2)).close()

    def say(self, kind: str, **fields: Any) -> None:
        """Say something at one of the pages."""
        self._random.choice(self.sittings).page.say(kind, **fields)
        time.sleep(SAY_EVERY_S)

    def drag(self) -> None:
        """Turn, a message after another, and let go."""
        azimuth, elevation = self._random.uniform(0.0, 360.0), self._random.uniform(-25.0, 5.0)
        if self._random.random() < 0.7:
            azimuth = 72.0 + self._random.uniform(-20.0, 20.0)
        speed = self._random.uniform(-1.0, 1.0)
        for k in range(self._random.randrange(5, 30)):
            changes = {"azimuth_deg": (azimuth + speed * k) % 360.0, "elevation_deg": elevation}
            self.say("set", changes=changes, moving=True)
        self.say("set", changes={}, moving=False)

    def zoom(self) -> None:
        """Turn the wheel."""
        self.say("set", changes={"focal_length_mm": self._random.uniform(10.0, 80.0)})

    def step(self) -> None:
        """Press an arrow."""
        self.say("set", changes={"azimuth_deg": self._random.uniform(60.0, 90.0)})

    def slide(self) -> None:
        """Slide the time."""
        for _ in range(self._random.randrange(1, 4)):
            self.say("set", changes={"time_s": self._random.uniform(0.0, 290.0)}, moving=True)
        self.say("set", changes={}, moving=False)

    def expose(self) -> None:
        """Step the ISO."""
        self.say("set", changes={"iso": 100.0 * 2.0 ** self._random.randrange(8)})

    def switch(self) -> None:
        """Switch a source off, or the colours false."""
        self.say("set", changes={"sources": {"airglow": self._random.random() < 0.5}})
        colours = {"lines": [], "low_r": 100.0, "high_r": 1e5, "scale": "cividis"}
        self.say("set", changes={"false_colour": self._random.choice([None, colours])})

    def resize(self) -> None:
        """Ask for a picture of another size."""
        self.say("set", changes={"size": self._random.choice(SIZES)})

    def ask(self) -> None:
        """Read what the cursor points at, and the map."""
        self.say("pick", id=1, x=self._random.random(), y=self._random.random(), spectrum=True)
        self.say("map", id=2)

    def back(self) -> None:
        """Undo, or go back to the scene."""
        self.say(self._random.choice(["undo", "reset"]))

    def wait(self) -> None:
        """Let the hand rest for a while."""
        time.sleep(self._random.uniform(0.5, 5.0))

    def edit(self) -> None:
        """Change the scene's file, or break it and mend it."""
        broken = self._good + "\n[nonsense]\n"
        changed = f"# {self._random.random()}\n{self._good}"
        for text in self._random.choice([[changed], [broken, self._good]]):
            self.scene.write_text(text, encoding="utf-8")
            time.sleep(1.0)

    def kill(self) -> None:
        """Kill the renderer; press the button, which does nothing while another is started."""
        pid = renderer_of(self.server)
        if pid:
            os.kill(pid, signal.SIGKILL)
        time.sleep(1.0)
        self.say("restart")


def memory_mb(pid: int) -> float:
    """Return the memory of its own that a process holds, MB. Raises OSError where there is none."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    told = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    return int(told.get("RssAnon", "0 kB").split()[0]) / 1024.0


def soak(scene: str, seed: int, minutes: float, folder: Path) -> tuple[Soak, tuple[int, str]]:
    """Return what was done to a window, and how it ended: exit code, standard error."""
    made = Soak(folder, scene, seed, minutes)
    try:
        made.run()
        made.rest()
    finally:
        ended = made.server.close()
    return made, ended


def main() -> None:
    """Soak a window, print what came of it, and end with exit code 1 where something is amiss."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--scene", default="angels_singing")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        made, ended = soak(given.scene, given.seed, given.minutes, Path(folder))
    grown, server = made.grown(), made.server.process.pid
    print("done:", ", ".join(f"{count} {name}" for name, count in sorted(made.done.items())))
    print("ended:", ended)
    for pid, looks in made.memory.items():
        print(
            "server" if pid == server else "renderer",
            pid,
            " ".join(f"{mb:.0f}" for mb in looks[:: max(1, len(looks) // 30)]),
        )
    for pid, (before, after) in grown.items():
        print("server" if pid == server else "renderer", f"{pid}: {before:.0f} -> {after:.0f} MB")
    if ended != (0, "") or any(after > (1.0 + GROWTH) * before for before, after in grown.values()):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
