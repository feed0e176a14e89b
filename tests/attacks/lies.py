"""Headers that lie: binary files whose lengths, offsets and shapes are no longer true, their check sums put right."""

from __future__ import annotations

import io
import json
import re
import struct
import zipfile
import zlib
from random import Random

import numpy as np

from tests.attacks.mutators import TEXT, Mutator, mutated

EXTREMES = (0, 1, 2, 3, 7, 255, 256, 65535, 2**16, 2**24, 2**31 - 1, 2**31, 2**32 - 1, 2**40, 2**63 - 1, 2**64 - 1)
HEADER_BYTES = 4096  # most lies are told at a file's beginning
SHAPES = (
    "(0,)", "()", "(4000000000,)", "(100000, 100000)", "(2, 0, 3)", "(-1,)", "(1,)", "(18446744073709551616,)",
    "(3, 4, 5, 6)", "(20000000,)",
)  # fmt: skip
TYPES = ("<f8", "<f4", ">i2", "<i8", "|u1", "|b1", "<U4", "|S3", "|O", "<M8[s]", "<c16", "|V8", "<f2", "<U900000000")
DATES = ("2015-01-28", "NaT", "0001-01-01", "9999-12-31", "x", "2016-12-31T23:59:60")


def lie_in_numbers(random: Random, content: bytes, _: bytes) -> bytes:
    """Put an extreme number over one or a few words, little or big end first, aligned or not."""
    spoiled = bytearray(content)
    for _i in range(random.choice((1, 1, 1, 2, 5))):
        size = random.choice((1, 2, 4, 4, 8, 8))
        if len(spoiled) < size:
            continue
        end = min(len(spoiled), HEADER_BYTES if random.random() < 0.8 else len(spoiled)) - size
        at = random.randrange(end + 1)
        at -= at % random.choice((1, size))
        order = random.choice(("little", "big"))
        near = int.from_bytes(spoiled[at : at + size], order) + random.choice((-1, 1))
        value = random.choice((*EXTREMES, near, len(content))) % 2 ** (8 * size)
        spoiled[at : at + size] = value.to_bytes(size, order)
    return bytes(spoiled)


def lie_in_png(random: Random, content: bytes, other: bytes) -> bytes:
    """Spoil a PNG's chunks and put their check sums right, so that the lie is read."""
    chunks, at = [], 8
    while at + 12 <= len(content) and len(chunks) < 1000:
        length, kind = struct.unpack(">I4s", content[at : at + 8])
        chunks.append((kind, content[at + 8 : at + 8 + length]))
        at += 12 + length
    if not chunks:
        return lie_in_numbers(random, content, other)
    pick = random.randrange(len(chunks))
    kind, data = chunks[pick]
    if kind == b"IDAT" and random.random() < 0.5:
        data = zlib.compress(random.choice((b"", b"\0" * 50, random.randbytes(4000), b"\0" * 50_000_000)))
    elif kind in (b"zTXt", b"iTXt") and random.random() < 0.3:
        data = b"polarlight\0\0" + zlib.compress(b"a" * 50_000_000)
    else:
        data = lie_in_numbers(random, data, other)
    chunks[pick] = (random.choice((kind,) * 5 + (b"IHDR", b"PLTE", b"tRNS", b"iTXt", b"eXIf", b"acTL")), data)
    if random.random() < 0.2:
        chunks.insert(random.randrange(len(chunks)), random.choice(chunks))
    packed = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(data, zlib.crc32(kind)))
        for kind, data in chunks
    )
    return content[:8] + b"".join(packed)


def lie_in_arrays(random: Random, content: bytes, other: bytes) -> bytes:
    """Spoil an .npz's arrays inside, or an .npy's header: shapes, types, values, names."""
    if not content.startswith(b"PK"):
        return _lie_in_npy(random, content) if content.startswith(b"\x93NUMPY") else content
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
    except (OSError, ValueError, RuntimeError, NotImplementedError, zipfile.BadZipFile, zlib.error, EOFError):
        return content
    if members:
        name = random.choice(sorted(members))
        match random.randrange(5):
            case 0:
                members[random.choice((*members, "x.npy", "../y.npy", "time.npy", "lat.npy"))] = members.pop(name)
            case 1:
                del members[name]
            case 2:
                members[name] = _array(random)
            case _:
                members[name] = _lie_in_npy(random, members[name])
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", random.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return held.getvalue()


