"""One frame: Scene + Epoch -> Frame, in stages."""
