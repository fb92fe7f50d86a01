"""Saved replies: who keeps and finds them, what they say, what they are filled with, and how their use is counted."""

import threading
import uuid
from datetime import date, timedelta

import pytest
from django.db import connection, transaction

from connectors.operations.replying import queue_reply, take_back_reply
from core.audit.models import AuditEntry
from core.errors import Conflict, Forbidden, Invalid, NotFound
from tickets.intake.apply import apply_items
from tickets.intake.items import Author, MessageItem
from tickets.models import Customer, Identity, Message, SavedReply, SavedReplyUse, SavedReplyVariant, Ticket
from tickets.operations.saved_replies import (
    Content,
    Variant,
    archive_saved_reply,
    change_saved_reply,
    count_saved_reply_uses,
    create_saved_reply,
    drop_deleted_replies,
    restore_saved_reply,
)
from tickets.queries.saved_replies import get_reply_to_make, get_saved_reply, list_saved_replies
from tickets.queries.saved_reply_offers import get_offer, offer_saved_replies

pytestmark = pytest.mark.django_db
GREETING = "Hei {{customer.first_name}}, pakken kommer i dag. {{agent.first_name}}"


@pytest.fixture
def case(channel, now):
    """Kari Berg asks in Norwegian, in public."""
    item = MessageItem(platform="facebook", account_external_id=channel.external_id, external_id="m1",
                       external_root="r1", text="Hei, hvor er pakken min? Jeg har ikke fått den ennå.",
                       author=Author("c1", "Kari Berg", scope=channel.external_id), visibility="public",
                       at=now)  # fmt: skip
    return Ticket.objects.get(pk=next(iter(apply_items([item], now=now).tickets)))


@pytest.fixture
def keep(lead, now):
    """keep("Pakken", nb="Hei", scope="all") → the saved reply."""

    def make(title="Pakken", *, actor=lead, scope="all", team=None, shortcut="", variants=(), **texts):
        variants = [*variants, *(Variant(language, text) for language, text in (texts or {"nb": GREETING}).items())]
        content = Content(title, variants, shortcut, scope, team.pk if team else None)
        return create_saved_reply(actor=actor, content=content, now=now)

    return make


@pytest.fixture
def answer(case, now):
    """answer(actor, text, visibility="public") → the queued message."""

    def make(actor, text, visibility="public"):
        thread = case.ticket_threads.get().thread_id
        return queue_reply(actor=actor, ticket_id=case.pk, thread_id=thread, visibility=visibility, text=text,
                           client_key=uuid.uuid4(), undo_seconds=10, now=now)  # fmt: skip

    return make


def offered(actor, case, **words):
    return [offer.title for offer in offer_saved_replies(actor=actor, ticket_id=case.pk, mode="public", **words)]


def content_of(reply, *variants, **changed):
    said = {"title": reply.title, "shortcut": reply.shortcut, "scope": reply.scope, "team_id": reply.team_id}
    return Content(variants=[*variants], **said | changed)


# Who


def test_who_finds_which(keep, case, agent, lead, make_user, teams):
    keep("Alles")
    keep("Vårt lags", scope="team", team=teams["first-line"])
    keep("Andre lags", scope="team", team=teams["marketing"])
    keep("Ingrids", scope="own", actor=agent)
    keep("Mikkos", scope="own")

    assert offered(agent, case) == ["Alles", "Ingrids", "Vårt lags"]
    assert offered(lead, case) == ["Alles", "Mikkos", "Vårt lags"]  # the case's team's
    with pytest.raises(NotFound):
        offered(make_user("agent", teams["marketing"]), case)
    with pytest.raises(Forbidden):
        offered(make_user("auditor"), case)


@pytest.mark.parametrize(
    ("role", "scope", "team", "may"),
    [
        ("agent", "own", "", True), ("agent", "team", "first-line", True), ("agent", "team", "marketing", False),
        ("agent", "all", "", False), ("marketer", "own", "", True), ("lead", "all", "", True),
        ("lead", "team", "marketing", True), ("admin", "all", "", True), ("auditor", "own", "", False),
        ("privacy_officer", "own", "", False),
    ],
)  # fmt: skip
def test_who_keeps_where(keep, make_user, teams, role, scope, team, may):
    actor = make_user(role, *([teams["first-line"]] if role in ("agent", "marketer") else []))
    entries = AuditEntry.objects.count()
    if may:
        keep(actor=actor, scope=scope, team=teams.get(team))
        assert AuditEntry.objects.count() == entries + 1
    else:
        with pytest.raises(Forbidden):
            keep(actor=actor, scope=scope, team=teams.get(team))
        assert (SavedReply.objects.count(), AuditEntry.objects.count()) == (0, entries)


