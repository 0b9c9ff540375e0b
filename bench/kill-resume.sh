#!/usr/bin/env bash
# Kills `winnow run`, or `winnow table` of a sweep, with SIGKILL at random moments, repeats the command until it is done, and compares the bytes of what
# it left with those of an undisturbed one: of every run networks, autoencoder, latents, texts, manifest, exports, class weights, samples and metrics, as
# far as the recipe has them; of a sweep its table as well, without the columns of seconds.
#   bench/kill-resume.sh [RECIPE|SWEEP [KILLS [further arguments of winnow run or table]]]
# Every second kill of a sweep takes the processes of --jobs along; the others leave them behind, and the command is repeated at once.
# Exit code 0: equal. 4: different, or a run failed. The moments are printed; SEED=N repeats them.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$here
while [ ! -f "$root/winnow" ]; do root=$(dirname "$root"); done
winnow=$root/winnow
recipe=${1:-$root/recipes/shapes.yaml}
kills=${2:-10}
shift $(($# > 2 ? 2 : $#))
RANDOM=${SEED:-$$}
sweep=
if grep -qE '^base:' "$recipe"; then sweep=yes; fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
parts="model unweighted reference proxy vae latents texts samples samples.npz coreset.parquet exports class-weights.json metrics.json"
arguments=("$@")

command() { # NAME
  if [ -n "$sweep" ]; then
    set -- table "$recipe" --out "$work/$1" --format csv --to "$work/$1.csv"
  else
    set -- run "$recipe" --out "$work/$1"
  fi
  exec "$winnow" "$@" "${arguments[@]+"${arguments[@]}"}" >/dev/null
}
hashes() {
  (cd "$work/$1" && for run in $([ -n "$sweep" ] && echo runs/*/*/ || echo .); do
    for part in $parts; do
      if [ -e "$run/$part" ]; then find "$run/$part" -type f ! -name '.*'; fi
    done
  done | LC_ALL=C sort | xargs sha256sum)
}
# All of a finished table but seconds, speed-ups, whether they were measured, and what is open.
table() { if [ -n "$sweep" ]; then sed -E 's/(,[^,]*){6}$//' "$work/$1.csv"; fi; }
working() { # whether the attempt has got to its work
  grep -q ': begins' "$work/killed.log" || { [ -z "$sweep" ] && [ "$work/killed/run.json" -nt "$work/begun" ]; }
}
whole() { # NAME: to the end
  (command "$1") 2>"$work/$1.log" || { tail -20 "$work/$1.log"; exit 4; }
}

"$winnow" doctor >/dev/null || true # builds, so that the first run's time is the run's
echo "undisturbed"
begun=$(date +%s%N)
whole undisturbed
millis=$((($(date +%s%N) - begun) / 1000000))
echo "took $millis ms"

for kill in $(seq "$kills"); do
  # Moments spread over the whole work: what is done stays done, so each attempt starts later in it. Every third one may be before there is any.
  wait_ms=$(((RANDOM * 32768 + RANDOM) % (2 * millis / (kills + 1) + 1000) + 500))
  touch "$work/begun"
  (command killed) 2>"$work/killed.log" &
  pid=$!
  while [ $((kill % 3)) != 0 ] && kill -0 "$pid" 2>/dev/null && ! working; do sleep 0.2; done
  sleep "$(printf '%d.%03d' $((wait_ms / 1000)) $((wait_ms % 1000)))"
  workers=$(if [ -n "$sweep" ]; then pgrep -P "$pid" || true; fi)
  # shellcheck disable=SC2046,SC2086  # lists of processes
  if kill -KILL "$pid" $([ $((kill % 2)) = 0 ] && echo $workers) 2>/dev/null; then
    wait "$pid" 2>/dev/null || true
    left=$([ -z "$workers" ] || [ $((kill % 2)) = 0 ] || echo ", $(echo $workers | wc -w) processes left behind")
    echo "kill $kill after $wait_ms ms$left: $(tail -n 1 "$work/killed.log" | tr '\r' '\n' | tail -n 1 | cut -c1-100)"
  else
    wait "$pid" && echo "attempt $kill had ended by itself within $wait_ms ms"
  fi
  if grep -E ': failed: |waiting for them' "$work/killed.log"; then :; fi
  if grep -qE ': failed: ' "$work/killed.log"; then exit 4; fi
done
whole killed

if diff <(hashes undisturbed) <(hashes killed) && diff <(table undisturbed) <(table killed); then
  echo "equal: $(hashes killed | wc -l) files${sweep:+ and the table} after $kills kills"
else
  echo "DIFFERENT after $kills kills"
  exit 4
fi
