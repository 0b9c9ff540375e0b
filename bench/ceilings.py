#!/usr/bin/env python3
"""How far the kept images themselves are from all, by a network that did not select: what a perfect learner of a coreset could reach.

    bench/ceilings.py --data cifar10.zip --split train --selector resnet20-cifar=FILE --judge resnet32-cifar=FILE --out DIR

Encodes DATA by both networks, selects with winnow prune, and prints a Markdown table of squared Frechet distances between the judge's features of
the kept images and of all: pooled, mean and largest over classes. uniform is the mean of --seeds draws. With --reference CLEAN the second side is
another set with the same classes: how far what is kept of a damaged set is from the clean one. Goes on where it stopped. Needs numpy.
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


def encoded(folder, data, split, network):
    """A folder of features, made if it is not there."""
    if not (folder / "index.parquet").exists():
        name, weights = network.split("=", 1)
        winnow("encode", data, "--encoder", name, "--weights", weights, *(["--split", split] if split else []), "--out", folder)
    return folder


def rows(folder):
    return np.concatenate([np.load(part) for part in sorted(glob.glob(str(folder / "features-*.npy")))]).astype(np.float64)


def coreset(folder, features, method, ratio, seed, steps=None):
    """Kept rows and every row's class name, by winnow prune."""
    if not (folder / "coreset.json").exists():
        how = ["--set", f"prune.steps={steps}"] if steps else ["--method", method]
        winnow("prune", features, *how, "--ratio", ratio, "--set", f"seed={seed}", "--out", folder)
    with open(folder / "coreset" / "coreset.csv", newline="") as lines:
        return np.load(folder / "coreset" / "kept.npy"), np.array([row["class_name"] for row in csv.DictReader(lines)])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--split", help="folder of DATA to take, for example train")
    parser.add_argument("--selector", required=True, metavar="NAME=FILE")
    parser.add_argument("--judge", required=True, metavar="NAME=FILE")
    parser.add_argument("--reference", metavar="CLEAN", help="images to be compared with, instead of all of DATA")
    parser.add_argument("--out", required=True, type=pathlib.Path)
    parser.add_argument("--methods", default="uniform,moderate,gaussian,k-center,herding")
    parser.add_argument("--steps", action="append", default=[], metavar="NAME=YAML", help="a further method: prune.steps of a recipe")
    parser.add_argument("--ratios", default="0.1,0.2,0.4")
    parser.add_argument("--seeds", type=int, default=5)
    args = parser.parse_args()
    selector = encoded(args.out / "selector", args.data, args.split, args.selector)
    x = y = rows(encoded(args.out / "judge", args.data, args.split, args.judge))
    if args.reference:
        clean = encoded(args.out / "clean", args.reference, args.split, args.judge)
        y, names = rows(clean), coreset(args.out / "clean-classes", clean, "uniform", 0.5, 0)[1]
    else:
        names = coreset(args.out / "classes", selector, "uniform", 0.5, 0)[1]
    steps = dict(given.split("=", 1) for given in args.steps)
    whole, by_class = statistics(y), {c: statistics(y[names == c]) for c in np.unique(names)}
    print("| method | kept | pooled | mean of classes | worst class |\n| --- | --- | --- | --- | --- |")
    for ratio in args.ratios.split(","):
        for method in [*args.methods.split(","), *steps]:
            found = []
            for seed in range(args.seeds if method == "uniform" else 1):
                kept, labels = coreset(args.out / f"{method}-{ratio}-{seed}", selector, method, ratio, seed, steps.get(method))
                classes = [frechet(statistics(x[kept][labels[kept] == c]), by_class[c]) for c in by_class]
                found.append((frechet(statistics(x[kept]), whole), np.mean(classes), np.max(classes)))
            pooled, mean, worst = np.mean(found, 0)
            print(f"| {method} | {100 * float(ratio):.0f} % | {pooled:.4g} | {mean:.4g} | {worst:.4g} |", flush=True)


if __name__ == "__main__":
    main()
