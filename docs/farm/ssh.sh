#!/bin/bash
# A film on machines that are reached by ssh and see one folder: ssh.sh SCENE FILE.mp4 HOST...
# Names without spaces: a remote shell reads them again.

if [ "$#" -lt 3 ]; then
    echo "usage: ssh.sh SCENE FILE.mp4 HOST..." >&2
    exit 2
fi
scene=$1 video=$2
shift 2

jobs=()
for host in "$@"; do
    ssh -o BatchMode=yes "$host" polarlight film "$scene" -o "${video%.*}_frames" --claim &
    jobs+=("$!")
done
for job in "${jobs[@]}"; do
    wait "$job" || echo "ssh.sh: a machine ended with exit code $?; what it left is rendered here" >&2
done

polarlight film "$scene" -o "$video"
