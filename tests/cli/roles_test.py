#!/usr/bin/python3
"""Client and server apart: the whole way by hand, in separate folders, and what goes wrong on it."""
import hashlib
import os
import pathlib
import shutil
import stat
import struct
import unittest

import films
from program import ProgramTest

MODEL = pathlib.Path(os.environ["VEILRAY_TEST_MODEL"])
KIT = MODEL / "client-kit"
LABELS = 14
MESSAGE_HEADER, ENVELOPE_HEADER, CHECKSUM = 20, 48, 32  # docs/formats/


def npy(shape, values):
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    return (b"\x93NUMPY\1\0" + struct.pack("<H", len(header)) + header.encode() +
            struct.pack(f"<{len(values)}f", *values))


def changed(envelope, at, content):
    """A key or ciphertext with other bytes and the checksum that goes with them."""
    body = envelope[:at] + content + envelope[at + len(content):-CHECKSUM]
    return body + hashlib.sha256(body).digest()


class Roles(ProgramTest):
    """One set of keys and one request serve all tests; each gets copies to damage."""

    @classmethod
    def setUpClass(cls):
        made = ProgramTest("run_program")
        made.setUp()
        cls.addClassCleanup(made.doCleanups)
        cls.made = made.folder
        made.assert_succeeds("phantom", "-o", "film.png", "--seed", "3")
        made.assert_succeeds("keygen", "-m", KIT, "-o", "keys")
        made.assert_succeeds("encrypt", "film.png", "-k", "keys", "-m", KIT, "-o", "x.ct")
        made.assert_succeeds("infer", "x.ct", "-e", "keys/evaluation.key", "-m", MODEL, "-o", "y.ct")

    def setUp(self):
        super().setUp()
        for name in ("x.ct", "y.ct", "film.png"):
            (self.folder / name).symlink_to(self.made / name)
        (self.folder / "keys").symlink_to(self.made / "keys")

    def write(self, name, content):
        (self.folder / name).unlink(missing_ok=True)
        (self.folder / name).write_bytes(content)

    def infer_fails(self, request, says="", model=MODEL, keys="keys/evaluation.key"):
        self.assert_fails("infer", request, "-e", keys, "-m", model, "-o", "out.ct", says=says)

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
        self.assertFalse(at_once["trained"])
        self.assertEqual(at_once["images"][0]["bytes"]["request"], (self.made / "x.ct").stat().st_size)

    def test_the_first_line_says_that_random_weights_know_nothing(self):
        for command in (["decrypt", "y.ct", "-k", "keys", "-m", KIT],
                        ["classify", "film.png", "-m", MODEL, "--plain"]):
            first = self.run_program(*command).stdout.decode().splitlines()[0]
            self.assertIn("mean nothing", first)

    def test_the_secret_key_is_the_owners_alone(self):
        mode = stat.S_IMODE((self.made / "keys" / "secret.key").stat().st_mode)
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
        shutil.copy(self.made / "film.png", self.folder / odd)
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

    def test_a_request_cut_short(self):
        whole = (self.made / "x.ct").read_bytes()
        for size in (0, 7, 12, 40, 100, len(whole) // 2, len(whole) - 1):
            self.write("cut.ct", whole[:size])
            self.infer_fails("cut.ct", says="cut.ct")
        self.write("cut.ct", whole + b"\0")
        self.infer_fails("cut.ct", says="cut.ct")

    def test_a_request_with_flipped_bits(self):
        whole = bytearray((self.made / "x.ct").read_bytes())
        for place in (3, 20, 60, 130, len(whole) // 2, len(whole) - 5):
            damaged = bytearray(whole)
            damaged[place] ^= 0x80
            self.write("flipped.ct", bytes(damaged))
            self.infer_fails("flipped.ct", says="flipped.ct")

    def test_a_request_with_residues_out_of_range(self):
        whole = (self.made / "x.ct").read_bytes()
        header, ciphertext = whole[:MESSAGE_HEADER], whole[MESSAGE_HEADER:]
        self.write("large.ct", header + changed(ciphertext, len(ciphertext) // 2, b"\xff" * 15))
        self.infer_fails("large.ct", says="residue")

    def test_keys_and_ciphertexts_of_other_parameters(self):
        whole = (self.made / "x.ct").read_bytes()
        other = changed(whole[MESSAGE_HEADER:], 8, bytes(32))
        self.write("other.ct", whole[:MESSAGE_HEADER] + other)
        self.infer_fails("other.ct", says="parameters")
        (self.folder / "others").mkdir()
        for name in ("secret.key", "evaluation.key"):
            self.write(f"others/{name}", changed((self.made / "keys" / name).read_bytes(), 8, bytes(32)))
            (self.folder / "others" / name).chmod(0o600)
        self.infer_fails("x.ct", says="parameters", keys="others/evaluation.key")
        self.assert_fails("decrypt", "y.ct", "-k", "others", "-m", KIT, says="parameters")
        self.assert_fails("encrypt", "film.png", "-k", "others", "-m", KIT, "-o", "out.ct", says="parameters")
        self.assert_fails("classify", "film.png", "-k", "others", "-m", MODEL, says="parameters")

    def test_a_request_that_claims_many_ciphertexts_or_huge_ones(self):
        whole = (self.made / "x.ct").read_bytes()
        self.write("many.ct", whole[:8] + struct.pack("<I", 2**32 - 1) + whole[12:])
        self.infer_fails("many.ct", says="many.ct")
        self.write("huge.ct", whole[:12] + struct.pack("<Q", 2**63) + whole[20:])
        self.infer_fails("huge.ct", says="huge.ct")

    def test_an_answer_that_is_none(self):
        self.write("cut.ct", (self.made / "y.ct").read_bytes()[:-1])
        self.assert_fails("decrypt", "cut.ct", "-k", "keys", "-m", KIT, says="cut.ct")
        self.assert_fails("decrypt", "film.png", "-k", "keys", "-m", KIT, says="film.png")
        self.assert_fails("decrypt", "gone.ct", "-k", "keys", "-m", KIT, says="gone.ct")

    def test_another_client(self):
        self.assert_succeeds("keygen", "-m", KIT, "-o", "others")
        self.infer_fails("x.ct", says="client", keys="others/evaluation.key")
        self.assert_fails("decrypt", "y.ct", "-k", "others", "-m", KIT, says="client")

    def test_another_model(self):
        """The same network compiled twice is two models: requests and keys tell them apart."""
        other = pathlib.Path(os.environ["VEILRAY_OTHER_MODEL"])
        self.infer_fails("x.ct", says="model", model=other)
        self.assert_fails("encrypt", "film.png", "-k", "keys", "-m", other, "-o", "out.ct", says="model")
        self.assert_fails("decrypt", "y.ct", "-k", "keys", "-m", other, says="model")

    def test_keys_that_are_none(self):
        evaluation = (self.made / "keys" / "evaluation.key").read_bytes()
        self.write("bad.key", evaluation[:-1])
        self.infer_fails("x.ct", says="bad.key", keys="bad.key")
        self.infer_fails("x.ct", says="gone.key", keys="gone.key")
        self.infer_fails("x.ct", says="secret.key", keys="keys/secret.key")

    def test_a_secret_key_that_others_may_read(self):
        shutil.copytree(self.made / "keys", self.folder / "open")
        (self.folder / "open" / "secret.key").chmod(0o644)
        self.assert_fails("decrypt", "y.ct", "-k", "open", "-m", KIT, says="secret.key")

    def test_a_damaged_secret_key(self):
        shutil.copytree(self.made / "keys", self.folder / "bad")
        content = bytearray((self.made / "keys" / "secret.key").read_bytes())
        content[1000] ^= 1
        (self.folder / "bad" / "secret.key").write_bytes(bytes(content))
        self.assert_fails("decrypt", "y.ct", "-k", "bad", "-m", KIT, says="secret.key")

    def test_models_that_are_none(self):
        self.infer_fails("x.ct", says="nowhere", model="nowhere")
        for name in ("plan.bin", "weights.safetensors", "model.json", "client-kit/kit.json"):
            shutil.copytree(MODEL, self.folder / "bad")
            path = self.folder / "bad" / name
            path.write_bytes(path.read_bytes()[:100])
            self.infer_fails("x.ct", model="bad")
            shutil.rmtree(self.folder / "bad")

    def test_a_latent_of_the_wrong_shape(self):
        self.write("small.npy", npy((4, 16, 16), [0.5] * 1024))
        self.assert_fails("encrypt", "small.npy", "-k", "keys", "-m", KIT, "-o", "out.ct", says="small.npy")
        self.assert_fails("decode", "small.npy", "-m", KIT, "-o", "out.png", says="small.npy")
        self.assert_fails("run", MODEL, "--input", "small.npy", "--plain", says="small.npy")

    def test_a_latent_that_is_not_finite(self):
        self.write("nan.npy", npy((4, 32, 32), [0.5] * 4095 + [float("nan")]))
        self.assert_fails("encrypt", "nan.npy", "-k", "keys", "-m", KIT, "-o", "out.ct", says="NaN")
        self.assert_fails("run", MODEL, "--input", "nan.npy", "--plain", says="NaN")

    def test_inspect_knows_each_file(self):
        for what, kind in ((MODEL, "model"), (KIT, "client-kit"), ("x.ct", "message"),
                           ("keys/secret.key", "secret-key"), ("keys/evaluation.key", "evaluation-key"),
                           ("keys/public.key", "public-key"), ("film.png", "image"),
                           (MODEL / "plan.bin", "model"), (KIT / "kit.json", "client-kit"),
                           (MODEL / "weights.safetensors", "weights")):
            self.assertEqual(self.assert_succeeds("inspect", what)["kind"], kind)
        model = self.assert_succeeds("inspect", MODEL)
        self.assertEqual(model["security"]["bits"], 128)
        request = (self.made / "x.ct").stat().st_size
        self.assertLess(abs(model["sizes"]["request"] - request), 1000)
        response = (self.made / "y.ct").stat().st_size
        self.assertLess(abs(model["sizes"]["response"] - response), 1000)
        keys = (self.made / "keys" / "evaluation.key").stat().st_size
        self.assertLess(abs(model["sizes"]["evaluation_key"] / keys - 1), 0.01)
        for field in ("id", "op", "level", "scale_log2", "predicted_ms"):
            self.assertIn(field, model["ops"][0])
        self.write("noise", os.urandom(100))
        self.assert_fails("inspect", "noise", says="noise")
        self.assert_fails("inspect", "keys", says="give one of the files")
        self.assert_fails("inspect", "gone", says="gone")

    def test_inspect_says_if_a_file_is_damaged(self):
        for name in ("x.ct", "keys/secret.key", "keys/public.key"):
            whole = (self.made / name).read_bytes()
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
