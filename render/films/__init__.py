"""One frame, a folder of frames, a film."""
