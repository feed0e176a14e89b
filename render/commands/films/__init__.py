"""The command that makes films."""
