#!/usr/bin/env bash
# Everything to run when a GPU can be reached, in order of value. Each step's result is a file: the same command again goes on where the last call
# stopped, until the minutes on the device are used up. Writes gpu-day.json and gpu-day.md (tables for docs/results.md) to OUT; options: --help.
#   bench/gpu-day.sh --peers DIR --python PYTHON --golden DIR --data CIFAR10     on a GPU, 25 minutes
#   bench/gpu-day.sh --device cpu --tiny                                         every step at its smallest, anywhere
# Exit code 4 when a step failed.
set -eu
exec python3 "$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)/gpu_day.py" "$@"
