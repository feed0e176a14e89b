"""The commands of instruments: compare, keogram, allsky."""
