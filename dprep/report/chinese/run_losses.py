"""The loss ledger of a run."""

SAID = {
    "Loss ledger": "损耗账本",
    "What the model was given of every part, at most {limit} tokens of a row, and what it was not.": (
        "各部分交给模型的内容（每行至多 {limit} 个词元），以及没有交给模型的内容。"
    ),
    "Left out: nothing can be learnt from the row. No loss: it is read, and nothing in it is learnt. Cut: it is "
    "too long. Learnt: tokens, or labels, that the loss is taken on.": (
        "略去：该行学不到东西。无损失：读入了，但其中没有参与损失的内容。截断：过长。参与损失：计算损失的词元或标签数。"
    ),
    "Such as": "例如",
    "What was lost, and why": "损耗及其原因",
    "Nothing was lost: every row was given whole.": "没有损耗：每一行都完整交给了模型。",
    "Tokens of a row of {part}, if nothing were cut": "{part} 每行的词元数（不截断时）",
    "Left out": "略去",
    "No loss": "无损失",
    "Rows cut": "截断行数",
    "Without an end": "无结束符",
    "Tokens given": "输入词元",
    "Tokens cut": "截去词元",
    "Learnt": "参与损失",
    "Rows and tokens by part and source": "按部分与数据源统计的行与词元",
    "{rows} rows of `{part}` ({share}) are cut to {limit} tokens": "`{part}` 有 {rows} 行（{share}）被截断到 {limit} 个词元",
    "{rows} rows of `{part}` ({share}) teach nothing": "`{part}` 有 {rows} 行（{share}）学不到任何东西",
    "{rows} rows of `{part}` do not teach where an answer ends": "`{part}` 有 {rows} 行没有教会模型在何处结束回答",
}
