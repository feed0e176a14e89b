"""The command that opens a window on a scene."""
