#!/usr/bin/python3
"""Arrays that are no latents."""
import unittest

from arrays import npy
from program import ProgramTest


class BadLatents(ProgramTest):
    def refuse(self, content, says=""):
        (self.folder / "latent.npy").write_bytes(content)
        self.assert_fails("decode", "latent.npy", "-o", "image.png", says="latent.npy")
        self.assert_fails("decode", "latent.npy", "-o", "image.png", says=says)

    def test_no_file(self):
        self.assert_fails("decode", "gone.npy", "-o", "image.png", says="gone.npy")

    def test_no_array(self):
        self.refuse(b"")
        self.refuse(b"PK\3\4 an archive, say")

    def test_a_truncated_array(self):
        whole = npy((4, 32, 32))
        for size in (4, 9, 40, len(whole) - 1):
            self.refuse(whole[:size])
        self.refuse(whole + b"\0")

    def test_wrong_ranks(self):
        self.refuse(npy((4, 32)), says="4 x 32")
        self.refuse(npy((2, 4, 32, 32)), says="2 x 4 x 32 x 32")

    def test_values_that_are_not_finite(self):
        for bad in (float("nan"), float("inf")):
            self.refuse(npy((4, 1, 1), [0, 0, 0, bad]), says="NaN")

    def test_other_kinds_of_arrays(self):
        self.refuse(npy((4, 1, 1), descr="<i8", data=bytes(32)))
        self.refuse(npy((4, 1, 1), descr="|O", data=bytes(32)))
        self.refuse(npy((4, 2, 2), order="True"))

    def test_extents_that_overflow(self):
        self.refuse(npy((2**40, 2**40, 4), data=b""))
        self.refuse(npy((2**62, 4, 1), data=b""))


if __name__ == "__main__":
    unittest.main()
