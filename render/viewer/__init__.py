"""A window on a scene: what a page shows of it, and the process that renders for it."""

PROGRAM = "from render.viewer.child import main; main()"
"""Of the process that renders: here, where it can be started before anything else is read."""
