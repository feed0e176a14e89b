"""Diagrams for people (Matplotlib)."""
