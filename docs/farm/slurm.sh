#!/bin/bash
# Frames of a film as a job array of SLURM; docs/films.md has the lines that submit it, and the job that joins them.
#   SCENE: a scene's name or file; FRAMES: a folder that all nodes see; SHARDS=1: fixed shares in place of leases
#SBATCH --job-name=polarlight
#SBATCH --array=1-20
#SBATCH --cpus-per-task=8
#SBATCH --mem=4G
#SBATCH --time=08:00:00
#SBATCH --requeue
#SBATCH --signal=TERM@60
#SBATCH --open-mode=append

scene=${SCENE:?give SCENE} frames=${FRAMES:?give FRAMES}
threads=${SLURM_CPUS_PER_TASK:-8}

# By srun the command is a job step: SIGTERM of --signal comes to steps alone, a minute before the time is over.
if [ -n "${SHARDS:-}" ]; then
    srun polarlight film "$scene" -o "$frames" --threads "$threads" --shard "$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT"
else
    srun polarlight film "$scene" -o "$frames" --threads "$threads" --claim
fi
code=$?

# Stopped by SIGTERM, its leases given back: it goes on later, as the same task. What is requeued before it ends has not
# failed, so that the job that joins still waits for it.
if [ "$code" -eq 143 ]; then
    scontrol requeue "$SLURM_JOB_ID"
fi
exit "$code"
