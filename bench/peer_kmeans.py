#!/usr/bin/env python3
"""Lloyd's k-means of scikit-learn from the first k rows as centres: the peer of `SelectionBench --work kmeans`.

Ends with one JSON line in the form of the other peers; `--clock cpu` counts processor time of all threads instead of wall time.
"""
import argparse, json, os, resource, statistics, sys, time, zlib

p = argparse.ArgumentParser(description=__doc__)
for name, value in (("n", 50_000), ("d", 512), ("k", 100), ("iterations", 20), ("threads", 2), ("steps", 1), ("warmup", 0)):
    p.add_argument("--" + name, type=int, default=value)
p.add_argument("--clock", choices=["wall", "cpu"], default="wall")
args = p.parse_args()
os.environ["OMP_NUM_THREADS"] = str(args.threads)  # before scikit-learn is loaded
import numpy as np, sklearn
from sklearn.cluster import KMeans


def features(name, count):
    """offset + scale * u(i), with u in [-1, 1) from SplitMix64, as FillRule makes them."""
    with np.errstate(over="ignore"):
        z = (np.uint64(zlib.crc32(name.encode()) << 32) + np.arange(1, count + 1, dtype=np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    return (0.5 + 0.5 * ((z >> np.uint64(40)) / float(1 << 23) - 1)).astype(np.float32)


x = features("bench.selection.features", args.n * args.d).reshape(args.n, args.d)
clock = time.process_time if args.clock == "cpu" else time.perf_counter
seconds = []
for step in range(args.warmup + args.steps):
    begin = clock()
    found = KMeans(args.k, init=x[: args.k], n_init=1, max_iter=args.iterations, tol=0, algorithm="lloyd").fit(x)
    seconds += [clock() - begin] if step >= args.warmup else []
print(json.dumps({"name": "selection_kmeans", "device": "cpu", "dtype": "float32", "threads": args.threads, "batch": args.n, "steps": args.steps,
                  "seconds_median_per_step": round(statistics.median(seconds), 6), "seconds_min_per_step": round(min(seconds), 6),
                  "items_per_second": round(args.n / statistics.median(seconds), 3), "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                  "sklearn": sklearn.__version__, "iterations": int(found.n_iter_), "found": float(found.inertia_)}))
