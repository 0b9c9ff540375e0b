"""The steps of gpu-day.sh, and the tables of their results. Python 3.8 or newer, nothing else."""
import argparse, csv, json, os, re, shlex, signal, subprocess, sys, time

BENCH = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(BENCH)
KIT = os.environ.get("KIT")  # set by the env.sh of an unpacked kit
SYNCHRONISING = re.compile(r"cu(da)?(Stream|Device|Event|Ctx)Synchronize|cudaMemcpy(_v\d+)?$|cudaMemcpy2D(_v\d+)?$")


def options():
    p = argparse.ArgumentParser(prog="gpu-day.sh", description="Measures Winnow on a GPU; the same command again goes on where the last stopped.")
    p.add_argument("--out", default=os.path.join(os.getcwd(), "gpu-day"), help="folder of the results (default: gpu-day)")
    p.add_argument("--minutes", type=float, default=25, help="minutes on the device, all calls together (default: 25)")
    p.add_argument("--device", default="cuda", help="cuda, cuda:N or cpu (default: cuda)")
    p.add_argument("--peers", help="folder of the peers' programs (peer_unet_train.py, ...)")
    p.add_argument("--python", default="python3", help="the Python that runs them: with PyTorch (default: python3)")
    p.add_argument("--golden", help="folder of fixtures (default: the project's own)")
    p.add_argument("--data", help="CIFAR-10, archive or folder, for the recipes of table 1")
    p.add_argument("--tiny", action="store_true", help="the smallest sizes, to see that every step runs")
    p.add_argument("--only", help="these steps alone, by name, with commas between")
    p.add_argument("--no-build", action="store_true", help="take the classes that are there")
    args = p.parse_args()
    if not re.fullmatch(r"cpu|cuda(:\d+)?", args.device):
        p.error(f"--device {args.device}: expected cpu, cuda or cuda:N")
    unknown = set(args.only.split(",") if args.only else ()) - {name for name, _, _ in STEPS}
    if unknown:
        p.error(f"--only {','.join(sorted(unknown))}: unknown; expected some of {', '.join(name for name, _, _ in STEPS)}")
    for name in ("peers", "golden"):  # a kit may hold them
        if KIT and not getattr(args, name) and os.path.isdir(os.path.join(ROOT, name)):
            setattr(args, name, os.path.join(ROOT, name))
    for name in ("peers", "golden", "data"):
        path = getattr(args, name)
        if path and not os.path.exists(path):
            p.error(f"--{name} {path}: not there")
        if path:
            setattr(args, name, os.path.abspath(path))
    args.out = os.path.abspath(args.out)
    return args


class Missing(Exception):
    """What a step needs is not there."""


