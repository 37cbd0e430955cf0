#!/usr/bin/python3
"""Keys and models that are damaged, or belong to others."""
import os
import pathlib
import shutil
import unittest

from arrays import npy
from way import FILES, KIT, MODEL, OTHER, WayTest

MODELS = pathlib.Path(__file__).parents[2] / "models"


class BadModels(WayTest):
    def with_secret_key(self, content, mode):
        """A folder of keys with another secret key."""
        (self.folder / "others").mkdir()
        path = self.folder / "others" / "secret.key"
        path.write_bytes(content)
        path.chmod(mode)

    def test_another_model(self):
        """The same network compiled twice is two models: requests and keys tell them apart."""
        self.infer_fails("x.ct", says="model", model=OTHER)
        self.assert_fails("encrypt", "film.png", "-k", "keys", "-m", OTHER, "-o", "out.ct", says="model")
        self.assert_fails("decrypt", "y.ct", "-k", "keys", "-m", OTHER, says="model")

    def test_keys_that_are_none(self):
        evaluation = (FILES / "keys" / "evaluation.key").read_bytes()
        self.write("bad.key", evaluation[:-1])
        self.infer_fails("x.ct", says="bad.key", keys="bad.key")
        self.infer_fails("x.ct", says="gone.key", keys="gone.key")
        self.infer_fails("x.ct", says="secret.key", keys="keys/secret.key")

    def test_a_secret_key_that_others_may_read(self):
        self.with_secret_key((FILES / "keys" / "secret.key").read_bytes(), 0o644)
        self.assert_fails("decrypt", "y.ct", "-k", "others", "-m", KIT, says="secret.key")

    def test_a_damaged_secret_key(self):
        content = bytearray((FILES / "keys" / "secret.key").read_bytes())
        content[1000] ^= 1
        self.with_secret_key(bytes(content), 0o600)
        self.assert_fails("decrypt", "y.ct", "-k", "others", "-m", KIT, says="secret.key")

    def test_a_vqgan_whose_weights_and_config_do_not_belong_together(self):
        other, weights = MODELS / "vqgan-f16" / "vqgan.json", KIT / "vqgan.safetensors"
        vqgan = ["--vqgan", weights, "--config"]
        self.assert_fails("encode", "film.png", *vqgan, other, "-o", "x.npy", says=f": {weights}: ")
        self.write("z.npy", npy((8, 16, 16)))
        self.assert_fails("decode", "z.npy", *vqgan, other, "-o", "film2.png", says=f": {weights}: ")
        self.assert_fails("encode", "film.png", *vqgan, "gone.json", "-o", "x.npy", says="gone.json")

    def test_models_that_are_none(self):
        self.infer_fails("x.ct", says="nowhere", model="nowhere")
        for name in ("plan.bin", "weights.safetensors", "model.json", "client-kit/kit.json"):
            shutil.copytree(MODEL, self.folder / "bad", copy_function=os.symlink)
            self.write(f"bad/{name}", (MODEL / name).read_bytes()[:100])
            self.infer_fails("x.ct", model="bad")
            shutil.rmtree(self.folder / "bad")


if __name__ == "__main__":
    unittest.main()
