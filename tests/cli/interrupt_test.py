#!/usr/bin/python3
"""Ctrl-C: the promised exit code, one line, and nothing left behind."""
import signal
import subprocess
import time
import unittest

from program import PROGRAM, ProgramTest, catches


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

    def test_a_polite_kill_exits_with_143(self):
        self.assertEqual(self.interrupt(signal.SIGTERM)[0], 143)


if __name__ == "__main__":
    unittest.main()
