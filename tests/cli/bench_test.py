#!/usr/bin/python3
"""`veilray bench network` tried out with one repetition: what it reports, not how fast it is."""
import unittest

from program import ProgramTest
from way import MODEL

NETWORK = ["name", "model", "arch", "attention", "in_channels", "size", "threads", "best_ms",
           "median_ms", "p10_ms", "p90_ms", "samples", "peak_rss_mb", "key_bytes", "request_bytes",
           "response_bytes", "max_abs_error", "levels", "rotations", "log_n", "log_qp"]
ROWS = ["vqgan_encode", "vqgan_decode", "keygen", "encrypt", "network", "decrypt", "load"]


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

    def test_text_says_first_that_one_repetition_is_no_measurement(self):
        done = self.run_program("bench", "kernels", "--repetitions", "1")
        self.assertEqual(done.returncode, 0)
        self.assertTrue(done.stdout.decode().startswith("Not a measurement"))
        self.assertIn("ntt_forward", done.stdout.decode())

    def test_a_model_that_is_none(self):
        self.assert_fails("bench", "network", "-m", "nowhere", says="nowhere")

    def test_repetitions_out_of_range(self):
        for count in ("0", "-1", "100001", "many"):
            self.assert_fails("bench", "--repetitions", count, code=2, says="--help")


if __name__ == "__main__":
    unittest.main()
