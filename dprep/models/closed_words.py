"""Words that carry grammar, not content: stop words that no synonym replaces, and for English what kind each is.

Written for dprep from the closed classes of each language's grammar: articles, pronouns, prepositions, conjunctions,
auxiliaries, particles, negations, number words, and adverbs of degree, time and place that are as fixed.
"""

from __future__ import annotations

from functools import cache

from dprep.kernels.offers import BE, DEGREE, DETERMINER, HAVE, MODAL, OTHER, PARTICLE, PREPOSITION, SUBJECT, TO

_ENGLISH = {
    DETERMINER: (
        "the a an my your his its our their these those every each no some any another whose either neither such both one "
        "two three four five six seven eight nine ten several many few first second third last next other same"
    ),
    TO: "to",
    MODAL: (
        "can could will would shall should may might must cannot can't couldn't won't wouldn't shan't shouldn't mightn't "
        "mustn't do does did don't doesn't didn't let's lets please cant dont doesnt didnt wont couldnt wouldnt shouldnt "
        "gonna wanna i'll you'll he'll she'll we'll they'll it'll i'd you'd he'd she'd we'd they'd ought need dare"
    ),
    SUBJECT: "i we he she they who",
    BE: (
        "am is are was were be been being isn't aren't wasn't weren't i'm you're he's she's it's we're they're that's "
        "there's ain't isnt arent wasnt werent im youre theyre thats what's who's where's how's here's gets getting got "
        "become becomes"
    ),
    HAVE: "have has had having haven't hasn't hadn't i've you've we've they've havent hasnt hadnt ive youve weve",
    PREPOSITION: (
        "of in at for with by from about into onto without within between among through during before after under above "
        "below behind beside besides beyond near since until till against toward towards upon across along around despite "
        "except inside outside like unlike per via amid throughout regarding concerning versus than as"
    ),
    DEGREE: "very so too more most less least quite rather really pretty extremely how as",
    PARTICLE: "up out off down away back over on",
    OTHER: (
        "and or but nor yet if because while although though whereas unless whether that this which what when where why "
        "you it me him us them her mine yours hers ours theirs myself yourself himself herself itself ourselves "
        "yourselves themselves whom whoever whatever whichever someone somebody something anyone anybody anything "
        "everyone everybody everything nobody nothing none all not n't never just only even also still already again ever "
        "always often sometimes here there now then today tomorrow yesterday ago soon later once twice yes no ok okay oh "
        "hi hello hey thanks thank well maybe perhaps however therefore thus hence else instead otherwise anyway almost "
        "enough half much little lot lots bit couple own able mr mrs ms dr etc ie eg vs am pm hundred thousand million "
        "billion eleven twelve twenty thirty forty fifty sixty seventy eighty ninety zero further way kind sort thing "
        "things going go went gone goes get do done doing did make made makes making take takes took taken taking come "
        "comes came coming put puts let keep keeps kept us s t re ve ll d m"
    ),
}
_OTHERS = {
    "zh": (
        "的 了 和 是 在 我 你 他 她 它 我们 你们 他们 她们 它们 咱们 自己 人家 大家 这 那 这个 那个 这些 那些 这里 那里 "
        "这儿 那儿 这样 那样 这么 那么 什么 怎么 怎样 为什么 哪 哪个 哪些 哪里 谁 多少 几 一 二 三 四 五 六 七 八 九 十 "
        "百 千 万 亿 一个 一些 一下 一点 两 半 第一 不 没 没有 不是 不能 不会 不要 别 未 无 非 也 都 就 还 又 再 很 太 更 "
        "最 非常 十分 比较 相当 极 只 才 已 已经 曾 曾经 正在 将 将要 刚 刚刚 马上 立刻 一直 总是 经常 常常 有时 从来 能 "
        "能够 可以 可能 会 要 应 应该 应当 必须 得 想 愿意 敢 把 被 让 给 对 对于 关于 从 自 向 往 到 由 以 按 按照 根据 "
        "为 为了 因 因为 由于 所以 因此 但 但是 可是 然而 不过 而 而且 并 并且 或 或者 还是 以及 与 及 跟 同 比 如 如果 "
        "假如 要是 虽然 尽管 即使 只要 只有 除非 除了 吗 呢 吧 啊 呀 哦 嘛 着 过 地 之 其 其中 此 该 上 下 中 里 内 外 前 "
        "后 左 右 间 以前 以后 之前 之后 时 时候 现在 今天 明天 昨天 今年 去年 明年 有 做 来 去 说 年 月 日 个 位 次 种 "
        "些 件 条 只是 就是 也是 都是 还有 请 请问 谢谢 您 您好 你好 每 每个 各 各种 某 某些 所有 全部 任何 另 另外 其他 "
        "其它"
    ),
    "fr": (
        "le la les un une des du de d l au aux à et ou mais donc or ni car que qui quoi dont où ce cet cette ces mon ma "
        "mes ton ta tes son sa ses notre nos votre vos leur leurs je tu il elle on nous vous ils elles me te se lui y en "
        "moi toi soi eux ne pas plus non jamais rien personne aucun aucune point si comme quand lorsque puisque pour par "
        "avec sans sous sur dans entre vers chez depuis pendant avant après contre être suis es est sommes êtes sont "
        "était étaient été étant sera serait avoir ai as a avons avez ont avait avaient eu ayant aura aurait faire fait "
        "fais faites font aller va vais vont peut peux pouvez peuvent doit dois doivent très trop peu aussi encore déjà "
        "toujours souvent ici là oui même tout toute tous toutes chaque quel quelle quels quelles quelque quelques "
        "plusieurs autre autres deux trois quatre cinq six sept huit neuf dix cent mille merci bonjour alors ainsi puis "
        "cela ça ceci celui celle ceux celles"
    ),
    "de": (
        "der die das den dem des ein eine einen einem einer eines kein keine keinen keinem keiner und oder aber denn "
        "sondern doch dass weil wenn ob als wie wo wer was wann warum ich du er sie es wir ihr mich dich sich uns euch "
        "mir dir ihm ihn ihnen mein dein sein unser euer ihre seine meine deine unsere dieser diese dieses diesem diesen "
        "jener jene jedes jeder jede nicht nie nichts nur noch schon auch sehr zu mehr am im in an auf aus bei mit nach "
        "seit von vor über unter zwischen durch für gegen ohne um bis zum zur vom beim ins ans bin bist ist sind seid war "
        "waren gewesen habe hast hat haben hatte hatten werde wird werden wurde wurden worden kann können konnte muss "
        "müssen soll sollen will wollen darf dürfen mag ja nein hier dort da so dann nun jetzt heute immer oft man alle "
        "alles viel viele ein zwei drei vier fünf sechs sieben acht neun zehn bitte danke"
    ),
    "es": (
        "el la los las un una unos unas lo al del de a en con por para sin sobre entre hasta desde hacia según contra y e "
        "o u ni pero sino que quien quienes cual cuales cuyo donde cuando como si porque aunque mientras yo tú él ella "
        "nosotros vosotros ellos ellas usted ustedes me te se nos os le les mi mis tu tus su sus nuestro nuestra este "
        "esta estos estas ese esa esos esas aquel aquella esto eso no nunca nada nadie ningún ninguna sí también tampoco "
        "muy más menos mucho poco tanto tan ya aún todavía siempre aquí ahí allí hoy ser soy eres es somos son era eran "
        "fue fueron sido estar estoy está están estaba haber he has ha hemos han había hay tener tengo tiene tienen hacer "
        "hace poder puede pueden debe deben ir va van todo toda todos todas cada otro otra otros otras uno dos tres "
        "cuatro cinco seis siete ocho nueve diez gracias hola entonces luego"
    ),
    "ru": (
        "и в во не что он на я с со как а то все она так его но да ты к у же вы за бы по только ее мне было вот от меня "
        "еще нет о из ему теперь когда даже ну ли если уже или ни быть был него до вас нибудь опять уж вам ведь там потом "
        "себя ничего ей может они тут где есть надо ней для мы тебя их чем была сам чтоб без будто чего раз тоже себе под "
        "будет ж тогда кто этот того потому этого какой совсем ним здесь этом один почти мой тем чтобы нее были куда "
        "зачем всех никогда можно при об другой хоть после над больше тот через эти нас про всего них какая много разве "
        "эту моя впрочем свою этой перед иногда лучше чуть том нельзя такой им более всегда конечно всю между это"
    ),
}


@cache
def english() -> dict[str, int]:
    """The kind of every English closed-class word."""
    found: dict[str, int] = {}
    for kind, words in _ENGLISH.items():
        for word in words.split():
            found.setdefault(word, kind)
    return found


@cache
def stop_words(language: str) -> frozenset[str]:
    """Those of a language; of one that is not told, those of all that put blanks between words (but English)."""
    if language == "en":
        return frozenset(english())
    chosen = [words for name, words in _OTHERS.items() if name == language or (name != "zh" and language != "zh")]
    return frozenset(word for words in chosen for word in words.split())
