"""The shared ticket model, one file per noun."""

from tickets.models.channel import Brand, Channel
from tickets.models.customer import Customer, Identity
from tickets.models.masked_value import MaskedValue
from tickets.models.message import Message, MessageState, Origin, Part, PartState, Reaction, Tombstone
from tickets.models.note import Note
from tickets.models.tag import Tag, TicketTag
from tickets.models.team import Membership, Team
from tickets.models.thread import Post, Thread, Visibility
from tickets.models.ticket import OPEN_STATUSES, Priority, Status, Ticket, TicketEvent, TicketThread

__all__ = [
    "OPEN_STATUSES",
    "Brand",
    "Channel",
    "Customer",
    "Identity",
    "MaskedValue",
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
    "Tag",
    "Team",
    "Thread",
    "Ticket",
    "TicketEvent",
    "TicketTag",
    "TicketThread",
    "Tombstone",
    "Visibility",
]
