"""The whole product on real mail servers: in from the mailbox, out to the customer, and what comes back."""

import email
import email.policy
import threading
import uuid

import pytest
from django.db import connection

from connectors.models import Account, Delivery, DeliveryState
from connectors.operations.channels import add_channel
from connectors.operations.ingesting import ingest_waiting
from connectors.operations.listening import claim_accounts, listen_once
from connectors.operations.polling import poll_account
from connectors.operations.replying import queue_reply
from connectors.operations.sending import send_waiting
from core.actors import SYSTEM
from core.clock import now as clock_now
from core.secrets import forget_keys
from tests.mail.servers import ADDRESS, wait_for
from tickets.models import Message, Part, PartState, StoredFile, Thread, Ticket

pytestmark = pytest.mark.django_db(transaction=True)
KARI = "Kari <kari@elsewhere.example>"


@pytest.fixture
def mailbox(settings, make_user, teams):
    """The mailbox, connected as an admin would."""
    forget_keys()
    values = {**settings, "external_id": ADDRESS, "name": "Havbris kundeservice"}
    made = add_channel(actor=SYSTEM, platform="email", values=values, team_id=teams["first-line"].pk, now=clock_now())
    return made.id


def fetch(channel_id):
    """One pass over the mailbox, and everything read. Gives: pages stored."""
    account = Account.objects.select_related("channel", "endpoint").get(channel_id=channel_id)
    pages = poll_account(account)
    ingest_waiting(now=clock_now())
    return pages


def fetch_all(channel_id):
    for _ in range(20):
        if fetch(channel_id) < 20:
            return


def reply(ticket, actor, text="Hei, vi ser på det.", **more):
    return queue_reply(
        actor=actor,
        ticket_id=ticket.pk,
        thread_id=ticket.ticket_threads.get().thread_id,
        visibility="private",
        text=text,
        client_key=uuid.uuid4(),
        undo_seconds=0,
        now=clock_now(),
        **more,
    )


def footprint():
    return Message.objects.count(), Ticket.objects.count(), Thread.objects.count()


def test_a_thousand_mails_are_a_thousand_messages_whatever_happens(servers, mailbox, mail):
    for number in range(1000):
        answered = {"In_Reply_To": f"<{number - 1}@elsewhere.example>"} if number % 4 else {}
        servers.put(mail(number, body=f"Brev nummer {number}", **answered))

    fetch_all(mailbox)
    once = footprint()
    assert once == (1000, 250, 250)

    workers = [threading.Thread(target=in_thread, args=(mailbox,)) for _ in range(2)]
    Account.objects.update(cursor={})  # lost
    Delivery.objects.all().delete()  # and what would tell that the bytes are known, expired
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert footprint() == once

    servers.stop("dovecot")
    servers.rebuild()
    servers.start("dovecot")
    fetch_all(mailbox)
    assert footprint() == once


def in_thread(channel_id):
    try:
        fetch_all(channel_id)
    finally:
        connection.close()


def test_a_letter_is_answered_in_its_thread_with_files_and_the_answer_comes_home(
    servers, mailbox, mail, agent, arrived
):
    servers.put(mail("Faktura 4471", Cc="Ola <ola@elsewhere.example>"))
    fetch(mailbox)
    ticket = Ticket.objects.get()
    [file] = put_up(ticket, agent)

    message = reply(ticket, agent, to_all=True, cc=["support@havbris.example", "nora@havbris.example"], files=[file])
    assert send_waiting() == 1

    part = message.parts.get()
    message.refresh_from_db()
    assert (part.state, part.reason) == (PartState.SENT, "")
    assert [(role, address) for role, _name, address in message.letter.recipients] == [
        ("to", "•••@•••le"),
        ("cc", "•••@•••le"),
        ("cc", "•••@•••le"),
    ]
    sent = returned_original(arrived, 2)
    assert sent["Message-ID"] == f"<{message.external_id}>"
    assert sent["In-Reply-To"] == "<Faktura-4471@elsewhere.example>"
    assert sent["Subject"] == "Re: Faktura 4471"
    assert [part.get_filename() for part in sent.iter_attachments()] == ["kvittering.txt"]

    # The customer's own program drops every reference but our id.
    servers.put(mail("VS: noe annet", In_Reply_To=f"<{message.external_id}>", Message_ID="<two@elsewhere.example>"))
    fetch(mailbox)
    assert Ticket.objects.exclude(messages__subject="").distinct().count() == 1
    assert ticket.messages.filter(direction="in").count() == 2


def put_up(ticket, agent):
    from tickets.operations.filing import put_up_file

    row = put_up_file(actor=agent, ticket_id=ticket.pk, name="kvittering.txt", content=b"Takk", now=clock_now())
    return [row.uid]


