#!/usr/bin/env bash
# Kills `winnow run` with SIGKILL at random moments, repeats the command until it is done, and compares the bytes of what it left with those of an
# undisturbed run: networks, autoencoder, latents, texts, class weights and metrics, as far as the recipe has them.
#   bench/kill-resume.sh [RECIPE [KILLS [further arguments of winnow run]]]
# Exit code 0: equal. 4: different. The moments are printed; SEED=N repeats them.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$here
while [ ! -f "$root/winnow" ]; do root=$(dirname "$root"); done
winnow=$root/winnow
recipe=${1:-$root/recipes/shapes.yaml}
kills=${2:-10}
shift $(($# > 2 ? 2 : $#))
RANDOM=${SEED:-$$}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
parts="model reference proxy vae latents texts class-weights.json metrics.json"
# shellcheck disable=SC2086  # a list of names
hashes() { (cd "$1" && find $(ls -d $parts 2>/dev/null) -type f ! -name '.*' | LC_ALL=C sort | xargs sha256sum); }

"$winnow" doctor >/dev/null || true # builds, so that the first run's time is the run's
echo "undisturbed run"
begun=$(date +%s%N)
"$winnow" run "$recipe" --out "$work/undisturbed" "$@" >/dev/null 2>"$work/undisturbed.log" || { tail -20 "$work/undisturbed.log"; exit 1; }
millis=$((($(date +%s%N) - begun) / 1000000))
echo "took $millis ms"

for kill in $(seq "$kills"); do
  # Moments spread over the whole run: what is done stays done, so each attempt starts later in it.
  wait_ms=$(((RANDOM * 32768 + RANDOM) % (2 * millis / (kills + 1) + 1000) + 500))
  "$winnow" run "$recipe" --out "$work/killed" "$@" >/dev/null 2>"$work/killed.log" &
  pid=$!
  sleep "$(printf '%d.%03d' $((wait_ms / 1000)) $((wait_ms % 1000)))"
  if kill -KILL "$pid" 2>/dev/null; then
    wait "$pid" 2>/dev/null || true
    echo "kill $kill after $wait_ms ms: $(tail -n 1 "$work/killed.log" | tr '\r' '\n' | tail -n 1 | cut -c1-100)"
  else
    wait "$pid" && echo "attempt $kill had ended by itself within $wait_ms ms"
  fi
done
"$winnow" run "$recipe" --out "$work/killed" "$@" >/dev/null 2>"$work/killed.log" || { tail -20 "$work/killed.log"; exit 1; }

if diff <(hashes "$work/undisturbed") <(hashes "$work/killed"); then
  echo "equal: $(hashes "$work/killed" | wc -l) files after $kills kills"
else
  echo "DIFFERENT after $kills kills"
  exit 4
fi
