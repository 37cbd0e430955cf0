#!/usr/bin/python3
import contextlib
import copy
import io
import json
import pathlib
import tempfile
import unittest

from compare_bench import compare, main

MACHINE = {"cpu": "one", "cores": 2, "compiler": "GNU", "flags": "-O3", "kernels": "avx2"}
NTT = {"name": "ntt", "log_n": 14, "best_ms": 1.0, "p10_ms": 1.1, "median_ms": 2.0, "p90_ms": 3.0,
       "samples": 10}
NETWORK = {"name": "network", "size": 32, "best_ms": 300.0, "p10_ms": 310.0, "median_ms": 320.0,
           "p90_ms": 330.0, "samples": 10, "peak_rss_mb": 1800.0, "key_bytes": 130, "levels": 9}


class CompareBench(unittest.TestCase):
    def setUp(self):
        self.stored = {"machine": MACHINE, "measurement": True, "rows": [dict(NTT), dict(NETWORK)]}
        self.new = copy.deepcopy(self.stored)

    def run_main(self, *options):
        """The exit code, and what was printed on stdout and stderr."""
        out, err = io.StringIO(), io.StringIO()
        with tempfile.TemporaryDirectory() as folder:
            paths = [pathlib.Path(folder) / name for name in ("stored.json", "new.json")]
            for path, run in zip(paths, (self.stored, self.new), strict=True):
                path.write_text(json.dumps(run), encoding="utf-8")
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                code = main([*map(str, paths), *options])
        return code, out.getvalue(), err.getvalue()

    def verdicts(self):
        return [verdict for _, _, verdict in compare(self.stored, self.new, 5)]

    def test_equal_runs_pass(self):
        code, out, _ = self.run_main()
        self.assertEqual(code, 0)
        self.assertIn(" 1.000  1.000  1.000  ntt log_n=14", out)

    def test_a_row_is_slower_when_best_and_p10_are(self):
        self.new["rows"][0] |= {"best_ms": 1.06, "p10_ms": 1.1 * 1.06}
        self.assertEqual(self.verdicts(), [["SLOWER"], []])
        code, out, _ = self.run_main()
        self.assertEqual(code, 1)
        self.assertIn("ntt log_n=14 SLOWER", out)
        self.assertEqual(self.run_main("--tolerance", "10")[0], 0)

    def test_the_median_or_one_of_the_others_alone_says_nothing(self):
        self.new["rows"][0] |= {"median_ms": 20.0, "p10_ms": 2.0}
        self.assertEqual(self.verdicts(), [[], []])

    def test_more_memory_and_more_bytes_are_flagged(self):
        self.new["rows"][1] |= {"peak_rss_mb": 1900.0, "key_bytes": 140}
        self.assertEqual(self.verdicts(), [[], ["LARGER peak_rss_mb", "LARGER key_bytes"]])

    def test_rows_are_matched_by_what_was_run_whatever_the_order(self):
        self.new["rows"].reverse()
        self.new["rows"][0]["levels"] = 10  # an outcome, not a parameter
        self.assertEqual(len(self.verdicts()), 2)
        self.new["rows"][1]["log_n"] = 15
        code, out, _ = self.run_main()
        self.assertEqual(code, 0)
        self.assertIn("only in the stored run: ntt log_n=14", out)
        self.assertIn("only in the new run: ntt log_n=15", out)

    def test_another_machine_is_named(self):
        self.new["machine"] = MACHINE | {"cpu": "two"}
        self.assertIn("cpu: one / two", self.run_main()[1])

    def test_what_cannot_be_compared_is_refused(self):
        self.new["measurement"] = False
        code, out, err = self.run_main()
        self.assertEqual((code, out), (2, ""))
        self.assertIn("not a measurement", err)
        self.new = copy.deepcopy(self.stored) | {"rows": []}
        self.assertEqual(self.run_main()[0], 2)


if __name__ == "__main__":
    unittest.main()
