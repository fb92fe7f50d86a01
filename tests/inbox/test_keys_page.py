"""The page of one's own keys, without a script; and where pages show them."""

import pytest

from core.audit.models import AuditEntry
from core.clock import now as clock_now
from core.errors import Invalid
from inbox.operations.choosing_keys import choose_keys


@pytest.fixture
def ingrid(people):
    return people["agent"]


@pytest.fixture
def browser(browser_of, ingrid):
    return browser_of(ingrid)


def test_what_is_chosen_is_kept_and_on_record(browser, ingrid):
    answer = browser.post("/me/keys", {"single_keys": "on", "key-resolve": "y", "key-tag": "", "key-take": "I"})

    assert (answer.status_code, answer["Location"]) == (302, "/me/keys?done=keys")
    ingrid.refresh_from_db()
    assert (ingrid.single_keys, ingrid.open_next, ingrid.own_keys) == (True, False, {"resolve": "y", "tag": ""})
    entry = AuditEntry.objects.get(action="keys.chosen")
    assert (entry.actor_id, entry.data) == (ingrid.pk, {"changed": 2, "single_keys": "on"})


def test_nothing_is_kept_when_a_key_cannot_be_used(browser, ingrid):
    answer = browser.post("/me/keys", {"single_keys": "on", "key-resolve": "[", "key-take": "t", "key-note": "⇧Y"})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "[ needs AltGr or a dead key on some keyboards." in page
    assert "T is taken: Tag." in page
    assert 'value="⇧Y"' in page  # what was typed stays
    ingrid.refresh_from_db()
    assert (ingrid.open_next, ingrid.own_keys) == (True, {})
    assert not AuditEntry.objects.filter(action="keys.chosen").exists()


def test_the_page_shows_each_key_and_what_is_usual_where_it_differs(browser, ingrid):
    choose_keys(actor=ingrid, single_keys=False, open_next=True, own={"resolve": "Y"}, now=clock_now())
    page = browser.get("/me/keys").content.decode()

    assert 'name="key-resolve" value="⇧Y"' in page
    assert 'name="key-go-mine" value="G I"' in page
    assert "usually E" in page
    assert 'name="single_keys" aria-describedby' in page.replace(" checked", "")
    assert "palette" not in [line.split('"')[0] for line in page.split('name="key-')[1:]]


def test_back_to_the_usual_keys(browser, ingrid):
    choose_keys(actor=ingrid, single_keys=False, open_next=False, own={"resolve": "y"}, now=clock_now())

    browser.post("/me/keys/reset")

    ingrid.refresh_from_db()
    assert (ingrid.single_keys, ingrid.open_next, ingrid.own_keys) == (True, True, {})


@pytest.mark.parametrize("own", [{"resolve": "t"}, {"palette": "x"}, {"nothing": "x"}])
def test_the_operation_itself_refuses(ingrid, own):
    with pytest.raises(Invalid):
        choose_keys(actor=ingrid, single_keys=True, open_next=True, own=own, now=clock_now())
    ingrid.refresh_from_db()
    assert ingrid.own_keys == {}


def test_buttons_show_the_key_as_it_is_now(browser, ingrid, case):
    def head():
        page = browser.get(f"/case/{case.number}").content.decode()
        return page[page.index(f'id="case-{case.number}-life"') :][:700]

    assert '<kbd aria-hidden="true">E</kbd>' in head()
    choose_keys(actor=ingrid, single_keys=True, open_next=True, own={"resolve": "y"}, now=clock_now())
    assert '<kbd aria-hidden="true">Y</kbd>' in head()
    choose_keys(actor=ingrid, single_keys=False, open_next=True, own={"resolve": "y"}, now=clock_now())
    assert "<kbd" not in head()


def test_commands_cost_no_query(browser, case, django_assert_num_queries):
    with django_assert_num_queries(5):  # session, person; teams, counts and drafts of the navigation
        assert b'data-id="resolve"' in browser.get("/me/keys").content
