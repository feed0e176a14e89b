"""The window in a notebook: the kernel's side of its server, which is a process of its own."""
