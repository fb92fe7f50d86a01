"""An open case is brought up to date by what changed alone: whatever happens to it, the page is as if drawn anew."""

import re
import uuid
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from inbox.live.drawn import CARRIED, KEPT, drawing, mark_of, read_marks

VOID = {"input", "br", "path", "circle", "rect", "line", "img", "meta", "link", "polyline", "ellipse", "polygon"}
PARTS = ("head", "facts", "sidecase", "closing")
TOKEN = re.compile(r'(name="csrfmiddlewaretoken" value=")[^"]*')


class Pieces(HTMLParser):
    """The elements that a browser replaces one by one: the children of the thread, and the parts beside it."""

    def __init__(self, html):
        super().__init__(convert_charrefs=False)
        self.open, self.live, self.thread, self.parts = [], {}, [], {}
        self._into, self._depth, self._text = None, 0, []
        self.feed(html)

    def _begins(self, attrs):
        names = dict(attrs)
        if names.get("id", "").endswith("-live"):
            self.live = names
        part = next((part for part in PARTS if re.fullmatch(rf"case-\d+-{part}", names.get("id", ""))), None)
        inside = len(self.open) >= 1 and self.open[-1].endswith("-thread")
        if self._into is None and (part or inside):
            self._into, self._depth, self._text, self.attrs = part or "", len(self.open), [], names

    def handle_starttag(self, tag, attrs):
        self._begins(attrs)
        self._text.append(self.get_starttag_text())
        if tag not in VOID:
            self.open.append(dict(attrs).get("id", ""))
        elif self._into is not None and len(self.open) == self._depth:
            self._ends()

    def handle_startendtag(self, tag, attrs):
        self._text.append(self.get_starttag_text())

    def handle_endtag(self, tag):
        self._text.append(f"</{tag}>")
        self.open.pop()
        if self._into is not None and len(self.open) == self._depth:
            self._ends()

    def _ends(self):
        html = TOKEN.sub(r"\1", "".join(self._text))
        if self._into:
            self.parts[self._into] = (self.attrs.get("data-v"), html)
        else:
            self.thread.append((self.attrs["id"], self.attrs.get("data-v"), html, "data-kept" in self.attrs))
        self._into = None

    def handle_data(self, data):
        self._text.append(data)

    def handle_entityref(self, name):
        self._text.append(f"&{name};")

    def handle_charref(self, name):
        self._text.append(f"&#{name};")


class Page:
    """What a browser makes of the answers, as `static/js/guard.js` does."""

    def __init__(self, browser, number):
        self.browser, self.path = browser, f"/fragments/case/{number}"
        self.fetch({})

    def fetch(self, headers):
        answer = self.browser.get(self.path, headers=headers)
        assert answer.status_code == 200
        fresh = Pieces(answer.content.decode())
        had = {name: (name, mark, html) for name, mark, html, _kept in getattr(self, "thread", ())}
        self.thread = [
            (*had[name], False) if kept else (name, mark, html, False) for name, mark, html, kept in fresh.thread
        ]
        self.parts = getattr(self, "parts", {}) | fresh.parts
        self.start = fresh.live["data-start"]
        return fresh, len(answer.content)

    def headers(self):
        marks = [self.parts["head"][0], *(mark for _name, mark, _html, _kept in self.thread)]
        return {"X-Case-Start": self.start, "X-Case-Has": ".".join(mark or "" for mark in marks)}

    def refresh(self):
        return self.fetch(self.headers())


@pytest.fixture(autouse=True)
def _a_clock_that_stands(monkeypatch, now):
    """The times that are offered for snoozing are drawn with a case, and change with the hour."""
    monkeypatch.setattr("inbox.pages.when.now_", lambda: now)


