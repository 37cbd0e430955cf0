#!/usr/bin/python3
"""`compile` and `run`: what they refuse, and that three readings of one program agree."""
import json
import pathlib
import random
import struct
import unittest

from arrays import npy
from program import ProgramTest
from way import HEFNET, KIT, MODEL

TRAINED = pathlib.Path(__file__).parents[2] / "models/chest-f8-hefnet/source/weights.safetensors"
CORPUS = pathlib.Path(__file__).parent.parent.parent / "fuzz" / "corpus"
# Out of PyTorch: [2, 8, 8], convolution, Relu, mean, convolution, SiLU, dense, Sigmoid, dense.
ACTIVATED = CORPUS / "graph_onnx_import" / "relu_silu_sigmoid"


def safetensors(content):
    """A file's header and data."""
    size = struct.unpack("<Q", content[:8])[0]
    return json.loads(content[8:8 + size]), content[8 + size:]


class Compile(ProgramTest):
    def refuse(self, *options, **expected):
        self.assert_fails("compile", *options, "-o", "model", **expected)

    def test_what_there_is_not_yet(self):
        self.refuse("--arch", "hefnet", "--random-weights", "1", "--approximate")
        self.refuse("--arch", "resnet20", "--size", "16", "--random-weights", "1", "--attention", "se",
                    says="needs 84 levels, and secure parameters have 56")

    def test_an_onnx_file_that_is_none(self):
        self.refuse("gone.onnx", says="gone.onnx")
        for content in (b"", b"\x08\x07", b"no network at all", bytes(1000)):
            (self.folder / "net.onnx").write_bytes(content)
            self.refuse("net.onnx", says="net.onnx")
            self.assert_fails("run", "--plain", "net.onnx", "--input", "x.npy", says="x.npy")
        for more in (["--arch", "hefnet"], ["--random-weights", "1"]):
            self.refuse("net.onnx", *more, code=2)

    def test_activations_without_what_replaces_them(self):
        (self.folder / "net.onnx").write_bytes(ACTIVATED.read_bytes())
        self.refuse("net.onnx", says="(relu)")
        self.refuse("net.onnx", says="--approximate")
        self.refuse("net.onnx", "--approximate", code=2, says="--calibration latents.npy")
        self.refuse("net.onnx", "--approximate=guess", "--calibration", "x.npy", code=2)
        (self.folder / "x.npy").write_bytes(npy((1, 2, 8, 9), [1] * 144))
        self.refuse("net.onnx", "--approximate", "--calibration", "x.npy", says="another shape")
        self.refuse("net.onnx", "--approximate", "--calibration", "gone.npy", says="gone.npy")

    def test_wrong_command_lines(self):
        for options in ([], ["--arch", "hefnet"], ["--arch", "nonsense", "--random-weights", "1"],
                        ["--arch", "hefnet", "--random-weights", "1", "--weights", "w.safetensors"],
                        ["--arch", "hefnet", "--random-weights", "1", "--vqgan", "w.safetensors"],
                        ["--arch", "hefnet", "--random-weights", "1", "--security-bits", "80"],
                        ["--arch", "hefnet", "--random-weights", "1", "--latent", "cooked"]):
            self.refuse(*options, code=2)

    def test_labels_that_do_not_fit(self):
        for labels in ("A,B", "A,,B", ",".join(["same"] * 14)):
            self.refuse("--arch", "hefnet", "--random-weights", "1", "--labels", labels, code=2)

    def test_weights_that_are_none(self):
        self.refuse("--arch", "hefnet", "--weights", "gone.safetensors", says="gone.safetensors")
        (self.folder / "bad.safetensors").write_bytes(struct.pack("<Q", 2**62) + b"{}")
        self.refuse("--arch", "hefnet", "--weights", "bad.safetensors", says="bad.safetensors")
        (self.folder / "other.safetensors").write_bytes(struct.pack("<Q", 2) + b"{}")
        self.refuse("--arch", "hefnet", "--weights", "other.safetensors", says="other.safetensors")

    def test_weights_with_a_spoilt_missing_or_unknown_tensor(self):
        header, data = safetensors(TRAINED.read_bytes())
        first, last = header["conv1.weight"]["data_offsets"]
        nan = struct.pack("<e", float("nan")) + data[first + 2:]
        self.refuse_weights(header, data[:first] + nan, "tensor conv1.weight holds NaN")
        cut = {name: self.moved(entry, last, first - last) for name, entry in header.items()
               if name != "conv1.weight"}
        self.refuse_weights(cut, data[:first] + data[last:], "tensor conv1.weight is missing")
        more = header | {"conv9.bias": {"dtype": "F16", "shape": [1],
                                        "data_offsets": [len(data), len(data) + 2]}}
        self.refuse_weights(more, data + bytes(2), "tensor conv9.bias is unknown")

    @staticmethod
    def moved(entry, since, by):
        """A tensor of a file of which something before it is gone."""
        if "data_offsets" not in entry or entry["data_offsets"][0] < since:
            return entry
        return entry | {"data_offsets": [offset + by for offset in entry["data_offsets"]]}

    def refuse_weights(self, header, data, says):
        text = json.dumps(header).encode()
        (self.folder / "w.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + data)
        for said in (says, "w.safetensors"):
            self.refuse("--arch", "hefnet", "--weights", "w.safetensors", says=said)

    def test_a_size_that_the_network_cannot_take(self):
        self.refuse("--arch", "hefnet", "--size", "4", "--random-weights", "1")
        self.refuse("--arch", "lenet", "--size", "16", "--random-weights", "1",
                    says="use size 32 or more")

    def test_a_vqgan_whose_latents_the_network_does_not_take(self):
        self.refuse("--arch", "hefnet", "--in-channels", "8", "--size", "16", "--random-weights", "1",
                    "--vqgan", KIT / "vqgan.safetensors", "--vqgan-config", KIT / "vqgan.json",
                    says="this network takes 8 x 16 x 16")

    def test_a_kit_without_a_vqgan_takes_latents_only(self):
        model = ["--arch", "hefnet", "--in-channels", "5", "--size", "16", "--random-weights", "1"]
        self.assert_succeeds("compile", *model, "-o", "model")
        self.assertEqual([p.name for p in (self.folder / "model/client-kit").iterdir()], ["kit.json"])
        self.assert_succeeds("phantom", "--side", "64", "-o", "film.png")
        self.assert_fails("classify", "film.png", "-m", "model", says="no VQGAN")
        self.assert_fails("encode", "film.png", "-m", "model", "-o", "x.npy", says="no VQGAN")

    def test_an_output_that_exists(self):
        (self.folder / "model").mkdir()
        self.refuse("--arch", "hefnet", "--random-weights", "1", says="--force")


class Run(ProgramTest):
    def test_float_slots_and_ciphertexts_agree(self):
        seed = 5
        print(f"seed {seed}")
        generator = random.Random(seed)
        latents = [generator.gauss(0, 1) for _ in range(2 * 4 * 32 * 32)]
        (self.folder / "x.npy").write_bytes(npy((2, 4, 32, 32), latents))
        for mode, bound in (("--plain", 0.0), ("--clear-slots", 1e-4), ("--encrypted", 1e-3)):
            report = self.assert_succeeds("run", HEFNET, "--input", "x.npy", mode,
                                          "-o", f"y{mode}.npy")
            self.assertEqual(report["n"], 2)
            self.assertLessEqual(report["max_abs_error"], bound, mode)
        self.assertGreater(report["key_bytes"], 0)
        logits = (self.folder / "y--plain.npy").read_bytes()[-2 * 14 * 4:]
        first, second = (struct.unpack("<14f", logits[i:i + 56]) for i in (0, 56))
        self.assertGreater(max(abs(a - b) for a, b in zip(first, second)), 0.5)

    def test_a_network_runs_in_plain_without_being_compiled(self):
        network = ["--plain", "--arch", "resnet20", "--attention", "cbam", "--size", "16"]
        seed = 6
        print(f"seed {seed}")
        generator = random.Random(seed)
        (self.folder / "x.npy").write_bytes(
            npy((2, 4, 16, 16), [generator.gauss(0, 1) for _ in range(2048)]))
        report = self.assert_succeeds("run", *network, "--random-weights", "1", "--input", "x.npy",
                                      "-o", "y.npy")
        self.assertEqual([report["mode"], report["n"]], ["plain", 2])
        logits = struct.unpack("<28f", (self.folder / "y.npy").read_bytes()[-28 * 4:])
        self.assertGreater(max(abs(a - b) for a, b in zip(logits[:14], logits[14:])), 1e-3)

    def test_an_onnx_network_runs_in_plain(self):
        # The mean of 0.5 x^2 + x, and 0.5 less it.
        content = (CORPUS / "graph_onnx_import" / "square_mean").read_bytes()
        (self.folder / "net.onnx").write_bytes(content)
        (self.folder / "x.npy").write_bytes(npy((1, 1, 4, 4), [2] * 16))
        run = ["run", "--plain", "net.onnx", "--input"]
        self.assert_succeeds(*run, "x.npy", "-o", "y.npy")
        self.assertEqual(struct.unpack("<2f", (self.folder / "y.npy").read_bytes()[-8:]),
                         (4, -3.5))
        (self.folder / "wide.npy").write_bytes(npy((1, 1, 4, 5), [2] * 20))
        self.assert_fails(*run, "wide.npy", says="1 x 4 x 4")
        self.assert_fails("run", "--encrypted", "net.onnx", "--input", "x.npy", code=2)

    def test_activations_are_replaced_and_run_on_ciphertexts(self):
        (self.folder / "net.onnx").write_bytes(ACTIVATED.read_bytes())
        seed = 7
        print(f"seed {seed}")
        generator = random.Random(seed)
        (self.folder / "x.npy").write_bytes(
            npy((8, 2, 8, 8), [generator.gauss(0, 1) for _ in range(1024)]))
        self.assert_succeeds("run", "--plain", "net.onnx", "--input", "x.npy", "-o", "exact.npy")
        rms = {}
        for method in ("--approximate", "--approximate=minimax"):
            model = f"model{method}"
            compiled = self.assert_succeeds("compile", "net.onnx", method, "--calibration", "x.npy",
                                            "-o", model)
            made = compiled["approximation"]
            self.assertEqual([a["function"] for a in made["activations"]],
                             ["relu", "silu", "sigmoid"])
            told = self.assert_succeeds("inspect", model)
            self.assertEqual(told["approximation"], made)
            self.assertEqual(told["sizes"]["weights"], compiled["weight_bytes"])
            self.assertGreater(compiled["weight_bytes"], 0)
            self.assert_succeeds("run", model, "--plain", "--input", "x.npy", "-o", f"{model}.npy")
            exact, got = (struct.unpack("<24f", (self.folder / name).read_bytes()[-96:])
                          for name in ("exact.npy", f"{model}.npy"))
            self.assertAlmostEqual(max(abs(a - b) for a, b in zip(exact, got)),
                                   made["logits"]["max_difference"], delta=1e-5)
            rms[method] = made["logits"]["rms_difference"]
            self.assertLess(0, rms[method])
        self.assertLess(rms["--approximate"], 0.1)
        report = self.assert_succeeds("run", "model--approximate", "--encrypted", "--input", "x.npy")
        self.assertLessEqual(report["max_abs_error"], 2**-10)

    def test_what_names_no_network_to_run(self):
        (self.folder / "x.npy").write_bytes(npy((4, 16, 16), [0.5] * 1024))
        network = ["--arch", "vgg5", "--random-weights", "1", "--input", "x.npy"]
        self.assert_fails("run", "--plain", *network, says="x.npy")
        self.assert_fails("run", *network, code=2, says="--plain")
        self.assert_fails("run", "--plain", "--input", "x.npy", code=2, says="no weights")
        self.assert_fails("run", MODEL, "--plain", *network, code=2)

    def test_a_trace_has_a_line_for_each_operation(self):
        (self.folder / "x.npy").write_bytes(npy((4, 32, 32), [0.25] * 4096))
        self.assert_succeeds("run", MODEL, "--input", "x.npy", "--trace", "trace.csv")
        told = self.assert_succeeds("inspect", MODEL)
        ops = told["ops"]
        sums = [op for op in ops if op["op"] == "product_sums"]
        self.assertEqual([layer["level"] for layer in told["layers"]],
                         [op["level"] for op in sums])
        lines = (self.folder / "trace.csv").read_text().splitlines()
        self.assertEqual(len(lines), len(ops) + 1)
        rows = [dict(zip(lines[0].split(","), line.split(","))) for line in lines[1:]]
        # What is compared is off by little, and digits that rotations share are not compared.
        for row in rows:
            if row["op"] == "hoist":
                self.assertEqual(row["error_log2"], "")
            else:
                self.assertLess(float(row["error_log2"]), -9, row)


if __name__ == "__main__":
    unittest.main()
