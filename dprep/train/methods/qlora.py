"""LoRA on a base of 4-bit weights. Dettmers et al. 2023, QLoRA."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dprep.train.methods.lora import Lora, needs_bitsandbytes
from dprep.train.methods.tuned import is_quantised, refused

if TYPE_CHECKING:
    from dprep.train.task import Task


class QLora(Lora):
    """Needs a GPU and bitsandbytes."""

    name = "qlora"
    sentence = "LoRA on a base whose weights are kept in 4 bits (GPU, library `bitsandbytes`)"
    merges = False

    def loading(self) -> dict[str, Any]:
        needs_bitsandbytes("method `qlora`")
        import torch
        import transformers

        make: Any = transformers.BitsAndBytesConfig
        double = make(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16,
        )
        return {"quantization_config": double}

    def apply(self, model: Any, task: Task, steps: int) -> Any:
        needs_bitsandbytes("method `qlora`")
        import peft

        ready: Any = peft.prepare_model_for_kbit_training
        if not is_quantised(model):
            raise refused("method `qlora` trains on a quantised model, and this one is not", 'take `method = "lora"`')
        return super().apply(ready(model, use_gradient_checkpointing=False), task, steps)
