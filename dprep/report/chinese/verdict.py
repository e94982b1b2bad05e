"""The head of the report."""

SAID = {
    "{n} rows in, {out} out": "输入 {n} 行，输出 {out} 行",
    "{cut} cut into {pieces} pieces": "{cut} 行切分成 {pieces} 段",
    "none dropped": "没有删除任何行",
    "{dropped} of {there} dropped ({share})": "共 {there} 行中删除 {dropped} 行（{share}）",
    "{dropped} dropped ({share})": "删除 {dropped} 行（{share}）",
    "{added} added": "新增 {added} 行",
    "{rows} there already from `{version}`": "其中 {rows} 行来自已有版本 `{version}`",
    "{clauses}.": "{clauses}。",
    ", ": "，",
    "; ": "；",
    "Most went at `{step}`, reason `{reason}` ({rows})": "删除最多的步骤是 `{step}`，原因 `{reason}`（{rows} 行）",
    "{n} records could not be read": "{n} 条记录无法读取",
    "{n} files broke off before the end": "{n} 个文件中途截断",
    "{n} steps changed texts, most of them `{step}`, in {rows} rows": (
        "{n} 个步骤改动了文本，其中 `{step}` 改动最多（{rows} 行）"
    ),
    "{n} other parts": "另有 {n} 个部分",
    "{part} {n} ({share})": "{part} {n}（{share}）",
    "parts: {parts}": "各部分：{parts}",
}
