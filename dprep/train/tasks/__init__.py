"""The tasks, each in a file of its name."""

from __future__ import annotations

from importlib import import_module

from dprep.base.problem import Error, Problem, did_you_mean
from dprep.train.task import Task

TASKS = {
    "classification": "Classification",
    "regression": "Regression",
    "tagging": "Tagging",
    "qa": "QuestionAnswering",
    "seq2seq": "Seq2Seq",
    "chat": "Chat",
    "completion": "Completion",
    "text": "Text",
    "preference": "Preference",
}
"""Task -> its class in the file of that name."""


def task_class(name: str) -> type[Task]:
    """The class of a task. Raises Error (`train-task`)."""
    if name not in TASKS:
        help = did_you_mean(name, TASKS) or f"the tasks are {', '.join(f'`{each}`' for each in TASKS)}"
        raise Error(Problem("train-task", f"there is no task `{name}`", help=help))
    found: type[Task] = getattr(import_module(f"dprep.train.tasks.{name}"), TASKS[name])
    return found
