#!/usr/bin/python3
"""`veilray bench` tried out with one repetition: what it reports, not how fast it is."""
import os
import unittest

from program import ProgramTest
from way import MODEL

NETWORK = ["name", "model", "arch", "attention", "in_channels", "size", "images", "threads", "best_ms",
           "median_ms", "p10_ms", "p90_ms", "samples", "peak_rss_mb", "key_bytes", "request_bytes",
           "response_bytes", "max_abs_error", "levels", "rotations", "log_n", "log_qp"]
ROWS = ["vqgan_encode", "vqgan_decode", "keygen", "encrypt", "network", "decrypt", "load"]

TIMES = ["best_ms", "median_ms", "p10_ms", "p90_ms", "samples"]
RING = ["name", "log_n", "log_q", "log_p", "dnum", "level", "threads", "kernels", *TIMES]
KERNELS = {"ntt_forward", "ntt_inverse", "permute", "multiply", "inner_product_pair", "base_convert",
           "combine"}
VERBS = {"encode", "encrypt", "decrypt", "multiply_plain", "multiply_relinearize", "rescale", "rotate",
         "rotate_hoisted_8", "rotate_hoisted_16", "linear_transform", "keygen_rotation"}


class Bench(ProgramTest):
    def test_rows_of_a_network(self):
        report = self.assert_succeeds("bench", "network", "-m", MODEL, "--repetitions", "1",
                                      "--threads", "1")
        self.assertFalse(report["measurement"])
        rows = {row["name"]: row for row in report["rows"]}
        self.assertEqual(list(rows), ROWS)
        for row in report["rows"]:
            self.assertEqual((row["samples"], row["threads"]), (1, 1))
            self.assertGreater(row["best_ms"], 0)
            self.assertEqual(row["best_ms"], row["median_ms"])
        network = rows["network"]
        self.assertEqual(list(network), NETWORK)
        self.assertEqual([network[key] for key in ("arch", "attention", "in_channels", "size")],
                         ["ONNX, small", "none", 4, 32])

        model = self.assert_succeeds("inspect", MODEL)
        self.assertEqual(network["levels"], model["levels"])
        self.assertEqual(network["rotations"], len(model["rotations"]))
        self.assertEqual(network["log_n"], model["security"]["log_n"])
        self.assertLess(abs(network["key_bytes"] / model["sizes"]["evaluation_key"] - 1), 0.01)
        self.assertLess(abs(network["request_bytes"] - model["sizes"]["request"]), 1000)
        self.assertLess(abs(network["response_bytes"] - model["sizes"]["response"]), 1000)
        # Encrypted: some error, within the promise. Memory: the keys at the least.
        self.assertGreater(network["max_abs_error"], 0)
        self.assertLess(network["max_abs_error"], 1e-3)
        self.assertGreater(network["peak_rss_mb"] * 1e6, network["key_bytes"])

    def bench(self, group, *log_n, kernels=""):
        report = self.assert_succeeds("bench", group, "--repetitions", "1", "--log-n", *log_n,
                                      env=os.environ | {"VEILRAY_KERNELS": kernels})
        for row in report["rows"]:
            with self.subTest(row=row["name"]):
                self.assertEqual(list(row)[:len(RING)], RING)
                self.assertEqual((row["samples"], row["threads"]), (1, 1))
                self.assertGreater(row["best_ms"], 0)
        return report["rows"]

    def test_rows_of_kernels(self):
        rows = self.bench("kernels", "13,14")
        self.assertEqual({row["log_n"] for row in rows}, {13, 14})
        self.assertEqual({row["log_q"] for row in rows}, {30})
        # The same of each ring and instruction set.
        runs = {}
        for row in rows:
            runs.setdefault((row["log_n"], row["kernels"]), set()).add(row["name"])
        self.assertIn((14, "scalar"), runs)
        for names in runs.values():
            self.assertEqual(names, {row["name"] for row in rows})
            self.assertLessEqual(KERNELS, names)

    def test_rows_of_the_scheme(self):
        rows = self.bench("ckks", "13", kernels="scalar")
        self.assertEqual({(row["log_n"], row["log_q"], row["log_p"], row["dnum"], row["kernels"])
                          for row in rows}, {(13, 150, 60, 3, "scalar")})
        for level in (4, 2):
            names = [row["name"] for row in rows if row["level"] == level]
            self.assertLessEqual(VERBS, set(names))
            self.assertEqual(len(names), len(set(names)))
        sizes = {(row["name"], row["level"]): row for row in rows}
        # Seeded and packed: one of two halves, 30 bits a coefficient; a key has one for each digit.
        self.assertLess(sizes["encrypt", 4]["request_bytes"], 8192 * 5 * 30 / 8 + 1000)
        self.assertLess(sizes["keygen_rotation", 4]["key_bytes"], 3 * 8192 * 7 * 30 / 8 + 1000)

    def test_text_says_first_that_one_repetition_is_no_measurement(self):
        done = self.run_program("bench", "kernels", "--repetitions", "1", "--log-n", "13")
        self.assertEqual(done.returncode, 0)
        self.assertTrue(done.stdout.decode().startswith("Not a measurement"))
        self.assertIn("ntt_forward", done.stdout.decode())

    def test_a_model_that_is_none(self):
        self.assert_fails("bench", "network", "-m", "nowhere", says="nowhere")

    def test_repetitions_out_of_range(self):
        for count in ("0", "-1", "100001", "many"):
            self.assert_fails("bench", "--repetitions", count, code=2, says="--help")

    def test_a_ring_that_is_not_timed(self):
        self.assert_fails("bench", "ckks", "--log-n", "12", code=2, says="--help")


if __name__ == "__main__":
    unittest.main()
