"""The facts about e-mail."""

from datetime import date

from connectors.kit.manifest import (
    Action,
    Arrival,
    AttachmentLimit,
    Auth,
    Inbound,
    Letter,
    Limits,
    Manifest,
    Setting,
)
from connectors.kit.marks import gettext_noop
from connectors.kit.textfit import TextLimit, TextUnit

SECURITY = ("tls", "starttls", "none")
PROVIDERS = ("", "google", "microsoft")
YES_NO = ("yes", "no")


def _account(
    name: str,
    label: str,
    *,
    secret: bool = False,
    default: str | None = None,
    choices: tuple[str, ...] = (),
    where: str = "",
    choice_labels: tuple[str, ...] = (),
    seldom: bool = False,
) -> Setting:
    """A setting of the account; one with a default may be left empty."""
    optional = default is not None
    return Setting(
        name,
        label,
        secret=secret,
        kept_by="account",
        optional=optional,
        default=default or "",
        choices=choices,
        where=where,
        choice_labels=choice_labels,
        seldom=seldom,
    )


MANIFEST = Manifest(
    key="email",
    name="E-mail",
    family="email",
    auth=Auth.PASSWORD,
    hosts=frozenset({"oauth2.googleapis.com", "login.microsoftonline.com"}),
    receives=frozenset({Inbound.MESSAGES, Inbound.MENTIONS, Inbound.RECEIPTS}),
    not_received={
        Inbound.COMMENTS: gettext_noop("A mail is a message of its own; nothing is written under it."),
        Inbound.POSTS: gettext_noop("There is no public page on which a mail could stand."),
        Inbound.REVIEWS: gettext_noop("Reviews that a service mails to you come in as messages."),
        Inbound.REACTIONS: gettext_noop("A reaction in a mail program arrives as a mail, and is read as one."),
        Inbound.EDITS: gettext_noop("A mail that was sent cannot be changed by its sender."),
        Inbound.DELETIONS: gettext_noop("Senders cannot take a mail back; requests to do so are ignored."),
        Inbound.HIDES: gettext_noop("Moving a mail to another folder says nothing about the case."),
    },
    arrives_by=frozenset({Arrival.POLL, Arrival.STREAM}),
    actions=frozenset({Action.REPLY_PRIVATE, Action.ATTACH}),
    gaps={
        Action.REPLY_PUBLIC: gettext_noop("Mail is private; there is no public place to answer in."),
        Action.EDIT: gettext_noop("A mail that was sent cannot be changed."),
        Action.DELETE: gettext_noop("A mail that was sent cannot be taken back from its reader."),
        Action.HIDE: gettext_noop("Mail is private: nobody else could see it in the first place."),
        Action.UNHIDE: gettext_noop("Mail is private: there is nothing hidden to show again."),
        Action.LIKE: gettext_noop("Mail has no likes; a short answer says the same."),
        Action.UNLIKE: gettext_noop("Mail has no likes that could be taken back."),
        Action.BLOCK: gettext_noop("Senders are blocked in the filters of the mail server."),
        Action.TAKE_OVER: gettext_noop("A mailbox has no owner of a conversation: every program may answer."),
        Action.HAND_BACK: gettext_noop("A mailbox has no owner of a conversation: there is nothing to hand back."),
    },
    limits=Limits(
        private_text=TextLimit(50_000, TextUnit.CHARS),
        attachments=AttachmentLimit(count=20, max_bytes=20 * 1024 * 1024, mime_types=frozenset({"*/*"})),
    ),
    letter=Letter(max_recipients=50),
    idempotent_sends=False,
    poll_seconds=60,
    required_settings=(
        Setting(
            "external_id",
            gettext_noop("Mail address"),
            secret=False,
            kept_by="channel",
            where=gettext_noop("What customers write to; answers come from it."),
        ),
        Setting(
            "name",
            gettext_noop("Sender name"),
            secret=False,
            kept_by="channel",
            where=gettext_noop("What customers read beside the address."),
        ),
        _account(
            "imap_host",
            gettext_noop("IMAP server"),
            where=gettext_noop("Where mail is fetched, as the provider names it: imap.example.com"),
        ),
        _account("imap_port", gettext_noop("IMAP port"), default="993", seldom=True),
        _account(
            "imap_security",
            gettext_noop("IMAP encryption"),
            default="tls",
            choices=SECURITY,
            choice_labels=(
                gettext_noop("TLS from the start"),
                gettext_noop("STARTTLS"),
                gettext_noop("None, on this machine only"),
            ),
        ),
        _account("smtp_host", gettext_noop("SMTP server"), where=gettext_noop("Where mail is sent: smtp.example.com")),
        _account("smtp_port", gettext_noop("SMTP port"), default="587", seldom=True),
        _account(
            "smtp_security",
            gettext_noop("SMTP encryption"),
            default="starttls",
            choices=SECURITY,
            choice_labels=(
                gettext_noop("TLS from the start"),
                gettext_noop("STARTTLS"),
                gettext_noop("None, on this machine only"),
            ),
        ),
        _account("username", gettext_noop("User name, where it is not the mail address"), default=""),
        _account(
            "password",
            gettext_noop("Password"),
            secret=True,
            default="",
            where=gettext_noop("Many providers want an app password here. Leave it empty with a sign-in service."),
        ),
        _account(
            "provider",
            gettext_noop("Sign-in service, instead of a password"),
            default="",
            choices=PROVIDERS,
            choice_labels=(gettext_noop("None: a password"), "Google", "Microsoft"),
        ),
        _account("tenant", gettext_noop("Directory (tenant) ID"), default="common", seldom=True),
        _account("client_id", gettext_noop("Client ID"), default="", seldom=True),
        _account("client_secret", gettext_noop("Client secret"), secret=True, default="", seldom=True),
        _account("refresh_token", gettext_noop("Refresh token"), secret=True, default="", seldom=True),
        _account(
            "folders",
            gettext_noop("Folders to read, with commas between them"),
            default="INBOX",
            where=gettext_noop("All new mail of these folders becomes cases."),
        ),
        _account(
            "sent_folder",
            gettext_noop("Folder of sent mail, where the server does not name it"),
            default="",
            seldom=True,
        ),
        _account(
            "keep_sent",
            gettext_noop("Keep a copy of answers in the sent folder"),
            default="yes",
            choices=YES_NO,
            choice_labels=(gettext_noop("Yes"), gettext_noop("No")),
            seldom=True,
        ),
        _account(
            "tag_replies",
            gettext_noop("Ask for replies at an address with a tag"),
            default="no",
            choices=YES_NO,
            choice_labels=(gettext_noop("Yes"), gettext_noop("No")),
            seldom=True,
        ),
    ),
    sources=(
        "https://www.rfc-editor.org/rfc/rfc3501",
        "https://www.rfc-editor.org/rfc/rfc5321",
        "https://www.rfc-editor.org/rfc/rfc5322",
        "https://developers.google.com/workspace/gmail/imap/xoauth2-protocol",
        "https://learn.microsoft.com/en-us/exchange/client-developer/legacy-protocols/"
        "how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth",
    ),
    checked=date(2026, 11, 21),
)
