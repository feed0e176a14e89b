"""Kernels are traced in each process, after each start of a device: what that has in common is kept.

Taichi (1.7.4) reads and wraps the source of a device function at each of its calls, and puts together at each node of
its tree what an error there would say, in text wrapped to 80 columns. That is more than half of the time of tracing,
and a pure function of the source, which does not change while a process runs: see `keep_sources`. Messages stay as
they are.

Compiled kernels are kept on disk by Taichi itself, but under a key made of the traced kernel, so that each process
traces all of them to find that they are there. `keep_kernels` makes that key of what a kernel is traced *from*: the
source behind it, numbers in its modules, the kinds of its arguments. A kernel that is there is not traced at all.

Arrays are copied by kernels, one for each kind of element and number of axes. On a CPU `copy_by_memory` does without.

Of every array Taichi notes down, as text, from where it was made: a fifth of the time of making one. Here it does not;
only what it says of an array that cannot be made lacks that then, and Python's own traceback has it.
"""

from __future__ import annotations

import ast
import ctypes
import hashlib
import math
import os
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np

from render.core.cache import kernel_folder, told, why_not_kept
from render.core.provenance import computation_digest, sources_behind

KNOWN_VERSION = (1, 7, 4)  # of Taichi: another may lack the names that are used here, and is left as it is
WORD_BITS = 31  # of a digest, in one positive 32-bit integer


@cache
def keep_sources(ti: Any) -> None:
    """Let Taichi, the module, work out of each piece of source once."""
    if ti.__version__ != KNOWN_VERSION:
        return
    kernel_impl, context = ti.lang.kernel_impl, ti.lang.ast.ast_transformer_utils.ASTTransformerContext
    text = kernel_impl.textwrap
    kernel_impl.textwrap = SimpleNamespace(fill=cache(text.fill), dedent=cache(text.dedent))
    kernel_impl.getsourcelines, kernel_impl.getsourcefile = map(
        cache, (kernel_impl.getsourcelines, kernel_impl.getsourcefile)
    )
    put_together, known = context.get_pos_info, {}

    def get_pos_info(self: Any, node: ast.expr | ast.stmt) -> str:
        function = self.func.func
        place = node.lineno, node.col_offset, node.end_lineno, node.end_col_offset, type(node)
        key = (function.__code__, *place)
        if key not in known:
            known[key] = put_together(self, node)
        return known[key]

    context.get_pos_info = get_pos_info
    ti.lang._ndarray.get_traceback = ti.lang.matrix.get_traceback = lambda: ""


@cache
def keep_kernels(ti: Any) -> None:
    """Let Taichi, the module, look for a compiled kernel before it traces the kernel's body.

    Its key is made when a kernel is first asked for, of what has been traced by then, and stays with the kernel. So
    the body begins with an empty `if` whose condition holds the digest of `recipe`, and is asked for there: Taichi
    returns the kept kernel, or begins to compile this one, which fails at once, as the condition's type is not told
    yet. Then it is told, the rest is traced, and what is compiled of it is kept under the same key. Nothing is left of
    the condition in the compiled kernel.
    """
    if ti.__version__ != KNOWN_VERSION:
        return
    transformer = ti.lang.ast.ast_transformer
    trace = transformer.build_stmts

    def build_stmts(context: Any, statements: list[ast.stmt]) -> list[ast.stmt]:
        if context.is_kernel and not hasattr(context, "recipe"):  # the first statements of a kernel are its body
            context.recipe = None if ti.cfg.debug else recipe(ti, context.func, context.arg_features)
            if context.recipe is not None:
                if not _is_kept(ti, context, context.recipe):
                    with told(f"compiling kernels, {context.func.func.__name__}"):
                        trace(context, statements)
                        _compiled(ti, context)
                return statements
        return trace(context, statements)

    transformer.build_stmts = build_stmts


def where_kernels_are_kept(ti: Any) -> dict[str, Any]:
    """Return Taichi's settings of where it keeps compiled kernels: its own folder, else one of ours, else nowhere.

    Trap: where it cannot make its folder, Taichi (1.7.4) ends the process by a segmentation fault, after the work is
    done, also where it is told to keep nothing. Then it is given one that is there, to which it writes nothing.
    """
    own = os.environ.get("TI_OFFLINE_CACHE_FILE_PATH") or ti.lang.impl.default_cfg().offline_cache_file_path
    if own and _takes_kernels(Path(own)):
        return {"offline_cache": True}
    ours = kernel_folder()
    if ours and _takes_kernels(ours):
        return {"offline_cache": True, "offline_cache_file_path": str(ours)}
    return {"offline_cache": False, "offline_cache_file_path": str(Path(ti.__file__).parent)}


def _takes_kernels(folder: Path) -> bool:
    """Say whether Taichi can keep kernels in a folder: it takes files, and the lists that are there are ours."""
    return not why_not_kept(folder) and all(os.access(path, os.R_OK | os.W_OK) for path in folder.glob("ticache.*"))


@cache
def leave_program() -> None:
    """Let a forked process end: Taichi's program waits at its own end for threads that only the parent has.

    It gets a reference that is never given back, so that nothing takes it down, and the runtime forgets it, so that
    arrays leave theirs alone.
    """
    runtime = sys.modules["taichi"].lang.impl.get_runtime()
    if runtime.prog is not None:
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(runtime.prog))
        runtime.prog = None


