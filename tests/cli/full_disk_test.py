#!/usr/bin/python3
"""No room for the output: one line that names it, and nothing half-written, whichever command writes."""
import resource
import shutil
import subprocess
import unittest

from program import PROGRAM
from way import KIT, MODEL, WayTest

COMPILE = ["compile", "--arch", "hefnet", "--size", "16", "--random-weights", "1"]
# A disk of one page, and that taken: "$@" finds no room on it. Its exit code, and what it left.
FULL_DISK = ("mount -t tmpfs -o size=4k none disk && head -c 4096 /dev/zero >disk/taken && "
             "{ \"$@\"; echo $? >code; ls -A disk >left; }")


class FullDisk(WayTest):
    def setUp(self):
        super().setUp()
        self.assert_succeeds("encode", "film.png", "-m", KIT, "-o", "z.npy")
        self.commands = {
            "phantom": ["phantom", "--side", "64"],
            "encode": ["encode", "film.png", "-m", KIT],
            "decode": ["decode", "z.npy", "-m", KIT],
            "compile": COMPILE,
            "keygen": ["keygen", "-m", KIT],
            "encrypt": ["encrypt", "z.npy", "-k", "keys", "-m", KIT],
            "infer": ["infer", "x.ct", "-e", "keys/evaluation.key", "-m", MODEL],
            "run": ["run", MODEL, "--input", "z.npy", "--plain"],
        }

    def on_full_disk(self, *command):
        return subprocess.run(["unshare", "-rm", "sh", "-c", FULL_DISK, "sh", *map(str, command)],
                              cwd=self.folder, capture_output=True, check=False)

    def test_files_that_outgrow_their_limit(self):
        limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (16, 16))
        for name, command in self.commands.items():
            with self.subTest(command=name):
                self.assert_fails(*command, "-o", "out", says="out", preexec_fn=limit)

    def test_a_full_disk(self):
        (self.folder / "disk").mkdir()
        if not shutil.which("unshare") or self.on_full_disk("true").returncode != 0:
            self.skipTest("may not mount a small disk here")
        for name, command in self.commands.items():
            with self.subTest(command=name):
                done = self.on_full_disk(PROGRAM, *command, "-o", "disk/out")
                errors = done.stderr.decode()
                self.assertEqual((self.folder / "code").read_text(), "1\n", errors)
                self.assertEqual((self.folder / "left").read_text(), "taken\n")
                self.assertEqual(len(errors.splitlines()), 1, errors)
                self.assertIn("no space left on device: disk/out", errors)


if __name__ == "__main__":
    unittest.main()
