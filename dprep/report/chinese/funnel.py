"""The funnel."""

SAID = {
    "{n} files broke off before their end, what came before is in: {files}": (
        "{n} 个文件中途断开，断点之前的内容已读入：{files}"
    ),
    "{records} of {whole} records could not be read ({share})": "{whole} 条记录中有 {records} 条无法读取（{share}）",
    "Language": "语言",
    "{kind} `{name}` lost {own} of its rows, all others {rest}: most at `{step}` ({rows})": (
        "{kind} `{name}` 损失了 {own} 的行，其余合计只损失 {rest}；损失最多的步骤是 `{step}`（{rows} 行）"
    ),
    "{n} more groups by `{column}` lost far more than the others": "按 `{column}` 还有 {n} 组的损失远高于其余各组",
    "No row is left of {n}": "读入的 {n} 行一行未剩",
    "`{step}` dropped {gone} of the {rows} rows that came to it ({share})": (
        "`{step}` 删除了输入的 {rows} 行中的 {gone} 行（{share}）"
    ),
    "Rows without a value had no label in their file.": "没有值的行在源文件中没有标签。",
    "{n} others": "其余 {n} 组",
    "Funnel": "漏斗",
    "Characters": "字符数",
    "characters": "字符",
    "Unicode characters (code points) of the texts of the task; other columns are not counted.": (
        "按 Unicode 码点统计任务文本列的字符数，其他列不计。"
    ),
    "Rows in + added = out + dropped": "输入 + 新增 = 输出 + 删除",
    "Counted are the rows of this run, without those that were in `{version}` before.": (
        "只统计本次运行的行，不含 `{version}` 中原有的行。"
    ),
    "By source": "按数据源",
    "By file": "按文件",
    "By language": "按语言",
    "Rows without a language were dropped before the step that names it, or have too little text to tell.": (
        "没有语言的行要么在语言识别步骤之前已被删除，要么文本太短，无法判断。"
    ),
    "{shown} of {n} labels": "{n} 个标签中的 {shown} 个",
    "{records} of {whole} records ({share})": "{whole} 条记录中的 {records} 条（{share}）",
    "All steps": "全部步骤",
    "Changed": "改动",
    "Stayed, of the rows in": "输入行的保留比例",
    "Seconds": "耗时（秒）",
    "Share of all dropped": "占全部删除行的比例",
    "By reason": "按原因",
    "{n} rows were dropped": "共删除 {n} 行",
    "Read": "读入",
    "Left of those read and added": "读入与新增行的保留比例",
    "Took most": "删除最多的步骤",
    "Rows it took": "该步骤删除的行数",
    "What augmentation added": "数据增强的新增",
    "Rows made": "生成行数",
    "Dropped by other steps": "被其他步骤删除",
    "Kept": "保留",
    "Kept of those made": "生成行的保留比例",
    "What could not be read": "无法读取的内容",
    "The same by characters": "按字符数统计",
    "dropped": "删除",
    "taken out by editing": "编辑时去除",
    "Steps that changed, dropped and added nothing: {names}.": "没有改动、删除或新增任何行的步骤：{names}。",
    "not known": "未知",
    "empty": "空",
    "Rows of {step} by label": "{step} 生成的行（按标签）",
    "One of them": "示例位置",
    "Record": "记录",
    "Dropped by {gate}": "被 {gate} 删除",
    "Characters out": "输出字符数",
    "other reasons": "其他原因",
    "What stayed, and which steps took the rest": "保留了多少，其余被哪些步骤删除",
    "in the version": "保留在版本中",
    "other steps": "其他步骤",
}
