"""The catalogues hold everything the sources say, wholly translated, with the same placeholders."""

import re
from collections import Counter

import pytest

from inbox.operations.translating import (
    catalogue_paths,
    extract_messages,
    language_of,
    list_untranslated,
    read_catalogue,
    update_catalogues,
)
from tests.pages.pseudo_locale import pseudo

PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|\{\w+\}|</?\w+[^>]*>")
PATHS = {language_of(path): path for path in catalogue_paths()}


def shape(text):
    return Counter(PLACEHOLDER.findall(text))


def forms(words):
    return words if isinstance(words, list | tuple) else (words,)


@pytest.fixture(scope="module")
def sources():
    return extract_messages()


def test_bokmal_is_there():
    assert "nb" in PATHS


def test_the_sources_are_all_read(sources):
    assert sources.get("Skip to the content") is not None  # a template
    assert sources.get("What you answer is no longer there.") is not None  # marked where Django is not loaded
    assert sources.get("to", context="of a letter") is not None
    assert sources.get("%(n)s case").pluralizable
    assert len(sources) > 800


def test_catalogues_say_what_the_sources_say_now():
    assert update_catalogues(write=False) == []


@pytest.mark.parametrize("language", PATHS)
def test_nothing_is_left_untranslated(language, sources):
    catalogue = read_catalogue(PATHS[language])

    assert [message.id for message in list_untranslated(catalogue)] == []
    assert {(m.id, m.context) for m in catalogue if m.id} == {(m.id, m.context) for m in sources if m.id}


@pytest.mark.parametrize("language", PATHS)
def test_placeholders_and_html_stay(language):
    for message in read_catalogue(PATHS[language]):
        wanted = [shape(words) for words in forms(message.id)]
        for said in forms(message.string):
            assert shape(said) in wanted, message.id


@pytest.mark.parametrize("language", PATHS)
def test_few_entries_are_the_source_itself(language):
    """Some words are the same in both languages; a sentence never is."""
    same = [m.id for m in read_catalogue(PATHS[language]) if m.id and m.id == m.string]

    assert [words for words in same if len(PLACEHOLDER.sub("", words).split()) > 2] == []


def test_pseudo_keeps_placeholders_and_is_longer():
    said = pseudo('Reply to %(name)s in {n} s<span class="sr">, hidden</span>')

    assert said.startswith('Řẽþļÿ ţø %(name)s îñ {n} š<span class="sr">, ĥîđđẽñ</span> ẽ')
    assert len(pseudo("Reply publicly")) >= 1.6 * len("Reply publicly")
