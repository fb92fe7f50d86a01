"""The facts about Instagram professional accounts."""

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
    Recheck,
    Setting,
)
from connectors.kit.marks import gettext_noop
from connectors.kit.meta_settings import APP_SETTINGS
from connectors.kit.textfit import TextLimit, TextUnit

# An account is reached through the Facebook page it is linked to, or by its own login; scopes and host follow from it.
FACEBOOK_LOGIN, INSTAGRAM_LOGIN = "facebook", "instagram"

MANIFEST = Manifest(
    key="instagram",
    name="Instagram",
    family="meta",
    auth=Auth.ACCESS_TOKEN,
    hosts=frozenset({"graph.facebook.com", "graph.instagram.com"}),
    receives=frozenset(
        {
            Inbound.COMMENTS,
            Inbound.POSTS,
            Inbound.MENTIONS,
            Inbound.MESSAGES,
            Inbound.REACTIONS,
            Inbound.RECEIPTS,
            Inbound.EDITS,
            Inbound.DELETIONS,
            Inbound.HIDES,
        }
    ),
    not_received={Inbound.REVIEWS: gettext_noop("Instagram has no reviews of companies.")},
    arrives_by=frozenset({Arrival.WEBHOOK, Arrival.POLL}),
    actions=frozenset(
        {
            Action.REPLY_PUBLIC,
            Action.REPLY_PRIVATE,
            Action.ATTACH,
            Action.HIDE,
            Action.UNHIDE,
            Action.DELETE,
            Action.TAKE_OVER,
            Action.HAND_BACK,
        }
    ),
    gaps={
        Action.EDIT: gettext_noop("Nobody can change a comment or message on Instagram after it was sent."),
        Action.LIKE: gettext_noop("Instagram does not let other programs like comments."),
        Action.UNLIKE: gettext_noop("Instagram does not let other programs like comments."),
        Action.BLOCK: gettext_noop("People are blocked in the Instagram app itself."),
    },
    limits=Limits(
        public_text=TextLimit(2200, TextUnit.CHARS),
        private_text=TextLimit(1000, TextUnit.BYTES),
        attachments=AttachmentLimit(
            count=10,
            max_bytes=8 * 1024 * 1024,
            mime_types=frozenset(
                {"image/jpeg", "image/png", "video/mp4", "audio/mpeg", "audio/mp4", "application/pdf"}
            ),
            public=False,
        ),
        private_window=timedelta(days=7),
        private_replies_per_message=1,
        unaided_window=timedelta(hours=24),
    ),
    rate_limits=(
        RateLimit(gettext_noop("750 private answers to comments an hour"), 750, 3600),
        RateLimit(gettext_noop("100 texts a second"), 100, 1),
        RateLimit(gettext_noop("4800 calls for each time the account was seen, in 24 hours"), None, 24 * 3600),
    ),
    idempotent_sends=False,
    recheck=Recheck(every=timedelta(hours=24), within=timedelta(days=14), batch=1, open_only=True),
    asks_names=True,
    private_platform="instagram",
    required_settings=(
        Setting(
            "external_id",
            gettext_noop("Account ID"),
            secret=False,
            kept_by="channel",
            where=gettext_noop("A number, in the Graph API as instagram_business_account of your page."),
        ),
        Setting(
            "name",
            gettext_noop("Account name"),
            secret=False,
            kept_by="channel",
            where=gettext_noop("As colleagues should see it here."),
        ),
        *APP_SETTINGS,
        Setting(
            "access_token",
            gettext_noop("Access token"),
            secret=True,
            kept_by="account",
            where=gettext_noop("Of a person or system user who manages it, with all permissions listed here."),
        ),
        Setting(
            "login",
            gettext_noop("Signed in through"),
            secret=False,
            kept_by="account",
            optional=True,
            default=FACEBOOK_LOGIN,
            choices=(FACEBOOK_LOGIN, INSTAGRAM_LOGIN),
            choice_labels=(gettext_noop("The Facebook page it belongs to"), gettext_noop("Instagram itself")),
            where=gettext_noop("In which of Meta's two ways the token was made."),
        ),
        Setting(
            "expires_at",
            gettext_noop("Access token valid until (date and time, UTC)"),
            secret=False,
            kept_by="account",
            optional=True,
            seldom=True,
            where=gettext_noop("Only for a token made through Instagram itself, which lives for 60 days."),
        ),
    ),
    required_scopes=("instagram_basic", "instagram_manage_comments", "instagram_manage_messages", "pages_messaging"),
    console="https://developers.facebook.com/apps/",
    access_note=gettext_noop(
        "The app must be live and approved for these permissions; else only people with a role on it are heard."
    ),
    scoped_people=True,
    sources=(
        "https://developers.facebook.com/docs/instagram-platform/webhooks/",
        "https://developers.facebook.com/docs/instagram-platform/private-replies/",
        "https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/",
    ),
    refresh_ahead=timedelta(days=7),
    test_note=gettext_noop(
        "An account cannot write to itself, and only answers who wrote first. Instead the self-test asks "
        "Instagram what this token may read and write, and where news go."
    ),
    checked=date(2026, 11, 20),
)
