"""Languages are told apart, and "not sure" is an answer."""

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import language
from analysis.language import Language, detect
from analysis.read import read

SENTENCES = [
    ("no", "Hei, jeg har ventet på pakken min i tre uker nå, kan dere hjelpe meg?"),
    ("no", "Eg har ikkje fått svar frå dykk enno, kva skjer med saka mi?"),
    ("no", "Æ skjønne ikke koffor det tar så lang tid, kan dokker ring mæ?"),
    ("sv", "Hej, jag har väntat på mitt paket i tre veckor, vad händer egentligen?"),
    ("da", "Hej, jeg har ventet på min pakke i tre uger, hvad sker der egentlig?"),
    ("fi", "Hei, olen odottanut pakettiani jo kolme viikkoa, voitteko auttaa?"),
    ("en", "Hi, I have been waiting for my parcel for three weeks, can you help?"),
    ("de", "Hallo, ich warte schon seit drei Wochen auf mein Paket, was ist da los?"),
    ("pl", "Dzień dobry, czekam na paczkę już trzy tygodnie, proszę o pomoc."),
]


@pytest.mark.parametrize(("code", "text"), SENTENCES)
def test_a_sentence_is_told_apart(code: str, text: str) -> None:
    found = detect(text)
    assert found.code == code
    assert 0.5 <= found.confidence <= 1.0


@pytest.mark.parametrize(
    "text", ["", "ok", "Takk!", "12345678901234567890", "https://example.org/denne/lange/adressen", "@kari #hjelp"]
)
def test_too_little_to_tell_gives_the_fallback(text: str) -> None:
    assert detect(text) == Language("und", 0.0)
    assert detect(text, fallback="sv") == Language("sv", 0.0)


def test_links_names_and_tags_do_not_speak() -> None:
    text = "@support_team #customerservice https://example.org/where/is/my/order Hvor blir det av pakken min, dere?"
    assert detect(text).code == "no"


@given(st.text(alphabet=st.characters(codec=None)))
@settings(max_examples=300, deadline=None)
def test_never_fails(text: str) -> None:
    found = detect(text)
    assert found.code
    assert 0.0 <= found.confidence <= 1.0


def test_threads_agree() -> None:
    # given
    wrong: list[str] = []

    def work() -> None:
        for code, text in SENTENCES * 20:
            if detect(text).code != code:
                wrong.append(text)

    # when
    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    # then
    assert wrong == []


def test_the_second_detector_gives_the_same_codes() -> None:
    # given the package that stands in on Linux on ARM
    pytest.importorskip("lingua", reason="lingua is installed on Linux aarch64 only")

    # when
    scorer = language._load_lingua()

    # then
    for code, text in SENTENCES:
        scores = scorer(text)
        assert max(scores, key=lambda one: scores[one]) == code or code == "no"


def test_one_call_reads_language_and_masks() -> None:
    # when
    reading = read("Hei, jeg har ikke fått svar ennå, ring meg på 400 00 000 i morgen")

    # then
    assert reading.language.code == "no"
    assert reading.masked.text == "Hei, jeg har ikke fått svar ennå, ring meg på [PHONE] i morgen"
    assert reading.masked.originals == ("400 00 000",)


def test_one_call_passes_fallback_and_own_values_on() -> None:
    reading = read("ring 22000000", fallback_language="da", allowed=frozenset({"+4722000000"}))
    assert reading.language == Language("da", 0.0)
    assert reading.masked.text == "ring 22000000"