class Day:
    def __init__(self, args):
        self.args = args
        self.failed = False
        os.environ.pop("OPENBLAS_CORETYPE", None)  # foreign settings distort every figure
        os.environ.pop("OPENBLAS_L2_SIZE", None)
        for folder in ("results", "logs", "runs"):
            os.makedirs(os.path.join(args.out, folder), exist_ok=True)

    def path(self, *parts):
        return os.path.join(self.args.out, *parts)

    def results(self):
        found = {}
        for name in sorted(os.listdir(self.path("results"))):
            if name.endswith(".json"):
                with open(self.path("results", name)) as f:
                    found[name[:-5]] = json.load(f)
        return found

    def left(self):
        return self.args.minutes * 60 - sum(r["seconds"] for r in self.results().values())

    def step(self, name, needs, work):
        """Runs work(self) unless it was done before; needs: seconds that must be left on the device."""
        before = self.results().get(name, {"seconds": 0})
        if before.get("status") == "done":
            print(f"{name}: done before")
            return
        left = self.left()
        if left < needs and not self.args.tiny:
            print(f"{name}: needs {needs} s, {left:.0f} s are left; the same command with more --minutes goes on")
            return
        print(f"{name} ...", flush=True)
        self.deadline = time.monotonic() + (3600 if self.args.tiny else left)
        begin, lines = time.monotonic(), []
        open(self.path("logs", name + ".log"), "w").close()
        self.name = name
        try:
            status, lines = "done", work(self)
            if any(line.get("partly") for line in lines):
                status = "partly"
        except Missing as e:
            status = f"not available: {e}"
        except subprocess.TimeoutExpired:
            status = "partly"
        except (RuntimeError, OSError, ValueError, KeyError, IndexError) as e:
            status, self.failed = "failed", True
            print("    " + str(e).replace("\n", "\n    "))
        seconds = time.monotonic() - begin
        result = {"step": name, "status": status, "seconds": round(before["seconds"] + seconds, 1), "device": self.args.device, "lines": lines}
        with open(self.path("results", name + ".tmp"), "w") as f:
            json.dump(result, f, indent=1)
        os.replace(self.path("results", name + ".tmp"), self.path("results", name + ".json"))
        print(f"{name}: {status}, {seconds:.0f} s", flush=True)

    def run(self, command, okay=(0,)):
        """One program within the time that is left; (exit code, output). It gets SIGTERM first: a training writes its checkpoint."""
        with open(self.path("logs", self.name + ".log"), "a") as log:
            log.write("$ " + " ".join(map(shlex.quote, command)) + "\n")
            log.flush()
            child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, universal_newlines=True, start_new_session=True)
            try:
                output, _ = child.communicate(timeout=max(1, self.deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGTERM)
                try:
                    output, _ = child.communicate(timeout=30)
                except subprocess.TimeoutExpired:
                    os.killpg(child.pid, signal.SIGKILL)
                    output, _ = child.communicate()
                if 3 not in okay:
                    raise
            log.write(output)
        if child.returncode not in okay:
            with open(self.path("logs", self.name + ".log"), errors="replace") as log:
                raise RuntimeError(f"{command[0]}: exit {child.returncode}; see {log.name}\n" + "".join(log.readlines()[-5:]))
        return child.returncode, output

    def json_lines(self, command):
        return [json.loads(line) for line in self.run(command)[1].splitlines() if line.startswith("{")]

    def bench(self, name, *more):
        return [os.path.join(BENCH, "java"), name, "--device", self.args.device, *more]

    def peer(self, program, *more):
        if not self.args.peers:
            raise Missing("no --peers")
        path = os.path.join(self.args.peers, program)
        if not os.path.exists(path):
            raise Missing(f"{path} is not there")
        return [self.args.python, path, "--device", self.args.device, *more]

    def pair(self, ours, peer):
        rounds = "1" if self.args.tiny else "2"
        return self.json_lines([sys.executable, os.path.join(BENCH, "compare.py"), "--rounds", rounds, "--ours", shlex.join(ours), "--peer", shlex.join(peer)])

    def alone_or_pair(self, ours, program, *more):
        """Against the peer, or alone where there is none."""
        try:
            peer = self.peer(program, *more)
        except Missing:
            return self.json_lines(ours)
        return self.pair(ours, peer)


# ---------------------------------------------------------------- steps

def words(text):
    return text.split()


def doctor(day):
    code, output = day.run([os.path.join(ROOT, "winnow"), "doctor"], okay=(0, 4))
    return [{"finding": line} for line in output.splitlines()]


def golden(day):
    folder = day.args.golden or os.path.join(ROOT, "core/target/test-classes/golden")
    settings = [f"-Dwinnow.golden={folder}", f"-Dwinnow.device={day.args.device}"]
    if KIT:
        command = [os.path.join(KIT, "junit"), "io.winnow.golden.GoldenTest", *settings]
    else:
        command = ["mvn", "-B", "-f", os.path.join(ROOT, "pom.xml"), *words(os.environ.get("WINNOW_MAVEN", "")), "-pl", "core", "surefire:test",
                   "-Dtest=GoldenTest", "-Dsurefire.failIfNoSpecifiedTests=true", *settings]
    _, output = day.run(command)
    values = re.findall(r"^golden (\S+) +(\S.*?) +(rel_l2|abs|exact) +(\S+) \(limit (\S+)\)", output, re.M)
    if not values:
        raise RuntimeError("no golden number was compared; see logs/golden.log")
    worst = max(values, key=lambda v: float(v[3]) / float(v[4]) if float(v[4]) else 0)
    return [{"fixtures": len({v[0] for v in values}), "numbers": len(values), "worst": f"{worst[0]} {worst[1]}", "error": float(worst[3]), "limit": float(worst[4])}]


def layouts(day):
    sizes = words("--width 32 --batch 2 --warmup 1 --steps 1" if day.args.tiny else "--width 128 --batch 128 --warmup 10 --steps 30")
    return [line for layout in ("nchw", "channels-last", "channels-last-sums")
            for line in day.json_lines(day.bench("UNetTrainBench", "--precision", "bf16", "--layout", layout, *sizes))]


def train(precision, batch):
    def work(day):
        sizes = words(f"--width 32 --batch {2 * batch // 128} --warmup 0 --steps 1" if day.args.tiny else f"--width 128 --batch {batch} --warmup 10 --steps 30")
        dtype = "bfloat16" if precision == "bf16" else precision
        # Both search their convolutions; what the default, deterministic kernels cost is in the step "layouts".
        return day.alone_or_pair(day.bench("UNetTrainBench", "--precision", precision, "--layout", "auto", "--search", "true", *sizes),
                                 "peer_unet_train.py", "--dtype", dtype, "--channels-last", *sizes)
    return work


def sampling(batch, graphs="auto"):
    def work(day):
        sizes = words("--width 32 --batch 2 --ddim-steps 2 --warmup 0 --steps 1" if day.args.tiny
                      else f"--width 128 --batch {batch} --ddim-steps 100 --warmup 1 --steps 2")
        return day.alone_or_pair(day.bench("UNetSampleBench", "--precision", "bf16", "--layout", "auto", "--search", "true", "--graphs", graphs, *sizes),
                                 "peer_unet_sample.py", "--dtype", "bfloat16", "--channels-last", *sizes)
    return work


def encoding(model):
    def work(day):
        sizes = ["--model", model, *words("--batch 2 --warmup 0 --steps 1" if day.args.tiny else "--batch 256 --warmup 5 --steps 20")]
        return day.alone_or_pair(day.bench("EncodeBench", "--dtype", "bfloat16", *sizes), "peer_encode.py", "--dtype", "bfloat16", "--channels-last", "--fuse-bn", *sizes)
    return work


def memory(day):
    sizes = words("--steps 20 --every 5 --width 32 --batch 2" if day.args.tiny else "--steps 10000 --every 1000 --width 32 --batch 64")
    lines = day.json_lines(day.bench("TrainMemoryBench", "--precision", "bf16", *sizes))
    peaks = [line["device_peak_bytes"] for line in lines]
    if peaks[-1] is not None and peaks[-1] > 1.01 * peaks[1]:
        raise RuntimeError(f"device memory grows: {peaks[1]} bytes at step {lines[1]['step']}, {peaks[-1]} at {lines[-1]['step']}")
    return [lines[1], lines[-1]]


SMALL = ["dataset.count=160", "encode.training.epochs=1", "encode.training.width=8", "model.width=8", "train.epochs=1", "reweight.enabled=false", "sample.count=20", "sample.batch=20",
         "sample.sampler.steps=2"]


def settings(day, *more):
    return [part for key in ([f"compute.device={day.args.device}", *(SMALL if day.args.tiny else []), *more]) for part in ("--set", key)]


def kill_resume(day):
    command = [os.path.join(BENCH, "kill-resume.sh"), os.path.join(ROOT, "recipes/shapes.yaml"), "1" if day.args.tiny else "3", *settings(day)]
    _, output = day.run(["env", "SEED=7", *command])
    return [{"outcome": output.strip().splitlines()[-1]}]


def calls(path):
    """Waiting calls of the CUDA API by name, from nsys's summary."""
    with open(path) as f:
        rows = list(csv.reader(f))
    head = next(i for i, row in enumerate(rows) if "Name" in row and "Num Calls" in row)
    name, count = rows[head].index("Name"), rows[head].index("Num Calls")
    return {row[name]: int(row[count]) for row in rows[head + 1:] if len(row) > name and SYNCHRONISING.search(row[name])}


def trace(day):
    """Two traces of the trainer, one twice as long: what waits for the device between reports is their difference."""
    if day.args.device == "cpu":
        raise Missing("a trace of CUDA calls, not on the CPU")
    if subprocess.call(["which", "nsys"], stdout=subprocess.DEVNULL):
        raise Missing("nsys is not on the PATH")
    found = []
    for steps in (400, 800):
        to = day.path("logs", f"trace-{steps}")
        day.run(["nsys", "profile", "-t", "cuda", "-f", "true", "-o", to, *day.bench("TrainMemoryBench", "--precision", "bf16", "--steps", str(steps), "--every", "200", *words("--width 32 --batch 64"))])
        _, summary = day.run(["nsys", "stats", "-q", "--force-export=true", "--report", "cuda_api_sum", "--format", "csv", to + ".nsys-rep"])
        with open(to + ".csv", "w") as f:
            f.write(summary)
        found.append(calls(to + ".csv"))
    more = {name: n - found[0].get(name, 0) for name, n in found[1].items() if n != found[0].get(name, 0)}
    return [{"steps": 400, "reports": 2, "checkpoints": 1, "waiting_calls": more}]


def recipe(name, *more):
    def work(day):
        if day.args.tiny:
            file = os.path.join(ROOT, "recipes/shapes.yaml")
        elif not day.args.data:
            raise Missing("no --data")
        else:
            file = os.path.join(ROOT, "recipes/table1", name + ".yaml")
        folder = day.path("runs", name)
        data = [] if day.args.tiny else [f"dataset.path={day.args.data}", *more]
        method = ["prune.method=" + ("uniform" if "uniform" in name else "moderate")] if day.args.tiny else []
        code, _ = day.run([os.path.join(ROOT, "winnow"), "run", file, "--out", folder, "--until", "train", *settings(day, *data, *method)], okay=(0, 3))
        return [{"recipe": name, "partly": code == 3, **last_report(folder)}]
    return work


def last_report(folder):
    for place in ("metrics.jsonl", "model/metrics.jsonl"):
        path = os.path.join(folder, place)
        if os.path.exists(path):
            with open(path) as f:
                lines = [json.loads(line) for line in f if line.startswith("{")]
            if lines:
                return {key: lines[-1].get(key) for key in ("step", "loss", "imagesPerSecond", "peakDeviceBytes")}
    return {"step": 0}


def build(args):
    if KIT or args.no_build:
        return
    if args.device != "cpu":
        os.environ.setdefault("WINNOW_MAVEN", "-Pcuda")
    more = os.environ.get("WINNOW_MAVEN", "")
    print("building ...", flush=True)
    subprocess.run(["mvn", "-q", "-B", "-f", os.path.join(ROOT, "pom.xml"), "-DskipTests", "-Dspotless.check.skip=true", *words(more), "test-compile"], check=True)
    with open(os.path.join(ROOT, "cli/target/launcher.stamp"), "w") as f:
        f.write(more)  # the launcher need not build it again


# ---------------------------------------------------------------- tables

def cell(value):
    return "" if value is None else f"{value:,.0f}" if isinstance(value, float) and value >= 100 else f"{value:.3g}" if isinstance(value, float) else str(value)


def rate_rows(results):
    for name, result in results.items():
        for line in result["lines"]:
            if "ratio_median" in line:
                yield [name, line["ours_items_per_second"], line["peer_items_per_second"], round(1 / line["ratio_median"], 3),
                       f"{line['rounds']}, {1 / line['ratio_max']:.2f} - {1 / line['ratio_min']:.2f}"]
            elif "items_per_second" in line:
                yield [f"{name} {line.get('layout', '')}".strip(), line["items_per_second"], None, None, ""]


def table(head, rows):
    return ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head), *("| " + " | ".join(cell(v) for v in row) + " |" for row in rows), ""]


