#!/usr/bin/python3
"""`eval` on drawn films and a small model, and `compile` with a trainer's record."""
import json
import math
import random
import struct
import unittest

from arrays import npy
from program import ProgramTest
from way import HEFNET, MODEL

LABELS = ["Atelectasis", "Cardiomegaly", "Effusion", "Infiltration", "Mass", "Nodule", "Pneumonia",
          "Pneumothorax", "Consolidation", "Edema", "Emphysema", "Fibrosis", "Pleural_Thickening",
          "Hernia"]
FINDINGS = ["Cardiomegaly", "Effusion", "No Finding", "Cardiomegaly|Effusion"]


def small_hefnet(seed):
    """Weights of a hefnet for latents of 4 x 16 x 16, as a safetensors file."""
    print(f"seed {seed}")
    generator = random.Random(seed)
    tensors = {}
    for i, (out, fan_in, kernel) in enumerate([(64, 4, 3), (128, 8, 3), (256, 16, 3), (256, 32, 1)], 1):
        deviation = (2 / (fan_in * kernel * kernel)) ** 0.5
        tensors[f"conv{i}.weight"] = ((out, fan_in, kernel, kernel), deviation)
        tensors[f"conv{i}.bias"] = ((out,), 0.0)
        for part, value in (("weight", 1.0), ("bias", 0.0), ("running_mean", 0.0), ("running_var", 1.0)):
            tensors[f"bn{i}.{part}"] = ((out,), [value] * out)
        for part, value in (("alpha", 0.1), ("beta", 0.5), ("c", 0.0)):
            tensors[f"relu{i}.{part}"] = ((1,), [value])
    tensors["linear1.weight"] = ((14, 256), 0.1)
    tensors["linear1.bias"] = ((14,), 0.0)
    header, body = {}, b""
    for name, (shape, values) in tensors.items():
        if isinstance(values, float):
            values = [generator.gauss(0, values) for _ in range(math.prod(shape))]
        data = struct.pack(f"<{len(values)}f", *values)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + body


class Eval(ProgramTest):
    def films(self, count=4):
        rows = ["file,labels,patient_id,split,dataset"]
        for i in range(count):
            self.assert_succeeds("phantom", "--side", "64", "--seed", str(i), "-o", f"f{i}.png")
            rows.append(f"f{i}.png,{FINDINGS[i % 4]},P{i},val,drawn")
        rows.append("f0-again.png,Hernia,Q,train,drawn")
        (self.folder / "f0-again.png").write_bytes((self.folder / "f0.png").read_bytes())
        self.table(rows)
        return rows

    def table(self, rows):
        (self.folder / "index.csv").write_text("\n".join(rows) + "\n", encoding="ascii")

    def test_plain_encrypted_and_reference(self):
        self.films()
        (self.folder / "p.csv").write_text(
            "file,prob_Cardiomegaly\nf0.jpg,0.9\nf1.jpg,0.5\nf2.jpg,0.1\n", encoding="ascii")
        report = self.assert_succeeds("eval", "-m", MODEL, "--data", ".", "--encrypted", "2",
                                      "--reference", "p.csv", "--cache", "cache")
        self.assertEqual(list(report)[:6], ["n", "macro_auroc", "macro_ci", "labels", "encrypted",
                                            "reference"])
        self.assertEqual(report["n"], 4)
        self.assertEqual(list(report["labels"]), LABELS)
        heart = report["labels"]["Cardiomegaly"]
        self.assertEqual(list(heart), ["auroc", "ci", "ap", "f1", "positives"])
        self.assertEqual(heart["positives"], 2)
        self.assertIn(heart["auroc"], (0, 0.25, 0.5, 0.75, 1))  # four pairs
        self.assertIsNone(report["labels"]["Mass"]["auroc"])
        self.assertEqual(report["encrypted"]["n"], 2)
        self.assertGreater(report["encrypted"]["max_abs_error"], 0)
        self.assertLess(report["encrypted"]["max_abs_error"], 1e-3)
        self.assertGreater(report["encrypted"]["range_ratio"], 0)
        self.assertEqual(report["reference"]["n"], 3)
        self.assertEqual(report["reference"]["macro_auroc"], 1)  # f0 against f1 and f2
        self.assertTrue(report["trained"])
        # The second time latents come from the cache, and are the same.
        again = self.assert_succeeds("eval", "-m", MODEL, "--data", ".", "--cache", "cache")
        self.assertEqual(again["labels"], report["labels"])

    def test_films_that_cannot_be_read(self):
        rows = self.films(2)
        rows.append("gone.png,Mass,R,val,drawn")
        self.table(rows)
        self.assert_fails("eval", "-m", MODEL, "--data", ".", says="1 of 4 films are missing")
        (self.folder / "gone.png").write_bytes(b"no picture")
        self.assert_fails("eval", "-m", MODEL, "--data", ".", says="1 of 3 films cannot be read")

    def test_tables_that_are_wrong(self):
        rows = self.films(2)
        fails = lambda says: self.assert_fails("eval", "-m", MODEL, "--data", ".", says=says)
        self.table(rows + ["f9.png,Mass,P0,train,drawn"])
        fails("patient P0 stands in two splits")
        self.table([rows[0].replace("patient_id", "patient")] + rows[1:])
        fails("no column `patient_id`")
        self.table([rows[0], rows[-1]])
        fails("no validation film")
        self.table([rows[0], "f0.png,Fracture,P0,val,drawn"])
        fails("unknown label")
        self.table(rows)
        self.assert_fails("eval", "-m", MODEL, "--data", ".", "--datasets", "mine",
                          says="no films of dataset mine: .: there are: drawn")
        (self.folder / "index.csv").unlink()
        fails("no table of films")

    def test_wrong_command_lines(self):
        self.assert_fails("eval", "-m", MODEL, code=2)
        self.assert_fails("eval", "-m", MODEL, "--data", ".", "--encrypted", "0", code=2)


