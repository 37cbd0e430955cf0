#!/usr/bin/python3
"""Lists the tests that a ctest run skipped, and why, out of its log (Testing/Temporary/LastTest.log).

Three ways to skip are seen: GoogleTest's GTEST_SKIP() << why, unittest's `skipped 'why'`, and a
line `SKIPPED: name: why` of anything else.
"""
import re
import sys
from pathlib import Path

GTEST = re.compile(r": Skipped\n(?P<why>.*?)\n?\[  SKIPPED \] (?P<name>\S+) \(", re.DOTALL)
UNITTEST = re.compile(r"^(?P<name>\w+) \(.*?\) ?\.\.\. skipped ['\"](?P<why>.*)['\"]$", re.MULTILINE)
PLAIN = re.compile(r"^SKIPPED: (?P<name>[^:]+): (?P<why>.+)$", re.MULTILINE)


def skipped(log):
    """[(test, why)] in the order of the log's kinds."""
    return [(found["name"], " ".join(found["why"].split()) or "no reason given")
            for pattern in (GTEST, UNITTEST, PLAIN) for found in pattern.finditer(log)]


def table(rows):
    if not rows:
        return "Skipped tests: none"
    width = max(len(name) for name, _ in rows)
    return "\n".join([f"Skipped tests: {len(rows)}"] + [f"  {n:<{width}}  {why}" for n, why in rows])


if __name__ == "__main__":
    print(table(skipped(Path(sys.argv[1]).read_text(encoding="utf-8", errors="replace"))))
