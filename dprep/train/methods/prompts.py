"""Learnt tokens before each document; the model stays as it is.

Li and Liang 2021, prefix tuning (keys and values of every layer); Lester et al. 2021, prompt tuning (embeddings); Liu et al.
2021, P-tuning (embeddings made by a small network while training).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from dprep.train.methods.options import Option
from dprep.train.methods.peft_method import ADAPTER, PeftMethod
from dprep.train.methods.tuned import refused

if TYPE_CHECKING:
    from pathlib import Path

    from dprep.train.task import Task


class Virtual(PeftMethod):
    """Whatever the model computes gets longer by the learnt tokens, so documents are not packed."""

    learning_rate = 5e-2
    merges = False
    packs = False

    def apply(self, model: Any, task: Task, steps: int) -> Any:
        return self._ready(super().apply(model, task, steps), task)

    def load(self, model: Any, folder: Path, task: Task) -> Any:
        return self._ready(super().load(model, folder, task), task)

    def _ready(self, wrapped: Any, task: Task) -> Any:
        return wrapped


class Prefix(Virtual):
    """Keys and values before each layer's own."""

    name = "prefix"
    sentence = "learnt keys and values before each document, in every layer"
    learning_rate = 1e-2
    OPTIONS: ClassVar[Mapping[str, Option]] = {
        "tokens": Option(20, 1, 4096),
        "projection": Option(False),
        "hidden": Option(128, 1),
    }

    def config(self, model: Any, task: Task, steps: int) -> Any:
        import peft

        return peft.PrefixTuningConfig(
            num_virtual_tokens=self.chosen["tokens"],
            prefix_projection=self.chosen["projection"],
            encoder_hidden_size=self.chosen["hidden"],
            task_type=task.peft_type,
            **sizes(model, keys=True),
        )

    def apply(self, model: Any, task: Task, steps: int) -> Any:
        wrapped = super().apply(model, task, steps)
        if not _looks_back(wrapped):
            kind = model.config.model_type
            raise refused(f"`{kind}` models take no keys and values from outside, which method `prefix` needs", _INSTEAD)
        return wrapped


class Prompt(Virtual):
    """Embeddings before each document, at first those of words drawn from the vocabulary."""

    name = "prompt"
    sentence = "learnt embeddings before each document"
    OPTIONS: ClassVar[Mapping[str, Option]] = {
        "tokens": Option(20, 1, 4096),
        "start": Option("words", among=("words", "random")),
    }

    def config(self, model: Any, task: Task, steps: int) -> Any:
        import peft

        return peft.PromptTuningConfig(
            num_virtual_tokens=self.chosen["tokens"],
            num_transformer_submodules=1,
            task_type=task.peft_type,
            **sizes(model),
        )

    def apply(self, model: Any, task: Task, steps: int) -> Any:
        wrapped = super().apply(model, task, steps)
        if self.chosen["start"] == "words":
            _start_from_words(wrapped, self.settings.seed)
        return wrapped

    def _ready(self, wrapped: Any, task: Task) -> Any:
        return with_ids(wrapped) if task.peft_type == "SEQ_CLS" else wrapped


class PTuning(Virtual):
    """Embeddings that come out of a small network; what is saved are the embeddings."""

    name = "ptuning"
    sentence = "learnt embeddings before each document, made by a small network"
    learning_rate = 1e-2
    OPTIONS: ClassVar[Mapping[str, Option]] = {"tokens": Option(20, 1, 4096), "hidden": Option(128, 1)}

    def config(self, model: Any, task: Task, steps: int) -> Any:
        import peft

        return peft.PromptEncoderConfig(
            num_virtual_tokens=self.chosen["tokens"],
            encoder_hidden_size=self.chosen["hidden"],
            num_transformer_submodules=1,
            task_type=task.peft_type,
            **sizes(model),
        )

    def _ready(self, wrapped: Any, task: Task) -> Any:
        return with_ids(wrapped) if task.peft_type == "SEQ_CLS" else wrapped


def sizes(model: Any, *, keys: bool = False) -> dict[str, Any]:
    """What peft reads from configurations under the names of some architectures only. keys: as wide as keys are, all heads."""
    config = model.config
    width = model.get_input_embeddings().embedding_dim
    heads = config.num_attention_heads
    if keys and getattr(config, "d_kv", None):
        width = heads * config.d_kv
    return {"token_dim": width, "num_layers": config.num_hidden_layers, "num_attention_heads": heads}


_INSTEAD = 'try `method = "prompt"` or `method = "lora"`'


def _looks_back(wrapped: Any) -> bool:
    """Whether the prefix reaches the answers: some architectures take past keys and values and leave them unused."""
    import torch

    ids = torch.ones((1, 4), dtype=torch.long, device=wrapped.device)
    more = {"decoder_input_ids": ids} if wrapped.config.is_encoder_decoder else {}
    learnt = list(wrapped.prompt_encoder[ADAPTER].parameters())
    with torch.enable_grad():
        try:
            output = wrapped(input_ids=ids, attention_mask=torch.ones_like(ids), **more)
        except (TypeError, ValueError, AttributeError, RuntimeError):
            return False
        total = sum(each.float().square().sum() for each in output.values() if hasattr(each, "grad_fn") and each.requires_grad)
        if not isinstance(total, torch.Tensor):
            return False
        found = torch.autograd.grad(total, learnt, allow_unused=True)
    return any(each is not None and bool(each.any()) for each in found)


def _start_from_words(wrapped: Any, seed: int) -> None:
    import torch

    words = wrapped.get_base_model().get_input_embeddings().weight
    prompt = wrapped.prompt_encoder[ADAPTER].embedding.weight
    drawn = torch.randint(len(words), (len(prompt),), generator=torch.Generator().manual_seed(seed))
    with torch.no_grad():
        prompt.copy_(words[drawn.to(words.device)])


def with_ids(wrapped: Any) -> Any:
    """Hand the model ids beside the embeddings that peft made: a classifier that reads the last real token finds it by ids.

    peft passes embeddings alone, and such a model then takes the last place, padding or not. The ids of learnt tokens are those
    of some ordinary token; the embeddings take their place where the model looks them up.
    """
    import torch

    base = wrapped.get_base_model()
    ids: list[Any] = []
    made: list[Any] = []
    ordinary = _ordinary_id(base.config)

    def keep_ids(_module: Any, args: Any, kwargs: dict[str, Any]) -> None:
        ids[:] = [kwargs["input_ids"]] if kwargs.get("input_ids") is not None else []

    def give_ids(_module: Any, args: Any, kwargs: dict[str, Any]) -> Any:
        embeddings = kwargs.get("inputs_embeds")
        if embeddings is None or not ids:
            return None
        real = ids.pop()
        before = real.new_full((len(real), embeddings.shape[1] - real.shape[1]), ordinary)
        made[:] = [embeddings]
        return args, {**kwargs, "inputs_embeds": None, "input_ids": torch.cat([before, real], dim=1)}

    def give_embeddings(_module: Any, _args: Any, looked_up: Any) -> Any:
        return made.pop() if made else looked_up

    wrapped.register_forward_pre_hook(keep_ids, with_kwargs=True)
    base.register_forward_pre_hook(give_ids, with_kwargs=True)
    base.get_input_embeddings().register_forward_hook(give_embeddings)
    return wrapped


def _ordinary_id(config: Any) -> int:
    """An id that is neither padding nor an end."""
    ends = config.eos_token_id if isinstance(config.eos_token_id, list) else [config.eos_token_id]
    return next(number for number in range(len(ends) + 2) if number not in {config.pad_token_id, *ends})
