"""The whole command line in process: exit codes 0, 1 and 2, one line on standard error where it is not 0."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

from render import cli
from tests.attacks import lies, seeds, seeds_binary
from tests.attacks.mutators import BYTES, TEXT
from tests.attacks.readers import Reader

ARGUMENTS = "arguments.txt"  # one a line; {scene} is a sound scene
LINES = (
    ("check", "first_light", "--at", "2015-01-28T09:48:00Z", "--size", "960x540"),
    ("where", "first_light", "--place", "45,-84", "--at", "2015-01-28T09:48:00Z"),
    ("where", "first_light", "--radec", "16.05,23.1", "--json"),
    ("where", "first_light", "--shell-km", "110", "--column", "100"),
    ("emission", "--spectrum", "gaussian", "--width", "0.3", "--energy-kev", "5", "--flux", "2", "--json"),
    ("emission", "--lat", "65", "--lon", "212", "--time", "2015-03-17T09:00:00Z", "--f107", "120", "--ap", "20"),
    ("oval", "--kp", "5", "--json"),
    ("schema",),
)


def _seeds() -> dict[str, bytes]:
    """Return files of many kinds under names that say which command is to read them, and lines of arguments."""
    lines = {f"{number}_{ARGUMENTS}": "\n".join(line).encode() for number, line in enumerate(LINES)}
    return {
        **lines,
        **{f"check_{name}": content for name, content in list(seeds.scenes().items())[:6]},
        **{f"air_{name}": content for name, content in seeds.airs().items() if name.endswith(".csv")},
        **{f"electrons_{name}": content for name, content in seeds.spectra().items()},
        **{f"develop_{name}": content for name, content in seeds_binary.frames().items()},
    }


def _arguments(path: Path) -> list[str]:
    """Return the command line that reads the file."""
    kind = path.name.partition("_")[0]
    if path.name.endswith(ARGUMENTS):
        command, *others = path.read_text(encoding="utf-8", errors="surrogateescape").split("\n")
        known = {line[0] for line in LINES}
        return [command if command in known else "check", *others]
    before = {"check": ["check"], "air": ["emission", "--thermosphere"], "electrons": ["emission", "--spectrum"],
              "develop": ["develop", "-o", "out.png"]}[kind]  # fmt: skip
    return [*before, str(path)]


def command(path: Path) -> None:
    """Run a command line and assert what every command promises."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = cli.run(_arguments(path))
    lines = err.getvalue().splitlines()
    others = [line for line in lines if not line.startswith("polarlight: warning: ")]
    assert code in (0, 1, 2), f"exit code {code}"
    assert "Traceback" not in err.getvalue() and "internal error" not in err.getvalue(), lines[-1]
    assert len(others) == (code != 0) and all(line.startswith("polarlight: ") for line in lines), (code, others[:3])


COMMAND_LINE = Reader(_seeds, (*TEXT, *TEXT, *BYTES, *lies.NUMBERS), command, ("render/core/files.py:read_plain_file",))
