"""Instagram: comments, mentions and private conversations of a professional account, in and out."""

from connectors.kit import meta_webhooks
from connectors.kit.base import Connector

from .client import moderate, profile, read, recheck, send, watch
from .login import refresh
from .manifest import MANIFEST
from .parse import parse
from .poll import poll
from .selftest import self_test

connector = Connector(
    manifest=MANIFEST,
    challenge=meta_webhooks.challenge,
    verify=meta_webhooks.verify,
    parse=parse,
    poll=poll,
    send=send,
    moderate=moderate,
    profile=profile,
    refresh=refresh,
    recheck=recheck,
    watch=watch,
    signed_person=meta_webhooks.signed_person,
    read=read,
    self_test=self_test,
)
