#!/usr/bin/python3
"""Commands that write folders, stopped: by Ctrl-C half-way, and by either kind of kill at any moment."""
import random
import shutil
import signal
import subprocess
import time
import unittest

from program import PROGRAM, ProgramTest, catches
from way import KIT

COMMANDS = {
    "keygen": ["keygen", "-m", KIT],
    "compile": ["compile", "--arch", "hefnet", "--size", "16", "--random-weights", "1"],
}
WHOLE = {
    "keygen": {"secret.key", "public.key", "evaluation.key"},
    "compile": {"model.json", "plan.bin", "weights.safetensors", "client-kit"},
}
SEED = 7
TRIES = 40  # to meet a folder half-written


class InterruptedFolders(ProgramTest):
    def setUp(self):
        super().setUp()
        self.out = self.folder / "out"

    def start(self, name, *more):
        process = subprocess.Popen([PROGRAM, *map(str, COMMANDS[name]), "-o", "out", *more],
                                   cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.addCleanup(process.stderr.close)
        while process.poll() is None and not catches(process.pid, signal.SIGINT):
            time.sleep(0.001)
        return process

    def partial(self):
        """What stands there under a temporary name."""
        return set(self.folder.glob(".veilray-*"))

    def names(self, folder):
        return {path.name for path in folder.iterdir()}

    def interrupt_half_way(self, name, number, *more):
        """Signals while the partial folder stands; the exit code."""
        for _ in range(TRIES):
            process = self.start(name, *more)
            while process.poll() is None and not self.partial():
                time.sleep(0.001)
            process.send_signal(number)
            _, errors = process.communicate(timeout=600)
            if process.returncode != 0:
                self.assertRegex(errors.decode(), r"\Aveilray: error: interrupted.*\n\Z")
                return process.returncode
        self.fail(f"{name} was never met while it wrote")

    def test_ctrl_c_half_way_leaves_nothing(self):
        for name in COMMANDS:
            for number in (signal.SIGINT, signal.SIGTERM):
                with self.subTest(command=name, signal=number):
                    self.assertEqual(self.interrupt_half_way(name, number), 128 + number)
                    self.assertEqual(self.files(), {})

    def test_ctrl_c_half_way_leaves_the_keys_that_were_there(self):
        self.assert_succeeds(*COMMANDS["keygen"], "-o", "out")
        before = self.files()
        self.assertEqual(self.interrupt_half_way("keygen", signal.SIGINT, "--force"), 130)
        self.assertEqual(self.files(), before)

    def test_whatever_stops_it_whenever_the_folder_is_whole_or_not_there(self):
        print(f"seed {SEED}")
        generator = random.Random(SEED)
        for name in COMMANDS:
            began = time.monotonic()
            self.assertEqual(self.start(name, "--force").wait(), 0)
            lasts = time.monotonic() - began
            for number in (signal.SIGINT, signal.SIGKILL) * 2:
                with self.subTest(command=name, signal=number):
                    process = self.start(name, "--force")
                    time.sleep(generator.uniform(0, lasts))
                    process.send_signal(number)
                    process.communicate(timeout=600)
                    self.assertEqual(self.names(self.out), WHOLE[name])
                    left = self.partial()
                    self.assertEqual(set(self.folder.iterdir()) - left, {self.out})
                    if number == signal.SIGINT:
                        self.assertEqual(left, set())
                    for folder in left:  # a kill leaves it; keys only their owner may look at
                        self.assertEqual(folder.stat().st_mode & 0o077, 0 if name == "keygen" else 0o055)
                        shutil.rmtree(folder)
            shutil.rmtree(self.out)


if __name__ == "__main__":
    unittest.main()
