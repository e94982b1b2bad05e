"""The sender's own words in a mail's plain text, without header, quoted replies and signatures. Over Arrow buffers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dprep.kernels.jit import njit
from dprep.kernels.mailends import mark_signatures
from dprep.kernels.maillines import (
    ADDRESS,
    BARE_SIGNATURE,
    BLANK,
    DELIMITER,
    TIME,
    attribution,
    head,
    header_block,
    is_markup,
    line_table,
    traces,
)
from dprep.kernels.mailquotes import mark_attributions, mark_forwarded, mark_quotes
from dprep.kernels.mailwords import (
    BEGINS,
    DEVICE,
    ENDS,
    FORWARDED,
    HEADER,
    ORIGINAL,
    PGP_SIGNATURE,
    WEEKDAY,
    footers,
    grids,
    line_ends,
    line_starts,
)

NO_MAIL, SIGNS, HEADED, MIME = range(4)
"""What the screen says of a text: no mail; signs of one; starts with a header; its header says how the body is encoded."""


@njit(cache=True, nogil=True)
def _shows_signs(data, lines, kinds, n):  # type: ignore[no-untyped-def]
    """Whether the text is a mail without its header. Marked quotations alone are no sign: Markdown has them too."""
    left = 0
    for i in range(n - 1, -1, -1):
        kind = kinds[i]
        left += not kind & BLANK
        if kind & (ORIGINAL | DEVICE | FORWARDED | PGP_SIGNATURE):
            return True
        if kind & DELIMITER and 0 < left <= BARE_SIGNATURE and left > 1:
            return True
        if kind & HEADER and header_block(kinds, i, n, 3) > i:
            return True
        if kind & ENDS:
            first = attribution(data, lines, kinds, i)
            found = traces(data, lines[first], lines[i + 1])
            if found >= (1 if kinds[first] & BEGINS else TIME | ADDRESS) or kinds[first] & WEEKDAY:
                return True
    return False


@njit(cache=True, nogil=True)
def _write(data, lines, kinds, n, gone, out, at):  # type: ignore[no-untyped-def]
    """Copy the lines that are left, without blank lines at either end and with one at each seam; the place after them."""
    start, seam, empty = at, True, True
    text_end = at
    for i in range(n):
        if gone[i]:
            seam = True
            continue
        blank = (kinds[i] & BLANK) != 0
        if blank and seam and empty:
            continue
        for j in range(lines[i], lines[i + 1]):
            out[at] = data[j]
            at += 1
        empty = blank
        if not blank:
            seam, text_end = False, at
    while text_end > start and (out[text_end - 1] == 0x0A or out[text_end - 1] == 0x0D):
        text_end -= 1
    return text_end


@njit(cache=True, nogil=True)
def _screened(offsets, data, starts, ends, assumed):  # type: ignore[no-untyped-def]
    found = np.zeros(len(offsets) - 1, np.uint8)
    lines, kinds = np.empty(1024, np.int64), np.empty(1024, np.int64)
    for row in range(len(offsets) - 1):
        start, end = offsets[row], offsets[row + 1]
        body, encoded = head(data, start, end, starts)
        if body > start:
            found[row] = MIME if encoded else HEADED
            continue
        count = 1
        for i in range(start, end):
            count += data[i] == 0x0A
        if count + 1 > len(lines):
            lines, kinds = np.empty(2 * count, np.int64), np.empty(2 * count, np.int64)
        if is_markup(data, start, end):
            continue
        n = line_table(data, start, end, starts, ends, lines, kinds)
        if assumed or _shows_signs(data, lines, kinds, n):
            found[row] = SIGNS
    return found


def screened(offsets: npt.NDArray[np.int64], data: npt.NDArray[np.uint8], *, assumed: bool) -> npt.NDArray[np.uint8]:
    """(rows,): NO_MAIL, SIGNS, HEADED or MIME. `assumed`: every text is a mail, but for those that start with a tag."""
    found: npt.NDArray[np.uint8] = _screened(offsets, data, line_starts(), line_ends(), assumed)
    return found


@njit(cache=True, nogil=True)
def _own(offsets, data, name_offsets, names, headers, quotes, signatures, starts, ends, phrases, grid, out, out_offsets):  # type: ignore[no-untyped-def]
    at = 0
    for row in range(len(offsets) - 1):
        start, end = offsets[row], offsets[row + 1]
        body, encoded = head(data, start, end, starts)
        headed = body > start and not encoded
        while headers and body > start and not encoded:
            start = body
            body, encoded = head(data, start, end, starts)
        count = 2
        for i in range(start, end):
            count += data[i] == 0x0A
        lines, kinds = np.empty(count, np.int64), np.empty(count, np.int64)
        n = line_table(data, start, end, starts, ends, lines, kinds)
        theirs, gone = np.zeros(n, np.bool_), np.zeros(n, np.bool_)
        if not is_markup(data, start, end):
            names_here = names[name_offsets[row] : name_offsets[row + 1]]
            skip = 0
            while skip < n and lines[skip] < body:
                skip += 1
            mark_quotes(data, lines, kinds, n, theirs)
            mark_attributions(data, lines, kinds, n, theirs)
            mark_forwarded(data, lines, kinds, n, theirs, skip, names_here, grid)
            theirs[:skip] = False
            if quotes:
                gone |= theirs
            if signatures:
                mark_signatures(data, lines, kinds, n, theirs, gone, names_here, phrases)
        if gone.any() or (headed and headers):
            at = _write(data, lines, kinds, n, gone, out, at)
        else:
            out[at : at + end - start] = data[start:end]
            at += end - start
        out_offsets[row + 1] = at


def own_words(
    offsets: npt.NDArray[np.int64],
    data: npt.NDArray[np.uint8],
    name_offsets: npt.NDArray[np.int64],
    names: npt.NDArray[np.uint8],
    headers: bool,
    quotes: bool,
    signatures: bool,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    """Mails without their headers, quoted replies and signatures, as (offsets, bytes).

    names[name_offsets[i]:name_offsets[i + 1]]: the sender's name in lower case, empty where it is not known.
    """
    out = np.empty(int(offsets[-1] - offsets[0]), np.uint8)
    out_offsets = np.zeros(len(offsets), np.int64)
    tables = line_starts(), line_ends(), footers(), grids()
    _own(offsets, data, name_offsets, names, headers, quotes, signatures, *tables, out, out_offsets)
    return out_offsets, out[: out_offsets[-1]]