def report(day, order):
    found = day.results()
    results = {name: found[name] for name in order if name in found}
    lines = [f"Device {day.args.device}" + (", smallest sizes: no measurement" if day.args.tiny else "") + f". {sum(r['seconds'] for r in results.values()) / 60:.1f} minutes.", ""]
    lines += [f"    {line['finding']}" for line in results.get("doctor", {"lines": []})["lines"]] + [""]
    lines += table(["work", "items/s", "peer, items/s", "ours / peer", "rounds, from - to"], rate_rows(results))
    other = [[name, r["status"], r["seconds"], "; ".join(f"{k} {cell(v)}" for line in r["lines"] for k, v in line.items() if name not in ("doctor",))
              if not any("items_per_second" in key for line in r["lines"] for key in line) else ""] for name, r in results.items()]
    lines += table(["step", "state", "seconds", "found"], other)
    lines += table(["still to run"], [[name] for name in order if name not in found]) if any(n not in found for n in order) else []
    with open(day.path("gpu-day.json"), "w") as f:
        json.dump({"device": day.args.device, "tiny": day.args.tiny, "steps": list(results.values())}, f, indent=1)
    with open(day.path("gpu-day.md"), "w") as f:
        f.write("\n".join(lines))
    print(f"{day.path('gpu-day.json')}, {day.path('gpu-day.md')}")


