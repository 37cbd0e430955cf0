#!/usr/bin/python3
"""Client and server apart: the whole way by hand, in separate folders."""
import os
import pathlib
import shutil
import stat
import unittest

import films
from arrays import npy
from way import FILES, HEFNET, KIT, MODEL, WayTest

LABELS = 14


class Roles(WayTest):
    def test_findings_are_those_of_classify(self):
        by_hand = self.assert_succeeds("decrypt", "y.ct", "-k", "keys", "-m", KIT)["findings"]
        at_once = self.assert_succeeds("classify", "film.png", "-m", MODEL)
        plain = self.assert_succeeds("classify", "film.png", "-m", MODEL, "--plain")
        self.assertEqual(len(by_hand), LABELS)
        for other in (at_once, plain):
            for a, b in zip(by_hand, other["images"][0]["findings"], strict=True):
                self.assertEqual(a["label"], b["label"])
                self.assertLess(abs(a["logit"] - b["logit"]), 2e-3)
                self.assertLess(abs(a["probability"] - b["probability"]), 1e-3)
        self.assertEqual(at_once["security"]["bits"], 128)
        self.assertTrue(at_once["trained"])
        self.assertEqual(at_once["images"][0]["bytes"]["request"], (FILES / "x.ct").stat().st_size)

    def test_the_first_line_says_that_random_weights_know_nothing(self):
        first = self.run_program("classify", "film.png", "-m", HEFNET, "--plain").stdout.decode().splitlines()[0]
        self.assertIn("mean nothing", first)

    def test_the_secret_key_is_the_owners_alone(self):
        mode = stat.S_IMODE((FILES / "keys" / "secret.key").stat().st_mode)
        self.assertEqual(mode, 0o600)

    def test_the_kit_holds_nothing_of_the_classifier(self):
        names = {path.name for path in KIT.iterdir()}
        self.assertEqual(names, {"kit.json", "vqgan.json", "vqgan.safetensors"})
        weights = (MODEL / "weights.safetensors").read_bytes()
        some = weights[-4096:-4032]  # a run of real weights
        self.assertGreater(len(set(some)), 16)
        for name in names:
            self.assertNotIn(some, (KIT / name).read_bytes())

    def test_sharing_omits_logits(self):
        shared = self.assert_succeeds("decrypt", "y.ct", "-k", "keys", "-m", KIT, "--share")
        self.assertEqual(set(shared["findings"][0]), {"label", "probability"})
        self.assertGreater(shared["share"]["flood_bits"], 0)

    def test_classify_goes_on_after_a_film_that_fails(self):
        self.write("bad.png", films.png()[:40])
        done = self.run_program("classify", "bad.png", "film.png", "-m", MODEL, "--plain")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(len(done.stderr.decode().splitlines()), 1)
        self.assertIn("bad.png", done.stderr.decode())
        self.assertIn("film.png\n", done.stdout.decode())

    def test_real_films_are_classified(self):
        beside = pathlib.Path(__file__).resolve().parents[3] / "shared" / "data"
        folder = pathlib.Path(os.environ.get("VEILRAY_FILMS", beside))
        if not folder.is_dir():
            self.skipTest(f"no films: {folder} is no folder; name one in VEILRAY_FILMS")
        dicom = sorted(folder.rglob("*.dcm"))
        jpegs = sorted(folder.rglob("*.jpg"))
        sample = jpegs[::max(1, len(jpegs) // 20)][:20]
        for films_of_a_kind, more in ((dicom, ["-k", "keys"]), (sample, ["--plain"])):
            if not films_of_a_kind:
                continue
            report = self.assert_succeeds("classify", *films_of_a_kind, "-m", MODEL, *more)
            for image in report["images"]:
                self.assertEqual(len(image["findings"]), LABELS, image)

    def test_names_that_are_not_utf8_or_steer_a_terminal(self):
        odd = os.fsdecode(b"r\xf6ntgen\x1b[31m.png")
        shutil.copy(FILES / "film.png", self.folder / odd)
        report = self.assert_succeeds("classify", odd, "-m", MODEL, "--plain")
        self.assertEqual(report["images"][0]["file"], "r\ufffdntgen\x1b[31m.png")
        shown = self.run_program("classify", odd, "-m", MODEL, "--plain").stdout
        self.assertIn(b"r\xf6ntgen?[31m.png\n", shown)

    def test_films_that_are_converted_are_classified(self):
        self.write("deep.png", films.png(bits=16, pixel=lambda x, y: (x * 900 + y * 13) % 65536))
        self.write("rgb.png", films.png(colour=2))
        self.write("rgba.png", films.png(colour=6))
        self.write("film.dcm", films.dicom())
        self.write("ct.dcm", films.dicom(modality=b"CT"))
        report = self.assert_succeeds("classify", "deep.png", "rgb.png", "rgba.png", "film.dcm",
                                      "ct.dcm", "--force", "-m", MODEL, "--plain")
        self.assertEqual([image["file"] for image in report["images"]],
                         ["deep.png", "rgb.png", "rgba.png", "film.dcm", "ct.dcm"])
        for image in report["images"]:
            self.assertEqual(len(image["findings"]), LABELS)

    def test_encode_and_decode_go_there_and_back(self):
        self.assertEqual(self.assert_succeeds("encode", "film.png", "-m", KIT, "-o", "z.npy")["shape"],
                         [4, 32, 32])
        image = self.assert_succeeds("decode", "z.npy", "-m", KIT, "-o", "back.png")
        self.assertEqual((image["width"], image["height"]), (256, 256))

    def test_inspect_knows_each_file(self):
        for what, kind in ((MODEL, "model"), (KIT, "client-kit"), ("x.ct", "message"),
                           ("keys/secret.key", "secret-key"), ("keys/evaluation.key", "evaluation-key"),
                           ("keys/public.key", "public-key"), ("film.png", "image"),
                           (MODEL / "plan.bin", "model"), (KIT / "kit.json", "client-kit"),
                           (MODEL / "weights.safetensors", "weights")):
            self.assertEqual(self.assert_succeeds("inspect", what)["kind"], kind)
        model = self.assert_succeeds("inspect", MODEL)
        self.assertEqual(model["security"]["bits"], 128)
        request = (FILES / "x.ct").stat().st_size
        self.assertLess(abs(model["sizes"]["request"] - request), 1000)
        response = (FILES / "y.ct").stat().st_size
        self.assertLess(abs(model["sizes"]["response"] - response), 1000)
        keys = (FILES / "keys" / "evaluation.key").stat().st_size
        self.assertLess(abs(model["sizes"]["evaluation_key"] / keys - 1), 0.01)
        self.assertGreater(model["sizes"]["weights"], 0)
        for field in ("id", "op", "level", "scale_log2", "predicted_ms"):
            self.assertIn(field, model["ops"][0])
        self.write("noise", os.urandom(100))
        self.assert_fails("inspect", "noise", says="noise")
        self.assert_fails("inspect", "keys", says="give one of the files")
        self.assert_fails("inspect", "gone", says="gone")

    def test_inspect_says_if_a_file_is_damaged(self):
        for name in ("x.ct", "keys/secret.key", "keys/public.key"):
            whole = (FILES / name).read_bytes()
            for damaged in (whole[:-1], whole[:50], whole[:1000] + bytes([whole[1000] ^ 1]) + whole[1001:]):
                self.write("damaged", damaged)
                self.assert_fails("inspect", "damaged", says="damaged")

    def test_inspect_tells_nothing_of_a_secret_key(self):
        """Two keys of one model look the same."""
        self.assert_succeeds("keygen", "-m", KIT, "-o", "others")
        self.assertNotEqual((self.folder / "keys/secret.key").read_bytes(),
                            (self.folder / "others/secret.key").read_bytes())
        self.assertEqual(self.assert_succeeds("inspect", "keys/secret.key"),
                         self.assert_succeeds("inspect", "others/secret.key"))

    def test_outputs_are_not_overwritten(self):
        self.write("out.ct", b"mine")
        self.assert_fails("encrypt", "film.png", "-k", "keys", "-m", KIT, "-o", "out.ct", says="--force")
        self.assert_fails("keygen", "-m", KIT, "-o", "keys", says="--force")
        self.assert_fails("infer", "x.ct", "-e", "keys/evaluation.key", "-m", MODEL, "-o", "out.ct",
                          says="--force")
        self.assert_fails("encode", "film.png", "-m", KIT, "-o", "out.ct", says="--force")
        self.write("x.npy", npy((4, 32, 32), [0.25] * 4096))
        self.assert_fails("decode", "x.npy", "-m", KIT, "-o", "out.ct", says="--force")
        self.assert_fails("run", MODEL, "--input", "x.npy", "-o", "out.ct", says="--force")
        self.assert_fails("run", MODEL, "--input", "x.npy", "-o", "y.npy", "--trace", "out.ct", says="--force")

    def test_force_replaces_keys_and_no_other_folder(self):
        self.assert_succeeds("keygen", "-m", KIT, "-o", "mine")
        before = (self.folder / "mine/secret.key").read_bytes()
        self.assert_succeeds("keygen", "-m", KIT, "-o", "mine", "--force")
        self.assertNotEqual((self.folder / "mine/secret.key").read_bytes(), before)
        (self.folder / "home").mkdir()
        self.write("home/thesis.tex", b"years of work")
        self.assert_fails("keygen", "-m", KIT, "-o", "home", "--force", says="home")
        self.assert_fails("compile", "--arch", "hefnet", "--random-weights", "1", "-o", "home", "--force",
                          says="home")


if __name__ == "__main__":
    unittest.main()
