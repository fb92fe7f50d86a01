"""People of every role, customers who write, and scripts that carry tokens."""

import json
from dataclasses import dataclass
from datetime import timedelta
from itertools import count

import pytest

PAGE = "104000000000001"
HANDLERS = {}
ROLES = ("agent", "lead", "marketer", "admin", "auditor", "privacy_officer")


@pytest.fixture(scope="session", autouse=True)
def _collected():
    """The project's start looks for the collected static files."""
    from django.core.management import call_command

    call_command("collectstatic", verbosity=0, interactive=False)


@pytest.fixture(autouse=True)
def _nobody_has_tried():
    """Counted requests of earlier tests would throttle later ones."""
    from core.broker import broker

    for key in broker().scan_iter("samsvar:try:*"):
        broker().delete(key)


@pytest.fixture
def people(make_user, teams):
    """One colleague of each role; agent and marketer in the first line."""
    member = {"agent": (teams["first-line"],), "marketer": (teams["first-line"],)}
    return {role: make_user(role, *member.get(role, ())) for role in ROLES}


@pytest.fixture
def written(channel, now):
    """A customer writes: written("Hei") gives the case. Each call is another customer in another thread."""
    from tickets.intake.apply import apply_items
    from tickets.intake.items import Author, MessageItem
    from tickets.models import Ticket

    numbers = count(1)

    def write(text="Hei, hvor er pakken min?", *, name="", handle="", visibility="public", root="", who="", minutes=0,
              **more):  # fmt: skip
        number = next(numbers)
        at = now + timedelta(minutes=minutes, seconds=number)
        author = Author(who or f"customer-{number}", name or f"Kunde {number}", scope=PAGE, handle=handle)
        item = MessageItem(
            platform="facebook",
            account_external_id=PAGE,
            external_id=f"{PAGE}_{number}",
            external_root=root or f"root-{number}",
            text=text,
            author=author,
            visibility=visibility,
            at=at,
            **more,
        )
        return Ticket.objects.get(pk=next(iter(apply_items([item], now=at).tickets)))

    return write


@pytest.fixture
def case(written):
    """One public case of the first line."""
    return written()


@pytest.fixture
def elsewhere(written, teams, now):
    """A case of the other team."""
    from core.actors import SYSTEM
    from tickets.operations.assigning import move_ticket

    ticket = written("Kan vi snakke om et samarbeid?", name="Elsewhere Larsen")
    return move_ticket(actor=SYSTEM, ticket_id=ticket.pk, team_id=teams["marketing"].pk, now=now)


@dataclass
class Script:
    """A program that calls the API with a token."""

    client: object
    token: str

    def ask(self, method, path, body=None, *, key="", raw=None, content_type="application/json", **headers):
        """One request. `path` is what follows /api/v1/; `raw` sends these bytes as they are."""
        headers = {"Authorization": f"Bearer {self.token}", **headers} | ({"Idempotency-Key": key} if key else {})
        more = {}
        if raw is not None or body is not None:
            more = {"data": json.dumps(body) if raw is None else raw, "content_type": content_type}
        address = path if path.startswith("/") else f"/api/v1/{path}"
        return getattr(self.client, method)(address, headers=headers, **more)

    def get(self, path, **query):
        """A read."""
        from urllib.parse import urlencode

        return self.ask("get", f"{path}?{urlencode(query)}" if query else path)

    def post(self, path, body=None, **more):
        """A write."""
        return self.ask("post", path, body, **more)

    def put(self, path, body):
        """A write that may be repeated."""
        return self.ask("put", path, body)

    def delete(self, path):
        """Likewise."""
        return self.ask("delete", path)


@pytest.fixture
def client_class():
    """Django's test browser; its middleware is made once, since that looks through all static files."""
    from django.test import Client

    class Browser(Client):
        def __init__(self, **options):
            super().__init__(**options)
            self.handler = HANDLERS.setdefault("handler", self.handler)

    return Browser


@pytest.fixture
def script_of(client_class, now):
    """A script that acts for a user: script_of(user), or script_of(user, "tickets:read")."""
    from inbox.operations.tokens import create_token

    def make(user, *scopes):
        _row, token = create_token(actor=user, user=user, name="script", scopes=scopes or None, now=now)
        return Script(client_class(), token)

    return make


@pytest.fixture
def script(script_of, people):
    """The agent's script."""
    return script_of(people["agent"])


@pytest.fixture
def refusal():
    """The error of a refusal, whose shape is always the same: refusal(answer, 422)."""

    def read(answer, status):
        assert answer.status_code == status, answer.content
        assert answer["Content-Type"] == "application/json"
        body = answer.json()
        assert set(body) == {"error"}
        assert {"code", "message"} <= set(body["error"]) <= {"code", "message", "field"}
        assert body["error"]["message"]
        return body["error"]

    return read


@pytest.fixture
def footprint():
    """What an action may leave; compare before and after a refusal."""

    def count_rows():
        from connectors.models import NetworkAction
        from core.audit.models import AuditEntry
        from inbox.live.models import Hint
        from tickets.models import Message, Note, Part, Tag, Ticket, TicketEvent, TicketTag

        models = (Message, Part, Note, Tag, TicketTag, TicketEvent, AuditEntry, Hint, NetworkAction)
        rows = {model.__name__: model.objects.count() for model in models}
        lines = Ticket.objects.order_by("pk").values_list("pk", "version", "status", "team_id", "assignee_id")
        return rows | {"lines": tuple(lines)}

    return count_rows


@pytest.fixture
def replied(case, people, now):
    """A reply of ours in the case, as far on its way as said: replied("failed")."""
    import uuid

    from connectors.operations.replying import queue_reply
    from tickets.models import Part

    def make(state="queued", text="Den kommer i dag."):
        thread = case.ticket_threads.get().thread_id
        message = queue_reply(actor=people["lead"], ticket_id=case.pk, thread_id=thread, visibility="public", text=text,
                              client_key=uuid.uuid4(), undo_seconds=0, now=now)  # fmt: skip
        Part.objects.filter(message=message).update(state=state)
        return message

    return make
