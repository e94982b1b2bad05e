"""The chapter on lineage."""

SAID = {
    "Lineage and reproduction": "来源与复现",
    "{n} files broke off before their end: what stood behind is not in the version": (
        "{n} 个文件中途截断：其后的内容不在此版本中"
    ),
    "Make it again": "重新生成",
    "In the folder of this version, with the inputs where they were:": "输入文件位置不变时，在此版本的文件夹中运行：",
    "It extends `{base}`, which must be in the store with the same rows (got `{got}`).": (
        "它扩展自 `{base}`，存储库中必须有该版本，且行完全相同（got `{got}`）。"
    ),
    "Files and artifacts that must be there": "必须具备的文件与产物",
    "The same inputs, operators and libraries give the same rows, byte for byte, with any number of workers.": (
        "相同的输入、算子与库版本会得到逐字节相同的行，与工作进程数无关。"
    ),
    "The answers of {n} steps vary with machine, model or service: {names}.": (
        "{n} 个步骤的结果会随机器、模型或服务而变：{names}。"
    ),
    "They are kept in the cache of this store: there the same rows come out; elsewhere, or without it, they may not.": (
        "这些结果保存在本存储库的缓存中：在此可得到相同的行；换到别处或没有缓存时则未必。"
    ),
    "`{place}` stands for the folder that relative paths of sources start from.": "`{place}` 代表数据源相对路径的起始文件夹。",
    "{first} {second}": "{first}{second}",
    "Operators of the recipe's own ({names}) must lie in `{folder}` beside the recipe.": (
        "配方自带的算子（{names}）必须位于配方旁的 `{folder}` 中。"
    ),
    "Operators that are not part of dprep ({names}) must be installed.": "不属于 dprep 的算子（{names}）必须先安装。",
    "Recipe": "配方",
    "No line of the recipe can be marked: {fault}.": "无法在配方中标注任何行：{fault}。",
    "Set for this run": "本次运行的设置",
    "Values set for this run alone: the recipe below says otherwise": "仅为本次运行设置的值：与下方配方所写不同",
    "The first {shown} characters; {left} more stand in `recipe.toml`.": (
        "仅显示前 {shown} 个字符；其余 {left} 个见 `recipe.toml`。"
    ),
    "default, not written": "默认值，配方未写明",
    "Places that decided: what dropped most rows": "起决定作用的位置：删除行数最多的设置",
    "Inputs": "输入",
    "not stated": "未注明",
    "Files of {source}": "{source} 的文件",
    "{n} more files stand in manifest.json.": "另有 {n} 个文件，见 manifest.json。",
    "Rejected": "无法读取",
    "Hash (xxh3-128)": "哈希（xxh3-128）",
    "All records of the inputs could be read.": "输入中的所有记录均可读取。",
    "Records that could not be read": "无法读取的记录",
    "Files that broke off": "中途截断的文件",
    "What happened": "发生了什么",
    "Unread records by reason": "各原因的无法读取记录数",
    "Place": "位置",
    "What is wrong": "问题",
    "Begins with": "开头内容",
    "The first of each": "每种原因的前几条",
    "First records of each reason": "每种原因的前几条记录",
    "What made it": "生成环境",
    "Rows (got)": "行的哈希（got）",
    "Question: inputs, steps, operators, seed (asked)": "输入、步骤、算子与种子的哈希（asked）",
    "Platform": "平台",
    "Started": "开始时间",
    "Versions and hashes": "版本与哈希",
    "Revision": "修订",
    "Answers vary": "结果会变的原因",
    "Revisions of the operators": "算子修订",
    "{n} files of this version": "此版本的 {n} 个文件",
    "Files of this version": "此版本的文件",
}
