"""`veilray train vqgan` on a folder of drawn films: what it writes, how it goes on, how it fails."""
import csv
import json
import unittest

import films
from program import ProgramTest

RECIPE = {
    "vqgan": {
        "ddconfig": {"double_z": False, "z_channels": 8, "resolution": 256, "in_channels": 3, "out_ch": 3,
                     "ch": 32, "ch_mult": [1, 1, 1, 1, 1], "num_res_blocks": 1, "attn_resolutions": [],
                     "dropout": 0.0},
        "n_embed": 32, "embed_dim": 4},
    "crop": 64, "batch": 1, "steps": 2, "warmup_steps": 0, "validate_every": 1, "validation_films": 1,
    "attribution": "Drawn by nobody.",
}
TRAIN = ("train", "vqgan", "--config", "recipe.json", "--data", "films", "-o", "out")


class VqganTest(ProgramTest):
    def setUp(self):
        super().setUp()
        (self.folder / "films").mkdir()
        rows = ["file,labels,patient_id,split,dataset"]
        for i, split in enumerate(("train", "train", "val")):
            (self.folder / "films" / f"{i}.png").write_bytes(films.png(pixel=lambda x, y: (x * (i + 2) + y) % 256))
            rows.append(f"{i}.png,,p{i},{split},drawn")
        (self.folder / "films" / "index.csv").write_text("\n".join(rows) + "\n")
        self.write_recipe()

    def write_recipe(self, **changes):
        (self.folder / "recipe.json").write_text(json.dumps(RECIPE | changes))

    def log(self):
        with open(self.folder / "out" / "metrics.csv", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def test_makes_weights_that_the_program_runs(self):
        self.assert_succeeds(*TRAIN)
        made = {path.name for path in (self.folder / "out").iterdir()}
        self.assertEqual(made, {"vqgan.safetensors", "vqgan.json", "metrics.csv", "curves.svg", "samples.png",
                                "card.md", "checkpoint"})
        vqgan = ("--vqgan", "out/vqgan.safetensors", "--config", "out/vqgan.json")
        self.assert_succeeds("encode", "films/0.png", "-o", "z.npy", *vqgan)
        self.assert_succeeds("decode", "z.npy", "-o", "again.png", *vqgan)
        card = (self.folder / "out" / "card.md").read_text()
        self.assertIn("2 films to train on", card)
        self.assertIn("no adversarial term", card)
        self.assertNotIn("adversar", (self.folder / "out" / "metrics.csv").read_text())
        self.assertIn("Drawn by nobody.", card)
        self.assertIn("`veilray train vqgan --config recipe.json --data films -o out`", card)
        self.assertIn(f"PSNR {float(self.log()[-1]['psnr_db']):.2f} dB", card)

    def test_goes_on_where_it_stopped(self):
        self.assert_succeeds(*TRAIN)
        self.write_recipe(steps=3)
        done = self.run_program(*TRAIN)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(b"going on from step 2", done.stderr)
        self.assertEqual([row["step"] for row in self.log()], ["1", "2", "3"])

    def test_trains_against_an_adversary_and_goes_on(self):
        adversary = {"loss": {"features": 0.05},
                     "adversary": {"start_step": 1, "channels": 4, "layers": 2}}
        self.write_recipe(**adversary)
        self.assert_succeeds(*TRAIN)
        self.write_recipe(steps=3, **adversary)
        self.assert_succeeds(*TRAIN)
        rows = self.log()
        self.assertEqual([row["step"] for row in rows], ["1", "2", "3"])
        self.assertEqual(rows[0]["adversary_weight"], "")
        self.assertGreater(float(rows[1]["adversary_weight"]), 0)
        self.assertGreater(float(rows[2]["discriminator"]), 0)
        self.assertIn("PatchGAN of 2 layers", (self.folder / "out" / "card.md").read_text())
        self.assertIn("discriminator", (self.folder / "out" / "curves.svg").read_text())
        # Without it the columns of the log would be others.
        self.write_recipe(steps=4)
        done = self.run_program(*TRAIN)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"the checkpoint has an adversary, and the recipe has none", done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)

    def test_begins_with_given_weights(self):
        self.assert_succeeds(*TRAIN)
        again = ("train", "vqgan", "--config", "recipe.json", "--data", "films", "--init", "out/vqgan.safetensors",
                 "-o", "second")
        self.assert_succeeds(*again)
        self.assertIn("beginning with vqgan.safetensors", (self.folder / "second" / "card.md").read_text())

    def test_says_what_is_wrong(self):
        def fails(says, *changes):
            args = list(TRAIN)
            for name, value in changes:
                args[args.index(name) + 1] = value
            done = self.run_program(*args)
            lines = done.stderr.decode().splitlines()
            self.assertEqual(done.returncode, 1, lines)
            self.assertEqual(len(lines), 1, lines)
            self.assertIn(says, lines[0])

        fails("nowhere", ("--data", "nowhere"))
        fails("absent.json", ("--config", "absent.json"))
        self.write_recipe(crop=100)
        fails("recipe.json, crop: use a multiple of the factor 16")
        self.write_recipe(stpes=3)
        fails("unknown key: recipe.json, stpes")
        self.write_recipe(adversary={"chanels": 3})
        fails("unknown key: recipe.json, adversary.chanels")
        self.assertFalse((self.folder / "out").exists())


if __name__ == "__main__":
    unittest.main()
