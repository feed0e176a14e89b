"""Start Taichi once, on the device asked for or the first that works, and say which.

The only module that starts Taichi or imports CuPy. A missing backend makes Taichi fall back to the CPU with only a
warning, so what was really started is read back and compared.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import platform
import sys
import weakref
from dataclasses import dataclass
from typing import Any

import numpy as np

from render.core.errors import DeviceError
from render.core.quiet import silent_descriptors
from render.tracing import copy_by_memory, keep_kernels, keep_sources, leave_program, where_kernels_are_kept

NAMES = ("auto", "cuda", "metal", "vulkan", "cpu")
SOFTWARE_DRIVERS = ("lvp", "llvmpipe", "swiftshader")
# Where LLVM optimises again what Taichi has: without the latter kernels compile in a quarter of the time, and run alike
ONCE_IS_ENOUGH = ("cpu",)
FORKED = (
    "this process was forked from one that had started a device, whose threads it lacks; "
    'start processes by multiprocessing.get_context("spawn"), or fork before the first frame'
)


@dataclass(frozen=True)
class Device:
    """A started device: `name` (cuda, metal, vulkan, cpu), `precision` (single, double), `label` for people."""

    name: str
    precision: str
    label: str

    @property
    def real(self) -> type:
        """Return the NumPy type of the device's real numbers."""
        return np.float64 if self.precision == "double" else np.float32


_started: Device | None = None
_forked = False
_staged: weakref.WeakValueDictionary[int, Any] = weakref.WeakValueDictionary()
_kept: dict[tuple[int, bool], tuple[Any, Any]] = {}
_packs: weakref.WeakValueDictionary[int, Any] = weakref.WeakValueDictionary()


def _note_fork() -> None:
    """Note in a forked process that the threads stayed behind: a kernel would wait for them for ever."""
    global _forked  # noqa: PLW0603 - as the runtime
    if _started is not None:
        _forked = True
        leave_program()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_note_fork)


@atexit.register
def _void_staged() -> None:
    """Cut the arrays that are still held off their device, which is about to go.

    Taichi frees an array by its address when Python forgets it; by then a new one may live there, and be freed instead.
    """
    for staged in list(_staged.values()):
        staged.arr = None
    _staged.clear()
    for made in list(_packs.values()):
        made._ArgPack__argpack = None
    _packs.clear()
    _kept.clear()


def start(name: str = "auto", precision: str = "single", *, debug: bool = False) -> Device:
    """Start the named device, or with `auto` the first of cuda, metal, (a real GPU's) vulkan, cpu; return it.

    Calling it again with the same answer costs nothing; with another, Taichi is started anew and staged arrays are
    void. `precision`: single or double (`default_fp`). Raises DeviceError when the name is unknown or nothing answers,
    and in a process that was forked after a start.
    """
    global _started  # noqa: PLW0603 - Taichi's runtime is one per process
    if name not in NAMES:
        raise DeviceError(f"device {name!r} is unknown; allowed: {', '.join(NAMES)}")
    if _forked:
        raise DeviceError(FORKED)
    if _started and precision == _started.precision and name in (_started.name, "auto") and not debug:
        return _started
    _started = None  # from here on nothing is freed on the device that is left
    several = [n for n in NAMES[1:] if n != "vulkan" or _has_hardware_vulkan()]
    for candidate in several if name == "auto" else [name]:
        if _initialise(candidate, precision, debug):
            _started = Device(candidate, precision, _label(candidate))
            return _started
    raise DeviceError(f"device {name!r} is not available here; try --device cpu, or see `polarlight devices`")


def stop() -> None:
    """End the device that runs, if any: its arrays are void, and its compiled kernels are kept on disk only now."""
    global _started  # noqa: PLW0603 - as `start`
    if _started is not None and not _forked:
        _started = None
        _void_staged()
        with silent_descriptors():
            sys.modules["taichi"].reset()


