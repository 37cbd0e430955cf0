#!/usr/bin/python3
"""Networks as torch.onnx.export writes them.

    onnx_oracle.py FOLDER (ARCH ATTENTION CHANNELS SIZE WEIGHTS.safetensors NETWORK.onnx)...
        exports the built-in networks with those weights, and writes into FOLDER: NAME.onnx,
        NAME-in.npy [n, c, h, w] and NAME-out.npy [n, k] of networks that spell things in other ways

Exits with 77 where PyTorch is not installed.
"""
import os
import sys
import warnings

from classifier_oracle import NETWORKS, network_with, numpy, read_safetensors, torch

nn = torch.nn
functional = nn.functional


class Spread(nn.Module):
    """Asymmetric padding, dilation, groups; polynomials in other spellings; MatMul and Add."""
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(2, 6, (3, 2), padding=(2, 1), dilation=(2, 1))
        self.conv2 = nn.Conv2d(6, 6, 3, groups=3, bias=False)
        self.weight = nn.Parameter(torch.empty(54, 5))
        self.bias = nn.Parameter(torch.empty(5))
        self.last = nn.Linear(5, 3)

    def forward(self, x):
        x = self.conv1((x - 0.25) / 2)
        x = (0.3 * x + 0.5) * x - 0.1
        x = functional.avg_pool2d(functional.pad(x, (1, 0, 0, 2)), 2)
        x = self.conv2(x)
        x = 0.1 * x.pow(3) - x * x / 8 + x
        x = functional.dropout(x, 0.5, self.training).reshape(x.shape[0], -1)
        x = torch.matmul(x, self.weight) + self.bias
        return self.last(1.5 - x**2)


class Pools(nn.Module):
    """Padded and oblong means, a norm of a vector, channels joined, a map by itself times 3."""
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, 3, stride=2)
        self.bn1 = nn.BatchNorm2d(4)
        self.conv2 = nn.Conv2d(3, 2, 1, stride=2)
        self.linear1 = nn.Linear(6, 5)
        self.bn2 = nn.BatchNorm1d(5)
        self.linear2 = nn.Linear(5, 2)

    def forward(self, x):
        x = functional.avg_pool2d(x, 3, 1, 1, count_include_pad=True)
        a = self.bn1(self.conv1(x))
        a = a * a
        b = functional.avg_pool2d(self.conv2(x), (3, 2), 1, count_include_pad=False) * 3
        x = torch.cat((functional.avg_pool2d(a, 2, 1), functional.avg_pool2d(b, (1, 2), 1)), 1)
        x = self.bn2(self.linear1(x.mean((2, 3), keepdim=True).flatten(1)))
        return self.linear2(x * x + x)


class PaddedMeans(nn.Module):
    """Means that leave their padding out, or count it, and windows beyond the end of the map."""
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(2, 4, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(4)
        self.pools = nn.ModuleList((
            nn.AvgPool2d(3, 1, 1, count_include_pad=False),
            nn.AvgPool2d((2, 3), 2, (1, 0), ceil_mode=True, count_include_pad=False),
            nn.AvgPool2d(2, 2, 1), nn.AvgPool2d(2, ceil_mode=True)))
        self.last = nn.Linear(16, 3)

    def forward(self, x):
        x = self.bn1(self.conv1(x))
        for pool in self.pools:
            x = pool(0.1 * x * x + x)
        return self.last(x.flatten(1))


class Residual(nn.Module):
    """Sums of two branches: one of them the input itself, or a convolution with stride 2."""
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(4)
        self.conv2 = nn.Conv2d(4, 4, 3, padding=1)
        self.bn2 = nn.BatchNorm2d(4)
        self.conv3 = nn.Conv2d(4, 8, 3, stride=2, padding=1)
        self.bn3 = nn.BatchNorm2d(8)
        self.shortcut = nn.Conv2d(4, 8, 1, stride=2, bias=False)
        self.bn4 = nn.BatchNorm2d(8)
        self.last = nn.Linear(8, 3)

    def forward(self, x):
        def activated(x):
            return 0.1 * x * x + 0.5 * x + 0.1
        x = activated(self.bn1(self.conv1(x)))
        x = activated(self.bn2(self.conv2(x)) + x)
        x = activated(self.bn3(self.conv3(x)) + self.bn4(self.shortcut(x)))
        return self.last(functional.adaptive_avg_pool2d(x, 1).flatten(1))


class PointwiseGate(nn.Module):
    """Squeeze and excitation in 1x1 convolutions, a residual sum, one factor for each channel."""
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(2, 8, 3, padding=1)
        self.squeeze = nn.Conv2d(8, 4, 1)
        self.excite = nn.Conv2d(4, 8, 1)
        self.factors = nn.Parameter(torch.empty(8, 1, 1))
        self.last = nn.Linear(8, 3)

    def forward(self, x):
        x = self.conv1(x)
        gate = self.squeeze(functional.adaptive_avg_pool2d(x, 1))
        gate = self.excite(gate + gate**2)
        x = x + x * gate * self.factors
        return self.last(x.mean((-2, -1)))


class StackedSquares(nn.Module):
    """A square of a square of a square: each of them is an activation of its own."""
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 3, 3)
        self.last = nn.Linear(3, 2)

    def forward(self, x):
        x = self.conv1(x)
        for _ in range(3):
            x = 0.2 * x * x + 0.5 * x + 0.1
        return self.last(x.mean((2, 3)))


