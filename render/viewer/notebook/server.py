"""A window's server from the kernel's side: one for each scene, ended with the kernel at the latest."""

from __future__ import annotations

import atexit
import threading

from render.core.errors import PolarlightError
from render.processes.started import Started
from render.viewer.notebook.asked import PATIENCE_S, Ask, Opened

PROGRAM = "from render.viewer.serving.framed import main; main()"


class Server:
    """A process that serves a window until its input is closed: by `close`, or by this process's end, however it comes.

    Raises what the server says of what it is asked for, SceneError and InputError among it; PolarlightError where it
    says nothing.
    """

    def __init__(self, ask: Ask) -> None:
        self.ask = ask
        self._process = Started(PROGRAM, apart=True)
        try:
            self._process.send(ask)
            answer = self._process.receive()
        except (EOFError, OSError):
            how = self._process.death()
            self._process.end()
            raise PolarlightError(f"render.view: the window's server {how}") from None
        except BaseException:  # Ctrl-C, say: nobody would know of it any longer
            self._process.end()
            raise
        if not isinstance(answer, Opened):
            self._process.end()
            raise answer
        self.opened = answer

    @property
    def pid(self) -> int:
        """Return the process's number."""
        return self._process.pid

    @property
    def is_open(self) -> bool:
        """Say whether the window is served."""
        return not self._process.is_over

    def leave(self) -> None:
        """Have the server end, and wait for nothing; in a fork of the kernel nothing ends, whose input is another's."""
        self._process.leave()

    def close(self) -> None:
        """End the server, and wait until it has ended."""
        self._process.leave()
        self._process.end(PATIENCE_S)


_open: dict[str, Server] = {}
_one_at_a_time = threading.Lock()


def server_of(ask: Ask, place: str) -> Server:
    """Return the server of a scene's place: the one that is open where it was asked for the same, else a new one.

    The one that was open before ends first. Raises as `Server`.
    """
    with _one_at_a_time:
        before = _open.pop(place, None)
        if before is not None and before.is_open and before.ask == ask:
            _open[place] = before
            return before
        if before is not None:
            before.close()
        _open[place] = made = Server(ask)
        return made


@atexit.register
def _end_all() -> None:
    """End all servers: all hear of it before the first is waited for."""
    for server in _open.values():
        server.leave()
    for server in _open.values():
        server.close()
