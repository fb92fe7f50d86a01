"""The town's letters: what is written by itself, and how people take the mailbox's answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from sandbox.mail import letters, machines
from sandbox.mail.office import PostOffice, stranger
from sandbox.mail.people import BY_ADDRESS, Correspondent, correspondent
from sandbox.mail.quoting import Read, read_mail
from sandbox.mail.site import ADDRESS, PLATFORM
from sandbox.town import words
from sandbox.town.people import BY_NAME, Person
from sandbox.town.stage import Reply

_ACTS = {"letter": 80, "reminder": 8, "newsletter": 6, "alert": 6}
_LATELY, _LOOKED_AT = 40, 5
_WAITING = ("invoice", "broken", "thanks", "moving")  # at the first start, so that a newcomer sees mail at once
_WAITING_GAP_SECONDS = 47 * 60


class MailTown:
    """The correspondents. The same seed makes the same letters."""

    def __init__(self, office: PostOffice, rng: Random) -> None:
        self._office, self._rng = office, rng

    def act(self, _account: str, run_id: int | None = None) -> None:
        """Write one mail."""
        acts: dict[str, Callable[[int | None], bool]] = {
            "reminder": self._remind,
            "newsletter": self._newsletter,
            "alert": self._alert,
        }
        name = self._rng.choices(list(_ACTS), weights=list(_ACTS.values()))[0]
        if name == "letter" or not acts[name](run_id):
            self._office.post(letters.new_letter(self._rng), self._rng, run_id)

    def sing(self, _account: str, person: Person, topic: str, run_id: int | None = None) -> None:
        """One voice of a choir: a letter about the same thing."""
        text = words.sing(self._rng, person, topic)
        subject = " ".join(text.split()[:5]).rstrip(".,:!?")
        self._office.post(letters.plain_letter(self._rng, correspondent(person), subject, text), self._rng, run_id)

    def fill_at_first(self) -> None:
        """Some letters of the last hours, when the mailbox is new."""
        inbox = self._office.folders.get("INBOX")
        if inbox.next_uid > 1:
            return
        now = self._office.site.clock.now()
        for place, matter in enumerate(_WAITING):
            draft = letters.new_letter(self._rng, matter=matter)
            self._office.post(draft, self._rng, at=now - (len(_WAITING) - place) * _WAITING_GAP_SECONDS)

    def _remind(self, run_id: int | None) -> bool:
        own = self._somebodys_letter()
        if own is None:
            return False
        self._office.post(letters.reminder(self._rng, BY_ADDRESS[own.address], own), self._rng, run_id)
        return True

    def _newsletter(self, run_id: int | None) -> bool:
        self._office.arrive(machines.newsletter(self._rng, self._office.site.clock.now()), run_id)
        return True

    def _alert(self, run_id: int | None) -> bool:
        self._office.arrive(machines.alert(self._rng, self._office.site.clock.now()), run_id)
        return True

    def _somebodys_letter(self) -> Read | None:
        """A letter that somebody of the town wrote lately and that answers nothing."""
        messages = self._office.folders.get("INBOX").messages
        lately = list(messages)[-_LATELY:]
        for uid in self._rng.sample(lately, min(len(lately), _LOOKED_AT)):
            read = read_mail(self._office.site.read(messages[uid].file))
            if read.address in BY_ADDRESS and not read.references:
                return read
        return None


@dataclass(frozen=True, slots=True)
class MailTalk:
    """The mailbox's answers as the town hears them, and the way back. An account is the mailbox's address."""

    office: PostOffice
    platform: str = PLATFORM

    def accounts(self) -> list[str]:
        """The one mailbox."""
        return [ADDRESS]

    def replies_since(self, _account: str, seq: int) -> Sequence[Reply]:
        """What people of the town got after `seq`; of others nobody knows how they would take it."""
        return [
            Reply(str(row["seq"]), row["seq"], reader.name, self._text(row["file"]), self._turns(row["address"]))
            for row in self.office.received(after=seq)
            if (reader := self.office.find(row["address"])) is not None
        ]

    def comment(self, _account: str, _name: str, below: str, text: str, run_id: int | None) -> str | None:
        """Whoever got the mail numbered `below` answers it."""
        rows = [row for row in self.office.received(after=int(below) - 1) if row["seq"] == int(below)]
        if not rows:
            return None
        rng = self.office.site.rng
        writer = self.office.find(rows[0]["address"]) or stranger(rows[0]["address"], "", "en")
        draft = letters.answer(rng, writer, read_mail(self.office.site.read(rows[0]["file"])), text)
        return str(self.office.post(draft, rng, run_id).uid)

    def say(self, writer: Correspondent, mood: str) -> str:
        """Words for an answer: thanks, followups or still_angry."""
        person = BY_NAME.get(writer.name) or Person(writer.name, writer.language, "plain", slips=False)
        return words.answer(self.office.site.rng, person, mood)

    def _turns(self, address: str) -> int:
        return len(self.office.received(address))

    def _text(self, file: str) -> str:
        return read_mail(self.office.site.read(file)).text
