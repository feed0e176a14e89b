"""Device side: Taichi kernels and functions. Knows nothing of `render`; every number arrives as an argument."""

import os

os.environ.setdefault("ENABLE_TAICHI_HEADER_PRINT", "0")  # Taichi greets on import, before anyone can ask it not to
