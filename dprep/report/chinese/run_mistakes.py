"""The worst mistakes of a run."""

SAID = {
    "Mistakes": "错例",
    "What every step did to a row, and all that was said of it:": "查看每个步骤对某一行做了什么、模型对它说了什么：",
    "{wrong} of {asked} rows of `{part}` are wrong ({share}).": "`{part}` 的 {asked} 行中有 {wrong} 行错误（{share}）。",
    "The version is gone, so that only ids can be told, and no texts.": "数据版本已不在，只能列出行标识，无法显示文本。",
    "{n} of the rows below have a twin with another label: the label may be wrong, not the answer.": (
        "下列各行中有 {n} 行存在标签不同的近似重复行：错的可能是标签，而不是预测。"
    ),
    "The {n} wrong answers that the model was surest of": "模型最有把握的 {n} 个错误预测",
    "The {n} answers furthest from the truth": "偏离真值最远的 {n} 个预测",
    "The {n} rows with most wrong tags": "标注错误最多的 {n} 行",
    "The {n} rows where the rejected answer was preferred most": "最偏向劣选回答的 {n} 行",
    "The {n} rows with the greatest loss per token": "每词元损失最大的 {n} 行",
    "probability of the truth": "真值的概率",
    "made by": "生成步骤",
    "twins": "近似重复行",
    "life": "来龙去脉",
    "distance": "偏差",
    "wrong tags": "错误标注数",
    "margin": "差距",
    "loss per token": "每词元损失",
    "{twins} | and {n} more": "{twins} | 另有 {n} 行",
    "dropped by {step}": "被 {step} 删除",
    "near twin in train": "训练集中的近似重复行",
    "of one family, in train": "训练集中同源的行",
    "the same text in train": "训练集中文本相同的行",
    "labelled {label}": "标签为 {label}",
    "{how}: {text}": "{how}：{text}",
    "{n} of the {shown} worst mistakes have a twin with another label: see whether the labels are right": (
        "最严重的 {shown} 个错例中有 {n} 个存在标签不同的近似重复行：请检查标签是否正确"
    ),
}
