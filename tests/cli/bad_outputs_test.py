#!/usr/bin/python3
"""Outputs that cannot be written: what stood there still stands, and nothing half-written is left."""
import ctypes
import os
import subprocess
import unittest

from program import ProgramTest

DRAW = ["phantom", "--side", "256"]


def obey_permissions():
    """Root may write everywhere, unless its programs cannot have the capability to."""
    drop_from_bounding_set, override_permissions = 24, 1  # PR_CAPBSET_DROP, CAP_DAC_OVERRIDE
    if os.geteuid() == 0:
        ctypes.CDLL(None).prctl(drop_from_bounding_set, override_permissions, 0, 0, 0)


class BadOutputs(ProgramTest):
    def test_an_output_that_exists_is_refused_without_force(self):
        (self.folder / "a.png").write_bytes(b"mine")
        self.assert_fails(*DRAW, "-o", "a.png", says="--force")
        self.assert_succeeds(*DRAW, "-o", "a.png", "--force")
        self.assertTrue((self.folder / "a.png").read_bytes().startswith(b"\x89PNG"))

    def test_a_folder_that_is_not_there(self):
        self.assert_fails(*DRAW, "-o", "gone/a.png", says="gone")

    def test_a_folder_that_is_a_file(self):
        (self.folder / "file").write_bytes(b"")
        self.assert_fails(*DRAW, "-o", "file/a.png", says="file/a.png")

    def test_an_output_that_is_a_folder(self):
        (self.folder / "a.png").mkdir()
        self.assert_fails(*DRAW, "-o", "a.png", says="a.png")
        self.assert_fails(*DRAW, "-o", "a.png", "--force", says="a.png")

    def test_a_folder_that_may_not_be_written(self):
        locked = self.folder / "locked"
        locked.mkdir(mode=0o555)
        self.assert_fails(*DRAW, "-o", "locked/a.png", says="permission denied: locked",
                          preexec_fn=obey_permissions)

    def test_results_that_stdout_does_not_take(self):
        with open("/dev/full", "wb") as full:
            done = self.run_program(*DRAW, "-o", "a.png", capture_output=False, stdout=full,
                                    stderr=subprocess.PIPE)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"standard output", done.stderr)


if __name__ == "__main__":
    unittest.main()
