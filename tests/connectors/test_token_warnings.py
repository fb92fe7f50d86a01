"""Sign-ins that end: the end is kept when a channel is connected, and told of 14, 7 and 1 days before."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command

from connectors.models import Account
from connectors.operations.channels import add_channel, reconnect_channel
from connectors.queries.tokens import token_warnings
from core import secrets
from core.actors import SYSTEM

GIVEN = {"external_id": "96072893", "name": "Havbris", "app_secret": "s", "access_token": "t"}
LIFE = timedelta(days=60)


@pytest.fixture
def page(teams, now):
    def connect(**values):
        return add_channel(actor=SYSTEM, platform="linkedin", values={**GIVEN, **values}, now=now)

    return connect


def kept():
    account = Account.objects.get()
    return json.loads(secrets.unseal(account.credentials, context=account.context))


def test_a_token_begins_its_life_when_it_is_given(page, now):
    channel = page()
    assert kept()["expires_at"] == str(int((now + LIFE).timestamp()))

    later = now + timedelta(days=50)
    reconnect_channel(actor=SYSTEM, channel_id=channel.id, values={"access_token": "new"}, now=later)
    assert kept()["expires_at"] == str(int((later + LIFE).timestamp()))


def test_an_end_that_is_told_is_kept(page):
    page(expires_at="1800000000")
    assert kept()["expires_at"] == "1800000000"


@pytest.mark.parametrize(
    ("left", "expected"),
    [
        (timedelta(days=14, seconds=1), None),
        (timedelta(days=14), (14, 14)),
        (timedelta(days=7, seconds=1), (7, 14)),
        (timedelta(days=7), (7, 7)),
        (timedelta(days=1, seconds=1), (1, 7)),
        (timedelta(days=1), (1, 1)),
        (timedelta(seconds=1), (0, 1)),
        (timedelta(days=-3), (-3, 1)),
    ],
)
def test_warnings_come_14_7_and_1_days_before_the_end(page, now, left, expected, django_assert_num_queries):
    channel = page()
    with django_assert_num_queries(1):
        found = token_warnings(now + LIFE - left)
    assert [(one.days_left, one.within) for one in found] == ([expected] if expected else [])
    assert [(one.channel_id, one.ends_at) for one in found] == ([(channel.id, now + LIFE)] if expected else [])


def test_a_token_that_renews_itself_ends_with_what_renews_it(page, now):
    page(refresh_token="r", client_id="c")
    assert token_warnings(now + LIFE) == ()

    account, year = Account.objects.get(), now + timedelta(days=365)
    fresh = {**kept(), "refresh_expires_at": str(int(year.timestamp()))}
    account.credentials = secrets.seal(json.dumps(fresh).encode(), context=account.context)
    account.save()
    assert [one.ends_at for one in token_warnings(year - timedelta(days=2))] == [year]


@pytest.mark.parametrize("said", ["soon", "-1", "9" * 40, "²"])
def test_an_end_that_cannot_be_read_is_no_end(page, now, said):
    page(expires_at=said)
    assert token_warnings(now + timedelta(days=1000)) == ()


def test_the_soonest_stands_first_and_others_platforms_have_no_end(page, connected, now):
    late = page()
    soon = page(external_id="555", expires_at=str(int((now + timedelta(days=50)).timestamp())))
    assert [one.channel_id for one in token_warnings(now + timedelta(days=59))] == [soon.id, late.id]


def test_the_shell_s_list_tells_of_it(page, capsys):
    page(expires_at="1700000000")
    call_command("channel", "list")
    assert f"ok, sign-in ends {datetime.fromtimestamp(1700000000, UTC):%Y-%m-%d}  Havbris" in capsys.readouterr().out
    call_command("channel", "list", "--json")
    (line,) = json.loads(capsys.readouterr().out)
    assert line["sign_in_ends_at"] == "2023-11-14T22:13:20+00:00"


def test_the_doctor_tells_of_it_in_words(page, now):
    from inbox.operations.diagnosing import diagnose

    channel = page()

    def told(at):
        return [(one.level, one.sentence) for one in diagnose(now=at) if one.name == "tokens"]

    ends = f"{now + LIFE:%Y-%m-%d %H:%M} UTC."
    assert told(now) == [("ok", "Nothing to complain of.")]
    assert told(now + timedelta(days=50)) == [
        ("note", f"The sign-in of channel {channel.id} (linkedin) ends in 10 days, at {ends}")
    ]
    assert told(now + timedelta(days=59)) == [
        ("wrong", f"The sign-in of channel {channel.id} (linkedin) ends in 1 day, at {ends}")
    ]
    assert told(now + LIFE) == [
        ("wrong", f"The sign-in of channel {channel.id} (linkedin) has ended or ends today, at {ends}")
    ]


def test_the_doctor_says_what_a_platform_s_code_means_and_when_its_api_ends(page, now):
    from inbox.operations.diagnosing import diagnose

    page()
    Account.objects.update(health="reconnect", health_code="version")
    (ill,) = [one.sentence for one in diagnose(now=now) if one.name == "channels"]
    assert "[version]. LinkedIn no longer answers this version" in ill

    def sheets(at):
        return [one.sentence for one in diagnose(now=at) if "answers the version" in one.sentence]

    assert sheets(datetime(2027, 8, 1, tzinfo=UTC)) == []
    assert sheets(datetime(2027, 8, 2, tzinfo=UTC)) == [
        "linkedin answers the version of its API that we speak until 2027-10-01."
    ]
