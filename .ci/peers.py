#!/usr/bin/env python3
"""Measures the job of the README's table, ours beside any others, and prints what the README shows.

    peers.py FOLDER [--rounds N] [--sets ABC] [--peer 'NAME=COMMAND']...

FOLDER receives the data and the reports. A COMMAND is another program that does the same job, with places
{kind} (dir or flat), {job} (joba or job), {input}, {items} and {report}; it prints the same last line, or
is not listed. Needs `cargo build --release -p anping -p acceptance --bin anping --bin peer-sets` and
`cargo build --release -p county --example native`.

Quoted are seconds of processor time (user and system) of whole processes, medians of rounds in which all
programs take turns: on a machine with other work they hardly move, the clock does.
"""

import argparse
import os
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

RELEASE = Path(__file__).resolve().parent.parent / "target/release"
ANPING = RELEASE / "anping"
ROWS = [1_000, 10_000, 100_000, 1_000_000]
DAY = "2026-12-31"
NATIVE = RELEASE / "examples/native"
SUBJECTS_OF_B = 3_333


def run(command, environment=None):
    """Processor seconds, peak in MB, the last line printed; ends everything when the program fails."""
    with tempfile.TemporaryFile() as out:
        pid = os.fork()
        if pid == 0:
            os.dup2(out.fileno(), 1)
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            os.execvpe(command[0], command, environment or os.environ)
        _, code, used = os.wait4(pid, 0)
        out.seek(0)
        lines = out.read().decode(errors="replace").strip().splitlines()
    if code != 0:
        sys.exit(f"failed: {shlex.join(command)}")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, lines[-1] if lines else ""


def ours(folder, kind, source, *more):
    arguments = ["bench-job", kind, source, folder / "items.csv", folder / "ours.xlsx"]
    arguments += ["--plugin", folder / "county.wasm", "--as-of", DAY, *more]
    return [str(part) for part in [ANPING, *arguments]]


def in_turns(commands, rounds):
    """Runs all commands in each round. For each: all that `run` said, round by round."""
    ran = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            ran[name].append(run(command))
    return ran


def cpu(ran):
    return statistics.median(seconds for seconds, _, _ in ran)


def the_table(folder, sets, peers, rounds):
    cells = {}
    for letter in sets:
        kind, job = ("dir", "joba") if letter == "A" else ("flat", "job")
        source = folder / ("A" if letter == "A" else f"{letter}.xlsx")
        commands = {"anping": ours(folder, kind, source)}
        for peer in peers:
            (name, _, of_sets), command = peer.split("=", 1)[0].partition("@"), peer.split("=", 1)[1]
            if of_sets and letter not in of_sets:
                continue
            places = {"kind": kind, "job": job, "input": source, "items": folder / "items.csv"}
            commands[name] = shlex.split(command.format(report=folder / "peer.xlsx", **places))
        ran = in_turns(commands, rounds if letter != "C" else max(2, rounds // 2))
        digests = {line for runs in ran.values() for _, _, line in runs}
        if len(digests) != 1:
            sys.exit(f"set {letter}: other results:\n" + "\n".join(sorted(digests)))
        own = [seconds for seconds, _, _ in ran["anping"]]
        for name, runs in ran.items():
            ratio = statistics.median(peer / base for (peer, _, _), base in zip(runs, own))
            peak = statistics.median(peak for _, peak, _ in runs)
            cells[name, letter] = f"{cpu(runs):.3f} ({ratio:.1f}×, {peak:.0f} MB)"
    print("| 程序 | " + " | ".join(f"{letter}:秒(倍数,峰值)" for letter in sets) + " |")
    print("| --- |" + " --- |" * len(sets))
    for name in dict.fromkeys(name for name, _ in cells):
        print(f"| {name} | " + " | ".join(cells.get((name, letter), "") for letter in sets) + " |")


def growth(folder, rounds):
    commands = {rows: ours(folder, "flat", folder / f"{rows}.xlsx") for rows in ROWS}
    ran = in_turns(commands, rounds)
    seconds = {rows: cpu(runs) for rows, runs in ran.items()}
    print("\n| 行 | 处理器秒 | 每千行毫秒 |\n| --- | --- | --- |")
    for rows, spent in seconds.items():
        print(f"| {rows:,} | {spent:.3f} | {1e6 * spent / rows:.2f} |")
    steps = zip(ran[ROWS[-2]], ran[ROWS[-1]])
    ratio = statistics.median(more / less for (less, _, _), (more, _, _) in steps)
    print(f"\n1,000,000 行与 100,000 行之比(逐轮中位数): {ratio:.2f}")


def share(folder, sets, rounds):
    """What one more evaluation of everything costs the whole, in turns; and beside the rules called natively."""
    print()
    least = {}
    for letter in sets:
        kind, source = ("dir", folder / "A") if letter == "A" else ("flat", folder / f"{letter}.xlsx")
        # Several more at once: on a short run one is lost in the noise.
        more = {"A": 21, "B": 6}.get(letter, 3)
        ran = in_turns(
            {
                "once": ours(folder, kind, source),
                "more": ours(folder, kind, source, "--evaluations", str(more)),
            },
            rounds,
        )
        once = cpu(ran["once"])
        sandbox = (cpu(ran["more"]) - once) / (more - 1)
        print(f"沙箱(过界、插件、复核)在 {letter} 中: {1000 * sandbox:.1f} ms,占 {100 * sandbox / once:.1f} %")
        least[letter] = (min(s for s, _, _ in ran["more"]) - min(s for s, _, _ in ran["once"])) / (more - 1)
    if "B" in least:
        through = 1e6 * least["B"] / SUBJECTS_OF_B
        native = float(subprocess.run([NATIVE], check=True, capture_output=True, text=True).stdout)
        print(f"一个对象 60 项: 原生 {native:.2f} µs,经沙箱 {through:.2f} µs,{through / native:.1f} 倍(各取最小)")


def start(folder, rounds):
    """All built-in plugins loaded, with an empty cache and with a filled one."""
    cache = folder / "cache"
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache), "HOME": str(folder)}
    cold, warm = [], []
    for _ in range(rounds):
        shutil.rmtree(cache, ignore_errors=True)
        cold.append(run([str(ANPING), "plugins"], environment)[0])
        warm.append(run([str(ANPING), "plugins"], environment)[0])
    median = statistics.median
    print(f"\n启动(全部内置插件): 缓存为空 {1000 * median(cold):.0f} ms,有缓存 {1000 * median(warm):.0f} ms")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sets", default="ABC")
    parser.add_argument("--peer", action="append", default=[], help="NAME=COMMAND, or NAME@BC=COMMAND for some sets")
    asked = parser.parse_args()
    folder = asked.folder.resolve()
    wanted = [letter for letter in asked.sets] + [f"rows={rows}" for rows in ROWS]
    subprocess.run([RELEASE / "peer-sets", folder, *wanted], check=True)
    # The cache of compiled plugins is filled before anything is measured.
    run(ours(folder, "flat", folder / f"{ROWS[0]}.xlsx"))
    the_table(folder, asked.sets, asked.peer, asked.rounds)
    growth(folder, asked.rounds)
    share(folder, asked.sets, asked.rounds)
    start(folder, asked.rounds)


if __name__ == "__main__":
    main()
