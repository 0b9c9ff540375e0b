#!/usr/bin/env bash
# Carries Winnow to a GPU machine without Java, Maven or network, in pieces for transfers of at most 64 MiB.
#
#   gpu-kit.sh pack [--natives gpu|cpu] [--sm 90[,100...]|all] [--app] [--peers DIR] [--golden DIR] REPO OUT
#       builds REPO's classes and writes kit-app (classes, recipes, launcher) and kit-00, kit-01, ... (Java run-time, jars,
#       native libraries) with SHA256SUMS to OUT. --sm: the device code to keep. --app: kit-app alone, after a change of code.
#       --peers, --golden: the peers' programs and the fixtures that gpu-day compares with, into kit-app.
#   gpu-kit.sh install PIECES TARGET
#       on the GPU machine, with bash, coreutils and Python 3.8+: unpacks, finds CUDA, checks that every library loads, writes
#       TARGET/winnow, TARGET/bench CLASS, TARGET/junit CLASS, TARGET/gpu-day and TARGET/env.sh. PYTHON=... is the Python that has the CUDA wheels.
#   gpu-kit.sh selftest [--natives gpu|cpu] [--kit OUT] REPO
#       both of the above here, in a temporary folder, without Java, Maven, xz or network in reach.
set -euo pipefail
export LC_ALL=C

say() { printf '%s\n' "$*"; }
die() { printf 'gpu-kit: %s\n' "$*" >&2; exit 2; }
python=${PYTHON:-python3}

# What jdeps finds in Winnow and its jars is added to these (services, diagnosis, JUnit).
MODULES=java.base,java.desktop,java.instrument,java.logging,java.management,java.naming,java.net.http,java.sql,java.xml,jdk.crypto.ec,jdk.jcmd,jdk.management,jdk.unsupported,jdk.zipfs
PIECE=56M
XZ=(xz -T2 --x86 "--lzma2=preset=6,dict=64MiB,lc=4,pb=0") # 3 % smaller than -6, at 700 MB of memory a thread

# ---------------------------------------------------------------- pack

