"""Messenger: private conversations with a Facebook page, in and out."""

from connectors.kit import meta_webhooks
from connectors.kit.base import Connector

from .client import moderate, poll, profile, refresh, send, watch
from .manifest import MANIFEST
from .parse import parse
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
    watch=watch,
    signed_person=meta_webhooks.signed_person,
    self_test=self_test,
)
