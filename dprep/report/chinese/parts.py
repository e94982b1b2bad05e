"""Parts, labels, lengths and drift."""

SAID = {
    "Medians and means": "中位数与均值",
    "Parts and labels": "划分与标签",
    "Of these made by a step": "其中由步骤生成",
    "Rows of each part": "各部分的行数",
    "Parts when they were split": "划分时的各部分",
    "Rows asked for": "要求的行数",
    "Off by": "偏差",
    "Share asked for": "要求的占比",
    "Every class is within {off} rows of what was asked.": "每个类别与要求的偏差都不超过 {off} 行。",
    "Rows that stay together keep {beyond} of {n} classes off, at most by {off} rows ({points} points).": (
        "由于部分行必须放在一起，{n} 个类别中有 {beyond} 个偏离要求，最多偏差 {off} 行（{points} 个百分点）。"
    ),
    "{n} groups of rows had to stay together, {rows} rows in all, at most {most} in one.": (
        "有 {n} 组行必须放在一起，共 {rows} 行，最大的一组 {most} 行。"
    ),
    "{n} rows have no date.": "{n} 行没有日期。",
    "{n} rows of `{part}` are older than where it begins: they stay with later ones.": (
        "`{part}` 中有 {n} 行早于其起始时间：它们与较晚的行放在一起。"
    ),
    "{n} classes have fewer than {k} rows to draw from.": "{n} 个类别可供抽取的行不足 {k} 行。",
    "Class": "类别",
    "No placing comes nearer than": "任何划分的最小偏差",
    "{rows} of {asked}": "{rows} / {asked}",
    "Classes furthest from what was asked": "偏离要求最多的类别",
    "Groups held out for it": "划入的组",
    "Groups held out (some of them)": "留出的组（部分）",
    "Every row went where its own value says.": "每行都按其自身的取值划分。",
    "{rows_in} rows came in, {rows_out} went on.": "输入 {rows_in} 行，输出 {rows_out} 行。",
    "Rows out": "输出行数",
    "Epochs": "轮数",
    "What was drawn of each group": "各组的抽样结果",
    " ({n} smaller groups not shown)": "（另有 {n} 个较小的组未显示）",
    "Tags": "标记",
    "tags": "标记",
    "A row may have several labels: it counts for each of them.": "一行可以有多个标签，在每个标签下各计一次。",
    "Tags of tokens are counted, not rows.": "统计的是词元的标记，而不是行。",
    "Effective classes: so many classes of equal size would be as hard to guess (exp of their entropy).": (
        "有效类别数：同样多个大小相等的类别具有相同的不确定性（熵的指数）。"
    ),
    "Classes": "类别",
    "Largest {n} of {all} classes": "{all} 个类别中最大的 {n} 个",
    "Effective classes": "有效类别数",
    "Largest class": "最大类别",
    "Smallest class": "最小类别",
    "Largest to smallest": "最大与最小之比",
    "Rows without a label": "无标签的行",
    "Balance of classes": "类别均衡",
    "Classes by part": "各部分的类别",
    "Classes by part: the largest {large} and the rarest {rare} of {n}": (
        "各部分的类别：{n} 个中最大的 {large} 个和最少的 {rare} 个"
    ),
    "Classes with fewer than {least} rows in `{part}`: {n} ({names}).": (
        "在 `{part}` 中不足 {least} 行的类别：{n} 个（{names}）。"
    ),
    "Classes without a row in `{part}`: {n} ({names}).": "在 `{part}` 中没有任何行的类别：{n} 个（{names}）。",
    "{names} and {n} more": "{names} 等另外 {n} 个",
    "Mean": "均值",
    "Standard deviation": "标准差",
    "Smallest": "最小值",
    "5 %": "5 %",
    "Median": "中位数",
    "95 %": "95 %",
    "Largest": "最大值",
    "Labels of each part": "各部分的标签值",
    "Lengths": "长度",
    "Of a sample of {n} rows of each part that has more.": "超过 {n} 行的部分取 {n} 行的样本。",
    "Of lists, such as the turns of a chat, the beginning was looked at: what is longer counts as that.": (
        "对列表（如对话的各轮）只统计开头部分，超出部分按上限计。"
    ),
    "Characters of each row, by class (the largest {n})": "各类别每行的字符数（最大的 {n} 个类别）",
    "Messages of each row": "每行的消息数",
    "Tokens of each row": "每行的词元数",
    "Items of `{column}` of each row": "每行 `{column}` 的元素数",
    "Characters of `{column}`": "`{column}` 的字符数",
    "Characters of each row": "每行的字符数",
    "Role": "角色",
    "Messages of each role, in the rows looked at": "样本中各角色的消息数",
    "`{part}`: the chosen text is the longer one in {longer} of {n} rows ({share}), and as long in {equal}.": (
        "`{part}`：{n} 行中有 {longer} 行（{share}）被选中的文本更长，{equal} 行长度相等。"
    ),
    "Drift between parts": "各部分之间的分布漂移",
    "Label conflicts": "标签冲突",
    "Suspicious labels": "可疑标签",
    "within chance": "在随机误差之内",
    "labels": "标签",
    "values of labels": "标签值",
    "lengths of texts": "文本长度",
    "Compared": "比较内容",
    "Effect": "效应",
    "Size of effect": "效应量",
    "Labels that differ": "不同的标签占比",
    "By chance alone": "仅由随机产生",
    "p": "p",
    "Size of effect for labels: Cramér's V, as of two parts of equal size; 0.1 is small, 0.3 medium, 0.5 large.": (
        "标签的效应量：Cramér's V（按两部分大小相等计算）；0.1 为小，0.3 为中等，0.5 为大。"
    ),
    "Labels that differ: the share of rows that would need another label for both parts to be alike.": (
        "不同的标签占比：要使两部分分布一致，需要更换标签的行所占的比例。"
    ),
    "Lengths and values: Cliff's delta, above 0 where the part has more; 0.147 is small, 0.33 medium, 0.474 large.": (
        "长度和数值：Cliff's delta，大于 0 表示该部分的值较大；0.147 为小，0.33 为中等，0.474 为大。"
    ),
    "Each part against `{train}`": "各部分与 `{train}` 的比较",
    "All {n} rows were compared, without case.": "比较了全部 {n} 行，不区分大小写。",
    "{n} rows of a sample were compared, without case: among all rows there may be more.": (
        "比较了样本中的 {n} 行，不区分大小写：全部行中可能更多。"
    ),
    "No text has different labels in different rows.": "没有同一文本在不同行中标签不同的情况。",
    "{texts} texts have different labels in different rows; {n} rows have one of them.": (
        "{texts} 个文本在不同行中的标签不同，涉及 {n} 行。"
    ),
    "Label": "标签",
    "From": "来源",
    "Texts with several labels (first {n})": "有多种标签的文本（前 {n} 个）",
    "`{model}` agrees with the label of {agreed} of {n} rows ({share}).": (
        "`{model}` 与 {n} 行中 {agreed} 行（{share}）的标签一致。"
    ),
    "{n} labels are suspicious: another label has at least the mean score of the rows that have it and are given it.": (
        "{n} 个标签可疑：另一标签的得分不低于模型与标注一致的同类行的平均得分。"
    ),
    "A model that has learnt from these rows agrees with their errors too.": "用这些行训练过的模型也会认同其中的错误。",
    "Looks like": "疑似",
    "Suspicious labels by pair: {n} pairs": "可疑标签对：{n} 对",
    "Most suspicious rows": "最可疑的行",
    "Score": "得分",
    "`{part}` has no rows.": "`{part}` 没有任何行。",
    "{n} classes have fewer than {least} rows in `{part}`: {names}.": "{n} 个类别在 `{part}` 中不足 {least} 行：{names}。",
    "{n} classes are not in `{part}`: {names}.": "{n} 个类别未出现在 `{part}` 中：{names}。",
    "The largest class of `{part}`, `{large}`, has {ratio} times the rows of the smallest, `{small}`.": (
        "`{part}` 中最大的类别 `{large}` 的行数是最小的类别 `{small}` 的 {ratio} 倍。"
    ),
    "{n} texts have different labels in different rows.": "{n} 个文本在不同行中的标签不同。",
    "{n} labels are suspicious to `{model}` ({share} of those it judged).": (
        "`{model}` 认为 {n} 个标签可疑（占其判断的 {share}）。"
    ),
    "`{part}` differs from `{train}` in the {what}: effect {size} ({word}).": (
        "`{part}` 与 `{train}` 的{what}分布不同：效应量 {size}（{word}）。"
    ),
}