slim_jars() { # DESTINATION SM CLASSES-FOLDER JAR...: jars without what linux-x86_64 does not need, uncompressed (the kit's xz does better)
  "$python" - "$@" <<'PY'
import mmap, os, re, shutil, struct, subprocess, sys, tempfile, zipfile

dest, sm, classes = sys.argv[1:4]
keep_sm = None if sm == "all" else {int(a) for a in sm.split(",")}
code = b"".join(open(os.path.join(d, f), "rb").read() for d, _, fs in os.walk(classes) for f in fs if f.endswith(".class"))
elsewhere = re.compile(r"windows|osx|mac|darwin|bsd|arm|aarch|ppc|s390|riscv|/x86/|i[36]86|\.dll$|\.dylib$|\.jnilib$", re.I)


def sections(elf):
    offset, = struct.unpack_from("<Q", elf, 0x28)
    size, count, names = struct.unpack_from("<HHH", elf, 0x3A)
    all = [struct.unpack_from("<IIQQQQII", elf, offset + i * size) for i in range(count)]
    text = lambda at: elf[at:elf.find(b"\0", at)].decode()
    return {text(all[names][4] + s[0]): s for s in all}, all, text


def needed(elf):
    by_name, all, text = sections(elf)
    s = by_name[".dynamic"]
    for at in range(s[4], s[4] + s[5], 16):
        tag, value = struct.unpack_from("<QQ", elf, at)
        if tag == 1:
            yield text(all[s[6]][4] + value)


def keep_device_code(path):
    """Rewrites each container of device code with the wanted chips' entries alone, in place, so that no address moves."""
    kept = dropped = 0
    with open(path, "r+b") as file, mmap.mmap(file.fileno(), 0) as f:
        s = sections(f)[0].get(".nv_fatbin")
        at, end = (s[4], s[4] + s[5]) if s else (0, 0)
        while at < end:
            magic, version, header, size = struct.unpack_from("<IHHQ", f, at)
            if magic != 0xBA55ED50:
                raise SystemExit(f"gpu-kit: {path}: unknown device code at {at:#x}; use --sm all")
            entry, stop, wanted = at + header, at + header + size, b""
            while entry < stop:
                head, length = struct.unpack_from("<IQ", f, entry + 4)
                chip, = struct.unpack_from("<I", f, entry + 28)
                if chip in keep_sm:
                    wanted += f[entry:entry + head + length]
                entry += head + length
            if not wanted:
                raise SystemExit(f"gpu-kit: {path}: a kernel has no code for sm {sm}")
            f[at:stop] = struct.pack("<IHHQ", magic, version, header, len(wanted)) + wanted + bytes(size - len(wanted))
            kept, dropped, at = kept + len(wanted), dropped + size - len(wanted), stop
    if kept:
        print(f"  {os.path.basename(path)}: device code for sm {sm} {kept >> 20} MiB kept, {dropped >> 20} MiB for other chips dropped")


def entries(jar, native):
    names = [n for n in jar.namelist() if not n.endswith("/")]
    names = [n for n in names if not re.search(r"META-INF/.*\.(SF|RSA|DSA)$", n)]
    if not native:
        libraries = [n for n in names if re.search(r"\.(so|dll|dylib|jnilib)\b|\.so_", n)]
        unused = [n for n in names if "/webjars/" in n and b"/" + n.encode() not in code]
        return [n for n in names if n not in unused and not (n in libraries and elsewhere.search(n))]
    names = [n for n in names if re.fullmatch(r"org/bytedeco/\w+/linux-x86_64[\w-]*/[^/]+\.so[.\d]*", n)]
    if "/opencv/" not in names[0]:
        return names
    by_name = {os.path.basename(n): n for n in names}  # of OpenCV's 40 modules the ones that the classes name, and what they need
    wanted = {f"libjni{m.decode()}.so" for m in re.findall(rb"org/bytedeco/opencv/(?:global/)?(opencv_\w+)", code)}
    todo = list(wanted)
    while todo:
        more = list(needed(jar.read(by_name[todo.pop()])))
        more += [f"libjni{n[3:].split('.so')[0]}.so" for n in more]  # a module's Java side loads those of the modules below it
        for n in more:
            if n in by_name and n not in wanted:
                wanted.add(n)
                todo.append(n)
    return [by_name[n] for n in sorted(wanted)]


os.makedirs(dest, exist_ok=True)
for path in sys.argv[4:]:
    native = re.search(r"-linux-x86_64(-gpu)?\.jar$", path)
    with zipfile.ZipFile(path) as jar, zipfile.ZipFile(os.path.join(dest, os.path.basename(path)), "w") as out, \
            tempfile.TemporaryDirectory() as tmp:
        kept = entries(jar, native)
        for folder in [n for n in jar.namelist() if n.endswith("/") and any(k.startswith(n) for k in kept)]:
            out.writestr(zipfile.ZipInfo(folder, jar.getinfo(folder).date_time), b"")  # looked for as resources
        for name in kept:
            info = zipfile.ZipInfo(name, jar.getinfo(name).date_time)
            file = os.path.join(tmp, os.path.basename(name))
            with jar.open(name) as source, open(file, "wb") as copy:
                shutil.copyfileobj(source, copy, 1 << 20)
            if open(file, "rb").read(4) == b"\x7fELF":
                if keep_sm and native:
                    keep_device_code(file)
                if shutil.which("strip"):
                    subprocess.run(["strip", "--strip-unneeded", file], check=True)
            info.file_size = os.path.getsize(file)
            with open(file, "rb") as source, out.open(info, "w") as copy:
                shutil.copyfileobj(source, copy, 1 << 20)
            os.remove(file)
PY
}

