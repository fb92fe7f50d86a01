"""Whatever crashes at whichever step, nobody outside reads a reply twice, and no reply is silently lost.

Nor does anybody read the public line of a move to private without the private message that it speaks of. Workers,
sweepers, echoes and colleagues come in any order.
"""

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.property.sending_story import EVENTS, STEPS, Story, run
from tickets.models import Message, Part


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("before", ["none", "echo", "press_retry"])
def test_each_step_alone(network, case, step, before):
    events = [("worker", step), ("soon", None), ("sweep", None), ("worker", "ok")]
    if before != "none":
        events.insert(3, (before, None))
    run(network, case, events)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(EVENTS, max_size=14))
@example([("begin_and_die", None), ("echo", None), ("sweep", None), ("press_retry", None), ("worker", "cut after")])
@example([("reply", None), ("worker", "cut at the receipt"), ("echo", None), ("worker", "ok")])
@example([("move", None), ("worker", "ok"), ("worker", "gone"), ("press_retry", None), ("worker", "cut after")])
@example([("worker", "ok"), ("move", None), ("take_back", None), ("move", None), ("worker", "no answer, done")])
@example([("claim_and_die", None), ("sweep", None), ("claim_and_die", None), ("sweep", None), ("worker", "dead")])
def test_any_order_of_events(network, case, events):
    run(network, case, events)


def test_an_unexpected_fault_of_ours_during_the_call_is_unknown(network, case):
    story = Story(network, case)
    story.act("reply")
    story.act("worker", "our bug, done")
    part = Part.objects.get()
    assert (part.state, part.reason) == ("unknown", "our_fault")
    story.act("sweep")
    story.act("worker")
    assert len(network.page) == 1


def test_two_replies_in_the_same_words_are_settled_by_two_echoes_in_order(network, case):
    # given the same words twice, the first of them without an answer
    story = Story(network, case)
    for _ in range(2):
        story.act("reply")
    Message.objects.filter(pk=story.replies[1].pk).update(content_hash=story.replies[0].content_hash)
    story.act("worker", "no answer, done")
    story.act("worker")
    assert list(Part.objects.order_by("pk").values_list("state", flat=True)) == ["unknown", "queued"]
    # when
    story.act("echo")
    story.act("worker")
    # then
    assert list(Part.objects.order_by("pk").values_list("state", flat=True)) == ["sent", "sent"]
    assert Message.objects.filter(direction="out").count() == 2
