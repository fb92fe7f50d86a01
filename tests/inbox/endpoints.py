"""The table: every address of the house, how the tests ask it, and what each role gets for an answer."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace

WHO = ("anonymous", "agent", "outsider", "lead", "marketer", "admin", "auditor", "privacy_officer")


def statuses(*numbers):
    return dict(zip(WHO, numbers, strict=True))


ANYBODY = statuses(200, 200, 200, 200, 200, 200, 200, 200)
ANYBODY_SENT_ON = statuses(302, 302, 302, 302, 302, 302, 302, 302)
COLLEAGUES = statuses(302, 200, 200, 200, 200, 200, 200, 200)
READERS = statuses(302, 200, 404, 200, 200, 200, 200, 404)
WORKERS = statuses(302, 302, 404, 302, 302, 302, 403, 404)
API_COLLEAGUES = statuses(401, 200, 200, 200, 200, 200, 200, 200)
COLLEAGUES_SENT_ON = ANYBODY_SENT_ON
UNDOERS = statuses(302, 200, 404, 200, 200, 200, 403, 404)  # the page itself, with the text to go on with
REVEALERS_READ = statuses(302, 200, 404, 200, 200, 403, 403, 404)  # an admin sets up, and opens nothing
REVEALERS = statuses(302, 200, 200, 200, 200, 403, 403, 403)
API_ANYBODY = ANYBODY
API_READING = API_COLLEAGUES
API_READERS = statuses(401, 200, 404, 200, 200, 200, 200, 404)
API_SETTERS = statuses(401, 403, 403, 200, 403, 200, 403, 403)
API_REVEALERS = statuses(401, 201, 404, 201, 201, 403, 403, 404)
API_SEARCHERS = statuses(401, 200, 200, 200, 200, 403, 403, 403)
API, T = "api/v1/", "tickets/<int:ticket_id>/"
TICKET = "/api/v1/tickets/{ticket}"
M = "messages/<int:message_id>/"
R = f"{T}replies/<int:message_id>/"


def api_workers(done):
    return statuses(401, done, 404, done, done, done, 403, 404)


def nothing(_scene):
    return {}


def a_reply(scene):
    return {
        "mode": "public",
        "thread_id": scene.thread,
        "text": "Vi ser på det.",
        "client_key": str(uuid.uuid4()),
    }


def a_note(_scene):
    return {"mode": "note", "text": "Ringt lageret.", "client_key": str(uuid.uuid4())}


def some_text(_scene):
    return {"text": "Vi ser på det."}


def a_reason(scene):
    return {"of": f"message-{scene.hidden}-0", "reason": "answer_customer", "reason_text": ""}


def an_opening(scene):
    return {"message_id": scene.hidden, "index": 0, "reason": "answer_customer"}


def a_value(_scene):
    return {"value": "91 23 45 67", "reason": "answer_customer", "reason_text": ""}


def hiding(_scene):
    return {"action": "hide"}


def tagging(_scene):
    return {"tags": ["retur"]}


def to_the_lead(scene):
    return {"assignee_id": scene.lead}


def to_its_team(scene):
    return {"team_id": scene.team}


def being_done(_scene):
    return {"status": "done"}


@dataclass(frozen=True)
class Endpoint:
    """One address: how it is asked here, and what each answers."""

    route: str
    path: str
    expected: dict[str, int]
    method: str = "get"
    body: Callable[[SimpleNamespace], dict] = nothing


MESSAGE = "case/<int:number>/message/<int:message_id>"
ENDPOINTS = (
    Endpoint("", "/", ANYBODY_SENT_ON),
    Endpoint("sign-in", "/sign-in", statuses(200, *[302] * 7)),
    Endpoint("sign-out", "/sign-out", ANYBODY_SENT_ON, "post"),
    Endpoint("preferences", "/preferences", ANYBODY_SENT_ON, "post", lambda _scene: {"theme": "dark"}),
    Endpoint("inbox/team/<slug:slug>", "/inbox/team/first-line", READERS),
    Endpoint("inbox/<slug:view>", "/inbox/all", COLLEAGUES),
    Endpoint("case/<int:number>", "/case/{number}", READERS),
    Endpoint("case/<int:number>/reply", "/case/{number}/reply", WORKERS, "post", a_reply),
    Endpoint("case/<int:number>/note", "/case/{number}/note", WORKERS, "post", a_note),
    Endpoint("case/<int:number>/assign", "/case/{number}/assign", WORKERS, "post", lambda s: {"assignee": s.lead}),
    Endpoint("case/<int:number>/take", "/case/{number}/take", WORKERS, "post"),
    Endpoint("case/<int:number>/resolve", "/case/{number}/resolve", WORKERS, "post"),
    Endpoint("case/<int:number>/reopen", "/case/{number}/reopen", WORKERS, "post"),
    Endpoint(f"{MESSAGE}/undo", "/case/{number}/message/{queued}/undo", UNDOERS, "post"),
    Endpoint(f"{MESSAGE}/retry", "/case/{number}/message/{failed}/retry", WORKERS, "post"),
    Endpoint(f"{MESSAGE}/confirm", "/case/{number}/message/{unknown}/confirm", WORKERS, "post"),
    Endpoint(f"{MESSAGE}/moderate", "/case/{number}/message/{said}/moderate", WORKERS, "post", hiding),
    Endpoint("fragments/case/<int:number>", "/fragments/case/{number}", READERS),
    Endpoint("fragments/counts", "/fragments/counts", COLLEAGUES),
    Endpoint("live/since/<int:seq>", "/live/since/0", COLLEAGUES),
    Endpoint("healthz", "/healthz", ANYBODY),
    Endpoint("readyz", "/readyz", ANYBODY),
    Endpoint("case/<int:number>/reveal", "/case/{number}/reveal?of=message-{hidden}-0", REVEALERS_READ),
    Endpoint("case/<int:number>/reveal/open", "/case/{number}/reveal/open", REVEALERS_READ, "post", a_reason),
    Endpoint("search", "/search", COLLEAGUES_SENT_ON, "post", lambda _s: {"q": "pakken"}),
    Endpoint("search/value", "/search/value", REVEALERS),
    Endpoint("search/value/find", "/search/value/find", REVEALERS, "post", a_value),
    Endpoint("metrics", "/metrics", statuses(*[404] * 8)),
    Endpoint(f"{API}schema/", "/api/v1/schema/", API_ANYBODY),
    Endpoint(f"{API}me/", "/api/v1/me/", API_COLLEAGUES),
    Endpoint(f"{API}tickets/", "/api/v1/tickets/", API_READING),
    Endpoint(f"{API}{T}", "/api/v1/tickets/{ticket}/", API_READERS),
    Endpoint(f"{API}{T}messages/", "/api/v1/tickets/{ticket}/messages/", API_READERS),
    Endpoint(f"{API}{T}threads/", "/api/v1/tickets/{ticket}/threads/", API_READERS),
    Endpoint(f"{API}{T}tags/", "/api/v1/tickets/{ticket}/tags/", API_READERS),
    Endpoint(f"{API}{T}tags/", "/api/v1/tickets/{ticket}/tags/", api_workers(200), "put", tagging),
    Endpoint(f"{API}{T}replies/", "/api/v1/tickets/{ticket}/replies/", api_workers(201), "post", some_text),
    Endpoint(f"{API}{R}undo/", "/api/v1/tickets/{ticket}/replies/{queued}/undo/", api_workers(204), "post"),
    Endpoint(f"{API}{R}retry/", "/api/v1/tickets/{ticket}/replies/{failed}/retry/", api_workers(200), "post"),
    Endpoint(f"{API}{R}confirm/", "/api/v1/tickets/{ticket}/replies/{unknown}/confirm/", api_workers(200), "post"),
    Endpoint(f"{API}{T}{M}actions/", f"{TICKET}/messages/{{said}}/actions/", api_workers(202), "post", hiding),
    Endpoint(f"{API}{T}notes/", "/api/v1/tickets/{ticket}/notes/", api_workers(201), "post", some_text),
    Endpoint(f"{API}{T}assignee/", "/api/v1/tickets/{ticket}/assignee/", api_workers(200), "put", to_the_lead),
    Endpoint(f"{API}{T}assignee/", "/api/v1/tickets/{ticket}/assignee/", api_workers(200), "delete"),
    Endpoint(f"{API}{T}team/", "/api/v1/tickets/{ticket}/team/", api_workers(200), "put", to_its_team),
    Endpoint(f"{API}{T}take/", "/api/v1/tickets/{ticket}/take/", api_workers(200), "post"),
    Endpoint(f"{API}{T}status/", "/api/v1/tickets/{ticket}/status/", api_workers(200), "put", being_done),
    Endpoint(f"{API}{T}reveals/", f"{TICKET}/reveals/", API_REVEALERS, "post", an_opening),
    Endpoint(f"{API}value-searches/", "/api/v1/value-searches/", API_SEARCHERS, "post", a_value),
    Endpoint(f"{API}customers/", "/api/v1/customers/", API_READING),
    Endpoint(f"{API}customers/<int:customer_id>/", "/api/v1/customers/{customer}/", API_READERS),
    Endpoint(f"{API}channels/", "/api/v1/channels/", API_SETTERS),
    Endpoint(f"{API}channels/<int:channel_id>/", "/api/v1/channels/{channel}/", API_SETTERS),
)  # fmt: skip
