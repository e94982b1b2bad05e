"""The `[train]` table: what is trained, how, and for how long. Every key has a default; a wrong one is told with its place."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from dprep.base.problem import Place

WhereIs = Callable[[str], Place | None]
"""From a key such as `method.rank` to where the user wrote it."""

NOWHERE: WhereIs = lambda _key: None  # noqa: E731


@dataclass(frozen=True)
class Settings:
    """All that a run is asked for. The same settings on the same version give the same weights (on CPU, bit by bit)."""

    # what is trained
    model: str = ""
    """A folder, a hub id, `package:NAME` of an installed package that holds a model, or `run:NAME` to go on from a run."""
    architecture: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    """Instead of `model`: a preset to train from scratch, such as `{ type = "bert", layers = 4, hidden = 256 }`."""
    tokenizer: str = ""
    """Of a model from scratch: an artifact `pieces@v1` of `dprep fit`, a file or a folder. Default: that of `model`."""
    method: str = "full"
    """`full`, `lora` … (`dprep train --methods` lists them); written `method = "lora"` or `{ name = "lora", rank = 8 }`."""
    options: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    """The other keys of the table `method`."""
    objective: str = ""
    """Of task `text`: `causal` or `masked`; default: what the model is made for."""
    columns: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """What the task calls a column = what the version calls it, where they differ."""
    train: str = "train"
    """The part that is learnt from."""
    validation: str = "validation"
    """The part that the best checkpoint is chosen by; without it the last is kept."""
    test: str = "test"
    """The part that is scored once, at the end."""
    # for how long, in what portions
    epochs: float = 3.0
    """How often the rows are gone through."""
    max_steps: int = 0
    """Optimiser steps; 0: as many as `epochs` asks for."""
    batch_size: int = 32
    """Rows of an optimiser step on one device and one accumulation step."""
    batch_tokens: int = 0
    """Instead of `batch_size`: documents are packed, best fit, until this many tokens; 0: by rows."""
    accumulate: int = 1
    """Portions whose gradients are added up before a step; equals one large batch exactly."""
    packing: bool = True
    """Compute without padding where the model can; documents never see each other."""
    eval_batch_tokens: int = 8192
    """Tokens of a batch when nothing is learnt."""
    # lengths: nothing is cut silently
    max_length: int = 0
    """Tokens of a row at most; 0: what the model has places for, at most 512 for encoders and 2,048 for others."""
    max_target_length: int = 0
    """Of task `seq2seq`: tokens of the target at most; 0: as `max_length`."""
    long_rows: str = "cut"
    """`cut` (within `max_truncated_share`), `drop` (counted in the ledger) or `split` (task `text` only)."""
    max_truncated_share: float = 0.01
    """Share of the rows of a part whose text or prompt may be cut; above it the run is refused, with the rows named."""
    max_truncated_targets: float = 0.0
    """The same for labels, targets and answers."""
    max_dropped_share: float = 0.01
    """Share of the rows of a part that may be left out for any reason."""
    max_leaked_share: float = 0.01
    """Share of the rows of validation or test that may have a twin in train, by the version's own check."""
    # optimiser
    learning_rate: float = 0.0
    """0: 5e-5 for `full`, 1e-3 for adapters, 5e-2 for prompts."""
    optimizer: str = "adamw"
    """`adamw`, `adamw_8bit`, `sgd`, `adafactor`, `muon`."""
    momentum: float = 0.9
    """Of `sgd` and `muon`."""
    betas: tuple[float, float] = (0.9, 0.999)
    """Of `adamw`: how slowly it forgets gradients and their squares."""
    epsilon: float = 1e-8
    """Of `adamw`: what is added to the root of the squares."""
    weight_decay: float = 0.01
    """On weights of matrices only, never on biases and norms."""
    schedule: str = "linear"
    """`linear`, `cosine`, `constant` or `wsd` (warm-up, stable, decay)."""
    warmup: float = 0.06
    """Share of the steps, or steps if 1 or more."""
    decay: float = 0.2
    """Of `wsd`: share of the steps that the rate falls in."""
    max_grad_norm: float = 1.0
    """Gradients longer than that are shortened; 0: never."""
    layer_decay: float = 1.0
    """Learning rate of a layer as a multiple of that of the layer above; 1: the same for all."""
    head_learning_rate: float = 0.0
    """Of a new head; 0: as `learning_rate`, but at most 1e-3 where that is the method's own."""
    # freezing
    freeze: tuple[str, ...] = ()
    """Regular expressions on names of weights that stay as they are."""
    freeze_layers: int = 0
    """So many layers from below, with the embeddings, stay as they are."""
    train_only: str = "all"
    """`all`, `head` or `encoder`: the encoder of an encoder-decoder, else all but the head."""
    unfreeze_every: float = 0.0
    """Gradual unfreezing from the top: one more layer every so many epochs; 0: all at once."""
    # loss
    label_smoothing: float = 0.0
    """Share of the target that goes to all labels alike."""
    class_weights: str = ""
    """`balanced`: rare labels count more, so that every label counts the same; empty: every row the same."""
    focal: float = 0.0
    """Gamma of the focal loss; 0: plain cross entropy."""
    dropout: float = -1.0
    """Of the model; -1: as the model says."""
    mask_share: float = 0.15
    """Of objective `masked`."""
    beta: float = 0.1
    """Of task `preference`: how strongly DPO keeps to the reference."""
    doc_stride: int = 128
    """Of task `qa`: tokens that neighbouring windows share."""
    # templates of chats and completions
    template: str = ""
    """A Jinja chat template: a file, or empty for the tokenizer's own."""
    supervise: str = ""
    """`assistant` (default of chats), `completion` (default of completions) or `all`."""
    # choosing and stopping
    metric: str = ""
    """What the best checkpoint is chosen by; default: the task's."""
    evaluate_every: float = 1.0
    """Epochs."""
    patience: int = 0
    """Stop after so many evaluations without a better metric; 0: never."""
    keep_best: bool = True
    """End with the best checkpoint, not the last."""
    generate: bool = False
    """Chats and completions: also answer the test rows, and score what was said."""
    max_new_tokens: int = 128
    """Tokens that are generated for a row at most."""
    beams: int = 1
    """Of generation: answers that are followed at once."""
    # machine
    precision: str = "auto"
    """`auto` (bf16 on GPUs that have it, else fp32), `fp32`, `bf16`, `fp16`."""
    device: str = "auto"
    """`auto`: a GPU where there is one."""
    activation_checkpointing: bool = False
    """Compute activations twice instead of keeping them: less memory, about a third more time."""
    compile: bool = False
    """`torch.compile` on the layers of the model."""
    report_to: tuple[str, ...] = ()
    """`tensorboard`, `wandb`, `mlflow`."""
    dynamics: bool = True
    """Keep how likely the truth of each row of train was in every epoch, for the report; weights are the same."""
    checkpoint_every: int = 0
    """Optimiser steps between checkpoints; 0: one each `evaluate_every`."""
    keep_checkpoints: int = 2
    """On the disk while it trains; the best and the last are always among them."""
    seed: int = 7
    """Of weights that are new, of the order of rows, of dropout."""

    def asked(self) -> dict[str, Any]:
        """As JSON: what the identity of a run is made of."""
        return {each.name: _plain(getattr(self, each.name)) for each in dataclasses.fields(self)}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    return list(value) if isinstance(value, tuple) else value