# In order of value; seconds that must be left for a step to begin.
STEPS = [
    ("doctor", 5, doctor),
    ("golden", 30, golden),
    ("layouts", 40, layouts),
    ("train-bf16-128", 60, train("bf16", 128)),
    ("train-bf16-512", 80, train("bf16", 512)),
    ("train-float32-128", 80, train("float32", 128)),
    ("train-float32-512", 120, train("float32", 512)),
    ("sample-400", 60, sampling(400)),
    ("sample-16", 60, sampling(16)),
    ("sample-16-step-by-step", 60, sampling(16, "off")),
    ("encode-cifar_resnet18", 40, encoding("cifar_resnet18")),
    ("memory", 120, memory),
    ("kill-resume", 120, kill_resume),
    ("trace", 60, trace),
    ("recipe-moderate", 60, recipe("cifar10-moderate-resnet18-10")),
    ("recipe-uniform", 60, recipe("cifar10-uniform-10", "encode.encoder=resnet18-cifar", "encode.weights=train")),
]


def main():
    args = options()
    day = Day(args)
    build(args)
    for name, needs, work in STEPS:
        if not args.only or name in args.only.split(","):
            day.step(name, needs, work)
    report(day, [name for name, _, _ in STEPS])
    sys.exit(4 if day.failed else 0)


if __name__ == "__main__":
    main()
