"""The shared ticket model, one file per noun."""

from tickets.models.bulk_job import TO_DO, BulkJob, BulkRow
from tickets.models.channel import Brand, Channel
from tickets.models.customer import Customer, Identity
from tickets.models.draft import Draft, Mode
from tickets.models.follow_up import FollowUp, FollowUpState
from tickets.models.follower import Follower
from tickets.models.letter import Letter
from tickets.models.masked_value import MaskedValue
from tickets.models.message import (
    Automatic,
    Message,
    MessageState,
    Origin,
    Outcome,
    Part,
    PartState,
    Reaction,
    Tombstone,
)
from tickets.models.note import Note
from tickets.models.note_mention import NoteMention
from tickets.models.notice import Notice, NoticeKind
from tickets.models.saved_reply import SavedReply, SavedReplyUse, SavedReplyVariant
from tickets.models.saved_view import SavedView
from tickets.models.scope import Scope
from tickets.models.stored_file import FileChunk, FileState, StoredFile
from tickets.models.tag import Tag, TicketTag
from tickets.models.team import Membership, Team
from tickets.models.thread import Post, Thread, ThreadAlias, Visibility
from tickets.models.ticket import OPEN_STATUSES, UNLISTED, Priority, Status, Ticket, TicketEvent, TicketThread
from tickets.models.ticket_link import TicketLink
from tickets.models.undo_record import Undoable, UndoRecord
from tickets.models.visit import Visit

__all__ = [
    "OPEN_STATUSES",
    "TO_DO",
    "UNLISTED",
    "Automatic",
    "Brand",
    "BulkJob",
    "BulkRow",
    "Channel",
    "Customer",
    "Draft",
    "FileChunk",
    "FileState",
    "FollowUp",
    "FollowUpState",
    "Follower",
    "Identity",
    "Letter",
    "MaskedValue",
    "Membership",
    "Message",
    "MessageState",
    "Mode",
    "Note",
    "NoteMention",
    "Notice",
    "NoticeKind",
    "Origin",
    "Outcome",
    "Part",
    "PartState",
    "Post",
    "Priority",
    "Reaction",
    "SavedReply",
    "SavedReplyUse",
    "SavedReplyVariant",
    "SavedView",
    "Scope",
    "Status",
    "StoredFile",
    "Tag",
    "Team",
    "Thread",
    "ThreadAlias",
    "Ticket",
    "TicketEvent",
    "TicketLink",
    "TicketTag",
    "TicketThread",
    "Tombstone",
    "UndoRecord",
    "Undoable",
    "Visibility",
    "Visit",
]
