"""E-mail: IMAP in, by poll and by IDLE; SMTP out."""

from connectors.kit.base import Connector

from .absent import moderate, profile, verify
from .compose import fixed_id
from .idle import listen
from .imap import poll
from .manifest import MANIFEST
from .oauth import refresh
from .parse import parse
from .selftest import self_test, test_message
from .smtp import send

connector = Connector(
    manifest=MANIFEST,
    verify=verify,
    parse=parse,
    poll=poll,
    listen=listen,
    send=send,
    moderate=moderate,
    profile=profile,
    refresh=refresh,
    fixed_id=fixed_id,
    self_test=self_test,
    test_message=test_message,
)
