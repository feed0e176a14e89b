"""How many parameters kernels and device functions take.

    python -m tests.parameter_lists [FOLDER]

prints the longest lists of a folder of device code (default: `shaders`), longest first.
"""

import ast
import sys
from pathlib import Path

SHADERS = Path(__file__).parents[1] / "shaders"
MOST = {"kernel": 12, "func": 10}
"""How many parameters each may have: beyond that calls are hard to read, and slow on a CPU."""


def kind_of(node):
    """Return kernel, func, or None for what Taichi does not compile."""
    names = {ast.unparse(each).partition("(")[0] for each in node.decorator_list}
    return next((kind for kind in MOST if f"ti.{kind}" in names), None)


def parameter_lists(source, module):
    """Return (parameters, kind, module.function) of all that a module's source has compiled."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef) and (kind := kind_of(node)):
            of = node.args
            count = len(of.posonlyargs) + len(of.args) + len(of.kwonlyargs) + (of.vararg is not None)
            found.append((count, kind, f"{module}.{node.name}"))
    return found


def all_lists(folder=SHADERS):
    """Return the lists of all modules of a folder, longest first."""
    found = [each for path in sorted(folder.rglob("*.py")) for each in parameter_lists(path.read_text(), path.stem)]
    return sorted(found, key=lambda each: (-each[0], each[1:]))


def too_long(lists):
    """Return a line for each list that is longer than its kind may have."""
    return [
        f"{kind} {name} takes {count} parameters; at most {MOST[kind]}"
        for count, kind, name in lists
        if count > MOST[kind]
    ]


def main():
    """Print the longest lists of either kind."""
    lists = all_lists(Path(sys.argv[1]) if len(sys.argv) > 1 else SHADERS)
    for wanted, most in MOST.items():
        some = [(count, name) for count, kind, name in lists if kind == wanted]
        print(f"{len(some)} {wanted}s, at most {most} parameters each; the longest:")
        print("\n".join(f"{count:4}  {name}" for count, name in some[:8]))


if __name__ == "__main__":
    main()
