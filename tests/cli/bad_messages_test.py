#!/usr/bin/python3
"""Requests, answers and latents that are damaged, or belong to somebody else."""
import hashlib
import struct
import unittest

from arrays import npy
from way import FILES, KIT, MODEL, WayTest

MESSAGE_HEADER, CHECKSUM = 20, 32  # docs/formats/


def changed(envelope, at, content):
    """A key or ciphertext with other bytes and the checksum that goes with them."""
    body = envelope[:at] + content + envelope[at + len(content):-CHECKSUM]
    return body + hashlib.sha256(body).digest()


class BadMessages(WayTest):
    def test_a_request_cut_short(self):
        whole = (FILES / "x.ct").read_bytes()
        for size in (0, 7, 12, 40, 100, len(whole) // 2, len(whole) - 1):
            self.write("cut.ct", whole[:size])
            self.infer_fails("cut.ct", says="cut.ct", forms=[["--json"]])
        self.write("cut.ct", whole + b"\0")
        self.infer_fails("cut.ct", says="cut.ct")

    def test_a_request_with_flipped_bits(self):
        whole = bytearray((FILES / "x.ct").read_bytes())
        for place in (3, 20, 60, 130, len(whole) // 2, len(whole) - 5):
            damaged = bytearray(whole)
            damaged[place] ^= 0x80
            self.write("flipped.ct", bytes(damaged))
            self.infer_fails("flipped.ct", says="flipped.ct", forms=[["--json"]])

    def test_a_request_that_claims_many_ciphertexts_or_huge_ones(self):
        whole = (FILES / "x.ct").read_bytes()
        self.write("many.ct", whole[:8] + struct.pack("<I", 2**32 - 1) + whole[12:])
        self.infer_fails("many.ct", says="many.ct")
        self.write("huge.ct", whole[:12] + struct.pack("<Q", 2**63) + whole[20:])
        self.infer_fails("huge.ct", says="huge.ct")

    def test_an_answer_that_is_none(self):
        self.write("cut.ct", (FILES / "y.ct").read_bytes()[:-1])
        self.assert_fails("decrypt", "cut.ct", "-k", "keys", "-m", KIT, says="cut.ct")
        self.assert_fails("decrypt", "film.png", "-k", "keys", "-m", KIT, says="film.png")
        self.assert_fails("decrypt", "x.ct", "-k", "keys", "-m", KIT, says="a request, where an answer belongs: x.ct")
        self.assert_fails("decrypt", "gone.ct", "-k", "keys", "-m", KIT, says="gone.ct")

    def test_another_client(self):
        self.assert_succeeds("keygen", "-m", KIT, "-o", "others")
        self.infer_fails("x.ct", says="client", keys="others/evaluation.key")
        self.assert_fails("decrypt", "y.ct", "-k", "others", "-m", KIT, says="client")

    def test_a_request_with_residues_out_of_range(self):
        whole = (FILES / "x.ct").read_bytes()
        header, ciphertext = whole[:MESSAGE_HEADER], whole[MESSAGE_HEADER:]
        self.write("large.ct", header + changed(ciphertext, len(ciphertext) // 2, b"\xff" * 15))
        self.infer_fails("large.ct", says="residue")

    def test_keys_and_ciphertexts_of_other_parameters(self):
        whole = (FILES / "x.ct").read_bytes()
        other = changed(whole[MESSAGE_HEADER:], 8, bytes(32))
        self.write("other.ct", whole[:MESSAGE_HEADER] + other)
        self.infer_fails("other.ct", says="parameters")
        (self.folder / "others").mkdir()
        for name in ("secret.key", "evaluation.key"):
            self.write(f"others/{name}", changed((FILES / "keys" / name).read_bytes(), 8, bytes(32)))
            (self.folder / "others" / name).chmod(0o600)
        self.infer_fails("x.ct", says="parameters", keys="others/evaluation.key")
        self.assert_fails("decrypt", "y.ct", "-k", "others", "-m", KIT, says="parameters")
        self.assert_fails("encrypt", "film.png", "-k", "others", "-m", KIT, "-o", "out.ct", says="parameters")
        self.assert_fails("classify", "film.png", "-k", "others", "-m", MODEL, says="parameters")

    def test_a_latent_of_the_wrong_shape(self):
        self.write("small.npy", npy((4, 16, 16)))
        self.assert_fails("encrypt", "small.npy", "-k", "keys", "-m", KIT, "-o", "out.ct", says="small.npy")
        self.assert_fails("decode", "small.npy", "-m", KIT, "-o", "out.png", says="small.npy")
        self.assert_fails("run", MODEL, "--input", "small.npy", "--plain", says="small.npy")

    def test_a_latent_that_is_not_finite(self):
        self.write("nan.npy", npy((4, 32, 32), [0.5] * 4095 + [float("nan")]))
        self.assert_fails("encrypt", "nan.npy", "-k", "keys", "-m", KIT, "-o", "out.ct", says="NaN")
        self.assert_fails("run", MODEL, "--input", "nan.npy", "--plain", says="NaN")


if __name__ == "__main__":
    unittest.main()
