"""Files in the composer: where they are offered, what survives a refusal and an undo, and letters with their copies."""

import re
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from core.actors import SYSTEM
from core.clock import now as clock_now
from tickets.models import Message, Part, StoredFile, Ticket

pytestmark = pytest.mark.django_db
MAIL = {
    "external_id": "post@havbris.example", "name": "Havbris", "imap_host": "localhost", "imap_port": "993",
    "imap_security": "tls", "smtp_host": "localhost", "smtp_port": "465", "smtp_security": "tls",
    "password": "word", "keep_sent": "no",
}  # fmt: skip


@pytest.fixture
def talk(written_in):
    """A private conversation on a channel that takes files."""
    return written_in("messenger", "104000000000002", visibility="private")


@pytest.fixture
def letter(written_in):
    """A mail to us, with a copy to somebody else."""
    from connectors.operations.channels import add_channel
    from tickets.intake.items import Recipient

    add_channel(actor=SYSTEM, platform="email", values=MAIL, now=clock_now())
    recipients = (Recipient("from", "kari@elsewhere.example", "Kari"), Recipient("to", "post@havbris.example"),
                  Recipient("cc", "ola@elsewhere.example", "Ola"))  # fmt: skip
    return written_in("email", "post@havbris.example", made=True, visibility="private", kind="email",
                      recipients=recipients, who="kari@elsewhere.example",
                      subject="Faktura, ring 91 23 45 67")  # fmt: skip


@pytest.fixture
def browser(browser_of, people):
    return browser_of(people["agent"])


def form(case, **more):
    thread = case.ticket_threads.get().thread_id
    return {"mode": "private", "thread_id": thread, "text": "Se vedlegget.", "client_key": str(uuid.uuid4())} | more


def a_file(name="kvittering.txt", content=b"Takk for handelen"):
    return SimpleUploadedFile(name, content)


def at(case, what=""):
    return f"/case/{case.number}{what}"


def waiting_in(html):
    return re.findall(r'<li class="[^"]*chosen-file" data-uid="([^"]+)"', html)


def test_a_channel_that_takes_no_files_offers_none_and_says_why(browser, case):
    html = browser.get(at(case)).content.decode()

    assert "data-attach" not in html
    assert "multipart/form-data" not in html
    assert 'data-no-files="Facebook fetches a picture from a public address' in html


def test_a_channel_that_takes_files_says_how_many_how_large_and_which(browser, talk):
    html = browser.get(at(talk)).content.decode()

    radio = re.search(r'<input type="radio" name="mode" value="private"[^>]*>', html)[0]
    assert 'data-files="10" data-file-bytes="8388608"' in radio
    assert "image/png" in radio
    assert 'enctype="multipart/form-data"' in html
    note = re.search(r'<input type="radio" name="mode" value="note"[^>]*>', html)[0]
    assert 'data-no-files="No files go with a note."' in note


def test_without_javascript_a_form_brings_its_own_files(browser, talk):
    sent = browser.post(at(talk, "/reply"), form(talk, file=[a_file("en.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 64)]))

    assert sent.status_code == 302
    row = StoredFile.objects.get()
    assert (row.name, row.message.direction) == ("en.png", "out")
    assert list(Part.objects.order_by("position").values_list("kind", flat=True)) == ["text", "attachment"]


def test_files_outlive_a_refusal_and_stand_in_the_form_that_comes_back(browser, talk):
    refused = browser.post(at(talk, "/reply"), form(talk, text=" ", file=[a_file()]))

    uid = str(StoredFile.objects.get(message=None).uid)
    assert refused.status_code == 422
    assert waiting_in(refused.content.decode()) == [uid]


def test_files_outlive_what_the_product_objects_to(browser, talk, people):
    type(people["lead"]).objects.filter(pk=people["lead"].pk).update(name="Astrid Lind")

    held = browser.post(at(talk, "/reply"), form(talk, text="@Astrid ser du på den?", began_as="note", file=[a_file()]))

    assert held.status_code == 409
    assert waiting_in(held.content.decode()) == [str(StoredFile.objects.get(message=None).uid)]


def test_an_undone_reply_gives_its_files_back(browser, talk):
    up = browser.post(at(talk, "/files"), {"file": a_file("en.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 64)}).json()
    browser.post(at(talk, "/reply"), form(talk, file_uid=[up["uid"]]))
    assert browser.get(at(talk, "/files")).json() == {"files": []}

    browser.post(at(talk, f"/message/{Message.objects.get(direction='out').pk}/undo"))

    assert browser.get(at(talk, "/files")).json() == {"files": [up]}
    assert waiting_in(browser.get(at(talk)).content.decode()) == [up["uid"]]


def test_a_colleagues_files_are_not_shown(browser, browser_of, people, talk):
    browser_of(people["lead"]).post(at(talk, "/files"), {"file": a_file()})

    assert browser.get(at(talk, "/files")).json() == {"files": []}
    assert waiting_in(browser.get(at(talk)).content.decode()) == []


# Letters


def test_a_letter_shows_its_masked_subject_and_goes_to_its_sender_alone(browser, letter):
    html = browser.get(at(letter)).content.decode()
    fields = html[html.index('<div class="letter">') :]
    assert "Faktura, ring" in fields[:1200]
    assert "91 23 45 67" not in html

    browser.post(at(letter, "/reply"), form(letter))

    assert recipients() == [("to", "kari@elsewhere.example")]


def test_reply_all_and_a_copy_reach_everybody_but_us(browser, letter):
    given = form(letter, to_all="1", cc="nora@elsewhere.example; per@elsewhere.example", file=[a_file()])
    sent = browser.post(at(letter, "/reply"), given)

    assert sent.status_code == 302
    assert recipients() == [
        ("to", "kari@elsewhere.example"),
        ("cc", "ola@elsewhere.example"),
        ("cc", "nora@elsewhere.example"),
        ("cc", "per@elsewhere.example"),
    ]
    assert StoredFile.objects.get().message.direction == "out"


def test_a_wrong_copy_sends_nothing_and_keeps_what_was_chosen(browser, letter):
    refused = browser.post(at(letter, "/reply"), form(letter, to_all="1", cc="nora at home"))

    html = refused.content.decode()
    assert refused.status_code == 422
    assert Message.objects.filter(direction="out").count() == 0
    assert 'name="cc" value="nora at home"' in html
    assert 'name="to_all" value="1" checked' in html


def recipients():
    from tickets.letters import open_envelope

    envelope = open_envelope(Message.objects.select_related("letter").get(direction="out"))
    return [(one.role, one.address) for one in envelope.recipients]


def test_a_list_of_waiting_files_costs_two_queries(browser, talk, django_assert_num_queries, people):
    from tickets.queries.waiting_files import get_waiting_files

    for name in ("a.txt", "b.txt"):
        browser.post(at(talk, "/files"), {"file": a_file(name)})

    ticket = Ticket.objects.get()
    with django_assert_num_queries(2):  # the agent's teams, and the files
        found = get_waiting_files(actor=people["agent"], ticket_id=ticket.pk)
    assert [one.name for one in found] == ["a.txt", "b.txt"]
