"""What can go wrong, as a tree.

    PolarlightError          exit code 1: a failure
    ├─ InputError            exit code 2: what the user gave cannot be used
    │  ├─ SceneError         a scene file: names file, section and key
    │  └─ DeviceError        a device that was named is not there
    └─ OutputError           exit code 2: the place to write to cannot be used
       └─ DiskError          exit code 1: the disk was full, or failed, while a file was written

Every message says what was given, what is allowed, and where. The library raises; only the command line prints.
"""


class PolarlightError(Exception):
    """Base of all errors that polarlight raises on purpose."""

    exit_code = 1


class InputError(PolarlightError):
    """Say that an input (argument, file, value) cannot be used."""

    exit_code = 2


class SceneError(InputError):
    """Say what is wrong in a scene file, naming file, section and key."""


class DeviceError(InputError):
    """Say that the device asked for is unknown or absent."""


class OutputError(PolarlightError):
    """Say that the output cannot be written where it was asked for."""

    exit_code = 2


class DiskError(OutputError):
    """Say that a file could not be written to its end: no room on the disk, or the disk fails."""

    exit_code = 1
