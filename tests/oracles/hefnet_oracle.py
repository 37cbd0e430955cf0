#!/usr/bin/python3
"""hefnet in PyTorch, as an independent answer to what our interpreter should compute.

    hefnet_oracle.py (WEIGHTS.safetensors INPUTS.npy LOGITS.npy)...
        writes the logits of INPUTS [n, c, s, s] for each triple
    hefnet_oracle.py --golden
        prints the table in src/graph/architectures/hefnet_golden_test.cpp

Exits with 77 where PyTorch is not installed.
"""
import json
import math
import struct
import sys

try:
    import numpy
    import torch
    from torch import nn
except ImportError:
    sys.exit(77)


class Quadratic(nn.Module):
    def __init__(self):
        super().__init__()
        for name in ("alpha", "beta", "c"):
            setattr(self, name, nn.Parameter(torch.zeros(1)))

    def forward(self, x):
        return self.alpha * x * x + self.beta * x + self.c


class Hefnet(nn.Module):
    def __init__(self, in_channels, size, outputs):
        super().__init__()
        last = 1 if size == 16 else 3
        self.conv1 = nn.Conv2d(in_channels, 64, 3)
        self.conv2 = nn.Conv2d(64, 128, 3, groups=8)
        self.conv3 = nn.Conv2d(128, 256, 3, groups=8)
        self.conv4 = nn.Conv2d(256, 256, last, groups=8)
        for i, channels in enumerate((64, 128, 256, 256), 1):
            setattr(self, f"bn{i}", nn.BatchNorm2d(channels))
            setattr(self, f"relu{i}", Quadratic())
        self.pool = nn.AvgPool2d(2)
        with torch.no_grad():
            features = self.features(torch.zeros(1, in_channels, size, size)).shape[1]
        self.linear1 = nn.Linear(features, outputs)

    def features(self, x):
        x = self.relu1(self.bn1(self.conv1(x)))
        x = self.pool(self.relu2(self.bn2(self.conv2(x))))
        x = self.pool(self.relu3(self.bn3(self.conv3(x))))
        x = self.pool(self.relu4(self.bn4(self.conv4(x))))
        return x.flatten(1)

    def forward(self, x):
        return self.linear1(self.features(x))


def read_safetensors(path):
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        assert entry["dtype"] == "F32", name
        begin, end = entry["data_offsets"]
        values = numpy.frombuffer(data[begin:end], "<f4").reshape(entry["shape"])
        tensors[name] = torch.from_numpy(values.copy())
    return tensors


def network_with(tensors, in_channels, size):
    network = Hefnet(in_channels, size, tensors["linear1.weight"].shape[0]).eval()
    result = network.load_state_dict(tensors, strict=False)
    assert not result.unexpected_keys, result.unexpected_keys
    assert all(k.endswith("num_batches_tracked") for k in result.missing_keys), result.missing_keys
    return network


def golden_values(index, count):
    """Multiples of 2^-24 in [-0.5, 0.5): exact in float32 on both sides."""
    state = (index * 7919 + 12345) % 2**32
    values = numpy.empty(count, "<f4")
    for i in range(count):
        state = (state * 1664525 + 1013904223) % 2**32
        values[i] = (state >> 8) / 2**24 - 0.5
    return values


def golden_tensors(in_channels, size):
    shapes = {
        name: tuple(tensor.shape)
        for name, tensor in Hefnet(in_channels, size, 14).state_dict().items()
        if not name.endswith("num_batches_tracked")
    }
    tensors = {}
    for index, name in enumerate(sorted(shapes)):
        shape = shapes[name]
        values = golden_values(index, math.prod(shape))
        if len(shape) > 1:
            values = values * numpy.float32(3 / math.sqrt(math.prod(shape[1:])))
        elif name.endswith(("running_var", ".weight", ".beta")):
            values = values + numpy.float32(1)
        tensors[name] = torch.from_numpy(values.reshape(shape))
    return tensors


def print_golden():
    for in_channels, size in ((4, 32), (3, 16)):
        network = network_with(golden_tensors(in_channels, size), in_channels, size).double()
        image = 4 * golden_values(1000, in_channels * size * size).astype("f8")
        with torch.no_grad():
            logits = network(torch.from_numpy(image.reshape(1, in_channels, size, size)))[0]
        print(f"{in_channels} x {size}: " + ", ".join(f"{v:.9g}" for v in logits.tolist()))


def main(arguments):
    torch.set_num_threads(1)
    if arguments == ["--golden"]:
        return print_golden()
    for weights, inputs, logits in zip(*[iter(arguments)] * 3):
        images = torch.from_numpy(numpy.load(inputs))
        network = network_with(read_safetensors(weights), images.shape[1], images.shape[2])
        with torch.no_grad():
            numpy.save(logits, network(images).numpy().astype("<f4"))


main(sys.argv[1:])
