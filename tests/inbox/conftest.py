"""Static files, signed-in browsers, people of every role, and customers who write."""

import json
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count

import pytest

PAGE = "104000000000001"
PASSWORD = "a long word of passage"
HANDLERS = {}
ROLES = ("agent", "lead", "marketer", "admin", "auditor", "privacy_officer")


@pytest.fixture(scope="session", autouse=True)
def _collected():
    """Pages name their static files by content, so those have to be collected once."""
    from django.core.management import call_command

    call_command("collectstatic", verbosity=0, interactive=False)


@pytest.fixture(autouse=True)
def _nobody_has_tried():
    """Counted tries of earlier tests would throttle later ones."""
    from core.broker import broker

    for key in broker().scan_iter("samsvar:try:*"):
        broker().delete(key)


@pytest.fixture(autouse=True)
def _quick_hashes(settings):
    settings.PASSWORD_HASHERS = ["tests.inbox.quick_hasher.QuickHasher"]


@pytest.fixture
def hashed_password(_quick_hashes):
    """What is kept of PASSWORD."""
    from django.contrib.auth.hashers import make_password

    return make_password(PASSWORD)


@pytest.fixture
def people(make_user, teams, hashed_password):
    """One colleague of each role; agent and marketer in the first line, all with the same password."""
    first = teams["first-line"]
    member = {"agent": (first,), "marketer": (first,)}
    return {role: make_user(role, *member.get(role, ()), password=hashed_password) for role in ROLES}


@pytest.fixture
def browser_of(client_class):
    """A signed-in browser: browser_of(user)."""

    def open_browser(user):
        browser = client_class()
        browser.force_login(user)
        return browser

    return open_browser


@pytest.fixture
def client_class():
    """Django's test browser; its middleware is made once, since that looks through all static files."""
    from django.test import Client

    class Browser(Client):
        def __init__(self, enforce_csrf_checks=False, **options):
            super().__init__(enforce_csrf_checks, **options)
            self.handler = HANDLERS.setdefault(enforce_csrf_checks, self.handler)

    return Browser


@pytest.fixture
def client(client_class):
    """A browser of nobody."""
    return client_class()


@pytest.fixture
def written(channel, now):
    """A customer writes: written("Hei") gives the case. Each call is another customer in another thread."""
    from core.transactions import in_transaction
    from tickets.intake.apply import apply_items
    from tickets.intake.items import Author, MessageItem
    from tickets.models import Ticket

    numbers = count(1)
    take_in = in_transaction(apply_items)  # after a deadlock with a page's own write again, as the worker does

    def write(text="Hei, hvor er pakken min?", *, name=None, visibility="public", root="", who="", minutes=0, **more):
        number = next(numbers)
        item = MessageItem(
            platform="facebook",
            account_external_id=PAGE,
            external_id=f"104000000000001_{number}",
            external_root=root or f"root-{number}",
            text=text,
            author=Author(who or f"customer-{number}", name if name is not None else f"Kunde {number}", scope=PAGE),
            visibility=visibility,
            at=now + timedelta(minutes=minutes, seconds=number),
            **more,
        )
        applied = take_in([item], now=now + timedelta(minutes=minutes, seconds=number))
        return Ticket.objects.get(pk=next(iter(applied.tickets)))

    return write


@pytest.fixture
def written_in(teams, now):
    """written_in("messenger", "104000000000002") gives a case on another channel, made for it unless it is `made`."""
    from connectors.operations.channels import add_channel
    from core.actors import SYSTEM
    from tickets.intake.apply import apply_items
    from tickets.intake.items import Author, MessageItem
    from tickets.models import Ticket

    def write(platform, account, text="Hei, hvor er pakken min?", *, made=False, who="kunde-1", **more):
        if not made:
            values = {"external_id": account, "name": "Havbris", "app_secret": "s", "verify_token": "v",
                      "access_token": "t"}  # fmt: skip
            add_channel(actor=SYSTEM, platform=platform, values=values, team_id=teams["first-line"].pk, now=now)
        item = MessageItem(platform=platform, account_external_id=account, external_id="other-1", external_root=who,
                           text=text, author=Author(who, "Kari Berg", scope=account), at=now, **more)  # fmt: skip
        return Ticket.objects.get(pk=next(iter(apply_items([item], now=now).tickets)))

    return write


@pytest.fixture(scope="session")
def sources():
    """All that our sources say, read once."""
    from inbox.operations.translating import extract_messages

    return extract_messages()


@pytest.fixture(scope="session")
def pseudo_catalogue(sources, tmp_path_factory):
    """A folder with bokmål that is pseudo: accented, 60 % longer."""
    from tests.pages.pseudo_locale import write_pseudo_locale

    folder = tmp_path_factory.mktemp("pseudo") / "locale"
    write_pseudo_locale(folder, sources)
    return folder


@pytest.fixture
def pseudo_locale(settings, pseudo_catalogue):
    """Whoever reads bokmål reads pseudo."""
    from django.utils.translation import trans_real

    from inbox.live.drawn import drawing
    from inbox.live.frames import row_html
    from inbox.templatetags.furniture import piece
    from tickets.filter_words import words_of

    def forget():
        trans_real._translations.clear()
        for kept in (piece, drawing, row_html, words_of):
            kept.cache_clear()

    settings.LOCALE_PATHS = [pseudo_catalogue]
    forget()
    yield
    forget()


@pytest.fixture
def case(written):
    """One public case of the first line."""
    return written()


@pytest.fixture
def elsewhere(written, teams):
    """A case of the other team."""
    from core.actors import SYSTEM
    from core.clock import now
    from tickets.operations.assigning import move_ticket

    ticket = written("Kan vi snakke om et samarbeid?")
    return move_ticket(actor=SYSTEM, ticket_id=ticket.pk, team_id=teams["marketing"].pk, now=now())


@dataclass
class Script:
    """A program that calls the API with a token."""

    client: object
    token: str = ""
    headers: dict = field(default_factory=dict)

    def _headers(self, more):
        return ({"Authorization": f"Bearer {self.token}"} if self.token else {}) | self.headers | more

    def get(self, path, data=None, **more):
        """One read."""
        return self.client.get(path, data, headers=self._headers(more))

    def post(self, path, body, *, key="", raw=None, content_type="application/json"):
        """One write; `raw` sends these bytes as they are."""
        more = {"Idempotency-Key": key} if key else {}
        data = json.dumps(body) if raw is None else raw
        return self.client.post(path, data, content_type=content_type, headers=self._headers(more))


@pytest.fixture
def script_of(client_class):
    """A script that acts for a user: script_of(user)."""
    from core.ids import new_token, token_digest
    from core.users.models import ApiToken

    def make(user):
        token = new_token("sv_")
        ApiToken.objects.create(user=user, name="script", digest=token_digest(token))
        return Script(client_class(), token)

    return make


@pytest.fixture
def counted():
    """How many rows there are of what an action may leave; compare before and after a refusal."""

    def count_rows():
        from core.audit.models import AuditEntry
        from inbox.live.models import Hint
        from tickets.models import Message, Note, Part, Ticket, TicketEvent

        rows = {model.__name__: model.objects.count() for model in (Message, Part, Note, TicketEvent, AuditEntry, Hint)}
        return rows | {"lines": tuple(Ticket.objects.order_by("pk").values_list("pk", "version", "status", "team_id"))}

    return count_rows
