"""Every page in a language that nobody speaks: no word of its own stands there in plain English."""

import re

import pytest

from inbox.styleguide import PALETTE
from tests.pages.pseudo_locale import Said, plain_words

PEOPLE_AND_TEAMS = ("First line", "Marketing", "Person")
NAMES = plain_words("Samsvar Facebook Norsk bokmål English Dansk Suomi Svenska kunde min IMAP IDLE PIN UTC Ctrl Esc")


@pytest.fixture(scope="module")
def english(sources):
    """The words that our sources use."""
    messages = [message for message in sources if message.id]
    return {
        word
        for message in messages
        for words in (message.id if message.pluralizable else (message.id,))
        for word in plain_words(words)
    } - NAMES


@pytest.fixture
def left_in_english(english):
    """What a page says in plain letters with words of ours."""

    def look(page, invented=()):
        assert page.status_code in (200, 403, 404), page.status_code
        said = Said(page.content.decode())
        assert any("ẽẽẽ" in piece for piece in said.pieces)
        names = re.compile("|".join(map(re.escape, (*PEOPLE_AND_TEAMS, *invented))))
        pieces = [names.sub(" ", piece) for piece in said.pieces]
        return [piece for piece in pieces if plain_words(piece) & english]

    return look


@pytest.fixture
def speaker(people, browser_of, pseudo_locale):
    """speaker("agent") is a browser of that colleague, who reads pseudo."""

    def make(role):
        people[role].language = "nb"
        people[role].save()
        return browser_of(people[role])

    return make


TOKENS = {title for title, _names in PALETTE} | {name for _title, names in PALETTE for name in names.split()}
COLLEAGUE = ("/inbox/all", "/inbox/mine", "/inbox/drafts", "/inbox/all?q=zzz", "/inbox/nowhere", "/me/security")


@pytest.mark.django_db
@pytest.mark.parametrize("path", COLLEAGUE)
def test_lists_and_refusals(speaker, case, path, left_in_english):
    assert left_in_english(speaker("agent").get(path)) == []


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["agent", "lead", "auditor"])
def test_a_case(speaker, case, role, left_in_english):
    page = speaker(role).get(f"/case/{case.number}")

    assert left_in_english(page) == []


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/admin/people", "/admin/teams"])
def test_set_up_pages(speaker, path, left_in_english):
    admin = speaker("admin")

    assert left_in_english(admin.get(path, follow=True)) == []


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/sign-in", "/sign-in/link", "/invitation"])
def test_the_door(client, pseudo_locale, settings, path, left_in_english):
    settings.LANGUAGE_CODE = "nb"

    assert left_in_english(client.get(path)) == []


@pytest.mark.django_db
def test_the_styleguide(speaker, settings, left_in_english):
    settings.DEMO = True

    left = left_in_english(
        speaker("agent").get("/styleguide/"), invented=("Chat down", "Kari Øvrelid", "Late", "Fri Fart", "E-mail")
    )

    assert [piece for piece in left if piece not in TOKENS] == []