def running() -> Device:
    """Return the device that runs. Raises DeviceError where none was started, or the process is a fork of one's."""
    if _forked:
        raise DeviceError(FORKED)
    if _started is None:
        raise DeviceError("no device is started; call render.device.start first")
    return _started


def available() -> list[tuple[str, str]]:
    """Return (name, label) for every device that works here; the CPU is always among them."""
    os.environ.setdefault("ENABLE_TAICHI_HEADER_PRINT", "0")
    import taichi as ti  # noqa: PLC0415 - importing Taichi costs half a second: only when asked

    core = ti._lib.core
    checks = {"cuda": core.with_cuda, "metal": core.with_metal, "vulkan": core.with_vulkan}
    with silent_descriptors():  # a driver that is missing is an answer, not a warning
        found = [(n, _label(n)) for n, works in checks.items() if works()]
    return [*found, ("cpu", _label("cpu"))]


def upload(array: np.ndarray, *, vectors: bool = False) -> Any:
    """Copy a NumPy array (reals become the device's reals) into a Taichi ndarray that kernels take.

    `vectors`: the last axis becomes the components of the elements, which a kernel then reads at once.

    Trap: without this, every kernel call on a GPU copies its NumPy arguments anew.
    """
    import taichi as ti  # noqa: PLC0415

    host = np.ascontiguousarray(array, dtype=running().real if array.dtype.kind == "f" else array.dtype)
    element = getattr(ti, _TAICHI_TYPES[host.dtype.name])
    staged = _vectors(ti, host.shape, element) if vectors else _remembered(ti.ndarray(element, host.shape))
    staged.from_numpy(host)
    return staged


def upload_kept(array: np.ndarray, *, vectors: bool = False) -> Any:
    """Return what `upload` does; while the array lives and the device runs, the same copy each time.

    The array is told by identity: it must not be written to.
    """
    key = id(array), vectors
    if key in _kept:
        return _kept[key][1]

    def forget(_: object) -> None:
        _kept.pop(key, None)

    staged = upload(array, vectors=vectors)
    _kept[key] = weakref.ref(array, forget), staged
    return staged


def result(shape: tuple[int, ...]) -> Any:
    """Return an uninitialised array of reals that kernels fill and `to_host` brings back: on a CPU it is NumPy's own.

    Trap: a GPU copies NumPy arrays to the device and back at every call; there it is the device's.
    """
    on = running()
    return np.empty(shape, on.real) if on.name == "cpu" else empty(shape)


def to_host(array: Any) -> np.ndarray:
    """Return a `result` as a NumPy array."""
    return array if isinstance(array, np.ndarray) else np.asarray(array.to_numpy())


def empty(shape: tuple[int, ...], *, vectors: bool = False) -> Any:
    """Return an uninitialised Taichi ndarray of the device's reals; `vectors` as for `upload`."""
    import taichi as ti  # noqa: PLC0415

    real = ti.f64 if running().precision == "double" else ti.f32
    return _vectors(ti, shape, real) if vectors else _remembered(ti.ndarray(real, shape))


def record(kind: Any, **members: Any) -> Any:
    """Return a record of numbers, vectors and matrices, of a `ti.types.struct`, as kernels take it.

    Raises ValueError for members that the kind lacks or that are not given: Taichi takes either without a word.
    """
    _check_members(kind, members)
    return kind(**members)


def pack(kind: Any, **arrays: Any) -> Any:
    """Return staged arrays as one argument of a kernel, of a `ti.types.argpack`. Raises ValueError as `record`.

    Trap: keep it as long as its arrays. Making one costs as much as a call, and Taichi keeps some of its memory.
    """
    _check_members(kind, arrays)
    made = kind(**arrays)
    _packs[id(made)] = made
    return made


def upload_pack(kind: Any, **arrays: np.ndarray) -> Any:
    """Return NumPy arrays, copied to the device, as one argument of a kernel; see `pack`."""
    return pack(kind, **{name: upload(array) for name, array in arrays.items()})


