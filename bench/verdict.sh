#!/usr/bin/env bash
# How often `winnow compare` is right on real runs: makes two cells of SEEDS runs each, A of the recipe as it is and B with one more --set, and
# draws smaller comparisons from them (VerdictBench): false alarms where nothing differs, and how often the difference is found.
#   bench/verdict.sh RECIPE SEEDS KEY=VALUE [further arguments of winnow run]
# The runs lie in OUT (runs/verdict); the same command goes on where it stopped. Compile with mvn -pl cli,bench -am process-classes.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
recipe=$1 seeds=$2 change=$3
shift 3
out=${OUT:-runs/verdict}
for seed in $(seq 0 $((seeds - 1))); do
  "$here/../winnow" run "$recipe" --out "$out/a/$seed" --store "$out/store" --set seed="$seed" "$@" >/dev/null
  "$here/../winnow" run "$recipe" --out "$out/b/$seed" --store "$out/store" --set seed="$seed" --set "$change" "$@" >/dev/null
done
"$here/../winnow" compare "$out/a" "$out/b"
"$here/java" VerdictBench --a "$out/a" --b "$out/b"
