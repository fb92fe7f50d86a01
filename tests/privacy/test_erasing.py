"""Erasing one customer on one platform, and the two addresses that Meta calls for its people."""

import json

import pytest

from connectors.models import Account
from core.actors import SYSTEM
from core.audit.models import AuditEntry
from core.errors import Forbidden, NotFound
from core.keys.models import DataKey
from privacy.models import ErasureRequest
from privacy.operations.erasing import erase_on_platform, erase_waiting
from privacy.operations.network_requests import receive_departure, receive_erasure_request
from tests.privacy.conftest import MARKERS, TEXT, signed_request
from tickets.models import Customer, Draft, Identity, MaskedValue, Message, Note, StoredFile, Thread, Ticket
from tickets.operations.drafting import save_draft
from tickets.operations.filing import put_up_file
from tickets.operations.noting import add_note

pytestmark = pytest.mark.django_db


def address(kind):
    told = signed_request("x")
    return f"/network/{told['family']}/{told['key']}/{kind}"


def test_everything_of_the_person_on_the_platform_goes_and_the_key_with_it(said, agent, key, now):
    kari, ola = said(TEXT, who="kari"), said("Hei fra Ola", who="ola")
    add_note(actor=agent, ticket_id=kari.ticket_id, text="Kari ringte", client_key=key(), now=now)
    key_id = Customer.objects.get(pk=kari.customer_id).data_key_id
    assert key_id is not None
    # when
    erased = erase_on_platform(actor=SYSTEM, customer_id=kari.customer_id, platform="facebook", now=now)
    # then
    assert erased == 1
    kari.refresh_from_db()
    assert (kari.text, kari.masks, kari.sealed, kari.state, kari.permalink) == ("", [], None, "deleted", "")
    assert not DataKey.objects.filter(pk=key_id).exists()
    assert (Identity.objects.filter(customer=kari.customer_id).count(), MaskedValue.objects.count()) == (0, 0)
    assert Customer.objects.get(pk=kari.customer_id).name == ""
    assert Note.objects.count() == 0
    ticket = Ticket.objects.get(pk=kari.ticket_id)
    assert (ticket.customer_name, ticket.preview, ticket.waiting_since) == ("", "", None)
    ola.refresh_from_db()
    assert (ola.text, Ticket.objects.get(pk=ola.ticket_id).preview) == ("Hei fra Ola", "Hei fra Ola")


def test_what_comes_late_brings_nothing_back(said, now):
    kari = said(TEXT, who="kari", external_id="c1")
    erase_on_platform(actor=SYSTEM, customer_id=kari.customer_id, platform="facebook", now=now)
    said(TEXT, who="kari", external_id="c1")
    said(TEXT + " igjen", who="kari", external_id="c1", minutes=5)
    assert Message.objects.get(external_id="c1").text == ""


def test_twice_changes_nothing_but_the_record(said, now):
    kari = said(TEXT, who="kari")
    erase_on_platform(actor=SYSTEM, customer_id=kari.customer_id, platform="facebook", now=now)
    assert erase_on_platform(actor=SYSTEM, customer_id=kari.customer_id, platform="facebook", now=now) == 0
    assert AuditEntry.objects.filter(action="customer.erased").count() == 2


def test_what_the_person_has_elsewhere_stays_and_keeps_its_key(said, now):
    kari = said(TEXT, who="kari")
    customer = Customer.objects.get(pk=kari.customer_id)
    Identity.objects.create(customer=customer, platform="email", external_key="hash")
    erase_on_platform(actor=SYSTEM, customer_id=customer.pk, platform="facebook", now=now)
    customer.refresh_from_db()
    assert customer.name
    assert DataKey.objects.filter(pk=customer.data_key_id).exists()
    assert Identity.objects.filter(customer=customer).count() == 1
    erase_on_platform(actor=SYSTEM, customer_id=customer.pk, platform="email", now=now)
    customer.refresh_from_db()
    assert (customer.name, customer.data_key_id) == ("", None)


def test_a_private_conversation_loses_its_name_and_our_words_in_it(said, now):
    kari = said(TEXT, who="kari", root="7392", visibility="private", kind="dm")
    ours = said("Vårt svar", root="7392", visibility="private", direction="out", external_id="o1", who="page")
    erase_on_platform(actor=SYSTEM, customer_id=kari.customer_id, platform="facebook", now=now)
    thread = Thread.objects.get()
    assert thread.external_root == f"erased:{thread.pk}"
    ours.refresh_from_db()
    assert (ours.text, ours.state) == ("", "deleted")


