"""The station in the foreground."""
