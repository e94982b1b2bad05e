"""Tokenizers for training: of a model's folder, of a `tokenizer.json`, or made from what `dprep fit tokenizer` learnt.

What is made from a SentencePiece model is an ordinary fast tokenizer of Hugging Face, which serves the model later without us.
Its ids are those of SentencePiece; special tokens that the model lacks come behind them. Unlike SentencePiece, it takes a text
such as `<s>` for the special token, as all tokenizers of Hugging Face do, and keeps no spaces around special tokens and symbols
of the user's own.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dprep.base.problem import Error, Problem
from dprep.models.folders import library, unreadable, worded
from dprep.store.artifacts import is_reference, resolve
from dprep.train.loading.sentencepiece_file import BPE, BYTE, CONTROL, UNIGRAM, USER, NoModel, SentencePieceFile, read

SPACE = "▁"
"""What SentencePiece writes for a space."""
PADDING = ("<pad>", "[PAD]", "<|pad|>", "<|finetune_right_pad_id|>", "<|endoftext|>", "<|reserved_special_token_0|>")
"""Tokens of vocabularies that may pad, the likeliest first."""
COMPOSED = {"nmt_nfkc", "nfkc", "nmt_nfkc_cf", "nfkc_cf"}
"""Normalisations that give composed letters."""
NAMES = ("tokenizer.json", "tokenizer.model", "sentencepiece.bpe.model", "spiece.model", "spm.model")
"""What a folder may hold, the first that is there."""


def find(named: str, store: Path, beside: Path = Path()) -> Path:
    """The file or folder that `named` means: an artifact such as `pieces@v1`, or a path as seen from `beside`.

    Raises Error (`train-tokenizer`, `no-such-artifact`, `no-such-version`, `ambiguous-version`).
    """
    path = beside / named
    if path.exists():
        return path
    if not is_reference(named):
        sentence = f"there is no tokenizer `{named}`"
        raise _problem(
            sentence, "name a folder, a `tokenizer.json`, a SentencePiece `.model`, or what `dprep fit tokenizer` made"
        )
    found = resolve(store, named, "tokenizer")
    if found.kind != "tokenizer":
        raise _problem(
            f"`{named}` is no tokenizer but of kind `{found.kind}`", "`dprep fit tokenizer NAME --from VERSION` makes one"
        )
    return found.folder / "tokenizer.model"


def load(source: Path, kind: str) -> Any:
    """The tokenizer in a folder or file, for a model of a kind (`encoder`, `decoder`, `encoder-decoder`).

    It has a padding token that is not the token that ends an answer; what was done for that stands in its attribute
    `dprep_told`. Raises Error (`train-tokenizer`, `unreadable-file`, `missing-library`).
    """
    transformers = library()
    file = _file(source)
    if file.suffix == ".model" and not (source / "tokenizer_config.json").is_file():
        made = from_sentencepiece(file, kind)
    elif source.is_dir():
        made = _saved(transformers, source)
    else:
        made = _bare(transformers, file)
    made.dprep_told = _padded(made)
    return made


def from_sentencepiece(file: Path, kind: str) -> Any:
    """A fast tokenizer with the ids of a SentencePiece model, and the special tokens that a model of a kind needs.

    Texts stand between `<s>` and `</s>` for encoders, before `</s>` for encoder-decoders, behind `<s>` for decoders.
    Raises Error (`train-tokenizer`, `missing-library`).
    """
    from tokenizers import AddedToken

    try:
        told = read(file)
    except (OSError, NoModel) as fault:
        raise _problem(
            f"`{file.name}` is no SentencePiece model that can be read: {fault}", "name what `dprep fit` made"
        ) from None
    _refuse(told, file)
    made = _converted(told)
    names = {
        "unk_token": told.pieces[told.unknown].text,
        "bos_token": told.name(told.begin) or "<s>",
        "eos_token": told.name(told.end) or "</s>",
        "pad_token": told.name(told.padding) or "<pad>",
    }
    if kind == "encoder":
        names |= {"cls_token": names["bos_token"], "sep_token": names["eos_token"], "mask_token": "<mask>"}
    special = [each.text for each in told.pieces if each.kind == CONTROL]
    users = [AddedToken(each.text, normalized=False, special=False) for each in told.pieces if each.kind == USER]
    made.add_special_tokens([AddedToken(each, normalized=False) for each in dict.fromkeys([*special, *names.values()])])
    made.add_tokens(users)
    made.post_processor = _ends(made, kind, names["bos_token"], names["eos_token"])
    return library().PreTrainedTokenizerFast(
        tokenizer_object=made,
        **names,
        clean_up_tokenization_spaces=False,
        model_input_names=_inputs(kind),
        padding_side="right",
    )


def _inputs(kind: str) -> list[str]:
    return ["input_ids", "token_type_ids", "attention_mask"] if kind == "encoder" else ["input_ids", "attention_mask"]


def _converted(told: SentencePieceFile) -> Any:
    """The same cutting into pieces, in the words of the library tokenizers."""
    import tokenizers
    from tokenizers import models, normalizers, pre_tokenizers

    unknown = told.pieces[told.unknown].text
    model: Any
    if told.algorithm == UNIGRAM:
        scores = [(each.text, each.score) for each in told.pieces]
        model = models.Unigram(scores, told.unknown, told.byte_fallback)
    else:
        ids = {each.text: place for place, each in enumerate(told.pieces)}
        model = models.BPE(ids, _merges(told), unk_token=unknown, fuse_unk=True, byte_fallback=told.byte_fallback)
    made = tokenizers.Tokenizer(model)
    made.normalizer = normalizers.Sequence(_normal(told))
    # where no piece goes over the start of a word, words can be cut apart: faster, and the same
    apart = not any(SPACE in each.text[1:] for each in told.pieces)
    made.pre_tokenizer = pre_tokenizers.Metaspace(replacement=SPACE, prepend_scheme="never", split=apart)
    made.decoder = _decoder(told)
    return made


def _normal(told: SentencePieceFile) -> list[Any]:
    """What is done to a text, step by step.

    `Precompiled` looks at a whole letter with its marks, and loses marks that are not in the map together with it; so letters
    are composed before, and what it gives apart (kana of half width) after. Tried on every assigned code point, on all composed
    letters taken apart and on kana and jamo at random: the same as SentencePiece. Different only where a letter has several
    marks that cannot be composed.
    """
    from tokenizers import Regex, normalizers

    steps: list[Any] = [normalizers.Precompiled(told.character_map)] if told.character_map else []
    if steps and told.normalization in COMPOSED:
        steps = [normalizers.NFC(), *steps, normalizers.NFC()]
    if told.fewer_spaces:
        steps += [normalizers.Replace(Regex(r"\A +"), "")]
    if told.dummy_prefix:
        steps += [normalizers.Prepend(" ")]
    if told.fewer_spaces:
        steps += [normalizers.Replace(Regex(" {2,}"), " ")]
    steps += [normalizers.Replace(" ", SPACE)]
    return [*steps, normalizers.Replace(Regex(rf"{SPACE}+\z"), "")] if told.fewer_spaces else steps


def _merges(told: SentencePieceFile) -> list[tuple[str, str]]:
    """Every way to put a piece together of two, pieces of high score first."""
    known = {each.text for each in told.pieces if each.kind not in {CONTROL, BYTE}}
    ranked = sorted((-each.score, place) for place, each in enumerate(told.pieces) if each.text in known and len(each.text) > 1)
    texts = (told.pieces[place].text for _, place in ranked)
    return [
        (text[:cut], text[cut:]) for text in texts for cut in range(1, len(text)) if text[:cut] in known and text[cut:] in known
    ]


def _decoder(told: SentencePieceFile) -> Any:
    from tokenizers import decoders

    steps: list[Any] = [decoders.Replace(SPACE, " ")]
    steps += [decoders.ByteFallback()] if told.byte_fallback else []
    steps += [decoders.Fuse()]
    return decoders.Sequence([*steps, decoders.Strip(" ", 1, 0)] if told.dummy_prefix else steps)


def _ends(made: Any, kind: str, begin: str, end: str) -> Any:
    from tokenizers import processors

    single, pair = {
        "encoder": (f"{begin} $A {end}", f"{begin} $A {end} $B:1 {end}:1"),
        "encoder-decoder": (f"$A {end}", f"$A {end} $B {end}"),
        "decoder": (f"{begin} $A", f"{begin} $A $B"),
    }[kind]
    used = [(each, made.token_to_id(each)) for each in (begin, end) if each in single]
    return processors.TemplateProcessing(single, pair, used)


def _refuse(told: SentencePieceFile, file: Path) -> None:
    why = ""
    if told.algorithm not in {UNIGRAM, BPE}:
        why = "it cuts into words or characters"
    elif told.whitespace_last:
        why = "it marks the ends of words instead of their starts"
    elif not 0 <= told.unknown < len(told.pieces):
        why = "it has no piece for what is unknown"
    if why:
        raise _problem(
            f"`{file.name}` cannot become the tokenizer of a model: {why}", "`dprep fit tokenizer` makes one that can"
        )


def _file(source: Path) -> Path:
    """The file of a tokenizer. Raises Error (`train-tokenizer`)."""
    if source.is_file():
        return source
    found = next((source / name for name in NAMES if (source / name).is_file()), None)
    if found is None and any((source / name).is_file() for name in ("vocab.txt", "vocab.json", "tokenizer_config.json")):
        return source / "tokenizer_config.json"
    if found is None:
        raise _problem(f"`{source.name}` holds no tokenizer", f"it needs {' or '.join(f'`{each}`' for each in NAMES[:2])}")
    return found


def _saved(transformers: Any, folder: Path) -> Any:
    """What `save_pretrained` wrote. Raises Error (`unreadable-file`)."""
    try:
        return transformers.AutoTokenizer.from_pretrained(str(folder), local_files_only=True, trust_remote_code=False)
    except Exception as fault:  # the library raises whatever its parts raise
        raise unreadable(folder, f"its tokenizer: {worded(fault)}") from None


def _bare(transformers: Any, file: Path) -> Any:
    """A `tokenizer.json` without anything that says which of its tokens are special. Raises Error (`train-tokenizer`)."""
    import tokenizers

    try:
        made = tokenizers.Tokenizer.from_file(str(file))
    except Exception:  # the library raises nothing narrower
        raise _problem(
            f"`{file.name}` is no tokenizer that can be read", "name a folder that `save_pretrained` wrote"
        ) from None
    roles = {
        "unk_token": ("<unk>", "[UNK]"),
        "bos_token": ("<s>", "<|im_start|>", "[CLS]"),
        "eos_token": ("</s>", "<|im_end|>", "<|endoftext|>", "[SEP]"),
        "cls_token": ("[CLS]",),
        "sep_token": ("[SEP]",),
        "mask_token": ("[MASK]", "<mask>"),
    }
    known = made.get_vocab()
    names = {role: next((each for each in likely if each in known), None) for role, likely in roles.items()}
    return transformers.PreTrainedTokenizerFast(tokenizer_object=made, **{role: each for role, each in names.items() if each})


def _padded(tokenizer: Any) -> tuple[str, ...]:
    """Give the tokenizer a padding token other than the one that ends an answer; what was done, in sentences."""
    if tokenizer.pad_token is not None and tokenizer.pad_token != tokenizer.eos_token:
        return ()
    was = "it had none" if tokenizer.pad_token is None else f"it was `{tokenizer.eos_token}`, which ends an answer"
    known = tokenizer.get_vocab()
    chosen = next((each for each in PADDING if each in known and each != tokenizer.eos_token), None)
    if chosen is None and tokenizer.unk_token not in {None, tokenizer.eos_token}:
        chosen = tokenizer.unk_token
    tokenizer.add_special_tokens({"pad_token": chosen or PADDING[0]})
    new = "" if chosen else ", which is new"
    return (f"the padding token is `{tokenizer.pad_token}`{new}: {was}",)


def _problem(sentence: str, help: str) -> Error:
    return Error(Problem("train-tokenizer", sentence, help=help))
