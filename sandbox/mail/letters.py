"""What people write: new matters, reminders, answers, out-of-office notes. Words from the stock, by lot."""

from __future__ import annotations

import re
from random import Random

from sandbox.mail.attachments import Attachment, document, picture
from sandbox.mail.compose import Draft
from sandbox.mail.people import CORRESPONDENTS, Correspondent
from sandbox.mail.quoting import Read
from sandbox.mail.stock.shape import MATTERS, Letter

_PROBABLY_ATTACHED = {"invoice": 0.8, "broken": 0.25}
_SPOUSE_IN_COPY = {"moving": 0.5, "broken": 0.15}
_FILE_NAMES = {"nb": "faktura", "sv": "räkning", "da": "regning", "fi": "lasku", "en": "invoice"}
_SLOT = re.compile(r"\{(\w+)\}")


def new_letter(rng: Random, writer: Correspondent | None = None, matter: str | None = None) -> Draft:
    """A matter that nobody wrote of before."""
    writer = writer or rng.choice(CORRESPONDENTS)
    matter = matter or rng.choices(list(MATTERS), weights=list(MATTERS.values()))[0]
    letter = filled(rng, writer, rng.choice(writer.stock.letters[matter]))
    return Draft(
        sender=writer,
        subject=letter.subject,
        text=_dressed(rng, writer, letter.text),
        cc=(writer.spouse(),) if rng.random() < _SPOUSE_IN_COPY.get(matter, 0.0) else (),
        attachments=_attached(rng, writer, matter, letter),
    )


def plain_letter(rng: Random, writer: Correspondent, subject: str, text: str) -> Draft:
    """A given text between greeting and signature."""
    return Draft(writer, subject, _dressed(rng, writer, text))


def reminder(rng: Random, writer: Correspondent, own: Read) -> Draft:
    """The writer asks about an own letter that got no answer, and quotes it."""
    text = filled(rng, writer, Letter("", writer.stock.reminder)).text
    return Draft(writer, f"{writer.stock.reply_prefix}: {own.bare_subject}", _dressed(rng, writer, text), answers=own)


def answer(rng: Random, writer: Correspondent, read: Read, text: str) -> Draft:
    """An answer above the quotation."""
    prefix = writer.stock.reply_prefix if writer.program == "outlook" else "Re"
    return Draft(writer, f"{prefix}: {read.bare_subject}", _dressed(rng, writer, text), answers=read)


def away(rng: Random, writer: Correspondent, read: Read) -> Draft:
    """What the machine of somebody on holiday answers. RFC 3834: no quotation, marked as made by a machine."""
    note = filled(rng, writer, writer.stock.away)
    headers = (
        ("Auto-Submitted", "auto-replied"),
        ("X-Auto-Response-Suppress", "All"),
        ("Precedence", "auto_reply"),
    )
    return Draft(writer, f"{note.subject}: {read.bare_subject}", note.text, answers=read, quotes=False, headers=headers)


def filled(rng: Random, writer: Correspondent, letter: Letter) -> Letter:
    """Subject and text with the same thing in the same slot."""
    values = {name: rng.choice(options) for name, options in writer.stock.slots.items()}
    values |= {"phone": writer.phone, "street": writer.street}

    def value(slot: re.Match[str]) -> str:
        return values[slot[1]]

    return Letter(_SLOT.sub(value, letter.subject), _SLOT.sub(value, letter.text))


def _dressed(rng: Random, writer: Correspondent, text: str) -> str:
    parts = [f"{rng.choice(writer.stock.greetings)}\n\n{text}\n\n{rng.choice(writer.stock.goodbyes)}\n{writer.name}"]
    if writer.signs_fully:
        parts.append(f"\n-- \n{writer.name}\n{writer.street}\n{writer.phone}")
    if writer.program == "iphone":
        parts.append(f"\n{writer.stock.from_phone}")
    return "\n".join(parts)


def _attached(rng: Random, writer: Correspondent, matter: str, letter: Letter) -> tuple[Attachment, ...]:
    if rng.random() >= _PROBABLY_ATTACHED.get(matter, 0.0):
        return ()
    if matter == "invoice" and rng.random() < 0.5:
        return (document(f"{_FILE_NAMES[writer.language]} {rng.randint(1000, 9999)}.pdf", letter.subject),)
    return (picture(rng, f"IMG_{rng.randint(1000, 9999)}.png"),)
