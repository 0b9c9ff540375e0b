#!/usr/bin/env python3
"""How far the kept images themselves are from all, by a network that did not select: what a perfect learner of a coreset could reach.

    bench/ceilings.py --data cifar10.zip --split train --selector resnet20-cifar=FILE --judge resnet32-cifar=FILE --out DIR

Encodes DATA by both networks, selects with winnow prune, and prints a Markdown table of squared Frechet distances between the judge's features of
the kept images and of all: pooled, mean and largest over classes. uniform is the mean of --seeds draws. Goes on where it stopped. Needs numpy.
"""
import argparse, csv, glob, pathlib, subprocess
import numpy as np

WINNOW = pathlib.Path(__file__).resolve().parent.parent / "winnow"


def statistics(x):
    return x.mean(0), np.cov(x, rowvar=False)


def frechet(a, b):
    (m, c), (n, d) = a, b
    w, v = np.linalg.eigh(c)
    root = (v * np.sqrt(np.maximum(w, 0))) @ v.T
    shared = np.sqrt(np.maximum(np.linalg.eigvalsh(root @ d @ root), 0)).sum()
    return float((m - n) @ (m - n) + np.trace(c) + np.trace(d) - 2 * shared)


def winnow(*words):
    subprocess.run([str(WINNOW), *map(str, words)], check=True, stdout=subprocess.DEVNULL)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--split", help="folder of DATA to take, for example train")
    parser.add_argument("--selector", required=True, metavar="NAME=FILE")
    parser.add_argument("--judge", required=True, metavar="NAME=FILE")
    parser.add_argument("--out", required=True, type=pathlib.Path)
    parser.add_argument("--methods", default="uniform,moderate,gaussian,k-center,herding")
    parser.add_argument("--ratios", default="0.1,0.2,0.4")
    parser.add_argument("--seeds", type=int, default=5)
    args = parser.parse_args()
    split = ["--split", args.split] if args.split else []
    for side in ("selector", "judge"):
        name, weights = getattr(args, side).split("=", 1)
        if not (args.out / side / "index.parquet").exists():
            winnow("encode", args.data, "--encoder", name, "--weights", weights, *split, "--out", args.out / side)
    x = np.concatenate([np.load(part) for part in sorted(glob.glob(str(args.out / "judge" / "features-*.npy")))]).astype(np.float64)
    print("| method | kept | pooled | mean of classes | worst class |\n| --- | --- | --- | --- | --- |")
    for ratio in args.ratios.split(","):
        for method in args.methods.split(","):
            found = []
            for seed in range(args.seeds if method == "uniform" else 1):
                folder = args.out / f"{method}-{ratio}-{seed}"
                if not (folder / "coreset.json").exists():
                    winnow("prune", args.out / "selector", "--method", method, "--ratio", ratio, "--set", f"seed={seed}", "--out", folder)
                kept = np.load(folder / "coreset" / "kept.npy")
                with open(folder / "coreset" / "coreset.csv", newline="") as lines:
                    labels = np.array([int(row["label"]) for row in csv.DictReader(lines)])
                classes = [frechet(statistics(x[kept][labels[kept] == c]), statistics(x[labels == c])) for c in np.unique(labels)]
                found.append((frechet(statistics(x[kept]), statistics(x)), np.mean(classes), np.max(classes)))
            pooled, mean, worst = np.mean(found, 0)
            print(f"| {method} | {100 * float(ratio):.0f} % | {pooled:.4g} | {mean:.4g} | {worst:.4g} |", flush=True)


if __name__ == "__main__":
    main()
