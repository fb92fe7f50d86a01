"""X: mentions, quotes, searched posts and direct messages in; answers, messages and hidden replies out."""

from connectors.kit.base import Connector

from .client import moderate, profile, send
from .manifest import MANIFEST
from .parse import parse
from .poll import poll
from .selftest import self_test
from .sign_in import sign_in
from .standing import recheck
from .stream import listen
from .subscribing import subscribe
from .tokens import refresh
from .webhooks import challenge, verify

connector = Connector(
    manifest=MANIFEST,
    challenge=challenge,
    verify=verify,
    parse=parse,
    poll=poll,
    send=send,
    moderate=moderate,
    profile=profile,
    refresh=refresh,
    listen=listen,
    recheck=recheck,
    self_test=self_test,
    sign_in=sign_in,
    subscribe=subscribe,
)
