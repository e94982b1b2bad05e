"""How a run is made again."""

SAID = {
    "Reproduction": "复现",
    "Train it again, on the same version, and score it again:": "在同一版本上重新训练并重新评测：",
    "The same settings on the same version, machine and libraries give the same weights: bit by bit on a CPU, "
    "nearly on a GPU. It ran on {device} in {precision}; processes: {processes}, seed: {seed}.": (
        "相同的设置、版本、机器与库得到相同的权重：在 CPU 上逐位相同，在 GPU 上近乎相同。本次在 {device} 上以 "
        "{precision} 运行，{processes} 个进程，种子为 {seed}。"
    ),
    "Opened again from its files, the model answers the same: numbers differ by {value} of the largest.": (
        "从文件重新载入后模型的输出不变：数值之差为最大值的 {value}。"
    ),
    "Hashes": "哈希",
    "Libraries": "库",
    "Release": "版本号",
    "All settings": "全部设置",
    "not the default": "非默认值",
    "Settings of [train]": "[train] 的设置",
}
