"""The facts about X. Source: docs.x.com (changelog, pricing, posts, direct messages, webhooks), read 2026-11."""

from datetime import date, timedelta

from connectors.kit.manifest import (
    Action,
    Arrival,
    Auth,
    Inbound,
    Limits,
    Manifest,
    RateLimit,
    Recheck,
    Setting,
)
from connectors.kit.marks import gettext_noop
from connectors.kit.textfit import TextLimit, TextUnit

from .weigh import weigh

# The scopes each kind of call needs; an answer without them says which to ask for.
READ_SCOPES = ("tweet.read", "users.read")
WRITE_SCOPES = ("tweet.write",)
MODERATE_SCOPES = (*WRITE_SCOPES, "tweet.moderate.write")
MESSAGE_SCOPES = ("dm.read", "dm.write")

OAUTH2, OAUTH1 = "oauth2", "oauth1"
SUMMONED, EVERYONE, NOBODY = "summoned", "everyone", "nobody"
ACTIVITY, OLD_ACTIVITY = "activity", "account"

QUARTER_HOUR, DAY = 15 * 60, 24 * 3600
_ACCOUNT_SETTINGS = (
    Setting(
        "handle",
        gettext_noop("Handle, without @"),
        secret=False,
        kept_by="account",
        where=gettext_noop("As it stands in your profile's address."),
    ),
    Setting(
        "access_token",
        gettext_noop("Access token"),
        secret=True,
        kept_by="account",
        where=gettext_noop("Made for the app by the account itself. Signing in here is easier, and renews by itself."),
    ),
    Setting(
        "sign_in",
        gettext_noop("Kind of access token"),
        secret=False,
        kept_by="account",
        optional=True,
        default=OAUTH2,
        choices=(OAUTH2, OAUTH1),
        choice_labels=(gettext_noop("OAuth 2"), gettext_noop("OAuth 1.0a")),
        seldom=True,
    ),
    Setting(
        "refresh_token",
        gettext_noop("Refresh token (OAuth 2)"),
        secret=True,
        kept_by="account",
        optional=True,
        seldom=True,
    ),
    Setting(
        "client_id",
        gettext_noop("Client ID (OAuth 2)"),
        secret=False,
        kept_by="account",
        optional=True,
        where=gettext_noop("Of the app at X, under “Keys and tokens”, “OAuth 2.0”."),
    ),
    Setting(
        "client_secret",
        gettext_noop("Client secret (OAuth 2)"),
        secret=True,
        kept_by="account",
        optional=True,
        where=gettext_noop("From the same place. Leave it empty for an app that X calls public."),
    ),
    Setting(
        "consumer_key",
        gettext_noop("API key (OAuth 1.0a)"),
        secret=True,
        kept_by="account",
        optional=True,
        seldom=True,
    ),
    Setting(
        "token_secret",
        gettext_noop("Access token secret (OAuth 1.0a)"),
        secret=True,
        kept_by="account",
        optional=True,
        seldom=True,
    ),
    Setting(
        "app_token",
        gettext_noop("Bearer token of the app, for the stream and the usage shown"),
        secret=True,
        kept_by="account",
        optional=True,
        where=gettext_noop(
            "Under “Keys and tokens”. With it news come at once, and what is left of the credits is shown."
        ),
    ),
    Setting(
        "search",
        gettext_noop("Search for, beside mentions"),
        secret=False,
        kept_by="account",
        optional=True,
        seldom=True,
        where=gettext_noop("X's search words, such as the company's name. Every post found is paid for."),
    ),
    Setting(
        "messages",
        gettext_noop("Read direct messages"),
        secret=False,
        kept_by="account",
        optional=True,
        default="yes",
        choices=("yes", "no"),
        choice_labels=(gettext_noop("Yes"), gettext_noop("No")),
        seldom=True,
        where=gettext_noop("Each message read is paid for."),
    ),
    Setting(
        "answers",
        gettext_noop("Whom the plan lets us answer"),
        secret=False,
        kept_by="account",
        optional=True,
        default=SUMMONED,
        choices=(SUMMONED, EVERYONE, NOBODY),
        choice_labels=(
            gettext_noop("Those who mention or quote us"),
            gettext_noop("Everyone (Enterprise)"),
            gettext_noop("Nobody: reading only"),
        ),
        where=gettext_noop("X lets most apps answer only people who mention or quote the account."),
    ),
    Setting(
        "push",
        gettext_noop("What X's webhook sends"),
        secret=False,
        kept_by="account",
        optional=True,
        default=ACTIVITY,
        choices=(ACTIVITY, OLD_ACTIVITY),
        choice_labels=(gettext_noop("X Activity"), gettext_noop("Account Activity, the older one")),
        seldom=True,
        where=gettext_noop("Choose the older one only where the app's plan has no X Activity."),
    ),
    Setting(
        "poll_minutes",
        gettext_noop("Minutes between two looks; every post read is paid for"),
        secret=False,
        kept_by="account",
        optional=True,
        default="5",
        choices=("1", "5", "15", "60"),
        choice_labels=(
            gettext_noop("1 minute"),
            gettext_noop("5 minutes"),
            gettext_noop("15 minutes"),
            gettext_noop("1 hour"),
        ),
    ),
)

