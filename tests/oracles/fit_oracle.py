#!/usr/bin/python3
"""Polynomials in place of activations, by numpy's least squares.

    fit_oracle.py FOLDER COUNT
        reads K.npy [n] for K < COUNT, writes K-fits.npy: coefficients [activation, degree 2 or 3,
        4] from the constant on, of relu, sigmoid, silu, tanh, gelu.

Exits with 77 where numpy is not installed.
"""
import math
import os
import sys

try:
    import numpy
except ImportError:
    sys.exit(77)

ACTIVATIONS = (lambda x: max(x, 0.0),
               lambda x: 1 / (1 + math.exp(-x)),
               lambda x: x / (1 + math.exp(-x)),
               math.tanh,
               lambda x: x * 0.5 * (1 + math.erf(x / math.sqrt(2))))


def main(folder, count):
    for k in range(count):
        x = numpy.load(os.path.join(folder, f"{k}.npy")).astype("f8")
        fits = numpy.zeros((len(ACTIVATIONS), 2, 4), "<f4")
        for i, activation in enumerate(ACTIVATIONS):
            y = numpy.array([activation(value) for value in x])
            for degree in (2, 3):
                powers = numpy.vander(x, degree + 1, increasing=True)
                fits[i, degree - 2, :degree + 1] = numpy.linalg.lstsq(powers, y, rcond=None)[0]
        numpy.save(os.path.join(folder, f"{k}-fits.npy"), fits)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
