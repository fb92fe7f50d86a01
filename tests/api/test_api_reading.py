"""Reading by API: lists by every filter, one case, its messages page by page, its threads; only what one sees."""

import pytest

from tickets.models import Post

PHONE, EMAIL = "91 23 45 67", "kari.nordmann@post.example"


def numbers(answer):
    return [row["number"] for row in answer.json()["results"]]


@pytest.fixture
def mixed(written, people, teams, now):
    """Three cases: one of Ingrid's with tags, one of the other team with Ingrid, one of nobody."""
    from core.actors import SYSTEM
    from tickets.operations.assigning import assign_ticket, move_ticket
    from tickets.operations.tagging import set_tags

    tagged, moved, free = written("Ett"), written("To"), written("Tre")
    set_tags(actor=SYSTEM, ticket_id=tagged.pk, names=["Levering", "ål"], now=now)
    move_ticket(actor=SYSTEM, ticket_id=moved.pk, team_id=teams["marketing"].pk, now=now)
    for ticket in (tagged, moved):
        assign_ticket(actor=SYSTEM, ticket_id=ticket.pk, assignee_id=people["agent"].pk, now=now)
    return tagged, moved, free


def test_lists_by_every_filter_and_by_several(script, mixed, teams, people):
    tagged, moved, free = (ticket.number for ticket in mixed)
    first, second, me = teams["first-line"].pk, teams["marketing"].pk, people["agent"].pk

    for asked, found in [
        ({}, [free, moved, tagged]),
        ({"team": first}, [free, tagged]),
        ({"team": second}, [moved]),
        ({"team": 10**9}, []),
        ({"assignee": me}, [moved, tagged]),
        ({"assignee": me, "team": first}, [tagged]),
        ({"view": "mine", "team": second}, [moved]),
        ({"tag": "LEVERING"}, [tagged]),
        ({"tag": "lev"}, []),
        ({"tag": "ÅL", "team": second}, []),
        ({"platform": "facebook"}, [free, moved, tagged]),
        ({"platform": "smoke"}, []),
        ({"customer": mixed[2].customer_id}, [free]),
        ({"sort": "oldest"}, [tagged, moved, free]),
    ]:
        assert numbers(script.get("tickets/", **asked)) == found, asked


def test_a_filter_opens_no_other_teams_case(script, elsewhere, teams):
    for asked in ({"team": teams["marketing"].pk}, {"customer": elsewhere.customer_id}, {"q": "samarbeid"}):
        assert numbers(script.get("tickets/", **asked)) == []


def test_a_row_holds_customer_and_tags(script, mixed):
    row = script.get("tickets/", tag="levering").json()["results"][0]

    assert row["customer"] == {"id": mixed[0].customer_id, "name": "Kunde 1"}
    assert row["tags"] == ["Levering", "ål"]
    assert row["due_at"] == "2026-11-20T10:00:01Z"


@pytest.mark.parametrize(
    ("path", "query", "field"),
    [
        ("tickets/", {"stauts": "open"}, "stauts"),
        ("tickets/", {"format": "json"}, "format"),
        ("tickets/", {"tag": ""}, "tag"),
        ("tickets/", {"tag": "x" * 41}, "tag"),
        ("tickets/", {"team": "one"}, "team"),
        ("tickets/", {"assignee": 2**63}, "assignee"),
        ("tickets/", {"cursor": "W10"}, "cursor"),
        ("tickets/1/", {"deep": 1}, "deep"),
        ("tickets/1/messages/", {"sort": "newest"}, "sort"),
        ("customers/", {"name": "Kari"}, "name"),
        ("customers/", {"limit": 0}, "limit"),
        ("me/", {"x": 1}, "x"),
    ],
)
def test_what_is_not_known_here_is_refused_and_named(script, refusal, path, query, field):
    error = refusal(script.get(path, **query), 422)

    assert error["field"] == field
    if field not in ("tag", "team", "assignee", "cursor", "limit"):
        assert (error["code"], error["message"]) == ("unknown", f"This is not known here: {field}.")


def test_a_write_takes_no_query(script, case, refusal, footprint):
    before = footprint()

    assert refusal(script.post(f"tickets/{case.pk}/take/?force=1"), 422)["field"] == "force"
    assert footprint() == before


