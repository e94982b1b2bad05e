"""What goes wrong in training is told with numbers and a cure; mistakes of the program stay what they are."""

from __future__ import annotations

import errno
from contextlib import AbstractContextManager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from dprep.base.problem import Error, fail
from dprep.train import fault_context
from dprep.train.faults import Context, NotANumber, as_problem

GIB = 1 << 30
NOTHING = Context()
SEVEN = Context(
    device="cuda",
    precision="bf16",
    batch_size=16,
    accumulate=2,
    parameters=7_000_000_000,
    trained=7_000_000_000,
    weight_bytes=14 * GIB,
    device_bytes=80 * GIB,
)


def told(fault: BaseException, context: Context = NOTHING) -> tuple[str, str, str]:
    """Code, sentence and help."""
    found = as_problem(fault, context)
    assert found is not None
    (problem,) = found.problems
    return problem.code, problem.sentence, problem.help


def test_memory_of_a_gpu_that_ran_out_is_told_with_the_numbers() -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed")
    fault = torch.cuda.OutOfMemoryError(
        "CUDA out of memory. Tried to allocate 2.50 GiB. GPU 0 has a total capacity of 79.1 GiB"
    )

    code, sentence, help = told(fault, SEVEN)

    assert code == "train-memory"
    # 4 bytes of gradient and 8 of moments for each of 7 billion weights: 26.08 and 52.15 GiB
    assert sentence == (
        "the memory of the GPU of 80.0 GiB ran out while training, for 2.50 GiB more "
        "(weights 14.00 GiB, gradients 26.08 GiB, optimiser 52.15 GiB)"
    )
    assert help.startswith('`method = "lora"` keeps gradients and optimiser (78.2 GiB) to a few MB')
    assert "`batch_size = 8` with `accumulate = 4` learns the same" in help
    assert "activation_checkpointing" in help


def test_memory_that_really_runs_out_is_recognised() -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed")
    with pytest.raises(RuntimeError) as fault:
        torch.empty(1 << 55, dtype=torch.uint8)

    code, sentence, help = told(fault.value, Context(batch_tokens=8192, checkpointing=True))

    assert code == "train-memory"
    assert sentence == "the memory of the machine ran out while training, for 33554432.00 GiB more"
    assert help == "`batch_tokens = 4096` with `accumulate = 2` learns the same"


def test_evaluation_has_its_own_cure() -> None:
    assert told(MemoryError(), Context(evaluating=True))[2] == "lower `eval_batch_tokens`"


def test_one_long_row_has_its_own_cure() -> None:
    assert told(MemoryError(), Context(batch_size=1, checkpointing=True))[2] == "lower `max_length`"


def test_a_loss_that_is_no_number_names_its_rows() -> None:
    ids = [f"{n:032x}" for n in range(11)]

    code, sentence, help = told(NotANumber(ids, step=12), Context(precision="fp16"))

    assert code == "train-nan"
    assert sentence.startswith("the loss is nan at step 12, on rows `00000000000000000000000000000000`, ")
    assert sentence.endswith("`00000000000000000000000000000007` and 3 more")
    assert "bf16" in help
    assert "learning_rate" in help


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "the disk is full while writing the run `first`"),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), "the disk is full while writing the run `first`"),
        (PermissionError(errno.EACCES, "Permission denied"), "the run `first` may not be written"),
        (OSError(errno.EROFS, "Read-only file system"), "the run `first` may not be written"),
        # as safetensors words it
        (RuntimeError('I/O error: Os { code: 28, kind: StorageFull, message: "No space left on device" }'), "the disk is full"),
        (RuntimeError("I/O error: Permission denied (os error 13)"), "may not be written"),
    ],
)
def test_disks_that_fail_are_told(fault: Exception, sentence: str) -> None:
    code, found, _ = told(fault, Context(where="the run `first`"))

    assert code == "train-write"
    assert sentence in found


def test_a_disk_that_fails_inside_another_fault_is_told() -> None:
    fault = RuntimeError("serialisation failed")
    fault.__cause__ = OSError(errno.ENOSPC, "No space left on device")

    assert told(fault)[0] == "train-write"


def test_a_gpu_that_is_not_there_is_told() -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed")
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    with pytest.raises((AssertionError, RuntimeError)) as fault:
        torch.zeros(1, device="cuda")

    assert told(fault.value, Context(device="cuda"))[0] == "train-device"


@pytest.mark.parametrize(
    "fault",
    [ValueError("shape mismatch"), KeyError("x"), RuntimeError("mat1 and mat2 shapes cannot be multiplied"), OSError(2, "no")],
)
def test_mistakes_of_the_program_are_not_hidden(fault: Exception) -> None:
    assert as_problem(fault) is None


def test_a_problem_stays_what_it_is() -> None:
    problem = fail("train-mismatch", "a sentence")

    assert as_problem(problem) is problem


def run_of(folder: Path) -> tuple[Any, Any]:
    """A prepared run, as far as a fault looks at it."""
    from dprep.train.settings import Settings

    settings = Settings(device="cpu", precision="fp32", batch_size=4)
    prepared = SimpleNamespace(settings=settings, train=SimpleNamespace(sizes=np.array([3, 128, 5])))
    (folder / "plan.json").write_text('{"weights": 268435456, "weights_trained": 268435456}')
    return prepared, SimpleNamespace(folder=folder, name="first")


def inside(folder: Path) -> AbstractContextManager[None]:
    return fault_context.told(*run_of(folder))


def test_a_run_tells_where_its_memory_went(tmp_path: Path) -> None:
    with pytest.raises(Error) as fault, inside(tmp_path):
        raise MemoryError

    assert "(weights 1.00 GiB, gradients 1.00 GiB, optimiser 2.00 GiB, " in fault.value.problems[0].sentence
    assert "the rest was for 512 tokens at once" in fault.value.problems[0].sentence
    assert fault.value.exit_code == 1


def test_a_run_hides_neither_mistakes_nor_the_keyboard(tmp_path: Path) -> None:
    for fault in (ValueError("mine"), KeyboardInterrupt()):
        with pytest.raises(type(fault)), inside(tmp_path):
            raise fault
