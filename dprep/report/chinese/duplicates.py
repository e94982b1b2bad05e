"""Duplicates and leaks."""

SAID = {
    "Duplicates": "重复",
    "{share} of the {rows} rows read": "占读入 {rows} 行的 {share}",
    "dropped as copies": "作为重复删除",
    "equal": "完全相同",
    "in all that was compared": "在所比较的内容上",
    "nearly equal": "近似",
    "likeness under 1": "相似度小于 1",
    "Action": "处理方式",
    "Dropped": "删除",
    "Share of rows in": "占输入行的比例",
    "Clusters": "簇",
    "Stays": "保留",
    "Steps that look for duplicates": "去重步骤",
    "the label of the majority": "多数行的标签",
    "none of them": "全部删除",
    "the longest text": "最长的文本",
    "the shortest text": "最短的文本",
    "the highest `{column}`": "`{column}` 最大的行",
    "the lowest `{column}`": "`{column}` 最小的行",
    "the first in the input": "输入中的第一行",
    "No row has a twin.": "没有重复的行。",
    "A later step has marked clusters of its own: those of this one are not in the version.": (
        "后面的步骤重新标记了簇，本步骤的标记未保留在该版本中。"
    ),
    "{n} rows are like one of {rows} rows of the index, and were dropped.": "{n} 行与索引中 {rows} 行之一相同或近似，已删除。",
    "{rows} rows fall into {n} clusters that are alike; one of each stays ({rule}), {dropped} were dropped.": (
        "{rows} 行归入 {n} 个重复簇，每簇保留一行（{rule}），共删除 {dropped} 行。"
    ),
    "{rows} rows of the version are marked as {n} clusters.": "该版本中有 {rows} 行被标记为 {n} 个重复簇。",
    "{n} clusters, {rows} rows, are in more than one part.": "{n} 个簇（共 {rows} 行）跨越多个部分。",
    "Every cluster is whole in one part.": "每个簇都完整地落在同一部分中。",
    "Count": "数量",
    "rows that lost a piece": "被删去片段的行",
    "rows dropped, of which too little was left": "剩余内容过少而删除的行",
    "{what} cut": "删去的 {what}",
    "Repeated pieces": "重复片段",
    "Rows with equal texts and different labels were marked.": "文本相同而标签不同的行已被标记。",
    "No two rows with equal texts had different labels.": "没有文本相同而标签不同的行。",
    "{n} rows with equal texts and different labels were dropped; stays: {rule}.": (
        "删除了 {n} 行文本相同而标签不同的行；保留规则：{rule}。"
    ),
    "Copies of one row of the index": "索引中同一行的重复数",
    "Clusters by their rows": "簇的大小分布",
    "clusters": "簇",
    "A row that stayed is shown as it is now, a copy as it was when it was dropped.": (
        "保留的行按当前内容显示，重复行按删除时的内容显示。"
    ),
    "Largest {n} clusters": "最大的 {n} 个簇",
    "{n} rows": "{n} 行",
    "{n} copies": "{n} 个重复行",
    "the row that stayed was dropped later, by `{step}`": "保留的行后来被 `{step}` 删除",
    "the twin is in the index, not in this version": "对应的行在索引中，不在该版本中",
    "likeness {number}": "相似度 {number}",
    "stays": "保留",
    "would stay": "应保留",
    "copy": "重复",
    "Likeness to the twin (`{measure}`)": "与保留行的相似度（`{measure}`）",
    "No copy has another label than the row that stayed.": "重复行与保留行的标签全部一致。",
    "Copies with another label: {n} rows": "标签不一致的重复：{n} 行",
    "Copies from another source: {n} rows": "来自其他数据源的重复：{n} 行",
    "Copy": "重复",
    "Copies": "重复",
    "Note": "备注",
    " ({n} more pairs not shown)": "（另有 {n} 对未显示）",
    "Leaks between parts": "各部分之间的泄漏",
    "Whether a row of one part is in another was not checked: a step `dedup.leaks` or `dprep leaks` does it.": (
        "未检查各部分之间是否有重复的行：可加入步骤 `dedup.leaks`，或运行 `dprep leaks`。"
    ),
    "{n} examples": "{n} 个示例",
    "`{step}` looked for texts that are equal, or nearly so (likeness {threshold} or more), and rows made from others.": (
        "`{step}` 查找了相同的文本、近似的文本（相似度不低于 {threshold}）以及由其他部分的行生成的行。"
    ),
    "`{step}` looked for equal texts and for rows made from others, not for nearly equal texts.": (
        "`{step}` 查找了相同的文本以及由其他部分的行生成的行，未查找近似的文本。"
    ),
    "Rows of `{version}` were not compared.": "未与 `{version}` 的行比较。",
    "{n} rows were taken out of `train`.": "已从 `train` 中移除 {n} 行。",
    "{n} rows are in two parts still.": "仍有 {n} 行同时出现在两个部分中。",
    "No row is in two parts.": "没有同时出现在两个部分中的行。",
    "Also in": "同时在",
    "Equal texts": "文本相同",
    "Made from": "由其生成",
    "Nearly equal": "近似",
    "Rows found in another part": "在其他部分中也出现的行",
    "one of them was dropped": "其中一行已删除",
    "{n} rows are in two parts: scores will be too good.": "{n} 行同时出现在两个部分中：评测分数会虚高。",
    "No row is in two parts: {n} rows were taken out of `train`.": "没有同时出现在两个部分中的行：已从 `train` 中移除 {n} 行。",
    "No text is in two parts; nearly equal texts were not looked for.": "没有同时出现在两个部分中的文本；未查找近似的文本。",
    "`{step}` dropped {n} copies whose label differs from that of the row that stayed.": (
        "`{step}` 删除的重复行中有 {n} 行的标签与保留行不一致。"
    ),
    "`{step}` found {n} rows that are alike, {share} of those it looked at: see whether they are one text.": (
        "`{step}` 发现 {n} 行彼此相似，占其检查行数的 {share}：请确认它们是否确为同一文本。"
    ),
    "{n} clusters that `{step}` marked are in more than one part.": "`{step}` 标记的簇中有 {n} 个跨越多个部分。",
    "Twins of twins are in one cluster: a copy may be less like the row that stays than the threshold asks.": (
        "相似关系可以传递，同属一簇的重复行与保留行的相似度可能低于阈值。"
    ),
}
