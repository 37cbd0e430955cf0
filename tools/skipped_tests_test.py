#!/usr/bin/python3
import unittest

from skipped_tests import skipped, table

LOG = """
[ RUN      ] Film.Loads
/src/vision/film_test.cpp:12: Skipped
VEILRAY_FILMS is not set
and no folder beside the checkout

[  SKIPPED ] Film.Loads (0 ms)
[       OK ] Film.Other (0 ms)
[  SKIPPED ] 1 test, listed below:
[  SKIPPED ] Film.Loads
test_oracle (vqgan_test.Vqgan) ... skipped 'no python3-torch'
SKIPPED: secrets under valgrind: no valgrind
"""


class SkippedTests(unittest.TestCase):
    def test_finds_each_kind_once_with_its_reason(self):
        self.assertEqual(skipped(LOG), [
            ("Film.Loads", "VEILRAY_FILMS is not set and no folder beside the checkout"),
            ("test_oracle", "no python3-torch"),
            ("secrets under valgrind", "no valgrind")])

    def test_says_so_when_nothing_was_skipped(self):
        self.assertEqual(table(skipped("[       OK ] A.B (0 ms)\n")), "Skipped tests: none")
        self.assertIn("Skipped tests: 3", table(skipped(LOG)))


if __name__ == "__main__":
    unittest.main()
