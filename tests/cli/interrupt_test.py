#!/usr/bin/python3
"""Ctrl-C: the promised exit code, one line, and nothing left behind."""
import os
import pathlib
import signal
import subprocess
import time
import unittest

from program import PROGRAM, ProgramTest


def catches(pid, number):
    """Whether a process has a handler for a signal by now."""
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        caught = next(int(line.split()[1], 16) for line in status if line.startswith("SigCgt"))
    return caught >> (number - 1) & 1


class Interrupt(ProgramTest):
    def interrupt(self, number):
        """Signals a long command as soon as it can be caught; returns its exit code and stderr."""
        command = [PROGRAM, "bench", "kernels", "--repetitions", "100000", "--json"]
        with subprocess.Popen(command, cwd=self.folder, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE) as process:
            while process.poll() is None and not catches(process.pid, number):
                time.sleep(0.01)
            process.send_signal(number)
            out, err = process.communicate(timeout=60)
        self.assertEqual(out, b"")
        self.assertEqual(self.files(), {})
        return process.returncode, err.decode()

    def test_ctrl_c_exits_with_130_and_one_line(self):
        code, errors = self.interrupt(signal.SIGINT)
        self.assertEqual(code, 130)
        self.assertRegex(errors, r"\Aveilray: error: interrupted.*\n\Z")

    def test_keys_half_written_are_gone(self):
        """Caught while the folder stands under its temporary name, secret key and all."""
        kit = pathlib.Path(os.environ["VEILRAY_TEST_MODEL"]) / "client-kit"
        for attempt in range(20):
            with subprocess.Popen([PROGRAM, "keygen", "-m", kit, "-o", f"keys{attempt}"], cwd=self.folder,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
                while process.poll() is None and not list(self.folder.glob(".veilray-*/secret.key")):
                    time.sleep(0.001)
                process.send_signal(signal.SIGINT)
                errors = process.communicate(timeout=60)[1].decode()
            if process.returncode == 130:
                self.assertIn("interrupted", errors)
                self.assertEqual([p.name for p in self.folder.iterdir()], [f"keys{i}" for i in range(attempt)])
                return
        self.fail("every attempt was over before the signal came")

    def test_a_polite_kill_exits_with_143(self):
        self.assertEqual(self.interrupt(signal.SIGTERM)[0], 143)


if __name__ == "__main__":
    unittest.main()
