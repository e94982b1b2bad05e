"""Which files a pattern means, what format a name speaks of, and what tells one file from another."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import xxhash

from dprep.base.problem import fail
from dprep.store.formats.reading import File
from dprep.store.formats.streams import BLOCK, is_remote, missing_package, open_bytes, unreadable

_SUFFIXES = {
    "jsonl": ("jsonl", "ndjson", "jsonlines"),
    "json": ("json",),
    "csv": ("csv",),
    "tsv": ("tsv", "tab"),
    "parquet": ("parquet", "pq"),
    "arrow": ("arrow", "feather", "ipc"),
    "text": ("txt", "text"),
    "markdown": ("md", "markdown"),
    "html": ("html", "htm", "xhtml"),
    "warc": ("warc",),
    "conll": ("conll", "bio", "iob"),
    "squad": (),
    "hf": (),
}
FORMATS: tuple[str, ...] = tuple(_SUFFIXES)
"""The formats that `Reading.format` may name."""

_FORMAT_OF = {suffix: name for name, suffixes in _SUFFIXES.items() for suffix in suffixes}
_COMPRESSED = (".gz", ".zst", ".zstd", ".bz2", ".xz")
_MAGIC = set("*?[")


def detect_format(name: str) -> str:
    """The format that a file name speaks of, as in `mail.jsonl.zst` -> `jsonl`; "" if none."""
    name = name.lower().partition("?")[0] if is_remote(name) else name.lower()
    for suffix in _COMPRESSED:
        name = name.removesuffix(suffix)
    return _FORMAT_OF.get(name.rpartition(".")[2], "") if "." in name else ""


def expand(pattern: str, root: Path, format: str = "") -> list[File]:
    """The files that `pattern` means, sorted by name; none found: an empty list.

    A pattern is a path, a folder (all files of a known format in it, or of `format`), a glob (`*`, `?`, `[ab]`, `**`), "-" or
    a URL, also with a glob. Relative ones start from `root`. Hidden files are found only if the pattern names them.
    """
    if pattern == "-":
        return [File("-", "-", -1)]
    if is_remote(pattern):
        return _expand_remote(pattern, format)
    path = Path(os.path.normpath(Path(root, pattern)))
    found: list[Path] = []
    if os.path.lexists(path):
        found = _in_folder(path, format) if path.is_dir() else [path]
    elif _MAGIC & set(pattern):
        for one in _glob(path):
            found += [one] if not one.is_dir() else _in_folder(one, format) if is_saved_dataset(one) else []
    names = {_name(one, Path(root), pattern): one for one in found}
    return [File(name, str(names[name]), _size(names[name])) for name in sorted(names)]


def is_saved_dataset(folder: Path) -> bool:
    """Whether a folder was written by Hugging Face's `save_to_disk`."""
    return (folder / "dataset_dict.json").is_file() or (
        (folder / "state.json").is_file() and (folder / "dataset_info.json").is_file()
    )


def fingerprint(file: File) -> str:
    """xxh3_128 of the bytes in hex; of a remote file, of what its server says tells its states apart."""
    if is_remote(file.path):
        return _remote_fingerprint(file)
    if file.path == "-":
        raise fail(
            "unreadable-file", "standard input cannot be read twice, so it has no fingerprint", "write it to a file first"
        )
    digest = xxhash.xxh3_128()
    for one in sorted(_files_below(Path(file.path))) if os.path.isdir(file.path) else [Path(file.path)]:
        if one != Path(file.path):
            digest.update(one.relative_to(file.path).as_posix().encode("utf-8", "surrogateescape") + b"\0")
        _digest(File(file.name, str(one), -1), digest)
    return digest.hexdigest()


def _digest(file: File, digest: xxhash.xxh3_128) -> None:
    with open_bytes(file) as stream:
        try:
            while block := stream.read(BLOCK):
                digest.update(block)
        except OSError as trouble:
            raise unreadable(file, trouble) from None


def _remote_fingerprint(file: File) -> str:
    import fsspec

    try:
        system, path = fsspec.core.url_to_fs(file.path)
        info = system.info(path)
    except (ImportError, ValueError):
        raise missing_package(file.name, file.path.partition("://")[0]) from None
    except Exception as trouble:  # every backend has exceptions of its own
        raise unreadable(file, trouble) from None
    marks = ("ETag", "etag", "blob_id", "sha256", "md5Hash", "size", "LastModified", "mtime", "created")
    return xxhash.xxh3_128_hexdigest("\0".join(f"{mark}={info[mark]}" for mark in marks if info.get(mark) is not None).encode())


def _in_folder(folder: Path, format: str) -> list[Path]:
    if is_saved_dataset(folder):
        return [folder]
    found = [one for one in _files_below(folder) if detect_format(one.name)]
    return [one for one in found if detect_format(one.name) == format] if format else found


def _files_below(folder: Path) -> Iterator[Path]:
    for where, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (Path(where, name) for name in names if not name.startswith("."))


def _glob(path: Path) -> list[Path]:
    parts = path.parts
    first = next(at for at, part in enumerate(parts) if _MAGIC & set(part))
    base = Path(*parts[:first])
    shown = any(part.startswith(".") for part in parts[first:])
    pattern = "/".join(parts[first:])
    found = base.glob(pattern + "/*" if parts[-1] == "**" else pattern)
    return [one for one in found if shown or not any(p.startswith(".") for p in one.relative_to(base).parts)]


def _name(path: Path, root: Path, pattern: str) -> str:
    """Relative to the root where the pattern is, also above it; else the whole path, for there is nothing shorter."""
    root = Path(os.path.normpath(root))
    path = Path(os.fsencode(path).decode("utf-8", "backslashreplace"))  # a name may hold bytes that are no text
    if path.is_relative_to(root):
        return path.relative_to(root).as_posix()
    return path.as_posix() if os.path.isabs(pattern) else Path(os.path.relpath(path, root)).as_posix()


def _size(path: Path) -> int:
    try:
        return sum(one.stat().st_size for one in _files_below(path)) if path.is_dir() else path.stat().st_size
    except OSError:
        return -1


def _expand_remote(pattern: str, format: str) -> list[File]:
    import fsspec

    scheme = pattern.partition("://")[0]
    try:
        system, path = fsspec.core.url_to_fs(pattern)
        if scheme in {"http", "https"} and not _MAGIC & set(pattern.partition("?")[0]):
            return [File(pattern, pattern, -1)]
        if system.isdir(path):
            paths = [p for p in system.find(path) if (detect_format(p) == format if format else detect_format(p))]
        else:
            paths = system.glob(path) if _MAGIC & set(path) else [path] if system.exists(path) else []
        made = [(system.unstrip_protocol(p), system.info(p)) for p in paths]
    except (ImportError, ValueError):
        raise missing_package(pattern, scheme) from None
    except Exception as trouble:  # every backend has exceptions of its own
        raise unreadable(File(pattern, pattern), trouble) from None
    return sorted(
        (File(url, url, int(info.get("size") or -1)) for url, info in made if info.get("type") != "directory"),
        key=lambda f: f.name,
    )
