"""Two versions side by side."""

SAID = {
    "{new} against {old}": "{new} 与 {old} 的对比",
    "From {before} rows to {after}: {removed} removed, {added} added, {changed} changed, {same} the same.": (
        "从 {before} 行到 {after} 行：移除 {removed} 行，新增 {added} 行，改动 {changed} 行，相同 {same} 行。"
    ),
    "Both versions hold the same {n} rows in the same parts.": "两个版本的 {n} 行完全相同，所属部分也相同。",
    "Recipe, seed and inputs are the same.": "配方、种子和输入都相同。",
    "{n} differences in the recipe": "配方有 {n} 处不同",
    "{n} input files differ": "{n} 个输入文件不同",
    "No shift of a distribution is worth naming.": "没有值得一提的分布变化。",
    "The seeds differ ({old} and {new}): splits, samples and augmented rows differ by chance too.": (
        "种子不同（{old} 与 {new}）：划分、抽样和增强出的行也会随机不同。"
    ),
    "The tasks differ: `{old}` and `{new}`.": "任务不同：`{old}` 与 `{new}`。",
    "The rows are the same: `got` is equal.": "行完全相同：`got` 相等。",
    "`train` of {new} holds rows that {old} kept out ({parts}): do not score a model of {new} on those parts of {old}.": (
        "{new} 的 `train` 含有 {old} 留出的行（{parts}）：不要用 {old} 的这些部分评测在 {new} 上训练的模型。"
    ),
    "{new} keeps out rows that {old} had in `train` ({parts}): do not score a model of {old} on those parts of {new}.": (
        "{new} 留出的行中有一些曾在 {old} 的 `train` 中（{parts}）：不要用 {new} 的这些部分评测在 {old} 上训练的模型。"
    ),
    "{n} labels are new: {names}.": "新增 {n} 个标签：{names}。",
    "{n} labels are gone: {names}.": "{n} 个标签不再出现：{names}。",
    "What each version is in itself stands in its own report:": "各版本自身的情况见各自的报告：",
    "Differences in the recipe": "配方的不同之处",
    "The steps of both recipes are the same.": "两份配方的步骤相同。",
    "What was done otherwise": "做法的不同",
    "Columns that only it has": "仅此版本有的列",
    "Both versions": "两个版本",
    "The input files of both are the same.": "两者的输入文件相同。",
    "Input files that differ": "不同的输入文件",
    "{n} more files differ.": "另有 {n} 个文件不同。",
    "Rows by their fate": "行的去向",
    "Fate": "去向",
    "Rows, {version}": "{version} 行数",
    "Share, {version}": "{version} 占比",
    "of {n} rows before": "原有 {n} 行中",
    "the same": "相同",
    "Rows are the same row where their ids are; a row that went to another part counts as changed.": (
        "id 相同即视为同一行；换到另一部分的行算作改动。"
    ),
    "{n} smaller groups are not listed.": "另有 {n} 个较小的组未列出。",
    "Rows that differ": "不同的行数",
    "Columns of the rows that both have": "两个版本共有行的各列",
    "Rows to look at": "示例行",
    "not in the input": "输入中没有",
    "new in the input": "输入中新出现",
    "not made any more": "不再生成",
    "made": "新生成",
    "dropped before: {reason}": "此前被删除：{reason}",
    "Rows by fate, step and reason": "按去向、步骤和原因统计的行",
    "Shares: removed, of the rows before; added, of the rows now; changed, of the rows that both have": (
        "占比的分母：移除为原有行，新增为现有行，改动为两者共有的行"
    ),
    "{name}: {shown} of {rows}": "{name}：{rows} 行中的 {shown} 行",
    "their ids: {ids}": "各行 id：{ids}",
    "row {id}, column {column}": "行 {id}，列 {column}",
    "Both funnels": "两个漏斗",
    "Rows through every step of both; those that come to a step are those that the step before let out": (
        "两个版本各步骤的行数；一个步骤的输入即上一步骤的输出"
    ),
    "Dropped, {version}": "{version} 删除",
    "Added, {version}": "{version} 新增",
    "Out, {version}": "{version} 输出",
    "Difference of out": "输出之差",
    "{step} (only now)": "{step}（仅新版本有）",
    "{step} (only before)": "{step}（仅旧版本有）",
    "{step} (before: {old})": "{step}（原名：{old}）",
    "Reasons for which other numbers of rows were dropped": "删除行数不同的原因",
    "Every step dropped the same number of rows for the same reasons.": "每个步骤因相同原因删除了相同数量的行。",
    "{n} smaller differences are not listed.": "另有 {n} 处较小的差异未列出。",
    "{measure} is {direction} now: median about {now}, before {before} (Cliff's delta {delta}, {size}).": (
        "{measure}现在{direction}：中位数约为 {now}，此前为 {before}（Cliff's delta {delta}，{size}）。"
    ),
    "larger": "变大",
    "smaller": "变小",
    "{what} are shared out otherwise: {moved} of the rows would have to change for both to be alike; most of all `{value}`, "
    "{after} now, {before} before.": (
        "{what}的分布不同：要使两者一致，需要改动 {moved} 的行；变化最大的是 `{value}`，现在 {after}，此前 {before}。"
    ),
    "{measure} at step {step}": "步骤 {step} 的 {measure}",
    "Length of {column} in {part}": "{part} 中 {column} 的长度",
    "The label": "标签值",
    "Labels of {part}": "{part} 的标签",
    "Parts and classes": "部分与类别",
    "Rows by their part before (line) and now (column)": "按原所属部分（行）和现所属部分（列）统计的行数",
    "not there": "不存在",
    "No row went from `train` to another part, or from another part to `train`.": "没有行在 `train` 与其他部分之间移动。",
    "Rows that went between `train` and other parts: scores of models of the two versions cannot be compared. "
    "`split.stable` keeps a row in its part whatever becomes of other rows.": (
        "有行在 `train` 与其他部分之间移动：两个版本上训练的模型得分不可直接比较。"
        "`split.stable` 能让每一行始终留在原来的部分，不受其他行影响。"
    ),
    "Total variation": "总变差",
    "By chance about": "随机波动约为",
    "Total variation: the share of rows that would have to be of another value for both to be alike": (
        "总变差：要使两者一致，需要换成其他取值的行所占比例"
    ),
    "{what}: rows and shares": "{what}：行数与占比",
    "{what}: {shown} of {all}, those whose shares differ most": "{what}：{all} 个中占比差异最大的 {shown} 个",
    "No shift of shares is worth naming: all are under 5 % or what chance would bring.": (
        "没有值得一提的占比变化：都低于 5 %，或在随机波动范围内。"
    ),
    "Shifts of numbers": "数值分布的变化",
    "The two versions measured no number that both have.": "两个版本没有共同测量的数值。",
    "No shift of a number is worth naming.": "没有值得一提的数值变化。",
    "Effects are computed on the ledgers' histograms, whose bins are an eighth of a power of two wide: values of one "
    "bin count as equal. Cliff's delta is how much more often a row of the new version has the larger value than the "
    "smaller one: negligible under 0.147, small under 0.33, medium under 0.474. D (Kolmogorov-Smirnov) is the largest "
    "difference between the shares at or below a value.": (
        "效应量由账本中的直方图算出，每个 2 的幂区间等分为 8 格，同一格内的值视为相等。"
        "Cliff's delta 是新版本取值较大的概率减去取值较小的概率："
        "低于 0.147 可忽略，低于 0.33 为小，低于 0.474 为中等。D（Kolmogorov-Smirnov）是两条累积分布之间的最大差距。"
    ),
    "What a step measures, it measures of all rows that come to it, before it drops any.": (
        "步骤测量的是到达该步骤的所有行，即删除之前的行。"
    ),
    "Lengths are those of a sample of {rows} rows of each larger part.": "对较大的部分，长度取自其 {rows} 行的样本。",
    "Number": "数值",
    "Cliff's delta": "Cliff's delta 值",
    "Size of the effect": "效应大小",
    "Median, {version}": "{version} 中位数",
    "Values, {version}": "{version} 取值数",
    "of copies alone, which the threshold chooses": "仅涉及重复行，由阈值决定",
    "Numbers that both versions have, the largest effect first": "两个版本共有的数值，按效应从大到小排列",
}
