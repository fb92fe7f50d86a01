"""Fixtures of every test: people, teams and a channel; nothing reaches beyond loopback."""

import socket
import uuid
from datetime import UTC, datetime

import pytest

# Left out of `make quick`: whole servers, whole trees of processes, many examples. `make test` runs everything.
SLOW = (
    "tests/operations", "tests/property", "tests/sandbox", "tests/api", "tests/contract/", "tests/mail/", "tests/x/",
    "tests/core/test_supervisor", "tests/core/test_embedded", "tests/kit/test_new_connector",
    "tests/connectors/test_side_by_side", "tests/connectors/test_network_work", "tests/connectors/test_lost_hooks",
    "tests/connectors/test_subscribing_channels", "tests/connectors/test_asking_names",
    "tests/inbox/test_live_socket", "tests/inbox/test_live_hub", "tests/inbox/test_every_endpoint",
    "tests/inbox/test_company_sign_in", "tests/privacy/test_audit_everywhere", "tests/tickets/test_take_race",
    "tests/tickets/test_view_counts", "tests/tickets/test_case_window",
    "tests/analysis/test_personal_data_properties", "tests/bench/test_bench_programs",
)  # fmt: skip


def pytest_collection_modifyitems(items):
    """Mark what takes long."""
    for item in items:
        if any(place in item.path.as_posix() for place in SLOW):
            item.add_marker(pytest.mark.slow)


LOOPBACK = ("127.", "::1", "localhost")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """After a test with real commits the tables are emptied our way."""
    from django.test import TransactionTestCase

    from tests.emptying import empty_tables

    TransactionTestCase._fixture_teardown = lambda _self: empty_tables()


@pytest.fixture(autouse=True, scope="session")
def _loopback_only():
    """A test that calls out is a test that fails elsewhere."""
    real = socket.socket.connect

    def connect(self, address):
        if self.family != socket.AF_UNIX and not str(address[0]).startswith(LOOPBACK):
            raise AssertionError("a test tried to reach beyond loopback")
        return real(self, address)

    socket.socket.connect = connect
    yield
    socket.socket.connect = real


@pytest.fixture
def now():
    """The instant at which tests happen."""
    return datetime(2026, 11, 20, 9, 0, 0, tzinfo=UTC)


@pytest.fixture
def teams(db):
    """First line and Marketing."""
    from tickets.models import Team

    return {slug: Team.objects.create(name=name, slug=slug) for slug, name in
            (("first-line", "First line"), ("marketing", "Marketing"))}  # fmt: skip


@pytest.fixture
def make_user(db):
    """Make a colleague: make_user("agent", teams["first-line"])."""
    from core.users.models import User
    from tickets.models import Membership

    def make(role="agent", *teams, name=None, **extra):
        number = User.objects.count() + 1
        user = User.objects.create(
            email=f"p{number}@havbris.example", name=name or f"Person {number}", role=role, **extra
        )
        Membership.objects.bulk_create(Membership(user=user, team=team) for team in teams)
        return user

    return make


@pytest.fixture
def agent(make_user, teams):
    """Ingrid of the first line."""
    return make_user("agent", teams["first-line"], name="Ingrid Solvang")


@pytest.fixture
def lead(make_user):
    """Mikko, who sees all."""
    return make_user("lead", name="Mikko Lahtela")


PAGE = "104000000000001"
SECRETS = {"app_secret": "app-secret", "verify_token": "verify-token", "access_token": "access-token"}


@pytest.fixture
def connected(teams, now):
    """A connected Facebook page, as `channel add` gives it; its cases go to the first line."""
    from connectors.operations.channels import add_channel
    from core.actors import SYSTEM
    from tickets.models import Brand

    Brand.objects.get_or_create(slug="havbris", defaults={"name": "Havbris"})
    return add_channel(
        actor=SYSTEM,
        platform="facebook",
        values={"external_id": PAGE, "name": "Havbris", **SECRETS},
        team_id=teams["first-line"].pk,
        now=now,
    )


@pytest.fixture
def channel(connected):
    """The channel row of the connected page."""
    from tickets.models import Channel

    return Channel.objects.get(pk=connected.id)


@pytest.fixture
def key():
    """A fresh idempotency key."""
    return uuid.uuid4
