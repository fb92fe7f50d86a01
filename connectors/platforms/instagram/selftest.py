"""What can be found out about a connected Instagram account, in either of the two ways to sign in."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.kit.base import Account
from connectors.kit.http import path_segment
from connectors.kit.marks import gettext_noop
from connectors.kit.meta_graph import GRAPH_HOST
from connectors.kit.meta_selftest import Look, examine_graph, resumed
from connectors.kit.selftest import Finding, note, well

from .client import watch
from .login import login_of, reader
from .manifest import MANIFEST


def self_test(account: Account, webhook_path: str) -> Iterator[Finding]:
    """Through a page all is seen; with a login of its own an account is asked for itself and its news alone."""
    graph = reader(account)
    if login_of(account).host == GRAPH_HOST:
        look = Look("instagram", MANIFEST.required_scopes, watch, of_page=False)
        yield from examine_graph(account, graph, webhook_path, look)
        return
    told = graph.read(path_segment(account.external_id), fields="id,username")
    yield well("signed_in", name=told.text("username") or account.name)
    yield note("webhook_unseen", setting=gettext_noop("a sign-in through Facebook"))
    yield from resumed(account, watch)