MANIFEST = Manifest(
    key="x",
    name="X",
    family="x",
    auth=Auth.OAUTH2,
    hosts=frozenset({"api.x.com"}),
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
        }
    ),
    not_received={
        Inbound.HIDES: gettext_noop("X does not tell when a reply is hidden or shown again on X itself."),
        Inbound.REVIEWS: gettext_noop("There are no reviews on X."),
    },
    arrives_by=frozenset({Arrival.WEBHOOK, Arrival.POLL, Arrival.STREAM}),
    actions=frozenset({Action.REPLY_PUBLIC, Action.REPLY_PRIVATE, Action.HIDE, Action.UNHIDE, Action.DELETE}),
    own_only=frozenset({Action.DELETE}),
    gaps={
        Action.ATTACH: gettext_noop("Pictures are not sent yet: X wants them uploaded before the post they stand in."),
        Action.EDIT: gettext_noop("Only Premium accounts may edit, for a short time: delete the post and write anew."),
        Action.LIKE: gettext_noop("X took likes out of what other programs may do in April 2026."),
        Action.UNLIKE: gettext_noop("X took likes out of what other programs may do in April 2026."),
        Action.BLOCK: gettext_noop("People are blocked on X itself; other programs may not do it."),
        Action.TAKE_OVER: gettext_noop("X keeps no owner of a conversation: every program may answer."),
        Action.HAND_BACK: gettext_noop("X keeps no owner of a conversation: there is nothing to hand back."),
    },
    limits=Limits(
        public_text=TextLimit(280, TextUnit.WEIGHTED, weigh),
        private_text=TextLimit(10_000, TextUnit.CHARS),
    ),
    rate_limits=(
        RateLimit(gettext_noop("mentions read"), 300, QUARTER_HOUR),
        RateLimit(gettext_noop("direct messages read"), 15, QUARTER_HOUR),
        RateLimit(gettext_noop("posts written"), 100, QUARTER_HOUR),
        RateLimit(gettext_noop("direct messages written"), 15, QUARTER_HOUR),
        RateLimit(gettext_noop("direct messages written in a day"), 1440, DAY),
        RateLimit(gettext_noop("replies hidden or shown"), 50, QUARTER_HOUR),
    ),
    idempotent_sends=False,
    required_settings=(
        Setting(
            "external_id",
            gettext_noop("Account ID, a number"),
            secret=False,
            kept_by="channel",
            where=gettext_noop("The account's own number. Signing in here fills it in."),
        ),
        Setting(
            "name",
            gettext_noop("Name"),
            secret=False,
            kept_by="channel",
            where=gettext_noop("As colleagues should see it here."),
        ),
        Setting(
            "app_secret",
            gettext_noop("API secret (consumer secret)"),
            secret=True,
            kept_by="endpoint",
            where=gettext_noop(
                "Of the app at X, under “Keys and tokens”. It proves that what arrives is X's. Where the app has no "
                "API secret, or X is not content with it, enter the client secret (OAuth 2)."
            ),
        ),
        *_ACCOUNT_SETTINGS,
    ),
    required_scopes=(*READ_SCOPES, *MODERATE_SCOPES, *MESSAGE_SCOPES, "offline.access"),
    code_texts={
        "credits": gettext_noop("Paused: the app has no credits left on X. Buy credits, or raise the spending limit."),
        "usage-capped": gettext_noop("Paused: the app's plan on X allows no more posts in this period."),
        "client-not-enrolled": gettext_noop(
            "The app has no paid plan on X. Choose one there; until then this channel can neither read nor write."
        ),
        "oauth1-permissions": gettext_noop("The app on X lacks the permission to read, write and message."),
        "unsupported-authentication": gettext_noop("This kind of token does not fit: X wants a user's own token here."),
    },
    # Stored posts must follow deletions on X within a day. Source: X developer policy, read 2026-11.
    recheck=Recheck(every=timedelta(hours=24), within=timedelta(days=7), batch=100, open_always=True),
    console="https://developer.x.com/en/portal/dashboard",
    access_note=gettext_noop(
        "X has no free access: every post read or written is paid for from credits bought before. Without credits "
        "import a file; with few, choose reading only and longer times between two looks."
    ),
    read_only=("answers", NOBODY),
    poll_seconds=300,
    sources=(
        "https://docs.x.com/x-api/posts/timelines/introduction",
        "https://docs.x.com/x-api/webhooks/introduction",
        "https://docs.x.com/x-api/direct-messages/manage/introduction",
        "https://docs.x.com/x-api/fundamentals/rate-limits",
    ),
    test_note=gettext_noop(
        "X lets no account write to itself, and a post would be seen by all. Instead the self-test reads "
        "mentions and messages with this sign-in, and looks at what it may write."
    ),
    checked=date(2026, 11, 21),
)
