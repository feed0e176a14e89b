"""Along each ray: aurora, airglow, subauroral arcs."""
