"""Kernels are traced anew after each start of a device: what Taichi works out of the source for that is kept.

Taichi (1.7.4) reads and wraps the source of a device function at each of its calls, and puts together at each node of
its tree what an error there would say, in text wrapped to 80 columns. That is more than half of the time of tracing,
and a pure function of the source, which does not change while tests run. Messages stay as they are.
"""

from __future__ import annotations

import ast
from functools import cache
from types import SimpleNamespace
from typing import Any


def keep_sources() -> None:
    """Let Taichi work out of each piece of source once; with another Taichi that lacks these names, do nothing."""
    import taichi as ti  # noqa: PLC0415

    if ti.__version__ != (1, 7, 4):
        return
    from taichi.lang import kernel_impl  # noqa: PLC0415
    from taichi.lang.ast.ast_transformer_utils import ASTTransformerContext  # noqa: PLC0415

    text = kernel_impl.textwrap
    kernel_impl.textwrap = SimpleNamespace(fill=cache(text.fill), dedent=cache(text.dedent))
    kernel_impl.getsourcelines, kernel_impl.getsourcefile = map(
        cache, (kernel_impl.getsourcelines, kernel_impl.getsourcefile)
    )
    put_together, known = ASTTransformerContext.get_pos_info, {}

    def get_pos_info(self: Any, node: ast.expr | ast.stmt) -> str:
        function = self.func.func
        place = node.lineno, node.col_offset, node.end_lineno, node.end_col_offset, type(node)
        key = (function.__code__, *place)
        if key not in known:
            known[key] = put_together(self, node)
        return known[key]

    ASTTransformerContext.get_pos_info = get_pos_info
