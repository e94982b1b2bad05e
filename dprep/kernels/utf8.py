"""Reading and writing code points in UTF-8 buffers. The bytes are valid UTF-8: Arrow strings always are."""

from __future__ import annotations

from dprep.kernels.jit import njit


@njit(cache=True, nogil=True)
def width(lead: int) -> int:
    """Bytes of the character that starts with byte `lead`."""
    if lead < 0x80:
        return 1
    if lead < 0xE0:
        return 2
    if lead < 0xF0:
        return 3
    return 4


@njit(cache=True, nogil=True)
def code_point(data, i):  # type: ignore[no-untyped-def]
    """The code point whose first byte is data[i]."""
    lead = int(data[i])
    if lead < 0x80:
        return lead
    if lead < 0xE0:
        return (lead & 0x1F) << 6 | (int(data[i + 1]) & 0x3F)
    if lead < 0xF0:
        return (lead & 0x0F) << 12 | (int(data[i + 1]) & 0x3F) << 6 | (int(data[i + 2]) & 0x3F)
    return (lead & 0x07) << 18 | (int(data[i + 1]) & 0x3F) << 12 | (int(data[i + 2]) & 0x3F) << 6 | (int(data[i + 3]) & 0x3F)


@njit(cache=True, nogil=True)
def put(out, at, point):  # type: ignore[no-untyped-def]
    """Write code point `point` at out[at:]; the place after it."""
    if point < 0x80:
        out[at] = point
        return at + 1
    if point < 0x800:
        out[at] = 0xC0 | point >> 6
        out[at + 1] = 0x80 | point & 0x3F
        return at + 2
    if point < 0x10000:
        out[at] = 0xE0 | point >> 12
        out[at + 1] = 0x80 | point >> 6 & 0x3F
        out[at + 2] = 0x80 | point & 0x3F
        return at + 3
    out[at] = 0xF0 | point >> 18
    out[at + 1] = 0x80 | point >> 12 & 0x3F
    out[at + 2] = 0x80 | point >> 6 & 0x3F
    out[at + 3] = 0x80 | point & 0x3F
    return at + 4
