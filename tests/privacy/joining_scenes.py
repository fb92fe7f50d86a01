"""What tests/privacy/test_audit_everywhere.py does with operations on several cases."""

from core.audit.models import AuditEntry
from tickets.models import Message, Thread, Ticket, TicketThread
from tickets.operations import bulk, merging, relating, splitting, undoing


def second_case(s, *, talk=False):
    """Another case of the customer, or one more word in this one."""
    thread = s.message.thread if talk else Thread.objects.create(
        channel=s.message.channel, external_root="another", visibility="public", created_at=s.now)  # fmt: skip
    ticket = Ticket.objects.get(pk=s.message.ticket_id)
    if not talk:
        ticket = Ticket.objects.create(
            customer=s.message.customer, channel=s.message.channel, opened_at=s.now, platform="facebook",
            visibility="public", last_message_at=s.now)  # fmt: skip
        TicketThread.objects.create(ticket=ticket, thread=thread, customer=s.message.customer)
    said = Message.objects.create(
        channel=s.message.channel, thread=thread, ticket=ticket, customer=s.message.customer, direction="in",
        origin="customer", visibility="public", at=s.now, received_at=s.now, version_at=s.now, content_hash=b"",
        external_id="said-again",
    )  # fmt: skip
    s.before = AuditEntry.objects.count()
    return said


def merge(s):
    ids = {"keep_id": s.message.ticket_id, "merge_id": second_case(s).ticket_id}
    return merging.merge_tickets(actor=s.agent, now=s.now, **ids)


def undo_merge(s):
    record = merge(s)
    s.before = AuditEntry.objects.count()
    undoing.undo(actor=s.agent, uid=record.uid, now=s.now)


def link(s):
    other = second_case(s).ticket_id
    relating.link_tickets(actor=s.agent, ticket_id=s.message.ticket_id, other_id=other, now=s.now)
    return other


def unlink(s):
    other = link(s)
    s.before = AuditEntry.objects.count()
    relating.unlink_tickets(actor=s.agent, ticket_id=s.message.ticket_id, other_id=other, now=s.now)


def start_bulk(s):
    ticket = Ticket.objects.get(pk=s.message.ticket_id)
    return bulk.start_bulk(
        actor=s.agent, act="resolve", choice={}, chosen={ticket.number: ticket.version}, now=s.now)  # fmt: skip


def undo_bulk(s):
    job = start_bulk(s)
    s.before = AuditEntry.objects.count()
    bulk.undo_bulk(actor=s.agent, job_id=job.pk, now=s.now)


def split(s):
    splitting.split_ticket(actor=s.agent, onward_from=second_case(s, talk=True).pk, **s.ids)


SCENES = {
    merging.merge_tickets: merge,
    undoing.undo: undo_merge,
    splitting.split_ticket: split,
    relating.link_tickets: link,
    relating.unlink_tickets: unlink,
    bulk.start_bulk: start_bulk,
    bulk.undo_bulk: undo_bulk,
}
