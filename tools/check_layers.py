#!/usr/bin/python3
"""Holds the include lines of src/ against src/LAYERS, and looks for include cycles.

A room is a folder with a row of its own in LAYERS: a module, or a room inside one such as
ckks/secret. A file may include its own room and the rooms its row names. Tests are never part of
a library that ships, so `*_test.cpp` may also enter the rooms inside those modules, and it alone
may include test-only files (`testing.h`, `*_testing.h`, `toy_*.h`, anything in `testing/`).
"""
import argparse
import re
import sys
from pathlib import Path

INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)


def read_layers(text):
    """Room -> list of rooms it may include ('*' for all)."""
    rows = {}
    for number, line in enumerate(text.splitlines(), 1):
        line = line.split("#", 1)[0].strip()
        if not line:
            continue
        room, colon, allowed = line.partition(":")
        if not colon or room.strip() in rows:
            raise ValueError(f"LAYERS:{number}: expected one row `room: rooms it may include`")
        rows[room.strip()] = allowed.split()
    for room, allowed in rows.items():
        for other in allowed:
            if other != "*" and other not in rows:
                raise ValueError(f"LAYERS: {room} names {other}, which has no row")
    return rows


def room_of(path, rows):
    """The innermost room that holds a file, or None. `path` is relative to src/."""
    parts = path.split("/")[:-1]
    while parts:
        if "/".join(parts) in rows:
            return "/".join(parts)
        parts.pop()
    return None


def is_test(path):
    return path.endswith("_test.cpp")


def is_test_only(path):
    name = path.rsplit("/", 1)[-1]
    return bool(re.fullmatch(r"testing\..*|.*_testing\..*|toy_.*", name)) or "testing/" in path


def may_include(path, target, rows):
    own, other = room_of(path, rows), room_of(target, rows)
    allowed = rows.get(own, [])
    if other == own or other in allowed or "*" in allowed:
        return True
    module = other.split("/")[0]
    return is_test(path) and (module == own.split("/")[0] or module in allowed)


def find_cycle(edges):
    """One cycle of a graph {node: set of nodes} as a list whose ends are equal, or None."""
    done, trail, on_trail = set(), [], set()

    def visit(node):
        trail.append(node)
        on_trail.add(node)
        for following in sorted(edges.get(node, ())):
            if following in on_trail:
                return trail[trail.index(following):] + [following]
            if following not in done:
                cycle = visit(following)
                if cycle:
                    return cycle
        on_trail.discard(trail.pop())
        done.add(node)
        return None

    for start in sorted(edges):
        if start not in done:
            cycle = visit(start)
            if cycle:
                return cycle
    return None


def check(files, rows):
    """The complaints about {path relative to src: text}."""
    problems, file_edges, room_edges = [], {}, {}
    for path, text in sorted(files.items()):
        room = room_of(path, rows)
        if room is None:
            problems.append(f"{path}: lies in no module of LAYERS")
            continue
        for target in INCLUDE.findall(text):
            if target not in files:
                problems.append(f"{path}: \"{target}\" is no file below src/")
                continue
            other = room_of(target, rows)
            if other is None:
                continue  # reported at the file itself
            if not may_include(path, target, rows):
                problems.append(f"{path}: {room} may not include {target}")
            if is_test_only(target) and not (is_test(path) or is_test_only(path)):
                problems.append(f"{path}: {target} is for tests only")
            file_edges.setdefault(path, set()).add(target)
            if other != room and not is_test(path):
                room_edges.setdefault(room, set()).add(other)
    for what, edges in (("files", file_edges), ("modules", room_edges)):
        cycle = find_cycle(edges)
        if cycle:
            problems.append(f"include cycle of {what}: " + " -> ".join(cycle))
    return problems


def read_sources(root):
    found = (p for p in root.rglob("*") if p.suffix in (".h", ".cpp") and p.is_file())
    return {p.relative_to(root).as_posix(): p.read_text(encoding="utf-8") for p in found}


def main():
    default = Path(__file__).resolve().parent.parent / "src"
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("src", nargs="?", type=Path, default=default)
    root = parser.parse_args().src
    try:
        rows = read_layers((root / "LAYERS").read_text(encoding="utf-8"))
        files = read_sources(root)
    except (OSError, ValueError) as error:
        sys.exit(f"check_layers: {error}")
    problems = check(files, rows)
    for problem in problems:
        print(f"check_layers: {problem}", file=sys.stderr)
    if not problems:
        print(f"check_layers: {len(files)} files in {len(rows)} rooms keep their layers")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
