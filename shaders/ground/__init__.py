"""The Earth below: weather, what covers the ground, and the light that both send up."""
