"""Mail addresses: plain, with spaces, `name (at) example.org`, and spoken with words for the signs."""

import re
from collections.abc import Iterator

_LOCAL = r"[\w.+%-]"
_AT_WORDS = (
    "at|ät|att|krøllalfa|krøll-alfa|krøllalpha|alfakrøll|alfakrøl|krøll|snabel-a|snabela|snabel a|snable-a|kanelbulle|"
    "miukumauku|miuku|mauku|kissanhäntä|klammeraffe|klammer-affe|affenschwanz|ät-merkki|ättä|arroba"
)
_DOT_WORDS = "dot|punktum|prikk|prik|punkt|piste|point|punktti"

# What may stand between the two halves. Searched on its own first, so that the cost grows with the signs found.
_SIGN = re.compile(rf" ?@ ?| ?[(\[{{<] ?(?:@|a|æt|{_AT_WORDS}) ?[)\]}}>] ?| (?:{_AT_WORDS}) ", re.IGNORECASE)
_LOCAL_END = re.compile(rf"(?<!\w)(?:\w{_LOCAL}{{0,63}}|\w)\Z")
_LOCAL_SPOKEN = re.compile(
    rf"(?<!\w)\w[\w+%-]{{0,30}}(?:(?: (?:{_DOT_WORDS}|bindestrek|bindestreck|understrek|understreck|dash|underscore) )"
    rf"[\w+%-]{{1,30}}){{1,4}}\Z",
    re.IGNORECASE,
)
_DOT = rf"(?: ?[(\[{{] ?(?:\.|{_DOT_WORDS}) ?[)\]}}] ?| (?:{_DOT_WORDS}) )"
_DOMAIN = re.compile(r"[^\W_][\w-]{0,62}(?:\.[^\W_][\w-]{0,62}){1,5}")
_DOMAIN_SPOKEN = re.compile(rf"[^\W_][\w-]{{0,62}}(?:(?:{_DOT}|\.)[^\W_][\w-]{{0,62}}){{1,5}}", re.IGNORECASE)
_LAST_PART = re.compile(r"([^\W\d_]+)\Z")
_TOP_LEVEL = frozenset(
    re.findall(
        r"\w+",
        "no se dk fi is de at ch nl be fr es it pt pl ee lv lt ie uk eu us ca au io co me tv ax fo gl ru ua cz hu ro "
        "gr tr jp cn in br com net org info biz edu gov int dev app shop store online site tech cloud name pro email "
        "mail nu example test invalid local",
    )
)
_MAIL_WORDS = re.compile(r"(?:e-?|g)?mail|e-?post|mejl|meili|sähköpost|s-?posti", re.IGNORECASE)
_WINDOW = 70
_NEAR = 35


def emails(text: str) -> Iterator[tuple[int, int]]:
    """Places of mail addresses, first to last."""
    done = 0
    for sign in _SIGN.finditer(text):
        if sign.start() < done:
            continue
        place = _around(text, sign.start(), sign.end())
        if place is not None:
            done = place[1]
            yield place


def _around(text: str, left: int, right: int) -> tuple[int, int] | None:
    sign = text[left:right].strip()
    before = text[max(0, left - _WINDOW) : left].rpartition("\0")[2]
    spoken = sign != "@"
    local = (spoken and _LOCAL_SPOKEN.search(before)) or _LOCAL_END.search(before)
    if not local:
        return None
    if sign == "@" and " " in text[left:right] and not (text[left] == text[right - 1] == " "):
        return None  # "hei @kari.no" is a mention, "kari@ example" is a slip we cannot tell from one
    domain = _DOMAIN_SPOKEN.match(text, right) if spoken else _DOMAIN.match(text, right)
    if domain is None:
        return None
    end = _domain_end(text, right, domain.end(), any_top_level=not spoken and " " not in text[left:right])
    bare_word = spoken and sign[0] not in "([{<"
    if not end or (bare_word and not _surely_meant(before, local.group(), text[right:end])):
        return None
    return left - len(before) + local.start(), end


def _domain_end(text: str, start: int, end: int, *, any_top_level: bool) -> int:
    """Where the domain ends: dropped back part by part until its last part is a top-level domain."""
    while True:
        last = _LAST_PART.search(text[start:end])
        if last and (last.group().lower() in _TOP_LEVEL or (any_top_level and 2 <= len(last.group()) <= 24)):
            return end if _has_dot(text[start : start + last.start()]) else 0
        shorter = re.search(rf"(?:{_DOT}|\.)[\w-]*\Z", text[start:end], re.IGNORECASE)
        if shorter is None:
            return 0
        end = start + shorter.start()


def _has_dot(head: str) -> bool:
    return "." in head or re.search(_DOT, head + " ", re.IGNORECASE) is not None


def _surely_meant(before: str, local: str, domain: str) -> bool:
    """Whether `name at example dot org` is an address and not a place to meet at."""
    if "." not in domain:
        return True
    named = _MAIL_WORDS.search(before[-_NEAR:]) is not None
    built = any(sign in local for sign in "._+-0123456789") and any(char.isalpha() for char in local)
    return built or (named and len(local) > 2)