def test_what_somebody_else_wrote_in_the_same_conversation_is_theirs_and_stays(said, now):
    kari = said(TEXT, who="kari", root="talk", visibility="private")
    ola = said("Hei fra Ola", who="ola", root="talk", visibility="private", minutes=5)
    assert ola.ticket_id == kari.ticket_id

    assert erase_on_platform(actor=SYSTEM, customer_id=kari.customer_id, platform="facebook", now=now) == 1

    ola.refresh_from_db()
    assert ola.text == "Hei fra Ola"


def test_texts_and_files_that_were_not_sent_yet_go_too(said, agent, now):
    kari, ola = said(TEXT, who="kari"), said("Hei", who="ola")
    for case in (kari.ticket_id, ola.ticket_id):
        save_draft(actor=agent, ticket_id=case, mode="note", text="Ring Kari", base_revision=0, now=now)
        put_up_file(actor=agent, ticket_id=case, name="kvittering.txt", content=b"Takk", now=now)

    erase_on_platform(actor=SYSTEM, customer_id=kari.customer_id, platform="facebook", now=now)

    assert [draft.ticket_id for draft in Draft.objects.all()] == [ola.ticket_id]
    assert [file.ticket_id for file in StoredFile.objects.all()] == [ola.ticket_id]


def test_a_request_of_the_network_is_kept_answered_and_carried_out(client, said, now):
    kari = said(TEXT, who="218471")
    identity = kari.customer.identities.get()
    told = signed_request(identity.external_key)
    # when
    answer = client.post(address("erase"), {"signed_request": told["signed_request"]})
    # then
    code = answer.json()["confirmation_code"]
    assert answer.json() == {"url": f"http://testserver/erasure/{code}", "confirmation_code": code}
    request = ErasureRequest.objects.get()
    assert (request.code, request.state, request.identities.get()) == (code, "received", identity)
    assert identity.external_key.encode() not in bytes(request.subject_hash)
    assert b"carried out shortly" in client.get(f"/erasure/{code}").content
    again = client.post(address("erase"), {"signed_request": told["signed_request"]})
    assert (again.json()["confirmation_code"], ErasureRequest.objects.count()) == (code, 1)
    # when
    assert erase_waiting(now=now) == 1
    # then
    page = client.get(f"/erasure/{code}").content.decode()
    assert "has been erased" in page
    assert not any(marker in page for marker in (*MARKERS, identity.external_key, "Kari"))
    kari.refresh_from_db()
    assert (kari.text, ErasureRequest.objects.get().erased_messages) == ("", 1)
    assert erase_waiting(now=now) == 0


def test_a_person_whom_nobody_knows_is_told_so(client, said):
    said(TEXT, who="kari")
    answer = client.post(address("erase"), {"signed_request": signed_request("999")["signed_request"]})
    page = client.get(f"/erasure/{answer.json()['confirmation_code']}")
    assert b"nothing is kept here" in page.content
    assert ErasureRequest.objects.get().state == "unmatched"
    assert Message.objects.get().text != ""


def test_a_handle_of_another_page_is_not_met(said, now):
    kari = said(TEXT, who="kari")
    identity = kari.customer.identities.get()
    Identity.objects.filter(pk=identity.pk).update(scope="104000000000999")
    request = receive_erasure_request(**signed_request(identity.external_key), now=now)
    assert request.state == "unmatched"


@pytest.mark.parametrize("kind", ["erase", "departed"])
@pytest.mark.parametrize("bad", ["", ".", "x.y", "é.é", "signed"])
def test_a_request_that_is_not_the_networks_changes_nothing(client, connected, kind, bad):
    text = signed_request("1", secret="guess")["signed_request"] if bad == "signed" else bad
    before = AuditEntry.objects.count()
    assert client.post(address(kind), {"signed_request": text}).status_code == 403
    assert (ErasureRequest.objects.count(), AuditEntry.objects.count()) == (0, before)


def test_another_algorithm_or_no_person_is_refused_although_signed(connected, now):
    for changed in ({"algorithm": "none"}, {"user_id": None}, {"user_id": ["1"]}):
        with pytest.raises(Forbidden):
            receive_erasure_request(**signed_request("1", **changed), now=now)
    with pytest.raises(NotFound):
        receive_erasure_request(family="meta", key="nobody", signed_request="x.y", now=now)


def test_a_departure_lets_every_channel_of_the_app_be_looked_at(client, connected, now):
    Account.objects.update(next_poll_at=None, watched_at=now, held_until=now)
    answer = client.post(address("departed"), {"signed_request": signed_request("1")["signed_request"]})
    assert json.loads(answer.content) == {"success": True}
    account = Account.objects.get()
    assert account.next_poll_at is not None
    assert (account.watched_at, account.held_until) == (None, None)
    assert receive_departure(**signed_request("1"), now=now) == 1
