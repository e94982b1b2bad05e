"""What goes wrong while a model learns, told as problems with numbers and cures instead of a library's traceback."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass

from dprep.base.problem import Error, fail

_GIB = 1 << 30
_ASKED = re.compile(r"Tried to allocate ([\d.]+) (KiB|MiB|GiB)")
_CPU_ASKED = re.compile(r"you tried to allocate (\d+) bytes")
_NUMBER = re.compile(r"(?:os error|errno|No space left on device \(os error) (\d+)", re.IGNORECASE)
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_REFUSED = {errno.EACCES, errno.EPERM, errno.EROFS}
_UNITS = {"KiB": 1 << 10, "MiB": 1 << 20, "GiB": _GIB}


class NotANumber(Exception):
    """The loss of a portion is no number. rows: what it was made of, as ids or as places in their part."""

    def __init__(self, rows: Sequence[str | int], step: int = 0, loss: float = float("nan")) -> None:
        super().__init__(f"the loss is {loss}")
        self.rows = tuple(rows)
        self.step = step
        self.loss = loss


@dataclass(frozen=True)
class Context:
    """What was going on, in numbers. 0: not known."""

    device: str = "cpu"
    precision: str = "fp32"
    method: str = "full"
    batch_tokens: int = 0
    """Tokens of the portion that was too large, padding included."""
    batch_size: int = 0
    accumulate: int = 1
    parameters: int = 0
    trained: int = 0
    weight_bytes: int = 0
    """Of all weights as they are held."""
    device_bytes: int = 0
    """Memory of the device."""
    checkpointing: bool = False
    evaluating: bool = False
    where: str = "the run's folder"
    """What is being written."""


def as_problem(fault: BaseException, context: Context = Context()) -> Error | None:
    """The problem that an exception of a library stands for; None where it is a mistake of the program."""
    if isinstance(fault, Error):
        return fault
    if isinstance(fault, NotANumber):
        return _nan(fault, context)
    if out_of_memory(fault):
        return _memory(fault, context)
    if _no_device(fault):
        sentence = f'`device = "{context.device}"` is asked for, and torch finds none here'
        return fail(
            "train-device",
            sentence,
            '`device = "cpu"` or `"auto"` trains on what there is; `dprep doctor` shows what torch sees',
        )
    return disk_problem(fault, context.where)


def memory_of(device: str) -> int:
    """Bytes of memory that a device has; 0 where it does not say."""
    if device.startswith("cuda"):
        import torch

        return int(torch.cuda.get_device_properties(device).total_memory) if torch.cuda.is_available() else 0
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def out_of_memory(fault: BaseException) -> bool:
    """Whether memory ran out, on a GPU or in the machine."""
    if isinstance(fault, MemoryError) or type(fault).__name__ == "OutOfMemoryError":
        return True
    text = str(fault)
    return isinstance(fault, RuntimeError) and any(
        each in text for each in ("out of memory", "not enough memory", "can't allocate memory", "CUBLAS_STATUS_ALLOC_FAILED")
    )


def disk_problem(fault: BaseException, where: str) -> Error | None:
    """The problem of a full or forbidden disk; None for any other fault. Some libraries tell the number in the text only."""
    seen: BaseException | None = fault
    while seen is not None:
        number = getattr(seen, "errno", None) if isinstance(seen, OSError) else None
        told = _NUMBER.search(str(seen))
        number = number if number is not None else int(told[1]) if told else None
        if number in _FULL or "No space left" in str(seen):
            return fail(
                "train-write",
                f"the disk is full while writing {where}",
                "free some space, or lower `keep_checkpoints`; then the same command goes on from the last checkpoint",
            )
        if number in _REFUSED:
            return fail("train-write", f"{where} may not be written", "`--store` names another place; or mend the permissions")
        seen = seen.__cause__ or seen.__context__
    return None


def _no_device(fault: BaseException) -> bool:
    text = str(fault)
    told = (
        "Torch not compiled with CUDA",
        "No CUDA GPUs are available",
        "Found no NVIDIA driver",
        "no NVIDIA driver",
        "invalid device ordinal",
    )
    return isinstance(fault, AssertionError | RuntimeError) and any(each in text for each in told)


def _nan(fault: NotANumber, context: Context) -> Error:
    shown = ", ".join(f"`{each}`" for each in fault.rows[:8])
    more = f" and {len(fault.rows) - 8:,} more" if len(fault.rows) > 8 else ""
    where = f" at step {fault.step:,}" if fault.step else ""
    sentence = f"the loss is {fault.loss:g}{where}, on rows {shown}{more}"
    cure = "lower `learning_rate`, or raise `warmup`"
    if context.precision == "fp16":
        cure = 'use `precision = "bf16"` or `"fp32"`: numbers of fp16 end at 65,504; or ' + cure
    return fail("train-nan", sentence, f"{cure}; `dprep why` shows where a row comes from")


def _memory(fault: BaseException, context: Context) -> Error:
    asked = _asked(str(fault))
    held = f" of {context.device_bytes / _GIB:.1f} GiB" if context.device_bytes else ""
    more = f", for {asked / _GIB:.2f} GiB more" if asked else ""
    place = "GPU" if context.device.startswith("cuda") else "machine"
    doing = "evaluating" if context.evaluating else "training"
    sentence = f"the memory of the {place}{held} ran out while {doing}{more}{_told(context)}"
    return fail("train-memory", sentence, _advice(context))


def _asked(text: str) -> int:
    gpu, cpu = _ASKED.search(text), _CPU_ASKED.search(text)
    return round(float(gpu[1]) * _UNITS[gpu[2]]) if gpu else int(cpu[1]) if cpu else 0


def _told(context: Context) -> str:
    """Where the memory went, as far as it can be reckoned: what stands fast, and the rest."""
    if not context.weight_bytes:
        return ""
    fixed = {"weights": context.weight_bytes}
    if not context.evaluating:
        # gradients and the two moments of AdamW, in fp32
        fixed |= {"gradients": 4 * context.trained, "optimiser": 8 * context.trained}
    parts = ", ".join(f"{name} {size / _GIB:.2f} GiB" for name, size in fixed.items())
    tokens = f", the rest was for {context.batch_tokens:,} tokens at once" if context.batch_tokens else ""
    return f" ({parts}{tokens})"


def _advice(context: Context) -> str:
    """What to lower, the likeliest cure first."""
    if context.evaluating:
        return "lower `eval_batch_tokens`"
    fixed = context.weight_bytes + 12 * context.trained
    cures = []
    if context.device_bytes and fixed > 0.8 * context.device_bytes and context.method == "full":
        cures.append(f'`method = "lora"` keeps gradients and optimiser ({12 * context.trained / _GIB:.1f} GiB) to a few MB')
        cures.append('`optimizer = "adamw_8bit"` or `"adafactor"` takes less')
    if context.batch_size > 1:
        smaller = max(1, context.batch_size // 2)
        cures.append(f"`batch_size = {smaller}` with `accumulate = {context.accumulate * 2}` learns the same")
    elif context.batch_tokens > 1024:
        smaller = context.batch_tokens // 2
        cures.append(f"`batch_tokens = {smaller}` with `accumulate = {context.accumulate * 2}` learns the same")
    if not context.checkpointing:
        cures.append("`activation_checkpointing = true` takes a third more time and far less memory")
    if context.device.startswith("cuda") and context.precision == "fp32":
        cures.append('`precision = "bf16"` halves what is kept of each token')
    return "; ".join(cures or ["lower `max_length`"])
