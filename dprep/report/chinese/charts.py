"""What charts say of themselves."""

SAID = {
    "Bars, {title}: {n} names; the most {most} ({high}), the least {least} ({low}), in all {total}.": (
        "条形图，{title}：共 {n} 项；最多 {most}（{high}），最少 {least}（{low}），合计 {total}。"
    ),
    "{n} more names are in the numbers only.": "另有 {n} 项仅列在数据表中。",
    "Bars, {title}: nothing to show.": "条形图，{title}：无数据。",
    "Sum": "合计",
    "shares of each group": "各组内占比",
    "Distributions, {title}; most of each group: {peaks}.": "分布图，{title}；各组的峰值区间：{peaks}。",
    "the same scales in all: up to {share} in a bar, from {low} to {high}": (
        "各图坐标一致：单柱最高 {share}，横轴从 {low} 到 {high}"
    ),
    "{n} more groups are in the numbers only.": "另有 {n} 组仅列在数据表中。",
    "{n} more lines are left out.": "另有 {n} 行未列出。",
    "Numbers": "数据表",
    "{first} {unit} in, {last} out": "输入 {first} {unit}，输出 {last}",
    "{into} in, {out} out": "输入 {into}，输出 {out}",
    "{n} steps": "{n} 个步骤",
    "{first} {unit} came in, {last} came out.": "输入 {first} {unit}，输出 {last}。",
    "for {n} other reasons": "其他 {n} 种原因",
    "Added": "新增",
    "Reasons": "原因",
    "and {n} more": "等，另有 {n} 个",
    "Most were dropped by {step}: {count}.": "删除最多的步骤是 {step}：{count}。",
    "{added} were added.": "新增 {added}。",
    "There is nothing to draw.": "没有可绘制的数据。",
    "{lines} lines and {columns} columns with the smallest sums are left out.": "已省略合计最小的 {lines} 行和 {columns} 列。",
    "Matrix, {title}: {rows} by {columns}, in all {total}; the most, {most}, at {row} and {column}.": (
        "矩阵，{title}：{rows} × {columns}，合计 {total}；最大值 {most} 位于 {row} 与 {column}。"
    ),
    "{n} of {total} classes are left out: those that were confused least.": "共 {total} 个类别，已省略混淆最少的 {n} 个。",
    "Shades grow with the share of each line.": "颜色深浅表示在该行中的占比。",
    "Matrix row": "行",
    "Matrix column": "列",
    "{total} {unit}": "{total} {unit}",
    "{total} {unit}; bars span wider ranges away from 0": "{total} {unit}；离 0 越远，每根柱子代表的区间越宽",
    "{bound}: {count} of {total} {unit} ({share}) below": "{bound}：{total} {unit}中有 {count}（{share}）低于该值",
    "{bound}: {count} of {total} {unit} ({share}) above": "{bound}：{total} {unit}中有 {count}（{share}）高于该值",
    "{bound}: {count} of {total} {unit} ({share}) at or above": "{bound}：{total} {unit}中有 {count}（{share}）不低于该值",
    "{bound}: between {least} and {most} of {total} {unit} ({low} to {high}) below": (
        "{bound}：{total} {unit}中有 {least} 至 {most}（{low} 至 {high}）低于该值"
    ),
    "{bound}: between {least} and {most} of {total} {unit} ({low} to {high}) above": (
        "{bound}：{total} {unit}中有 {least} 至 {most}（{low} 至 {high}）高于该值"
    ),
    "{bound}: between {least} and {most} of {total} {unit} ({low} to {high}) at or above": (
        "{bound}：{total} {unit}中有 {least} 至 {most}（{low} 至 {high}）不低于该值"
    ),
    "Histogram, {title}: {total} {unit} from {low} to {high}, most of them ({count}) at {range}.": (
        "直方图，{title}：{total} {unit}，范围 {low} 到 {high}，其中 {range} 最多（{count}）。"
    ),
    "Range": "区间",
    "Curves, {title}: {n} of them, {x} from {first} to {last}, {y} from {low} to {high}.": (
        "曲线图，{title}：共 {n} 条，{x} 从 {first} 到 {last}，{y} 从 {low} 到 {high}。"
    ),
    "Of {points} points {most} are shown: the lowest and the highest of each stretch.": (
        "共 {points} 个点，显示 {most} 个：每一小段取最低点和最高点。"
    ),
    "{n} points are not above 0: a logarithmic axis has no place for them.": "有 {n} 个点不大于 0，无法画在对数坐标上。",
    "Curve": "曲线",
    "Points, {title}: {total} in all, most of them ({most}) near {x} {at_x} and {y} {at_y}.": (
        "散点图，{title}：共 {total} 个点，最密处（{most} 个）在 {x} {at_x}、{y} {at_y} 附近。"
    ),
    "The larger a circle, the more points it stands for; the largest has {most}.": "圆越大，点越多；最大的含 {most} 个点。",
    "{bound} alone would drop {count} of {total} {unit} ({share}); other bounds and later steps are not counted": (
        "仅凭 {bound}，{total} {unit}中将删除 {count}（{share}）；未计入其他界限和后续步骤"
    ),
    "{bound} alone would join {count} of {total} {unit} ({share}); other steps are not counted": (
        "仅凭 {bound}，{total} {unit}中将有 {count}（{share}）判为重复；未计入其他步骤"
    ),
    "between {least} and {most}": "{least} 至 {most}",
    "{name} = {value}": "{name} = {value}",
    "{name} just under {value}": "{name} 略小于 {value}",
    "{name} just over {value}": "{name} 略大于 {value}",
    "Move {bound}": "调整 {bound}",
}
