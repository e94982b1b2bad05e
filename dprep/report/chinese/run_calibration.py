"""The calibration of a run."""

SAID = {
    "Calibration error (ECE)": "校准误差（ECE）",
    "What chance alone gives": "纯属偶然时",
    "of a perfectly calibrated model on as many rows": "完美校准的模型在同样行数上的平均值",
    "Mean confidence": "平均置信度",
    "share that is right: {accuracy}": "正确率：{accuracy}",
    "Brier score": "Brier 分数",
    "Confidence and what is right": "置信度与正确率",
    "confidence": "置信度",
    "share that is right": "正确率",
    "The calibration error is biased upwards: with few rows in a bin it is above 0 even for a perfect model, and "
    "it depends on the {n} bins of equal width.": (
        "校准误差偏高：分箱中行数少时，即使模型完美它也大于 0；它还取决于 {n} 个等宽分箱的划分。"
    ),
    "Calibration": "校准",
    "Confidence": "置信区段",
    "Right": "正确",
    "Bins of confidence on {part}": "{part} 上的置信度分箱",
    "the model is surer than it is right: mean confidence {sure}, right {right}, calibration error {ece}": (
        "模型过于自信：平均置信度 {sure}，正确率 {right}，校准误差 {ece}"
    ),
    "the model is more often right than it says: mean confidence {sure}, right {right}, calibration error {ece}": (
        "模型不够自信：平均置信度 {sure}，正确率 {right}，校准误差 {ece}"
    ),
}
