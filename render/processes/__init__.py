"""Processes of our own: how they are started and spoken to, and how they answer."""
