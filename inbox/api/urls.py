"""Addresses of API v1."""

from django.urls import path

from inbox.api.reveal import RevealList, ValueSearchList
from inbox.api.schema import SchemaView
from inbox.api.views import house, reading, working, writing

TICKET = "tickets/<int:ticket_id>/"
REPLY = TICKET + "replies/<int:message_id>/"

urlpatterns = [
    path("schema/", SchemaView.as_view()),
    path("me/", house.Me.as_view()),
    path("tickets/", reading.TicketList.as_view()),
    path(TICKET, reading.TicketDetail.as_view()),
    path(TICKET + "messages/", reading.MessageList.as_view()),
    path(TICKET + "threads/", reading.ThreadList.as_view()),
    path(TICKET + "replies/", writing.ReplyList.as_view()),
    path(REPLY + "undo/", writing.ReplyUndo.as_view()),
    path(REPLY + "retry/", writing.ReplyRetry.as_view()),
    path(REPLY + "confirm/", writing.ReplyConfirm.as_view()),
    path(TICKET + "messages/<int:message_id>/actions/", writing.ActionList.as_view()),
    path(TICKET + "notes/", writing.NoteList.as_view()),
    path(TICKET + "assignee/", working.Assignee.as_view()),
    path(TICKET + "team/", working.TeamOfTicket.as_view()),
    path(TICKET + "take/", working.Take.as_view()),
    path(TICKET + "status/", working.StatusOfTicket.as_view()),
    path(TICKET + "tags/", working.Tags.as_view()),
    path(TICKET + "reveals/", RevealList.as_view()),
    path("value-searches/", ValueSearchList.as_view()),
    path("customers/", house.CustomerList.as_view()),
    path("customers/<int:customer_id>/", house.CustomerDetail.as_view()),
    path("channels/", house.ChannelList.as_view()),
    path("channels/<int:channel_id>/", house.ChannelDetail.as_view()),
]
