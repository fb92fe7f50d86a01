"""HTML for people: the front page and the frame around each simulated page."""

from __future__ import annotations

from html import escape
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from sandbox.facebook.browse import list_of_pages, page_html
from sandbox.facebook.pages import get_page
from sandbox.facebook.site import Site
from sandbox.linkedin import browse as linkedin_browse
from sandbox.linkedin.site import Site as LinkedInSite
from sandbox.mail.browse import mailbox_html, mailbox_link
from sandbox.mail.office import PostOffice
from sandbox.mail.site import ADDRESS
from sandbox.x.browse import account_html, list_of_accounts
from sandbox.x.site import XSite

_STYLE = (Path(__file__).parent / "style.css").read_text(encoding="utf-8")
_MARK = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" rx="12" fill="#0b57b0"/>'
    '<path d="M14 40c8-12 14 8 22-4s10-6 14-10" fill="none" stroke="#fff" stroke-width="5"/></svg>'
)
_POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"


class Browse:
    """The read-only pages; they refresh themselves every five seconds."""

    def __init__(self, site: Site, office: PostOffice, xsite: XSite, linkedin: LinkedInSite) -> None:
        self._site, self._office, self._xsite, self._linkedin = site, office, xsite, linkedin

    def routes(self) -> list[Route]:
        """Front page, simulated pages, style and picture."""
        return [
            Route("/", self.front),
            Route("/facebook/{page_id}", self.page),
            Route("/linkedin/{page_id}", self.company_page),
            Route(f"/email/{ADDRESS}", self.mailbox),
            Route("/x/{account}", self.account),
            Route("/_sandbox/style.css", self.style),
            Route("/_sandbox/page.svg", self.picture),
        ]

    async def front(self, _request: Request) -> Response:
        """All simulated pages and the mailbox."""
        social = f"{list_of_pages(self._site)}{linkedin_browse.list_of_pages(self._linkedin)}"
        listed = f"{social}{list_of_accounts(self._xsite)}{mailbox_link(self._office)}"
        return _frame("Simulated platforms", f"<h1>Simulated platforms</h1>{listed}")

    async def page(self, request: Request) -> Response:
        """One simulated page with its threads."""
        page = get_page(self._site, request.path_params["page_id"])
        if page is None:
            return _frame("Not found", "<h1>No such page</h1>", status=404)
        return _frame(f"{page.name} (simulated)", page_html(self._site, page))

    async def account(self, request: Request) -> Response:
        """One simulated account of X."""
        shown = account_html(self._xsite, request.path_params["account"])
        return _frame("X (simulated)", shown or "<h1>No such account</h1>", status=200 if shown else 404)

    async def company_page(self, request: Request) -> Response:
        """One simulated company page with its threads."""
        page = self._linkedin.page(request.path_params["page_id"])
        if page is None:
            return _frame("Not found", "<h1>No such page</h1>", status=404)
        return _frame(f"{page.name} (simulated)", linkedin_browse.page_html(self._linkedin, page))

    async def mailbox(self, _request: Request) -> Response:
        """The simulated mailbox, and what people got from it."""
        return _frame(f"{ADDRESS} (simulated)", mailbox_html(self._office))

    async def style(self, _request: Request) -> Response:
        """The style sheet."""
        return Response(_STYLE, media_type="text/css")

    async def picture(self, _request: Request) -> Response:
        """The picture that every simulated page has."""
        return Response(_MARK, media_type="image/svg+xml")


def _frame(title: str, body: str, *, status: int = 200) -> HTMLResponse:
    html = (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="5">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(title)}</title><link rel="stylesheet" href="/_sandbox/style.css"></head><body>'
        '<nav class="top" aria-label="Sandbox"><a href="/">Sandbox</a> A simulated platform on this machine. '
        f"Nobody here is real.</nav><main>{body}</main></body></html>"
    )
    return HTMLResponse(html, status_code=status, headers={"Content-Security-Policy": _POLICY})