def test_nobody_takes_what_is_not_theirs(keep, agent, lead, make_user, teams, now):
    everyone, mikkos = keep("Alles"), keep("Mikkos", scope="own")
    with pytest.raises(Forbidden):
        change_saved_reply(actor=agent, saved_reply_id=everyone.pk, now=now,
                           content=content_of(everyone, Variant("nb", "Mitt"), scope="own"))  # fmt: skip
    with pytest.raises(NotFound):
        archive_saved_reply(actor=agent, saved_reply_id=mikkos.pk, now=now)
    with pytest.raises(NotFound):
        get_saved_reply(actor=agent, saved_reply_id=mikkos.pk)
    assert SavedReply.objects.filter(archived_at=None).count() == 2
    assert not get_saved_reply(actor=agent, saved_reply_id=everyone.pk).may_change
    own = keep("Ingrids", scope="own", actor=agent)
    change_saved_reply(actor=lead, saved_reply_id=own.pk, content=content_of(own, Variant("nb", "Ny")), now=now)
    own.refresh_from_db()
    assert own.owner_id == agent.pk  # a lead who mends it does not take it


# What


def test_a_variable_that_does_not_exist_is_refused_by_name(keep):
    with pytest.raises(Invalid) as caught:
        keep(nb="Hei {{customer.phone}}")
    assert caught.value.code == "unknown_variable"
    assert "{{customer.phone}}" in caught.value.message
    assert "{{customer.first_name}}" in caught.value.message
    assert SavedReply.objects.count() == 0


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"title": " "}, "title"), ({"title": "x" * 81}, "title"), ({"nb": "  "}, "text"), ({"xx": "Hei"}, "text"),
        ({"shortcut": "to ord"}, "shortcut"), ({"shortcut": "x" * 31}, "shortcut"), ({"scope": "world"}, "scope"),
        ({"nb": "x" * 10_001}, "text"), ({"variants": [Variant("nb", "a"), Variant("nb", "b")]}, "text"),
        ({"variants": [Variant("nb", "a", visibility="secret")]}, "text"),
    ],
)  # fmt: skip
def test_what_is_refused_names_its_field(keep, words, field):
    with pytest.raises(Invalid) as caught:
        keep(**words)
    assert caught.value.field == field
    assert SavedReply.objects.count() == 0


def test_a_shortcut_opens_one_reply_in_each_place(keep, agent, now):
    first = keep("En", shortcut="/Pakke")
    assert first.shortcut == "pakke"
    with pytest.raises(Conflict):
        keep("To", shortcut="PAKKE")
    keep("Min", shortcut="pakke", scope="own", actor=agent)
    archive_saved_reply(actor=agent, saved_reply_id=SavedReply.objects.get(title="Min").pk, now=now)
    keep("Min igjen", shortcut="pakke", scope="own", actor=agent)
    with pytest.raises(Conflict):
        restore_saved_reply(actor=agent, saved_reply_id=SavedReply.objects.get(title="Min").pk, now=now)
    assert SavedReply.objects.filter(archived_at=None).count() == 2


def test_a_text_that_stays_keeps_its_row(keep, lead, now):
    reply = keep(nb="Hei", sv="Hej")
    before = dict(reply.variants.values_list("language", "pk"))
    change_saved_reply(actor=lead, saved_reply_id=reply.pk, now=now,
                       content=content_of(reply, Variant("nb", "Hei du"), Variant("fi", "Hei")))  # fmt: skip
    after = dict(reply.variants.values_list("language", "pk"))
    assert after.keys() == {"nb", "fi"}
    assert after["nb"] == before["nb"]


def test_deleting_is_undone_for_thirty_days(keep, case, agent, lead, now):
    reply = keep()
    archive_saved_reply(actor=lead, saved_reply_id=reply.pk, now=now)
    assert offered(agent, case) == []
    with pytest.raises(Conflict):
        change_saved_reply(actor=lead, saved_reply_id=reply.pk, content=content_of(reply, Variant("nb", "x")), now=now)
    assert drop_deleted_replies(now=now + timedelta(days=30)) == 0
    restore_saved_reply(actor=lead, saved_reply_id=reply.pk, now=now)
    assert offered(agent, case) == ["Pakken"]
    archive_saved_reply(actor=lead, saved_reply_id=reply.pk, now=now)
    assert drop_deleted_replies(now=now + timedelta(days=30, seconds=1)) == 1
    assert (SavedReply.objects.count(), SavedReplyVariant.objects.count()) == (0, 0)


# Offers


def test_the_customers_language_comes_first_and_all_are_searched(keep, case, agent):
    Ticket.objects.filter(pk=case.pk).update(language="no")  # nynorsk and the like are read as one
    keep("Ångra", sv="Du kan returnera")
    keep("Retur", nb="Du kan returnere", fi="Voit palauttaa")
    found = offer_saved_replies(actor=agent, ticket_id=case.pk, mode="public")
    assert [(one.title, one.language, one.ours) for one in found] == [
        ("Retur", "nb", True), ("Retur", "fi", False), ("Ångra", "sv", False)]  # fmt: skip
    assert offered(agent, case, text="palauttaa") == ["Retur", "Retur"]
    assert offered(agent, case, text="returner") == ["Retur", "Retur", "Ångra"]
    assert offered(agent, case, text="100%_") == []


