"""People without a name: asked about a few at a time, seldom again, and never while their channel rests."""

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest

from connectors.kit import errors, registry
from connectors.kit.base import ProfileItem
from connectors.models import Account
from connectors.operations import asking_names
from connectors.operations.asking_names import AFTER_FAULT, AT_ONCE, NOT_TOLD, ask_names
from connectors.operations.channels import add_channel
from core.actors import SYSTEM
from inbox.live.models import Hint
from tickets.intake.apply import apply_items
from tickets.intake.items import Author, MessageItem
from tickets.models import Customer, Identity, Ticket

pytestmark = pytest.mark.django_db
ACCOUNT = "104000000000007"


class PowerCut(BaseException):
    """The process ends here: nothing of ours catches it."""


@pytest.fixture
def wrote(teams, now):
    """wrote("7392", name="") → the case of somebody who wrote on Messenger."""
    values = {"external_id": ACCOUNT, "name": "Havbris", "app_secret": "a", "verify_token": "v", "access_token": "t"}
    add_channel(actor=SYSTEM, platform="messenger", values=values, team_id=teams["first-line"].pk, now=now)

    def write(person, name=""):
        item = MessageItem(platform="messenger", account_external_id=ACCOUNT, external_id=f"m_{person}", text="Hei",
                           external_root=person, author=Author(person, name, scope=ACCOUNT), visibility="private",
                           at=now)  # fmt: skip
        return Ticket.objects.get(pk=next(iter(apply_items([item], now=now).tickets)))

    return write


@pytest.fixture
def network(monkeypatch):
    """What Messenger tells of whom, and whom it was asked about."""
    played = SimpleNamespace(names={}, asked=[], fails={})
    connector = registry.get("messenger")

    def profile(account, external_id):
        assert account.external_id == ACCOUNT
        played.asked.append(external_id)
        if external_id in played.fails:
            raise played.fails[external_id]
        name = played.names.get(external_id)
        return ProfileItem(external_id, name=name, scope=ACCOUNT) if name else None

    real = registry.get
    monkeypatch.setattr(
        asking_names, "registry",
        SimpleNamespace(
            keys=registry.keys,
            get=lambda key: replace(connector, profile=profile) if key == "messenger" else real(key),
        ),
    )  # fmt: skip
    return played


def test_a_name_that_is_told_stands_everywhere(wrote, network, now):
    case = wrote("1")
    version, hints = Ticket.objects.get(pk=case.pk).version, Hint.objects.count()
    network.names["1"] = "Kari Berg"

    assert ask_names(now=now) == 1

    case.refresh_from_db()
    assert (case.customer_name, Customer.objects.get().name, case.version) == ("Kari Berg", "Kari Berg", version + 1)
    assert Hint.objects.count() == hints + 1
    assert ask_names(now=now) == 0


def test_a_name_is_masked_as_any_is(wrote, network, now):
    wrote("1")
    network.names["1"] = "Kari 912 34 567"
    ask_names(now=now)
    assert "912" not in Customer.objects.get().name


def test_whom_the_network_does_not_tell_of_is_left_alone_for_long(wrote, network, now):
    wrote("1")
    network.fails["1"] = errors.Rejected(errors.RejectReason.NOT_ALLOWED)
    wrote("2")
    assert ask_names(now=now) == 2
    for later in (timedelta(hours=2), timedelta(days=89)):
        ask_names(now=now + later)
    assert sorted(network.asked) == ["1", "2"]
    ask_names(now=now + NOT_TOLD)
    assert sorted(network.asked) == ["1", "1", "2", "2"]


def test_only_so_many_at_once_and_the_new_ones_first(wrote, network, now):
    for number in range(AT_ONCE + 2):
        wrote(str(number))
    assert ask_names(now=now) == AT_ONCE
    assert network.asked == ["6", "5", "4", "3", "2"]
    assert ask_names(now=now) == 2


def test_a_channel_that_is_limited_rests_and_nobody_is_forgotten(wrote, network, now):
    wrote("1")
    wrote("2")
    network.fails["2"] = errors.RateLimited(600)
    assert ask_names(now=now) == 0
    assert Account.objects.get(channel__platform="messenger").health == "limited"
    assert ask_names(now=now + timedelta(minutes=5)) == 0
    assert network.asked == ["2"]
    network.fails.clear()
    Account.objects.update(health="ok", held_until=None)
    assert ask_names(now=now + AFTER_FAULT) == 2


def test_a_dead_token_holds_the_channel(wrote, network, now):
    wrote("1")
    network.fails["1"] = errors.NeedsReconnect(code="190")
    ask_names(now=now)
    assert Account.objects.get(channel__platform="messenger").health == "reconnect"
    assert ask_names(now=now + timedelta(days=1)) == 0


def test_who_has_a_name_or_none_to_ask_for_is_not_asked_about(wrote, network, now):
    wrote("1", "Per")
    Identity.objects.create(customer=Customer.objects.create(created_at=now), platform="messenger", scope=ACCOUNT,
                            external_key="unknown:root")  # fmt: skip
    Identity.objects.create(customer=Customer.objects.create(created_at=now), platform="facebook", scope=ACCOUNT,
                            external_key="9")  # fmt: skip
    assert (ask_names(now=now), network.asked) == (0, [])


def test_a_worker_that_dies_asks_no_more_often(wrote, network, now):
    wrote("1")
    network.fails["1"] = PowerCut()
    with pytest.raises(PowerCut):
        ask_names(now=now)
    assert ask_names(now=now + timedelta(minutes=59)) == 0
    network.fails.clear()
    network.names["1"] = "Kari"
    assert ask_names(now=now + AFTER_FAULT) == 1
