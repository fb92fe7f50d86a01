"""X's refusals, with its own words and types."""

from __future__ import annotations

from typing import Any

_PROBLEMS = "https://api.x.com/2/problems/"


class Problem(Exception):
    """An answer that says no: status, body, headers."""

    def __init__(self, status: int, title: str, detail: str, kind: str = "", **more: Any) -> None:
        super().__init__(title)
        self.status = status
        self.headers: dict[str, str] = {}
        kind = _PROBLEMS + kind if kind else "about:blank"
        self.body = {"title": title, "detail": detail, "type": kind, "status": status, **more}


def unauthorized() -> Problem:
    """The token is unknown, dead or run out."""
    return Problem(401, "Unauthorized", "Unauthorized")


def credits_depleted() -> Problem:
    """Nothing is left of what was paid."""
    return Problem(402, "CreditsDepleted", "Your enrolled account does not have any credits to fulfill this request.")


def not_enrolled() -> Problem:
    """The app has no plan."""
    detail = "When authenticating requests to the API v2 endpoints, you must use keys from an enrolled project."
    return Problem(403, "Client Forbidden", detail, "client-forbidden", reason="client-not-enrolled")


def too_many(reset: float, now: float) -> Problem:
    """One of the limits."""
    problem = Problem(429, "Too Many Requests", "Too Many Requests")
    problem.headers = {"x-rate-limit-remaining": "0", "x-rate-limit-reset": str(int(now + reset))}
    return problem


def forbidden(detail: str) -> Problem:
    """Refused with nothing but a sentence."""
    return Problem(403, "Forbidden", detail)


def wrong_token() -> Problem:
    """A user's token where the app's is wanted."""
    detail = "Authenticating with OAuth 2.0 User Context is forbidden for this endpoint."
    return Problem(403, "Unsupported Authentication", detail, "unsupported-authentication")


def not_summoned() -> Problem:
    """Whom we would answer has neither mentioned nor quoted us."""
    return forbidden(
        "Reply to this conversation is not allowed because you have not been mentioned or otherwise engaged by the "
        "author of the post you are replying to."
    )


def named(status: int, name: str, detail: str) -> Problem:
    """How the webhook endpoints refuse: with a name in front of the sentence."""
    error = {"message": f"{name}: {detail}"}
    title = "Invalid Request" if status == 400 else "Conflict"
    return Problem(status, title, f"{name}: {detail}", "invalid-request" if status == 400 else "", errors=[error])


def invalid(detail: str, name: str) -> Problem:
    """A parameter that cannot be."""
    error = {"parameters": {name: []}, "message": detail}
    return Problem(400, "Invalid Request", "One or more parameters to your request was invalid.", "invalid-request",
                   errors=[error])  # fmt: skip


def not_found(number: str) -> Problem:
    """There is no such post or person."""
    return Problem(404, "Not Found Error", f"Could not find tweet with id: [{number}].", "resource-not-found",
                   resource_id=number, resource_type="tweet")  # fmt: skip


def missing_entry(number: str) -> dict[str, Any]:
    """What stands in `errors` of an answer that is good otherwise."""
    return {"resource_type": "tweet", "resource_id": number, "parameter": "ids", "value": number,
            "title": "Not Found Error", "detail": f"Could not find tweet with ids: [{number}].",
            "type": _PROBLEMS + "resource-not-found"}  # fmt: skip


def too_many_streams() -> Problem:
    """The app has its one stream already."""
    detail = "This stream is currently at the maximum allowed connection limit."
    issue = "TooManyConnections"
    return Problem(429, "ConnectionException", detail, "streaming-connection", connection_issue=issue)
