"""The made-up platform of `sending_story`, in the registry, and a customer's question on it."""

import sys
from dataclasses import replace
from types import SimpleNamespace

import pytest

from connectors.kit import registry
from connectors.kit.base import Connector
from connectors.operations.channels import add_channel
from core.actors import SYSTEM
from core.events import react
from tests.property.sending_story import PAGE, Clock, Network, said, trap
from tickets.events import TicketsChanged
from tickets.intake.apply import apply_items
from tickets.models import Message


@pytest.fixture
def network(monkeypatch, now):
    """The made-up platform in the registry, under the key "toy"."""
    played = Network()
    played.now = clock = Clock(now)
    facebook = registry.get("facebook")
    manifest = replace(facebook.manifest, key="toy", name="Toy", family="toy")
    connector = Connector(
        manifest=manifest, verify=facebook.verify, parse=facebook.parse, send=played.send,
        moderate=facebook.moderate, profile=facebook.profile, recheck=facebook.recheck,
    )  # fmt: skip
    monkeypatch.setitem(registry._PLATFORMS, "toy", "toy_platform_of_this_test")
    monkeypatch.setitem(sys.modules, "toy_platform_of_this_test", SimpleNamespace(connector=connector))
    monkeypatch.setattr("connectors.operations.sending.clock_now", clock)
    react(TicketsChanged, trap)
    registry.get.cache_clear()
    yield played
    registry.get.cache_clear()
    trap.times = 0


@pytest.fixture
def case(network, lead, teams, now):
    """A customer's question on the made-up platform, and whoever answers."""
    values = {"external_id": PAGE, "name": "Toy page", "app_secret": "a", "verify_token": "v", "access_token": "t"}
    add_channel(actor=SYSTEM, platform="toy", values=values, now=now)
    apply_items([said(network, "in_1", "Missä tilaus?", ours=False, at=now)], now=now)
    message = Message.objects.get()
    return SimpleNamespace(ticket=message.ticket_id, thread=message.thread_id, actor=lead)
