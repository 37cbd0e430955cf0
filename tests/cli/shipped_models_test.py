"""The models that come with the checkout: each is whole, trained, small, and runs encrypted as it does in the clear."""
import pathlib
import unittest

from program import ProgramTest

MODELS = pathlib.Path(__file__).parents[2] / "models"
LARGEST_FILE = 40_000_000
LABELS = ["Atelectasis", "Cardiomegaly", "Effusion", "Infiltration", "Mass", "Nodule", "Pneumonia", "Pneumothorax",
          "Consolidation", "Edema", "Emphysema", "Fibrosis", "Pleural_Thickening", "Hernia"]


class ShippedModels(ProgramTest):
    def test_the_default_model_is_trained_and_reads_a_film_under_encryption(self):
        self.assert_succeeds("phantom", "--side", "512", "-o", "film.png")
        done = self.run_program("classify", "film.png")  # no --model: the default
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn(b"mean nothing", done.stdout)
        found = self.assert_succeeds("classify", "film.png")
        self.assertTrue(found["trained"])
        findings = found["images"][0]["findings"]
        self.assertCountEqual([finding["label"] for finding in findings], LABELS)
        for finding in findings:
            self.assertTrue(0 <= finding["probability"] <= 1, finding)

    def test_encrypted_logits_are_those_of_the_float_network(self):
        self.assert_succeeds("phantom", "--films", "5", "--side", "256", "-o", "films")
        labels = "file,labels,patient_id,split\n"
        labels += "".join(f"{i:05}.png,{'Effusion' if i % 2 else ''},{i},val\n" for i in range(5))
        (self.folder / "films" / "index.csv").write_text(labels, encoding="ascii")
        found = self.assert_succeeds("eval", "-m", "chest-f8-hefnet", "--data", "films", "--encrypted", "5")
        self.assertLess(found["encrypted"]["max_abs_error"], 2.0 ** -8)

    def test_every_model_has_a_card_and_no_file_is_too_large_to_keep(self):
        folders = [folder for folder in MODELS.iterdir() if folder.is_dir()]
        self.assertGreater(len(folders), 0)
        for folder in folders:
            self.assertIn("## Licence and attribution", (folder / "card.md").read_text(encoding="utf-8"), folder)
            for file in folder.rglob("*"):
                self.assertLess(file.stat().st_size, LARGEST_FILE, file)


if __name__ == "__main__":
    unittest.main()
