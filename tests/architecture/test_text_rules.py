"""Rules of the house about text: translated words, colours in one place, nothing of anybody's machine."""

import re
import subprocess
from html.parser import HTMLParser

import pytest

from tests.architecture.sources import ROOT

TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
NAMES = {"Samsvar", "Facebook", "Instagram", "Mastodon", "Ctrl", "UTC"}  # said the same in every language
SPOKEN = ("aria-label", "title", "placeholder", "alt", "content")
_TRANSLATED = re.compile(r"{%\s*blocktrans(?:late)?\b.*?{%\s*endblocktrans(?:late)?\s*%}", re.DOTALL)
_CLASSES = re.compile(r"{%\s*block body_class\s*%}.*?{%\s*endblock\s*%}")
_COMMENT = re.compile(r"{%\s*comment\b.*?{%\s*endcomment\s*%}|{#.*?#}", re.DOTALL)
_TAG = re.compile(r"{%.*?%}|{{.*?}}", re.DOTALL)


class Words(HTMLParser):
    """The words of a template that people see or hear and that no translator will."""

    def __init__(self, source):
        super().__init__()
        self.found, self._quiet = [], 0
        for pattern in (_COMMENT, _CLASSES, _TRANSLATED, _TAG):
            source = pattern.sub("", source)
        self.feed(source)

    def handle_starttag(self, tag, attrs):
        self._quiet += tag in ("script", "style", "code")
        spoken = [value or "" for name, value in attrs if name in SPOKEN and tag != "meta"]
        self.found += [word for word in spoken if self._is_said(word)]

    def handle_endtag(self, tag):
        self._quiet -= tag in ("script", "style", "code")

    def handle_data(self, data):
        if not self._quiet and self._is_said(data):
            self.found.append(data.strip())

    @staticmethod
    def _is_said(text):
        return any(word not in NAMES for word in re.findall(r"[^\W\d_]{2,}", text))


def test_every_word_of_the_templates_can_be_translated():
    found = {path.name: words for path in TEMPLATES if (words := Words(path.read_text()).found)}

    assert found == {}
    assert len(TEMPLATES) > 25


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("<p>{% translate 'Hello' %}</p>", []),
        ("<p>Hello</p>", ["Hello"]),
        ('<a title="Go">{{ x }}</a>', ["Go"]),
        ('<a title="{% translate "Go" %}">Samsvar · #{{ x }}</a>', []),
        ("{% blocktranslate %}Hello <b>you</b>{% endblocktranslate %} there", ["there"]),
    ],
)
def test_the_watch_for_words_sees(source, words):
    assert Words(source).found == words


def test_no_style_and_no_script_in_templates():
    wrong = {
        path.name: found
        for path in TEMPLATES
        if (found := re.findall(r"\sstyle=|<style|\son\w+=|hx-on|<script(?![^>]*\ssrc=)", path.read_text()))
    }

    assert wrong == {}


def test_colours_stand_in_one_file():
    colour = re.compile(r"#(?:[0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})\b(?!;)|\brgba?\(|\bhsla?\(")
    files = [*TEMPLATES, *(ROOT / "static").rglob("*.css"), *(ROOT / "static").rglob("*.js")]
    wrong = {
        path.name: found
        for path in files
        if path.name != "tokens.css" and (found := [c for c in colour.findall(path.read_text()) if not c[1:].isdigit()])
    }

    assert wrong == {}


def tracked():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, timeout=60)
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


MACHINE = re.compile(
    "|".join([r"/ro" + r"ot/", r"/ho" + r"me/\w+/", r"/Us" + r"ers/\w", r"/wo" + r"rk/(?:main|shared)"])
)
REGISTRY = re.compile("|".join([r"py" + r"pi\.org", r"pythonh" + r"osted\.org", r"registry\.npm" + r"js"]))


def test_nothing_of_anybodys_machine_or_registry():
    wrong = {}
    for path in tracked():
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        if MACHINE.search(text) or REGISTRY.search(text):
            wrong[str(path.relative_to(ROOT))] = (MACHINE.findall(text) + REGISTRY.findall(text))[:3]

    assert wrong == {}
