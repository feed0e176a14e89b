#!/bin/bash
# The film of the frames that docs/farm/slurm.sh has rendered: VIDEO is FILE.mp4 where FRAMES was FILE_frames.
#SBATCH --job-name=polarlight-join
#SBATCH --cpus-per-task=8
#SBATCH --mem=4G
#SBATCH --time=08:00:00

scene=${SCENE:?give SCENE} video=${VIDEO:?give VIDEO}

# Renders what a machine that died has left over, if anything is, and joins; then says whether all is well.
srun polarlight film "$scene" -o "$video" && srun polarlight film "$scene" --check "$video"
