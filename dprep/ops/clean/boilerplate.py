"""Remove the lines of a web page that are about the page: cookie banners, legal footers, menus, counters, "read more".

A line goes if it is short (`most_characters`) and holds a phrase of the kinds asked for, or if it is nothing but a word of
the menu ("Home", "Log in", 首页); case, blanks and punctuation around do not count there. Long lines stay: an article about
cookies is no banner. Your own `phrases` are treated like those of the built-in lists.

Use it after `clean.html` with all text kept, or on crawled text. Do not use it on legal texts, on guides for web sites or on
chats of a help desk: their short lines speak of cookies and log-ins in earnest. Main-content extraction of `clean.html`
removes more, where HTML is at hand. Empty lines stay: `clean.whitespace` puts them in order.

In mails and other text wrapped at a fixed width a line is not judged where it goes on with the sentence of the line before
it: that line stays, has 45 characters or more and no end mark, and this one starts with a lower-case letter ("…strictly based
on the" / "following terms and conditions"). Text wrapped narrower, or Chinese so wrapped, may lose such lines: join them first.

Kinds: `cookies` (consent banners), `legal` (terms, privacy, copyright, licences of sites), `menu` (navigation, log-in, share
buttons; the whole line must be such a word), `counters` ("12 comments", 3 条评论), `more` ("read more", 展开全文).

**Chinese.** Simplified and traditional phrases are in every list (本网站使用Cookie, 版权所有, 展开, 更多, 登录, 浏览量). 展开
and 更多 must be the whole line, as MAP-NEO counts lines ending with them but does not remove them: "了解更多" stays inside
sentences.

Source: the phrases are our own choice, after the pages of the open web; `legal` and `cookies` include C4's six policy phrases
(datatrove `src/datatrove/pipeline/filters/c4_filters.py`).

```toml
op = "clean.boilerplate"
```
```diff
- {"text": "Home\\nLog in\\nThe lamp is made of brass.\\nWe use cookies to improve this site.\\nRead more »"}
+ {"text": "The lamp is made of brass."}
- {"text": "首页\\n图书馆每天九点开门。\\n版权所有 © 2024 市图书馆\\n展开全文"}
+ {"text": "图书馆每天九点开门。"}
  {"text": "I went home and read more of the book."}
  {"text": "The cookies were still warm."}
  {"text": "The lamp is lent to you for a month, strictly based on the\\nfollowing terms and conditions of the museum."}
- {"text": "12 comments\\nShe used no cookies, and no flour."}
+ {"text": "She used no cookies, and no flour."}
```

```toml
op = "clean.boilerplate"
kinds = ["menu"]
phrases = ["sponsored by"]
```
```diff
- {"text": "Sponsored by Brass & Sons\\nThe lamp is old."}
+ {"text": "The lamp is old."}
  {"text": "We use cookies."}
- {"text": "Menu\\nThe lamp is old."}
+ {"text": "The lamp is old."}
```
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Annotated, Literal

import polars as pl
from annotated_types import Ge
from pydantic import Strict

from dprep.base.operator import Clean, Words
from dprep.base.text import Text
from dprep.ops.clean._lines import Edited, exploded, protected, without

Kinds = Annotated[tuple[Literal["cookies", "legal", "menu", "counters", "more"], ...], Strict(False)]

HELD: Mapping[str, tuple[str, ...]] = {
    "cookies": (
        *(
            "we use cookies",
            "uses cookies",
            "use of cookies",
            "use cookies",
            "cookie policy",
            "cookie settings",
            "cookie preferences",
        ),
        *("cookie notice", "cookie consent", "accept all cookies", "accept cookies", "reject all cookies", "manage cookies"),
        *(
            "使用cookie",
            "使用 cookie",
            "接受cookie",
            "接受 cookie",
            "接受所有cookie",
            "接受所有 cookie",
            "拒绝所有cookie",
            "拒绝所有 cookie",
        ),
        *("cookie设置", "cookie 设置", "cookie政策", "cookie 政策", "cookie 設定", "cookie設定", "接受所有 cookie"),
    ),
    "legal": (
        *("all rights reserved", "privacy policy", "terms of use", "terms of service", "terms and conditions", "copyright ©"),
        *("© copyright", "copyright (c)", "protected by recaptcha", "enable javascript", "powered by wordpress", "dmca"),
        *(
            "版权所有",
            "版權所有",
            "保留所有权利",
            "保留所有權利",
            "保留一切权利",
            "隐私政策",
            "隱私政策",
            "隐私条款",
            "隱私權政策",
            "隐私权政策",
        ),
        *(
            "服务条款",
            "服務條款",
            "用户协议",
            "使用条款",
            "使用條款",
            "免责声明",
            "免責聲明",
            "转载请注明",
            "轉載請註明",
            "未经授权不得转载",
        ),
        *("icp备", "icp證", "icp证", "公网安备", "增值电信业务经营许可证", "互联网新闻信息服务许可证", "违法和不良信息举报"),
    ),
}
"""Phrases that a short line may hold anywhere; case of ASCII letters is ignored."""

WHOLE: Mapping[str, tuple[str, ...]] = {
    "menu": (
        *(
            "home",
            "menu",
            "main menu",
            "skip to content",
            "skip to main content",
            "skip to navigation",
            "search",
            "log in",
            "login",
        ),
        *(
            "log out",
            "logout",
            "sign in",
            "sign up",
            "sign out",
            "register",
            "my account",
            "about",
            "about us",
            "contact",
            "contact us",
        ),
        *(
            "faq",
            "help",
            "sitemap",
            "site map",
            "back to top",
            "top",
            "next",
            "previous",
            "next page",
            "previous page",
            "share",
        ),
        *(
            "share this",
            "tweet",
            "print",
            "email",
            "subscribe",
            "newsletter",
            "add to cart",
            "view cart",
            "checkout",
            "close",
            "reply",
        ),
        *(
            "share on facebook",
            "share on twitter",
            "leave a comment",
            "leave a reply",
            "post a comment",
            "related posts",
            "advertisement",
        ),
        *(
            "首页",
            "首頁",
            "主页",
            "返回首页",
            "回首页",
            "返回顶部",
            "回到顶部",
            "导航",
            "网站导航",
            "网站地图",
            "搜索",
            "搜尋",
            "登录",
            "登錄",
            "登入",
        ),
        *(
            "注册",
            "註冊",
            "登录注册",
            "退出",
            "退出登录",
            "关于我们",
            "關於我們",
            "联系我们",
            "聯繫我們",
            "联系方式",
            "帮助",
            "帮助中心",
            "上一页",
        ),
        *(
            "下一页",
            "上一篇",
            "下一篇",
            "分享",
            "分享到",
            "打印",
            "收藏",
            "举报",
            "回复",
            "回覆",
            "点赞",
            "关注",
            "订阅",
            "客服",
            "广告",
            "廣告",
        ),
        *(
            "加入购物车",
            "立即购买",
            "相关推荐",
            "相关阅读",
            "热门推荐",
            "猜你喜欢",
            "发表评论",
            "友情链接",
            "设为首页",
            "加入收藏",
            "扫一扫",
        ),
    ),
    "more": (
        *(
            "read more",
            "read more...",
            "show more",
            "see more",
            "view more",
            "load more",
            "learn more",
            "continue reading",
            "more",
        ),
        *("show less", "read less", "click here", "click here to read more", "see all", "view all", "expand", "collapse"),
        *(
            "更多",
            "查看更多",
            "阅读更多",
            "加载更多",
            "点击加载更多",
            "了解更多",
            "展开",
            "展開",
            "展开全文",
            "展开更多",
            "收起",
            "收起全文",
        ),
        *("阅读全文", "閱讀全文", "查看全文", "点击查看", "点击查看更多", "查看详情", "继续阅读", "繼續閱讀", "全文"),
    ),
}
"""What a line may not be as a whole, once case, and the blanks and punctuation around it, are taken off."""

COUNTER = (
    r"(?i)^\W*\d[\d,.]*(?:[kmb]|千|万|萬|亿)?\s*(?:(?:likes?|shares?|comments?|replies|views?|followers?|subscribers?|retweets?|"
    r"upvotes?|downloads?|votes?)|(?:个|個|条|條|次|人|位)?\s*(?:点?赞|點?讚|评论|評論|回复|转发|分享|收藏|浏览|瀏覽|阅读|閱讀|播放|粉丝|关注|下载))\W*$"
    r"|^\W*(?:浏览量?|阅读量?|点击量?|评论数?|转发|点赞数?|播放量?|浏览次数|阅读次数|views?|comments?|likes?|shares?)\s*[:：(（]\s*\d[\d,.]*(?:[kmb]|千|万)?\W*$"
)


class Boilerplate(Clean):
    kinds: Kinds = ("cookies", "legal", "menu", "counters", "more")
    """Which lists apply."""

    phrases: Words = ()
    """More phrases that a short line may not hold."""

    most_characters: Annotated[int, Ge(1)] = 120
    """Longest line that is removed."""

    def edit(self, text: Text) -> pl.Series:
        return text.once(_editor(self)).texts

    def counts(self, before: Text, after: pl.Series) -> dict[str, pl.Series]:
        """Lines removed by kind."""
        return before.once(_editor(self)).counts


@cache
def _editor(op: Boilerplate) -> Callable[[Text], Edited]:
    rules = _rules(op)

    def edited(text: Text) -> Edited:
        lines = exploded(text).with_columns(bare=_bare())
        short = pl.col("line").str.len_chars() <= op.most_characters
        kinds: list[pl.Expr] = [pl.when(short & rule).then(pl.lit(name)) for name, rule in rules.items()]
        lines = lines.with_columns(kind=pl.coalesce(kinds or [pl.lit(None, dtype=pl.String)]))
        lines = protected(lines, pl.col("kind").is_not_null())
        return without(text, lines.with_columns(kind=pl.when(~pl.col("protected")).then("kind")), rules)

    return edited


def _bare() -> pl.Expr:
    """The line in lower case without what is no letter, digit or mark at its ends."""
    return pl.col("line").str.replace_all(r"^[^\p{L}\p{N}]+|[^\p{L}\p{N}\p{M}]+$", "").str.to_lowercase()


def _rules(op: Boilerplate) -> dict[str, pl.Expr]:
    """What makes a line one of each kind, in the order of the kinds."""
    rules = {}
    for kind in op.kinds:
        if kind in HELD:
            rules[str(kind)] = pl.col("line").str.contains_any(list(HELD[kind]), ascii_case_insensitive=True)
        elif kind == "counters":
            rules[str(kind)] = pl.col("line").str.contains(COUNTER)
        else:
            rules[str(kind)] = pl.col("bare").is_in([_stripped(word) for word in WHOLE[kind]])
    own = [phrase for phrase in op.phrases if phrase]
    if own:
        rules["phrases"] = pl.col("line").str.contains_any(own, ascii_case_insensitive=True)
    return rules


def _stripped(word: str) -> str:
    """A word of the lists as `_bare` would leave it."""
    return word.rstrip(". ").lower()
