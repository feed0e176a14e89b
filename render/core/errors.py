"""What can go wrong, as a tree.

    PolarlightError          exit code 1: a failure
    ├─ InputError            exit code 2: what the user gave cannot be used
    │  ├─ SceneError         a scene file: names file, section and key
    │  ├─ DeviceError        a device that was named is not there
    │  └─ UnreadError        exit code 1: disk or system failed while a file was read
    └─ OutputError           exit code 2: the place to write to cannot be used
       └─ DiskError          exit code 1: disk or system failed while a file was written

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


class UnreadError(InputError):
    """Say that a file could not be read though nothing is wrong with it: disk or system fail."""

    exit_code = 1


class OutputError(PolarlightError):
    """Say that the output cannot be written where it was asked for."""

    exit_code = 2


class DiskError(OutputError):
    """Say that a file could not be written to its end: no room on the disk, or disk or system fail."""

    exit_code = 1
