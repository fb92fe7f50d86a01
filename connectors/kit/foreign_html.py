"""Foreign html: as text to read, and as html that is safe to show.

nh3 does the cleaning and inscriptis the reading. Both take time or stack by the square of the nesting, which the sender
chooses; so tags are counted before, and what stands too deep loses its tags (never its words) in between.
"""

from __future__ import annotations

import re
from html import escape, unescape
from urllib.parse import unquote

import nh3
from inscriptis import get_text
from inscriptis.css_profiles import CSS_PROFILES
from inscriptis.model.config import ParserConfig

READ_LIMIT = 1_000_000  # code points of html looked at
_MAX_DEPTH = 60
_MAX_BLOCKS = 4000  # elements that make a browser look through all that are open
_MAX_TAGS = 20_000
_CHEAP = frozenset({
    "a", "abbr", "b", "br", "code", "col", "em", "font", "i", "img", "p", "small", "span", "strong", "sub", "sup",
    "tbody", "td", "tfoot", "th", "thead", "tr", "u",
})  # fmt: skip
_TAG = re.compile(r"<([a-zA-Z][a-zA-Z0-9:]*)")
_CLEAN_TAG = re.compile(r"<(/?)([a-z0-9]+)((?:\s[^<>]*)?)>")
_VOID = frozenset({"br", "hr", "img", "col"})
_OPEN, _CLOSE = "\ue000", "\ue001"  # stand for a quotation's ends while the html is read; private use, so never text
_GONE = {"script", "style", "title", "head", "noscript", "template", "svg", "math", "object", "iframe", "textarea"}

_TEXT_TAGS = {
    "blockquote", "br", "center", "div", "dl", "dt", "dd", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p",
    "pre", "td", "th", "tr", "ul",
}  # fmt: skip
_SHOWN_TAGS = _TEXT_TAGS | {
    "a", "abbr", "b", "caption", "cite", "code", "col", "colgroup", "del", "em", "font", "i", "img", "ins", "s",
    "small", "span", "strike", "strong", "sub", "sup", "table", "tbody", "tfoot", "thead", "u",
}  # fmt: skip
# Tables in mail are layout: read cell after cell. Side by side, a table of one tall and many small cells would also
# grow to the product of both.
_READ_AS = {
    "<blockquote>": f"<div>{_OPEN}</div>", "</blockquote>": f"<div>{_CLOSE}</div>", "<tr>": "<div>", "</tr>": "</div>",
    "<td>": "", "</td>": " ", "<th>": "", "</th>": " ",
}  # fmt: skip
_SHOWN_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "width", "height"},
    "td": {"colspan", "rowspan", "align", "valign"},
    "th": {"colspan", "rowspan", "align", "valign"},
    "ol": {"start"},
}
_IMAGE = re.compile(r'<img((?:\s[a-z-]+="[^"<>]*")*)\s*/?>')
_SOURCE = re.compile(r'\ssrc="([^"<>]*)"')
_READING = ParserConfig(css=CSS_PROFILES["strict"].copy(), display_links=False, display_images=False)


def text_of_html(html: str) -> str:
    """The words of an html mail, line by line; what it quotes stands behind `> `, as in plain mail."""
    html = counted(html.replace(_OPEN, "").replace(_CLOSE, ""))
    cleaned = nh3.clean(html, tags=_TEXT_TAGS, attributes={}, clean_content_tags=_GONE, link_rel=None)
    for tag, instead in _READ_AS.items():
        cleaned = cleaned.replace(tag, instead)
    text = get_text(f"<html><body>{_flattened(cleaned)}</body></html>", _READING)[:READ_LIMIT]
    return re.sub(r"\n{3,}", "\n\n", _quoted(text)).strip()


def safe_html(html: str, *, remote_pictures: bool) -> str:
    """What a page may show of `html`: no script, style, form, frame or event handler; links of http(s), mailto and tel.

    Pictures that came along (`cid:`) keep their name in `data-cid`, for the page to put the address there. Pictures
    from elsewhere, which tell the sender that and where the mail was opened, become `data-blocked` unless asked for.
    """
    cleaned = nh3.clean(
        counted(html),
        tags=_SHOWN_TAGS,
        clean_content_tags=_GONE,
        attributes=_SHOWN_ATTRIBUTES,
        attribute_filter=_attribute,
        url_schemes={"http", "https", "mailto", "tel", "cid"},
        url_relative="deny",
        link_rel="noopener noreferrer nofollow",
    )
    return _IMAGE.sub(lambda found: _picture(found[1], remote=remote_pictures), _flattened(cleaned))


def _attribute(_tag: str, name: str, value: str) -> str | None:
    # Without angle brackets inside values, tags can be found in the result by a plain pattern.
    value = value.replace("<", "").replace(">", "").strip()
    scheme = value.partition(":")[0].lower()
    if name == "href" and scheme not in ("http", "https", "mailto", "tel"):
        return None
    if name == "src" and scheme not in ("http", "https", "cid"):
        return None
    return value


def _picture(attributes: str, *, remote: bool) -> str:
    found = _SOURCE.search(attributes)
    if found is None:
        return f"<img{attributes}>"
    source, rest = found[1], attributes.replace(found[0], "", 1)
    if source.lower().startswith("cid:"):
        name = escape(unquote(unescape(source[4:])).replace("<", "").replace(">", ""))
        return f'<img{rest} data-cid="{name}">'
    return f"<img{attributes}>" if remote else f'<img{rest} data-blocked="remote">'


def counted(html: str) -> str:
    """The beginning of the same html, in which tags beyond a bearable number are empty ones, soon dropped."""
    blocks = tags = 0

    def one(found: re.Match[str]) -> str:
        nonlocal blocks, tags
        tags += 1
        blocks += found[1].lower() not in _CHEAP
        return found[0] if tags <= _MAX_TAGS and blocks <= _MAX_BLOCKS else "<wbr "

    return _TAG.sub(one, html[:READ_LIMIT].replace("\0", ""))


def _flattened(cleaned: str) -> str:
    """Well-formed html in which nothing stands deeper than the limit."""
    depth = 0

    def one(found: re.Match[str]) -> str:
        nonlocal depth
        if found[2] in _VOID:
            return found[0]
        if found[1]:
            depth -= 1
            return found[0] if depth < _MAX_DEPTH else " "
        depth += 1
        return found[0] if depth <= _MAX_DEPTH else " "

    return _CLEAN_TAG.sub(one, cleaned)


def _quoted(text: str) -> str:
    depth = 0
    lines = []
    for line in text.split("\n"):
        if _OPEN in line or _CLOSE in line:
            depth = max(0, depth + line.count(_OPEN) - line.count(_CLOSE))
            line = line.replace(_OPEN, "").replace(_CLOSE, "").rstrip()
            if not line.strip():
                continue
        line = line.rstrip()
        lines.append("> " * min(depth, 5) + (line.lstrip() if depth else line))
    return "\n".join(lines)
