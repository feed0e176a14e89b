"""A window on a scene: what a page shows of it, and the process that renders for it."""
