"""Words that negate, by language, and words that only look as if they did."""

from collections.abc import Iterable
from functools import cache

from dprep.kernels.automaton import Automaton, automaton

NEGATES, LOOKS_SO = range(2)
"""Kinds of terms."""

_CONTRACTED = (
    "ain aren can couldn daren didn doesn don hadn hasn haven isn mayn mightn mustn needn oughtn shan shouldn wasn weren"
    " won wouldn"
)
"""Verbs before `n't`."""
_WORDS = ("can", "shan", "won")
"""Those that are other words without the apostrophe, before `t`."""
SPACED = {
    "en": "not no never none nothing nobody nowhere neither nor without cannot unable cant",
    "de": (
        "nicht nichts nie niemals niemand niemanden niemandem nirgends nirgendwo kein keine keinen keinem keiner keines"
        " keins weder ohne"
    ),
    "fr": "pas jamais rien aucun aucune sans ni non nulle",
    "es": "no nunca jamás nada nadie ningún ninguno ninguna ningunos ningunas sin tampoco ni",
    "it": "non mai niente nulla nessun nessuno nessuna senza né neanche nemmeno neppure",
    "pt": "não nunca jamais nada ninguém nenhum nenhuma sem nem",
    "nl": "niet niets nooit niemand nergens geen zonder noch",
    "ru": "не нет ни никогда ничего ничто никто никого нигде никак без нельзя",
}
"""Words between blanks and punctuation."""
CHINESE = (
    "不 没 沒 无 無 未 非 别 別 勿 莫 没有 沒有 从不 從不 从未 從未 并不 並不 并非 並非 绝不 絕不 决不 決不 毫不 毫无 毫無"
    " 无法 無法 没收到 沒收到 不同意 不能 不会 不會 不是 不要 不用 不可 不可以 未必 不必 尚未 从没 從沒 不再 别再 別再 不许"
    " 不許 不准 不得 否"
)
NOT_CHINESE = (
    "不过 不過 不但 不仅 不僅 不只 不单 不單 不光 不管 不论 不論 不料 不禁 不久 不断 不斷 不妨 不愧 不如 不同 不得不 不得了"
    " 不一会儿 不一會兒 不好意思 不可思议 不可思議 不错 不錯 不少 不时 不時 不停 不已 不惜 不觉 不覺 不由得 不由 对不起"
    " 對不起 差不多 了不起 要不 要不然 不然 不知不觉 不知不覺 是不是 好不好 行不行 对不对 對不對 能不能 会不会 會不會 要不要"
    " 可不可以 有没有 有沒有 想不想 去不去 来不来 來不來 用不用 该不该 該不該 愿不愿意 願不願意 没关系 沒關係 没事 沒事 没收"
    " 沒收 没落 沒落 淹没 淹沒 埋没 埋沒 沉没 沉沒 出没 出沒 吞没 吞沒 没错 沒錯 无论 無論 无数 無數 无限 無限 无疑 無疑"
    " 无比 無比 无锡 無錫 无线 無線 无人机 無人機 无所谓 無所謂 无奈 無奈 未来 未來 未免 未婚 未成年 非常 非洲 南非 北非"
    " 除非 是非 非凡 莫非 若非 非得 非要 无非 無非 别人 別人 别的 別的 别墅 別墅 别处 別處 别名 別名 特别 特別 分别 分別"
    " 区别 區別 级别 級別 类别 類別 性别 性別 个别 個別 告别 告別 离别 離別 识别 識別 辨别 辨別 差别 差別 派别 鉴别 鑒別"
    " 别致 別緻 道别 送别 永别 久别 莫名其妙 莫斯科 莫大 勿忘我 否则 否則 是否 能否 可否 与否 與否 否认 否認 否定 否决 否決"
    " 不锈钢 不鏽鋼 不动产 不動產 不等式 有的放矢"
)
"""Words that hold such a character and negate nothing, or that ask: `能不能`."""


@cache
def negations(languages: tuple[str, ...], more: tuple[str, ...]) -> tuple[Automaton, ...]:
    """What negates in `languages`, and `more` terms: those that stand between blanks, and those that need not."""
    own = {word.lower() for word in more}
    anywhere = {word for word in own if max(word) >= "\u2e80"}  # where the scripts without blanks begin
    alone = own - anywhere
    for language in languages:
        alone.update(SPACED.get(language, "").split())
    if "en" in languages:
        alone.update(_contractions())
    if "zh" in languages:
        anywhere.update(CHINESE.split())
    others = NOT_CHINESE.split() if "zh" in languages else []
    spaced = (automaton(sorted(alone), edges=True),) if alone else ()
    return (*spaced, _unspaced(sorted(anywhere), others)) if anywhere else spaced


def _contractions() -> list[str]:
    """`don't`, `don’t`, `dont`, and as tokenizers leave them: `do n't`, `don ' t`."""
    verbs = _CONTRACTED.split()
    joined = [f"{verb}{mark}t" for verb in verbs for mark in ("'", "’", " ' ", " ’ ")]
    return ["n't", "n’t", *joined, *(f"{verb}t" for verb in verbs if verb not in _WORDS)]


def _unspaced(negating: Iterable[str], others: Iterable[str]) -> Automaton:
    kinds = {**dict.fromkeys(negating, NEGATES), **dict.fromkeys(others, LOOKS_SO)}
    return automaton(kinds, kinds=kinds.values())
