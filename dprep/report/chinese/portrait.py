"""The text portrait."""

SAID = {
    "Text portrait": "文本画像",
    "Read are at most {rows} rows per part, drawn by the recipe's seed, of each text the first {characters} "
    "characters; of long texts fewer rows.": (
        "每个部分按配方的种子最多抽取 {rows} 行，每条文本只读前 {characters} 个字符；文本较长时行数更少。"
    ),
    "Rows read": "读取行数",
    "Cut short": "被截断的行数",
    "What is read": "读取范围",
    "All rows are read whole.": "全部行均完整读取。",
    "{shown} rows drawn by luck, in turns from {strata} groups of `part` and `{by}`: of rare groups there are more here than "
    "their share.": "按 `part` 与 `{by}` 分为 {strata} 组，各组轮流按运气取行，共 {shown} 行；少见的组在这里的占比高于实际。",
    "… ({n} characters)": "……（共 {n} 个字符）",
    "Id": "行标识",
    "letters": "字母与汉字",
    "combining marks": "组合符号",
    "digits": "数字",
    "punctuation": "标点",
    "symbols": "符号",
    "emoji": "表情符号",
    "blanks": "空白",
    "control characters": "控制字符",
    "private or unassigned": "私用或未分配码位",
    "replacement character": "替换字符",
    "{share} of the rows read hold signs of bad decoding: look at the `encoding` of the source; `clean.unicode` mends "
    "é that reads Ã©, but what became U+FFFD is lost": (
        "所读行中有 {share} 带有解码错误的痕迹：请检查数据源的 `encoding`；`clean.unicode` 可修复 é 变成 Ã© 这类乱码，"
        "已变成 U+FFFD 的字符则无法恢复"
    ),
    "{share} of the rows read hold invisible control characters: `clean.unicode` removes them": (
        "所读行中有 {share} 含有不可见的控制字符：可用 `clean.unicode` 去除"
    ),
    "Scripts and characters": "文字系统与字符",
    "Scripts": "文字系统",
    "Kinds of characters": "字符类型",
    "Code point": "码位",
    "Characters that texts seldom need": "文本中很少需要的字符",
    "No control, private or replacement character stands in the texts read.": "所读文本中没有控制字符、私用码位或替换字符。",
    "The {shown} most frequent of {all}.": "共 {all} 种，列出最常见的 {shown} 种。",
    "A guess from the first {characters} characters of {rows} rows, not known where it is unsure; `tag.language` in the "
    "recipe tells it of all rows.": (
        "根据 {rows} 行的前 {characters} 个字符推测，把握不足时记为未知；在配方中加入 `tag.language` 可得到全部行的语言。"
    ),
    "As the column `lang` tells, of all rows.": "依据 `lang` 列统计全部行。",
    "Rows by language": "按语言统计的行",
    "% of rows": "%（占行数）",
    "other languages": "其他语言",
    "Ranked by the z score of the log-odds against all other rows, with the distribution of all rows as prior "
    "(Monroe et al. 2008); from {sure} on a phrase is told.": (
        "按相对其余各行的对数几率 z 值排序，以全部行的分布为先验（Monroe 等，2008）；z 值不低于 {sure} 才列出。"
    ),
    "Words": "词",
    "nothing beyond chance": "没有超出偶然的词语",
    "Phrases of two and three words": "两词与三词的词组",
    "Pairs of words": "二元词组",
    "Three words in a row": "三元词组",
    "Words are in lower case, as `filter.length` counts them; those that carry grammar alone are left out.": (
        "词按 `filter.length` 的规则划分并转为小写；只起语法作用的停用词不列出。"
    ),
    "Counts and z scores": "计数与 z 值",
    "Frequent words and phrases": "高频词与词组",
    "{n} of {all} classes": "{all} 个类别中的 {n} 个",
    "Typical of each class": "各类别的特征词",
    "Typical of each part": "各部分的特征词",
    "Chinese is cut into words by jieba's list.": "中文按 jieba 词表分词。",
    "Of Japanese, runs of kanji and of katakana count as words, hiragana does not; han characters that are not cut "
    "count as words, so that pairs stand for words; of Thai, Lao, Khmer and Burmese, what stands between blanks.": (
        "日文中连续的汉字或连续的片假名计为一个词，平假名不计；未分词的汉字逐字计为一个词，可用二元词组代替词来看；"
        "泰文、老挝文、高棉文和缅甸文以空白之间的整段为一个词。"
    ),
    "Words and phrases": "词与词组",
    "Phrase": "词组",
    "Here": "本组",
    "Elsewhere": "其他",
    "By shape alone: e-mail and network addresses, phone numbers with `+`, Chinese mobile and identity numbers. "
    "`clean.pii` knows more kinds and checks them; nobody looks for names and street addresses.": (
        "仅按形式判断：电子邮件和 IP 地址、带 `+` 的电话号码、中国大陆手机号和身份证号。`clean.pii` 认识的种类更多，"
        "并会校验；姓名和住址均不在检测范围内。"
    ),
    "As `clean.pii` finds it. Names and street addresses are not looked for.": (
        "按 `clean.pii` 的规则检测，不包括姓名和住址。"
    ),
    "{share} of the rows read still hold personal data by the rules of `clean.pii`": (
        "按 `clean.pii` 的规则，所读行中仍有 {share} 含有个人信息"
    ),
    "{share} of the rows read hold what looks like personal data: `clean.pii` masks it": (
        "所读行中有 {share} 含有疑似个人信息：可用 `clean.pii` 掩码"
    ),
    "Personal data": "个人信息",
    "Masked": "已掩码",
    "Masked by the recipe, in all rows": "配方已掩码的数量（全部行）",
    "Left in the rows read": "所读行中残留的数量",
    "None was found in the {n} rows read.": "所读的 {n} 行中未发现。",
    "One and the same sentence stands in {share} of the rows read: is it left of a template or a signature?": (
        "同一个句子出现在所读行的 {share} 中：是否为模板或签名的残留？"
    ),
    "No sentence and no beginning or end of {words} words is shared by {n} rows or more.": (
        "没有任何句子，也没有任何 {words} 个词的开头或结尾出现在 {n} 行以上。"
    ),
    "Rows that consist of one sentence alone do not count for sentences. What many rows share is often left of a "
    "template, a signature or page furniture: `clean.boilerplate` and `dedup.lines` take it out.": (
        "只由一个句子构成的行不计入句子统计。许多行共有的内容往往是模板、签名或页面边角的残留，可用 "
        "`clean.boilerplate` 和 `dedup.lines` 去除。"
    ),
    "What rows share": "各行共有的内容",
    "Sentences that many rows hold": "多行共有的句子",
    "Sentence": "句子",
    "How rows begin": "行首",
    "First words": "开头的词",
    "How rows end": "行尾",
    "Last words": "结尾的词",
    "Of rows read": "占所读行",
    "Of {rows} rows of the sample, without special tokens; where only the beginning of a text is read, the rest is "
    "taken to have as many tokens per character. The sum is the mean times the rows.": (
        "据样本中的 {rows} 行统计，不含特殊词元；只读了开头的文本，其余部分按相同的每字符词元数估算。总数为均值乘以行数。"
    ),
    "The recipe names no tokenizer that is on this machine, so tokens are not counted: `[train]` or `tag.tokens` may.": (
        "配方没有指定本机可用的分词器，因此未统计词元；可在 `[train]` 或 `tag.tokens` 中指定。"
    ),
    "Tokens in all, about": "词元总数（约）",
    "Standard error": "标准误差",
    "Longest": "最长",
    "Per character": "每字符",
    "Per word": "每词",
    "Unknown": "未知词元占比",
    "Tokens per row": "每行词元数",
    "{share} of the rows of {part} have more than the {length} tokens of `max_length`: training cuts them off": (
        "{part} 中有 {share} 的行超过 `max_length` 规定的 {length} 个词元，训练时会被截断"
    ),
    "Over {n} tokens": "超过 {n} 个词元",
    "`unseen` is against the {read} rows of {base} that are read, of {rows}: against all of it, less is unseen.": (
        "“未见”是相对于 {base} 中读取的 {read} 行（共 {rows} 行）而言；若与全部行比较，未见的会更少。"
    ),
    "Words read": "读取词数",
    "Different": "不同的词",
    "Seen once": "只出现一次",
    "Vocabulary": "词汇量",
    "Growth of the vocabulary": "词汇量增长",
    "words read": "读取词数",
    "different words": "不同的词",
    "A curve that still climbs at its end: more rows would bring more new words.": (
        "曲线末端若仍在上升，说明更多的行会带来更多新词。"
    ),
    "Words unseen in {base}": "{base} 中未见的词次",
    "Different ones unseen": "未见的不同词",
    "Of {base}'s, unmet here": "{base} 的词中此处未出现",
    "Most frequent unseen": "最常见的未见词",
}
