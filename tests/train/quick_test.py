"""The whole trainer from nothing: drawn films, a VQGAN, a classifier, a model, an evaluation."""
import json
import pathlib
import shutil
import unittest

from program import ProgramTest

RECIPE = pathlib.Path(__file__).parents[2] / "configs" / "quick.json"
FILMS = 160  # a fifth of them for validation
VQGAN = ("--vqgan", "vqgan/vqgan.safetensors", "--vqgan-config", "vqgan/vqgan.json")


class QuickTest(ProgramTest):
    def test_learns_from_nothing_what_drawn_films_show(self):
        shutil.copy(RECIPE, self.folder)
        self.assert_succeeds("phantom", "--films", str(FILMS), "--side", "256", "-o", "films")
        self.assert_succeeds("train", "vqgan", "--config", "quick.json", "--data", "films", "-o", "vqgan")
        self.assert_succeeds("train", "classifier", "--config", "quick.json", "--data", "films", *VQGAN, "-o", "net")
        self.assert_succeeds("compile", "--record", "net/classifier.json", "--weights", "net/weights.safetensors",
                             "--calibration", "net/calibration.npy", "--card", "net/card.md", *VQGAN,
                             "--precision-bits", "8", "-o", "model")
        done = self.run_program("eval", "-m", "model", "--data", "films", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        found = json.loads(done.stdout)
        self.assertEqual(found["n"], FILMS // 5)
        # Chance is 0.5, and with these films an interval of some 0.05 to either side of the mean of six labels.
        self.assertGreater(found["macro_auroc"], 0.75, f"recipe quick.json, its seed; {found}")
        # The record was measured by the trainer, this by the compiled network.
        told = json.loads((self.folder / "net" / "classifier.json").read_text())["metrics"]
        self.assertAlmostEqual(found["macro_auroc"], told["macro_auroc"], delta=0.01)


if __name__ == "__main__":
    unittest.main()
