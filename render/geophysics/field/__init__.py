"""The geomagnetic field: its lines, and what they are called."""
