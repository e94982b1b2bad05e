"""What a run takes for what."""

SAID = {
    "{confused} of {answered} tokens of `{part}` got another tag ({share}).": (
        "`{part}` 的 {answered} 个词元中有 {confused} 个标注错误（{share}）。"
    ),
    "{confused} of {answered} answers on `{part}` are wrong ({share}).": (
        "在 `{part}` 上 {answered} 个预测中有 {confused} 个错误（{share}）。"
    ),
    "Most confused pairs": "最易混淆的标签对",
    "The {n} most confused of {labels} labels": "{labels} 个标签中最易混淆的 {n} 个",
    "Confusion": "混淆",
    "Truth by line, answer by column; shades are shares of the line": "行为真值，列为预测；颜色深浅为占该行的比例",
    "Tokens": "词元数",
    "Truth": "真值标签",
    "Taken for": "被误判为",
    "Share of the truth": "占该真值的比例",
    "{shown} of {n} kinds of confusion": "{n} 种混淆中的 {shown} 种",
}