make_jre() { # DESTINATION CLASSES JARS (joined by :)
  local javac jdk found file
  javac=$(command -v javac || true)
  jdk=${JAVA_HOME:-${javac:+$(dirname -- "$(dirname -- "$(readlink -f "$javac")")")}}
  [ -x "$jdk/bin/jlink" ] || die "no JDK with jlink found; set JAVA_HOME"
  found=$("$jdk/bin/jdeps" --multi-release 17 --ignore-missing-deps --print-module-deps -q -R -cp "$3" "$2" 2>/dev/null || true)
  case $found in java.*) ;; *) found=java.base ;; esac
  "$jdk/bin/jlink" --add-modules "$MODULES,$found" --strip-debug --no-header-files --no-man-pages --compress=0 --output "$1/jre"
  # No window is ever opened; these would ask for X11, ALSA and GIF libraries.
  rm -f "$1"/jre/lib/lib{awt_xawt,jawt,splashscreen,jsound}.so
  # A distribution's JDK uses libraries of its system; those travel for machines that lack them.
  mkdir "$1/syslib"
  for file in $(LD_LIBRARY_PATH=$1/jre/lib:$1/jre/lib/server ldd "$1"/jre/lib/*.so "$1"/jre/lib/server/libjvm.so | awk '$2 == "=>" && $3 ~ /^\// {print $3}' | sort -u); do
    case $(basename "$file") in
      libc.so.* | libm.so.* | libdl.so.* | libpthread.so.* | librt.so.* | libstdc++.so.* | libgcc_s.so.*) ;;
      *) case $file in "$1"/*) ;; *) cp -L "$file" "$1/syslib/" ;; esac ;;
    esac
  done
  # Every start of this run-time, also a child's, unpacks to the kit's cache and takes the CUDA libraries that install found.
  mv "$1/jre/bin/java" "$1/jre/bin/java.bin"
  cat >"$1/jre/bin/java" <<'SH'
#!/bin/sh
bin=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
kit=${bin%/jre/bin}
exec "$bin/java.bin" -Dorg.bytedeco.javacpp.cachedir="$kit/cache" -Dorg.bytedeco.javacpp.platform.preloadpath="$kit/lib" "$@"
SH
  chmod +x "$1/jre/bin/java"
}

pack() {
  local natives=gpu sm=90 app='' peers='' golden='' repo out work version jars tests classpath pieces
  while :; do
    case ${1:-} in
      --natives) natives=$2; shift 2 ;;
      --sm) sm=$2; shift 2 ;;
      --app) app=1; shift ;;
      --peers) peers=$(cd "$2" && pwd -P); shift 2 ;;
      --golden) golden=$(cd "$2" && pwd -P); shift 2 ;;
      *) break ;;
    esac
  done
  [ $# = 2 ] || die "pack needs REPO OUT"
  repo=$(cd "$1" && pwd -P)
  mkdir -p "$2"
  out=$(cd "$2" && pwd -P)
  work=$(mktemp -d)
  # shellcheck disable=SC2064  # this call's folder
  trap "rm -rf '$work'" EXIT

  renice -n 10 -p $BASHPID >/dev/null # compression takes minutes of all cores
  say "Building the classes of $repo ..."
  mkdir "$work/repo" "$work/base"
  (cd "$repo" && git ls-files -z -co --exclude-standard | tar -c --null --ignore-failed-read -T - 2>/dev/null) | tar -x -C "$work/repo"
  cd "$work/repo"
  local mvn=(mvn -q -B -DskipTests -Dspotless.check.skip=true)
  [ "$natives" = gpu ] && mvn+=(-Pcuda)
  "${mvn[@]}" test-compile
  "${mvn[@]}" -pl core dependency:build-classpath -DincludeScope=test -Dmdep.outputFile="$work/test.cp"
  classpath=$(cat cli/target/classpath.txt)
  mapfile -t jars < <(tr : '\n' <<<"$classpath")
  # JUnit comes whole with the console; the browser's driver and AssertJ's soft assertions stay at home.
  mapfile -t tests < <(tr : '\n' <"$work/test.cp" | grep -vxF "$(tr : '\n' <<<"$classpath")" | grep -v -e /junit- -e playwright -e gson -e error_prone -e byte-buddy)
  printf '%s\n' "${jars[@]##*/}" >"$work/classpath.txt"
  { say "natives $natives, device code $sm"; cat "$work/classpath.txt"; } >"$work/base/contents.txt"
  if [ -n "$app" ]; then
    cmp -s "$work/base/contents.txt" "$out/contents.txt" || die "$out was packed with other jars or options: pack everything again"
  else
    version=$(sed -n 's/.*junit-platform-engine-\([0-9.]*\)\.jar.*/\1/p' <(tr : '\n' <"$work/test.cp"))
    "${mvn[@]}" -N dependency:copy -Dartifact=org.junit.platform:junit-platform-console-standalone:"$version" -DoutputDirectory="$work/junit"
  fi

  # What the launchers and tests need of the checkout.
  cp -r {core,cli,bench}/target/classes "$work" # into one folder
  rm -rf .ci .mvn .git* docs {core,cli,bench}/src {core,cli,bench}/target/{generated*,maven-*,classpath.txt,launcher.*}
  sed -n 's/.*<winnow.jvm>\(.*\)<\/winnow.jvm>.*/\1/p' pom.xml >"$work/jvm.txt"
  [ -z "$peers" ] || { mkdir peers; cp "$peers"/*.py peers/; }
  [ -z "$golden" ] || { mkdir golden; cp -rL "$golden"/. golden/; chmod -R u+w golden; }
  say "Packing ..."
  tar -C "$work" --sort=name --owner=0 --group=0 --numeric-owner -c repo classpath.txt jvm.txt | "${XZ[@]}" >"$out/kit-app"

  if [ -z "$app" ]; then
    make_jre "$work/base" "$work/classes" "$classpath"
    slim_jars "$work/base/jars" "$sm" "$work/classes" "${jars[@]}"
    slim_jars "$work/base/test-jars" "$sm" "$work/classes" "${tests[@]}" "$work"/junit/*.jar
    rm -f "$out"/kit-[0-9]*
    (cd "$work/base" && du -sh jre syslib jars test-jars)
    tar -C "$work/base" --sort=name --owner=0 --group=0 --numeric-owner -c . | "${XZ[@]}" | split -b "$PIECE" -d -a 2 - "$out/kit-"
    cp "$work/base/contents.txt" "$out/"
  fi
  cd "$out"
  sha256sum kit-app kit-[0-9]* >SHA256SUMS
  cp "$self" gpu-kit.sh
  wc -c kit-*
  pieces=(kit-[0-9]*)
  if [ -n "$app" ]; then
    say "Send kit-app and SHA256SUMS, and install again."
  else
    say "Send the ${#pieces[@]} pieces (at most $PIECE each), and kit-app, SHA256SUMS and gpu-kit.sh beside any of them."
  fi
}

# ---------------------------------------------------------------- install

find_cuda() { # TARGET: links of the CUDA libraries in TARGET/lib, and a load of every native library; prints what is missing
  "$python" - "$1" <<'PY'
import ctypes, glob, importlib.util, os, re, struct, subprocess, sys, tempfile, zipfile

target = sys.argv[1]
lib = os.path.join(target, "lib")
WHEELS = {"cudart": "nvidia-cuda-runtime", "cublas": "nvidia-cublas", "cudnn": "nvidia-cudnn-cu13", "cufft": "nvidia-cufft",
          "curand": "nvidia-curand", "cusparse": "nvidia-cusparse", "cusolver": "nvidia-cusolver", "cupti": "nvidia-cuda-cupti",
          "cufile": "nvidia-cufile", "nccl": "nvidia-nccl-cu13", "nvJitLink": "nvidia-nvjitlink", "nvrtc": "nvidia-cuda-nvrtc"}


def needed(path):
    elf = open(path, "rb").read()
    offset, = struct.unpack_from("<Q", elf, 0x28)
    size, count = struct.unpack_from("<HH", elf, 0x3A)
    all = [struct.unpack_from("<IIQQQQII", elf, offset + i * size) for i in range(count)]
    for s in all:
        for at in range(s[4], s[4] + s[5], 16) if s[1] == 6 else ():
            tag, value = struct.unpack_from("<QQ", elf, at)
            if tag == 1:
                text = all[s[6]][4] + value
                yield elf[text:elf.index(b"\0", text)].decode()


def loads(name):
    try:
        return ctypes.CDLL(name)
    except OSError:
        return None


def link(path, name=None):
    name = os.path.join(lib, name or os.path.basename(path))
    if not os.path.lexists(name):
        os.symlink(os.path.realpath(path), name)


def package(name):
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        spec = None
    return list(spec.submodule_search_locations or []) if spec else []


os.makedirs(lib, exist_ok=True)
for old in os.listdir(lib):
    os.remove(os.path.join(lib, old))
for path in glob.glob(target + "/syslib/*"):  # the JDK's, where the system has none
    if not loads(os.path.basename(path)):
        link(path)

bad = 0
path = [lib]
if glob.glob(target + "/jars/*-gpu.jar"):
    wheels = [d for p in package("nvidia") for d in sorted(glob.glob(p + "/*/lib"))]
    folders = wheels + [d for pattern in ("/usr/local/cuda*/lib64", "/usr/local/cuda*/targets/x86_64-linux/lib", "/usr/local/cuda*/extras/CUPTI/lib64")
                        for d in sorted(glob.glob(pattern), reverse=True)]
    folders += [d for d in os.environ.get("LD_LIBRARY_PATH", "").split(":") if d]
    folders += ["/usr/lib/x86_64-linux-gnu", "/usr/lib64"] + [p + "/lib" for p in package("torch")]
    with tempfile.TemporaryDirectory(dir=target) as tmp:
        own = {}
        for jar in glob.glob(target + "/jars/*-linux-x86_64*.jar"):
            with zipfile.ZipFile(jar) as z:
                for n in z.namelist():
                    if re.search(r"/(pytorch|openblas)/.*[^/]$", n):
                        own[os.path.basename(n)] = os.path.join(tmp, os.path.basename(n))
                        with open(own[os.path.basename(n)], "wb") as out:
                            out.write(z.read(n))
        todo, where = sorted({n for p in own.values() for n in needed(p)} - set(own)), {}
        while todo:
            name = todo.pop(0)
            if name in where or not re.match(r"lib(cu|nv|nccl)", name):
                continue
            where[name] = next((d for d in folders if os.path.exists(os.path.join(d, name))), None)
            if where[name]:
                link(os.path.join(where[name], name))
                todo += needed(os.path.join(where[name], name))
        # cuDNN and others open parts of themselves by name. Never a folder of PyTorch's own: its libtorch would replace Winnow's.
        for folder in dict.fromkeys(d for d in where.values() if d):
            for file in glob.glob(folder + ("/*.so*" if folder in wheels else "/libcudnn*.so.9")):
                link(file)
        for name in sorted(where):
            print(f"  {name:22} {where[name] or 'MISSING; in the Python wheel ' + next((w for k, w in WHEELS.items() if name.startswith('lib' + k)), '?')}")
            bad += not where[name]
        # Every symbol of every library, bound now: a CUDA of another version shows here.
        script = "import ctypes, sys\nfor p in sys.argv[1:]:\n  try: ctypes.CDLL(p, 2 | ctypes.RTLD_GLOBAL)\n  except OSError as e: print(e); sys.exit(1)"
        order = ["libopenblas.so.0", "libtorch_cpu.so", "libtorch_cuda.so", "libtorch_cuda_linalg.so", "libjnitorch.so", "libjnitorch_cuda.so"]
        done = subprocess.run([sys.executable, "-c", script] + [own[n] for n in order if n in own], stdout=subprocess.PIPE, text=True,
                              env=dict(os.environ, LD_LIBRARY_PATH=f"{lib}:{tmp}"))
        said = done.stdout.strip().splitlines() or [f"exit status {done.returncode}"]
        print(f"  the engine's libraries do not load: {said[-1]}" if done.returncode else "  every symbol of the engine's libraries is found")
        bad += done.returncode != 0
    driver = loads("libcuda.so.1")
    if not driver:
        for folder in [d for d in os.environ.get("LD_LIBRARY_PATH", "").split(":") if d] + glob.glob("/usr/local/nvidia/lib*") + ["/usr/lib64/nvidia"]:
            driver = driver or loads(folder + "/libcuda.so.1")
            if driver:
                path.append(folder)
                break
    if driver:
        version = ctypes.c_int()
        driver.cuDriverGetVersion(ctypes.byref(version))
        print(f"  driver: serves CUDA {version.value // 1000}.{version.value % 1000 // 10}")
        bad += version.value < 13000
    else:
        print("  driver: none (libcuda.so.1); Winnow will use the CPU")
with open(target + "/env.sh", "w") as out:
    out.write(f"""# Sourced by the launchers beside it; source it for tools of your own.
export KIT='{target}'
export JAVA_HOME="$KIT/jre"
export PATH="$JAVA_HOME/bin:$PATH"
export LD_LIBRARY_PATH='{":".join(path)}'
unset WINNOW_MAVEN
""")
sys.exit(bad != 0)
PY
}