def test_what_begins_with_the_words_comes_before_what_holds_them(keep, case, agent):
    keep("Om størrelse", nb="Se på retur også")
    keep("Retur", nb="Slik gjør du")
    keep("Penger", shortcut="retur", nb="På vei")
    assert offered(agent, case, text="/retur") == ["Penger", "Retur", "Om størrelse"]


def test_the_text_for_this_channel_and_reader_is_the_one(keep, case, agent):
    keep(nb="For alle", variants=[Variant("nb", "På Facebook", "facebook"), Variant("nb", "Privat", "", "private"),
                                  Variant("nb", "I e-post", "email")])  # fmt: skip
    found = {mode: offer_saved_replies(actor=agent, ticket_id=case.pk, mode=mode)[0].text
             for mode in ("public", "private")}  # fmt: skip
    assert found == {"public": "På Facebook", "private": "På Facebook"}
    SavedReplyVariant.objects.filter(platform="facebook").delete()
    assert offer_saved_replies(actor=agent, ticket_id=case.pk, mode="public")[0].text == "For alle"
    assert offer_saved_replies(actor=agent, ticket_id=case.pk, mode="private")[0].text == "Privat"


def test_it_is_filled_from_the_case(keep, case, agent):
    keep(nb="{{customer.name}} {{case.number}} {{channel.name}} {{team.name}} {{agent.name}}")
    (offer,) = offer_saved_replies(actor=agent, ticket_id=case.pk, mode="public")
    assert offer.text == f"Kari Berg {case.number} Havbris First line Ingrid Solvang"
    assert offer.unfilled == ()
    assert get_offer(actor=agent, ticket_id=case.pk, mode="public", variant_id=offer.variant_id) == offer


def test_a_customer_without_a_name_leaves_the_place_open(keep, case, agent):
    keep()
    for name in ("", "•••@•••no", "[PHONE]"):
        Ticket.objects.filter(pk=case.pk).update(customer_name=name)
        (offer,) = offer_saved_replies(actor=agent, ticket_id=case.pk, mode="private")
        assert offer.unfilled == ("customer.first_name",)
        assert offer.text.startswith("Hei {{customer.first_name}}, ")


def test_in_public_a_customer_is_called_what_everybody_reads_there(keep, case, agent):
    """The name came with a mail; on the network they go by another."""
    keep(nb="{{customer.name}}")
    identity = Identity.objects.get(customer=case.customer_id)
    identity.evidence, identity.handle = {"because": "private_reply", "message": 1}, "karib"
    identity.save()
    said = {mode: offer_saved_replies(actor=agent, ticket_id=case.pk, mode=mode)[0].text
            for mode in ("public", "private")}  # fmt: skip
    assert said == {"public": "karib", "private": "Kari Berg"}
    Identity.objects.update(handle="")
    assert offer_saved_replies(actor=agent, ticket_id=case.pk, mode="public")[0].unfilled == ("customer.name",)


@pytest.mark.parametrize("mode", ["public", "private", "note"])
def test_offers_cost_the_same_for_two_and_for_fifty(keep, case, agent, django_assert_max_num_queries, mode):
    for number in range(50):
        keep(f"Svar {number}", nb="Hei {{customer.name}}", sv="Hej", fi="Moi")
        if number in (1, 49):
            agent.__dict__.pop("_teams", None)
            with django_assert_max_num_queries(6):
                found = offer_saved_replies(actor=agent, ticket_id=case.pk, mode=mode)
    assert len(found) == 40


# Use


def use(actor, message, reply, text, now):
    ids = list(reply.variants.values_list("pk", flat=True))
    return count_saved_reply_uses(actor=actor, message=message, text=text, variant_ids=ids, now=now)


def test_a_use_says_how_far_the_text_was_rewritten_and_keeps_none_of_it(keep, answer, agent, now):
    reply = keep(nb="Hei {{customer.first_name}}, pakken kommer.")
    texts = ["Hei Kari, pakken kommer.", "Hei Kari, pakken kommer. Ha det!", "God dag"]
    for text in texts:
        assert use(agent, answer(agent, text), reply, text, now) == 1
    assert list(SavedReplyUse.objects.order_by("pk").values_list("edited", "changed")) == [
        (False, 0), (True, 0), (True, 100)]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(u)::text FROM tickets_savedreplyuse u")
        assert "pakken" not in str(cursor.fetchall())


