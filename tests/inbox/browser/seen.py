"""What the tests of the live rules look at on a page, and how a customer writes once more."""

LIST = "/inbox/all?sort=newest"


def at(case):
    """The address of the list with this case open."""
    return f"{LIST}&case={case.number}"


def box(page):
    """The composer's text field."""
    return page.locator("textarea[name=text]")


def shown(page):
    """The numbers of the rows in the list, from the top."""
    return [int(number) for number in page.locator(".row").evaluate_all("rows => rows.map(row => row.dataset.number)")]


def connected(page, line, wait_until):
    """Wait until the socket has proved that it works."""
    wait_until(lambda: any('"beat"' in str(frame) for frame in line.heard), "the line stands")


def again(written, case, text="Og en ting til", **more):
    """The customer of this case writes once more."""
    number = case.ticket_threads.get().thread.external_root.removeprefix("root-")
    return written(text, who=f"customer-{number}", root=f"root-{number}", **({"minutes": 30} | more))


def kept_texts():
    """What is kept as drafts, by reader."""
    from tickets.drafts import text_of
    from tickets.models import Draft

    return {draft.mode: text_of(draft) for draft in Draft.objects.all() if draft.sealed}


def local_copies(page):
    """The drafts that this tab's session storage holds."""
    return page.evaluate("Object.entries(sessionStorage).filter(([key]) => key.startsWith('samsvar:draft'))")