def test_all_messages_page_by_page_oldest_first(script, case, written, replied):
    for n in range(4):
        written(f"Nummer {n}", who="customer-1", root="root-1", minutes=n + 1)
    replied(text="Vi ser på det")
    everything = script.get(f"tickets/{case.pk}/messages/").json()
    assert (len(everything["results"]), everything["next"]) == (6, None)

    seen, path, pages = [], f"tickets/{case.pk}/messages/?limit=4", 0
    while path:
        body = script.get(path).json()
        seen += body["results"]
        path, pages = body["next"], pages + 1

    assert seen == everything["results"]
    assert pages == 2
    assert [m["at"] for m in seen] == sorted(m["at"] for m in seen)


def test_threads_with_the_post_they_hang_under(script, written, channel, now):
    Post.objects.create(channel=channel, external_id="P1", text="Ring [PHONE]", masks=[[5, 12, "PHONE"]], ours=True,
                        author_name="Havbris", version_at=now)  # fmt: skip
    ticket = written("Hei", post_external_id="P1")

    threads = script.get(f"tickets/{ticket.pk}/threads/").json()["results"]

    assert len(threads) == 1
    assert threads[0]["id"] == ticket.ticket_threads.get().thread_id
    assert (threads[0]["visibility"], threads[0]["answerable"]) == ("public", True)
    assert threads[0]["post"]["text"] == "Ring [PHONE]"
    assert threads[0]["post"]["masks"] == [{"start": 5, "end": 12, "label": "PHONE"}]


def test_out_of_sight_and_absent_answer_alike_everywhere(script, elsewhere, refusal):
    for tail in ("", "messages/", "threads/", "tags/"):
        answers = [script.get(f"tickets/{pk}/{tail}") for pk in (elsewhere.pk, 10**9, 10**30, 0)]
        assert {answer.content for answer in answers} == {answers[0].content}
        assert refusal(answers[0], 404)["code"] == "not_found"


def test_nothing_a_mask_covers_is_in_any_answer(script, written, people, now):
    from tickets.operations.noting import add_note

    ticket = written(f"Ring {PHONE} eller skriv til {EMAIL}", handle="kari.n")
    key = "00000000-0000-0000-0000-000000000001"
    add_note(actor=people["agent"], ticket_id=ticket.pk, text=f"Ringt {PHONE}", client_key=key, now=now)
    sent = script.post(f"tickets/{ticket.pk}/replies/", {"text": f"Vi ringer {PHONE}.", "undo_seconds": 20}, key="a")
    noted = script.post(f"tickets/{ticket.pk}/notes/", {"text": f"Svarte {EMAIL}"}, key="a")
    paths = ["tickets/", "tickets/?q=ring", *(f"tickets/{ticket.pk}/{t}" for t in ("", "messages/", "threads/"))]
    paths += ["customers/", f"customers/{ticket.customer_id}/"]
    undone = script.post(f"tickets/{ticket.pk}/replies/{sent.json()['id']}/undo/")

    assert (sent.status_code, noted.status_code, undone.status_code) == (201, 201, 204)
    for answer in (sent, noted, undone, *(script.get(path) for path in paths)):
        assert answer.status_code in (200, 201, 204)
        text = answer.content.decode()
        for secret in (PHONE, PHONE.replace(" ", ""), "234567", EMAIL, "kari.nordmann"):
            assert secret not in text
    assert numbers(script.get("tickets/", q="91 23")) == []


@pytest.mark.parametrize(
    ("path", "queries"),
    [  # token with its user and the teams are two of them
        ("tickets/", 3),
        ("tickets/{ticket}/", 10),
        ("tickets/{ticket}/messages/", 7),
        ("tickets/{ticket}/threads/", 4),
        ("tickets/{ticket}/tags/", 3),
        ("customers/", 4),
        ("customers/{customer}/", 5),
        ("me/", 2),
    ],
)
def test_reading_costs_the_same_for_few_and_for_many(
    script, case, written, replied, path, queries, django_assert_num_queries
):
    path = path.format(ticket=case.pk, customer=case.customer_id)
    replied()
    with django_assert_num_queries(queries):
        assert script.get(path).status_code == 200
    for n in range(12):
        written(f"Nummer {n}", who="customer-1", root="root-1", minutes=n)
        written(f"Annen {n}", minutes=n)
    with django_assert_num_queries(queries):
        assert script.get(path).status_code == 200