class Activations(nn.Module):
    """What approximations replace: one of each, and a gate with a sigmoid."""
    def __init__(self):
        super().__init__()
        kinds = (nn.ReLU(), nn.SiLU(), nn.Sigmoid(), nn.GELU(), nn.Tanh(), nn.LeakyReLU(0.2),
                 nn.Softplus(), nn.Hardsigmoid(), nn.Hardswish(), nn.ReLU6(), nn.ELU(0.5),
                 nn.CELU(0.7), nn.SELU(), nn.PReLU())
        self.convolutions = nn.ModuleList(nn.Conv2d(4, 4, 1) for _ in kinds)
        self.kinds = nn.ModuleList(kinds)
        self.squeeze = nn.Linear(4, 2)
        self.excite = nn.Linear(2, 4)
        self.last = nn.Linear(4, 3)

    def forward(self, x):
        for convolution, kind in zip(self.convolutions, self.kinds):
            x = 2 * kind(3 * convolution(x))
        gate = functional.relu(self.squeeze(x.mean((2, 3))))
        x = x * torch.sigmoid(self.excite(gate))[:, :, None, None]
        return self.last(functional.adaptive_avg_pool2d(x, 1).flatten(1))


OTHERS = (("spread", Spread, (2, 9, 8), {}), ("pools", Pools, (3, 9, 9), {"opset_version": 17}),
          ("means", PaddedMeans, (2, 9, 8), {}),
          ("residual", Residual, (1, 8, 8), {}),
          ("gate", PointwiseGate, (2, 5, 6), {"opset_version": 14}),
          ("squares", StackedSquares, (1, 6, 6), {"opset_version": 15}),
          ("activations", Activations, (4, 3, 4), {}),
          ("activations17", Activations, (4, 3, 4), {"opset_version": 17}),
          ("dynamic", Spread, (2, 9, 8), {"opset_version": 16, "dynamic_axes": {"x": {0: "n"}}}),
          ("unfolded", Pools, (3, 9, 9), {"do_constant_folding": False,
                                          "training": torch.onnx.TrainingMode.PRESERVE}))


def with_numbers(network, generator):
    """Every parameter and statistic drawn anew."""
    for name, tensor in network.state_dict().items():
        if tensor.is_floating_point():
            values = torch.from_numpy(generator.uniform(-0.5, 0.5, tuple(tensor.shape)))
            tensor.copy_(values + 1 if name.endswith("running_var") else values)
    return network.eval()


def export(network, example, path, **options):
    torch.onnx.export(network, example, path, input_names=["x"],
                      **{"opset_version": 13, **options})


def export_others(folder):
    generator = numpy.random.default_rng(7)
    for name, kind, shape, options in OTHERS:
        network = with_numbers(kind(), generator)
        images = torch.from_numpy(generator.normal(size=(3, *shape)).astype("<f4"))
        stem = os.path.join(folder, name)
        export(network, images[:1], stem + ".onnx", **options)
        numpy.save(stem + "-in.npy", images.numpy())
        with torch.no_grad():
            numpy.save(stem + "-out.npy", network(images).numpy().astype("<f4"))


def main(arguments):
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore")  # the exporter's, of what it does not fold
    export_others(arguments[0])
    for arch, attention, channels, size, weights, path in zip(*[iter(arguments[1:])] * 6):
        network = network_with(read_safetensors(weights), arch, attention, int(channels), int(size))
        export(network, torch.zeros(1, int(channels), int(size), int(size)), path)


if __name__ == "__main__":
    main(sys.argv[1:])
