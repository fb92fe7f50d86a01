"""`manage.py audit verify [--json] [--head "…"]` and `manage.py audit head [--json]`"""

from __future__ import annotations

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.audit.chain import Head, Verdict, get_head, read_head, seal_entries, verify_chain
from core.clock import now


class Command(BaseCommand):
    """Walk the audit chain, or print its signed end to keep elsewhere."""

    help = "audit verify: is the audit log as it was written? audit head: the signed end of it, to keep elsewhere"

    def add_arguments(self, parser: CommandParser) -> None:
        """What to do; for verify also a head kept from before."""
        parser.add_argument("action", choices=["verify", "head"])
        parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
        parser.add_argument("--head", action="append", default=[], help="a line that `audit head` printed earlier")

    def handle(self, *args: Any, **options: Any) -> None:
        """Exits with 1 when the chain does not hold."""
        if options["action"] == "head":
            self._print_head(options["json"])
            return
        verdict = verify_chain(kept=[_kept(line) for line in options["head"]])
        self.stdout.write(json.dumps(_facts(verdict)) if options["json"] else _sentences(verdict))
        if not verdict.holds:
            sys.exit(1)

    def _print_head(self, as_json: bool) -> None:
        seal_entries(now=now())
        head = get_head()
        if head is None:
            raise CommandError("The audit log is empty.")
        facts = {"day": str(head.day), "seq": head.seq, "hash": head.hash.hex(), "signature": head.signature.hex()}
        self.stdout.write(json.dumps(facts) if as_json else head.line())


def _kept(line: str) -> Head:
    try:
        return read_head(line)
    except ValueError:
        raise CommandError("A head is four words: day, row, hash and signature, as `audit head` prints them.") from None


def _facts(verdict: Verdict) -> dict[str, Any]:
    return {
        "ok": verdict.holds,
        "sealed": verdict.sealed,
        "unsealed": verdict.unsealed,
        "head": verdict.head_hash,
        "fault": verdict.fault or None,
        "bad_seq": verdict.bad_seq,
        "bad_id": verdict.bad_id,
    }


def _sentences(verdict: Verdict) -> str:
    counts = f"{verdict.sealed} rows are sealed, {verdict.unsealed} wait to be."
    if not verdict.holds:
        return f"The audit log does not hold. {verdict.fault}\n{counts}"
    return f"The audit log holds. {counts}\nHead: {verdict.head_hash}"
