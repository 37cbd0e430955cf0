#!/usr/bin/python3
"""Several images in one ciphertext: the whole way, and what is refused on it."""
import json
import pathlib
import random
import unittest

from arrays import npy
from way import MODEL, WayTest

SMALL = pathlib.Path(__file__).parent / "small.onnx"
VQGAN = pathlib.Path(__file__).parents[2] / "models/vqgan-f8"
LATENT, LABELS = 4 * 32 * 32, 14


class Images(WayTest):
    def setUp(self):
        super().setUp()
        self.assert_succeeds("compile", SMALL, "--images-per-ciphertext", "4", "--vqgan", VQGAN / "vqgan.safetensors",
                             "--vqgan-config", VQGAN / "vqgan.json", "-o", "four")
        generator = random.Random(1)
        self.values = [[generator.gauss(0, 1) for _ in range(LATENT)] for _ in range(5)]
        for name, values in zip("abcde", self.values):
            self.write(f"{name}.npy", npy((4, 32, 32), values))
        self.write("all.npy", npy((5, 4, 32, 32), sum(self.values, [])))

    def logits(self, report):
        return [[finding["logit"] for finding in image["findings"]] for image in report["images"]]

    def assert_near(self, got, want):
        self.assertEqual(len(got), len(want))
        for some, others in zip(got, want):
            self.assertEqual(len(some), LABELS)
            for a, b in zip(some, others, strict=True):
                self.assertLess(abs(a - b), 2e-3)

    def own_logits(self, *inputs):
        """Each latent alone, through the model with one image a ciphertext."""
        found = []
        for name in inputs:
            self.assert_succeeds("encrypt", name, "-k", "keys", "-m", MODEL, "-o", "one.ct", "--force")
            self.assert_succeeds("infer", "one.ct", "-e", "keys/evaluation.key", "-m", MODEL, "-o", "one.y", "--force")
            report = self.assert_succeeds("decrypt", "one.y", "-k", "keys", "-m", MODEL)
            found.append([finding["logit"] for finding in report["findings"]])
        return found

    def test_the_way_by_hand(self):
        self.assert_succeeds("keygen", "-m", "four/client-kit", "-o", "keys4")
        self.assert_succeeds("encrypt", "a.npy", "b.npy", "c.npy", "-k", "keys4", "-m", "four/client-kit", "-o", "x4.ct")
        self.assert_succeeds("infer", "x4.ct", "-e", "keys4/evaluation.key", "-m", "four", "-o", "y4.ct")
        report = self.assert_succeeds("decrypt", "y4.ct", "-k", "keys4", "-m", "four", "--images", "3")
        self.assert_near(self.logits(report), self.own_logits("a.npy", "b.npy", "c.npy"))
        everything = self.assert_succeeds("decrypt", "y4.ct", "-k", "keys4", "-m", "four")
        self.assertEqual(len(everything["images"]), 4)
        for images in ("0", "5"):
            self.assert_fails("decrypt", "y4.ct", "-k", "keys4", "-m", "four", "--images", images, code=2, says="holds 4")
        self.assert_fails("encrypt", *(f"{name}.npy" for name in "abcde"), "-k", "keys4", "-m", "four", "-o", "x5.ct",
                          code=2, says="5 images, where a ciphertext of this model carries 4")
        self.write("bad.npy", npy((4, 32, 31)))
        self.assert_fails("encrypt", "a.npy", "bad.npy", "-k", "keys4", "-m", "four", "-o", "x5.ct", says="bad.npy")
        self.assert_fails("encrypt", "a.npy", "-k", "keys", "-m", "four", "-o", "x5.ct", says="keys")
        # Before there is anything to decrypt, a model of one image says so.
        self.assert_fails("encrypt", "a.npy", "b.npy", "-k", "keys", "-m", MODEL, "-o", "x5.ct", code=2, says="carries 1")
        told = self.assert_succeeds("inspect", "four")
        for kind, path in (("request", "x4.ct"), ("response", "y4.ct"), ("evaluation_key", "keys4/evaluation.key")):
            size = (self.folder / path).stat().st_size
            self.assertLess(abs(size - told["sizes"][kind]), 1000 + size // 100, kind)

    def test_run_fills_requests_and_leaves_the_last_one_short(self):
        for mode in ("--encrypted", "--clear-slots", "--plain"):
            report = self.assert_succeeds("run", "four", "--input", "all.npy", mode)
            self.assertEqual(report["n"], 5)
            self.assertLess(report["max_abs_error"], 1e-3)

    def test_classify_gives_films_in_order_and_goes_on_after_one_that_fails(self):
        self.write("bad.png", b"no film")
        for seed in ("8", "9"):
            self.assert_succeeds("phantom", "--seed", seed, "-o", f"film{seed}.png")
        films = ["film8.png", "bad.png", "film.png", "film9.png", "film8.png", "film9.png"]
        done = self.run_program("classify", *films, "-m", "four", "--json")
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"bad.png", done.stderr)
        good = [film for film in films if film != "bad.png"]
        together = self.run_program("classify", *good, "-m", "four", "--json")
        self.assertEqual(together.returncode, 0, together.stderr)
        alone = self.assert_succeeds("classify", *good, "-m", MODEL)
        report, without = json.loads(done.stdout), json.loads(together.stdout)
        self.assertEqual([image["file"] for image in report["images"]], films)
        self.assertIn("error", report["images"][1])
        del report["images"][1]
        self.assert_near(self.logits(report), self.logits(alone))
        self.assert_near(self.logits(without), self.logits(alone))

    def test_a_number_that_is_no_power_of_two(self):
        for images in ("0", "3", "2048", "-1", "two"):
            self.assert_fails("compile", SMALL, "--images-per-ciphertext", images, "-o", "model", code=2)
        self.assert_fails("compile", SMALL, "--images-per-ciphertext", "1024", "-o", "model",
                          says="1024 images of this network fit no ciphertext")


if __name__ == "__main__":
    unittest.main()
