"""Nobody reads the public line of a move to private before the private message that it speaks of, whatever crashes."""

import pytest

from tests.property.sending_story import STEPS, Story, run
from tickets.models import Part


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("second", ["ok", "cut after", "no answer, done", "gone"])
def test_each_step_of_a_move(network, case, step, second):
    """The private reply goes as `step` says, whatever is next as `second` does; then time passes."""
    events = [("move", None), ("worker", "ok"), ("worker", step), ("worker", second), ("sweep", None), ("worker", "ok")]
    run(network, case, [*events, ("press_retry", None), ("worker", "ok"), ("worker", "ok")])


@pytest.mark.parametrize("step", ["gone", "no answer, not done", "cut after", "later", "dead"])
def test_the_line_does_not_leave_while_its_message_is_not_sent(network, case, step):
    # given the first reply out of the way, and a move whose private part goes wrong
    story = Story(network, case)
    story.act("reply")
    story.act("worker")
    story.act("move")
    line, private = story.lines[0]
    story.act("worker", step)
    # when
    story.act("worker")
    story.act("sweep")
    # then
    told = dict(Part.objects.values_list("message_id", "state"))
    assert network.copies(line) == 0
    if step == "gone":
        assert (told[private.pk], told[line.pk]) == ("failed", "failed")
        assert Part.objects.get(message=line).reason == "waited_failed"
    else:
        assert told[line.pk] == "queued"
    # when the network is well and has told of everything, or a colleague asks for it again
    story.act("reconnect")
    story.act("echo")
    if Part.objects.get(message=private).state != "sent":
        story.act("press_retry") if step != "later" else None
        story.act("sweep")
        story.act("worker")
    story.act("worker")
    # then
    assert (network.copies(private), network.copies(line)) == (1, 1)


def test_a_report_that_the_message_did_not_arrive_fails_the_line_too(network, case):
    story = Story(network, case)
    story.act("reply")
    story.act("worker")
    story.act("move")
    Part.objects.filter(message=story.lines[0][1]).update(state="failed", reason="refused")  # as a report does
    story.act("sweep")
    assert Part.objects.get(message=story.lines[0][0]).reason == "waited_failed"
