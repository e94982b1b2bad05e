"""The words by which mail programs mark headers, replies, forwards and signatures, in the languages they are met in."""

from __future__ import annotations

from functools import cache

from dprep.kernels.phrases import Phrases, table

HEADER, CORE, ENCODED, ORIGINAL, FORWARDED, FORWARDED_END, BEGINS, WEEKDAY = (1 << n for n in range(8))
DEVICE, FOOTER, DISCLAIMER, SIGN_OFF, PGP_HEAD, PGP_SIGNATURE, ENDS = (1 << n for n in range(8, 15))
POSTSCRIPT = 1 << 15
GRID_TO, GRID_SUBJECT = 1 << 16, 1 << 17

_SENDERS = """\
from|received|return-path|message-id|delivered-to|x-sender|resent-from|发件人|發件人|寄件者|寄件人|發信人|差出人|von
de|da|van|от|från|fra|od|보낸 사람|lähettäjä|gönderen"""
_FIELDS = """\
to|cc|bcc|date|sent|subject|reply-to|sender|importance|in-reply-to|references|user-agent|x-mailer|organization
errors-to|precedence|list-id|list-unsubscribe|list-help|list-post|resent-to|resent-date|resent-message-id|envelope-to
x-priority|x-original-to|收件人|收件者|宛先|抄送|副本|密送|发送时间|發送時間|发送日期|发件时间|日期|送信日時|日時|時間
时间|主题|主題|主旨|標題|件名|an|à|para|a|aan|кому|till|til|do|gesendet|datum|envoyé|enviado el|enviado|enviada em
fecha|data|inviato|verzonden|отправлено|дата|skickat|sendt|wysłano|betreff|objet|asunto|assunto|oggetto|onderwerp|тема
ämne|emne|temat|kopie|copie|копия|받는 사람|보낸 날짜|제목|참조"""
_ENCODED = "content-type|content-transfer-encoding|mime-version"

_ORIGINAL = """\
-----original message|----- original message|-----original appointment|-----ursprüngliche nachricht
----- ursprüngliche nachricht|-----message d'origine|-----message d’origine|----- message original
-----mensaje original|----- mensaje original|-----mensagem original|-----messaggio originale
-----oorspronkelijk bericht|-----исходное сообщение|-----ursprungligt meddelande|-----wiadomość oryginalna
-----原始邮件|----- 原始邮件|---- 原始邮件|------------------ 原始邮件|------------------ 原始郵件|-------- 原始邮件
----- 原始郵件|-----原始郵件|-----邮件原件|-------- 转发邮件|-----转发邮件|----- 元のメッセージ|-----元のメッセージ
-----원본 메시지|-------- original message|--- original message|---- original message|> 原始邮件"""
_FORWARDED = """\
begin forwarded message|---------- forwarded message|----- forwarded|------- forwarded|------ forwarded
-------- forwarded|--- begin forwarded|------- start of forwarded|---------- weitergeleitete nachricht
anfang der weitergeleiteten|---------- mensaje reenviado|---------- message transmis|---------- mensagem encaminhada
---------- messaggio inoltrato|début du message réexpédié|---------- 转发的邮件|开始转发邮件|---------- 已转发邮件
开始转发的邮件|下面是被转发的邮件"""
_FORWARDED_END = """\
--- end forwarded|------- end of forwarded|------ end of forwarded|----- end forwarded|---------- end forwarded
-------- end of forwarded"""

_BEGINS = """\
on|at|am|le|el|il|em|op|den|dnia|w dniu|em|no dia|quoting|in article|in message|also sprach|once upon a time
thus spake|vào|on or about|when|my spies report that"""
_DATED = "在|于|於|20|19|1|2|3|4|5|6|7|8|9|0|пн|вт|ср|чт|пт|сб|вс|mon|tue|wed|thu|fri|sat|sun|lun|mar|mer|gio|ven|sab|dom"
_WEEKDAYS = "on mon|on tue|on wed|on thu|on fri|on sat|on sun"
_ENDS = """\
wrote:|wrote :|wrote*:|writes:|writes :|said:|says:|schrieb:|schreibt:|schrieb :|a écrit :|a écrit:|escribió:
escribio:|escreveu:|ha scritto:|scrisse:|schreef:|skrev:|skriver:|kirjoitti:|пишет:|писал:|писала:|написал:|написала:
написал(а):|пише:|napisał:|napisał(a):|yazdı:|写道：|写道:|寫道：|寫道:|写到：|写到:|さんは書きました:
さんは書きました：|のメール:|のメッセージ:|님이 작성:|wrote the following:|stated the following:|typed:|spewed:
whispered:|mumbled:|mentioned:|asked:|included:|responded:|replied:|said on|uttered:|exclaimed:|stated:
was heard to say:|spake:|enlightened us with:|opined:|noted:|claimed:|wrote this:|thusly:|sent this:|scribbled:
wrote thusly:|says::"""

