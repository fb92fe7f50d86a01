"""Files in a real browser: chosen, refused before they leave, sent, undone, dropped and pasted."""

import re

import pytest
from playwright.sync_api import expect

from tickets.models import Message, StoredFile

PICTURE = {"name": "etikett.png", "mimeType": "image/png", "buffer": b"\x89PNG\r\n\x1a\n" + b"\0" * 4000}
DROP = """([kind, name, type]) => {
  const data = new DataTransfer();
  data.items.add(new File(["%PDF-1.4 kvittering"], name, { type }));
  const area = document.querySelector("textarea[name=text]");
  const init = { bubbles: true, cancelable: true };
  area.dispatchEvent(kind === "paste" ? new ClipboardEvent("paste", { ...init, clipboardData: data })
    : new DragEvent("drop", { ...init, dataTransfer: data }));
}"""


@pytest.fixture
def talk(written_in):
    return written_in("messenger", "104000000000002", visibility="private")


@pytest.fixture
def at_talk(open_page, people, talk):
    return open_page(people["agent"], f"/inbox/all?sort=newest&case={talk.number}")


def chips(page):
    return page.locator(".chosen-file")


def pick(page, *files):
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Attach files").click()
    chooser.value.set_files(list(files))


def send(page):
    page.get_by_role("button", name=re.compile("^Send privately")).click()


def test_a_file_goes_up_goes_out_and_comes_back_with_an_undo(at_talk, wait_until):
    pick(at_talk, PICTURE)
    expect(chips(at_talk)).to_contain_text("etikett.png")
    expect(chips(at_talk)).to_contain_text("4 kB")
    at_talk.locator("textarea[name=text]").fill("Se etiketten")
    send(at_talk)

    expect(at_talk.locator(".msg.out .file")).to_contain_text("etikett.png")
    expect(chips(at_talk)).to_have_count(0)
    assert StoredFile.objects.get().message == Message.objects.get(direction="out")

    at_talk.locator("#toast").get_by_role("button", name="Undo").click()
    expect(chips(at_talk)).to_contain_text("etikett.png")
    expect(at_talk.locator("textarea[name=text]")).to_have_value("Se etiketten")
    send(at_talk)
    expect(chips(at_talk)).to_have_count(0)
    wait_until(lambda: StoredFile.objects.get().message == Message.objects.get(direction="out"), "it went along again")


def test_what_the_channel_refuses_never_leaves_the_browser(at_talk):
    pick(at_talk, {"name": "arkiv.zip", "mimeType": "application/zip", "buffer": b"PK"},
         {"name": "film.mp4", "mimeType": "video/mp4", "buffer": b"\0" * 8_400_000})  # fmt: skip
    expect(chips(at_talk).nth(0)).to_contain_text("not a kind of file the channel takes")
    expect(chips(at_talk).nth(1)).to_contain_text("larger than 8.4 MB")
    at_talk.locator("textarea[name=text]").fill("Se arkivet")
    send(at_talk)
    expect(at_talk.locator(".composer-error")).to_have_text("A file cannot go with this. Remove it to send.")

    at_talk.get_by_role("button", name="Remove arkiv.zip").click()
    at_talk.get_by_role("button", name="Remove film.mp4").click()
    send(at_talk)
    expect(at_talk.locator(".msg.out")).to_contain_text("Se arkivet")
    assert StoredFile.objects.count() == 0


@pytest.mark.parametrize("kind", ["drop", "paste"])
def test_a_file_can_be_dropped_or_pasted_but_not_into_a_note(at_talk, wait_until, kind):
    at_talk.evaluate(DROP, [kind, "kvittering.pdf", "application/pdf"])
    expect(chips(at_talk)).to_contain_text("kvittering.pdf")
    wait_until(lambda: StoredFile.objects.count() == 1, "it is kept")

    at_talk.locator(".mode.for-note").click()
    expect(chips(at_talk)).not_to_be_visible()
    expect(at_talk.get_by_role("button", name="Attach files")).not_to_be_visible()
    at_talk.evaluate(DROP, [kind, "andre.pdf", "application/pdf"])
    expect(at_talk.locator("#alert")).to_have_text("No files go with a note.")
    assert StoredFile.objects.count() == 1


def test_a_file_waits_for_whoever_comes_back_and_can_be_removed(at_talk, wait_until):
    pick(at_talk, PICTURE)
    wait_until(lambda: StoredFile.objects.count() == 1, "it is kept")
    at_talk.reload()
    expect(chips(at_talk)).to_contain_text("etikett.png")
    at_talk.get_by_role("button", name="Remove etikett.png").click()
    expect(chips(at_talk)).to_have_count(0)
    assert StoredFile.objects.count() == 0


def test_a_line_that_fails_is_said_and_the_text_does_not_leave_without_the_file(open_page, at_talk):
    at_talk.route("**/files", lambda route: route.abort())
    pick(at_talk, PICTURE)
    expect(chips(at_talk)).to_contain_text("not uploaded, the line failed")
    at_talk.locator("textarea[name=text]").fill("Se etiketten")
    send(at_talk)
    expect(at_talk.locator(".composer-error")).to_have_text("A file cannot go with this. Remove it to send.")
    assert Message.objects.filter(direction="out").count() == 0
    open_page.troubles.clear()  # the browser names the request that failed
