"""Kernels are traced in each process, after each start of a device: what Taichi reads off their source is kept.

Taichi (1.7.4) reads and wraps the source of a device function at each of its calls, and puts together at each node of
its tree what an error there would say, in text wrapped to 80 columns. That is more than half of the time of tracing,
and a pure function of the source, which does not change while a process runs. Messages stay as they are.

Of every array it notes down, as text, from where it was made: a fifth of the time of making one. Here it does not; only
what it says of an array that cannot be made lacks that then, and Python's own traceback has it.
"""

from __future__ import annotations

import ast
from functools import cache
from types import SimpleNamespace
from typing import Any


@cache
def keep_sources(ti: Any) -> None:
    """Let Taichi, the module, work out of each piece of source once; another, which may lack these names, is left."""
    if ti.__version__ != (1, 7, 4):
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
