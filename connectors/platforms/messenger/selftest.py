"""What can be found out about the page behind a Messenger channel."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.kit.base import Account
from connectors.kit.meta_graph import Graph
from connectors.kit.meta_selftest import Look, examine_graph
from connectors.kit.selftest import Finding

from .client import watch
from .manifest import MANIFEST, SCOPES


def self_test(account: Account, webhook_path: str) -> Iterator[Finding]:
    """Sign-in, app secret, permissions, the app's webhook, and whether the page sends its news."""
    graph = Graph(account, repeatable=True, needs=SCOPES)
    return examine_graph(account, graph, webhook_path, Look("page", MANIFEST.required_scopes, watch))
