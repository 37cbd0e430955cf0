#!/usr/bin/python3
"""The VQGAN in PyTorch, as an independent answer to what our oneDNN networks should compute.

    vqgan_oracle.py FOLDER...
        each FOLDER holds config.json, weights.safetensors and input.safetensors (image, latent);
        writes output.safetensors: the image's latent, and the input latent's codes, quantised
        latent and decoded image
    vqgan_oracle.py --golden OUT.safetensors
        the same for a small network with weights by formula, together with its inputs:
        tests/golden/vqgan.safetensors

Exits with 77 where PyTorch is not installed.
"""
import json
import os
import struct
import sys

try:
    import numpy
    import torch
    from torch import nn
    from torch.nn import functional
except ImportError:
    sys.exit(77)

GOLDEN_CONFIG = {
    "ddconfig": {"double_z": False, "z_channels": 2, "resolution": 32, "in_channels": 3,
                 "out_ch": 3, "ch": 32, "ch_mult": [1, 2], "num_res_blocks": 1,
                 "attn_resolutions": [16], "dropout": 0.0},
    "n_embed": 32, "embed_dim": 8}


def norm(channels):
    return nn.GroupNorm(32, channels, eps=1e-6)


def conv(inputs, outputs):
    return nn.Conv2d(inputs, outputs, 3, padding=1)


