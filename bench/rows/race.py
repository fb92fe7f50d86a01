"""Row 17: fifty colleagues reach for one case at the same moment."""

from __future__ import annotations

from bench.company import AGENTS, sender, sign_in
from bench.context import Bench, Sample, Wrong, run_load
from bench.figures import percentile
from bench.floors.statements import race as race_in_the_database
from bench.house import EMPTY, wait_for
from bench.product import running_product
from bench.rows.intake import load_of
from bench.sizes import fresh_database


def race(bench: Bench) -> Sample:
    """Exactly one wins each case; the others are told who did."""
    cases = bench.pick(3, 100)
    fresh_database(bench.house, EMPTY)
    with running_product(bench.house, channel_port=bench.channel_port) as product:
        people = sign_in(role="agent", count=AGENTS)
        run_load(load_of(sender(bench.base()), product.port, count=cases * 3, connections=1))
        tickets = _tickets(cases)
        raw = [[_take(ticket, person.token) for ticket in tickets] for person in people]
        result = run_load({"port": product.port, "raw": raw, "together": True})
        winners = _winners(tickets)
    floor = race_in_the_database(bench.house.floor_url, AGENTS, cases)
    told = result["statuses"]
    if told.get("200") != cases or told.get("409") != cases * (AGENTS - 1):
        raise Wrong(f"{cases} cases, {AGENTS} hands: answered {told}")
    return {
        "race_winners": (winners / cases, None),
        "race_p99": (result["ms_by_status"]["409"]["p99"], percentile(floor, 0.99) * 1000),
    }


def _take(ticket: int, token: str) -> str:
    return (
        f"POST /api/v1/tickets/{ticket}/take/ HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
        "Content-Length: 0\r\n\r\n"
    )


def _tickets(cases: int) -> list[int]:
    from tickets.models import Ticket

    wait_for(lambda: Ticket.objects.count() >= cases, 60, "the cases are there")
    return list(Ticket.objects.order_by("pk").values_list("pk", flat=True)[:cases])


def _winners(tickets: list[int]) -> int:
    """How many times a case was given to somebody, as its history has it."""
    from tickets.models import TicketEvent

    return TicketEvent.objects.filter(ticket_id__in=tickets, kind="assigned").count()
