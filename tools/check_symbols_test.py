#!/usr/bin/python3
"""check_symbols.py must see a secret key wherever it hides, and must not pass on empty archives."""
import unittest

from check_symbols import judge

SERVER = {"libserver.a": [("T", "veilray::ckks::rotate(Ciphertext const&)"), ("U", "malloc")]}
CLIENT = {"libsecret.a": [("T", "veilray::ckks::decrypt(SecretKey const&)"),
                          ("T", "veilray::ckks::draw()"),
                          ("W", "std::vector<int>::size()")]}


def complaints(*extra, server=SERVER, client=CLIENT):
    grown = {name: listed + list(extra) for name, listed in server.items()}
    return judge(grown, client, ["rotate"], ["decrypt"])


class CheckSymbols(unittest.TestCase):
    def test_accepts_sides_that_are_apart(self):
        self.assertEqual(complaints(), [])
        self.assertEqual(complaints(("W", "std::vector<int>::size()")), [])

    def test_sees_secret_types_defined_or_asked_for(self):
        self.assertIn("holds", complaints(("T", "veilray::f(SecretKey&)"))[0])
        self.assertIn("asks for", complaints(("U", "veilray::Decryptor::Decryptor()"))[0])

    def test_sees_what_only_the_client_defines_whatever_its_name(self):
        self.assertIn("asks for", complaints(("U", "veilray::ckks::draw()"))[0])

    def test_sees_libtorch(self):
        self.assertIn("libtorch", complaints(("U", "at::Tensor::add()"))[0])
        self.assertEqual(complaints(("U", "std::vector<int>::at(unsigned long)")), [])

    def test_does_not_pass_on_empty_answers(self):
        self.assertEqual(len(complaints(server={"a.a": []}, client={"b.a": []})), 2)


if __name__ == "__main__":
    unittest.main()