class ResnetBlock(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.norm1, self.conv1 = norm(inputs), conv(inputs, outputs)
        self.norm2, self.conv2 = norm(outputs), conv(outputs, outputs)
        self.nin_shortcut = nn.Conv2d(inputs, outputs, 1) if inputs != outputs else nn.Identity()

    def forward(self, x):
        h = self.conv1(functional.silu(self.norm1(x)))
        h = self.conv2(functional.silu(self.norm2(h)))
        return self.nin_shortcut(x) + h


class AttnBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.norm = norm(channels)
        for name in ("q", "k", "v", "proj_out"):
            setattr(self, name, nn.Conv2d(channels, channels, 1))

    def forward(self, x):
        y = self.norm(x)
        q, k, v = (part(y).flatten(2) for part in (self.q, self.k, self.v))  # [1, c, positions]
        scores = torch.einsum("bci,bcj->bij", q, k) / q.shape[1] ** 0.5
        mixed = torch.einsum("bij,bcj->bci", scores.softmax(dim=2), v)
        return x + self.proj_out(mixed.view_as(x))


class Middle(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.block_1 = ResnetBlock(channels, channels)
        self.attn_1 = AttnBlock(channels)
        self.block_2 = ResnetBlock(channels, channels)

    def forward(self, x):
        return self.block_2(self.attn_1(self.block_1(x)))


class Downsample(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, stride=2)

    def forward(self, x):
        return self.conv(functional.pad(x, (0, 1, 0, 1)))


class Upsample(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv = conv(channels, channels)

    def forward(self, x):
        return self.conv(functional.interpolate(x, scale_factor=2.0, mode="nearest"))


class Level(nn.Module):
    """The blocks of one resolution, then whatever leads to the next."""

    def __init__(self, inputs, outputs, blocks, attention, **resample):
        super().__init__()
        widths = [inputs] + [outputs] * blocks
        self.block = nn.ModuleList(ResnetBlock(*pair) for pair in zip(widths, widths[1:]))
        self.attn = nn.ModuleList(AttnBlock(outputs) for _ in range(blocks if attention else 0))
        self.resample = list(resample)
        for name, module in resample.items():
            setattr(self, name, module)

    def forward(self, x):
        for j, block in enumerate(self.block):
            x = block(x)
            if len(self.attn):
                x = self.attn[j](x)
        for name in self.resample:
            x = getattr(self, name)(x)
        return x


class Encoder(nn.Module):
    def __init__(self, dd):
        super().__init__()
        widths = [dd["ch"] * m for m in dd["ch_mult"]]
        last = len(widths) - 1
        self.conv_in = conv(dd["in_channels"], dd["ch"])
        self.down = nn.ModuleList()
        inputs = dd["ch"]
        for i, outputs in enumerate(widths):
            resample = {} if i == last else {"downsample": Downsample(outputs)}
            attention = dd["resolution"] >> i in dd["attn_resolutions"]
            self.down.append(Level(inputs, outputs, dd["num_res_blocks"], attention, **resample))
            inputs = outputs
        self.mid = Middle(inputs)
        self.norm_out, self.conv_out = norm(inputs), conv(inputs, dd["z_channels"])

    def forward(self, x):
        x = self.conv_in(x)
        for level in self.down:
            x = level(x)
        return self.conv_out(functional.silu(self.norm_out(self.mid(x))))


class Decoder(nn.Module):
    def __init__(self, dd):
        super().__init__()
        widths = [dd["ch"] * m for m in dd["ch_mult"]]
        inputs = widths[-1]
        self.conv_in = conv(dd["z_channels"], inputs)
        self.mid = Middle(inputs)
        levels = []
        for i, outputs in reversed(list(enumerate(widths))):
            resample = {"upsample": Upsample(outputs)} if i else {}
            attention = dd["resolution"] >> i in dd["attn_resolutions"]
            levels.append(Level(inputs, outputs, dd["num_res_blocks"] + 1, attention, **resample))
            inputs = outputs
        self.up = nn.ModuleList(reversed(levels))
        self.norm_out, self.conv_out = norm(inputs), conv(inputs, dd["out_ch"])

    def forward(self, x):
        x = self.mid(self.conv_in(x))
        for level in reversed(self.up):
            x = level(x)
        return self.conv_out(functional.silu(self.norm_out(x)))


class Vqgan(nn.Module):
    def __init__(self, config):
        super().__init__()
        dd, dim = config["ddconfig"], config["embed_dim"]
        self.encoder, self.decoder = Encoder(dd), Decoder(dd)
        self.quantize = nn.Module()
        self.quantize.embedding = nn.Embedding(config["n_embed"], dim)
        self.quant_conv = nn.Conv2d(dd["z_channels"], dim, 1)
        self.post_quant_conv = nn.Conv2d(dim, dd["z_channels"], 1)

    def codes(self, latent):
        vectors = self.quant_conv(latent)[0].flatten(1).T.double()
        book = self.quantize.embedding.weight.double()
        # Squared distances one code at a time: no cancellation between large products.
        return torch.stack([((vectors - code) ** 2).sum(1) for code in book]).argmin(0)

    def answer(self, image, latent):
        codes = self.codes(latent)
        vectors = self.quantize.embedding(codes).T.view(1, -1, *latent.shape[2:])
        quantised = self.post_quant_conv(vectors)
        return {"latent": self.encoder(image)[0], "quantised": quantised[0],
                "codes": codes.view(latent.shape[2:]).float(), "image": self.decoder(quantised)[0]}


def load_safetensors(path):
    with open(path, "rb") as file:
        data = file.read()
    begin = 8 + struct.unpack("<Q", data[:8])[0]
    tensors = {}
    for name, entry in json.loads(data[8:begin]).items():
        if name == "__metadata__":
            continue
        assert entry["dtype"] == "F32", name
        first, last = entry["data_offsets"]
        values = numpy.frombuffer(data[begin + first:begin + last], "<f4").copy()
        tensors[name] = torch.from_numpy(values).view(entry["shape"])
    return tensors


def save_safetensors(path, tensors):
    header, body = {}, b""
    for name, tensor in sorted(tensors.items()):
        raw = tensor.detach().contiguous().numpy().astype("<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape),
                        "data_offsets": [len(body), len(body) + len(raw)]}
        body += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + body)


def formula(name, shape):
    """Weights that any language can repeat: splitmix64 of FNV-1a of the name, plus the index."""
    mask = (1 << 64) - 1
    start = 0xcbf29ce484222325
    for letter in name.encode():
        start = (start ^ letter) * 0x100000001b3 & mask
    count = int(numpy.prod(shape))
    with numpy.errstate(over="ignore"):
        z = numpy.uint64(start) + numpy.arange(1, count + 1, dtype=numpy.uint64) * numpy.uint64(
            0x9e3779b97f4a7c15)
        z = (z ^ (z >> numpy.uint64(30))) * numpy.uint64(0xbf58476d1ce4e5b9)
        z = (z ^ (z >> numpy.uint64(27))) * numpy.uint64(0x94d049bb133111eb)
        z ^= z >> numpy.uint64(31)
    unit = (z >> numpy.uint64(40)).astype(numpy.float64) / 2.0**23 - 1.0  # in [-1, 1)
    if name.endswith(".bias"):
        values = 0.1 * unit
    elif len(shape) == 1:
        values = 1.0 + 0.2 * unit
    elif name.startswith("quantize"):
        values = unit
    else:
        values = unit * (6.0 * shape[0] / count) ** 0.5
    return torch.from_numpy(values.astype(numpy.float32)).view(*shape)


def write_golden(path):
    model = Vqgan(GOLDEN_CONFIG)
    model.load_state_dict({k: formula(k, v.shape) for k, v in model.state_dict().items()})
    side = torch.arange(32.0)
    image = torch.stack([torch.sin(0.2 * (c + 1) * side)[:, None] * torch.cos(0.3 * side)[None]
                         for c in range(3)]) + 0.2 * formula("image", (3, 32, 32))
    latent = model.encoder(image[None])
    out = model.answer(image[None], latent)
    save_safetensors(path, {"input": image, **out})


def main(arguments):
    torch.set_grad_enabled(False)
    torch.set_num_threads(2)
    if arguments[:1] == ["--golden"]:
        return write_golden(arguments[1])
    for folder in arguments:
        with open(os.path.join(folder, "config.json"), encoding="utf-8") as file:
            model = Vqgan(json.load(file))
        model.load_state_dict(load_safetensors(os.path.join(folder, "weights.safetensors")))
        given = load_safetensors(os.path.join(folder, "input.safetensors"))
        out = model.answer(given["image"][None], given["latent"][None])
        save_safetensors(os.path.join(folder, "output.safetensors"), out)


if __name__ == "__main__":
    main(sys.argv[1:])
