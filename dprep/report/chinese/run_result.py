"""The result of a run, and how its chapters say numbers."""

SAID = {
    "{low} to {high}": "{low} 至 {high}",
    "{seconds} s": "{seconds} 秒",
    "{minutes} min {seconds} s": "{minutes} 分 {seconds} 秒",
    "{hours} h {minutes} min": "{hours} 小时 {minutes} 分",
    "No part was held out, so nothing is known of how good the model is.": "没有留出任何部分，无从得知模型的好坏。",
    "{metric} is {value} on `{part}` ({rows} rows, 95 % interval {interval})": (
        "在 `{part}` 上 {metric} 为 {value}（{rows} 行，95 % 置信区间 {interval}）"
    ),
    "{metric} is {value} on `{part}` ({rows} rows)": "在 `{part}` 上 {metric} 为 {value}（{rows} 行）",
    "{sentence}; {baseline}.": "{sentence}；{baseline}。",
    "{sentence}.": "{sentence}。",
    "always answering `{answer}` would give {value}": "始终预测 `{answer}` 可得 {value}",
    "always answering the mean of train ({answer}) would give {value}": "始终预测训练集均值（{answer}）可得 {value}",
    "always answering {answer}": "始终预测 {answer}",
    "always answering the mean of train": "始终预测训练集均值",
    "by a coin": "抛硬币",
    "a coin would give {value}": "抛硬币可得 {value}",
    "`{model}` was trained by `{method}` on {rows} examples of `{dataset}`: {steps} steps, {trained} of "
    "{weights} weights ({share}).": (
        "以 `{method}` 方法在 `{dataset}` 的 {rows} 个样本上训练 `{model}`：共 {steps} 步，训练了 {weights} "
        "个权重中的 {trained} 个（{share}）。"
    ),
    "random weights": "随机权重",
    "It took {time}; patience ended it at step {step} of {planned}": (
        "用时 {time}；计划 {planned} 步，在第 {step} 步因长期无改进而提前停止"
    ),
    "It took {time} and went through all its steps": "用时 {time}，走完了全部步数",
    "{sentence}; the last weights were kept.": "{sentence}；保留的是最后的权重。",
    "{sentence}; kept are the weights of step {step}, the best on validation.": (
        "{sentence}；保留的是第 {step} 步的权重，它在验证集上最好。"
    ),
    "Without a model": "不用模型",
    "Examples learnt from": "训练样本",
    "{epochs} epochs": "{epochs} 轮",
    "Steps": "步数",
    "of {planned} planned": "计划 {planned} 步",
    "Weights trained": "训练的权重",
    "Time": "时间",
    "by the run's own clock, reading and scoring included": "按训练自身的时钟，含读取与评测",
    "Intervals tell how much a score varies with the rows it was measured on. They do not tell how much it "
    "varies with the seed of the training.": ("置信区间反映分数随评测样本的波动，不反映随训练种子的波动。"),
    "`{version}` is not in the store any more, or holds other rows: texts cannot be shown.": (
        "存储库中已没有 `{version}`，或其内容已变：无法显示文本。"
    ),
    "Result": "结果",
    "no part was held out: how good the model is was not measured": "没有留出任何部分：模型的好坏未经测量",
    "{metric} is known only to lie between {low} and {high}: `{part}` has {rows} rows": (
        "只知道 {metric} 在 {low} 与 {high} 之间：`{part}` 只有 {rows} 行"
    ),
    "the model is worse than none: {metric} is {value}, {baseline}": "模型还不如没有：{metric} 为 {value}，而{baseline}",
    "the model may be no better than none: {metric} is {value}, {baseline}": (
        "模型可能并不比没有强：{metric} 为 {value}，而{baseline}"
    ),
}
