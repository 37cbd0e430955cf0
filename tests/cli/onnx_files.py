"""Small ONNX files, right and wrong, written field by field."""
import struct

FLOAT, INT8 = 1, 3  # of TensorProto.DataType
EXTERNAL = 1  # of TensorProto.DataLocation


def varint(value):
    out = b""
    while value > 127:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])


def field(number, value):
    """An integer, a text, or a message that is written already."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def tensor(name, shape, values, kind=FLOAT, external=False):
    data = struct.pack(f"<{len(values)}f", *values) if kind == FLOAT else bytes(values)
    place = (field(13, field(1, "location") + field(2, "net.bin")) + field(14, EXTERNAL)
             if external else field(9, data))
    return b"".join(field(1, extent) for extent in shape) + field(2, kind) + field(8, name) + place


def node(kind, inputs, output, **attributes):
    """Attributes are integers."""
    return (b"".join(field(1, name) for name in inputs) + field(2, output) +
            field(3, f"the_{kind.lower()}") + field(4, kind) +
            b"".join(field(5, field(1, name) + field(3, value) + field(20, 2))
                     for name, value in attributes.items()))


def value(name, shape):
    """An extent that is a text may be any."""
    dims = b"".join(field(1, field(2 if isinstance(extent, str) else 1, extent)) for extent in shape)
    return field(1, name) + field(2, field(1, field(1, FLOAT) + field(2, dims)))


def network(nodes, tensors, shape=(1, 1, 2, 2), output="y"):
    graph = (b"".join(field(1, one) for one in nodes) + field(2, "tested") +
             b"".join(field(5, one) for one in tensors) + field(11, value("x", shape)) +
             field(12, value(output, (1, 2))))
    return field(1, 7) + field(7, graph) + field(8, field(2, 13))


DENSE = tensor("w", (4, 2), [0.5] * 8)


def dense(weight=DENSE, shape=(1, 1, 2, 2), before=(), after="flat"):
    """Flatten and MatMul, behind other nodes perhaps, of which the last gives "m"."""
    nodes = [*before, node("Flatten", ["m" if before else "x"], "flat"),
             node("MatMul", [after, "w"], "y")]
    return network(nodes, [weight], shape)
