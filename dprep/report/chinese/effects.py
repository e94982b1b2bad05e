"""Words of effect sizes."""

SAID = {
    "negligible": "可忽略",
    "small": "小",
    "medium": "中等",
    "large": "大",
}
