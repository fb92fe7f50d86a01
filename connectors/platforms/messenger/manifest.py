"""The facts about Messenger conversations of a Facebook page."""

from datetime import date, timedelta

from connectors.kit.manifest import (
    Action,
    Arrival,
    AttachmentLimit,
    Auth,
    Inbound,
    Limits,
    Manifest,
    RateLimit,
    Setting,
)
from connectors.kit.marks import gettext_noop
from connectors.kit.meta_settings import APP_SETTINGS
from connectors.kit.textfit import TextLimit, TextUnit

SCOPES = ("pages_messaging",)
FIELDS = frozenset(
    {
        *("messages", "message_echoes", "message_edits", "message_reactions", "message_reads", "message_deliveries"),
        *("messaging_postbacks", "messaging_handovers", "standby"),
    }
)

MANIFEST = Manifest(
    key="messenger",
    name="Messenger",
    family="meta",
    auth=Auth.ACCESS_TOKEN,
    hosts=frozenset({"graph.facebook.com"}),
    receives=frozenset(
        {Inbound.MESSAGES, Inbound.REACTIONS, Inbound.RECEIPTS, Inbound.EDITS, Inbound.DELETIONS},
    ),
    not_received={
        Inbound.COMMENTS: gettext_noop("Comments on a page come through the Facebook channel."),
        Inbound.POSTS: gettext_noop("Posts on a page come through the Facebook channel."),
        Inbound.MENTIONS: gettext_noop("Mentions of a page come through the Facebook channel."),
        Inbound.REVIEWS: gettext_noop("Facebook closed ratings and recommendations to other programs in 2025."),
        Inbound.HIDES: gettext_noop("A private message is seen by two sides only and cannot be hidden."),
    },
    arrives_by=frozenset({Arrival.WEBHOOK, Arrival.POLL}),
    actions=frozenset({Action.REPLY_PRIVATE, Action.ATTACH, Action.TAKE_OVER, Action.HAND_BACK}),
    gaps={
        Action.REPLY_PUBLIC: gettext_noop("A conversation on Messenger is private."),
        Action.EDIT: gettext_noop("Messenger does not let pages change what they have sent."),
        Action.DELETE: gettext_noop("Messenger does not let pages take back what they have sent."),
        Action.HIDE: gettext_noop("A private message is seen by two sides only and cannot be hidden."),
        Action.UNHIDE: gettext_noop("A private message is seen by two sides only and cannot be hidden."),
        Action.LIKE: gettext_noop("A reaction of the page to a message is not offered here."),
        Action.UNLIKE: gettext_noop("A reaction of the page to a message is not offered here."),
        Action.BLOCK: gettext_noop("People are blocked in the page's inbox on Facebook itself."),
    },
    limits=Limits(
        private_text=TextLimit(2000, TextUnit.CHARS),
        attachments=AttachmentLimit(
            count=10,
            max_bytes=8 * 1024 * 1024,
            mime_types=frozenset(
                {"image/jpeg", "image/png", "image/gif", "video/mp4", "audio/mpeg", "audio/mp4", "application/pdf"}
            ),
        ),
        private_window=timedelta(days=7),
        unaided_window=timedelta(hours=24),
    ),
    rate_limits=(RateLimit(gettext_noop("300 texts a second for each page"), 300, 1),),
    idempotent_sends=False,
    asks_names=True,
    required_settings=(
        Setting(
            "external_id",
            gettext_noop("Page ID"),
            secret=False,
            kept_by="channel",
            where=gettext_noop("The number of the page whose messages these are, in “Page transparency”."),
        ),
        Setting(
            "name",
            gettext_noop("Page name"),
            secret=False,
            kept_by="channel",
            where=gettext_noop("As colleagues should see it here."),
        ),
        *APP_SETTINGS,
        Setting(
            "access_token",
            gettext_noop("Page access token"),
            secret=True,
            kept_by="account",
            where=gettext_noop("Of a person or system user who manages it, with all permissions listed here."),
        ),
    ),
    required_scopes=("pages_show_list", "pages_manage_metadata", "pages_read_engagement", *SCOPES),
    console="https://developers.facebook.com/apps/",
    access_note=gettext_noop(
        "The app must be live and approved for these permissions; else only people with a role on it are heard."
    ),
    scoped_people=True,
    sources=(
        "https://developers.facebook.com/docs/messenger-platform/webhooks/",
        "https://developers.facebook.com/docs/messenger-platform/send-messages/",
        "https://developers.facebook.com/docs/messenger-platform/policy/policy-overview/",
    ),
    test_note=gettext_noop(
        "A page cannot write to itself, and only answers who wrote first. Instead the self-test asks Meta "
        "what this token may read and write, and where news go."
    ),
    checked=date(2026, 11, 20),
)