install() {
  [ $# = 2 ] || die "install needs PIECES TARGET"
  local pieces target base part
  pieces=$(cd "$1" && pwd -P)
  mkdir -p "$2"
  target=$(cd "$2" && pwd -P)
  base=$(grep ' kit-[0-9]' "$pieces/SHA256SUMS")
  unpack() { # no xz and no tar that knows it are needed
    cat "$@" | "$python" -W ignore -c 'import sys, tarfile
tarfile.TarFile.extraction_filter = staticmethod(lambda member, path: member)
tarfile.open(fileobj=sys.stdin.buffer, mode="r|xz").extractall(sys.argv[1])' "$target"
  }
  check() { (cd "$pieces" && sha256sum -c --quiet -) || die "pieces are missing or damaged (above); send them again"; }
  if [ "$base" != "$(cat "$target/base.sums" 2>/dev/null)" ]; then
    check <<<"$base"
    say "Unpacking the run-time ..."
    rm -rf "$target"/{jre,jars,test-jars,syslib,cache,base.sums}
    mapfile -t part < <(cd "$pieces" && printf '%s\n' kit-[0-9]* | sed "s|^|$pieces/|")
    unpack "${part[@]}"
    printf '%s\n' "$base" >"$target/base.sums"
  fi
  grep ' kit-app' "$pieces/SHA256SUMS" | check
  rm -rf "$target/repo"
  unpack "$pieces/kit-app"

  sed "s|^|$target/jars/|" "$target/classpath.txt" | paste -sd: >"$target/repo/cli/target/classpath.txt"
  for part in winnow bench junit gpu-day; do
    { say '#!/bin/sh'; say "here=\$(CDPATH='' cd -- \"\$(dirname -- \"\$0\")\" && pwd -P)"; say ". \"\$here/env.sh\""; } >"$target/$part"
    chmod +x "$target/$part"
  done
  # The project's own launchers, with their flags; they find everything built.
  say "exec \"\$KIT/repo/winnow\" \"\$@\"" >>"$target/winnow"
  say "exec \"\$KIT/repo/bench/java\" \"\$@\"" >>"$target/bench"
  say "exec bash \"\$KIT/repo/bench/gpu-day.sh\" \"\$@\"" >>"$target/gpu-day"
  cat >>"$target/junit" <<SH
# junit CLASS [-DNAME=VALUE ...], a test of the library, in its folder: give absolute paths
class=\$1; shift
cd "\$KIT/repo/core"
t=\$PWD/target
exec java $(cat "$target/jvm.txt") "\$@" -cp "\$t/test-classes:\$t/classes:\$(cat "\$KIT/repo/cli/target/classpath.txt"):\$KIT/test-jars/*" \\
  org.junit.platform.console.ConsoleLauncher execute --disable-banner --select-class "\$class" --details=tree
SH
  say "Libraries:"
  touch "$target/repo/cli/target/launcher.stamp"
  find_cuda "$target" || die "libraries are missing (above); the rest is installed: put them in the Python of \$PYTHON or on LD_LIBRARY_PATH and install again"
  say "Installed: $target/winnow, $target/bench CLASS, $target/junit CLASS, $target/gpu-day, $target/env.sh"
}

# ---------------------------------------------------------------- selftest

selftest() {
  local natives=gpu kit='' repo tmp bin c net=() run log
  while :; do
    case ${1:-} in
      --natives) natives=$2; shift 2 ;;
      --kit) kit=$(cd "$2" && pwd -P); shift 2 ;;
      *) break ;;
    esac
  done
  [ $# = 1 ] || die "selftest needs REPO"
  repo=$(cd "$1" && pwd -P)
  tmp=$(mktemp -d)
  # shellcheck disable=SC2064  # this call's folder
  trap "rm -rf '$tmp'" EXIT
  if [ -z "$kit" ]; then
    kit=$tmp/kit
    (pack --natives "$natives" --peers "$repo/bench" --golden "$repo/core/src/test/resources/golden" "$repo" "$kit")
  fi
  bin=$tmp/bin
  mkdir "$bin" "$tmp/home" "$tmp/pieces"
  for c in /usr/bin/* /bin/*; do
    case ${c##*/} in java* | j[a-z]* | mvn* | xz* | unxz | lzma* | zstd*) ;; *) ln -sf "$c" "$bin/${c##*/}" ;; esac
  done
  unshare -n true 2>/dev/null && net=(unshare -n)
  run=("${net[@]}" env -i PATH="$bin" HOME="$tmp/home" PYTHON="$(command -v "$python")")
  step() { # STATUSES WHAT PATTERN COMMAND...: one of these exit statuses, and the pattern in what the command says
    local statuses=$1 what=$2 pattern=$3 status=0
    shift 3
    log=$tmp/log
    (cd "$tmp/home" && "$@") >"$log" 2>&1 || status=$?
    if [[ " $statuses " = *" $status "* ]] && grep -q -e "$pattern" "$log"; then
      say "PASS $what"
    else
      say "FAIL $what (exit status $status)"
      cat "$log"
      exit 1
    fi
  }
  cp "$kit"/* "$tmp/pieces"
  rm "$tmp/pieces/kit-00"
  step 2 "a missing piece is named" 'kit-00.*FAILED' "${run[@]}" bash "$kit/gpu-kit.sh" install "$tmp/pieces" "$tmp/target"
  rm -r "$tmp/pieces"
  step 0 "install" '^Installed: ' "${run[@]}" bash "$kit/gpu-kit.sh" install "$kit" "$tmp/target"
  sed -n '/^Libraries/,$p' "$log"
  step 0 "winnow --help" 'Usage: winnow' "${run[@]}" "$tmp/target/winnow" --help
  step "0 4" "winnow doctor: engine" '^ok   LibTorch' "${run[@]}" "$tmp/target/winnow" doctor
  c='this is the CPU build'
  [ "$natives" = gpu ] && c='CUDA .*\(no NVIDIA driver$\|used: [1-9]\)'
  step "0 4" "winnow doctor: $natives build" "$c" "${run[@]}" "$tmp/target/winnow" doctor
  cat "$log"
  step 0 "winnow run shapes --until prune" '' "${run[@]}" "$tmp/target/winnow" run "$tmp/target/repo/recipes/shapes.yaml" --until prune --set dataset.count=400 --set encode.training.epochs=1
  tail -n 3 "$log"
  [ -n "$(find "$tmp/home/runs" -name '*.parquet' | head -n 1)" ] || die "the run left no coreset"
  step 0 "junit: pictures of every format" '\[ *[1-9][0-9]* tests successful' "${run[@]}" "$tmp/target/junit" io.winnow.data.ImageDecoderTest
  step 0 "bench" '^{' "${run[@]}" "$tmp/target/bench" CmmdBench --n 300 --d 16
  step 0 "gpu-day: doctor and golden numbers" 'golden: done' "${run[@]}" "$tmp/target/gpu-day" --device cpu --tiny --only doctor,golden --out "$tmp/home/day"
  cat "$tmp/home/day/gpu-day.md"
  step 0 "the code alone, again" '^Installed: ' "${run[@]}" bash "$kit/gpu-kit.sh" install "$kit" "$tmp/target"
  say "All passed, with $natives natives."
}

self=$(readlink -f "$0")
case ${1:-} in
  pack | install | selftest) "$@" ;;
  *) sed -n '2,14s/^# \{0,1\}//p' "$self"; exit 2 ;;
esac