def copy_by_memory(ti: Any) -> None:
    """Let Taichi, the module, copy an array of the CPU to NumPy and back as memory."""
    if ti.__version__ != KNOWN_VERSION:
        return
    kind = ti.lang._ndarray.Ndarray

    def memory(self: Any) -> np.ndarray | None:
        """Return a view of the array; None where it is empty or not in the process's memory."""
        dtype, size = np.dtype(ti.lang.util.to_numpy_type(self.dtype)), math.prod(self.arr.total_shape())
        if not size or ti.cfg.arch not in (ti.x64, ti.arm64):
            return None
        start = ti.lang.impl.get_runtime().prog.get_ndarray_data_ptr_as_int(self.arr)
        raw = (ctypes.c_byte * (size * dtype.itemsize)).from_address(start)
        return np.frombuffer(raw, dtype).reshape(self.arr.total_shape())

    def reading(by_kernel: Any) -> Any:
        def to_numpy(self: Any, **layout: int) -> np.ndarray:
            view = memory(self)
            return by_kernel(self, **layout) if view is None else view.copy()

        return to_numpy

    def writing(by_kernel: Any) -> Any:
        def from_numpy(self: Any, array: np.ndarray, **layout: int) -> None:
            view = memory(self)
            if view is None or view.shape != np.shape(array):  # which Taichi refuses
                by_kernel(self, array, **layout)
            else:
                view[...] = array

        return from_numpy

    for name in ("_ndarray_to_numpy", "_ndarray_matrix_to_numpy"):
        setattr(kind, name, reading(getattr(kind, name)))
    for name in ("_ndarray_from_numpy", "_ndarray_matrix_from_numpy"):
        setattr(kind, name, writing(getattr(kind, name)))


def recipe(ti: Any, kernel: Any, features: Any) -> str | None:
    """Return 64 hexadecimal digits that change with what a kernel is traced from; None where that cannot be told.

    `features`: of its arguments, as Taichi tells apart the instances of a kernel. The kernels of this project are
    known by their sources, Taichi's own by its version; any other, as a test's, is traced.
    """
    function = kernel.func
    if kernel.classkernel or kernel.return_type or function.__closure__:
        return None
    module = function.__module__
    own = module.partition(".")[0] == "shaders"
    if not own and not module.startswith("taichi."):
        return None
    try:
        kinds = list(_told(ti, features))
    except TypeError:
        return None
    told = (ti.__version__, sys.version_info[:2], module, function.__qualname__, _source(module) if own else "", kinds)
    return hashlib.sha256(repr(told).encode()).hexdigest()


def _source(module: str) -> tuple[str, list[tuple[str, str, str]]]:
    """Return what a module of this project is: its sources, and what stands in memory, where it may be another."""
    loaded = [sys.modules[name] for name in _modules_behind(module) if name in sys.modules]
    return computation_digest(module), [value for one in loaded for value in _values(one)]


@cache
def _modules_behind(module: str) -> list[str]:
    """Return the names of the loaded modules of this project that a module is made of."""
    files = {str(path) for path in sources_behind(module)}
    return sorted(name for name, one in sys.modules.items() if getattr(one, "__file__", None) in files)


def _values(module: ModuleType) -> Iterator[tuple[str, str, str]]:
    """Yield (module, name, value) of a module's numbers and texts, and of where its functions come from."""
    for name, value in vars(module).items():
        if isinstance(value, bool | int | float | str | tuple) and not name.startswith("__"):
            yield module.__name__, name, repr(value)
        elif hasattr(value, "__wrapped__"):
            yield module.__name__, name, f"{value.__module__}.{value.__qualname__}"


def _told(ti: Any, features: Any) -> Iterator[str]:
    """Yield words for the features of arguments. Raises TypeError for what no words are known for."""
    if isinstance(features, tuple | list):
        yield f"{len(features)}:"
        for one in features:
            yield from _told(ti, one)
    elif features is None or isinstance(features, bool | int | float | str):
        yield repr(features)
    elif isinstance(features, ti._lib.core.DataType):
        yield features.to_string()
    elif isinstance(features, ti._lib.core.BoundaryMode | np.dtype):
        yield str(features)
    else:
        raise TypeError(f"no words for {features!r}")


def _is_kept(ti: Any, context: Any, digest: str) -> bool:
    """Say whether the kernel that is being traced is there already; if not, leave it ready for its body."""
    core, program = ti._lib.core, ti.lang.impl.get_runtime().prog

    def checked(expression: Any) -> Any:
        expression.type_check(program.config())
        return expression

    def whole(number: int) -> Any:
        return checked(core.make_const_expr_int(ti.i32, number))

    condition, left = whole(0), int(digest, 16)
    while left:  # 0 | (word & 0) | ...
        word = core.expr_bit_and(whole(left % 2**WORD_BITS), whole(0))
        condition, left = core.expr_bit_or(checked(condition), checked(word)), left >> WORD_BITS
    builder = context.ast_builder
    builder.begin_frontend_if(condition, core.DebugInfo(""))
    builder.begin_frontend_if_true()
    builder.pop_scope()
    builder.begin_frontend_if_false()
    builder.pop_scope()
    try:
        _compiled(ti, context)
    except Exception:
        checked(condition)
        return False
    return True


def _compiled(ti: Any, context: Any) -> None:
    """Have the kernel that is being traced compiled, as far as it is, or found."""
    program = ti.lang.impl.get_runtime().prog
    program.compile_kernel(program.config(), program.get_device_caps(), context.func.kernel_cpp)
