"""The table: every address of the house, how the tests ask it, and what each role gets for an answer."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

from django.core.files.uploadedfile import SimpleUploadedFile

from core.clock import now
from core.paging import encode_cursor

WHO = ("anonymous", "agent", "outsider", "lead", "marketer", "admin", "auditor", "privacy_officer")


def statuses(*numbers):
    return dict(zip(WHO, numbers, strict=True))


ANYBODY = statuses(200, 200, 200, 200, 200, 200, 200, 200)
NOBODY = statuses(*[404] * 8)  # without an endpoint, a signature or a code; what those give is tests/privacy's
ANYBODY_SENT_ON = statuses(302, 302, 302, 302, 302, 302, 302, 302)
COLLEAGUES = statuses(302, 200, 200, 200, 200, 200, 200, 200)
READERS = statuses(302, 200, 404, 200, 200, 200, 200, 404)
WORKERS = statuses(302, 302, 404, 302, 302, 302, 403, 404)
NOTERS = statuses(302, 200, 404, 200, 200, 200, 403, 404)
LOOKERS = statuses(302, 302, 404, 302, 302, 302, 302, 404)
WORKERS_READ = statuses(302, 200, 404, 200, 200, 200, 403, 404)
WORKERS_REFUSED = statuses(302, 422, 404, 422, 422, 422, 403, 404)  # nothing was chosen
NOBODYS = statuses(302, *[404] * 7)
STYLEGUIDE = statuses(302, *[200] * 7)  # in the demo, which the tests are; elsewhere there is no such page
API_COLLEAGUES = statuses(401, 200, 200, 200, 200, 200, 200, 200)
COLLEAGUES_SENT_ON = ANYBODY_SENT_ON
REVEALERS_READ = statuses(302, 200, 404, 200, 200, 403, 403, 404)  # an admin sets up, and opens nothing
REVEALERS = statuses(302, 200, 200, 200, 200, 403, 403, 403)
REVEALED = statuses(302, 302, 404, 302, 302, 403, 403, 404)
ANSWERERS = statuses(302, 200, 404, 200, 200, 200, 403, 404)
HANDLESS = statuses(302, 422, 404, 422, 422, 422, 403, 404)  # a comment's thread: nobody else has it
LINKLESS = statuses(302, 409, 404, 409, 409, 409, 403, 404)  # their only handle
FILERS = statuses(302, 201, 404, 201, 201, 201, 403, 404)
LEAD_ALONE = statuses(302, 404, 404, 204, 404, 404, 403, 404)  # it was the lead who put it up
API_ANYBODY = ANYBODY
API_READING = API_COLLEAGUES
API_READERS = statuses(401, 200, 404, 200, 200, 200, 200, 404)
API_SETTERS = statuses(401, 403, 403, 200, 403, 200, 403, 403)
API_REVEALERS = statuses(401, 201, 404, 201, 201, 403, 403, 404)
API_SEARCHERS = statuses(401, 200, 200, 200, 200, 403, 403, 403)
VIEWERS = statuses(302, 200, 200, 200, 200, 200, 200, 404)  # everyone's view, as far as they have lists
LISTERS_SENT_ON = statuses(302, 302, 302, 302, 302, 302, 302, 403)
LISTERS = statuses(302, 200, 200, 200, 200, 200, 200, 403)
SHARERS = statuses(302, 403, 403, 302, 403, 302, 403, 404)  # the lead made it, for everyone
SHARERS_CONFLICT = statuses(302, 403, 403, 409, 403, 409, 403, 404)  # it is not deleted
ADMINS = statuses(302, 403, 403, 403, 403, 200, 403, 403)
ADMINS_SENT_ON = statuses(302, 403, 403, 403, 403, 302, 403, 403)
ADMIN_ALONE_WRONG = statuses(302, 403, 403, 403, 403, 422, 403, 403)
ADMIN_ALONE_MISSES = statuses(302, 403, 403, 403, 403, 404, 403, 403)
ADMIN_ALONE_CONFLICT = statuses(302, 403, 403, 403, 403, 409, 403, 403)
REPLIERS = statuses(302, 200, 200, 200, 200, 200, 403, 403)
REPLIERS_HERE = statuses(302, 200, 404, 200, 200, 200, 403, 404)
REPLIERS_SEE = statuses(302, 200, 404, 200, 200, 200, 403, 403)  # a reply of the first line's
REPLIERS_KEEP = statuses(302, 302, 302, 302, 302, 302, 403, 403)
THE_TEAM_KEEPS = statuses(302, 302, 404, 302, 302, 302, 403, 403)
OWN_LINE = statuses(302, 404, 404, 302, 404, 404, 404, 404)  # it is the lead's session
LATE = encode_cursor([datetime(2030, 1, 1, tzinfo=UTC), 0, 0])
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


def an_answer(scene):
    field = f"{scene.ticket}-{scene.thread}"
    return {"only": field, f"key-{field}": str(uuid.uuid4()), f"text-{field}": "Vi ser på det."}


def a_file(_scene):
    return {"file": SimpleUploadedFile("kvittering.txt", b"Takk for handelen")}


def a_table(_scene):
    rows = "at,author_name,text\n2026-10-01T10:00:00+02:00,Kari,Hei\n"
    return {"file": SimpleUploadedFile("old.csv", rows.encode())}


def a_note(_scene):
    return {"mode": "note", "text": "Ringt lageret.", "client_key": str(uuid.uuid4())}


def a_draft(_scene):
    return {"mode": "public", "text": "Vi ser", "revision_public": "0"}


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


def with_itself(scene):
    return {"with": scene.number}


def resolving(scene):
    return {"act": "resolve", "case": f"{scene.number}:1"}


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


def until_tomorrow(_scene):
    return {"until": (now() + timedelta(days=1)).isoformat()}


def an_address(_scene):
    return {"email": f"{uuid.uuid4()}@havbris.example"}


def an_invitation(_scene):
    return {"email": f"{uuid.uuid4()}@havbris.example", "name": "Kari", "role": "agent"}


def a_view(_scene):
    return {"name": "Public", "text": "public:yes", "scope": "own"}


def a_team(_scene):
    return {"name": f"Team {uuid.uuid4()}"}


def a_saved_reply(scene):
    return {"title": f"Svar {uuid.uuid4()}", "scope": "own", "text-0": "Hei", "language-0": "nb"}


def a_saved_reply_of_the_team(scene):
    return {"title": "Svar", "scope": f"team-{scene.team}", "text-0": "Hei", "language-0": "nb"}


SAVED = "admin/saved-replies"
ONE_SAVED = f"{SAVED}/<int:saved_reply_id>"
NEW, CH = "admin/channels/new/", "admin/channels/<int:channel_id>"
MESSAGE = "case/<int:number>/message/<int:message_id>"
ENDPOINTS = (
    Endpoint("", "/", ANYBODY_SENT_ON),
    Endpoint("sign-in", "/sign-in", statuses(200, *[302] * 7)),
    Endpoint("sign-in/second", "/sign-in/second", ANYBODY_SENT_ON),  # nobody has shown a first factor
    Endpoint("sign-in/set-up", "/sign-in/set-up", ANYBODY_SENT_ON),
    Endpoint("sign-in/second", "/sign-in/second", ANYBODY_SENT_ON, "post"),
    Endpoint("sign-in/set-up", "/sign-in/set-up", ANYBODY_SENT_ON, "post"),
    Endpoint("sign-in/passkey/options", "/sign-in/passkey/options", ANYBODY, "post"),
    Endpoint("sign-in/passkey", "/sign-in/passkey", statuses(*[422] * 8), "post"),
    Endpoint("sign-in/link", "/sign-in/link", ANYBODY),
    Endpoint("sign-in/link", "/sign-in/link", ANYBODY, "post", an_address),
    Endpoint("sign-in/link/use", "/sign-in/link/use", statuses(*[422] * 8), "post"),
    Endpoint("sign-in/company", "/sign-in/company", statuses(*[404] * 8)),  # there is none here
    Endpoint("sign-in/company/back", "/sign-in/company/back", statuses(*[404] * 8)),
    Endpoint("invitation", "/invitation", ANYBODY),
    Endpoint("invitation", "/invitation", statuses(*[422] * 8), "post"),
    Endpoint("me/security", "/me/security", COLLEAGUES),
    # A session that was not begun within half an hour is sent to sign in again.
    Endpoint("me/security/password", "/me/security/password", ANYBODY_SENT_ON, "post"),
    Endpoint("me/security/app", "/me/security/app", ANYBODY_SENT_ON),
    Endpoint("me/security/app", "/me/security/app", ANYBODY_SENT_ON, "post"),
    Endpoint("me/security/app/remove", "/me/security/app/remove", ANYBODY_SENT_ON, "post"),
    Endpoint("me/security/recovery-codes", "/me/security/recovery-codes", ANYBODY_SENT_ON, "post"),
    Endpoint("me/security/passkeys", "/me/security/passkeys", ANYBODY_SENT_ON, "post"),
    Endpoint("me/security/passkeys/options", "/me/security/passkeys/options", ANYBODY_SENT_ON, "post"),
    Endpoint("me/security/passkeys/<int:passkey_id>/remove", "/me/security/passkeys/1/remove", ANYBODY_SENT_ON, "post"),
    Endpoint("me/security/sessions/end-others", "/me/security/sessions/end-others", ANYBODY_SENT_ON, "post"),
    Endpoint("me/security/sessions/<int:session_id>/end", "/me/security/sessions/{session}/end", OWN_LINE, "post"),
    Endpoint("me/keys", "/me/keys", COLLEAGUES),
    Endpoint("me/keys", "/me/keys", ANYBODY_SENT_ON, "post"),
    Endpoint("me/keys/reset", "/me/keys/reset", ANYBODY_SENT_ON, "post"),
    Endpoint("admin/people", "/admin/people", ADMINS),
    Endpoint("admin/people", "/admin/people", ADMINS, "post", an_invitation),
    Endpoint("admin/people/<int:user_id>", "/admin/people/{lead}", ADMINS),
    Endpoint("admin/people/<int:user_id>", "/admin/people/{lead}", ADMINS_SENT_ON, "post", lambda s: {"role": "lead"}),
    Endpoint("admin/people/<int:user_id>/invitation", "/admin/people/{lead}/invitation", ADMIN_ALONE_CONFLICT, "post"),
    Endpoint("admin/people/<int:user_id>/deactivate", "/admin/people/{spare}/deactivate", ADMINS_SENT_ON, "post"),
    Endpoint("admin/people/<int:user_id>/reactivate", "/admin/people/{spare}/reactivate", ADMINS_SENT_ON, "post"),
    Endpoint("admin/people/<int:user_id>/reset", "/admin/people/{spare}/reset", ADMINS_SENT_ON, "post"),
    Endpoint("admin/teams", "/admin/teams", ADMINS),
    Endpoint("admin/teams", "/admin/teams", ADMINS_SENT_ON, "post", a_team),
    Endpoint("admin/teams/<int:team_id>", "/admin/teams/{team}", ADMINS_SENT_ON, "post", a_team),
    Endpoint(SAVED, "/admin/saved-replies", REPLIERS),
    Endpoint(f"{SAVED}/new", "/admin/saved-replies/new", REPLIERS),
    Endpoint(f"{SAVED}/new", "/admin/saved-replies/new", REPLIERS_KEEP, "post", a_saved_reply),
    Endpoint(f"{SAVED}/preview", "/admin/saved-replies/preview", REPLIERS, "post", some_text),
    Endpoint(ONE_SAVED, "/admin/saved-replies/{saved}", REPLIERS_SEE),
    Endpoint(ONE_SAVED, "/admin/saved-replies/{saved}", THE_TEAM_KEEPS, "post", a_saved_reply_of_the_team),
    Endpoint(f"{ONE_SAVED}/archive", "/admin/saved-replies/{saved}/archive", THE_TEAM_KEEPS, "post"),
    Endpoint(f"{ONE_SAVED}/restore", "/admin/saved-replies/{saved}/restore", THE_TEAM_KEEPS, "post"),
    Endpoint("case/<int:number>/saved-replies", "/case/{number}/saved-replies", REPLIERS_HERE, "post"),
    Endpoint("case/<int:number>/saved-replies/use", "/case/{number}/saved-replies/use", REPLIERS_HERE, "post",
             lambda s: {"mode": "public", "variant": str(s.variant)}),
    Endpoint("admin/channels", "/admin/channels", ADMINS),
    Endpoint("admin/channels/new", "/admin/channels/new", ADMINS),
    Endpoint(f"{NEW}<slug:platform>", f"/{NEW}facebook", ADMINS),
    Endpoint(f"{NEW}<slug:platform>", f"/{NEW}facebook", ADMIN_ALONE_WRONG, "post"),
    Endpoint("admin/channels/sign-in/back", "/admin/channels/sign-in/back", ADMIN_ALONE_CONFLICT),
    Endpoint("admin/channels/sign-in/<int:sign_in_id>", "/admin/channels/sign-in/1", ADMIN_ALONE_MISSES),
    Endpoint("admin/channels/sign-in/<int:sign_in_id>", "/admin/channels/sign-in/1", ADMIN_ALONE_MISSES, "post"),
    Endpoint(CH, "/admin/channels/{channel}", ADMINS),
    Endpoint(f"{CH}/test-message", "/admin/channels/{channel}/test-message", ADMIN_ALONE_CONFLICT, "post"),
    Endpoint(f"{CH}/test", "/admin/channels/{channel}/test", ADMINS_SENT_ON, "post"),
    Endpoint(f"{CH}/repair", "/admin/channels/{channel}/repair", ADMIN_ALONE_CONFLICT, "post"),  # by hand at Facebook
    Endpoint(f"{CH}/pause", "/admin/channels/{channel}/pause", ADMINS_SENT_ON, "post"),
    Endpoint(f"{CH}/resume", "/admin/channels/{channel}/resume", ADMINS_SENT_ON, "post"),
    Endpoint(f"{CH}/remove", "/admin/channels/{channel}/remove", ADMINS),
    Endpoint(f"{CH}/remove", "/admin/channels/{channel}/remove", ADMINS_SENT_ON, "post"),
    Endpoint(f"{CH}/reconnect", "/admin/channels/{channel}/reconnect", ADMINS),
    Endpoint(f"{CH}/reconnect", "/admin/channels/{channel}/reconnect", ADMINS_SENT_ON, "post"),
    Endpoint(f"{CH}/import", "/admin/channels/{channel}/import", ADMINS),
    Endpoint(f"{CH}/import", "/admin/channels/{channel}/import", ADMINS_SENT_ON, "post", a_table),
    Endpoint(f"{CH}/import/<int:import_id>", "/admin/channels/{channel}/import/1", ADMIN_ALONE_MISSES),
    Endpoint(f"{CH}/import/<int:import_id>", "/admin/channels/{channel}/import/1", ADMIN_ALONE_MISSES, "post"),
    Endpoint(f"{CH}/import/<int:import_id>/discard", "/admin/channels/{channel}/import/1/discard", ADMIN_ALONE_MISSES,
             "post"),
    Endpoint(f"{CH}/import/<int:import_id>/faults", "/admin/channels/{channel}/import/1/faults", ADMIN_ALONE_MISSES),
    Endpoint("sign-out", "/sign-out", ANYBODY_SENT_ON, "post"),
    Endpoint("preferences", "/preferences", ANYBODY_SENT_ON, "post", lambda _scene: {"theme": "dark"}),
    Endpoint("inbox/team/<slug:slug>", "/inbox/team/first-line", READERS),
    Endpoint("inbox/<slug:view>", "/inbox/all", COLLEAGUES),
    Endpoint("view/<slug:slug>", "/view/{view_slug}", VIEWERS),
    Endpoint("views", "/views", COLLEAGUES),
    Endpoint("views", "/views", LISTERS_SENT_ON, "post", a_view),
    Endpoint("views/<int:view_id>", "/views/{view}", SHARERS, "post", lambda _s: {"name": "Another name"}),
    Endpoint("views/<int:view_id>/delete", "/views/{view}/delete", SHARERS, "post"),
    Endpoint("views/<int:view_id>/restore", "/views/{view}/restore", SHARERS_CONFLICT, "post"),
    Endpoint("views/<int:view_id>/move", "/views/{view}/move", OWN_LINE, "post", lambda _s: {"to": "up"}),
    Endpoint("fragments/suggestions", "/fragments/suggestions", LISTERS, "post", lambda _s: {"text": "tag:"}),
    Endpoint("case/<int:number>", "/case/{number}", READERS),
    Endpoint("case/<int:number>/earlier", f"/case/{{number}}/earlier?before={LATE}", READERS),
    Endpoint("case/<int:number>/reply", "/case/{number}/reply", WORKERS, "post", a_reply),
    Endpoint("case/<int:number>/note", "/case/{number}/note", WORKERS, "post", a_note),
    Endpoint("case/<int:number>/draft", "/case/{number}/draft", WORKERS, "post", a_draft),
    Endpoint("case/<int:number>/drafts", "/case/{number}/drafts", READERS),
    Endpoint("case/<int:number>/assign", "/case/{number}/assign", WORKERS, "post", lambda s: {"assignee": s.lead}),
    Endpoint("case/<int:number>/take", "/case/{number}/take", WORKERS, "post"),
    Endpoint("case/<int:number>/resolve", "/case/{number}/resolve", WORKERS, "post"),
    Endpoint("case/<int:number>/reopen", "/case/{number}/reopen", WORKERS, "post"),
    Endpoint("case/<int:number>/priority", "/case/{number}/priority", WORKERS, "post", lambda _s: {"priority": "2"}),
    Endpoint("case/<int:number>/team", "/case/{number}/team", WORKERS, "post", lambda s: {"team": s.team}),
    Endpoint("case/<int:number>/tags", "/case/{number}/tags", WORKERS, "post", lambda _s: {"new_tag": "retur"}),
    Endpoint("case/<int:number>/unread", "/case/{number}/unread", LOOKERS, "post"),
    Endpoint("case/<int:number>/snooze", "/case/{number}/snooze", WORKERS, "post", until_tomorrow),
    Endpoint("case/<int:number>/unsnooze", "/case/{number}/unsnooze", WORKERS, "post"),
    Endpoint("case/<int:number>/spam", "/case/{number}/spam", WORKERS, "post"),
    Endpoint("case/<int:number>/unspam", "/case/{number}/unspam", WORKERS, "post"),
    Endpoint("case/<int:number>/follow", "/case/{number}/follow", LOOKERS, "post"),
    Endpoint("case/<int:number>/unfollow", "/case/{number}/unfollow", LOOKERS, "post"),
    Endpoint("case/<int:number>/nameable", "/case/{number}/nameable", NOTERS),
    Endpoint("notices", "/notices", COLLEAGUES),
    Endpoint("notices/seen", "/notices/seen", COLLEAGUES_SENT_ON, "post"),
    Endpoint("posts", "/posts", COLLEAGUES),
    Endpoint("posts/<int:post_id>", "/posts/{post}", READERS),
    Endpoint("posts/<int:post_id>/reply", "/posts/{post}/reply", ANSWERERS, "post", an_answer),
    Endpoint("fragments/posts/<int:post_id>", "/fragments/posts/{post}", READERS),
    Endpoint("fragments/posts/<int:post_id>/news", "/fragments/posts/{post}/news", READERS),
    Endpoint("case/<int:number>/merge", "/case/{number}/merge", WORKERS_READ),
    Endpoint("case/<int:number>/merge", "/case/{number}/merge", WORKERS_REFUSED, "post", with_itself),
    Endpoint("case/<int:number>/split", "/case/{number}/split", WORKERS_READ),
    Endpoint("case/<int:number>/split", "/case/{number}/split", WORKERS_REFUSED, "post"),
    Endpoint("case/<int:number>/link", "/case/{number}/link", WORKERS_READ),
    Endpoint("case/<int:number>/link", "/case/{number}/link", WORKERS_REFUSED, "post", with_itself),
    Endpoint("case/<int:number>/unlink", "/case/{number}/unlink", WORKERS_REFUSED, "post", with_itself),
    Endpoint("undo/<uuid:uid>", f"/undo/{uuid.UUID(int=1)}", NOBODYS, "post"),
    Endpoint("bulk", "/bulk", statuses(302, 302, 422, 302, 302, 302, 403, 403), "post", resolving),
    Endpoint("bulk/count", "/bulk/count?list=/inbox/all", COLLEAGUES),
    Endpoint("bulk/<uuid:uid>", f"/bulk/{uuid.UUID(int=1)}", NOBODYS),
    Endpoint("bulk/<uuid:uid>/progress", f"/bulk/{uuid.UUID(int=1)}/progress", NOBODYS),
    Endpoint("styleguide/", "/styleguide/", STYLEGUIDE),
    Endpoint(f"{MESSAGE}/undo", "/case/{number}/message/{queued}/undo", WORKERS, "post"),
    Endpoint(f"{MESSAGE}/retry", "/case/{number}/message/{failed}/retry", WORKERS, "post"),
    Endpoint(f"{MESSAGE}/confirm", "/case/{number}/message/{unknown}/confirm", WORKERS, "post"),
    Endpoint(f"{MESSAGE}/moderate", "/case/{number}/message/{said}/moderate", WORKERS, "post", hiding),
    Endpoint("case/<int:number>/thread/<int:thread_id>/hand", "/case/{number}/thread/{thread}/hand", HANDLESS, "post",
             lambda _s: {"action": "take_over"}),
    Endpoint("case/<int:number>/identity/<int:identity_id>/separate", "/case/{number}/identity/{customer}/separate",
             LINKLESS, "post"),
    Endpoint("fragments/case/<int:number>", "/fragments/case/{number}", READERS),
    Endpoint("fragments/counts", "/fragments/counts", COLLEAGUES),
    Endpoint("live/since/<int:seq>", "/live/since/0", COLLEAGUES),
    Endpoint("network/<slug:family>/<slug:key>/erase", "/network/meta/nobody/erase", NOBODY, "post"),
    Endpoint("network/<slug:family>/<slug:key>/departed", "/network/meta/nobody/departed", NOBODY, "post"),
    Endpoint("erasure/<slug:code>", "/erasure/nothing", NOBODY),
    Endpoint("healthz", "/healthz", ANYBODY),
    Endpoint("readyz", "/readyz", ANYBODY),
    Endpoint("case/<int:number>/files", "/case/{number}/files", READERS),
    Endpoint("case/<int:number>/files", "/case/{number}/files", FILERS, "post", a_file),
    Endpoint("case/<int:number>/file/<uuid:uid>", "/case/{number}/file/{file}", REVEALERS_READ),
    Endpoint("case/<int:number>/file/<uuid:uid>/remove", "/case/{number}/file/{waiting}/remove", LEAD_ALONE, "post"),
    Endpoint("case/<int:number>/letter/<int:message_id>", "/case/{number}/letter/{said}", REVEALERS_READ),
    Endpoint("case/<int:number>/letter/<int:message_id>", "/case/{number}/letter/{said}", REVEALED, "post", a_reason),
    Endpoint("case/<int:number>/letter/<int:message_id>/html", "/case/{number}/letter/{said}/html", REVEALERS_READ),
    Endpoint("case/<int:number>/reveal", "/case/{number}/reveal?of=message-{hidden}-0", REVEALERS_READ),
    Endpoint("case/<int:number>/reveal/open", "/case/{number}/reveal/open", REVEALERS_READ, "post", a_reason),
    Endpoint("palette/cases", "/palette/cases", COLLEAGUES, "post", lambda _s: {"q": "kunde"}),
    Endpoint("search", "/search", COLLEAGUES),
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
