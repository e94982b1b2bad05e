"""Files in many formats, read into rows. Knows no recipe and no engine.

expand("mail/*.jsonl.zst", root) -> File, File, ...
ranges(file, reading, size)      -> byte ranges that can be read apart
read(file, reading, span)        -> Chunk, Chunk, ...: rows, kinds, places, what was rejected
"""

from dprep.store.formats.files import FORMATS, detect_format, expand, fingerprint, is_saved_dataset
from dprep.store.formats.kinds import Kind, dtype, holds_json, merge, settle
from dprep.store.formats.read import column_names, fits_a_block, ranges, read
from dprep.store.formats.reading import Chunk, Cut, File, Reading, Rejected

__all__ = [
    "FORMATS",
    "Chunk",
    "Cut",
    "File",
    "Kind",
    "Reading",
    "Rejected",
    "column_names",
    "detect_format",
    "dtype",
    "expand",
    "fingerprint",
    "fits_a_block",
    "holds_json",
    "is_saved_dataset",
    "merge",
    "ranges",
    "read",
    "settle",
]
