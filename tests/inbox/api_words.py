"""What every test of the API says."""

TICKETS = "/api/v1/tickets/"


def replies(ticket):
    return f"{TICKETS}{ticket.pk}/replies/"


def error_of(answer, status):
    """The error of a refusal, whose shape is always the same."""
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/json"
    body = answer.json()
    assert set(body) == {"error"}
    assert {"code", "message"} <= set(body["error"]) <= {"code", "message", "field"}
    assert "{" not in body["error"]["message"]
    return body["error"]


def numbers(answer):
    return [row["number"] for row in answer.json()["results"]]