class Record(ProgramTest):
    def record(self, **changes):
        record = {
            "format": 1, "labels": LABELS,
            "architecture": {"arch": "hefnet", "attention": "none", "in_channels": 4, "size": 32},
            "latent": "raw", "vqgan": "",
            "metrics": {"films": {"train": 3, "selection": 2, "validation": 1},
                        "macro_auroc": 0.75, "macro_ci": [0.7, 0.8], "labels": {}},
            "readings": [{"a": 2.0, "b": -1.0, "threshold": 0.25}] * 14, "ranges": []}
        (self.folder / "classifier.json").write_text(json.dumps(record | changes), encoding="ascii")

    def test_a_record_goes_into_the_model(self):
        (self.folder / "w.safetensors").write_bytes(small_hefnet(3))
        (self.folder / "card.md").write_text("# A card\n", encoding="ascii")
        generator = random.Random(4)
        (self.folder / "x.npy").write_bytes(
            npy((2, 4, 16, 16), [generator.gauss(0, 1) for _ in range(2048)]))
        self.record(architecture={"arch": "hefnet", "attention": "none", "in_channels": 4, "size": 16},
                    ranges=[{"name": "relu1", "min": -0.01, "max": 0.01},
                            {"name": "relu2", "min": -1e6, "max": 1e6}])
        made = self.assert_succeeds("compile", "--weights", "w.safetensors", "--record",
                                    "classifier.json", "--card", "card.md", "--calibration", "x.npy",
                                    "-o", "model")
        self.assertTrue(made["trained"])
        self.assertEqual([r["name"] for r in made["outside_ranges"]], ["relu1"])
        self.assertTrue(made["calibrated"])
        facts = json.loads((self.folder / "model/model.json").read_bytes())
        self.assertEqual(facts["labels"], LABELS)
        self.assertEqual(facts["metrics"]["macro_auroc"], 0.75)
        self.assertEqual((self.folder / "model/card.md").read_text(encoding="ascii"), "# A card\n")

        # Decryption reads logits as the record says.
        (self.folder / "one.npy").write_bytes(
            npy((4, 16, 16), [generator.gauss(0, 1) for _ in range(1024)]))
        kit = ["-k", "keys", "-m", "model/client-kit"]
        self.assert_succeeds("keygen", "-m", "model/client-kit", "-o", "keys")
        self.assert_succeeds("encrypt", "one.npy", *kit, "-o", "x.ct")
        self.assert_succeeds("infer", "x.ct", "-e", "keys/evaluation.key", "-m", "model", "-o", "y.ct")
        findings = self.assert_succeeds("decrypt", "y.ct", *kit)["findings"]
        self.assertEqual([f["label"] for f in findings], LABELS)
        for finding in findings:
            probability = 1 / (1 + math.exp(1 - 2 * finding["logit"]))
            self.assertAlmostEqual(finding["probability"], probability, delta=6e-5)
            self.assertEqual(finding["present"], finding["probability"] >= 0.25)
        self.assertEqual({f["present"] for f in findings}, {False, True})

    def test_records_that_contradict(self):
        weights = HEFNET / "weights.safetensors"
        compile_with = ["compile", "--weights", weights, "--record", "classifier.json", "-o", "model"]
        self.record()
        self.assert_fails(*compile_with, "--size", "16", says="the record says --size 32, not 16")
        self.assert_fails(*compile_with, "--labels", "A,B", says="other labels")
        self.record(vqgan="0" * 64)
        self.assert_fails(*compile_with, "--vqgan", HEFNET / "client-kit/vqgan.safetensors", "--vqgan-config",
                          HEFNET / "client-kit/vqgan.json", says="another VQGAN")
        self.record(extra=1)
        self.assert_fails(*compile_with, says="unknown `extra`")
        self.assert_fails("compile", "--arch", "hefnet", "--random-weights", "1", "--record",
                          "classifier.json", "-o", "model", code=2)


if __name__ == "__main__":
    unittest.main()
