"""Small films, good and bad, written byte by byte."""
import struct
import zlib


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width=64, height=64, bits=8, colour=0, pixel=None, extra=b"", declared=None):
    """colour: 0 grey, 2 RGB, 6 RGBA. `declared`: (width, height) that the header lies about."""
    samples = {0: 1, 2: 3, 6: 4}[colour]
    pixel = pixel or (lambda x, y: (x * 3 + y * 5) % (1 << bits))
    rows = bytearray()
    for y in range(height):
        rows.append(0)
        for x in range(width):
            value = pixel(x, y)
            rows += value.to_bytes(bits // 8, "big") * samples
    says = declared or (width, height)
    header = struct.pack(">IIBBBBB", *says, bits, colour, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra +
            chunk(b"IDAT", zlib.compress(bytes(rows))) + chunk(b"IEND", b""))


def animated_png():
    return png(extra=chunk(b"acTL", struct.pack(">II", 2, 0)))


def element(group, number, vr, value):
    value += b" " if len(value) % 2 and vr not in (b"OB", b"OW", b"UI") else b""
    value += b"\0" if len(value) % 2 else b""
    long_form = vr in (b"OB", b"OW", b"SQ", b"UN")
    length = b"\0\0" + struct.pack("<I", len(value)) if long_form else struct.pack("<H", len(value))
    return struct.pack("<HH", group, number) + vr + length + value


def dicom(side=64, modality=b"DX", view=b"PA", frames=None, pixels=True):
    """Explicit VR little endian, 16 bits a sample."""
    sop = b"1.2.840.10008.5.1.4.1.1.1.1"
    meta = (element(2, 1, b"OB", b"\0\1") + element(2, 2, b"UI", sop) +
            element(2, 3, b"UI", b"1.2.3.4") + element(2, 16, b"UI", b"1.2.840.10008.1.2.1"))
    number = lambda value: struct.pack("<H", value)
    body = element(8, 0x16, b"UI", sop) + element(8, 0x18, b"UI", b"1.2.3.4")
    body += element(8, 0x60, b"CS", modality) + element(0x18, 0x5101, b"CS", view)
    body += element(0x28, 2, b"US", number(1)) + element(0x28, 4, b"CS", b"MONOCHROME2")
    if frames:
        body += element(0x28, 8, b"IS", str(frames).encode())
    body += element(0x28, 0x10, b"US", number(side)) + element(0x28, 0x11, b"US", number(side))
    body += element(0x28, 0x100, b"US", number(16)) + element(0x28, 0x101, b"US", number(12))
    body += element(0x28, 0x102, b"US", number(11)) + element(0x28, 0x103, b"US", number(0))
    if pixels:
        values = (number((x * 7 + y * 13) % 4096) for y in range(side) for x in range(side))
        body += element(0x7FE0, 0x10, b"OW", b"".join(values) * (frames or 1))
    return b"\0" * 128 + b"DICM" + element(2, 0, b"UL", struct.pack("<I", len(meta))) + meta + body
