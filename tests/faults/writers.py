"""Which functions write files, read off the code."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WRITING = {
    "whole_file", "LastingFile", "write_bytes", "write_text", "savez", "savez_compressed", "savefig", "imwrite",
    "mkdir", "makedirs", "unlink", "rmtree", "rmdir", "truncate", "Popen", "NamedTemporaryFile", "TemporaryFile",
}  # fmt: skip
"""Names of calls that write or remove."""
MODES = set("wax+")  # of `open`
SCRIPTS = "render/data/"  # builders of shipped tables: run by hand in the source's tree
Function = ast.FunctionDef | ast.AsyncFunctionDef


def direct(root: Path = ROOT) -> set[str]:
    """Return the functions that write or remove files, as path:function; whole modules as path:<module>."""
    return {f"{path}:{name}" for path, name, node in _functions(root) if any(map(_writes, _calls(node)))}


def named(root: Path = ROOT) -> set[str]:
    """Return the functions whose names say that they write or draw a file."""
    return {f"{path}:{name}" for path, name, _ in _functions(root) if name.startswith(("write", "_write", "plot_"))}


def _functions(root: Path) -> Iterator[tuple[str, str, ast.AST]]:
    """Yield path, name and node of every function, methods and inner ones as their own."""
    for path in sorted((root / "render").rglob("*.py")):
        name = path.relative_to(root).as_posix()
        if not name.startswith(SCRIPTS):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, Function):
                    yield name, node.name, node


def _calls(node: ast.AST) -> Iterator[ast.Call]:
    """Yield the calls in a function that are not those of a function inside it."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Function):
            continue
        if isinstance(child, ast.Call):
            yield child
        yield from _calls(child)


def _name(call: ast.Call) -> str:
    """Return a called function's last name."""
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def _writes(call: ast.Call) -> bool:
    """Say whether a call writes or removes."""
    name, owner = _name(call), getattr(getattr(call.func, "value", None), "id", "")
    if name == "open":
        words = [one.value for one in (*call.args[:2], *(key.value for key in call.keywords if key.arg == "mode"))
                 if isinstance(one, ast.Constant) and isinstance(one.value, str) and len(one.value) < 4]  # fmt: skip
        flags = any("O_WRONLY" in ast.unparse(one) or "O_RDWR" in ast.unparse(one) for one in call.args)
        return flags or any(MODES & set(word) for word in words)
    return name in WRITING or (owner == "os" and name in ("replace", "rename", "remove"))