_DEVICES = """\
sent from my|sent from a|sent from mail for|sent from yahoo mail|sent from outlook|sent from samsung|sent from gmail
sent via|sent with proton|get outlook for|von meinem|gesendet von|envoyé de mon|envoyé depuis|enviado desde mi
enviado do meu|enviado desde|enviado via|inviato da|verzonden vanaf|отправлено с|skickat från min|发自我的|發自我的
发自|来自我的|从我的|從我的|發送自我的|发送自我的|從我的|iphoneから送信|나의 iphone에서"""
_FOOTERS = """\
to unsubscribe from this|to unsubscribe, |to unsubscribe:|to unsubscribe send|to unsubscribe e-mail
you received this message because|you are receiving this|you have received this|you are subscribed as
your use of yahoo|do you yahoo|this sf.net email is|this list is|to be removed from|to stop receiving
you are currently subscribed|to leave this|irish linux users' group|list maintainer:|unsubscribe:
to manage your subscription|mailing list:|community email addresses|如需退订|取消订阅|退订|如果您不想再收到"""
_HELD = """\
mailing list|unsubscri|mailman/listinfo|do you yahoo|hotmail.com|sponsored by|groups sponsor|get your free
join the world|msn photos|chat with friends|/majordomo|list maintainer|http://xent.com|sign up for|free email
send and receive|退订|取消订阅|add photos to your|use perl|yahoo!"""
_DISCLAIMERS = """\
this e-mail and any|this email and any|this e-mail, and any|this email, and any|this e-mail is intended
this email is intended|this message is intended|this message and any|this message, including
this communication is intended|this transmission is intended|the information contained in this
the information in this e|the information transmitted|this e-mail message|this email message is
this message contains confidential|this email contains|this e-mail contains|this e-mail may contain
this email may contain|this message may contain|confidentiality notice|confidentiality note|disclaimer:|legal notice
notice: this e|important notice: this|*** confidential|diese e-mail enthält|diese e-mail kann|diese nachricht ist
ce message et|ce message est|este mensaje|este correo|esta mensagem|questo messaggio|dit bericht is|本邮件及|本邮件（
本邮件(|本邮件包含|本邮件所|本郵件|此邮件|本电子邮件|本電子郵件|免责声明|保密声明|声明：本邮件|【保密|注意：本邮件
这封邮件及"""
_SIGN_OFFS = """\
regards|best regards|kind regards|kindest regards|warm regards|warmest regards|with kind regards|with best regards
many thanks and regards|thanks and regards|thanks & regards|best|all the best|best wishes|sincerely|yours sincerely
sincerely yours|yours truly|yours faithfully|respectfully|cheers|cordially|ciao|later|thanks|thanks a lot|many thanks
thank you|thanks in advance|thanks again|thx|ta|yours|love|mit freundlichen grüßen|mit freundlichen grüssen
freundliche grüße|viele grüße|beste grüße|liebe grüße|gruß|grüße|mfg|cordialement|bien cordialement|bien à vous
salutations|amicalement|saludos|un saludo|atentamente|saludos cordiales|atenciosamente|abraços|cumprimentos
cordiali saluti|distinti saluti|saluti|met vriendelijke groet|groeten|с уважением|hälsningar|mvh|pozdrawiam|此致|敬礼
敬禮|顺祝商祺|順祝商祺|祝好|祝商祺|谢谢|謝謝|此致敬礼|顺颂商祺|顺颂时祺|顺祝|致礼|致敬|best rgds|brgds|rgds"""

_POSTSCRIPTS = """\
p.s.|p. s.|ps:|ps.|ps |ps,|p.p.s.|pps|postscript|附：|附:|附件|附言|附注|附上|又及|另：|另:|另，|另外|補充|补充|备注|備註"""


def _each(words: str) -> list[str]:
    return [word for line in words.splitlines() for word in line.split("|")]


@cache
def line_starts() -> Phrases:
    """What a line may start with."""
    flags: dict[str, int] = {}
    for words, flag in ((_SENDERS, HEADER | CORE), (_FIELDS, HEADER), (_ENCODED, HEADER | ENCODED)):
        for name in _each(words):
            for spelled in _spellings(name):
                for colon in (":", "：", " :", "*:"):
                    flags[spelled + colon] = flag
    plain = (
        *(
            (_ORIGINAL, ORIGINAL),
            (_FORWARDED, FORWARDED),
            (_FORWARDED_END, FORWARDED_END),
            (_DEVICES, DEVICE),
            (_FOOTERS, FOOTER),
        ),
        *(
            (_DISCLAIMERS, DISCLAIMER),
            (_SIGN_OFFS, SIGN_OFF),
            (_POSTSCRIPTS, POSTSCRIPT),
            (_DATED, BEGINS),
            (_WEEKDAYS, WEEKDAY),
        ),
    )
    for words, flag in plain:
        for phrase in _each(words):
            for spelled in _spellings(phrase):
                flags[spelled] = flags.get(spelled, 0) | flag
    for phrase in _each(_BEGINS):
        flags[phrase + " "] = flags.get(phrase + " ", 0) | BEGINS
    flags["-----begin pgp signed message"] = PGP_HEAD
    flags["-----begin pgp signature"] = PGP_SIGNATURE
    return table(flags)


@cache
def line_ends() -> Phrases:
    """What an attribution may end with."""
    return table(dict.fromkeys(_each(_ENDS), ENDS), backwards=True)


@cache
def footers() -> Phrases:
    """What the footer of a mailing list or of a mail provider holds."""
    return table(dict.fromkeys(_each(_HELD), FOOTER))


@cache
def grids() -> Phrases:
    """What the right column of a header in two columns holds."""
    return table({"  to:": GRID_TO, "  subject:": GRID_SUBJECT})


def _spellings(phrase: str) -> set[str]:
    """Kernels fold the case of ASCII letters only: other letters come small, capital, and with a capital first one."""
    return {phrase, phrase.upper(), phrase[:1].upper() + phrase[1:], phrase.title()} if not phrase.isascii() else {phrase}
