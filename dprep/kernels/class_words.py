"""What class names and ids say of an element: concepts such as navigation, comments, sharing, found by pieces of words."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from dprep.kernels.jit import njit

WORDS = {
    "article": (
        "articlebody article_body article_text articletext article_content articlecontent story_body "
        "storybody story_content post_body postbody post_content postcontent post_text post_entry postentry "
        "entry_content entrycontent entry_text body_text bodytext body_copy bodycopy news_text news_content "
        "newstext article_main text_content textcontent field_body page_content text_block textblock richtext "
        "rich_text _prose_ paragraph main_text maintext main_content maincontent blog_content blogcontent "
        "single_content content_body contentbody content_text _fulltext_ full_text"
    ),
    "article_word": "article artikel _story_ _post_ _entry_ _hentry_ blogpost newsitem _beitrag_",
    "content": "content main _body_ _text_ inhalt",
    "comments": (
        "_comments_ commentlist comment_list comment_body comment_content comment_text commentbody "
        "comment_thread _commentary_ disqus_ _respond_ thread_even thread_odd comment_author comment_meta "
        "comment_form comments_area"
    ),
    "comment": (
        "_comment_ _comments_ commentlist comment_list comments_ commentar komment disqus _dsq_ _respond_ "
        "_reply_ replies discussion leserbrief"
    ),
    "share": (
        "share sharing social facebook twitter whatsapp pinterest linkedin sociable addthis addtoany "
        "follow_us flattr _teilen_ shariff"
    ),
    "related": (
        "related similar recommend _more_ mehr_ readmore read_more morelink _next_ _prev_ previous upnext "
        "up_next popular trending latest recent most_read mostread outbrain taboola _also_ further weitere "
        "suggest related_ verwandt"
    ),
    "teaser": (
        "teaser promo _card_ _cards_ tile_ thumbnail thumb_ carousel slider swiper slick _slide_ listing "
        "archive_ _list_item_ headlines postlist post_list grid_item"
    ),
    "nav": (
        "_nav_ navi navbar navigation _menu_ menu_ _menus_ breadcrumb crumb pager pagination paging toolbar "
        "tabs_ _tab_ skip_ sitemap topbar navlinks _toc_ tableofcontents table_of_contents"
    ),
    "footer": "footer foot_ bottom copyright imprint impressum colophon footnav",
    "header": "_header_ masthead _head_ topbar pagehead site_header branding _logo_",
    "side": (
        "sidebar side_ aside widget rail_ _rail_ _right_ rightcol right_col _left_ marginal complementary secondary spalte"
    ),
    "ad": (
        "_ad_ _ads_ advert _adv_ anzeige banner sponsor werbung _dfp_ googlead adsense adslot _promoted_ commercial affiliate"
    ),
    "meta": (
        "meta byline _author_ autor author_ _date_ datum dateline timestamp _time_ published postinfo "
        "post_info _info_ entry_utility posted credit _copyright_ source_ _by_ vcard article_info"
    ),
    "tags": (
        "_tags_ _tag_ taglist tag_list tagcloud categories category_ _cats_ _topic_ _topics_ keyword "
        "schlagwort _label_ _labels_"
    ),
    "letter": (
        "newsletter subscribe subscription signup sign_up _form_ _search_ searchform login register "
        "contact_form abo_ paywall donate donation spenden regwall premium"
    ),
    "cookie": (
        "cookie consent gdpr privacy_ cmp_ modal popup pop_up overlay lightbox dialog tooltip alert notice notification"
    ),
    "hidden": (
        "_hidden_ _hide_ invisible visually_hidden visuallyhidden screen_reader screenreader _sr_only_ "
        "noprint no_print display_none dnone _print_only_ offscreen assistive"
    ),
    "caption": (
        "caption gallery _image_ _img_ figure photo _media_ _video_ player picture bildunterschrift embed copyright_ credits"
    ),
    "title": "title headline heading subtitle subhead _kicker_ titel ueberschrift",
    "lead": (
        "_lead_ _intro_ teaser_text excerpt summary standfirst abstract vorspann _dek_ deck_ description introduction lede"
    ),
    "box": (
        "_box_ infobox factbox _info_box_ sidebox pullquote pull_quote _quote_ inset callout _bio_ biography "
        "about_author author_box authorbox author_bio author_info profile"
    ),
    "buttons": (
        "button _btn_ _print_ _email_ tools_ _tools_ actions_ _actions_ _links_ linklist link_list _rating_ "
        "vote_ rate_ feedback"
    ),
    "event": "calendar _event_ weather stock_ product price_ _shop_ warenkorb cart_ basket",
    "list": "_list_ _items_ _index_ overview uebersicht results _feed_ stream_ river",
}
"""Concepts -> pieces of class names and ids that speak for them. `_` is the edge of a word, and between words."""
CONCEPTS = tuple(WORDS)

SAID = {
    "comments": (
        "_comments_ _comment_ leave_a_reply _kommentare_ kommentar_ _replies_ commentaires join_the_conversation _respond_"
        " _antworten_ _reply_"
    ),
    "related": (
        "related_ read_more read_also see_also more_from more_on more_stories more_news you_may_also you_might also_on"
        " most_read most_popular trending recommended_ _latest_ up_next previous_ next_article mehr_zu lesen_sie"
        " _weitere_ weiterlesen auch_interessant _hnliche_ verwandte_ zum_thema lire_aussi voir_aussi read_next"
        " editors_pick empfehl meistgelesen"
        " don_t_miss"
    ),
    "share": (
        "_share_ _teilen_ facebook twitter whatsapp pinterest linkedin _tweet_ e_mail _email_ _print_ drucken follow_us"
        " _folgen_ follow_"
    ),
    "letter": (
        "newsletter subscribe subscription sign_up signup abonn anmelden registrier log_in _login_ register_ donate spenden"
        " support_us unterst_tz password passwort your_inbox become_a_member"
    ),
    "rights": (
        "copyright all_rights alle_rechte impressum datenschutz privacy_ terms_of terms_and cookie disclaimer _agb_"
        " contact_us about_us _ber_uns kontakt_"
    ),
    "ad": "advertis anzeige_ sponsored werbung promoted affiliate commission",
    "byline": (
        "_by_ _von_ _par_ written_by posted_ published_ updated_ ver_ffentlicht aktualisiert min_read minutes_ago hours_ago"
        " days_ago _uhr_ reporting_by editing_by _autor_ _author_ redaktion last_modified"
    ),
    "photo": (
        "_photo_ photo_by _photos_ _foto_ _fotos_ _image_ _images_ getty_ reuters _credit_ _bild_ _quelle_ picture_alliance"
        " _dpa_ _afp_ _video_"
    ),
    "tags": "_tags_ tagged_ filed_under categories category_ schlagw topics_ _themen_ _labels_ keywords",
    "controls": (
        "_menu_ skip_to _search_ _suche_ back_to nach_oben zur_ck _home_ startseite _close_ schlie click_here loading_"
        " javascript your_browser view_all see_all show_more load_more mehr_anzeigen"
    ),
}
"""What short texts say of themselves: kinds -> pieces of English, German and French words, as in `WORDS`."""


@cache
def automaton(said: bool = False) -> tuple[npt.NDArray[np.int16], npt.NDArray[np.int64]]:
    """Aho-Corasick of what texts say or of what names say, over 27 symbols (0: edge of a word).

    Returns (states, 27) moves and (states,) bits that a state completes.
    """
    moves: list[list[int]] = [[-1] * 27]
    bits = [0]
    for bit, words in enumerate((SAID if said else WORDS).values()):
        for word in words.split():
            state = 0
            for letter in word:
                symbol = 0 if letter == "_" else ord(letter) - 96
                if moves[state][symbol] < 0:
                    moves[state][symbol] = len(moves)
                    moves.append([-1] * 27)
                    bits.append(0)
                state = moves[state][symbol]
            bits[state] |= 1 << bit
    fall = [0] * len(moves)
    queue = [(0, symbol) for symbol in range(27)]
    order: list[int] = []
    for state, symbol in queue:
        following = moves[state][symbol]
        longest = moves[fall[state]][symbol] if state else 0
        if following < 0:
            moves[state][symbol] = longest
            continue
        fall[following] = longest
        bits[following] |= bits[longest]
        order.append(following)
        queue += [(following, each) for each in range(27)]
    return np.array(moves, np.int16), np.array(bits, np.int64)


@njit(cache=True, nogil=True)
def concepts(data, i, end, moves, bits):  # type: ignore[no-untyped-def]
    """Bits of the concepts named in data[i:end], which holds class names or an id."""
    state, found, last, small = moves[0, 0], np.int64(0), 0, False
    while i <= end:
        byte = data[i] if i < end else 0x20
        i += 1
        symbol = 0
        if 0x61 <= byte <= 0x7A:
            symbol, upper = byte - 0x60, False
        elif 0x41 <= byte <= 0x5A:
            symbol, upper = byte - 0x40, True
            if small:
                state = moves[state, 0]
                found |= bits[state]
        else:
            upper = False
        small = symbol != 0 and not upper
        if symbol == 0 and last == 0 and i > 1 and state == moves[0, 0]:
            continue
        state = moves[state, symbol]
        found |= bits[state]
        last = symbol
    return found
