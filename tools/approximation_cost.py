#!/usr/bin/python3
"""What `veilray compile --approximate` costs in accuracy, on a task that is drawn.

    tools/approximation_cost.py VEILRAY FOLDER [ACTIVATION...]

Trains a small PyTorch network with each activation to tell four noisy shapes apart (16 x 16), has
its activations replaced (both methods, fitted to 64 training inputs), and prints a Markdown table:
the share of 1000 unseen inputs that are told right before and after.
"""
import json
import os
import subprocess
import sys

import numpy
import torch

nn = torch.nn
ACTIVATIONS = {"relu": nn.ReLU, "silu": nn.SiLU, "gelu": nn.GELU, "sigmoid": nn.Sigmoid,
               "tanh": nn.Tanh}
SIDE, FITTED, UNSEEN = 16, 64, 1000


def drawn(count, generator):
    """Bars, columns, crosses and rings of any size and place, in noise."""
    images = generator.normal(0, 0.7, (count, 1, SIDE, SIDE)).astype("f4")
    labels = generator.integers(0, 4, count)
    rows, columns = numpy.mgrid[:SIDE, :SIDE]
    for image, label in zip(images, labels):
        y, x = generator.uniform(5, SIDE - 5, 2)
        size = generator.uniform(3, 5)
        dy, dx = abs(rows - y), abs(columns - x)
        bar, column = (dy < 1) & (dx < size), (dx < 1) & (dy < size)
        ring = abs(numpy.hypot(dy, dx) - size * 0.7) < 0.8
        image[0] += (bar, column, bar | column, ring)[label]
    return torch.from_numpy(images), torch.from_numpy(labels)


def trained(activation, images, labels):
    torch.manual_seed(1)
    network = nn.Sequential(nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8), activation(), nn.AvgPool2d(2),
                            nn.Conv2d(8, 16, 3), nn.BatchNorm2d(16), activation(), nn.Flatten(),
                            nn.Linear(16 * 25, 16), activation(), nn.Linear(16, 4))
    optimizer = torch.optim.Adam(network.parameters(), lr=3e-3)
    for _ in range(5):
        for batch in torch.randperm(len(images)).split(64):
            optimizer.zero_grad()
            nn.functional.cross_entropy(network(images[batch]), labels[batch]).backward()
            optimizer.step()
    return network.eval()


def run(veilray, *arguments):
    done = subprocess.run([veilray, *arguments, "--json", "--force"], capture_output=True,
                          check=False, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr)
    return json.loads(done.stdout)


def accuracy(logits, labels):
    return 100 * (numpy.asarray(logits).argmax(1) == labels.numpy()).mean()


def main(veilray, folder, names):
    torch.set_num_threads(1)
    os.makedirs(folder, exist_ok=True)
    generator = numpy.random.default_rng(1)
    images, labels = drawn(3000, generator)
    unseen, truth = drawn(UNSEEN, generator)
    at = {name: os.path.join(folder, name) for name in ("fit.npy", "x.npy", "y.npy", "model")}
    numpy.save(at["fit.npy"], images[:FITTED].numpy())
    numpy.save(at["x.npy"], unseen.numpy())
    print("| activation | fit | degrees | rms error of each | logits' rms error | theirs | exact | "
          "replaced |\n|---|---|---|---|---|---|---|---|", flush=True)
    for name in names:
        network = trained(ACTIVATIONS[name], images, labels)
        onnx = os.path.join(folder, name + ".onnx")
        torch.onnx.export(network, unseen[:1], onnx, opset_version=13)
        with torch.no_grad():
            exact = accuracy(network(unseen), truth)
        for method in ("least-squares", "minimax"):
            made = run(veilray, "compile", onnx, f"--approximate={method}", "--calibration",
                       at["fit.npy"], "--precision-bits", "6", "-o", at["model"])["approximation"]
            run(veilray, "run", at["model"], "--plain", "--input", at["x.npy"], "-o", at["y.npy"])
            fits = made["activations"]
            degrees = ", ".join(str(len(fit["coefficients"]) - 1) for fit in fits)
            errors = ", ".join(f"{fit['rms_error']:.2g}" for fit in fits)
            print(f"| {name} | {method} | {degrees} | {errors} | "
                  f"{made['logits']['rms_difference']:.2g} | {made['logits']['exact_rms']:.2g} | "
                  f"{exact:.1f} % | {accuracy(numpy.load(at['y.npy']), truth):.1f} % |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:] or list(ACTIVATIONS))
