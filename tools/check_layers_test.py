#!/usr/bin/python3
"""check_layers.py must complain about each kind of breach, and about nothing else."""
import unittest

from check_layers import check, find_cycle, read_layers, room_of

ROWS = read_layers("""
# a comment
base:
ckks: base
ckks/secret: ckks base
runtime: ckks base
cli: *
""")
TREE = {
    "base/error.h": "",
    "ckks/params.h": '#include "base/error.h"\n#include <vector>\n',
    "ckks/secret/secret_key.h": '#include "ckks/params.h"\n',
    "ckks/testing.h": '#include "ckks/params.h"\n',
    "runtime/backend.h": '#include "ckks/params.h"\n',
    "cli/main.cpp": '#include "ckks/secret/secret_key.h"\n#include "runtime/backend.h"\n',
}


def complaints(**extra):
    return check(TREE | {k.replace("__", "/") + ".cpp": v for k, v in extra.items()}, ROWS)


class CheckLayers(unittest.TestCase):
    def test_accepts_a_tree_that_keeps_its_layers(self):
        self.assertEqual(complaints(), [])

    def test_reports_an_include_that_climbs(self):
        self.assertEqual(complaints(base__x='#include "ckks/params.h"\n'),
                         ["base/x.cpp: base may not include ckks/params.h",
                          "include cycle of modules: base -> ckks -> base"])

    def test_keeps_strangers_out_of_the_secret_room(self):
        line = '#include "ckks/secret/secret_key.h"\n'
        self.assertEqual(complaints(runtime__x=line),
                         ["runtime/x.cpp: runtime may not include ckks/secret/secret_key.h"])
        self.assertIn("ckks/x.cpp: ckks may not include ckks/secret/secret_key.h",
                      complaints(ckks__x=line))

    def test_lets_tests_into_secret_rooms_of_modules_they_may_use(self):
        line = '#include "ckks/secret/secret_key.h"\n'
        self.assertEqual(complaints(runtime__x_test=line, ckks__x_test=line), [])
        self.assertEqual(complaints(base__x_test=line),
                         ["base/x_test.cpp: base may not include ckks/secret/secret_key.h"])

    def test_keeps_test_only_files_out_of_the_product(self):
        line = '#include "ckks/testing.h"\n'
        self.assertEqual(complaints(runtime__x=line),
                         ["runtime/x.cpp: ckks/testing.h is for tests only"])
        self.assertEqual(complaints(runtime__x_test=line), [])

    def test_reports_files_outside_the_modules_and_includes_of_nothing(self):
        self.assertEqual(complaints(lost__x=""), ["lost/x.cpp: lies in no module of LAYERS"])
        self.assertEqual(complaints(base__x='#include "base/gone.h"\n'),
                         ['base/x.cpp: "base/gone.h" is no file below src/'])

    def test_finds_a_cycle_of_files(self):
        tree = {"base/a.h": '#include "base/b.h"\n', "base/b.h": '#include "base/a.h"\n'}
        self.assertEqual(check(tree, ROWS),
                         ["include cycle of files: base/a.h -> base/b.h -> base/a.h"])
        self.assertIsNone(find_cycle({"a": {"b", "c"}, "b": {"c"}}))

    def test_reads_indented_includes_and_ignores_commented_ones(self):
        self.assertEqual(len(complaints(base__x='#  include "ckks/params.h"\n')), 2)
        self.assertEqual(complaints(base__x='// #include "ckks/params.h"\n'), [])

    def test_knows_the_innermost_room(self):
        self.assertEqual(room_of("ckks/secret/deep/key.h", ROWS), "ckks/secret")
        self.assertIsNone(room_of("elsewhere/key.h", ROWS))

    def test_refuses_a_table_it_cannot_trust(self):
        for text in ("base", "base:\nbase:", "base: nowhere"):
            with self.assertRaises(ValueError):
                read_layers(text)


if __name__ == "__main__":
    unittest.main()
