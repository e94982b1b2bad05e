"""Two runs compared."""

SAID = {
    "Comparison": "对比",
    "`{other}` was trained on `{dataset}`, from `{model}`.": "`{other}` 在 `{dataset}` 上训练，起点为 `{model}`。",
    "Test": "检验",
    "Paired on {rows} rows of {part}": "在 {part} 的 {rows} 行上配对比较",
    "Each p is of its score by itself: among many scores one is below 0.05 by chance.": (
        "每个 p 只针对该项分数：分数一多，总有一项会偶然低于 0.05。"
    ),
    "The two runs have no score in common.": "两次训练没有共同的分数。",
    "{metric} is {was} for `{other}` and {now} for `{this}`; that may be chance (p = {p}).": (
        "`{other}` 的 {metric} 为 {was}，`{this}` 为 {now}；差异可能出于偶然（p = {p}）。"
    ),
    "`{this}` is better: {metric} is {now}, and {was} for `{other}` (p = {p}).": (
        "`{this}` 更好：{metric} 为 {now}，`{other}` 为 {was}（p = {p}）。"
    ),
    "`{other}` is better: {metric} is {was}, and {now} for `{this}` (p = {p}).": (
        "`{other}` 更好：{metric} 为 {was}，`{this}` 为 {now}（p = {p}）。"
    ),
    "rows that each got right": "各自答对的行数",
    "Right by label, the greatest difference first": "各标签答对的行数，差异最大者在前",
    "Rows won and lost": "得失的行",
    "{won} rows won, {lost} lost, {right} right in both, {wrong} wrong in both.": (
        "新答对 {won} 行，新答错 {lost} 行，两者都对 {right} 行，两者都错 {wrong} 行。"
    ),
    "Won, such as": "新答对的，例如",
    "Lost, such as": "新答错的，例如",
}
