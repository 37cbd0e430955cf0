#!/usr/bin/python3
"""ONNX files: networks out of PyTorch run on ciphertexts, and what is wrong is refused in one line."""
import os
import pathlib
import struct
import subprocess
import unittest

from onnx_files import DENSE, INT8, dense, network, node, tensor
from program import ProgramTest

ORACLE = pathlib.Path(__file__).parents[1] / "oracles" / "onnx_oracle.py"
NO_PACKAGE = 77


class OutOfPytorch(ProgramTest):
    def logits(self, name, count=9):
        content = (self.folder / name).read_bytes()
        return struct.unpack(f"<{count}f", content[-4 * count:])

    def test_its_networks_give_its_logits_on_ciphertexts(self):
        environment = os.environ | {"OMP_WAIT_POLICY": "passive"}
        made = subprocess.run(["/usr/bin/python3", ORACLE, self.folder], env=environment, check=False)
        if made.returncode == NO_PACKAGE:
            self.skipTest("/usr/bin/python3 has no torch (python3-torch)")
        self.assertEqual(made.returncode, 0)
        for name in ("residual", "means"):
            with self.subTest(network=name):
                self.assert_succeeds("compile", f"{name}.onnx", "-o", name)
                report = self.assert_succeeds("run", name, "--encrypted", "--input", f"{name}-in.npy",
                                              "-o", f"{name}.npy")
                self.assertEqual(report["n"], 3)
                want, got = self.logits(f"{name}-out.npy"), self.logits(f"{name}.npy")
                self.assertLess(max(abs(a - b) for a, b in zip(want, got)), 2**-10)
                self.assertGreater(max(want) - min(want), 0.1, "logits that tell nothing apart")


class WrongFiles(ProgramTest):
    def refuse(self, content, *says):
        (self.folder / "net.onnx").write_bytes(content)
        for says_one in ("net.onnx", *says):
            self.assert_fails("compile", "net.onnx", "-o", "model", says=says_one)

    def test_the_file_that_the_others_spoil_is_a_network(self):
        (self.folder / "net.onnx").write_bytes(dense())
        self.assert_succeeds("compile", "net.onnx", "-o", "model")

    def test_a_file_cut_off(self):
        whole = dense()
        for size in (0, 1, 20, len(whole) // 2, len(whole) - 1):
            self.refuse(whole[:size], "cut off")

    def test_a_circle(self):
        circle = [node("Add", ["x", "k"], "m"), node("Neg", ["m"], "k")]
        self.refuse(dense(before=circle), "node the_add (Add)", "a circle")

    def test_values_in_another_file(self):
        self.refuse(dense(tensor("w", (4, 2), [0.5] * 8, external=True)), "tensor w",
                    "export into one file")

    def test_a_quantised_network(self):
        self.refuse(dense(tensor("w", (4, 2), [1] * 8, kind=INT8)), "tensor w", "quantised")
        self.refuse(dense(before=[node("QuantizeLinear", ["x", "w", "w"], "m")]),
                    "node the_quantizelinear (QuantizeLinear)", "export the float network")

    def test_shapes_that_are_not_fixed(self):
        self.refuse(dense(shape=(1, 1, "height", "width")), "input x", "axis 2", "fixed")
        self.refuse(dense(shape=(8, 1, 2, 2)), "8 images", "batch of 1")

    def test_training_mode(self):
        ones = tensor("one", (1,), [1])
        norm = node("BatchNormalization", ["x", "one", "one", "one", "one"], "m", training_mode=1)
        nodes = [norm, node("Flatten", ["m"], "flat"), node("MatMul", ["flat", "w"], "y")]
        self.refuse(network(nodes, [DENSE, ones]), "node the_batchnormalization", "training mode",
                    "evaluation mode")

    def test_weights_that_are_no_numbers(self):
        for value in (float("nan"), float("-inf")):
            self.refuse(dense(tensor("w", (4, 2), [value] + [0.5] * 7)), "tensor w", "NaN or infinite")


if __name__ == "__main__":
    unittest.main()
