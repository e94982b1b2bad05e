"""The curves of a run."""

SAID = {
    "Curves": "曲线",
    "train": "训练",
    "validation": "验证",
    "Loss": "损失",
    "step": "步",
    "loss": "损失",
    "The loss of train is the mean over the steps since the last point, with dropout; kept are the weights of step {step}.": (
        "训练损失为自上一点以来各步的平均，含 dropout；保留的是第 {step} 步的权重。"
    ),
    "{metric} on validation": "验证集上的 {metric}",
    "Learning rate": "学习率",
    "rate": "学习率",
    "Length of the gradient before it was cut": "裁剪前的梯度范数",
    "length": "范数",
    "tokens": "词元",
    "Tokens each second": "每秒词元数",
    "Tokens or labels learnt each second": "每秒参与损失的词元或标签数",
    "learnt": "参与损失",
    "Times are those of the run's own clock.": "时间均取自训练自身的时钟。",
    "{rows} examples a second over the whole training. Times are those of the run's own clock.": (
        "整个训练平均每秒 {rows} 个样本。时间均取自训练自身的时钟。"
    ),
    "Scores on validation by step": "各步在验证集上的分数",
    "{metric} on validation rose by {share} from step {least} to step {last}, while the loss of train fell from "
    "{before} to {after}.": (
        "从第 {least} 步到第 {last} 步，验证集上的 {metric} 上升了 {share}，而训练损失从 {before} 降到 {after}。"
    ),
    "it learnt train by heart: {metric} on validation was {least} at step {step} and is {kept} in the weights that were kept": (
        "模型在死记训练集：验证集上的 {metric} 在第 {step} 步为 {least}，而保留的权重为 {kept}"
    ),
}
