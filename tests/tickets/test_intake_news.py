"""What the network says about things already said: edits, states, posts gone, reactions."""

import pytest

from inbox.live.models import Hint
from tickets.models import Message, MessageState, Post, Reaction, Status, Ticket, Tombstone


def _message(external_id="c1"):
    return Message.objects.get(external_id=external_id)


def test_a_newer_text_replaces_the_older(town, take_in, case_of):
    ticket = case_of("c1", text="Hei")
    applied = take_in(town.comment("c1", "Hei, soita", version=-5, edited=True))
    message = _message()
    assert (message.text, message.edited_at, message.version_at) == ("Hei, soita", town.time(-5), town.time(-5))
    assert message.at == town.time(-30)
    ticket.refresh_from_db()
    assert ticket.preview == "Hei, soita"
    assert (applied.new_messages, applied.changed_messages, applied.tickets) == (0, 1, {ticket.pk})
    assert list(Hint.objects.order_by("pk").values_list("kind", flat=True)) == ["opened", "state"]


def test_an_older_text_is_not_taken_but_shows_that_ours_is_an_edit(town, take_in, case_of):
    case_of("c1", text="Uusi", version=-5)
    take_in(town.comment("c1", "Vanha", version=-29))
    assert (_message().text, _message().edited_at) == ("Uusi", town.time(-5))
    assert Ticket.objects.get().preview == "Uusi"


def test_a_confirmed_text_is_not_undone_by_what_comes_late(town, take_in, case_of):
    case_of("c1", text="A", version=-20)
    take_in(town.comment("c1", "A", version=-5))
    applied = take_in(town.comment("c1", "B", version=-10))
    assert _message().text == "A"
    assert applied.changed_messages == 1  # it is an edit now


def test_texts_of_one_instant_are_settled_the_same_way_whatever_the_order(town, take_in):
    one, other = (town.comment("c1", text, version=-5) for text in ("A", "B"))
    take_in(one, other)
    take_in(town.comment("c2", "B", version=-5), town.comment("c2", "A", version=-5))
    take_in(town.comment("c3", "B", version=-5))
    take_in(town.comment("c3", "A", version=-5))
    assert _message("c1").text == _message("c2").text == _message("c3").text


def test_a_deletion_takes_the_text_and_what_was_sealed(town, take_in, case_of):
    ticket = case_of("c1", text="Soita 040 123 4567")
    assert _message().sealed is not None
    take_in(town.state("c1", "deleted"))
    message = _message()
    assert (message.state, message.text, message.masks, message.sealed) == (MessageState.DELETED, "", [], None)
    ticket.refresh_from_db()
    assert (ticket.preview, ticket.waiting_since, ticket.due_at, ticket.status) == ("", None, None, Status.WAITING)
    assert ticket.last_message_at == town.time(-30)


def test_a_deletion_is_final(town, take_in, case_of):
    case_of("c1")
    take_in(town.state("c1", "deleted", minute=-20))
    take_in(town.state("c1", "visible", minute=-10), town.comment("c1", "Takaisin", version=-1, state="visible"))
    assert (_message().state, _message().text) == (MessageState.DELETED, "")


@pytest.mark.parametrize("told", ["state", "message"])
def test_a_deletion_before_its_message_leaves_a_tombstone(town, take_in, told):
    take_in(town.state("c1", "deleted", minute=-40))
    assert (Tombstone.objects.get().state, Message.objects.count()) == ("deleted", 0)
    take_in(town.comment("c1", "Soita 040 123 4567", version=-1, state="visible" if told == "message" else None))
    message = _message()
    assert (message.state, message.text, message.sealed) == (MessageState.DELETED, "", None)
    take_in(town.comment("c1", "Soita 040 123 4567"))
    assert _message().text == ""


def test_a_message_that_comes_deleted_keeps_no_text(town, take_in):
    take_in(town.comment("c1", "Soita 040 123 4567", state="deleted"))
    assert (_message().state, _message().text, _message().sealed) == (MessageState.DELETED, "", None)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0), (0, 2, 1)])
@pytest.mark.parametrize("together", [True, False])
def test_the_last_word_on_hiding_holds_in_any_order(town, take_in, case_of, order, together):
    case_of("c1")
    news = [town.state("c1", word, minute=minute) for word, minute in (("hidden", -9), ("visible", -8), ("hidden", -7))]
    mixed = [news[n] for n in order]
    for batch in [mixed] if together else [[one] for one in mixed]:
        take_in(*batch)
    assert (_message().state, _message().state_at) == (MessageState.HIDDEN, town.time(-7))
    assert _message().text == "Hei!"


def test_a_hidden_tombstone_yields_to_later_news(town, take_in):
    take_in(town.state("c1", "hidden", minute=-20), town.state("c2", "hidden", minute=-20))
    take_in(town.state("c2", "visible", minute=-15))
    take_in(town.comment("c1"), town.comment("c2"), town.comment("c3", state="hidden"))
    states = dict(Message.objects.values_list("external_id", "state"))
    assert states == {"c1": "hidden", "c2": "visible", "c3": "hidden"}


