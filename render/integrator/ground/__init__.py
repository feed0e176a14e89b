"""The Earth below the camera: clouds, ground, and all light that they send up."""
