"""What each token finds: by rows, at page borders, and whatever its value looks like."""

from datetime import timedelta

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tickets.filter_words import KEYS
from tickets.filters import parse_filter, render_words
from tickets.models import Draft, Message, Note, Tag, Ticket
from tickets.operations.tagging import set_tags
from tickets.queries.filtering import condition_of, resolve_names
from tickets.queries.queue import SORTS, QueueFilter, get_queue_page


@pytest.fixture
def scene(case_of, teams, agent, lead, make_user, now):
    """Four cases that differ in everything: a (Ingrid's, first line), b (marketing), c (nobody's), d (done)."""
    a, b, c, d = (
        case_of(f"c{n}", by=f"p{n}", name=name) for n, name in enumerate(("Kari Berg", "Ola Dahl", "Siv", "Per"))
    )
    set_tags(actor=lead, ticket_id=a.pk, names=["Fri Fart", "retur"], now=now)
    set_tags(actor=lead, ticket_id=b.pk, names=["retur"], now=now)
    change(a, assignee=agent, priority=2, language="no", due_at=now - timedelta(minutes=5), trouble="failed")
    change(b, team=teams["marketing"], assignee=make_user("agent", name="Una"), language="sv", visibility="private",
           due_at=now + timedelta(minutes=20), status="waiting")  # fmt: skip
    change(c, team=None, platform="messenger", due_at=now + timedelta(hours=5), waiting_since=None,
           last_message_at=now - timedelta(days=3), first_reply_at=now)  # fmt: skip
    change(d, status="done", closed_at=now, due_at=None, waiting_since=None)
    Draft.objects.create(ticket=a, author=agent, mode="note", sealed=b"x", saved_at=now)
    Note.objects.create(ticket=b, author=lead, text="Ringt", at=now)
    Message.objects.filter(ticket=c).update(attachments=[{"name": "a.png"}])
    return {"a": a.pk, "b": b.pk, "c": c.pk, "d": d.pk}


def change(ticket, **fields):
    Ticket.objects.filter(pk=ticket.pk).update(**fields)


def find(actor, text, now, **more):
    read = parse_filter(text)
    tokens = resolve_names(read.tokens).tokens
    wanted = QueueFilter(text=render_words(read.words), **{"status": None} | more,
                         condition=condition_of(actor=actor, tokens=tokens, now=now))  # fmt: skip
    return [row.ticket_id for row in get_queue_page(actor=actor, wanted=wanted).rows]


CASES = (
    ("tag:retur", "ab"), ('tag:"fri fart"', "a"), ("-tag:retur", "cd"), ('tag:retur -tag:"Fri Fart"', "b"),
    ("tag:retur,unknown", ""), ("tag:unknown", ""), ("-tag:unknown", "abcd"), ("channel:facebook", "abd"),
    ("channel:messenger,facebook", ""), ("channel:Havbris", "abcd"), ("public:no", "b"), ("-public:no", "acd"),
    ("status:open", "ac"), ("status:waiting,done", "bd"), ("status:any", "abcd"), ("-status:any", ""),
    ("-status:done", "abc"), ("lang:no", "a"), ("lang:no,sv", "ab"), ("priority:high,urgent", "a"),
    ("-priority:high", "bcd"), ("assignee:me", "a"), ("-assignee:me", "bcd"), ("assignee:none", "cd"),
    ("assignee:una", "b"), ("assignee:me,none", "acd"), ("team:first-line", "ad"), ('team:"First line"', "ad"),
    ("team:mine", "ad"), ("team:none", "c"), ("-team:mine", "bc"), ("from:kari", "a"),
    ('from:"ola dahl",siv', "bc"), ("is:late", "a"), ("sla:30m", "ab"), ("-sla:30m", "cd"), ("sla:1d", "abc"),
    ("older:2d", "c"), ("newer:2d", "abd"), ("is:unanswered", "ab"), ("waiting:10m", "ab"), ("waiting:1d", ""),
    ("is:failed", "a"), ("has:draft", "a"), ("-has:draft", "bcd"), ("has:tag", "ab"), ("has:note", "b"),
    ("has:file", "c"), ("has:reply", "c"), ("has:note,file", "bc"), ("public:maybe", ""), ("-public:maybe", ""),
    ("tag:retur berg", "a"), ("is:late public:yes", "a"), ('"kari berg"', "a"), ('"berg kari"', ""),
)  # fmt: skip