@pytest.fixture
def town(written, people, teams, now):
    """What can happen to a case, by name; each takes the case."""
    from connectors.operations.replying import queue_reply, take_back_reply
    from core.users.models import User
    from tickets.models import Customer, Message, Note, Part, PartState, Post, Reaction, Team, Ticket, TicketEvent
    from tickets.operations.assigning import take_ticket
    from tickets.operations.closing import reopen_ticket, resolve_ticket
    from tickets.operations.following import follow_ticket
    from tickets.operations.noting import add_note
    from tickets.operations.tagging import set_tags

    agent, steps = people["agent"], iter(range(1, 10**6))

    def newest(case, **which):
        return Message.objects.filter(ticket=case, **which).order_by("-pk")[:1]

    def first(case, **which):
        return Message.objects.filter(pk__in=Message.objects.filter(ticket=case, **which).order_by("pk")[:1])

    def writes(case, who):
        written(f"Og så {next(steps)}", root=f"talk-{case.pk}", who=who, minutes=next(steps))

    def reply(case):
        if Ticket.objects.get(pk=case.pk).status == "done":
            return
        thread = case.ticket_threads.first().thread_id
        queue_reply(actor=agent, ticket_id=case.pk, thread_id=thread, visibility="public", text=f"Svar {next(steps)}",
                    client_key=uuid.uuid4(), undo_seconds=60, now=now + timedelta(minutes=next(steps)))  # fmt: skip

    def undo(case):
        for message in newest(case, direction="out", parts__state=PartState.QUEUED):
            take_back_reply(actor=agent, ticket_id=case.pk, message_id=message.pk, now=now)

    def status(case, act):
        if (Ticket.objects.get(pk=case.pk).status == "done") == (act is reopen_ticket):
            act(actor=agent, ticket_id=case.pk, now=now)

    def react_to(case):
        for message in newest(case, direction="in"):
            Reaction.objects.create(channel=message.channel, target_external_id=message.external_id, reaction="like",
                                    actor_hash=str(next(steps)).encode(), version_at=now)  # fmt: skip

    def edit(case):
        first(case, direction="in").update(text=f"Rettet {next(steps)}", edited_at=now)

    def fail(case):
        Part.objects.filter(message__in=newest(case, direction="out")).update(state="failed", reason="blocked")

    def note(case):
        text = f"Notat {next(steps)}"
        add_note(actor=agent, ticket_id=case.pk, text=text, client_key=uuid.uuid4(), now=now)

    def history(case):
        for _ in range(3):
            TicketEvent.objects.create(ticket=case, kind="routed", at=now, data={})

    def rename(model, pk):
        model.objects.filter(pk=pk).update(name=f"Navn {next(steps)}")

    return {
        "customer writes": lambda case: writes(case, f"kari-{case.pk}"),
        "somebody else writes": lambda case: writes(case, "other"),
        "edited": edit,
        "deleted there": lambda case: first(case, direction="in").update(state="deleted"),
        "hidden there": lambda case: first(case, direction="in").update(state="hidden", state_at=now),
        "visible again": lambda case: first(case, direction="in").update(state="visible"),
        "masked later": lambda case: first(case).update(text="[PHONE] her", masks=[[0, 7, "PHONE"]]),
        "gone": lambda case: first(case).update(text="", masks=[]),
        "reaction": react_to,
        "reply": reply,
        "undo": undo,
        "sent": lambda case: Part.objects.filter(message__ticket=case).update(state=PartState.SENT),
        "failed": fail,
        "read": lambda case: Message.objects.filter(ticket=case, direction="out").update(outcome="read"),
        "note": note,
        "note erased": lambda case: Note.objects.filter(ticket=case).update(text="", masks=[]),
        "note gone": lambda case: Note.objects.filter(ticket=case).delete(),
        "taken": lambda case: take_ticket(actor=agent, ticket_id=case.pk, now=now),
        "resolved": lambda case: status(case, resolve_ticket),
        "reopened": lambda case: status(case, reopen_ticket),
        "followed": lambda case: follow_ticket(actor=agent, ticket_id=case.pk, now=now),
        "tagged": lambda case: set_tags(actor=agent, ticket_id=case.pk, names=[f"ord {next(steps)}"], now=now),
        "customer renamed": lambda case: rename(Customer, case.customer_id),
        "colleague renamed": lambda case: rename(User, agent.pk),
        "team renamed": lambda case: rename(Team, teams["first-line"].pk),
        "rights lost": lambda case: User.objects.filter(pk=agent.pk).update(role="marketer"),
        "rights again": lambda case: User.objects.filter(pk=agent.pk).update(role="agent"),
        "history": history,
        "history gone": lambda case: TicketEvent.objects.filter(ticket=case, kind="routed").delete(),
        "post deleted": lambda case: Post.objects.filter(external_id=f"post-{case.pk}").update(deleted_at=now),
        "post again": lambda case: Post.objects.filter(external_id=f"post-{case.pk}").update(deleted_at=None),
        "nothing": lambda case: None,
    }  # fmt: skip


NAMES = (
    "customer writes", "somebody else writes", "edited", "deleted there", "hidden there", "visible again",
    "masked later", "gone", "reaction", "reply", "undo", "sent", "failed", "read", "note", "note erased", "note gone",
    "taken", "resolved", "reopened", "followed", "tagged", "customer renamed", "colleague renamed", "team renamed",
    "rights lost", "rights again", "history", "history gone", "post deleted", "post again", "nothing",
)  # fmt: skip


@pytest.fixture
def begun(written, channel, now):
    """A case with a post over it and some words in it."""
    from itertools import count

    from tickets.models import Post

    numbers = count(1)

    def begin():
        n = next(numbers)
        case = written("Hei", root=f"new-{n}", who=f"new-{n}")
        thread = case.ticket_threads.get().thread
        Post.objects.create(channel=channel, external_id=f"post-{case.pk}", text="Nyhet", version_at=now)
        type(thread).objects.filter(pk=thread.pk).update(
            external_root=f"talk-{case.pk}", post_external_id=f"post-{case.pk}"
        )
        return case

    return begin


