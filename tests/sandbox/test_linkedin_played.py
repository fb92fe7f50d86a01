"""The simulated LinkedIn: what it delivers is signed and read by our connector; what it asks for is strict."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from urllib.parse import parse_qs, urlsplit

import pytest

from connectors.kit import registry
from connectors.kit.base import Account, OutgoingPart, RawRequest, Secrets
from connectors.kit.errors import BadSignature, NeedsReconnect, TokenExpired
from connectors.kit.http import TimeLimits, session_for
from tickets.intake.items import MessageItem, ReactionItem, StateItem

SECRET = "client-secret-of-the-test"
_NUMBERS = count(96_000_001)


class Door:
    """A webhook address: answers the challenge, keeps bodies and headers."""

    def __init__(self, secret=SECRET):
        self.kept, door = [], self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                code = parse_qs(urlsplit(self.path).query)["challengeCode"][0]
                proof = hmac.new(secret.encode(), code.encode(), hashlib.sha256).hexdigest()
                self.finish_with(json.dumps({"challengeCode": code, "challengeResponse": proof}).encode())

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                door.kept.append(RawRequest("POST", headers, {}, body, datetime.now(UTC)))
                self.finish_with(b"")

            def finish_with(self, body):
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def items(self):
        connector = registry.get("linkedin")
        for raw in list(self.kept):
            connector.verify(raw, Secrets(SECRET))
        return [item for raw in list(self.kept) for item in connector.parse(raw)]

    def notices(self):
        return [notice for raw in list(self.kept) for notice in json.loads(raw.body)["notifications"]]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def door():
    made = Door()
    yield made
    made.close()


class CompanyPage:
    """A registered page: control calls below its address, and our account for it."""

    def __init__(self, process, url, **more):
        self.process, self.id = process, str(next(_NUMBERS))
        body = {
            "name": "Havbris",
            "access_token": f"token-{self.id}",
            "app_secret": SECRET,
            "callback_url": url,
            **more,
        }
        self.answer = self.ask("PUT", "", body)
        self.account = Account(
            self.id,
            {"access_token": f"token-{self.id}", "refresh_token": more.get("refresh_token", ""), "client_id": "c"},
            SECRET,
            process.url,
            session_for(registry.get("linkedin").manifest.hosts, process.url, TimeLimits(connect=2, read=2)),
        )

    def ask(self, method, path="", body=None, status=None):
        return self.process.ask(method, f"/_sandbox/linkedin/pages/{self.id}{path}", body, status)

    def write(self, message, **more):
        return self.ask("POST", "/comments", {"message": message, "person": "Aino Kivisuvanto", **more})["id"]

    def reply(self, target, text="Hei!"):
        part = OutgoingPart(kind="text", text=text, target_external_id=target, thread_root=target)
        return registry.get("linkedin").send(self.account, part)


@pytest.fixture
def company(sandbox, door):
    made = CompanyPage(sandbox, door.url)
    assert made.answer == {"verified": True}
    yield made
    made.account.session.close()
    made.ask("DELETE")


def said(items):
    """Messages as (direction, text, is it a reply, edited)."""
    return [
        (i.direction, i.text, i.external_root != i.external_id, i.edited) for i in items if isinstance(i, MessageItem)
    ]


def test_an_address_that_cannot_prove_itself_gets_nothing(sandbox):
    wrong = Door("another-secret")
    page = CompanyPage(sandbox, wrong.url)
    assert page.answer == {"verified": False}
    page.write("Hei")
    assert page.ask("GET")["verified"] is False
    assert wrong.kept == []
    page.account.session.close()
    wrong.close()


def test_a_conversation_is_told_and_read(company, door, eventually):
    root = company.write("Koska avaatte?")
    receipt = company.reply(root, "Mandag kl. 9")
    again = company.write("Kiitos", parent_id=receipt.external_id)
    company.ask("POST", f"/comments/{again}/edit", {"message": "Kiitos paljon"})
    company.ask("DELETE", f"/comments/{again}")

    eventually(lambda: len(door.notices()) >= 5)
    items = door.items()
    assert said(items) == [
        ("in", "Koska avaatte?", False, False),
        ("out", "Mandag kl. 9", True, False),
        ("in", "Kiitos", True, False),
        ("in", "Kiitos paljon", True, True),
    ]
    messages = [item for item in items if isinstance(item, MessageItem)]
    assert {item.external_root for item in messages} == {root}
    assert messages[1].external_id == receipt.external_id
    assert [item.external_id for item in items if isinstance(item, StateItem)] == [again]
    assert {notice["generatedActivity"][:25] for notice in door.notices()} == {"urn:li:comment:(activity:"}


def test_mentions_shares_likes_and_the_unknown(company, door, eventually):
    mention = company.ask("POST", "/mentions", {"message": "Takk, Havbris!"})["id"]
    company.ask("POST", "/posts", {"message": "Dårlig svar"})
    company.ask("POST", "/posts", {})
    company.ask("POST", "/reactions", {})
    company.ask("POST", "/unknown", {})

    eventually(lambda: len(door.notices()) >= 5)
    items = door.items()
    assert [(i.kind, i.text) for i in items if isinstance(i, MessageItem)] == [
        ("mention", "Takk, Havbris!"),
        ("post", "Dårlig svar"),
    ]
    assert sorted(i.reaction for i in items if isinstance(i, ReactionItem)) == ["like", "share"]
    answered = company.reply(mention)
    assert answered.external_id in {comment["id"] for comment in company.ask("GET")["comments"]}


def test_a_body_holds_ten_at_most(company, door, eventually):
    company.ask("PUT", "/faults", {"delay_webhooks": 1})
    for number in range(23):
        company.write(f"Nummer {number}")
    eventually(lambda: len(door.notices()) >= 23)
    sizes = [len(json.loads(raw.body)["notifications"]) for raw in door.kept]
    assert sum(sizes) == 23
    assert max(sizes) <= 10


def test_wrong_signatures_are_refused_and_what_was_lost_is_pulled(company, door, eventually):
    company.ask("PUT", "/faults", {"wrong_signature": {"value": "wrong", "times": 1}})
    company.write("Falsk?")
    eventually(lambda: door.kept)
    with pytest.raises(BadSignature):
        door.items()

    company.ask("PUT", "/faults", {"drop_webhooks": {"value": 1.0, "times": 1}})
    company.ask("POST", "/mentions", {"message": "Tapt"})
    connector = registry.get("linkedin")
    (piece,) = connector.poll(company.account, None).raw
    raw = RawRequest("FETCHED", {}, {}, piece.body, datetime.now(UTC))
    assert [item.text for item in connector.parse(raw) if isinstance(item, MessageItem)] == ["Falsk?", "Tapt"]
    assert len(door.kept) == 1


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("posts?q=author&author=urn%3Ali%3Aorganization%3A{id}", {}, 200),
        ("posts?q=author&author=urn:li:organization:{id}", {}, 400),
        ("posts?q=author&author=urn%3Ali%3Aorganization%3A{id}", {"LinkedIn-Version": ""}, 400),
        ("posts?q=author&author=urn%3Ali%3Aorganization%3A{id}", {"LinkedIn-Version": "202401"}, 426),
        ("posts?q=author&author=urn%3Ali%3Aorganization%3A{id}", {"X-Restli-Protocol-Version": "1.0.0"}, 400),
        ("posts?q=author&author=urn%3Ali%3Aorganization%3A{id}", {"Authorization": "Bearer x"}, 401),
        ("socialActions/urn%3Ali%3Ashare%3A1/comments", {}, 404),
        ("socialActions/urn:li:share:1/comments", {}, 400),
        ("organizationalEntityNotifications?q=criteria&actions=List%28COMMENT%29", {}, 400),
    ],
)
def test_headers_and_encoding_are_asked_for_strictly(company, path, headers, status):
    usual = {
        "Authorization": f"Bearer token-{company.id}",
        "LinkedIn-Version": "202610",
        "X-Restli-Protocol-Version": "2.0.0",
    }
    url = f"{company.process.url}/rest/{path.format(id=company.id)}"
    answer = company.process.session.get(url, headers=usual | headers, timeout=5)
    assert answer.status_code == status
    assert status == 200 or answer.json()["status"] == status


def test_an_ended_token_is_renewed_with_the_client_secret(sandbox, door):
    page = CompanyPage(sandbox, door.url, refresh_token="refresh-me")
    connector = registry.get("linkedin")
    page.ask("PUT", "/faults", {"token_dead": {"value": 65602, "times": 1}})
    with pytest.raises(TokenExpired):
        connector.poll(page.account, None)

    fresh = connector.refresh(page.account)
    with pytest.raises(NeedsReconnect):
        connector.poll(page.account, None)  # the old one is dead for good
    page.account.credentials.clear()
    page.account.credentials.update(fresh)
    assert connector.poll(page.account, None).more
    page.account.session.close()


def test_the_town_lives_there_and_answers(company, door, eventually):
    run = company.process.ask(
        "POST", "/_sandbox/simulate", {"platform": "linkedin", "rate": 6000, "minutes": 0.005, "page_id": company.id}
    )["run"]
    eventually(lambda: company.process.ask("GET", f"/_sandbox/simulate/{run}")["done"])
    eventually(lambda: len(door.notices()) >= 30)
    assert len(door.notices()) == 30
    assert len(door.items()) >= 30
    shown = company.process.session.get(f"{company.process.url}/linkedin/{company.id}", timeout=5).text
    assert shown.count("<article>") == min(25, len(company.ask("GET")["posts"]))
