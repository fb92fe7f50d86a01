"""The facts about Facebook Pages."""

from datetime import date, timedelta

from connectors.kit.manifest import Action, Arrival, Auth, Inbound, Limits, Manifest, RateLimit, Recheck, Setting
from connectors.kit.marks import gettext_noop
from connectors.kit.meta_settings import APP_SETTINGS
from connectors.kit.textfit import TextLimit, TextUnit

# The scopes each kind of call needs; an answer without them says which to ask for.
READ_SCOPES = ("pages_read_engagement", "pages_read_user_content")
ENGAGE_SCOPES = ("pages_manage_engagement",)
MESSAGE_SCOPES = ("pages_messaging",)
FIELDS = frozenset({"feed", "mention"})  # what the page sends us

MANIFEST = Manifest(
    key="facebook",
    name="Facebook",
    family="meta",
    auth=Auth.ACCESS_TOKEN,
    hosts=frozenset({"graph.facebook.com"}),
    receives=frozenset(
        {
            Inbound.COMMENTS,
            Inbound.POSTS,
            Inbound.MENTIONS,
            Inbound.REACTIONS,
            Inbound.EDITS,
            Inbound.DELETIONS,
            Inbound.HIDES,
        }
    ),
    not_received={
        Inbound.MESSAGES: gettext_noop("Private messages to a page come through the Messenger channel."),
        Inbound.RECEIPTS: gettext_noop("Facebook does not tell who has read a comment."),
        Inbound.REVIEWS: gettext_noop("Facebook closed ratings and recommendations to other programs in 2025."),
    },
    arrives_by=frozenset({Arrival.WEBHOOK, Arrival.POLL}),
    actions=frozenset(
        {
            Action.REPLY_PUBLIC,
            Action.REPLY_PRIVATE,
            Action.HIDE,
            Action.UNHIDE,
            Action.DELETE,
            Action.LIKE,
            Action.UNLIKE,
        }
    ),
    gaps={
        Action.ATTACH: gettext_noop("Facebook fetches a picture from a public address, and ours are not public."),
        Action.EDIT: gettext_noop("A sent answer is not changed: delete it and write a new one."),
        Action.BLOCK: gettext_noop("People are banned from a page on Facebook itself."),
        Action.TAKE_OVER: gettext_noop(
            "What is under a post has one program only: conversations are taken over on Messenger."
        ),
        Action.HAND_BACK: gettext_noop(
            "What is under a post has one program only: conversations are handed back on Messenger."
        ),
    },
    limits=Limits(
        public_text=TextLimit(8000, TextUnit.CHARS),
        private_text=TextLimit(2000, TextUnit.CHARS),
        private_window=timedelta(days=7),
        private_replies_per_message=1,
    ),
    rate_limits=(
        RateLimit(gettext_noop("4800 calls for each person active on the page, in 24 hours"), None, 24 * 3600),
    ),
    idempotent_sends=False,
    recheck=Recheck(every=timedelta(hours=24), within=timedelta(days=14), batch=1, open_only=True),
    private_platform="messenger",
    required_settings=(
        Setting(
            "external_id",
            gettext_noop("Page ID"),
            secret=False,
            kept_by="channel",
            where=gettext_noop("A number, under “About” on the page, in “Page transparency”."),
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
    required_scopes=("pages_show_list", "pages_manage_metadata", *READ_SCOPES, *ENGAGE_SCOPES, *MESSAGE_SCOPES),
    console="https://developers.facebook.com/apps/",
    access_note=gettext_noop(
        "The app must be live and approved for these permissions; else only people with a role on it are heard."
    ),
    scoped_people=True,
    sources=(
        "https://developers.facebook.com/docs/graph-api/webhooks/reference/page/",
        "https://developers.facebook.com/docs/graph-api/changelog/version26.0/",
        "https://developers.facebook.com/docs/graph-api/guides/error-handling/",
    ),
    test_note=gettext_noop(
        "A comment of the page's own would be seen by all. Instead the self-test asks Facebook what this "
        "token may read and write, and where news go."
    ),
    checked=date(2026, 11, 20),
)
