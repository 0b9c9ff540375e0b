#!/usr/bin/env python3
"""Runs two benchmark commands in turns and prints the median of their ratios.

Each command prints one JSON line with seconds_median_per_step (and seconds_min_per_step). Runs alternate, so that a busy
machine slows both alike; the ratio of a pair is ours / theirs, so below 1 means that ours is faster.

    bench/compare.py --rounds 5 --ours "bench/java UNetTrainBench --batch 8" --peer "python PEER/peer_unet_train.py --batch 8"
"""
import argparse, json, shlex, statistics, subprocess, sys


def measure(command):
    done = subprocess.run(shlex.split(command), capture_output=True, text=True)
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode or not lines:
        sys.exit(f"{command}: exit {done.returncode}, no JSON line\n{done.stderr[-2000:]}")
    return json.loads(lines[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ours", required=True, help="command of the one side")
    parser.add_argument("--peer", required=True, help="command of the other side")
    parser.add_argument("--rounds", type=int, default=3, help="pairs of runs")
    parser.add_argument("--of", default="seconds_median_per_step", help="the field that is compared")
    args = parser.parse_args()
    ratios, rates = [], {args.ours: [], args.peer: []}
    for k in range(args.rounds):
        pair = [args.ours, args.peer] if k % 2 == 0 else [args.peer, args.ours]
        lines = {command: measure(command) for command in pair}
        found = {command: line[args.of] for command, line in lines.items()}
        for command, line in lines.items():
            rates[command].append(line.get("items_per_second", float("nan")))
        ratios.append(found[args.ours] / found[args.peer])
        print(f"round {k + 1}: ours {found[args.ours]:.4f}  peer {found[args.peer]:.4f}  ratio {ratios[-1]:.3f}", file=sys.stderr)
    print(json.dumps({"of": args.of, "rounds": args.rounds, "ratio_median": round(statistics.median(ratios), 4),
                      "ratio_min": round(min(ratios), 4), "ratio_max": round(max(ratios), 4),
                      "ours_items_per_second": statistics.median(rates[args.ours]), "peer_items_per_second": statistics.median(rates[args.peer]),
                      "ours": args.ours, "peer": args.peer}))


if __name__ == "__main__":
    main()
