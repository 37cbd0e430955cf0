#!/usr/bin/python3
"""Holds one run of `veilray bench --json` against another of the same machine.

    tools/compare_bench.py bench/results/STORED.json NEW.json

For each row of both: new / stored of the best time, the tenth percentile and the median, and of bytes
and memory where there are any. A row is slower when best and p10 both are, by more than --tolerance
per cent: on a shared machine the median alone misleads. Exit 0: nothing is slower or larger; 1:
something is; 2: the two cannot be compared.
"""
import argparse
import json
import sys

TIMES = ("best_ms", "p10_ms", "median_ms")
SIZES = ("peak_rss_mb", "key_bytes", "request_bytes", "response_bytes")
# What comes out of a run. Everything else in a row says what was run.
OUTCOMES = {*TIMES, *SIZES, "p90_ms", "samples", "max_abs_error", "levels", "rotations", "log_qp"}
MACHINE = ("cpu", "cores", "compiler", "flags", "kernels")


class NotComparable(Exception):
    pass


def identity(row):
    return tuple(sorted((key, str(value)) for key, value in row.items() if key not in OUTCOMES))


def title(row):
    facts = [f"{key}={value}" for key, value in row.items() if key not in OUTCOMES and key != "name"]
    return " ".join([row["name"], *facts])


def ratios(stored, new, keys):
    return {key: new[key] / stored[key] for key in keys if stored.get(key) and key in new}


def compare(stored, new, tolerance):
    """One (title, ratios, verdict) a row of both; verdict is a list of what grew too much."""
    limit = 1 + tolerance / 100
    before = {identity(row): row for row in stored["rows"]}
    rows = []
    for row in new["rows"]:
        old = before.get(identity(row))
        if old is None:
            continue
        times, sizes = ratios(old, row, TIMES), ratios(old, row, SIZES)
        verdict = ["SLOWER"] if min(times["best_ms"], times["p10_ms"]) > limit else []
        verdict += [f"LARGER {key}" for key, ratio in sizes.items() if ratio > limit]
        rows.append((title(row), times | sizes, verdict))
    return rows


def unmatched(stored, new):
    """Titles of rows that only the one, only the other run has."""
    ours, theirs = ({identity(row): title(row) for row in run["rows"]} for run in (stored, new))
    return ([ours[i] for i in ours.keys() - theirs.keys()],
            [theirs[i] for i in theirs.keys() - ours.keys()])


def differences(stored, new):
    return [f"{key}: {stored['machine'].get(key)} / {new['machine'].get(key)}" for key in MACHINE
            if stored["machine"].get(key) != new["machine"].get(key)]


def load(path):
    with open(path, encoding="utf-8") as file:
        run = json.load(file)
    if not run.get("measurement"):
        raise NotComparable(f"{path}: too few repetitions, not a measurement")
    return run


def print_report(rows, stored, new):
    for difference in differences(stored, new):
        print(f"another machine or build: {difference}")
    print(f"{'best':>6} {'p10':>6} {'median':>6}  new / stored")
    for name, ratio, verdict in rows:
        print(" ".join(f"{ratio[key]:6.3f}" for key in TIMES), "", name, *verdict)
        sizes = " ".join(f"{key} {ratio[key]:.3f}" for key in SIZES if key in ratio)
        if sizes:
            print(" " * 21, sizes)
    for which, names in zip(("stored", "new"), unmatched(stored, new), strict=True):
        for name in sorted(names):
            print(f"only in the {which} run: {name}")


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("stored")
    parser.add_argument("new")
    parser.add_argument("--tolerance", type=float, default=5, metavar="PERCENT")
    options = parser.parse_args(arguments)
    try:
        stored, new = load(options.stored), load(options.new)
        rows = compare(stored, new, options.tolerance)
        if not rows:
            raise NotComparable("the two runs have no row in common")
    except (OSError, ValueError, KeyError, NotComparable) as error:
        print(f"compare_bench: error: {error}", file=sys.stderr)
        return 2
    print_report(rows, stored, new)
    return 1 if any(verdict for _, _, verdict in rows) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
