"""The shape every platform folder has: what goes in, what comes out, and the nine functions of a connector."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from tickets.intake.items import AnyItem, Recipient, Visibility

from .errors import NeedsReconnect, Unsupported
from .manifest import Action, Manifest
from .selftest import SelfTest
from .sign_in import SignIn

if TYPE_CHECKING:
    import requests

Cursor = dict[str, Any]  # what json can hold; only the platform that made it looks inside


def utc_now() -> datetime:
    """The present moment, aware UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class RawRequest:
    """Bytes as they reached us: a webhook request, or a piece that `poll` or `listen` has fetched.

    `headers` have lower-case names; of a fetched piece they are its `Raw.facts`. `received_at` is aware UTC.
    `account_external_id` and `app_secret` are of the account a piece was fetched for, else empty.
    """

    method: str
    headers: Mapping[str, str]
    query: Mapping[str, list[str]]
    body: bytes = field(repr=False)
    received_at: datetime
    account_external_id: str = ""
    app_secret: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if self.received_at.tzinfo is None:
            raise ValueError("received_at must be aware")


@dataclass(frozen=True, slots=True)
class Secrets:
    """What one webhook endpoint shares with the platform."""

    app_secret: str = field(repr=False)
    verify_token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What to answer a handshake with."""

    status: int
    body: bytes = b""
    content_type: str = "text/plain"


@dataclass(frozen=True, slots=True)
class Account:
    """One connected page, handle, mailbox or number, with what is needed to call the platform for it.

    `session` is made by `kit.http.session_for`; `base_url` points at a simulated platform, None at the real one.
    `name` is what the channel is called. `app_secret` is the endpoint's; for an account without webhooks it is a random
    one of our own, to sign with what must be recognised when it comes back.
    """

    external_id: str
    credentials: Mapping[str, str] = field(repr=False)
    app_secret: str = field(repr=False)
    base_url: str | None
    session: requests.Session = field(repr=False)
    clock: Callable[[], datetime] = field(default=utc_now, repr=False)
    name: str = ""


@dataclass(frozen=True, slots=True)
class OutgoingFile:
    """A file that goes out; `mime` is what its bytes are."""

    name: str
    mime: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingPart:
    """One piece to send. `target_external_id` is what it answers; `client_key` makes a repeat recognisable.

    Only where the manifest has a `letter`: subject, recipients, `references` (the external ids of the thread's messages
    up to the one answered, oldest first), and files in the same piece as the text. Elsewhere a file is a piece of its
    own, with `files` holding that one. `thread_root` is empty for a private answer to something public; `recipient` is
    then the id of who wrote that, where it is no contact value and is known. `made_at` is when the colleague wrote it,
    `heard_at` when the customer last wrote in a private thread before; aware UTC.
    """

    kind: Literal["text", "attachment"]
    text: str = field(default="", repr=False)
    target_external_id: str = ""
    thread_root: str = ""
    recipient: str = ""
    visibility: Visibility = "public"
    client_key: str = ""
    subject: str = field(default="", repr=False)
    recipients: tuple[Recipient, ...] = field(default=(), repr=False)
    references: tuple[str, ...] = ()
    signature: str = field(default="", repr=False)
    files: tuple[OutgoingFile, ...] = field(default=(), repr=False)
    made_at: datetime | None = None
    heard_at: datetime | None = None

    def __post_init__(self) -> None:
        # A lone surrogate cannot be encoded, and the failure would hold the whole text.
        object.__setattr__(self, "text", self.text.encode("utf-8", "ignore").decode("utf-8"))

    @property
    def action(self) -> Action:
        """What a platform must offer to send this."""
        if self.kind == "attachment":
            return Action.ATTACH
        return Action.REPLY_PRIVATE if self.visibility == "private" else Action.REPLY_PUBLIC


@dataclass(frozen=True, slots=True)
class Receipt:
    """The platform took it: its id there and its time.

    `recipient` is the person's id in the private conversation that a private reply opens.
    `pause_seconds` asks the account to rest that long, since its allowance is nearly used up.
    """

    external_id: str
    at: datetime
    recipient: str = ""
    pause_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Raw:
    """Bytes that `poll` or `listen` has fetched, to be kept whole and read by `parse` afterwards, as a webhook's are.

    `facts` are few and short, hold nothing personal, and reach `parse` as headers.
    """

    body: bytes = field(repr=False)
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Allowance:
    """What the platform counts against what is paid for: `used` of `most` (None: no bound is known) in this period.

    `unit` is what is counted, a text marked for translation.
    """

    used: int
    most: int | None
    unit: str


@dataclass(frozen=True, slots=True)
class Page:
    """One small step of a poll. Store `items`, `raw` and `cursor` together; `more` means that the pass goes on at once.

    A platform gives items where what it answers is safe to read at once, raw pieces where they must survive our own
    misreading. `unreadable` are the paths of elements left out because they were not as described.
    `next_pass_seconds` is when to begin the next pass, where the account says otherwise than the manifest.
    """

    items: tuple[AnyItem, ...]
    cursor: Cursor
    more: bool
    unreadable: tuple[str, ...] = ()
    pause_seconds: int | None = None
    raw: tuple[Raw, ...] = ()
    next_pass_seconds: int | None = None
    allowance: Allowance | None = None


@dataclass(frozen=True, slots=True)
class ProfileItem:
    """What a platform tells about a person or about our own account."""

    external_id: str
    name: str = field(default="", repr=False)
    handle: str = field(default="", repr=False)
    scope: str = ""
    profile_url: str = field(default="", repr=False)
    avatar_url: str = field(default="", repr=False)


def no_challenge(_raw: RawRequest, _secrets: Secrets) -> Answer | None:
    """For platforms without a handshake: this is an ordinary delivery."""
    return None


def no_poll(_account: Account, _cursor: Cursor | None) -> Page:
    """For platforms that only push."""
    raise Unsupported("poll")


def no_refresh(_account: Account) -> Mapping[str, str]:
    """For credentials that cannot be renewed without a person."""
    raise NeedsReconnect


@dataclass(frozen=True, slots=True, kw_only=True)
class Connector:
    """A platform: facts and functions. Each function raises `ConnectorError`s only.

    `challenge` gives the answer to a handshake, or None for a delivery; `verify` gives nothing or raises BadSignature;
    `parse` is pure and gives the items in a delivery, raising Unreadable. `poll` makes one call and gives one page;
    `send` and `moderate` give a receipt; `profile` gives None where the platform tells nothing;
    `refresh` gives new credentials. `listen` holds a connection open until `stop()` is true, which it asks at least
    every five seconds, and yields a raw piece that was pushed, or None for "there is news: poll now"; it keeps no
    cursor, so that what it misses is found by `poll`. `fixed_id` is pure and gives the external id a part will have,
    where we choose it: it is stored before the call. `recheck` makes one call and gives news of those messages among
    `external ids` (at most the manifest's `recheck.batch`) that no longer stand; present exactly when the manifest has
    a `recheck`.

    `watch` looks whether the platform still sends us what it should, starts it again where it does not, and says
    whether it had to; it is called at most once an hour. `read` gives what a webhook only named. `signed_person` gives
    the person that a signed request of the platform is about (to erase their data, or that they left), or raises
    BadSignature.

    `subscribe` makes the platform send the account's news to an address of ours: it registers and asks for what is
    missing, says whether anything was, and may be called at any time and after any break. It takes the address from
    another program only when told to (its third argument), and raises Rejected with the code of a finding where the
    platform or a setting stands in the way.

    `self_test` yields what a platform lets us find out about the account and our address there (see `kit.selftest`).
    `sign_in` is the platform's own door for people, where it has one. `test_message` sends a short text to the account
    itself, where that is seen by nobody else.
    """

    manifest: Manifest
    verify: Callable[[RawRequest, Secrets], None]
    parse: Callable[[RawRequest], list[AnyItem]]
    send: Callable[[Account, OutgoingPart], Receipt]
    moderate: Callable[[Account, Action, str], Receipt]
    profile: Callable[[Account, str], ProfileItem | None]
    challenge: Callable[[RawRequest, Secrets], Answer | None] = no_challenge
    poll: Callable[[Account, Cursor | None], Page] = no_poll
    refresh: Callable[[Account], Mapping[str, str]] = no_refresh
    listen: Callable[[Account, Callable[[], bool]], Iterator[Raw | None]] | None = None
    fixed_id: Callable[[Account, OutgoingPart], str] | None = None
    recheck: Callable[[Account, Sequence[str]], Sequence[AnyItem]] | None = None
    watch: Callable[[Account], bool] | None = None
    subscribe: Callable[[Account, str, bool], bool] | None = None
    read: Callable[[Account, str], list[AnyItem]] | None = None
    signed_person: Callable[[str, Secrets], str] | None = None
    self_test: SelfTest | None = None
    sign_in: SignIn | None = None
    test_message: Callable[[Account, str], Receipt] | None = None

    def __post_init__(self) -> None:
        if (self.recheck is None) != (self.manifest.recheck is None):
            raise ValueError(f"connector of {self.manifest.key}: recheck")