def _array(random: Random) -> bytes:
    held = io.BytesIO()
    values = (np.zeros(0), np.zeros((3, 4)), np.float64(3), np.full((5, 8), np.nan), np.array(list(DATES)),
              np.array(["NaT", "2015-01-28"], "M8[s]"), np.arange(6), np.arange(6.0) * 1e300,
              np.array([2**63], np.uint64), np.zeros((2, 5, 8), np.float16), np.zeros(3, "i4,f8"),
              np.eye(2, dtype=bool), np.array(1 + 2j), np.zeros(9_000_000, np.uint8))  # fmt: skip
    np.save(held, random.choice(values), allow_pickle=False)
    return held.getvalue()


def _lie_in_npy(random: Random, content: bytes) -> bytes:
    if random.random() < 0.3:
        start = min(len(content), 128)
        return content[:start] + lie_in_numbers(random, content[start:], b"")
    length = int.from_bytes(content[8:10], "little")
    header = content[10 : 10 + length].decode("latin-1")
    spoiled = random.choice(
        (
            re.sub(r"\([^)]*\)", lambda _: random.choice(SHAPES), header),
            re.sub(r"'[<>|=][^']*'", lambda _: repr(random.choice(TYPES)), header),
            header.replace("False", "True"),
            header[: random.randrange(len(header) + 1)],
        )
    ).encode("latin-1")
    return content[:8] + struct.pack("<H", len(spoiled)) + spoiled + content[10 + length :]


def lie_in_glb(random: Random, content: bytes, other: bytes) -> bytes:
    """Spoil the JSON of a .glb and put the lengths right."""
    if content[:4] != b"glTF" or len(content) < 20:
        return lie_in_numbers(random, content, other)
    length = int.from_bytes(content[12:16], "little")
    text, rest = content[20 : 20 + length], content[20 + length :]
    text = lie_in_json(random, text, text)
    text += b" " * (-len(text) % 4)
    whole = struct.pack("<I4s", len(text), content[16:20]) + text + rest
    return content[:8] + struct.pack("<I", 12 + len(whole)) + whole


def lie_in_json(random: Random, content: bytes, other: bytes) -> bytes:
    """Put another value at one place of a JSON tree, or leave one out; what is no JSON is spoiled as a text."""
    try:
        tree = json.loads(content)
    except (ValueError, RecursionError):
        return mutated(random, content, [other], TEXT)
    for _ in range(random.choice((1, 1, 3))):
        places = list(_places(tree, 0))
        if not places:
            break
        parent, key = random.choice(places)
        if random.random() < 0.2:
            del parent[key]
        else:
            parent[key] = random.choice(_values(random, tree))
    try:
        return json.dumps(tree).encode()
    except (ValueError, RecursionError):
        return content


def _values(random: Random, tree: object) -> tuple[object, ...]:
    return (
        None, True, [], {}, "", "x" * 500, "nan", -1, 0, 1, 1e308, -0.0, float("nan"), float("inf"), 2**31, 2**64,
        10**400, [[1, 2], [3]], [None], {"a": []}, "\ud800", "\x1b[2J\n", 9999.9, -999, random.choice(["kp", "data"]),
        [0] * 2000, tree if random.random() < 0.1 else "2015-03-17T00:00:00Z", "9999-12-31T23:59:59Z",
    )  # fmt: skip


def _places(tree: object, depth: int):  # type: ignore[no-untyped-def]
    """Give (parent, key) of every node of a JSON tree."""
    keys = tree if isinstance(tree, dict) else range(len(tree)) if isinstance(tree, list) else ()
    for key in list(keys)[:200] if depth < 8 else ():
        yield tree, key
        yield from _places(tree[key], depth + 1)  # type: ignore[index]


JSON: tuple[Mutator, ...] = (lie_in_json,) * 6
NUMBERS: tuple[Mutator, ...] = (lie_in_numbers,) * 6
PNG: tuple[Mutator, ...] = (lie_in_png,) * 6
ARRAYS: tuple[Mutator, ...] = (lie_in_arrays,) * 8
GLB: tuple[Mutator, ...] = (lie_in_glb,) * 6
