"""The seam between host and device: stages host records, runs kernels, returns radiance."""
