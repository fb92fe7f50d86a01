"""Writing on LinkedIn as a page: answers, likes, taking comments away; and asking who somebody is.

Source: Microsoft Learn, "Comments API", "Reactions API" and "Profile API", read 2026-11.
"""

from __future__ import annotations

from connectors.kit.base import Account, OutgoingPart, ProfileItem, Receipt
from connectors.kit.errors import NeedsReconnect, OutcomeUnknown, Rejected, RejectReason, Unreadable
from connectors.kit.json_api import Answer
from connectors.kit.manifest import Action
from connectors.kit.textfit import require_text

from .calls import open_api
from .manifest import MANIFEST, READ, WRITE_SCOPES
from .restli import comments_of, encoded, path_of_comment, query, record
from .urns import Comment, actor_urn, organization_urn, post_urn, read_comment


def send(account: Account, part: OutgoingPart) -> Receipt:
    """Answer a comment under its root, since LinkedIn has two levels, or comment on a post that names us.

    Raises: Unsupported and Rejected(too_long, empty, read_only, target_gone) before any call; OutcomeUnknown when it
    may have been sent; else as the platform answers.
    """
    MANIFEST.require(part.action)
    require_text(part.text, MANIFEST.limits.public_text)
    _require_writing(account)
    parent = read_comment(part.thread_root) or read_comment(part.target_external_id)
    post = parent.post if parent else post_urn(part.target_external_id)
    if not post:
        raise Rejected(RejectReason.TARGET_GONE, code="bad_id")
    body = {"actor": organization_urn(account.external_id), "object": post, "message": {"text": part.text}}
    if parent:
        body["parentComment"] = parent.urn
    api = open_api(account, repeatable=False, needs=WRITE_SCOPES)
    answer = api.call("POST", comments_of(parent.urn if parent else post), body=body)
    return Receipt(_made(answer, post), answer.at)


def moderate(account: Account, action: Action, target: str) -> Receipt:
    """Delete, like or unlike the comment or post `target`. Doing it twice changes nothing.

    Raises: Unsupported and Rejected (read_only, target_gone) before any call; else as the platform answers.
    """
    MANIFEST.require(action)
    comment = read_comment(target)
    entity = comment.urn if comment else post_urn(target)
    if not entity:
        raise Rejected(RejectReason.TARGET_GONE, code="bad_id")
    _require_writing(account)
    try:
        answer = _done(account, action, entity, comment)
    except Rejected as error:
        if action is Action.LIKE and error.reason is RejectReason.DUPLICATE:
            return Receipt(target, account.clock())  # we liked it before
        raise
    return Receipt(target, answer.at)


def profile(account: Account, external_id: str) -> ProfileItem | None:
    """Our page, or a person as far as LinkedIn tells: a name at most, for most people nothing."""
    ours = external_id == account.external_id
    person = actor_urn(external_id)
    if not ours and not person.startswith("urn:li:person:"):
        return None
    key = f"organizations/{encoded(external_id)}" if ours else f"people/{record(id=person.rpartition(':')[2])}"
    try:
        answer = open_api(account, repeatable=True, needs=()).call("GET", f"/rest/{key}").value
    except (Rejected, NeedsReconnect):
        if ours:
            raise
        return None
    if ours:
        return ProfileItem(external_id, name=answer.text("localizedName"), handle=answer.text("vanityName"))
    names = (answer.text("localizedFirstName"), answer.text("localizedLastName"))
    return ProfileItem(external_id, name=" ".join(filter(None, names)), handle=answer.text("vanityName"))


def _done(account: Account, action: Action, entity: str, comment: Comment | None) -> Answer:
    api = open_api(account, repeatable=True, needs=WRITE_SCOPES)
    ours = organization_urn(account.external_id)
    as_us = query(actor=encoded(ours))
    if action is Action.LIKE:
        return api.call("POST", f"/rest/reactions{as_us}", body={"root": entity, "reactionType": "LIKE"})
    if action is Action.UNLIKE:
        return api.call("DELETE", f"/rest/reactions/{record(actor=ours, entity=entity)}")
    if comment is None:  # posts are deleted on LinkedIn itself
        raise Rejected(RejectReason.NOT_ALLOWED, code="not_a_comment")
    return api.call("DELETE", f"{path_of_comment(comment)}{as_us}")


def _require_writing(account: Account) -> None:
    """Raises Rejected(read_only) where LinkedIn has approved the app for reading alone."""
    if account.credentials.get("access") == READ:
        raise Rejected(RejectReason.READ_ONLY)


def _made(answer: Answer, post: str) -> str:
    """The new comment's one name: from the body, else from the header that holds its number.

    Raises: OutcomeUnknown without one: it was taken all the same.
    """
    number = answer.headers.get("x-restli-id", "")
    try:
        said, place = answer.value.text("commentUrn"), answer.value.text("object")
    except Unreadable:
        said = place = ""
    comment = read_comment(said, place, post) or read_comment(f"urn:li:comment:({post},{number})", place)
    if comment is None:
        raise OutcomeUnknown(code="no_id")
    return comment.urn
