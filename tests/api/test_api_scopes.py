"""Scoped tokens, the rate limit, and one shape for every refusal, wherever it is made."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from core.audit.models import AuditEntry
from core.users.models import ApiToken

READS = {
    "tickets/": "tickets:read",
    "tickets/{t}/": "tickets:read",
    "tickets/{t}/messages/": "tickets:read",
    "tickets/{t}/threads/": "tickets:read",
    "tickets/{t}/tags/": "tickets:read",
    "customers/": "customers:read",
    "customers/{c}/": "customers:read",
    "channels/": "channels:read",
    "channels/{ch}/": "channels:read",
}
WRITES = (
    ("post", "replies/", {"text": "Hei"}),
    ("post", "replies/{m}/undo/", None),
    ("post", "replies/{m}/retry/", None),
    ("post", "replies/{m}/confirm/", None),
    ("post", "messages/{m}/actions/", {"action": "hide"}),
    ("post", "notes/", {"text": "Hei"}),
    ("put", "assignee/", {"assignee_id": 1}),
    ("delete", "assignee/", None),
    ("put", "team/", {"team_id": 1}),
    ("post", "take/", None),
    ("put", "status/", {"status": "done"}),
    ("put", "tags/", {"tags": ["a"]}),
)


def test_a_missing_scope_is_refused_on_every_address(script_of, people, case, channel, refusal, footprint):
    from inbox.scopes import scopes_of_role

    everything = set(scopes_of_role("lead"))
    at = {"t": case.pk, "c": case.customer_id, "ch": channel.pk, "m": case.messages.get().pk}
    before = footprint()

    for path, scope in READS.items():
        answer = script_of(people["lead"], *(everything - {scope})).get(path.format(**at))
        assert refusal(answer, 403)["code"] == "scope", path
        assert scope in answer.json()["error"]["message"]
        assert script_of(people["lead"], scope).get(path.format(**at)).status_code == 200
    reader = script_of(people["lead"], *(everything - {"tickets:write"}))
    made = {AuditEntry.__name__: AuditEntry.objects.count()}  # tokens were made
    for method, tail, body in WRITES:
        answer = reader.ask(method, f"tickets/{case.pk}/{tail.format(**at)}", body, key="k")
        assert refusal(answer, 403)["code"] == "scope", tail
    assert footprint() == before | made


def test_a_scope_gives_no_more_than_the_role(script_of, people, elsewhere, refusal):
    script = script_of(people["agent"])

    assert refusal(script.get("channels/"), 403)["code"] == "scope"
    assert refusal(script.get(f"tickets/{elsewhere.pk}/"), 404)["code"] == "not_found"


def test_who_is_signed_in_has_all_scopes(client_class, people, case):
    browser = client_class()
    browser.force_login(people["lead"])

    assert browser.get("/api/v1/channels/").status_code == 200
    assert browser.get(f"/api/v1/tickets/{case.pk}/").status_code == 200


# The command


def run(*words):
    out = io.StringIO()
    call_command("token", *words, stdout=out)
    return out.getvalue()


def test_a_token_by_the_command(people, client_class, case):
    told = json.loads(run("create", "--user", people["agent"].email, "--scope", "tickets:read", "--json"))
    headers = {"Authorization": f"Bearer {told['token']}"}

    assert told["scopes"] == ["tickets:read"]
    assert client_class().get("/api/v1/tickets/", headers=headers).status_code == 200
    assert client_class().get("/api/v1/customers/", headers=headers).status_code == 403
    listed = [json.loads(line) for line in run("list", "--json").splitlines()]
    assert [(row["id"], row["scopes"], row["revoked_at"]) for row in listed] == [(told["id"], ["tickets:read"], None)]
    assert told["token"] not in run("list")

    run("revoke", str(told["id"]))
    run("revoke", str(told["id"]))

    assert client_class().get("/api/v1/tickets/", headers=headers).status_code == 401
    assert "revoked" in run("list")
    assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))[-2:] == [
        "token.created", "token.revoked"]  # fmt: skip


def test_without_a_scope_named_a_token_has_its_roles(people):
    from inbox.scopes import scopes_of_role

    told = json.loads(run("create", "--user", people["auditor"].email.upper(), "--json"))

    assert told["scopes"] == list(scopes_of_role("auditor")) == ["tickets:read", "customers:read"]


@pytest.mark.parametrize(
    "words",
    [
        ("create", "--user", "nobody@havbris.example"),
        ("create", "--user", "p5@havbris.example", "--scope", "tickets:write"),
        ("create", "--user", "p1@havbris.example", "--scope", "everything"),
        ("revoke", "999"),
        ("lose",),
    ],
)
def test_what_the_command_refuses(people, words):
    assert people["auditor"].email == "p5@havbris.example"

    with pytest.raises(CommandError):
        run(*words)
    assert (ApiToken.objects.count(), AuditEntry.objects.count()) == (0, 0)


# The rate limit


def test_so_many_requests_a_minute_for_each_token(script_of, people, case, settings, refusal, footprint):
    settings.API_RATE_PER_MINUTE = 3
    script, other = script_of(people["agent"]), script_of(people["agent"])
    assert [script.get("me/").status_code for _ in range(3)] == [200] * 3
    before = footprint()

    refused = [script.get("me/"), script.post(f"tickets/{case.pk}/notes/", {"text": "Hei"}, key="k")]

    for answer in refused:
        assert refusal(answer, 429)["code"] == "throttled"
        assert 0 < int(answer["Retry-After"]) <= 60
    assert footprint() == before
    assert other.get("me/").status_code == 200


# One shape


@pytest.mark.parametrize(
    ("method", "path", "more", "status", "code"),
    [
        ("get", "nothing/", {}, 404, "not_found"),
        ("get", "/api/", {}, 404, "not_found"),
        ("get", "/api/v2/tickets/", {}, 404, "not_found"),
        ("patch", "tickets/", {}, 405, "method_not_allowed"),
        ("options", "tickets/", {}, 405, "method_not_allowed"),
        ("get", "tickets/", {"Accept": "text/html"}, 406, "not_acceptable"),
        ("post", "tickets/1/replies/", {"raw": "{", "key": "k"}, 400, "parse_error"),
        ("post", "tickets/1/replies/", {"raw": "a=1", "key": "k", "content_type": "text/plain"}, 415,
         "unsupported_media_type"),
        ("post", "tickets/1/replies/", {"raw": '"' + "x" * 1_048_576 + '"', "key": "k"}, 413, "too_large"),
        ("get", "tickets/", {"Authorization": "Bearer sv_nobody"}, 401, "authentication_failed"),
        ("get", "me/", {"Host": "elsewhere.example"}, 400, "bad_request"),
    ],
)  # fmt: skip
def test_every_refusal_has_the_one_shape(script, refusal, method, path, more, status, code):
    script.client.raise_request_exception = False

    assert refusal(script.ask(method, path, **more), status)["code"] == code
