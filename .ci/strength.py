"""What a run leaves behind when something goes wrong: kills, Ctrl-C, full and read-only disks, files
that are open or change, and whether a thousand runs grow.

    python3 .ci/strength.py target/release/anping [KILLS] [RUNS]

Needs Linux. Prints one line for each trial and ends with 1 when one failed.
"""
import hashlib, os, random, resource, shutil, signal, subprocess, sys, tempfile, time
from pathlib import Path

ANPING = os.path.abspath(sys.argv[1])
KILLS = int(sys.argv[2]) if len(sys.argv) > 2 else 100
RUNS = int(sys.argv[3]) if len(sys.argv) > 3 else 1000
TOWN = Path(__file__).resolve().parent.parent / "templates/demo/qingshi"
UNFINISHED = "输出未完成,请重新运行.txt"
failed = []


def trial(name, good, said):
    print(f"{'good' if good else 'BAD '} {name}: {said}", flush=True)
    if not good:
        failed.append(name)


def command(inbox, outbox, day="2026-12-31"):
    return [ANPING, "assess", str(inbox), "-o", str(outbox), "--as-of", day]


def run(inbox, outbox, day="2026-12-31", **how):
    return subprocess.run(command(inbox, outbox, day), capture_output=True, text=True, **how)


def files(folder):
    """Digests of what a person sees in the folder."""
    seen = {}
    for path in sorted(Path(folder).rglob("*")):
        if path.is_file() and not path.name.startswith(".anping-"):
            seen[str(path.relative_to(folder))] = hashlib.sha256(path.read_bytes()).hexdigest()
    return seen


def kills(work):
    """Killed at a random moment: the old outbox, or the new one, or one that says it is neither."""
    old, new, outbox = work / "old", work / "new", work / "outbox"
    run(TOWN, old, "2026-12-30")
    start = time.monotonic()
    run(TOWN, new)
    whole = time.monotonic() - start
    olds, news = files(old), files(new)
    assert olds and news and olds != news
    moments, ended = random.Random(1), {"old": 0, "new": 0, "marked": 0, "half": 0}
    for _ in range(KILLS):
        shutil.rmtree(outbox, ignore_errors=True)
        shutil.copytree(old, outbox)
        process = subprocess.Popen(command(TOWN, outbox), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(moments.random() * whole * 1.1)
        process.kill()
        process.wait()
        now = files(outbox)
        left = {name: digest for name, digest in now.items() if name in news}
        if UNFINISHED in now:
            ended["marked"] += 1
        elif left == {name: digest for name, digest in olds.items() if name in news}:
            ended["old"] += 1
        elif left == news:
            ended["new"] += 1
        else:
            ended["half"] += 1
    again = run(TOWN, outbox)
    healed = {name: digest for name, digest in files(outbox).items() if name in news} == news
    healed = healed and UNFINISHED not in files(outbox)
    trial("kill -9", ended["half"] == 0 and healed, f"{KILLS} kills: {ended}; the next run exits {again.returncode}")


def interrupts(work):
    outbox = work / "interrupted"
    run(TOWN, outbox, "2026-12-30")
    before = files(outbox)
    codes = set()
    for moment in range(20):
        process = subprocess.Popen(command(TOWN, outbox), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        time.sleep(0.01 * moment)
        process.send_signal(signal.SIGINT)
        said = process.communicate()[1]
        codes.add(process.returncode)
        if process.returncode == 130 and (files(outbox) != before or said.count("\n") != 1):
            return trial("Ctrl-C", False, said)
        if process.returncode != 130:
            shutil.rmtree(outbox)
            run(TOWN, outbox, "2026-12-30")
    trial("Ctrl-C", codes <= {130, 0, 1, -2}, f"exits {sorted(codes)}")


def refused(name, outbox, **how):
    """A run that cannot write: exit 6, one line and a hint, and the outbox as it was."""
    before = files(outbox) if outbox.is_dir() else {}
    ended = run(TOWN, outbox, **how)
    after = files(outbox) if outbox.is_dir() else {}
    leftovers = [path.name for path in outbox.glob(".anping-*")] if outbox.is_dir() else []
    lines = ended.stderr.strip().splitlines()
    good = ended.returncode == 6 and len(lines) <= 2 and before == after and not leftovers
    trial(name, good, f"exit {ended.returncode}: {' / '.join(lines)[:160]} {leftovers}")


def disks(work):
    outbox = work / "full"
    run(TOWN, outbox, "2026-12-30")
    # A limit on the size of a file, with its signal ignored: what a full disk does to a write.
    limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))
    refused("file too large for the disk", outbox, preexec_fn=limit, restore_signals=False)
    mounted = work / "small"
    mounted.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(mounted)], capture_output=True).returncode == 0:
        try:
            refused("full disk", mounted)
            subprocess.run(["mount", "-o", "remount,ro", str(mounted)], check=True)
            refused("read-only disk", mounted)
        finally:
            subprocess.run(["umount", str(mounted)])
    else:
        print("none full disk: nothing can be mounted here")
    blocked = work / "blocked"
    blocked.write_text("a file where the outbox should be")
    ended = run(TOWN, blocked)
    trial("outbox is a file", ended.returncode == 6 and blocked.read_text().startswith("a file"), ended.stderr.strip()[:120])


def inputs(work):
    """An input that is open elsewhere is read; one that changes is read as it was or refused."""
    inbox, outbox = work / "inbox", work / "of-inbox"
    shutil.copytree(TOWN, inbox)
    some = sorted(inbox.rglob("*.xlsx"))[0]
    with open(some, "r+b"):
        ended = run(inbox, outbox)
    trial("input open elsewhere", ended.returncode in (0, 1), f"exit {ended.returncode}")
    whole, codes = some.read_bytes(), set()
    for _ in range(10):
        process = subprocess.Popen(command(inbox, outbox), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        while process.poll() is None:
            some.write_bytes(whole[: len(whole) // 2])
            some.write_bytes(whole)
        codes.add((process.returncode, len(process.stderr.read().splitlines())))
    trial("input changes", all(code in (0, 1) and lines <= 1 for code, lines in codes), f"exits, lines {sorted(codes)}")
    some.unlink()
    some.symlink_to("/nowhere/at/all.xlsx")
    ended = run(inbox, outbox)
    trial("input vanishes", ended.returncode in (0, 1), f"exit {ended.returncode}")


def soak(work):
    """Runs in one folder: memory of a run, and what lies in outbox and cache, do not grow."""
    outbox, cache = work / "soaked", work / "cache"
    where = dict(os.environ, XDG_CACHE_HOME=str(cache))
    peaks, sizes = [], set()
    for number in range(RUNS):
        process = subprocess.Popen(command(TOWN, outbox), env=where, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, code, usage = os.wait4(process.pid, 0)
        peaks.append(usage.ru_maxrss / 1024)
        if number % 50 == 5:
            sizes.add(sum(1 for path in [*outbox.rglob("*"), *cache.rglob("*")]))
    tenth = max(1, RUNS // 10)
    early, late = sorted(peaks[1 : tenth + 1])[tenth // 2], sorted(peaks[-tenth:])[tenth // 2]
    trial("soak", late < early * 1.1 and len(sizes) <= 1, f"{RUNS} runs, peak {early:.0f} then {late:.0f} MB, files {sorted(sizes)}")


with tempfile.TemporaryDirectory() as folder:
    for part in (kills, interrupts, disks, inputs, soak):
        part(Path(folder))
sys.exit(1 if failed else 0)
