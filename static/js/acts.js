/** What was just done to a case, in a toast with its undo: the plain reverse, posted as the buttons post it. */

import { reconcileCase } from "./guard.js";
import { actedOn, openCase } from "./list.js";
import { catchUp, refreshCounts } from "./live.js";
import { refuse, signedOut, toast, word } from "./say.js";
import { shortTime } from "./time.js";

const UNDO_MILLISECONDS = 8000;

/** Post to a case as its own buttons do; shows the open case as it then is. Gives: what was done, null when refused. */
export async function act(number, action, values = {}) {
  const headers = { ...JSON.parse(document.body.getAttribute("hx-headers")), "HX-Request": "true" };
  const body = new URLSearchParams(values);
  const answer = await fetch(`/case/${number}/${action}`, { method: "POST", headers, body }).catch(() => null);
  const told = JSON.parse(answer?.headers.get("HX-Trigger") ?? "{}");
  if (answer?.redirected || answer?.status === 401) signedOut();
  else if (!answer?.ok) refuse(told["samsvar:refused"]?.sentence || word("failed"));
  if (!answer?.ok || answer.redirected) return null;
  if (openCase() === number) reconcileCase(await answer.text(), { own: true });
  actedOn(number);
  catchUp();
  refreshCounts();
  return told["samsvar:did"] ?? {};
}

/** Say what was done, with a button that undoes it. */
export function offer({ did, number, at, undo, until }) {
  const box = toast(word(`did-${did}`, { time: at ? shortTime(at) : "" }), UNDO_MILLISECONDS);
  if (!box || !undo) return;
  const line = document.createElement("span");
  line.textContent = box.textContent;
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "btn sm", textContent: word("undo") });
  button.addEventListener("click", async () => {
    button.setAttribute("aria-disabled", "true");
    if (await act(number, undo, until ? { until } : {})) toast(word("undone-act"));
    if (document.activeElement === document.body) (document.getElementById(`case-${number}-life`) ?? document.querySelector(`#row-${number} .r`) ?? document.getElementById("main"))?.focus({ preventScroll: true });
  }, { once: true });
  box.replaceChildren(line, button);
}

/** Do it and say so: from a row's menu. */
export async function actAndOffer(number, action) {
  const done = await act(number, action);
  if (done?.did) offer(done);
}

/** Wire the answers of the case's own forms, and tell the server which clock this person goes by. */
export function startActs() {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";
  if (/^[\w+/-]{1,60}$/.test(zone)) document.cookie = `samsvar_zone=${zone}; path=/; max-age=31536000; samesite=lax`;
  document.addEventListener("samsvar:did", (event) => offer(event.detail));
  document.addEventListener("htmx:beforeRequest", (event) => { // not on the click: the form still asks which button it was
    if (event.detail.elt.matches?.(".snooze-offers, .snooze-wake")) event.detail.elt.closest("[popover]").hidePopover();
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful && event.detail.elt.matches?.(".snooze-own")) event.detail.elt.closest("[popover]")?.hidePopover();
  });
}
