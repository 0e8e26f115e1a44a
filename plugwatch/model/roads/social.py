"""How long a post is, as each social network counts.

Mastodon: app/validators/status_length_validator.rb (graphemes; a web address counts 23, a mention without its server).
Bluesky: the lexicon app.bsky.feed.post (graphemes, and a limit in bytes of UTF-8). X: twitter-text 3, config v3.json
(characters weigh 1 or 2, an emoji weighs 2, a web address 23). All three cut the white space around a post.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from plugwatch.errors import NotFoundError
from plugwatch.model.graphemes import is_flag_letter, is_picture, split_graphemes
from plugwatch.model.roads.road import NETWORKS

NAMES = {"mastodon": "Mastodon", "bluesky": "Bluesky", "x": "X"}
_URL_LENGTH = 23
_BLUESKY_BYTES = 3_000

# Of the top-level domains that twitter-text knows, all with two letters and the commonest longer ones. Behind one that
# is not listed an address with https:// counts 23 or as it stands, whichever is more.
_COUNTRIES = (
    "ac ad ae af ag ai al am an ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bl bm bn bo bq br bs bt bv bw by "
    "bz ca cc cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg eh er es et eu fi fj fk fm "
    "fo fr ga gb gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je "
    "jm jo jp ke kg kh ki km kn kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mf mg mh mk ml mm mn mo mp "
    "mq mr ms mt mu mv mw mx my mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa "
    "re ro rs ru rw sa sb sc sd se sg sh si sj sk sl sm sn so sr ss st su sv sx sy sz tc td tf tg th tj tk tl tm tn to "
    "tp tr tt tv tw tz ua ug uk um us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw"
)
_GENERIC = (
    "aero agency app art asia berlin biz blog build business cafe cat cloud club codes coffee com community company "
    "consulting coop dev digital domains edu education email engineering expert express fun fyi global gmbh google gov "
    "group guru hamburg help host hosting info ink int international io jobs koeln life link live ltd marketing media "
    "mil mobi money museum name net network news nrw one online org page partners photo photography pics plus press "
    "pro rocks run sale school services shop site social software solutions space store studio support systems team "
    "tech technology theme tips today tools top travel video vip website wiki wien work works world wtf xyz zone"
)
_KNOWN = frozenset(f"{_COUNTRIES} {_GENERIC}".split())
_LABEL = r"[^\s!'#%&()*+,\\\-./:;<=>?@\[\]^_{|}~$\"`]"
_PLACE = r"[a-z0-9\u00c0-\u024f\u0400-\u04ff!*';:=+,.$/%#\[\]\-\u2013_~@|&]"
_TAIL = rf"(?::[0-9]+)?(?:/(?:{_PLACE}|\({_PLACE}*\))*)?(?:\?[a-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]*)?"
_WITH_SCHEME = re.compile(
    rf"(?<![A-Za-z0-9@$#])https?://(?P<host>(?:{_LABEL}(?:[_-]*{_LABEL})*\.)+(?P<top>[a-z]{{2,24}}|xn--[a-z0-9-]+))"
    rf"(?![A-Za-z0-9@])(?P<tail>{_TAIL})",
    re.IGNORECASE,
)
_BARE = re.compile(
    r"(?<![\w@$#./-])(?P<host>(?:[a-z0-9\u00c0-\u024f-]+\.)+(?P<top>[a-z]{2,24}))(?![A-Za-z0-9@])"
    rf"(?P<tail>{_TAIL})",
    re.IGNORECASE,
)
# What does not belong to an address where it stands at its end; a path has its brackets in pairs.
_AFTER_QUERY = re.compile(r"[^a-z0-9\-_&=#/]+\Z", re.IGNORECASE)
_AFTER_PATH = re.compile(r"[^a-z0-9+\-=_#/)\u00c0-\u024f\u0400-\u04ff]+\Z", re.IGNORECASE)
_MENTION = re.compile(
    r"(?<![\w=/@])@(?P<name>[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?)@[\w.-]*\w(?::[0-9]+)?", re.IGNORECASE
)
# Behind these a character of X's weighs 1, else 2.
_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
# Of a sequence that is one emoji: the wish for colour, a joiner, a skin tone, a tag.
_EMOJI_PART = re.compile("[\ufe0f\u200d\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]")
_KEYCAP = re.compile("[0-9#*]\ufe0f?\u20e3")


def length(network: str, text: str) -> int:
    """How long a text is for a network of NETWORKS, in what that network counts. Raises NotFoundError for others."""
    if network not in _LENGTHS:
        raise NotFoundError(f"'{network}' is not a network that plugwatch knows; choose one of {', '.join(NETWORKS)}")
    return _LENGTHS[network](text.strip())


def fits(network: str, text: str) -> bool:
    """Whether a network takes a text as one post."""
    return check_length(network, text) is None


def check_length(network: str, body: str) -> str | None:
    """What is wrong with the length of a post, in words; None where nothing is."""
    counted, limit = length(network, body), NETWORKS[network]
    if counted > limit:
        return f"the post has {counted:,} characters as {NAMES[network]} counts, which takes {limit:,}"
    size = len(body.strip().encode("utf-8", "replace"))
    if network == "bluesky" and size > _BLUESKY_BYTES:
        return f"the post has {size:,} bytes, Bluesky takes {_BLUESKY_BYTES:,}"
    return None


def _mastodon(text: str) -> int:
    with_placeholders = _replace(_WITH_SCHEME, text)
    return len(split_graphemes(_MENTION.sub(lambda found: f"@{found['name']}", with_placeholders)))


def _bluesky(text: str) -> int:
    return len(split_graphemes(text))


def _x(text: str) -> int:
    plain = unicodedata.normalize("NFC", text)
    return sum(map(_weigh, split_graphemes(_replace(_BARE, _replace(_WITH_SCHEME, plain)))))


def _replace(pattern: re.Pattern[str], text: str) -> str:
    """The text with so many letters in the place of each web address as it counts."""

    def put(found: re.Match[str]) -> str:
        top = found["top"].lower()
        path, mark, query = found["tail"].partition("?")
        query = _AFTER_QUERY.sub("", query)
        tail = f"{path}{mark}{query}" if query else _AFTER_PATH.sub("", path)
        rest = found["tail"][len(tail) :]
        if top in _KNOWN or top.startswith("xn--"):
            return "x" * _URL_LENGTH + rest
        if pattern is _BARE:
            return found[0]
        return "x" * max(_URL_LENGTH, len(found[0]) - len(rest)) + rest

    return pattern.sub(put, text)


def _weigh(cluster: str) -> int:
    """The weight of one cluster on X: an emoji of several code points is one, any other is the sum of its parts."""
    emoji = is_picture(cluster[0]) and _EMOJI_PART.search(cluster, 1) is not None
    emoji = emoji or (len(cluster) == 2 and is_flag_letter(cluster[0])) or _KEYCAP.fullmatch(cluster) is not None
    return 2 if emoji else sum(1 if any(a <= ord(one) <= b for a, b in _LIGHT) else 2 for one in cluster)


_LENGTHS: dict[str, Callable[[str], int]] = {"mastodon": _mastodon, "bluesky": _bluesky, "x": _x}
