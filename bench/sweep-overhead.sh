#!/usr/bin/env bash
# What `winnow table` takes beside its runs, in processor time:
#   - the process of `winnow table --jobs 2` without those that do the runs: all that a sweep does itself, its start included;
#   - the runs of a sweep by one `winnow table`, against the same ones by `winnow run` one after the other, from the recipes that the sweep left and with a
#     store of their own; then both again, where everything is up to date.
#   bench/sweep-overhead.sh SWEEP [further arguments of winnow table]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$here
while [ ! -f "$root/winnow" ]; do root=$(dirname "$root"); done
winnow=$root/winnow
sweep=$1
shift

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
TIMEFORMAT='%U %S'
exec 3>&2
taken() { # COMMAND...: seconds of processor time, children included
  { time "$@" >/dev/null 2>"$work/log" || { tail -20 "$work/log" >&3; exit 1; }; } 2>&1 | awk '{ print $1 + $2 }'
}
own() { # COMMAND...: seconds of processor time of its own process, to a second before its end
  "$@" >/dev/null 2>"$work/log" &
  local pid=$! stat=
  while read -r stat <"/proc/$pid/stat"; do
    [ "$(awk '{ print $3 }' <<<"$stat")" != Z ] || break
    echo "$stat" >"$work/stat"
    sleep 1
  done 2>/dev/null
  wait "$pid" || { tail -20 "$work/log" >&3; exit 1; }
  awk -v ticks="$(getconf CLK_TCK)" '{ print ($14 + $15) / ticks }' "$work/stat"
}
runs() {
  for recipe in "$work"/table/runs/*/*/recipe.yaml; do
    folder=$(dirname "$recipe")
    taken "$winnow" run "$recipe" --out "$work/runs/${folder#"$work"/table/runs/}" --store "$work/store"
  done | awk '{ sum += $1; n++ } END { print sum, n }'
}

"$winnow" doctor >/dev/null || true # builds
alone=$(own "$winnow" table "$sweep" --out "$work/jobs" "$@" --jobs 2)
for pass in "computed" "up to date"; do
  whole=$(taken "$winnow" table "$sweep" --out "$work/table" "$@")
  read -r each count <<<"$(runs)"
  awk -v a="$whole" -v b="$each" -v n="$count" -v pass="$pass" 'BEGIN {
    printf "%s: by one table %.1f s, its %d runs alone %.1f s: %+.1f s, %+.2f %%, %+.2f s a run\n", pass, a, n, b, a - b, 100 * (a - b) / b, (a - b) / n }'
  if [ "$pass" = computed ]; then
    awk -v a="$alone" -v b="$each" 'BEGIN { printf "the process of --jobs 2 without the runs: %.2f s, %.2f %% of the runs alone\n", a, 100 * a / b }'
  fi
done
