"""Product pictures drawn on the fly: small PNG files of a landscape, different for every product."""

import functools
import struct
import zlib

SIZE = 480
PALETTES = (
    ((232, 240, 236), (31, 92, 84), (120, 168, 140), (244, 184, 96)),
    ((238, 236, 228), (46, 74, 110), (132, 160, 190), (226, 120, 88)),
    ((242, 234, 226), (112, 62, 46), (190, 140, 104), (88, 128, 120)),
    ((230, 236, 244), (58, 62, 96), (150, 152, 190), (240, 200, 110)),
)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


@functools.lru_cache(maxsize=256)
def product_png(number: int) -> bytes:
    """Sky, a sun and two ridges, in an indexed palette."""
    palette = PALETTES[number % len(PALETTES)]
    peak, far = 120 + number * 37 % 240, 120 + number * 71 % 240
    sun, radius = 90 + number * 53 % 300, 34 + number % 5 * 6
    rows = bytearray()
    for y in range(SIZE):
        row = bytearray(b"\x00") * SIZE
        span = max(0, radius * radius - (y - 120) ** 2) ** 0.5
        _fill(row, sun - span, sun + span, 3)
        _fill(row, far - (y - 190) * 1.1, far + (y - 190) * 1.1, 2) if y > 190 else None
        _fill(row, peak - (y - 260) * 1.6, peak + (y - 260) * 1.6, 1) if y > 260 else None
        rows += b"\x00" + row
    head = struct.pack(">IIBBBBB", SIZE, SIZE, 8, 3, 0, 0, 0)
    colors = b"".join(bytes(color) for color in palette)
    body = chunk(b"IHDR", head) + chunk(b"PLTE", colors) + chunk(b"IDAT", zlib.compress(bytes(rows), 9))
    return b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND", b"")


def _fill(row: bytearray, start: float, end: float, color: int) -> None:
    left, right = max(0, round(start)), min(SIZE, round(end))
    if right > left:
        row[left:right] = bytes([color]) * (right - left)
