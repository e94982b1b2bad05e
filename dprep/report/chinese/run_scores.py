"""The scores of a run."""

SAID = {
    "Scores": "评测分数",
    "Metric": "指标",
    "95 % interval": "95 % 置信区间",
    "All scores": "全部分数",
    "{rows} rows of `{part}` got no answer; each counts as wrong.": "`{part}` 中有 {rows} 行没有得到预测，均按错误计。",
    "How metrics are worked out, in the notation of sacrebleu: {definitions}": (
        "指标的算法，以 sacrebleu 的记法表示：{definitions}"
    ),
    "By label": "按标签",
    "on {part}, the lowest F1 first": "在 {part} 上，F1 由低到高",
    "Answers": "预测数",
    "Precision": "精确率",
    "Recall": "召回率",
    "95 % interval of F1": "F1 的 95 % 置信区间",
    "Every label": "每个标签",
    "{n} other labels are better.": "其余 {n} 个标签更好。",
    "Answer against truth": "预测值与真值",
    "truth": "真值",
    "answer": "预测值",
    "On the diagonal the answer is right.": "对角线上预测与真值相等。",
    "Loss per token, by row of {part}": "{part} 各行的每词元损失",
    "{n} labels are never found on `{part}`: {labels}": "`{part}` 上有 {n} 个标签从未被找出：{labels}",
    "`{part}` has labels that train lacks, so that they cannot be answered: {labels}": (
        "`{part}` 含有训练集没有的标签，因此不可能答对：{labels}"
    ),
}
