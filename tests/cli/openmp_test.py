#!/usr/bin/python3
"""OpenMP's workers spin briefly, and as long as the user wants where he says so."""
import os
import pathlib
import signal
import subprocess
import time
import unittest

from program import PROGRAM, ProgramTest, catches

SETTINGS = ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY")


class OpenMp(ProgramTest):
    def settings_of_program(self, **given):
        """The settings in the environment of a running program, and its name."""
        env = {key: value for key, value in os.environ.items() if key not in SETTINGS} | given
        command = [PROGRAM, "bench", "kernels", "--repetitions", "100000"]
        with subprocess.Popen(command, cwd=self.folder, env=env, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL) as process:
            while process.poll() is None and not catches(process.pid, signal.SIGTERM):
                time.sleep(0.01)
            proc = pathlib.Path("/proc", str(process.pid))
            pairs = (pair.split("=", 1) for pair in (proc / "environ").read_text().split("\0") if pair)
            name = (proc / "comm").read_text().strip()
            process.terminate()
        return {key: value for key, value in pairs if key in SETTINGS}, name

    def test_workers_spin_briefly_and_the_program_keeps_its_name(self):
        self.assertEqual(self.settings_of_program(), ({"GOMP_SPINCOUNT": "10000"}, "veilray"))

    def test_the_user_s_settings_stand(self):
        for given in ({"OMP_WAIT_POLICY": "passive"}, {"GOMP_SPINCOUNT": "7"}):
            self.assertEqual(self.settings_of_program(**given)[0], given)


if __name__ == "__main__":
    unittest.main()
