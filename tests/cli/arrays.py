"""Arrays as NumPy writes them, right or wrong."""
import math
import struct


def npy(shape, values=None, descr="<f4", order="False", data=None):
    """Of halves unless told; `data` is the body as it is."""
    header = f"{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    if data is None:
        values = [0.5] * math.prod(shape) if values is None else values
        data = struct.pack(f"<{len(values)}f", *values)
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(header)) + header.encode() + data
