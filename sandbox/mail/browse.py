"""The page that people look at: the mailbox, and what the people of the town got from it."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape

from sandbox.mail.office import PostOffice
from sandbox.mail.quoting import read_mail
from sandbox.mail.site import ADDRESS

_SHOWN = 40


def mailbox_link(office: PostOffice) -> str:
    """The mailbox in the list of simulated places."""
    count = len(office.folders.get("INBOX").messages)
    return (
        f'<ul class="pages"><li><a href="/email/{ADDRESS}">{ADDRESS}</a> <small>mailbox, {count} in the inbox; '
        f"IMAP on port {office.site.imap_port}, SMTP on port {office.site.smtp_port}</small></li></ul>"
    )


def mailbox_html(office: PostOffice) -> str:
    """The newest mails of each folder, then what people got, newest first."""
    parts = [f"<h1>{ADDRESS}</h1>"]
    for name in office.folders.names():
        kept = list(office.folders.get(name).messages.values())[-_SHOWN:]
        mails = "".join(_mail(office, each.file, each.at) for each in reversed(kept))
        parts.append(f"<h2>{escape(name)}</h2>{mails or '<p>Nothing here.</p>'}")
    got = office.received()[-_SHOWN:]
    sent = "".join(_mail(office, row["file"], row["at"], to=row["address"]) for row in reversed(got))
    parts.append(f"<h2>What people got</h2>{sent or '<p>Nothing yet.</p>'}")
    return "".join(parts)


def _mail(office: PostOffice, file: str, at: float, to: str = "") -> str:
    read = read_mail(office.site.read(file))
    stamp = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%MZ")
    towards = f" to <b>{escape(to)}</b>" if to else ""
    return (
        f"<article><header><b>{escape(read.name)}</b> &lt;{escape(read.address)}&gt;{towards} "
        f'<time datetime="{stamp}">{stamp[:16].replace("T", " ")}</time><br><b>{escape(read.subject)}</b></header>'
        f'<p class="text">{escape(read.text[:4000])}</p></article>'
    )