@pytest.mark.parametrize(("text", "found"), CASES)
def test_each_token_finds_its_cases(scene, agent, now, text, found):
    agent.role = "lead"  # sees all, and is still in the first line
    assert sorted(find(agent, text, now)) == sorted(scene[name] for name in found)


def test_every_key_is_tried():
    assert {token.key for text, _found in CASES for token in parse_filter(text).tokens} == set(KEYS)


def test_unread_is_what_the_row_says(scene, agent, now):
    agent.role = "lead"
    shown = get_queue_page(actor=agent, wanted=QueueFilter(status=None)).rows
    assert set(find(agent, "is:unread", now)) == {row.ticket_id for row in shown if row.unread} != set()


@pytest.mark.parametrize("text", ["tag:retur", "-tag:retur", "assignee:una", "status:any", "team:marketing"])
def test_a_filter_shows_nobody_more_than_they_see(scene, agent, now, text):
    assert scene["b"] not in find(agent, text, now)


def test_names_are_numbers_and_say_what_is_wrong(scene, agent, make_user, django_assert_num_queries):
    make_user("agent", name="Una")
    tokens = parse_filter('tag:retur,"Fri Fart" assignee:Ingrid assignee:una team:nowhere tag:#999999 from:kari').tokens
    with django_assert_num_queries(1):
        resolved = resolve_names(tokens, known={"tag#999999": "gammelt"})
    retur, fart = (Tag.objects.get(name=name).pk for name in ("retur", "Fri Fart"))
    assert resolved.tokens[0].values == (f"#{retur}", f"#{fart}")
    assert resolved.tokens[1].values == (f"#{agent.pk}",)
    assert [token.fault for token in resolved.tokens] == ["", "", "several", "unknown", "unknown", ""]
    assert resolved.names[f"assignee#{agent.pk}"] == "Ingrid Solvang"
    assert resolved.names["tag#999999"] == "gammelt"
    with django_assert_num_queries(0):
        resolve_names(parse_filter("public:yes assignee:me from:kari").tokens)


HOSTILE = [
    "'; DROP TABLE tickets_ticket; --",
    "%",
    "_",
    "\\",
    "') OR 1=1 --",
    "%s",
    "{cases}",
    "#",
    "#x",
    "#" + "9" * 30,
]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    key=st.sampled_from(KEYS), value=st.one_of(st.sampled_from(HOSTILE), st.text(max_size=12)), negated=st.booleans()
)
def test_no_value_is_more_than_a_value(case_of, lead, now, key, value, negated):
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    find(lead, f'{"-" if negated else ""}{key}:"{quoted}"', now)


@pytest.mark.parametrize("sort", SORTS)
def test_filtered_pages_join_without_gap_or_repeat(town, take_in, lead, now, sort):
    take_in(*(town.comment(f"c{n}", by=f"p{n}", minute=-(n // 3)) for n in range(23)))
    for n, ticket in enumerate(Ticket.objects.order_by("pk")):
        change(ticket, visibility="private" if n % 2 else "public")
    condition = condition_of(actor=lead, tokens=parse_filter("public:yes").tokens, now=now)
    wanted, rows, cursor = QueueFilter(sort=sort, condition=condition), [], ""
    while True:
        page = get_queue_page(actor=lead, wanted=wanted, cursor=cursor, size=4)
        rows += page.rows
        cursor = page.next_cursor
        if not cursor:
            break
    assert [row.ticket_id for row in rows] == [row.ticket_id for row in get_queue_page(actor=lead, wanted=wanted).rows]
    assert len(rows) == 12


@pytest.mark.parametrize("text", ["is:late", "sla:30m", "assignee:me", "older:2d", "waiting:2h"])
def test_common_tokens_are_found_by_an_index(channel, lead, now, text):
    from tickets.models import Customer

    customer = Customer.objects.create(name="K", created_at=now)
    Ticket.objects.bulk_create(
        Ticket(customer=customer, channel=channel, opened_at=now, last_message_at=now, platform="facebook",
               visibility="public", due_at=now + timedelta(days=2), waiting_since=now)
        for _ in range(3000)
    )  # fmt: skip
    condition = condition_of(actor=lead, tokens=parse_filter(text).tokens, now=now)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE tickets_ticket")
    plan = Ticket.objects.filter(condition, status="open").explain()
    assert "Seq Scan on tickets_ticket" not in plan
    assert "ticket_" in plan