@pytest.mark.parametrize("first", ["post", "messages", "deletion"])
def test_a_deleted_post_takes_all_under_it_along_in_any_order(town, take_in, first):
    said = [
        town.comment("c1", post_external_id="P1"),
        town.native("n1", to="c1", post_external_id="P1"),
        town.comment("P1", by="p3", kind="post"),
        town.comment("c9", post_external_id="P2"),
    ]
    steps = {"post": [[town.post("P1")], said], "messages": [said, [town.post("P1")]]}.get(first)
    gone = [town.post_gone("P1")]
    for batch in [*steps, gone] if steps else [gone, said, [town.post("P1")]]:
        take_in(*batch)
    states = dict(Message.objects.values_list("external_id", "state"))
    assert states == {"c1": "deleted", "n1": "deleted", "P1": "deleted", "c9": "visible"}
    post = Post.objects.get(external_id="P1")
    assert (post.text, post.masks, post.deleted_at, post.ours) == ("", [], town.time(-5), True)
    assert Ticket.objects.filter(waiting_since=None).count() == 2


def test_a_post_is_context_and_follows_its_newest_edit(town, take_in):
    take_in(town.post("P1", "Soita 040 123 4567", version=-20))
    take_in(town.post("P1", "Vanha", version=-50), town.post("P1", "Uusin", version=-5))
    post = Post.objects.get()
    assert (post.text, post.published_at, post.version_at) == ("Uusin", town.time(-60), town.time(-5))
    assert (Ticket.objects.count(), Message.objects.count()) == (0, 0)


def test_a_post_is_masked(town, take_in):
    take_in(town.post("P1", "Soita 040 123 4567"))
    assert Post.objects.get().text == "Soita [PHONE]"


def test_a_reaction_is_counted_once_and_taken_back(town, take_in, case_of):
    ticket = case_of("c1")
    like = town.reaction("c1", minute=-9)
    applied = take_in(like, like)
    take_in(like)
    assert Reaction.objects.filter(active=True).count() == 1
    assert applied.tickets == {ticket.pk}
    take_in(town.reaction("c1", reaction="love", minute=-8))
    assert Reaction.objects.get().reaction == "love"
    take_in(town.reaction("c1", delta=-1, minute=-7))
    assert Reaction.objects.filter(active=True).count() == 0
    take_in(like)  # a late repeat
    assert Reaction.objects.filter(active=True).count() == 0
    take_in(town.reaction("c1", actor="p8", minute=-6), town.reaction("c1", actor="p7", minute=-6))
    assert Reaction.objects.filter(active=True).count() == 2


def test_taking_back_before_setting_counts_nothing(town, take_in):
    take_in(town.reaction("c1", delta=-1, minute=-7))
    take_in(town.reaction("c1", delta=1, minute=-9))
    assert Reaction.objects.filter(active=True).count() == 0


def test_who_reacted_is_kept_as_a_hash_only(town, take_in):
    take_in(town.reaction("c1", actor="p4711"))
    row = Reaction.objects.values().get()
    assert len(bytes(row["actor_hash"])) == 32
    assert "4711" not in str({name: value for name, value in row.items() if name != "actor_hash"})


def test_edits_of_our_own_words_are_not_taken_from_the_network(town, take_in, case_of, our_reply):
    message = our_reply(case_of(), "unknown")
    take_in(town.native("n1", "Paketti on matkalla", minute=-5))
    take_in(town.native("n1", "Muokattu toisaalla", minute=-5, version=-1, edited=True))
    message.refresh_from_db()
    assert (message.text, message.edited_at) == ("Paketti on matkalla", None)


def test_what_only_a_poll_tells_is_added(town, take_in, case_of):
    from tickets.intake.items import Attachment

    case_of("c1")
    picture = Attachment("image", url="https://fb.example/i.jpg")
    take_in(town.comment("c1", version=-5, permalink="https://fb.example/c1", attachments=(picture,)))
    assert _message().permalink == "https://fb.example/c1"
    assert _message().attachments[0]["url"] == "https://fb.example/i.jpg"
    assert _message().edited_at is None


@pytest.mark.parametrize("order", [1, -1])
def test_reactions_of_one_instant_are_settled_the_same_way_whatever_the_order(town, take_in, order):
    for item in [town.reaction("c1", delta=1), town.reaction("c1", delta=-1)][::order]:
        take_in(item)
    assert Reaction.objects.get().active is False


@pytest.mark.parametrize("order", [1, -1])
def test_words_of_one_second_leave_the_same_line_whatever_the_order(town, take_in, order):
    for item in [town.comment("c1", "A"), town.comment("c2", "B", external_root="c1")][::order]:
        take_in(item)
    assert Ticket.objects.get().preview == "B"
