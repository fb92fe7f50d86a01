"""Every address of the pages and the API.

Webhooks and the socket are mounted in front of Django, in `inbox/asgi.py`.
"""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from inbox.pages import case, health, live, metrics, queue, reveal, session, value_search

handler400 = "inbox.refusals.bad_request"
handler404 = "inbox.refusals.page_not_found"
handler500 = "inbox.refusals.server_error"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", queue.start),
    path("sign-in", session.sign_in),
    path("sign-out", session.sign_out),
    path("preferences", session.preferences),
    path("inbox/team/<slug:slug>", queue.queue, {"view": "team"}),
    path("inbox/<slug:view>", queue.queue),
    path("case/<int:number>", case.case),
    path("case/<int:number>/reply", case.reply),
    path("case/<int:number>/note", case.note),
    path("case/<int:number>/assign", case.assign),
    path("case/<int:number>/take", case.take),
    path("case/<int:number>/resolve", case.resolve),
    path("case/<int:number>/reopen", case.reopen),
    path("case/<int:number>/message/<int:message_id>/undo", case.undo),
    path("case/<int:number>/message/<int:message_id>/retry", case.retry),
    path("case/<int:number>/message/<int:message_id>/confirm", case.confirm),
    path("case/<int:number>/message/<int:message_id>/moderate", case.moderate),
    path("case/<int:number>/reveal", reveal.ask),
    path("case/<int:number>/reveal/open", reveal.show),
    path("search", value_search.search),
    path("search/value", value_search.ask),
    path("search/value/find", value_search.find_cases),
    path("fragments/case/<int:number>", case.case_live),
    path("fragments/counts", live.counts),
    path("live/since/<int:seq>", live.since),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", metrics.metrics),
    path("api/v1/", include("inbox.api.urls")),
]
