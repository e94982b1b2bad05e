"""The map of the rows of train."""

SAID = {
    "Cartography": "数据地图",
    "Variability needs at least 2 epochs; this run had 1.": "变异度至少需要 2 轮训练；本次只有 1 轮。",
    "Confidence in the truth, by row of train": "训练集各行对真值的置信度",
    "Map of {rows} rows of train": "训练集 {rows} 行的地图",
    "share of epochs in which it was right": "答对的轮次占比",
    "variability": "变异度",
    "Confidence is the probability that the model gave to what it should say, as the geometric mean over its tokens, "
    "averaged over {epochs} epochs; variability is its standard deviation.": (
        "置信度是模型给目标文本的概率（对词元取几何平均），再对 {epochs} 轮取平均；变异度是其标准差。"
    ),
    "Confidence is the probability that the model gave to the true answer, averaged over {epochs} epochs; variability "
    "is its standard deviation.": "置信度是模型给正确答案的概率，对 {epochs} 轮取平均；变异度是其标准差。",
    "Both come from the forward pass of training, with dropout, when the row was trained on.": (
        "二者都取自训练到该行时的前向计算，含 dropout。"
    ),
    "{what} {how}": "{what}{how}",
    "Region": "区域",
    "Meaning": "含义",
    "confidence above 2/3, variability below 0.2: learnt early and kept": "置信度高于 2/3，变异度低于 0.2：早早学会并记住",
    "all others: the model wavers; such rows teach it most": "其余：模型摇摆不定，这类行对学习最有帮助",
    "confidence below 1/3, variability below 0.2: never learnt; look for wrong labels here": (
        "置信度低于 1/3，变异度低于 0.2：始终没学会，错误标签多在其中"
    ),
    "easy": "容易",
    "ambiguous": "模糊",
    "hard": "困难",
    "Regions": "区域",
    "Hardest rows": "最难的行",
    "the least confidence in what is given as true: possible label errors": "对所给真值的置信度最低：可能是标签错误",
    "the least confidence in what is to be said": "对目标文本的置信度最低",
    "The {n} hardest": "最难的 {n} 行",
    "Most ambiguous rows": "最模糊的行",
    "the greatest variability": "变异度最大",
    "The {n} most ambiguous": "最模糊的 {n} 行",
    "label": "标签",
    "right": "答对",
    "origin": "出处",
    "row": "行",
}
