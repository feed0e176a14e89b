"""The server of a window: pages and messages, no picture of its own; it never imports Taichi."""
