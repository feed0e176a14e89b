"""What `scripts/gpu_check` runs: polarlight on a machine with a GPU, stage by stage."""
