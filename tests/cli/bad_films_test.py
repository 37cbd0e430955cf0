#!/usr/bin/python3
"""Films that cannot be read or should not be: one clear line each, and no output."""
import unittest

import films
from program import ProgramTest


class BadFilms(ProgramTest):
    def refuse(self, content, says="", name="film.png"):
        (self.folder / name).write_bytes(content)
        self.assert_fails("encode", name, "-o", "latent.npy", says=name)
        self.assert_fails("encode", name, "-o", "latent.npy", says=says)

    def test_no_file(self):
        self.assert_fails("encode", "gone.png", "-o", "latent.npy", says="gone.png")

    def test_a_folder(self):
        (self.folder / "film.png").mkdir()
        self.assert_fails("encode", "film.png", "-o", "latent.npy", says="film.png")

    def test_an_empty_file(self):
        self.refuse(b"")

    def test_another_kind_of_file(self):
        self.refuse(b"just some text, a page of it\n" * 40)
        self.refuse(b"GIF89a" + bytes(100), name="film.gif")

    def test_a_truncated_png(self):
        whole = films.png()
        for size in (9, 30, len(whole) // 2, len(whole) - 13):
            self.refuse(whole[:size])

    def test_a_damaged_png(self):
        whole = bytearray(films.png())
        whole[len(whole) // 2] ^= 0x40
        self.refuse(bytes(whole))

    def test_dimensions_that_would_not_fit_anywhere(self):
        self.refuse(films.png(declared=(100_000, 100_000)), says="100000")
        self.refuse(films.png(declared=(2**31 - 1, 2**31 - 1)))
        self.refuse(films.png(declared=(16_000, 16_000)))  # allowed, but the data is not there

    def test_films_too_small(self):
        self.refuse(films.png(1, 1))
        self.refuse(films.png(31, 64))

    def test_films_of_one_value(self):
        self.refuse(films.png(pixel=lambda x, y: 0))
        self.refuse(films.png(pixel=lambda x, y: 65535, bits=16))

    def test_an_animation(self):
        self.refuse(films.animated_png())

    def test_a_dicom_file_without_pixels(self):
        self.refuse(films.dicom(pixels=False), name="film.dcm")

    def test_a_truncated_dicom_file(self):
        whole = films.dicom()
        for size in (132, 200, len(whole) // 2):
            self.refuse(whole[:size], name="film.dcm")

    def test_other_modalities_and_views(self):
        self.refuse(films.dicom(modality=b"CT"), says="--force", name="film.dcm")
        self.refuse(films.dicom(modality=b"MR"), says="--force", name="film.dcm")
        self.refuse(films.dicom(view=b"LATERAL"), says="--force", name="film.dcm")

    def test_several_frames(self):
        self.refuse(films.dicom(frames=2), name="film.dcm")


if __name__ == "__main__":
    unittest.main()
