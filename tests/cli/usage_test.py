#!/usr/bin/python3
"""The command line itself: what every command understands, and how it refuses the rest."""
import os
import re
import unittest

from program import ProgramTest

COMMANDS = ["bench", "classify", "compile", "decode", "decrypt", "encode", "encrypt", "eval",
            "infer", "inspect", "keygen", "phantom", "run", "train"]


class Usage(ProgramTest):
    def test_the_program_and_each_command_have_help_with_an_example(self):
        listed = self.run_program("--help").stdout.decode()
        for command in COMMANDS:
            with self.subTest(command=command):
                self.assertRegex(listed, rf"(?m)^\s+{command}\s")
                done = self.run_program(command, "--help")
                self.assertEqual((done.returncode, done.stderr), (0, b""))
                self.assertIn(f"Example: veilray {command}", done.stdout.decode())
                for option in ("--json", "--quiet", "--threads", "--force", "--help"):
                    self.assertIn(option, done.stdout.decode())

    def test_help_lists_no_command_that_this_test_forgot(self):
        listed = self.run_program("--help").stdout.decode().split("Commands:")[1]
        self.assertEqual(sorted(re.findall(r"(?m)^  (\w+)", listed.split("\n\n")[0])), COMMANDS)

    def test_version_is_one_line(self):
        done = self.run_program("--version")
        self.assertRegex(done.stdout.decode(), r"\Aveilray \d+\.\d+\.\d+\n\Z")
        self.assertEqual(done.returncode, 0)

    def test_wrong_command_lines_are_usage_errors(self):
        for args in ([], ["nonsense"], ["phantom"], ["phantom", "-o"],
                     ["phantom", "-o", "a.png", "--nonsense"], ["phantom", "-o", "a.png", "extra"],
                     ["phantom", "-o", "a.png", "--finding", "nonsense"],
                     ["phantom", "-o", "films", "--films", "2", "--finding", "nodule"],
                     ["phantom", "-o", "films", "--films", "0"], ["phantom", "-o", "a.png", "--side", "31"],
                     ["phantom", "-o", "a.png", "--side", "big"],
                     ["phantom", "-o", "a.png", "--seed", "-1"],
                     ["phantom", "-o", "a.png", "--seed", "99999999999999999999999"],
                     ["phantom", "-o", "a.png", "--bits", "12"],
                     ["phantom", "-o", "a.png", "--threads", "0"],
                     ["phantom", "-o", "a.png", "--threads", "1000000"],
                     ["encode"], ["encode", "a.png"], ["encode", "a.png", "b.png", "-o", "c.npy"],
                     ["encode", "a.png", "-o", "c.npy", "--vqgan", "w.safetensors"],
                     ["encode", "a.png", "-o", "c.npy", "--config", "c.json"],
                     ["decode", "a.npy"], ["bench", "nonsense"]):
            self.assert_fails(*args, code=2, says="--help")

    def test_an_option_that_there_is_not_is_named(self):
        for args in (["compile", "--arch", "hefnet", "--precision", "1e-2", "-o", "model"],
                     ["phantom", "-o", "a.png", "--precision"], ["run", "model", "--precision=3", "--input", "x.npy"]):
            self.assert_fails(*args, code=2, says="there is no option --precision")

    def test_an_impossible_instruction_set_is_a_usage_error(self):
        self.assert_fails("phantom", "-o", "a.png", code=2, says="nonsense",
                          env=os.environ | {"VEILRAY_KERNELS": "nonsense"})

    def test_a_control_character_in_a_name_stays_on_one_line(self):
        self.assert_fails("encode", "a\nb\x1b[31m.png", "-o", "c.npy")


if __name__ == "__main__":
    unittest.main()
