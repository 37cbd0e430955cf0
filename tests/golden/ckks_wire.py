#!/usr/bin/env python3
"""Golden values for src/ckks/wire_ciphertext_test.cpp, from docs/formats/ alone: nothing here is shared with
the C++ code. Run it and compare; it prints the digests that the test holds."""

import hashlib
import struct

LOG_N, CHAIN, SPECIAL = 10, 2, 1
N = 1 << LOG_N
SCALE = 2.0**30 + 0.5
LEVEL = 1
CLIENT = bytes(range(16))
MODEL = bytes(0xA0 + i for i in range(32))
SEED = bytes(range(32))


def is_prime(q):
    return q > 1 and all(q % d for d in range(2, int(q**0.5) + 1))


def primes(count):
    """The largest primes below 2^30 that are 1 mod 2n."""
    found, q = [], (1 << 30) - 2 * N + 1
    while len(found) < count:
        if is_prime(q):
            found.append(q)
        q -= 2 * N
    return found


def chacha20(key, nonce, count):
    """The key stream of D. J. Bernstein's ChaCha20: 64-bit block counter, 64-bit nonce."""

    def quarter(s, a, b, c, d):
        for x, y, z, turn in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            s[x] = (s[x] + s[y]) & 0xFFFFFFFF
            s[z] ^= s[x]
            s[z] = ((s[z] << turn) | (s[z] >> (32 - turn))) & 0xFFFFFFFF

    stream = b""
    for block in range((count + 63) // 64):
        start = list(struct.unpack("<4I", b"expand 32-byte k") + struct.unpack("<8I", key))
        start += list(struct.unpack("<4I", struct.pack("<QQ", block, nonce)))
        s = start[:]
        for _ in range(10):
            for i in range(4):
                quarter(s, i, i + 4, i + 8, i + 12)
            for i in range(4):
                quarter(s, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4)
        stream += struct.pack("<16I", *((x + y) & 0xFFFFFFFF for x, y in zip(s, start)))
    return stream[:count]


def uniform(q, seed, nonce):
    words = struct.unpack(f"<{2 * N}I", chacha20(seed, nonce, 8 * N))
    kept = [w & (2**30 - 1) for w in words if w & (2**30 - 1) < q]
    return kept[:N]


def pack(residues):
    bits = sum(r << (30 * i) for i, r in enumerate(residues))
    return bits.to_bytes(30 * len(residues) // 8, "little")


def fingerprint(special, chain):
    text = b"veilray ckks parameters 1"
    data = struct.pack("<I", len(text)) + text + struct.pack("<3I", LOG_N, CHAIN, SPECIAL)
    return hashlib.sha256(data + struct.pack(f"<{CHAIN + SPECIAL}I", *chain, *special)).digest()


def envelope(kind, params, body):
    data = b"VRLY" + struct.pack("<HH", 1, kind) + params + struct.pack("<Q", len(body)) + body
    return data + hashlib.sha256(data).digest()


def main():
    found = primes(CHAIN + SPECIAL)
    special, chain = found[:SPECIAL], found[SPECIAL:]
    params = fingerprint(special, chain)
    c0 = [[(i * i * 7919 + limb * 104729 + 12345) % q for i in range(N)]
          for limb, q in enumerate(chain)]
    c1 = [[(i * 1000003 + limb + 17) % q for i in range(N)] for limb, q in enumerate(chain)]
    fields = lambda form, level=LEVEL, scale=SCALE: (
        CLIENT + MODEL + struct.pack("<IId", form, level, scale))
    packed0, packed1 = (b"".join(pack(limb) for limb in c) for c in (c0, c1))
    full = envelope(2, params, fields(0) + packed0 + packed1)
    seeded = envelope(2, params, fields(1) + SEED + packed0)
    word = (1 << 32) - 1
    kept = [(0xf0000000 + i * i * 7919 + 12345) & word for i in range(16)]
    other = [(i * 1000003 + 17) & word for i in range(N)]
    compact = envelope(2, params, fields(3, 0, 2.0**22 + 0.5)
                       + struct.pack(f"<{1 + 16 + N}I", len(kept), *kept, *other))
    expanded = b"".join(struct.pack(f"<{N}I", *uniform(q, SEED, i)) for i, q in enumerate(chain))

    print("primes     ", *chain, *special)
    print("fingerprint", params.hex())
    print("full       ", len(full), hashlib.sha256(full).hexdigest())
    print("seeded     ", len(seeded), hashlib.sha256(seeded).hexdigest())
    print("compact    ", len(compact), hashlib.sha256(compact).hexdigest())
    print("expanded   ", hashlib.sha256(expanded).hexdigest())


if __name__ == "__main__":
    main()
