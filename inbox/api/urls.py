"""Addresses of API v1."""

from django.urls import path

from inbox.api.views import ReplyList, TicketDetail, TicketList

urlpatterns = [
    path("tickets/", TicketList.as_view()),
    path("tickets/<int:ticket_id>/", TicketDetail.as_view()),
    path("tickets/<int:ticket_id>/replies/", ReplyList.as_view()),
]
