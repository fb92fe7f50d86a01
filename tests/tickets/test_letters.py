"""Letters taken in: which thread they follow, whose case they are in, what is sealed, and what came back of ours."""

import itertools
from datetime import timedelta

import pytest

from core.keys.models import DataKey
from core.secrets import SealBroken
from tickets.files import read_file
from tickets.intake.apply import apply_items
from tickets.intake.items import Attachment, Author, MessageItem, ReceiptItem, Recipient
from tickets.letters import open_envelope
from tickets.models import (
    FileState,
    Identity,
    Letter,
    Message,
    PartState,
    Status,
    StoredFile,
    Thread,
    ThreadAlias,
    Ticket,
)
from tickets.queries.case import get_case
from tickets.sealing import contact_value

PAGE = "104000000000001"
KARI, OLA = "kari.berg@example.no", "ola.berg@example.no"
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 64


def letter(number, now, *, by=KARI, minute=0, answers=(), **more):
    """The mail `<number@example.no>`, as the connector gives it."""
    at = now + timedelta(minutes=minute)
    names = tuple(f"mid:{one}@example.no" for one in (number, *answers))
    given = {
        "platform": "facebook",
        "account_external_id": PAGE,
        "external_id": f"{number}@example.no",
        "external_root": f"{number}@example.no",
        "at": at,
        "kind": "email",
        "visibility": "private",
        "text": f"Hei, dette er brev {number}",
        "author": Author(by, name=by.split("@")[0].replace(".", " ").title(), contact="email"),
        "references": names[1:],
        "aliases": names,
        "subject": "Faktura, ring 91 23 45 67",
        "recipients": (Recipient("from", by), Recipient("to", "post@havbris.example")),
    }
    return MessageItem(**given | more)


def partition():
    """Which letters stand together, whatever the threads are called."""
    groups = {}
    for message in Message.objects.all():
        groups.setdefault(message.thread_id, set()).add(message.external_id.split("@")[0])
    return sorted(map(sorted, groups.values()))


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_an_answer_finds_its_thread_in_any_order(take_in, now, order):
    letters = [
        letter("a", now),
        letter("b", now, minute=1, answers=("a",)),
        letter("c", now, minute=2, answers=("b", "a")),
        letter("x", now, minute=3),
    ]

    for place in order:
        take_in(letters[place], at=now + timedelta(hours=1))

    assert partition() == [["a", "b", "c"], ["x"]]
    assert Ticket.objects.count() == 2


def test_the_same_letters_again_change_nothing(take_in, now):
    letters = [letter("a", now), letter("b", now, minute=1, answers=("a",))]
    take_in(*letters)
    before = [model.objects.count() for model in (Message, Thread, Ticket, Letter, ThreadAlias, Identity)]

    take_in(*reversed(letters))
    take_in(letters[1])

    assert [model.objects.count() for model in (Message, Thread, Ticket, Letter, ThreadAlias, Identity)] == before
    assert before == [2, 1, 1, 2, 2, 1]


def test_neither_a_subject_nor_an_unknown_id_joins_two_matters(take_in, now):
    take_in(letter("a", now), letter("b", now, answers=("never-seen",)))

    assert partition() == [["a"], ["b"]]


def test_a_spouse_in_the_copy_joins_the_case_and_the_history_says_so(take_in, now, lead):
    take_in(letter("a", now))
    take_in(letter("b", now, minute=5, by=OLA, answers=("a",)))
    take_in(letter("c", now, minute=6, by=OLA, answers=("b",)))

    case = Ticket.objects.get()
    assert set(case.messages.values_list("external_id", flat=True)) == {f"{n}@example.no" for n in "abc"}
    assert [event.data["customer"] for event in case.events.filter(kind="joined")] == [
        Identity.objects.exclude(customer=case.customer).get().customer_id
    ]
    view = get_case(actor=lead, number=case.number)
    assert [entry.aside for entry in view.entries if entry.entry == "message"] == [False, False, False]


def test_an_answering_machine_opens_nothing_reopens_nothing_and_waits_for_nothing(take_in, now):
    take_in(letter("a", now))
    case = Ticket.objects.get()
    Ticket.objects.update(status=Status.DONE, closed_at=now)
    case.ticket_threads.update(is_open=False)

    take_in(letter("ooo", now, minute=9, answers=("a",), automatic="reply"), letter("ooo2", now, automatic="reply"))

    case.refresh_from_db()
    assert (Ticket.objects.count(), case.status) == (1, Status.DONE)
    assert Message.objects.get(external_id="ooo@example.no").ticket == case
    assert Message.objects.get(external_id="ooo2@example.no").ticket is None


def test_an_answering_machine_does_not_start_the_clock_again(take_in, now, our_reply):
    take_in(letter("a", now))
    our_reply(Ticket.objects.get(), PartState.SENT, at=now + timedelta(minutes=1))

    take_in(letter("ooo", now, minute=2, answers=("a",), automatic="reply"))

    assert Ticket.objects.get().waiting_since is None


