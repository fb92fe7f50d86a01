"""The shared ticket model, one file per noun."""

from tickets.models.channel import Brand, Channel
from tickets.models.customer import Customer, Identity
from tickets.models.message import Message, MessageState, Origin, Part, PartState, Reaction, Tombstone
from tickets.models.note import Note
from tickets.models.team import Membership, Team
from tickets.models.thread import Post, Thread, Visibility
from tickets.models.ticket import OPEN_STATUSES, Priority, Status, Ticket, TicketEvent, TicketThread

__all__ = [
    "OPEN_STATUSES",
    "Brand",
    "Channel",
    "Customer",
    "Identity",
    "Membership",
    "Message",
    "MessageState",
    "Note",
    "Origin",
    "Part",
    "PartState",
    "Post",
    "Priority",
    "Reaction",
    "Status",
    "Team",
    "Thread",
    "Ticket",
    "TicketEvent",
    "TicketThread",
    "Tombstone",
    "Visibility",
]
