/**
 * Pages that open over the case as a dialog, and buttons that do one thing: links marked data-dialog, forms in the
 * dialog, and forms marked data-act-form. Without this they are pages and plain posts. What is done says so in a toast
 * that can take it back.
 */

import { openCase, showCase } from "./list.js";
import { catchUp, refreshCounts } from "./live.js";
import { refuse, signedOut, toast, word } from "./say.js";
import { tick } from "./time.js";

const dialog = () => document.getElementById("case-dialog");
const body = () => dialog().querySelector("[data-dialog-body]");
const token = () => JSON.parse(document.body.getAttribute("hx-headers"));
const hasList = () => document.getElementById("rows") !== null;
let opener = null;

/** Ask one of our pages for its inner part. Gives the answer, or null when there is none to show. */
export async function ask(url, options = {}) {
  const headers = { ...token(), "HX-Request": "true", "HX-Target": "case-dialog" };
  const answer = await fetch(url, { ...options, headers, cache: "no-store" }).catch(() => null);
  if (answer?.redirected) signedOut();
  if (answer?.ok && !answer.redirected) return answer;
  const html = answer?.headers.get("Content-Type")?.includes("text/html") && (await answer.clone().text());
  if (html && html.includes("dialog-title")) return answer; // the form again, with what is wrong
  const told = answer && JSON.parse(answer.headers.get("HX-Trigger") ?? "{}")["samsvar:refused"];
  if (!answer?.redirected) refuse(told?.sentence || word("failed"));
  return null;
}

/** Show a fragment of ours in the dialog. */
export function fill(html) {
  const box = dialog();
  if (!box.open) opener = document.activeElement;
  body().innerHTML = html;
  box.setAttribute("aria-label", body().querySelector(".dialog-title")?.textContent ?? "");
  tick(body());
  if (!box.open) box.showModal();
  (body().querySelector("[autofocus], input:not([type=hidden]), select, button, a") ?? box).focus();
}

/** Close it; focus goes back to what opened it. */
export function closeDialog() {
  dialog().close();
}

async function show(url) {
  const answer = await ask(url);
  if (answer) fill(await answer.text());
}

/** A toast with a sentence and one button that takes the act back. Gives the toast. */
export function offer(sentence, undo, milliseconds = 20000) {
  const box = toast(sentence, milliseconds);
  if (!box || !undo) return box;
  const form = document.createElement("form");
  Object.assign(form, { method: "post", action: `/undo/${undo}` });
  form.dataset.actForm = "";
  const button = document.createElement("button");
  button.className = "btn sm";
  button.dataset.action = "undo";
  button.textContent = word("undo");
  form.append(button);
  box.append(form);
  return box;
}

/** The case where it goes on, drawn anew: its threads, and with them its composer, may be others now. */
function goOn(number, undo) {
  if (!number || !openCase()) return catchUp();
  if (!hasList()) return location.assign(`/case/${number}${undo ? `?done=${undo}` : ""}`);
  catchUp();
  return showCase(number, { push: number !== openCase() });
}

function done(answer) {
  const told = JSON.parse(answer.headers.get("HX-Trigger") ?? "{}")["samsvar:done"];
  if (dialog().open) closeDialog();
  refreshCounts();
  if (!told) return;
  goOn(told.number, told.undo);
  offer(told.sentence, told.undo);
}

async function post(form, submitter) {
  if (form.getAttribute("aria-busy")) return;
  form.setAttribute("aria-busy", "true");
  try {
    const answer = await ask(form.action, { method: "POST", body: new FormData(form, submitter) });
    if (answer?.status === 204) done(answer);
    else if (answer) fill(await answer.text());
  } finally {
    form.removeAttribute("aria-busy");
  }
}

function onSubmit(event) {
  const form = event.target;
  if (form.matches("[data-dialog-form]") && dialog()?.contains(form)) {
    event.preventDefault();
    show(`${form.action}?${new URLSearchParams(new FormData(form))}`);
  } else if (form.matches("[data-act-form]") || (form.matches(".join:not([data-bulk-form])") && dialog()?.contains(form))) {
    event.preventDefault();
    post(form, event.submitter);
  }
}

function onClick(event) {
  const link = event.target.closest("[data-dialog]");
  if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  link.closest("details[open]")?.removeAttribute("open");
  link.closest("[popover]:popover-open")?.hidePopover();
  show(link.href);
}

/** Wire them. */
export function startDialogs() {
  if (!dialog()) return;
  document.addEventListener("click", onClick);
  document.addEventListener("submit", onSubmit);
  dialog().addEventListener("close", () => {
    body().replaceChildren();
    if (opener?.isConnected) opener.focus({ preventScroll: true });
    opener = null;
  });
}