def test_no_address_stands_in_the_open(take_in, now):
    take_in(letter("a", now, tail="> ring 91 23 45 67", html="<p>kari.berg@example.no</p>"))

    identity, message = Identity.objects.get(), Message.objects.get()
    assert contact_value(identity) == KARI
    assert (identity.handle, len(identity.external_key)) == ("•••@•••no", 64)
    assert open_envelope(message).subject == "Faktura, ring 91 23 45 67"
    assert open_envelope(message).recipients[0].address == KARI
    shown = f"{message.text}{message.subject}{message.letter.recipients}{Ticket.objects.get().subject}"
    assert KARI not in shown
    assert "91 23" not in shown
    assert message.letter.recipients[1] == ["to", "", "•••@•••le"]
    DataKey.objects.filter(pk=identity.customer.data_key_id).delete()
    message.refresh_from_db()
    with pytest.raises(SealBroken):
        open_envelope(message)


def test_what_is_quoted_is_folded_and_never_in_the_queue(take_in, now, lead):
    take_in(letter("a", now, text="Ring meg på 91 23 45 67.", tail="> Dere skrev: ring 22 33 44 55"))

    case = Ticket.objects.get()
    message = next(e for e in get_case(actor=lead, number=case.number).entries if e.entry == "message")
    assert "".join(piece.text for piece in message.text) == "Ring meg på [PHONE]."
    assert "".join(piece.text for piece in message.tail) == "> Dere skrev: ring [PHONE]"
    assert [piece.mask for piece in message.tail if piece.label] == [1]
    assert case.preview == "Ring meg på [PHONE]."


def test_files_are_known_by_their_bytes_and_kept_sealed(take_in, now, settings):
    settings.FILE_MAX_BYTES = 300_000
    big = bytes(range(256)) * 1100
    files = (
        Attachment("image", title="bilde.exe", mime="text/html", content=PNG, content_id="pic1"),
        Attachment("file", title="../ring 91 23 45 67.bin", content=big),
        Attachment("file", title="for-stor.zip", content=b"x" * 300_001),
    )

    take_in(letter("a", now, attachments=files))

    rows = list(StoredFile.objects.order_by("position"))
    assert [row.mime for row in rows][:2] == ["image/png", "application/octet-stream"]
    assert [row.state for row in rows] == [FileState.OPEN, FileState.OPEN, FileState.TOO_LARGE]
    assert "91 23" not in rows[1].name
    assert b"".join(read_file(rows[1])) == big
    assert rows[1].chunks.count() == 2
    assert rows[2].chunks.count() == 0
    assert big[:64] not in bytes(rows[1].chunks.first().sealed)
    assert [a["size"] for a in Message.objects.get().attachments] == [len(PNG), len(big), 300_001]


def test_a_deleted_customer_key_takes_the_files_along(take_in, now):
    take_in(letter("a", now, attachments=(Attachment("image", title="b.png", content=PNG),)))
    row = StoredFile.objects.get()
    DataKey.objects.filter(pk=row.data_key_id).delete()
    row.refresh_from_db()

    with pytest.raises(SealBroken):
        list(read_file(row))


def receipt(now, outcome, external_id="sent-1", **more):
    return ReceiptItem(
        platform="facebook", account_external_id=PAGE, external_id=external_id, at=now, outcome=outcome, **more
    )


def sent(our_reply, now):
    message = our_reply(Ticket.objects.get(), PartState.SENT, at=now + timedelta(minutes=1))
    Message.objects.filter(pk=message.pk).update(external_id="sent-1")
    return message


def test_a_bounce_marks_the_message_it_is_about(take_in, now, our_reply):
    take_in(letter("a", now))
    message = sent(our_reply, now)

    take_in(receipt(now, "failed", reason="recipient_unavailable", code="5.1.1"), receipt(now, "delivered"))
    take_in(receipt(now, "failed", "never-sent"))

    part, case = message.parts.get(), Ticket.objects.get()
    assert (part.state, part.reason, part.platform_code) == ("failed", "recipient_unavailable", "5.1.1")
    assert (case.trouble, case.status) == ("failed", Status.OPEN)
    assert Message.objects.count() == 2


@pytest.mark.parametrize("order", list(itertools.permutations(["delayed", "delivered", "read"])))
def test_the_strongest_word_about_a_message_stands(take_in, now, our_reply, order):
    take_in(letter("a", now))
    message = sent(our_reply, now)

    for outcome in order:
        take_in(receipt(now, outcome))

    message.refresh_from_db()
    assert message.outcome == "read"


def test_letters_cost_a_fixed_number_of_queries(channel, now, django_assert_max_num_queries):
    apply_items([letter("warm", now)], now=now)
    with django_assert_max_num_queries(48) as few:
        apply_items([letter(f"f{n}", now, by=f"f{n}@example.no") for n in range(2)], now=now)
    with django_assert_max_num_queries(48) as many:
        apply_items([letter(f"m{n}", now, by=f"m{n}@example.no") for n in range(40)], now=now)

    assert len(many.captured_queries) == len(few.captured_queries)
