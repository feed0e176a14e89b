"""The window: one state and one renderer, any number of pages that show them."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Any

from render.core.errors import InputError, PolarlightError
from render.processes.started import Started
from render.viewer import answers
from render.viewer.asked import Doing, Metered, Pass, Ready, Refused, Request, Rested
from render.viewer.desk import Desk, moment_at
from render.viewer.memory import LastPass
from render.viewer.renderer import Renderer
from render.viewer.serving import files
from render.viewer.serving.final import FinalRender, as_line, command_of
from render.viewer.serving.told import hello, notes_of, scene_told
from render.viewer.serving.viewers import Viewer

LOOK_EVERY_S = 0.3  # s between two looks at the scene's files
STATUS_EVERY_S = 0.1
REMEMBERED, FINISHED = 64, 4  # requests that are remembered: any, and those of which passes may be pointed at


class Window:
    """What all pages share. Everything here runs in the server's one thread; no picture is made in it."""

    def __init__(
        self, loaded: files.Loaded, size: tuple[int, int], device: str, started_in: Path, ahead: Started | None = None
    ) -> None:
        self.loaded, self.device, self.started_in = loaded, device, started_in
        self.desk = Desk(loaded.scene, size)
        self.viewers: list[Viewer] = []
        self._file_complaint: str | None = None
        self._refusal: str | None = None
        self.clash: list[str] = []
        self.png: tuple[int, bytes] | None = None
        self._loop = asyncio.get_running_loop()
        self.renderer = Renderer(device, self._in_loop(self._hear), self._in_loop(self._died), ahead)
        self.planes = LastPass(size=size)
        self._planes_size = size
        self._requests: dict[int, Request] = {}
        self._finished: dict[int, Request] = {}
        self._shown: tuple[dict[str, Any], bytes] | None = None
        self._linear: tuple[dict[str, Any], bytes] | None = None
        self._status: dict[str, Any] = {
            "type": "status", "renderer": "starting", "doing": "starting the device", "share": None, "pass": None,
            "word": None, "took": {"coarse_s": None, "full_s": None},
        }  # fmt: skip
        self._status_waits = False
        self.final = FinalRender(started_in, device, self.tell)
        self._tasks: list[asyncio.Task[None]] = []
        self._marks: list[dict[str, Any]] | None = None

    def start(self) -> None:
        """Start the renderer, ask for the first picture, and watch the files."""
        self.renderer.start()
        self.ask()
        self._tasks = [asyncio.create_task(self._watch()), asyncio.create_task(self._find_marks())]

    async def close(self) -> None:
        """End all that was started."""
        for task in self._tasks:
            task.cancel()
        with suppress(BufferError):
            self.tell({"type": "bye", "text": "polarlight view has ended; start it again to go on"})
        await self.final.close()
        self.renderer.close()
        self.planes.close()

    def open(self, viewer: Viewer) -> None:
        """Take a page in, and tell it all that there is."""
        self.viewers.append(viewer)
        viewer.tell(hello(self.device, self.started_in, len(self.viewers)))
        viewer.tell(scene_told(self.loaded, self.desk))
        viewer.tell(self.state())
        if self._marks is not None:
            viewer.tell({"type": "marks", "marks": self._marks})
        viewer.tell(self._status)
        for shown in (self._shown, self._linear):
            if shown is not None:
                viewer.show(*shown)
        self.tell({"type": "viewers", "count": len(self.viewers)})
        if len(self.viewers) == 1:
            self.ask()

    def leave(self, viewer: Viewer) -> None:
        """Let a page go; where it was the last, nothing is rendered any longer."""
        if viewer in self.viewers:
            self.viewers.remove(viewer)
        self.tell({"type": "viewers", "count": len(self.viewers)})
        if not self.viewers:
            self.renderer.drop()

    def tell(self, message: dict[str, Any]) -> None:
        """Tell all pages; one that takes nothing any longer is left."""
        for viewer in list(self.viewers):
            try:
                viewer.tell(message)
            except BufferError:
                self.viewers.remove(viewer)

    def ask(self) -> None:
        """Ask the renderer for what the state shows."""
        if self._planes_size != self.desk.size:
            self.planes.close()
            self._planes_size = self.desk.size
            self.planes = LastPass(size=self._planes_size)
        request = self.desk.request(self.renderer.newest.number + 1, self.planes.name)
        self._requests[request.number] = request
        _keep_last(self._requests, REMEMBERED)
        self.renderer.ask(request)

    def changed(self, *, told: bool = True) -> None:
        """Tell all pages of a changed state, and ask for its picture."""
        if told:
            self.tell(self.state())
        self.ask()

    def state(self) -> dict[str, Any]:
        """Return the message about the state."""
        desk = self.desk
        moment = desk.moment()
        return {
            "type": "state", "version": desk.version, "state": desk.state(), "changed": desk.changed,
            "sun_deg": round(answers.sun_deg_of(moment), 3), "time_utc": moment.epoch.isoformat(),
            "complaint": self._file_complaint or self._refusal,
            "clash": {"keys": self.clash} if self.clash else None,
            "can_undo": desk.can_undo, "notes": notes_of(desk),
        }  # fmt: skip

    def linear(self) -> None:
        """Send the last linear frame again."""
        if self._linear is not None:
            for viewer in self.viewers:
                viewer.show(*self._linear)

    def picked(self, x: float, y: float, *, spectrum: bool) -> dict[str, Any]:
        """Return what the last finished pass shows at a place. Raises InputError while there is none."""
        found = self.planes.at(x, y)
        number = 0 if found is None else found.told["number"]
        request = self._finished.get(number) or self._requests.get(number)
        if found is None or request is None:
            raise InputError("no picture has been finished yet")
        columns, rows = found.told["pass_size"]
        moment = moment_at(request.scene, request.time_s, (columns, rows))
        return answers.pick(request.scene, moment, found, spectrum=spectrum)

    def text(self) -> dict[str, Any]:
        """Return the scene as it would be saved, and the command that renders it. Raises InputError."""
        from difflib import unified_diff  # noqa: PLC0415

        before, after = self.desk.base.text, files.saved_text(self.desk, self.desk.base.folder, self.loaded.label)
        lines = unified_diff(before.splitlines(True), after.splitlines(True), "loaded", "as shown", n=1)
        scene = self.loaded.asked if not self.desk.laid.changes else f"{self.desk.base.name}_2.toml"
        command = as_line(command_of(self.desk, scene, self.desk.size))
        return {"type": "text", "toml": after, "diff": "".join(lines), "command": command,
                "left_out": self.desk.left_out}  # fmt: skip

    def save(self, name: str, folder: str, *, overwrite: bool) -> dict[str, Any]:
        """Write the scene and return what is to be told; a bundled one is not written beside it.

        Raises InputError, OutputError.
        """
        here = folder == "here" or not self.loaded.may_overwrite
        where = self.started_in if here else self.desk.base.folder
        path = files.save(self.desk, self.loaded, name, where, overwrite=overwrite)
        command = as_line(command_of(self.desk, str(path), self.desk.size))
        return {"type": "saved", "file": str(path), "command": command, "left_out": self.desk.left_out}

    def settle(self, *, keep: bool) -> None:
        """Decide which values stay where file and page have changed the same. Raises InputError."""
        clash, self.clash = self.clash, []
        if not keep:
            self.desk.drop(clash)

    def restart(self) -> None:
        """Start a renderer that was given up anew."""
        self._say(renderer="starting", word=None)
        self.renderer.try_again()

    async def _watch(self) -> None:
        """Read the scene again whenever its files have changed."""
        watch = files.Watch(self.loaded)
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            if watch.changed():
                self._reload()
                watch = files.Watch(self.loaded)

    def _reload(self) -> None:
        try:
            loaded = self.loaded.again()
            self.clash = self.desk.reload(loaded.scene)
        except (PolarlightError, OSError) as error:
            self._file_complaint = str(error)
            self.tell(self.state())
            return
        self.loaded, self._file_complaint, self._refusal = loaded, None, None
        self.renderer.try_again()
        self.tell(scene_told(loaded, self.desk))
        self._tasks.append(asyncio.create_task(self._find_marks()))
        self.changed()

    async def _find_marks(self) -> None:
        self._marks = await asyncio.to_thread(answers.marks_of, self.desk.base)
        self.tell({"type": "marks", "marks": self._marks})

    def _in_loop(self, hear: Any) -> Any:
        """Return a function for any thread that has something heard in the server's."""

        def pass_on(*given: Any) -> None:
            with suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(hear, *given)

        return pass_on

    def _hear(self, answer: Any) -> None:
        """Hear the renderer."""
        if isinstance(answer, Ready):
            self._say(renderer="ready", doing=None, share=None)
        elif isinstance(answer, Doing):
            self._say(renderer="working", doing=answer.doing, share=answer.share, **{"pass": answer.divisor})
        elif isinstance(answer, Pass):
            self._show(answer)
        elif isinstance(answer, Metered):
            if answer.scene_hash == self.desk.base.scene_hash:
                self.desk.curve, self.desk.glanced = answer.curve, {}
                self.changed()
        elif isinstance(answer, Refused):
            self._say(renderer="ready", doing=None, share=None, **{"pass": None})
            if answer.number in self._requests and self._requests[answer.number].state == self.desk.version:
                self._refusal = answer.text
                self.tell(self.state())
        elif isinstance(answer, Rested):
            self._say(renderer="ready", doing=None, share=None, **{"pass": None})

    def _show(self, made: Pass) -> None:
        """Show a pass, unless what is on the screen is newer, or the same and finer."""
        head = made.head
        if made.number in self._requests:
            self._finished[made.number] = self._requests[made.number]
            _keep_last(self._finished, FINISHED)
        before = self._shown[0] if self._shown else None
        if before is not None and (head["state"], -head["divisor"]) < (before["state"], -before["divisor"]):
            return
        self._shown, self._linear = (head, made.jpeg), None
        self.desk.glance(head)
        if made.png:
            self.png = head["state"], made.png
        took = {"full_s": head["seconds"]} if head["divisor"] == 1 else {}
        took |= {"coarse_s": head["seconds"]} if before is None or before["state"] != head["state"] else {}
        self._status["took"] = {**self._status["took"], **took}
        for viewer in self.viewers:
            viewer.show(head, made.jpeg)
        if made.linear_head is not None:
            self._linear = made.linear_head, made.linear
            for viewer in self.viewers:
                viewer.show(*self._linear)
        if self._refusal is not None and head["state"] == self.desk.version:
            self._refusal = None
            self.tell(self.state())

    def _died(self, how: str, again: bool) -> None:
        """Hear that the renderer has died."""
        what = "and is started anew" if again else "again; the scene is not tried any more: change it, or start anew"
        self._say(renderer="restarting" if again else "given_up", doing=None, share=None, word=f"{how} {what}")

    def _say(self, **told: Any) -> None:
        """Change the status, which pages hear soon, ten times a second at most."""
        if told.get("renderer") == "ready" and self._status["renderer"] in ("restarting", "given_up"):
            told.setdefault("word", None)
        self._status = {**self._status, **told}
        if not self._status_waits:
            self._status_waits = True
            self._loop.call_later(STATUS_EVERY_S, self._tell_status)

    def _tell_status(self) -> None:
        self._status_waits = False
        self.tell(self._status)


def _keep_last(requests: dict[int, Request], count: int) -> None:
    """Forget all but the last of some requests."""
    while len(requests) > count:
        del requests[next(iter(requests))]