def returned_original(arrived, count):
    """Our mail as the server that could not deliver it sends it back."""
    for raw in arrived(count):
        report = email.message_from_bytes(raw, policy=email.policy.default)
        for inner in report.walk():
            if inner.get_content_type() == "message/rfc822":
                return inner.get_content()
    raise AssertionError("no mail came back")


def test_a_bounce_marks_the_answer_and_opens_no_case(servers, mailbox, mail, agent, arrived):
    servers.put(mail("Hei"))
    fetch(mailbox)
    message = reply(Ticket.objects.get(), agent)
    send_waiting()
    arrived(2)

    wait_for(lambda: fetch(mailbox) and Part.objects.filter(state=PartState.FAILED).exists(), what="the bounce")

    part, ticket = message.parts.get(), Ticket.objects.get()
    assert (part.reason, ticket.trouble) == ("refused", "failed")  # exim says no more than 5.0.0
    assert Message.objects.count() == 2


def test_an_answer_whose_end_is_unclear_is_settled_by_the_copy_among_the_sent(servers, mailbox, mail, agent, arrived):
    servers.put(mail("Hei"))
    fetch(mailbox)
    message = reply(Ticket.objects.get(), agent)
    send_waiting()
    arrived(2)
    servers.clear()  # without the report that it could not be delivered
    message.refresh_from_db()
    Part.objects.update(state=PartState.UNKNOWN)
    copy = mail("Re: Hei", From=ADDRESS, Message_ID=f"<{message.external_id}>")
    servers.put(copy, "Sendte")  # which dovecot tells is the one of sent mail

    fetch_all(mailbox)

    assert message.parts.get().state == PartState.SENT
    assert Message.objects.filter(direction="out").count() == 1


@pytest.mark.parametrize(
    ("raw", "messages"),
    [
        (b"\x00\xff\xfe" * 50, 0),
        (b"Subject: " + b"x" * 1_000_000 + b"\r\n\r\nHei", 1),
        (b"From: a@elsewhere.example\r\nTo: " + b", ".join(b"p%d@x.no" % n for n in range(2000)) + b"\r\n\r\nHei", 1),
        (b"From: a@elsewhere.example\r\n" + b"".join(
            b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(5000)), 1),
    ],
    ids=["rubbish", "huge header", "2000 recipients", "nesting bomb"],
)  # fmt: skip
def test_hostile_mail_is_survived_and_never_lost(servers, mailbox, mail, raw, messages):
    servers.put(raw)
    servers.put(mail("Etterpå"))

    fetch_all(mailbox)

    assert Message.objects.filter(subject="Etterpå").exists()
    states = sorted(Delivery.objects.values_list("state", flat=True))
    assert states in ([DeliveryState.DONE] * 2, [DeliveryState.DONE, DeliveryState.UNREADABLE])
    assert Message.objects.count() == 1 + messages


def test_a_giant_says_that_only_its_beginning_is_here(servers, mailbox, mail):
    servers.put(mail("Stor", body="Hei, se vedlegget.\r\n" + "A" * 76 + "\r\n" + ("B" * 76 + "\r\n") * 540_000))

    fetch_all(mailbox)

    message = Message.objects.select_related("letter").get()
    assert message.text.startswith("Hei, se vedlegget.")
    assert message.letter.truncated is True


def test_a_zip_bomb_is_kept_closed(servers, mailbox, mail):
    import base64
    import io
    import zipfile

    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", b"\0" * 50_000_000)
    encoded = base64.encodebytes(packed.getvalue()).decode()
    more = {"Content_Type": 'application/zip; name="a.zip"', "Content_Transfer_Encoding": "base64"}
    servers.put(mail("Pakke", body=encoded, MIME_Version="1.0", **more))

    fetch_all(mailbox)

    row = StoredFile.objects.get()
    assert (row.mime, row.size) == ("application/zip", len(packed.getvalue()))


def test_who_listens_hears_a_mail_at_once_and_nobody_listens_twice(servers, mailbox, mail):
    stopping = threading.Event()
    now = clock_now()
    [account_id] = claim_accounts(now=now, most=5)
    assert claim_accounts(now=now, most=5) == []

    def hold():
        try:
            listen_once(account_id=account_id, stop=stopping.is_set)
        finally:
            connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        # The first ones may come before the line is open; the poll would find those.
        wait_for(lambda: (servers.put(mail("Hei")) and thread.join(0.5)) or Delivery.objects.exists(), seconds=30)
    finally:
        stopping.set()
        thread.join(timeout=20)
    assert not thread.is_alive()
