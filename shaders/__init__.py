"""Device side: Taichi kernels and functions. Knows nothing of `render`; every number arrives as an argument."""

import os
import sys

os.environ.setdefault("ENABLE_TAICHI_HEADER_PRINT", "0")  # Taichi greets on import, before anyone can ask it not to

from taichi.lang import kernel_impl

if hasattr(kernel_impl, "_inside_class"):

    def _inside_class(level_of_class_stackframe: int) -> bool:
        """Say whether what calls a decorator, one frame nearer than the given one, is the body of a class.

        Taichi asks at each decorated function, and reads the sources of its callers to find out: half of the time of
        importing this project. A class's body knows its own name.
        """
        return "__qualname__" in sys._getframe(level_of_class_stackframe - 1).f_locals

    kernel_impl._inside_class = _inside_class
