#!/usr/bin/python3
"""The classifiers in PyTorch, as an independent answer to what our interpreter should compute.

    classifier_oracle.py (ARCH ATTENTION WEIGHTS.safetensors INPUTS.npy LOGITS.npy)...
        writes the logits of INPUTS [n, c, s, s] for each five
    classifier_oracle.py --golden
        prints the table in src/graph/architectures/golden_test.cpp

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


class Cubic(Quadratic):
    def forward(self, x):
        return self.alpha * x**3 + self.beta * x + self.c


class SqueezeExcitation(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.linear1 = nn.Linear(channels, channels // 16)
        self.lelu = Quadratic()
        self.linear2 = nn.Linear(channels // 16, channels)
        self.sigmoid = Cubic()

    def forward(self, x):
        gate = self.sigmoid(self.linear2(self.lelu(self.linear1(x.mean((2, 3))))))
        return x * gate[:, :, None, None]


class MeanSquare(nn.Module):
    """Stands where CBAM takes the maximum."""
    def __init__(self):
        super().__init__()
        self.alpha = nn.Parameter(torch.zeros(1))

    def forward(self, x):
        return self.alpha * (x * x).mean((2, 3), keepdim=True)


class ChannelGate(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.mlp = nn.Sequential(nn.Flatten(), nn.Linear(channels, channels // 4), Quadratic(),
                                 nn.Linear(channels // 4, channels))
        self.max_pool = MeanSquare()
        self.sigmoid = Cubic()

    def forward(self, x):
        mean = nn.functional.adaptive_avg_pool2d(x, 1)
        gate = self.sigmoid(self.mlp(mean) + self.mlp(self.max_pool(x)))
        return x * gate.unsqueeze(2).unsqueeze(3).expand_as(x)


class CBAM(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.ChannelGate = ChannelGate(channels)

    def forward(self, x):
        return self.ChannelGate(x)


ATTENTION = {"none": lambda channels: nn.Identity(), "se": SqueezeExcitation, "cbam": CBAM}


class Lenet(nn.Module):
    def __init__(self, attention, in_channels, size, outputs):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, 32, 5)
        self.relu1 = Quadratic()
        self.conv2 = nn.Conv2d(32, 64, 5, groups=4)
        self.relu2 = Quadratic()
        self.conv3 = nn.Conv2d(64, 128, 5)
        self.attn = ATTENTION[attention](128)
        self.relu3 = Quadratic()
        self.linear1 = nn.Linear(128, 64)
        self.relu4 = Quadratic()
        self.linear2 = nn.Linear(64, outputs)

    def forward(self, x):
        x = nn.functional.avg_pool2d(self.relu1(self.conv1(x)), 2)
        x = nn.functional.avg_pool2d(self.relu2(self.conv2(x)), 2)
        x = self.relu3(self.attn(self.conv3(x))).mean((2, 3))
        return self.linear2(self.relu4(self.linear1(x)))


class Vgg5(nn.Module):
    def __init__(self, attention, in_channels, size, outputs):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, 32, 3, padding=1, bias=False)
        self.conv2 = nn.Conv2d(32, 64, 3, padding=1, groups=8, bias=False)
        self.conv3 = nn.Conv2d(64, 128, 3, padding=1, groups=8, bias=False)
        self.conv4 = nn.Conv2d(128, 256, 3, padding=1, groups=8, bias=False)
        for i in range(1, 5):
            setattr(self, f"relu{i}", Quadratic())
        self.attn = ATTENTION[attention](256)
        self.pool = nn.AvgPool2d(2)
        self.linear1 = nn.Linear(256 * (size // 16) ** 2, outputs, bias=False)

    def forward(self, x):
        x = self.pool(self.relu1(self.conv1(x)))
        x = self.pool(self.relu2(self.conv2(x)))
        x = self.pool(self.relu3(self.conv3(x)))
        x = self.pool(self.attn(self.relu4(self.conv4(x))))
        return self.linear1(x.flatten(1))


class Hefnet(nn.Module):
    def __init__(self, attention, in_channels, size, outputs):
        super().__init__()
        last = 1 if size == 16 else 3
        self.conv1 = nn.Conv2d(in_channels, 64, 3)
        self.conv2 = nn.Conv2d(64, 128, 3, groups=8)
        self.conv3 = nn.Conv2d(128, 256, 3, groups=8)
        self.conv4 = nn.Conv2d(256, 256, last, groups=8)
        for i, channels in enumerate((64, 128, 256, 256), 1):
            setattr(self, f"bn{i}", nn.BatchNorm2d(channels))
            setattr(self, f"relu{i}", Quadratic())
        self.attn = ATTENTION[attention](256)
        self.pool = nn.AvgPool2d(2)
        with torch.no_grad():
            features = self.features(torch.zeros(1, in_channels, size, size)).shape[1]
        self.linear1 = nn.Linear(features, outputs)

    def features(self, x):
        x = self.relu1(self.bn1(self.conv1(x)))
        x = self.pool(self.relu2(self.bn2(self.conv2(x))))
        x = self.pool(self.relu3(self.bn3(self.conv3(x))))
        x = self.pool(self.relu4(self.attn(self.bn4(self.conv4(x)))))
        return x.flatten(1)

    def forward(self, x):
        return self.linear1(self.features(x))


class BasicBlock(nn.Module):
    def __init__(self, attention, before, channels, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(before, channels, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.relu = Quadratic()
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.attn = ATTENTION[attention](channels)
        self.shortcut = nn.Sequential()
        if before != channels:
            self.shortcut = nn.Sequential(nn.Conv2d(before, channels, 1, stride, bias=False),
                                          nn.BatchNorm2d(channels))

    def forward(self, x):
        y = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        return self.attn(y) + self.shortcut(x)


class Resnet20(nn.Module):
    def __init__(self, attention, in_channels, size, outputs):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, 16, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.relu = Quadratic()
        for layer, before, channels in ((1, 16, 16), (2, 16, 32), (3, 32, 64)):
            blocks = [BasicBlock(attention, before, channels, 1 if layer == 1 else 2)]
            blocks += [BasicBlock(attention, channels, channels, 1) for _ in range(2)]
            setattr(self, f"layer{layer}", nn.Sequential(*blocks))
        self.linear = nn.Linear(64, outputs)

    def forward(self, x):
        x = self.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.linear(x.mean((2, 3)))


NETWORKS = {"lenet": Lenet, "vgg5": Vgg5, "hefnet": Hefnet, "resnet20": Resnet20}


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


def network_with(tensors, arch, attention, in_channels, size):
    last = next(name for name in ("linear2", "linear", "linear1") if name + ".bias" in tensors
                or name == "linear1")
    outputs = tensors[last + ".weight"].shape[0]
    network = NETWORKS[arch](attention, in_channels, size, outputs).eval()
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


def golden_tensors(arch, attention, in_channels, size):
    shapes = {
        name: tuple(tensor.shape)
        for name, tensor in NETWORKS[arch](attention, in_channels, size, 14).state_dict().items()
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
        elif name.endswith(".alpha") and (arch, attention) != ("hefnet", "none"):
            values = values / numpy.float32(32)  # deeper: the squares of squares would explode
        tensors[name] = torch.from_numpy(values.reshape(shape))
    return tensors


GOLDEN = (("hefnet", "none", 4, 32), ("hefnet", "none", 3, 16), ("lenet", "none", 4, 32),
          ("vgg5", "none", 4, 32), ("resnet20", "none", 4, 16), ("hefnet", "se", 3, 16),
          ("hefnet", "cbam", 3, 16), ("vgg5", "cbam", 2, 16))


def print_golden():
    for arch, attention, in_channels, size in GOLDEN:
        tensors = golden_tensors(arch, attention, in_channels, size)
        network = network_with(tensors, arch, attention, in_channels, size).double()
        image = 4 * golden_values(1000, in_channels * size * size).astype("f8")
        with torch.no_grad():
            logits = network(torch.from_numpy(image.reshape(1, in_channels, size, size)))[0]
        print(f"{arch}, {attention}, {in_channels} x {size}: "
              + ", ".join(f"{v:.9g}F" for v in logits.tolist()))


def main(arguments):
    torch.set_num_threads(1)
    if arguments == ["--golden"]:
        return print_golden()
    for arch, attention, weights, inputs, logits in zip(*[iter(arguments)] * 5):
        images = torch.from_numpy(numpy.load(inputs))
        network = network_with(read_safetensors(weights), arch, attention, *images.shape[1:3])
        with torch.no_grad():
            numpy.save(logits, network(images).numpy().astype("<f4"))


if __name__ == "__main__":
    main(sys.argv[1:])
