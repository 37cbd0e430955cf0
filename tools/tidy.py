#!/usr/bin/env python3
"""Runs clang-tidy on files several at a time, because most of its time goes into their headers.

    tools/tidy.py BUILD FILE...

BUILD holds compile_commands.json. Files of one folder with one compile command become one unit, a
file of #include lines in BUILD/units. A unit that was clean, with the same headers and checks, is
not looked at again. Prints each finding once and ends with 1 where there is one.
"""
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys

CLANG_TIDY = "clang-tidy-19"
FILES_PER_UNIT = 8


def flags_of(entry):
    """A compile command without the compiler, the launcher, the output and the file."""
    words = shlex.split(entry["command"])
    words = words[next(i for i, word in enumerate(words) if word.startswith("-")):]
    return tuple(words[: words.index("-o")])


def units(build, files):
    """[(flags, files)]: what may be read together."""
    root = pathlib.Path.cwd()
    entries = json.loads((build / "compile_commands.json").read_text())
    flags = {str(pathlib.Path(entry["file"]).relative_to(root)): flags_of(entry)
             for entry in entries if entry["file"].startswith(f"{root}/src/")}
    unknown = [file for file in files if file not in flags]
    if unknown:
        sys.exit(f"tidy.py: {unknown[0]}: not in {build}/compile_commands.json: configure the preset again")
    groups = {}
    for file in sorted(files):
        groups.setdefault((os.path.dirname(file), flags[file]), []).append(file)
    return [(key[1], group[i:i + FILES_PER_UNIT])
            for key, group in groups.items() for i in range(0, len(group), FILES_PER_UNIT)]


def common_digest():
    """Of all that is not in a unit and may change what clang-tidy says of it."""
    listed = subprocess.run(["git", "ls-files", "--", "src/*.h", ".clang-tidy", "tools/tidy.py"],
                            check=True, capture_output=True, text=True).stdout.split()
    return hashlib.sha256(b"".join(pathlib.Path(file).read_bytes() for file in listed)).hexdigest()


def run_tidy(file, flags):
    """What clang-tidy says of a file, and of itself where it fails."""
    run = subprocess.run([CLANG_TIDY, "--quiet", str(file), "--", *flags], capture_output=True, text=True)
    if run.returncode == 0:
        return ""
    return run.stdout or run.stderr or f"{file}: error: {CLANG_TIDY} ended with {run.returncode}\n"


def look_at(build, common, flags, files):
    """What clang-tidy says of one unit; nothing where it is clean."""
    text = "".join(f'#include "{os.path.abspath(file)}"  // NOLINT(bugprone-suspicious-include)\n'
                   for file in files)
    sources = b"".join(pathlib.Path(file).read_bytes() for file in files)
    key = hashlib.sha256(common.encode() + repr(flags).encode() + text.encode() + sources).hexdigest()
    clean = build / "clean" / key[:32]
    if clean.exists():
        return ""
    unit = build / "units" / files[0].replace("/", "_")
    unit.write_text(text)
    said = run_tidy(unit, flags)
    if "[clang-diagnostic-error]" in said:  # two files have a name in common
        said = "".join(run_tidy(file, flags) for file in files)
    if not said:
        clean.touch()
    return said


def main():
    build, files = pathlib.Path(sys.argv[1]), sys.argv[2:]
    for folder in ("clean", "units"):
        (build / folder).mkdir(parents=True, exist_ok=True)
    common = common_digest()
    found = set()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for said in pool.map(lambda unit: look_at(build, common, *unit), units(build, files)):
            lines = re.findall(r"^.*(?:warning|error):.*$", said, re.M)
            found.update(lines or filter(None, [said.strip()]))
    print("\n".join(sorted(found)) or f"tidy: {len(files)} files clean")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
