"""Foreign html: what is shown is safe, what is read is readable."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.kit.foreign_html import safe_html, text_of_html

NASTY = (
    '<p onclick="x()" style="position:fixed">Hi</p><script>alert(1)</script><style>p{}</style><form action="/x"><input>'
    '<button>Go</button></form><iframe src="https://e.example"></iframe><a href="javascript:x()">bad</a>'
    '<a href="cid:x">odd</a><a href="//e.example/">near</a><a href="https://e.example/?a=1&amp;b=2">good</a>'
    '<svg onload="x()"></svg><base href="https://e.example/"><meta http-equiv="refresh" content="0;url=x">'
)


def test_only_harmless_html_is_left():
    shown = safe_html(NASTY, remote_pictures=True)

    assert shown == (
        '<p>Hi</p>Go<a rel="noopener noreferrer nofollow">bad</a>'
        '<a rel="noopener noreferrer nofollow">odd</a>'
        '<a rel="noopener noreferrer nofollow">near</a>'
        '<a href="https://e.example/?a=1&amp;b=2" rel="noopener noreferrer nofollow">good</a>'
    )


def test_remote_pictures_wait_until_asked():
    html = '<img src="https://t.example/p.gif?u=1&amp;v=2" width="1" alt="a > b"><img src="data:image/png;base64,AA">'

    assert safe_html(html, remote_pictures=False) == '<img width="1" alt="a  b" data-blocked="remote"><img>'
    assert safe_html(html, remote_pictures=True) == (
        '<img src="https://t.example/p.gif?u=1&amp;v=2" width="1" alt="a  b"><img>'
    )


def test_pictures_that_came_along_keep_their_name():
    assert safe_html('<img src="cid:pic%401@example.no">', remote_pictures=False) == '<img data-cid="pic@1@example.no">'
    assert safe_html("<img src='cid:a&quot;b%22><i'>", remote_pictures=True) == '<img data-cid="a&quot;b&quot;i">'


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(
    ["<img ", "src=", '"', "'", "cid:", "https://e.example/p", ">", "<", " alt=", "onerror=x ", "<a title=", "%22",
     "&quot;", "<script>", "<b>", "</b>", " ", "data:", "<!--", "href=", "javascript:x"]),
    max_size=25).map("".join))  # fmt: skip
def test_no_composition_gets_an_address_or_handler_through(html):
    shown = safe_html(html, remote_pictures=False)
    tags = re.findall(r"<[^<>]*>", shown)

    assert all(re.fullmatch(r'</?[a-z0-9]+(?:\s[a-z-]+="[^"<>]*")*>', tag) for tag in tags)
    assert not any(re.search(r'\s(on\w+|src|style)="', tag) for tag in tags)
    assert not any(re.search(r'\shref="(?!https?:|mailto:|tel:)', tag) for tag in tags)


def test_quotations_read_as_in_plain_mail():
    html = "<div>New.</div><div>On 1.1.2026 10:00 A &lt;a@b.example&gt; wrote:<blockquote>Old<blockquote>Older"

    assert text_of_html(html).split("\n") == [
        "New.", "On 1.1.2026 10:00 A <a@b.example> wrote:", "> Old", "> > Older",
    ]  # fmt: skip


def test_lists_rows_and_entities():
    html = "<ul><li>a&amp;b<li>c</ul><table><tr><td>x</td><td>1 &euro;</td></tr><tr><td>y</table><p>z<br>w"

    assert [line.strip() for line in text_of_html(html).split("\n") if line.strip()] == [
        "* a&b", "* c", "x 1 €", "y", "z", "w",
    ]  # fmt: skip
