"""What somebody newly wrote, apart from the mail it answers and the signature.

Line by line and in linear time: of mail-parser-reply only the table of languages is used, since its patterns need the
cube of the time on many blank lines and take hyphen lists and words of thanks for signatures. In doubt a line stays:
nothing is lost either way, for what is cut off is the tail that people can unfold.
"""

from __future__ import annotations

import re

from mailparser_reply.constants import MAIL_LANGUAGES

_WROTE = re.compile(
    r"^.{0,300}\d.{0,300}\b(?:kirjoitti|skrev|skreiv|wrote|schrieb|schreef|a écrit|escribió|ha scritto"
    r"|napisał|napsal)\b.{0,200}[:：]$",
    re.IGNORECASE,
)
_WROTE_ELSEWHERE = tuple(
    re.compile(words["wrote_header"]) for words in MAIL_LANGUAGES.values() if "wrote_header" in words
)
_WHEN_OR_WHO = re.compile(r"@|\d{1,2}[:.]\d{2}\b")
_SEPARATOR = re.compile(
    r"^-{2,}\s?(?:original message|alkuperäinen viesti|ursprungligt meddelande|opprinnelig melding"
    r"|oprindelig meddelelse|ursprüngliche nachricht|message d'origine)\s?-{2,}$",
    re.IGNORECASE,
)
_FORWARDED = re.compile(
    r"^(?:-{3,}|begin|här|start).{0,40}(?:forwarded message|videresendt|välitetty viesti|vidarebefordra|weitergeleitet"
    r"|edelleenlähetetty).{0,40}(?:-{3,}|:)$",
    re.IGNORECASE,
)
_FROM = re.compile(r"^[*\s]*(?:from|fra|från|lähettäjä|von|van|de|da)\s?:[*\s]", re.IGNORECASE)
_OTHER_HEADS = re.compile(
    r"^[*\s]*(?:sent|date|to|cc|subject|sendt|dato|til|kopi|emne|skickat|datum|till|kopia|ämne|lähetetty|päivämäärä"
    r"|päiväys|vastaanottaja|kopio|aihe|gesendet|an|betreff)\s?:",
    re.IGNORECASE,
)
_RULE = re.compile(r"^[_\u2014-]{10,}$")
_DASHES = re.compile(r"^--\s?$")
_SENT_FROM = re.compile(
    r"^(?:lähetetty (?:minun )?\w*(?:iphone|ipad|android|puhelime|sähköposti|laittee)\w*"
    r"|(?:hanki|hae|hent|hämta|skaff) outlook\b|sendt fra (?:min|mitt|outlook)\b|skickat från (?:min|outlook)\b|"
    + "|".join(words["sent_from"] for words in MAIL_LANGUAGES.values() if words.get("sent_from"))
    + r").{0,80}$",
    re.IGNORECASE,
)
_SIGNATURE_LINES = 15


def split_reply(text: str) -> tuple[str, str]:
    """The newly written text, and the rest (signature, quoted history) to fold away.

    Answers written between or below the quoted lines make all of it text, since they mean nothing without those. So
    does a mail that is all history, and what is expressly forwarded, since that is what the sender wants read.
    """
    lines = text.strip("\n").split("\n")
    cut = _history(lines)
    cut = _signature(lines, cut)
    new, tail = "\n".join(lines[:cut]).strip(), "\n".join(lines[cut:]).strip()
    return (new, tail) if new else (text.strip(), "")


def _history(lines: list[str]) -> int:
    """The index of the first line of history that goes on to the end; the number of lines when there is none."""
    last_prose = _last_prose(lines)
    for at, line in enumerate(lines):
        bare = line.strip()
        if _FORWARDED.match(bare):
            break
        if _SEPARATOR.match(bare) or _is_header_block(lines, at):
            return _with_rule(lines, at)
        if line.startswith(">"):
            if at > last_prose:
                return at
        elif (length := _attribution(lines, at)) and _is_history(lines, at + length, last_prose):
            return at
    return len(lines)


def _is_history(lines: list[str], below: int, last_prose: int) -> bool:
    """Whether everything below an attribution is what was quoted."""
    following = next((line for line in lines[below:] if line.strip()), "")
    if following.startswith(">"):
        return below > last_prose
    # Not marked as quoted: only a line that names an hour or an address is surely no sentence of the writer's own.
    quotes = any(line.startswith(">") for line in lines[below:])
    return (
        bool(following)
        and not quotes
        and bool(_WHEN_OR_WHO.search(" ".join(lines[below - 3 if below > 2 else 0 : below])))
    )


def _last_prose(lines: list[str]) -> int:
    """The index of the last line somebody wrote that is neither quoted, a signature, nor introduces a quotation."""
    end = len(lines)
    for at in range(len(lines) - 1, max(-1, len(lines) - _SIGNATURE_LINES - 1), -1):
        if _DASHES.match(lines[at]):
            end = at
    at = end - 1
    while at >= 0:
        bare = lines[at].strip()
        if bare and not lines[at].startswith(">") and not _SENT_FROM.match(bare):
            reach = next((n for n in (1, 2, 3) if at - n + 1 >= 0 and _attribution(lines, at - n + 1) == n), 0)
            if not reach:
                return at
            at -= reach - 1
        at -= 1
    return -1


def _attribution(lines: list[str], at: int) -> int:
    """How many lines from here say who wrote what follows; 0 when they do not. Long ones are wrapped over lines."""
    if not lines[at].strip() or lines[at].startswith(">"):
        return 0
    for length in (1, 2, 3):
        piece = [line.strip() for line in lines[at : at + length]]
        if len(piece) < length or not piece[-1] or piece[-1].startswith(">"):
            return 0
        joined = " ".join(piece)
        if len(joined) > 400:
            return 0
        if joined.endswith((":", "：")):
            return length if _WROTE.match(joined) or any(one.match(joined) for one in _WROTE_ELSEWHERE) else 0
    return 0


def _is_header_block(lines: list[str], at: int) -> bool:
    """Outlook puts the old mail's headers above it: From and at least two others close below."""
    return (
        bool(_FROM.match(lines[at] + " "))
        and sum(bool(_OTHER_HEADS.match(line)) for line in lines[at + 1 : at + 8]) >= 2
    )


def _with_rule(lines: list[str], at: int) -> int:
    before = at - 1
    while before >= 0 and not lines[before].strip():
        before -= 1
    return before if before >= 0 and _RULE.match(lines[before].strip()) else at


def _signature(lines: list[str], cut: int) -> int:
    """Where the signature above `cut` begins: a line of two dashes near the end, or an app's own line at the end."""
    for at in range(max(0, cut - _SIGNATURE_LINES), cut):
        if _DASHES.match(lines[at]):
            return at
    last = cut - 1
    while last >= 0 and not lines[last].strip():
        last -= 1
    return last if last >= 0 and _SENT_FROM.match(lines[last].strip()) else cut
