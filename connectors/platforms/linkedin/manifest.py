"""The facts about LinkedIn company pages."""

from datetime import date

from connectors.kit.manifest import Action, Arrival, Auth, Inbound, Limits, Manifest, RateLimit, Setting
from connectors.kit.marks import gettext_noop
from connectors.kit.textfit import TextLimit, TextUnit

# The scopes each kind of call needs; an answer without them says which to ask for.
NOTICE_SCOPES = ("rw_organization_admin",)
POST_SCOPES = ("r_organization_social",)
COMMENT_SCOPES = ("r_organization_social_feed",)
WRITE_SCOPES = ("w_organization_social_feed",)

API_VERSION = "202610"  # each month's version is answered for about a year
FULL, READ = "full", "read"

MANIFEST = Manifest(
    key="linkedin",
    name="LinkedIn",
    family="linkedin",
    auth=Auth.OAUTH2,
    hosts=frozenset({"api.linkedin.com", "www.linkedin.com"}),
    receives=frozenset(
        {
            Inbound.COMMENTS,
            Inbound.POSTS,
            Inbound.MENTIONS,
            Inbound.REACTIONS,
            Inbound.EDITS,
            Inbound.DELETIONS,
        }
    ),
    not_received={
        Inbound.MESSAGES: gettext_noop("LinkedIn opens a page's inbox to a closed circle of partners only."),
        Inbound.REVIEWS: gettext_noop("LinkedIn pages have no reviews that another program could read."),
        Inbound.RECEIPTS: gettext_noop("LinkedIn does not tell who has read a comment."),
        Inbound.HIDES: gettext_noop("Comments cannot be hidden on LinkedIn, only deleted."),
    },
    arrives_by=frozenset({Arrival.WEBHOOK, Arrival.POLL}),
    actions=frozenset({Action.REPLY_PUBLIC, Action.DELETE, Action.LIKE, Action.UNLIKE}),
    gaps={
        Action.REPLY_PRIVATE: gettext_noop("LinkedIn lets no other program write messages for a page."),
        Action.ATTACH: gettext_noop("Pictures are not sent yet: LinkedIn wants them uploaded before the comment."),
        Action.EDIT: gettext_noop("A sent answer is not changed: delete it and write a new one."),
        Action.HIDE: gettext_noop("LinkedIn has no hiding of comments; they stand or are deleted."),
        Action.UNHIDE: gettext_noop("LinkedIn has no hiding of comments, so there is nothing to show again."),
        Action.BLOCK: gettext_noop("People are blocked from a page on LinkedIn itself."),
        Action.TAKE_OVER: gettext_noop("LinkedIn gives other programs no private conversations to take over."),
        Action.HAND_BACK: gettext_noop("LinkedIn gives other programs no private conversations to hand back."),
    },
    limits=Limits(public_text=TextLimit(1250, TextUnit.CHARS)),
    rate_limits=(
        RateLimit(
            gettext_noop("calls of each kind, reset at midnight UTC; LinkedIn shows the number to the app"),
            None,
            24 * 3600,
        ),
    ),
    idempotent_sends=False,
    asks_names=True,
    required_settings=(
        Setting(
            "external_id",
            gettext_noop("Page ID, a number"),
            secret=False,
            kept_by="channel",
            where=gettext_noop(
                "The number in the address of the page when you manage it: linkedin.com/company/…/admin."
            ),
        ),
        Setting(
            "name",
            gettext_noop("Page name"),
            secret=False,
            kept_by="channel",
            where=gettext_noop("As colleagues should see it here."),
        ),
        Setting(
            "app_secret",
            gettext_noop("Client secret"),
            secret=True,
            kept_by="endpoint",
            where=gettext_noop(
                "Of your app at LinkedIn, under “Auth”. It also proves that what arrives is LinkedIn's."
            ),
        ),
        Setting(
            "access_token",
            gettext_noop("Access token"),
            secret=True,
            kept_by="account",
            where=gettext_noop("From LinkedIn's token generator, of a person who administers the page."),
        ),
        Setting(
            "expires_at",
            gettext_noop("End of the access token as Unix time; 60 days from now where it is left empty"),
            secret=False,
            kept_by="account",
            optional=True,
            seldom=True,
        ),
        Setting(
            "refresh_token",
            gettext_noop("Refresh token, where LinkedIn gives the app one"),
            secret=True,
            kept_by="account",
            optional=True,
            seldom=True,
        ),
        Setting(
            "client_id",
            gettext_noop("Client ID, needed to sign in here and to renew"),
            secret=False,
            kept_by="account",
            optional=True,
            where=gettext_noop("Of your app at LinkedIn, under “Auth”."),
        ),
        Setting(
            "app_number",
            gettext_noop("Number of the app, to look at its webhook"),
            secret=False,
            kept_by="account",
            optional=True,
            seldom=True,
            where=gettext_noop("In the address of the app's page at LinkedIn: developers/apps/…"),
        ),
        Setting(
            "access",
            gettext_noop("What LinkedIn has approved the app for"),
            secret=False,
            kept_by="account",
            optional=True,
            default=FULL,
            choices=(FULL, READ),
            choice_labels=(gettext_noop("Reading and answering"), gettext_noop("Reading only")),
            where=gettext_noop(
                "Choose reading only where the app is not approved to write: answers are then written on LinkedIn."
            ),
        ),
        Setting(
            "api_version",
            gettext_noop("Version of LinkedIn's API, as year and month"),
            secret=False,
            kept_by="account",
            optional=True,
            default=API_VERSION,
            seldom=True,
        ),
    ),
    required_scopes=(*NOTICE_SCOPES, *POST_SCOPES, *COMMENT_SCOPES, *WRITE_SCOPES),
    code_texts={
        "403/100": gettext_noop(
            "LinkedIn refuses this to the app or to the person who signed in. The app needs approval for the Community "
            "Management API, the person must administer the page. Where only reading is approved, reconnect with "
            "access=read."
        ),
        "version": gettext_noop(
            "LinkedIn no longer answers this version of its API. Reconnect with a newer api_version, as year and month."
        ),
        "401/65601": gettext_noop("The person who signed in has withdrawn the permission, or LinkedIn has."),
        "401/65602": gettext_noop("The access token has ended; LinkedIn's live for 60 days."),
        "no_refresh": gettext_noop("The access token has ended, and LinkedIn gave the app no way to renew it."),
    },
    console="https://www.linkedin.com/developers/apps",
    access_note=gettext_noop(
        "LinkedIn opens comments to apps that it has approved for the Community Management API, which takes weeks. "
        "Until then choose reading only, or import a file."
    ),
    read_only=("access", READ),
    token_days=60,
    api_sunset=date(2027, 10, 1),
    poll_seconds=1800,  # the smallest tier allows a few hundred calls a day; webhooks bring the news meanwhile
    sources=(
        "https://learn.microsoft.com/linkedin/marketing/community-management/shares/comments-api",
        "https://learn.microsoft.com/linkedin/marketing/community-management/organizations/"
        "organization-social-action-notifications",
        "https://learn.microsoft.com/linkedin/shared/api-guide/webhook-validation",
    ),
    test_note=gettext_noop(
        "Every comment of a page is public at once. Instead the self-test asks LinkedIn what this sign-in may "
        "read and write, and whose page it is."
    ),
    checked=date(2026, 11, 21),
)