def test_counting_twice_is_once_and_taking_back_is_never(keep, answer, agent, case, now):
    reply = keep()
    message = answer(agent, "Hei")
    use(agent, message, reply, "Hei", now)
    use(agent, message, reply, "Hei", now)
    assert SavedReplyUse.objects.count() == 1
    take_back_reply(actor=agent, ticket_id=case.pk, message_id=message.pk, now=now)
    assert SavedReplyUse.objects.count() == 0


def test_what_is_not_theirs_is_left_out_and_refuses_no_send(keep, answer, agent, lead, now):
    mikkos = keep(scope="own")
    message = answer(agent, "Hei")
    assert use(agent, message, mikkos, "Hei", now) == 0
    assert count_saved_reply_uses(actor=agent, message=message, text="Hei", variant_ids=[0, 10**9], now=now) == 0
    assert SavedReplyUse.objects.count() == 0


def test_one_message_may_come_from_two(keep, answer, agent, now):
    first, second = keep("En", nb="Hei du"), keep("To", nb="Ha det")
    ids = [*SavedReplyVariant.objects.values_list("pk", flat=True)]
    message = answer(agent, "Hei du\n\nHa det")
    assert count_saved_reply_uses(actor=agent, message=message, text="Hei du\n\nHa det", variant_ids=ids, now=now) == 2
    assert {(one.saved_reply_id, one.changed) for one in SavedReplyUse.objects.all()} == {(first.pk, 0), (second.pk, 0)}


@pytest.mark.django_db(transaction=True)
def test_two_that_count_the_same_message_at_once_leave_one(keep, answer, agent, now):
    reply, message = keep(), answer(agent, "Hei")
    barrier, faults = threading.Barrier(4), []

    def count():
        try:
            with transaction.atomic():
                barrier.wait(20)
                use(agent, message, reply, "Hei", now)
        except Exception as error:
            faults.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert faults == []
    assert SavedReplyUse.objects.count() == 1


def test_the_list_tells_use_and_marks_what_is_often_rewritten(keep, answer, agent, lead, now):
    good, bad, seldom, unused = (keep(title, nb=GREETING) for title in ("God", "Dårlig", "Sjelden", "Ubrukt"))
    sent = answer(agent, "Hei")

    def used(reply, times, changed, at=now):
        for _ in range(times):
            same = ("channel_id", "thread_id", "ticket_id", "direction", "origin", "visibility", "at", "received_at",
                    "version_at", "content_hash")  # fmt: skip
            message = Message.objects.create(**{name: getattr(sent, name) for name in same})
            SavedReplyUse.objects.create(saved_reply=reply, message=message, ticket_id=sent.ticket_id, author=agent,
                                         at=at, edited=bool(changed), changed=changed)  # fmt: skip

    used(good, 6, 10)
    used(bad, 5, 40)
    used(seldom, 4, 100)
    used(unused, 3, 100, at=now - timedelta(days=91))
    page = list_saved_replies(actor=lead, text="", deleted=False, cursor="", now=now)
    told = {row.title: (row.uses, row.changed, row.often_rewritten) for row in page.rows}
    assert told == {
        "God": (6, 10, False),
        "Dårlig": (5, 40, True),
        "Sjelden": (4, None, False),
        "Ubrukt": (0, None, False),
    }


def test_the_list_is_paged_by_keys_and_costs_the_same(keep, lead, now, django_assert_max_num_queries):
    for number in range(7):
        keep(f"Svar {number}")
    SavedReply.objects.filter(title="Svar 3").update(review_on=date(2026, 11, 20))
    seen, cursor = [], ""
    for _ in range(4):
        with django_assert_max_num_queries(2):
            page = list_saved_replies(actor=lead, text="", deleted=False, cursor=cursor, now=now, size=3)
        seen += [row.title for row in page.rows]
        cursor = page.next_cursor
        if not cursor:
            break
    assert seen == [f"Svar {number}" for number in reversed(range(7))]
    due = list_saved_replies(actor=lead, text="svar 3", deleted=False, cursor="", now=now).rows
    assert [(row.title, row.review_due) for row in due] == [("Svar 3", True)]


def test_a_reply_of_ours_becomes_one_without_its_people(answer, agent, lead, case, make_user, teams):
    message = answer(agent, "Hei Kari! Ring Kari Berg på 912 34 567. Hilsen Ingrid")
    made = get_reply_to_make(actor=lead, message_id=message.pk)
    assert made.text == "Hei {{customer.first_name}}! Ring {{customer.name}} på [PHONE]. Hilsen {{agent.first_name}}"
    with pytest.raises(NotFound):
        get_reply_to_make(actor=make_user("agent", teams["marketing"]), message_id=message.pk)
    with pytest.raises(NotFound):
        get_reply_to_make(actor=lead, message_id=case.messages.get(direction="in").pk)
    assert Customer.objects.count() == 1
