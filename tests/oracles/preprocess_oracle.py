#!/usr/bin/python3
"""The preprocessing in PyTorch, as an independent answer to what ours should compute.

    preprocess_oracle.py (IMAGE.npy TENSOR.npy)...
        IMAGE [c, h, w] with values in 0..255 (float32), TENSOR [3, 256, 256] in [-1, 1]
    preprocess_oracle.py --golden
        prints the table in src/vision/preprocess_golden_test.cpp

Exits with 77 where PyTorch is not installed.
"""
import sys

try:
    import numpy
    import torch
except ImportError:
    sys.exit(77)

SIDE = 256


def preprocess(image):
    """As torchvision's Resize(256, antialias=True) and CenterCrop(256) work on float tensors.

    In double: in float, PyTorch's own filter positions are off by up to 4e-5 of the result.
    """
    image = torch.from_numpy(image.astype("f8"))[None]
    height, width = image.shape[2:]
    short, long = min(height, width), max(height, width)
    other = int(SIDE * long / short)
    size = (other, SIDE) if height > width else (SIDE, other)
    image = torch.nn.functional.interpolate(
        image, size=size, mode="bilinear", align_corners=False, antialias=True)[0]
    top = int(round((image.shape[1] - SIDE) / 2.0))
    left = int(round((image.shape[2] - SIDE) / 2.0))
    image = image[:, top:top + SIDE, left:left + SIDE]
    if image.shape[0] == 1:
        image = image.repeat(3, 1, 1)
    return (image / 127.5 - 1).numpy()


def formula_image(width, height, channels, max_value):
    """The same integers as test::formula_image, scaled to 0..255."""
    y, x, c = numpy.meshgrid(
        numpy.arange(height), numpy.arange(width), numpy.arange(channels), indexing="ij")
    value = (x * x * 7 + y * y * 3 + x * y * 5 + c * 4099) % 65536 * max_value // 65535
    return (value * (255.0 / max_value)).transpose(2, 0, 1)


def print_golden():
    cases = ((300, 411, 1, 255), (1021, 733, 3, 65535), (100, 77, 1, 4095), (259, 256, 1, 255),
             (256, 261, 3, 255), (40, 900, 1, 65535))
    for case in cases:
        tensor = preprocess(formula_image(*case))
        samples = [tensor[i % 3, i * 97 % SIDE, i * 59 % SIDE] for i in range(8)]
        print("    {%d, %d, %d, %d, {%s}}," % (*case, ", ".join(f"{v:.7f}" for v in samples)))


def main(arguments):
    torch.set_num_threads(1)
    if arguments == ["--golden"]:
        return print_golden()
    for source, target in zip(arguments[::2], arguments[1::2]):
        numpy.save(target, preprocess(numpy.load(source)).astype("<f4"))


main(sys.argv[1:])
