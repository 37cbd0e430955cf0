"""Runs the built program, and says what every failure of it must look like."""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

PROGRAM = os.environ["VEILRAY_PROGRAM"]


def catches(pid, number):
    """Whether a process has a handler for a signal by now."""
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        caught = next(int(line.split()[1], 16) for line in status if line.startswith("SigCgt"))
    return caught >> (number - 1) & 1


class ProgramTest(unittest.TestCase):
    """Each test gets an empty folder."""

    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="veilray-cli-")
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)

    def run_program(self, *args, **options):
        options = {"cwd": self.folder, "capture_output": True, "timeout": 600} | options
        return subprocess.run([PROGRAM, *map(str, args)], check=False, **options)

    def files(self):
        """Every file below the folder, with its bytes; special files without."""
        return {path.relative_to(self.folder): path.read_bytes() if path.is_file() else None
                for path in self.folder.rglob("*")}

    def assert_succeeds(self, *args, **options):
        """Returns the JSON object that the command prints."""
        done = self.run_program(*args, "--json", **options)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        return json.loads(done.stdout)

    def assert_fails(self, *args, code=1, says="", **options):
        """The promise of every error: one line, the right exit code, nothing written, stdout empty."""
        before = self.files()
        for more in ([], ["--json"]):
            with self.subTest(args=[*more, *args]):
                done = self.run_program(*more, *args, **options)
                errors = done.stderr.decode()
                lines = [line for line in errors.splitlines() if line.startswith("veilray: error: ")]
                self.assertEqual(done.returncode, code, errors)
                self.assertEqual(done.stdout, b"")
                self.assertEqual(len(errors.splitlines()), 1, errors)
                self.assertEqual(len(lines), 1, errors)
                self.assertIn(says, errors)
                self.assertEqual(self.files(), before, "something was written")
