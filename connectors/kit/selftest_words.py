"""What the self-test's findings say to people: what was found, and what to do. The facts of a finding fill the gaps."""

from __future__ import annotations

from .marks import gettext_noop

# code → (what was found, what to do; "" where nothing is to be done)
TEXTS: dict[str, tuple[str, str]] = {
    "signed_in": (gettext_noop("The sign-in works, for %(name)s."), ""),
    "permissions": (gettext_noop("All permissions that are needed are there."), ""),
    "reads": (gettext_noop("What customers write can be read."), ""),
    "sends": (gettext_noop("The server takes mail from this address."), ""),
    "webhook": (gettext_noop("The network sends its news to this address."), ""),
    "clock": (gettext_noop("This server's clock agrees with the network's."), ""),
    "missing_permission": (
        gettext_noop("The sign-in lacks a permission: %(scopes)s."),
        gettext_noop("Grant it to the app in the network's console, then reconnect and allow all that is asked."),
    ),
    "sign_in_dead": (
        gettext_noop("The network no longer takes this sign-in."),
        gettext_noop("Reconnect with a fresh sign-in. What waits goes out afterwards."),
    ),
    "sign_in_ended": (
        gettext_noop("The sign-in has ended."),
        gettext_noop("Reconnect with a fresh sign-in. What waits goes out afterwards."),
    ),
    "sign_in_ends": (
        gettext_noop("The sign-in ends in %(days)s days."),
        gettext_noop("Reconnect before that; nothing is lost either way."),
    ),
    "wrong_account": (
        gettext_noop("This sign-in is of another account: %(found)s."),
        gettext_noop("Sign in as the account of this channel, or connect the other one as a channel of its own."),
    ),
    "account_not_found": (
        gettext_noop("The network finds no such account, or does not show it to this sign-in."),
        gettext_noop("Compare the ID with the one in the network's settings, and sign in as somebody who manages it."),
    ),
    "not_managed": (
        gettext_noop("Whoever signed in does not manage this page."),
        gettext_noop("Ask for the administrator role on the page, then reconnect."),
    ),
    "wrong_secret": (
        gettext_noop("The app secret is not this app's."),
        gettext_noop("Copy it again from the app's settings at the network and reconnect."),
    ),
    "webhook_missing": (
        gettext_noop("The network has no address to send its news to. Until then we fetch them every few minutes."),
        gettext_noop("Press “Repair” where it is offered, or paste the address below into the app's webhook settings."),
    ),
    "webhook_elsewhere": (
        gettext_noop("The network sends its news to another address."),
        gettext_noop("Replace it with the address below in the app's webhook settings."),
    ),
    "webhook_refused": (
        gettext_noop("The network knows our address and was not content with its answer."),
        gettext_noop(
            "Either the app secret here is another one, or the address cannot be reached from outside over https."
        ),
    ),
    "webhook_fields": (
        gettext_noop("The network does not send all of its news: %(fields)s is missing."),
        gettext_noop("Tick it in the app's webhook settings."),
    ),
    "not_subscribed": (
        gettext_noop("The network knows our address but was not asked for all of this channel's news: %(fields)s."),
        gettext_noop("Press “Repair”. What the app's plan or the sign-in does not allow is fetched every few minutes."),
    ),
    "address_unfit": (
        gettext_noop("The network takes only https addresses without a port, not %(address)s."),
        gettext_noop("Open this page under the company's public address and press “Repair” there."),
    ),
    "app_token_dead": (
        gettext_noop("The network does not take the app's own token."),
        gettext_noop("Copy it again from the app's settings at the network and reconnect."),
    ),
    "webhooks_not_approved": (
        gettext_noop("The network has not approved this app for webhooks."),
        gettext_noop("Apply for them in the app's settings there. Until then news are fetched every half hour."),
    ),
    "webhook_resumed": (
        gettext_noop("The network had stopped sending its news. It has been asked to begin again."),
        "",
    ),
    "webhook_unseen": (
        gettext_noop("Whether the network knows our address could not be seen."),
        gettext_noop("It shows once this is filled in: %(setting)s. News are fetched every few minutes meanwhile."),
    ),
    "clock_ahead": (
        gettext_noop("This server's clock is %(seconds)s seconds ahead of the network's."),
        gettext_noop("Set the clock by a time server; sign-ins fail when it is wrong."),
    ),
    "clock_behind": (
        gettext_noop("This server's clock is %(seconds)s seconds behind the network's."),
        gettext_noop("Set the clock by a time server; sign-ins fail when it is wrong."),
    ),
    "credits": (
        gettext_noop("What was paid for is used up."),
        gettext_noop("Buy credits or raise the limit at the network. Until then, exported files can be imported."),
    ),
    "no_plan": (
        gettext_noop("The app has no plan that allows this."),
        gettext_noop("Choose a plan in the network's console. Without one, exported files can be imported."),
    ),
    "limited": (
        gettext_noop("The network asks us to wait before the next call."),
        gettext_noop("Test again in a quarter of an hour."),
    ),
    "unreachable": (
        gettext_noop("The network did not answer."),
        gettext_noop("Test again in a few minutes; if it stays so, look whether this server may call out."),
    ),
    "imap_unreachable": (
        gettext_noop("The server for incoming mail did not answer."),
        gettext_noop("Compare server, port and encryption with what the mail provider names."),
    ),
    "smtp_unreachable": (
        gettext_noop("The server for outgoing mail did not answer."),
        gettext_noop("Compare server, port and encryption with what the mail provider names."),
    ),
    "imap_sign_in": (
        gettext_noop("The server for incoming mail refuses this user name and password."),
        gettext_noop("Many providers want an app password, or a sign-in service instead. Reconnect with it."),
    ),
    "smtp_sign_in": (
        gettext_noop("The server for outgoing mail refuses this user name and password."),
        gettext_noop("Allow sending over SMTP for this mailbox at the provider, then reconnect."),
    ),
    "smtp_sender": (
        gettext_noop("The server does not let this user send as the channel's address."),
        gettext_noop("Allow “send as” for the address at the provider, or connect the mailbox under its own address."),
    ),
    "folder_missing": (
        gettext_noop("The mailbox has no such folder: %(folders)s."),
        gettext_noop("Write folder names as the server spells them and reconnect."),
    ),
    "setting_unusable": (
        gettext_noop("A setting cannot be used: %(setting)s."),
        gettext_noop("Correct it and reconnect."),
    ),
    "certificate": (
        gettext_noop("The server's certificate is not trusted, or is for another name."),
        gettext_noop("Use the server name that stands in the certificate, or let the company's authority be trusted."),
    ),
    "version": (
        gettext_noop("The network no longer answers this version of its API."),
        gettext_noop("Reconnect with a newer version, as year and month."),
    ),
    "read_only": (
        gettext_noop("The channel is connected for reading only. Answers are written on the network itself."),
        "",
    ),
    "refused": (
        gettext_noop("The network refused the test without a reason that we know."),
        gettext_noop("Look into the app's settings at the network, then test again."),
    ),
    "keys_lost": (
        gettext_noop("The keys that this channel's sign-in was locked with are lost."),
        gettext_noop("Reconnect, entering everything anew."),
    ),
}
OK_CODES = frozenset({"signed_in", "permissions", "reads", "sends", "webhook", "clock"})