def test_every_change_is_named(town):
    assert tuple(town) == NAMES


@settings(
    deadline=None, database=None, derandomize=True, max_examples=25,
    phases=[Phase.generate],  # one failure says enough; to find a smaller one takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(batches=st.lists(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4), min_size=1, max_size=6))
def test_brought_up_to_date_is_as_drawn_anew(browser_of, people, town, begun, batches):
    browser, case = browser_of(people["agent"]), begun()
    page = Page(browser, case.number)
    for batch in batches:
        for name in batch:
            town[name](case)
        page.refresh()
        anew = Page(browser, case.number)

        assert page.thread == anew.thread
        assert page.parts == anew.parts


def test_what_is_here_already_comes_as_a_place_only(browser_of, people, town, begun):
    case = begun()
    for _ in range(40):
        town["customer writes"](case)
    page = Page(browser_of(people["agent"]), case.number)
    _fresh, nothing = page.refresh()
    town["note"](case)
    fresh, one = page.refresh()

    drawn = [name for name, _mark, _html, kept in fresh.thread if not kept]
    assert len(drawn) == 1
    assert drawn[0].startswith("note-")
    assert nothing < 4_000  # forty places, no head and no facts
    assert one < 40_000


def test_the_answer_to_a_command_brings_its_own_news_and_all_pickers(browser_of, people, town, begun):
    case = begun()
    town["customer writes"](case)
    browser = browser_of(people["agent"])
    page = Page(browser, case.number)
    headers = page.headers() | {"HX-Request": "true"}

    answer = browser.post(
        f"/case/{case.number}/note", {"text": "Se her", "client_key": str(uuid.uuid4())}, headers=headers
    )

    fresh = Pieces(answer.content.decode())
    assert [html for _name, _mark, html, kept in fresh.thread if not kept and "Se her" in html]
    assert sum(kept for *_entry, kept in fresh.thread) == len(page.thread)
    assert set(fresh.parts) == set(PARTS)


def test_marks_of_another_persons_page_bring_no_words_and_no_rights(browser_of, people, town, begun, written):
    """The marks only take away from an answer: who does not see a case is told the same with them as without."""
    from tickets.models import Team, Ticket

    case = begun()
    page = Page(browser_of(people["lead"]), case.number)
    Ticket.objects.filter(pk=case.pk).update(team=Team.objects.create(name="Other", slug="other"))

    assert browser_of(people["agent"]).get(page.path, headers=page.headers()).status_code == 404


def test_a_colleague_with_other_rights_has_other_marks(browser_of, people, town, begun):
    case = begun()
    town["masked later"](case)
    seen = {role: Page(browser_of(people[role]), case.number) for role in ("agent", "auditor")}

    said = [{mark for name, mark, *_drawn in page.thread if name.startswith("msg")} for page in seen.values()]
    assert said[0]
    assert not said[0] & said[1]
    assert seen["agent"].parts["head"][0] != seen["auditor"].parts["head"][0]


def test_forms_of_kept_drawings_hold_their_own_readers_token(browser_of, people, town, begun):
    """Drawn for one, shown to another: the form token must be the reader's own."""
    case = begun()
    town["reply"](case)
    for role in ("agent", "lead", "agent"):
        browser = browser_of(people[role])
        html = browser.get(f"/case/{case.number}").content.decode()
        secret = browser.cookies["csrftoken"].value
        tokens = set(re.findall(r'name="csrfmiddlewaretoken" value="([^"]*)"', html))
        from django.middleware.csrf import _does_token_match

        assert tokens
        assert all(_does_token_match(token, secret) for token in tokens)
        assert f'/case/{case.number}"' in re.search(r"data-undo.*?</form>", html, re.S).group(0)


def test_too_many_marks_are_none():
    assert read_marks("a.b") == {"a", "b"}
    assert read_marks("a" * (CARRIED + 1)) == frozenset()


def test_a_mark_says_nothing_of_what_it_marks_and_differs_by_language():
    from django.utils.translation import override

    with override("en"):
        english = mark_of("Ring meg")
    with override("nb"):
        assert mark_of("Ring meg") != english
    assert len(english) == 8


def test_kept_drawings_are_bounded():
    """What a mark is drawn as is kept, and what nobody asked for longest makes room."""
    for mark in map(str, range(KEPT + 5)):
        drawing.cache[drawing.cache_key(None, None, mark)] = mark

    assert len(drawing.cache) == KEPT
    assert drawing(None, None, str(KEPT)) == str(KEPT)
