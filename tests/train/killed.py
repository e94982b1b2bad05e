"""Run by `test_again.py` in a process of its own: begins trainings that are killed on the way, each in a fork.

python -m tests.train.killed < cases.json    a list of {version, table, store, name, at}; `at`: a step, or a stage (`saving`)
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

import peft  # noqa: F401  before the fork, once for all
import torch
from transformers import BertModel, Qwen2Model, T5Model  # noqa: F401

from dprep.store.versions import open_version
from dprep.train import finishing, job, loop  # noqa: F401
from dprep.train.computing import packing_proof  # noqa: F401
from dprep.train.optimizing import optimizers  # noqa: F401
from dprep.train.scoring import scores  # noqa: F401
from dprep.train.table import read_settings
from dprep.train.training import train
from dprep.train.watcher import Nobody


class Killer(Nobody):
    """Kills this process, as the machine's owner would, behind a step or when a stage begins."""

    def __init__(self, at: int | str) -> None:
        self.at = at

    def step(self, numbers: object) -> None:
        if isinstance(numbers, dict) and numbers["step"] == self.at:
            os.kill(os.getpid(), signal.SIGKILL)

    def stage(self, what: str, done: int, total: int) -> None:
        if what == self.at:
            os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    torch.set_num_threads(1)
    for case in json.load(sys.stdin):
        child = os.fork()
        if not child:
            version, settings = open_version(Path(case["version"])), read_settings(case["table"])
            train(version, settings, Path(case["store"]), Killer(case["at"]), name=case["name"])
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if not (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL):
            sys.exit(f"{case['name']} was not killed but ended with {status}")


if __name__ == "__main__":
    main()