def _check_members(kind: Any, members: dict[str, Any]) -> None:
    wanted = set(kind.members)
    if wanted != set(members):
        missing, unknown = sorted(wanted - set(members)), sorted(set(members) - wanted)
        raise ValueError(f"a device record lacks {missing} and does not know {unknown}")


def _vectors(ti: Any, shape: tuple[int, ...], element: Any) -> Any:
    """Return an array of vectors that gives its memory back when Python forgets it: Taichi's own do not."""
    staged = _remembered(ti.Vector.ndarray(shape[-1], element, shape[:-1]))
    weakref.finalize(staged, _free, ti, staged.arr, _started).atexit = False
    return staged


def _free(ti: Any, array: Any, device: Device | None) -> None:
    """Free an array's memory, unless the device that it was on has been left: its program has freed all by itself."""
    if device is _started and not _forked:
        ti.lang.impl.get_runtime().prog.delete_ndarray(array)


def _remembered(staged: Any) -> Any:
    """Note an array of the running device, so that the next start can make it void."""
    _staged[id(staged)] = staged
    return staged


def synchronise() -> None:
    """Wait until the device has finished all that it was given."""
    import taichi as ti  # noqa: PLC0415

    ti.sync()


_TAICHI_TYPES = {"float32": "f32", "float64": "f64", "int32": "i32", "uint32": "u32", "uint8": "u8"}


def _initialise(name: str, precision: str, debug: bool) -> bool:
    """Start Taichi on exactly this backend; False when it fell back to another."""
    os.environ.setdefault("ENABLE_TAICHI_HEADER_PRINT", "0")
    import taichi as ti  # noqa: PLC0415

    arch = {"cuda": ti.cuda, "metal": ti.metal, "vulkan": ti.vulkan, "cpu": ti.cpu}[name]
    real = ti.f64 if precision == "double" else ti.f32
    keep_sources(ti)
    keep_kernels(ti)
    copy_by_memory(ti)
    _void_staged()
    with silent_descriptors():
        try:
            ti.init(
                arch=arch, default_fp=real, debug=debug, log_level=ti.ERROR, **where_kernels_are_kept(ti),
                advanced_optimization=name not in ONCE_IS_ENOUGH,
            )  # fmt: skip
        except Exception:
            return False
    started = ti.cfg.arch
    return started in (ti.x64, ti.arm64) if name == "cpu" else started == arch


def kernel_folder() -> str:
    """Return where compiled kernels are kept; "" where they are not. Raises DeviceError where no device was started."""
    running()
    import taichi as ti  # noqa: PLC0415

    return str(ti.cfg.offline_cache_file_path) if ti.cfg.offline_cache else ""


def _has_hardware_vulkan() -> bool:
    """Say whether Vulkan here is a real GPU: pinned software drivers and driver-less machines are not."""
    pinned = os.environ.get("VK_DRIVER_FILES", "") + os.environ.get("VK_ICD_FILENAMES", "")
    if any(driver in pinned for driver in SOFTWARE_DRIVERS):
        return False
    # Without a GPU's device node Mesa's software driver is the only one that answers.
    return platform.system() != "Linux" or any(os.path.exists(p) for p in ("/dev/dri/renderD128", "/dev/nvidia0"))


def _label(name: str) -> str:
    """Return what a person calls the device."""
    if name != "cpu":
        software = any(d in os.environ.get("VK_DRIVER_FILES", "") for d in SOFTWARE_DRIVERS)
        return {"cuda": "CUDA", "metal": "Metal", "vulkan": "Vulkan"}[name] + (" (software)" if software else "")
    model = platform.processor() or platform.machine()
    with contextlib.suppress(OSError), open("/proc/cpuinfo", encoding="utf-8") as info:
        model = next((ln.split(":", 1)[1].strip() for ln in info if ln.startswith("model name")), model)
    return f"CPU ({os.cpu_count()} x {model})"
