"""Functions depend on what they are given: a parameter that is never read hides that something else is."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted(path for top in ("render", "shaders") for path in (ROOT / top).rglob("*.py"))
IMPLIED = ("self", "cls")
Function = ast.FunctionDef | ast.AsyncFunctionDef


def unread(source: str) -> list[str]:
    """Return `function: parameter` of each parameter that its function never reads.

    Not counted: names that begin with _, which say that somebody else's call sets the signature (or that the value
    only keys a cache); functions without a body (protocols); those that a library calls by decoration.
    """
    tree = ast.parse(source)
    return [
        f"{function.name}: {name}"
        for function in ast.walk(tree)
        if isinstance(function, Function) and has_body(function) and not is_callback(function)
        for name in parameters(function)
        if not name.startswith("_") and name not in IMPLIED and name not in names_read(function)
    ]


def parameters(function: Function) -> list[str]:
    given = function.args
    extra = [one for one in (given.vararg, given.kwarg) if one]
    return [one.arg for one in (*given.posonlyargs, *given.args, *given.kwonlyargs, *extra)]


def names_read(function: Function) -> set[str]:
    """Return the names that are read in a function's body, functions inside it included; `x += 1` reads x."""
    nodes = [node for statement in function.body for node in ast.walk(statement)]
    added_to = {id(node.target) for node in nodes if isinstance(node, ast.AugAssign)}
    names = (node for node in nodes if isinstance(node, ast.Name))
    return {node.id for node in names if isinstance(node.ctx, ast.Load) or id(node) in added_to}


def has_body(function: Function) -> bool:
    """Say whether there is more than a docstring and `...`."""
    return not all(isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant) for one in function.body)


def is_callback(function: Function) -> bool:
    return any("callback" in ast.unparse(decorator) for decorator in function.decorator_list)


def test_every_parameter_is_read() -> None:
    found = {
        f"{path.relative_to(ROOT).as_posix()}: {one}"
        for path in SOURCES
        for one in unread(path.read_text(encoding="utf-8"))
    }
    assert not found


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("def f(device, x):\n    return x\n", ["f: device"]),
        ("def f(*, device):\n    device = 1\n", ["f: device"]),
        ("def f(light):\n    light *= 2\n", []),
        ("def f(*args, **kwargs):\n    pass\n", ["f: args", "f: kwargs"]),
        ("class A:\n    def f(self, device):\n        return self.device\n", ["f: device"]),
        ("def f(device):\n    def g(device):\n        return 1\n    return g\n", ["f: device", "g: device"]),
        ("def f(device):\n    del device\n", ["f: device"]),
        ("def f(device):\n    def g():\n        return device\n    return g\n", []),
        ("def f(device):\n    return f'{device.label}'\n", []),
        ("def f(_digest):\n    return 1\n", []),
        ("class P(Protocol):\n    def f(self, device):\n        '''Say.'''\n        ...\n", []),
        ("@app.callback()\ndef f(version):\n    return 1\n", []),
    ],
)
def test_unread_parameters_are_found(source: str, wanted: list[str]) -> None:
    assert unread(source) == wanted
