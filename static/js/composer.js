/** The composer: who reads it, how long it is, sending once, what stands against it, and getting the text back. */

import * as drafts from "./drafts.js";
import { atEnd, markSeen, toEnd } from "./guard.js";
import { stopTyping, typing } from "./presence.js";
import { markPlaces } from "./saved.js";
import { refuse, speak, toast, word } from "./say.js";
import { offerUndo, undoableIn } from "./undo.js";

const composer = () => document.querySelector("form.composer");
const box = (form) => form.querySelector("textarea");
const chosen = (form) => form.querySelector("[name=mode]:checked");
const modeOf = (form) => chosen(form)?.value ?? "note";
const field = (form, name) => form.querySelector(`[name="${name}"]`);
const openOn = (entry) => { const form = composer(); return form?.dataset.number === entry.number && modeOf(form) === entry.mode ? form : null; };

/** Units of a text as the channel counts them. A weighted count is the channel's own: the server says it on saving. */
export function measure(text, unit) {
  const plain = text.normalize("NFC").trim();
  if (unit === "utf16") return plain.length;
  if (unit === "bytes") return new TextEncoder().encode(plain).length;
  if (unit === "graphemes") return [...new Intl.Segmenter().segment(plain)].length;
  return [...plain].length;
}

function count(form, told = null) {
  const { limit: most, unit } = chosen(form)?.dataset ?? {};
  const limit = Number(most) || 0;
  const length = limit ? (told ?? measure(box(form).value, unit)) : 0;
  const counter = form.querySelector(".counter");
  const over = limit > 0 && length > limit;
  counter.textContent = over ? word("over", { n: length - limit }) : limit && length >= limit * 0.8 ? word("of", { n: length, limit }) : "";
  counter.classList.toggle("over", over);
  for (const button of form.querySelectorAll(".send, .send-then")) {
    button.setAttribute("aria-disabled", String(over && button.dataset.mode !== "note"));
    if (over) button.setAttribute("aria-describedby", counter.id);
    else button.removeAttribute("aria-describedby");
  }
}

/** Change something in the composer without letting the end of the talk slip out of sight. */
function keepingEnd(form, change) {
  const thread = document.getElementById(`case-${form.dataset.number}-thread`);
  const follow = thread && atEnd(thread);
  change();
  if (follow) toEnd(thread);
}

function grow(area) {
  markPlaces(area);
  if (CSS.supports("field-sizing", "content")) return;
  area.style.height = "auto";
  area.style.height = `${area.scrollHeight}px`;
}

function sayError(form, sentence) {
  form.querySelector(".composer-error").textContent = sentence;
}

function clearObjection(form) {
  const place = form.querySelector("[data-objection]");
  if (place.firstChild) keepingEnd(form, () => place.replaceChildren());
}

/** Put a reader's text into the box. */
function show(form, entry) {
  box(form).value = entry.text;
  if (entry.sending) field(form, "client_key").value = entry.sending; // it may have gone out: sent again it is the same
  field(form, "began_as").value = entry.began;
  field(form, `revision_${entry.mode}`).value = entry.revision;
  showConflict(form, entry);
  grow(box(form));
  count(form, entry.length && entry.text === entry.saved ? entry.length : null);
}

/** Another reader was chosen: each has a text of their own; one that has none gets a copy of what is in the box. */
function onMode(form) {
  const { number } = form.dataset;
  const before = drafts.entryOf(number, form.dataset.mode);
  const next = drafts.entryOf(number, modeOf(form));
  if (before === next) return;
  form.dataset.mode = next.mode;
  const { text, began } = before;
  const carries = text.trim() && !next.text.trim();
  const sentence = carries ? word(`kept-${next.mode}`) : text.trim() ? word("own-draft") : "";
  if (before.carried?.text === text) drop(before); // looked at and left as it came
  if (carries) {
    Object.assign(next, { began, carried: { from: before.mode, text } });
    drafts.write(number, next.mode, text);
  }
  clearObjection(form);
  sayError(form, "");
  stopTyping();
  show(form, next);
  form.querySelector(".kept").textContent = sentence;
  if (sentence) speak(sentence);
}

function drop(entry) {
  Object.assign(entry, { carried: null, began: entry.mode });
  drafts.write(entry.number, entry.mode, "");
}

/** Make a composer that has just come onto the page ready. */
export function settleComposer() {
  const form = composer();
  if (!form || form.dataset.ready) return;
  form.dataset.ready = "true";
  form.dataset.mode = modeOf(form);
  const { number } = form.dataset;
  for (const radio of form.querySelectorAll("[name=mode]")) {
    const own = radio.value === form.dataset.mode;
    const kept = form.querySelector(`[data-draft-of="${radio.value}"]`);
    const text = own ? box(form).value : (kept?.content.textContent ?? "");
    drafts.begin(number, radio.value, text, Number(field(form, `revision_${radio.value}`).value));
  }
  const apple = /Mac|iPhone|iPad/.test(navigator.platform);
  for (const key of form.querySelectorAll("kbd")) key.textContent = apple ? "⌘↵" : "Ctrl ↵";
  show(form, drafts.entryOf(number, form.dataset.mode));
}

function showConflict(form, entry) {
  const place = form.querySelector("[data-conflict]");
  if (place.hidden === !entry.other && !entry.other) return;
  keepingEnd(form, () => {
    place.hidden = !entry.other;
    place.querySelector("[data-other]").textContent = entry.other ? entry.other.text || word("other-empty") : "";
  });
}

function onDraft(event) {
  const entry = event.detail;
  const name = event.type.replace("samsvar:draft-", "");
  if (name === "saved") showInRow(entry);
  const form = openOn(entry);
  if (!form) return;
  if (name === "landed" || name === "gone") { onLanded(form, entry, name === "gone"); return; }
  field(form, `revision_${entry.mode}`).value = entry.revision;
  if (name === "conflict") showConflict(form, entry);
  if (name === "saved" && entry.length !== null && entry.text === entry.saved) count(form, entry.length);
  const said = { saved: entry.text ? "draft-saved" : "", unsaved: "draft-here" }[name];
  form.querySelector(".kept").textContent = said ? word(said) : "";
}

/** The answer to a sending came to another composer than the one it was sent from, or never: `after` all it was sent. */
function onLanded(form, entry, after) {
  renew(form);
  show(form, entry);
  if (after) toast(word("sent-after-all"));
}

/** The next text is another one. */
function renew(form) {
  field(form, "client_key").value = crypto.randomUUID();
  sayError(form, "");
  clearObjection(form);
}

function showInRow(entry) {
  const line = document.querySelector(`#row-${entry.number} [data-draft]`);
  if (!line) return;
  line.hidden = !entry.start;
  line.querySelector("bdi").textContent = entry.start ?? "";
}

/** Another window of this person has saved: take it over where nothing is being written, else let them choose. */
export async function onOtherWindow({ number, mode, revision }) {
  const entry = drafts.entryOf(number, mode);
  await entry.saving;
  await entry.away;
  if (revision <= entry.revision) return;
  const form = openOn(entry);
  const busy = form && document.activeElement === box(form) && box(form).value;
  if (busy) entry.text = box(form).value;
  const had = entry.text;
  for (const changed of await drafts.fetchTexts(number).catch(() => [])) {
    showInRow(changed);
    if (changed === entry && busy && had && changed.text !== had) {
      Object.assign(changed, { other: { text: changed.text, revision: changed.revision }, text: had });
      showConflict(form, changed);
    } else if (openOn(changed)) {
      show(openOn(changed), changed);
    }
  }
}

function refused(form, sentence) {
  if (form?.isConnected) {
    sayError(form, sentence);
    box(form).focus();
  } else {
    refuse(sentence);
  }
}

/** The server has an objection that the person may answer: it stands over the text until they do. */
function objected(form, html) {
  const place = form.querySelector("[data-objection]");
  keepingEnd(form, () => { place.innerHTML = html; });
  window.htmx.process(place);
  (place.querySelector("[data-again]") ?? box(form)).focus();
}

function onSent({ mode, revision }, form) {
  // Its echo may have come before this answer and waits behind the pill: one's own words always show.
  const thread = document.getElementById(`case-${form.dataset.number}-thread`);
  if (thread) requestAnimationFrame(() => toEnd(thread));
  const { number, sending = "" } = form.dataset;
  const entry = drafts.sent(number, mode, revision, sending);
  const source = entry.carried && drafts.entryOf(number, entry.carried.from);
  if (source && source.text === entry.carried.text) drop(source); // it was sent after all, to another reader
  entry.carried = null;
  showInRow({ ...entry, start: "" });
  stopTyping();
  renew(form);
  if (field(form, "cc")) field(form, "cc").value = ""; // a copy is asked for once, not for all that follows
  if (field(form, "announce")) field(form, "announce").checked = false;
  form.querySelector(".kept").textContent = "";
  if (openOn(entry)) show(form, entry);
}

async function onUndone({ mode }, number) {
  document.getElementById("toast").hidden = true;
  speak(word("undone"));
  const changed = await drafts.fetchTexts(number).catch(() => []);
  changed.forEach(showInRow);
  const form = composer();
  if (form?.dataset.number !== number) { toast(word("undone")); return; }
  if (modeOf(form) !== mode && box(form).value.trim()) { toast(word("undone")); return; }
  const radio = form.querySelector(`[name=mode][value="${CSS.escape(mode)}"]`);
  if (radio) radio.checked = true;
  form.dataset.mode = modeOf(form);
  show(form, drafts.entryOf(number, form.dataset.mode));
  box(form).focus();
}

const numberIn = (path) => /\/case\/(\d+)\//.exec(path)?.[1] ?? "";
const numberOf = (element) => numberIn(element.getAttribute?.("hx-post") ?? "") || (element.closest?.("[data-number]")?.dataset.number ?? "");

/**
 * A text is sent as it stands, saved or not; only what is on its way already comes first: a sending, which a second
 * press must not repeat, or a save, for its revision. Before one is taken back, what the server keeps is brought up to
 * date.
 */
function onConfirm(event) {
  const element = event.target;
  const form = element.closest?.("form.composer");
  if (element.getAttribute?.("aria-disabled") === "true") {
    event.preventDefault();
    refused(form, word("over-limit"));
    return;
  }
  const number = numberIn(element.getAttribute?.("hx-post") ?? "");
  if (!form && element.dataset?.action !== "undo") return;
  const before = form ? drafts.underWay(number, modeOf(form)) : drafts.unsettled(number) && drafts.settle(number);
  if (!before) return;
  event.preventDefault();
  const late = new Promise((resolve) => { setTimeout(resolve, form ? 4000 : 2000); });
  Promise.race([before, late]).then(() => { if (!form || box(form).value.trim()) event.detail.issueRequest(true); });
}

/** The revision that the text was typed over, and the text itself, as they are at the moment of sending. */
function onConfigure(event) {
  const form = event.detail.elt.closest?.("form.composer");
  if (!form) return;
  const { parameters } = event.detail;
  form.dataset.sending = parameters.text;
  parameters[`revision_${modeOf(form)}`] = drafts.entryOf(form.dataset.number, modeOf(form)).revision;
}

/** The revision of the emptied draft where an answer says that the text was taken; false where it refuses it; else null. */
function revisionIn(xhr) {
  if (xhr.status >= 400 && xhr.status < 500) return false;
  if (xhr.status < 200 || xhr.status > 299) return null;
  return JSON.parse(xhr.getResponseHeader("HX-Trigger") ?? "{}")["samsvar:sent"]?.revision ?? null;
}

function onLeaving(event) {
  const { elt, xhr, requestConfig } = event.detail;
  const form = elt.closest?.("form.composer");
  if (!form) return;
  const { text, client_key: key } = requestConfig.parameters;
  const over = new Promise((resolve) => { xhr.addEventListener("loadend", () => resolve(revisionIn(xhr))); });
  drafts.hold({ number: form.dataset.number, mode: modeOf(form), text, key }, over);
}

function onAnswer(event) {
  const { xhr, requestConfig, elt } = event.detail;
  const form = elt.closest?.("form.composer");
  form?.removeAttribute("aria-busy");
  if (event.detail.successful && form) {
    box(form).focus({ preventScroll: true });
    const undoable = undoableIn(form.dataset.number, form.dataset.customer);
    if (undoable) offerUndo(undoable);
  } else if (!event.detail.successful && requestConfig.verb === "post" && !(xhr.getResponseHeader("HX-Trigger") ?? "").includes("samsvar:refused")) {
    refused(form, word("failed"));
  } else if (!event.detail.successful && form && xhr.responseText.includes("data-code=")) {
    sayError(form, "");
    objected(form, xhr.responseText);
  }
}

async function onRefused({ code, sentence }, form) {
  if (form && code === "draft_changed") {
    const entry = drafts.entryOf(form.dataset.number, modeOf(form));
    entry.saved = entry.text === entry.saved ? "" : entry.saved; // what is in the box is not what the server has
    await drafts.save(entry);
  } else {
    if (form && code === "key_reused") renew(form); // what went out before was another text
    refused(form, sentence);
  }
}

function onInput(event) {
  const form = event.target.closest("form.composer");
  if (!form) return;
  if (event.target.name === "mode") { onMode(form); return; }
  if (event.target !== box(form)) return;
  grow(event.target);
  count(form);
  sayError(form, "");
  clearObjection(form);
  form.querySelector(".kept").textContent = "";
  drafts.write(form.dataset.number, modeOf(form), event.target.value);
  if (event.target.value.trim()) typing(Number(form.dataset.number), modeOf(form));
  else stopTyping();
}

function onKeep(event) {
  const button = event.target.closest?.("[data-keep]");
  const form = button?.closest("form.composer");
  if (!form) return;
  const entry = drafts.entryOf(form.dataset.number, modeOf(form));
  const done = drafts.choose(entry, button.dataset.keep === "mine");
  show(form, entry);
  box(form).focus();
  done.then(() => openOn(entry) && show(form, entry));
}

/** Wire the composer to typing, sending, and what the server answers. */
export function startComposer() {
  drafts.startDrafts();
  document.addEventListener("input", onInput);
  document.addEventListener("click", onKeep);
  document.addEventListener("focusout", (event) => {
    const form = event.target.closest?.("form.composer");
    const toSend = event.relatedTarget?.matches?.(".send, .send-then"); // the press of it takes the text along
    if (form && event.target === box(form) && !toSend) drafts.save(drafts.entryOf(form.dataset.number, modeOf(form)));
  });
  document.addEventListener("keydown", (event) => {
    const form = event.target.closest?.("form.composer");
    const alone = !event.ctrlKey && !event.metaKey;
    if (form && alone && event.key === "Enter" && event.target.matches("input")) event.preventDefault(); // never sends by itself
  });
  for (const name of ["saved", "unsaved", "conflict", "landed", "gone"]) document.addEventListener(`samsvar:draft-${name}`, onDraft);
  document.addEventListener("htmx:confirm", onConfirm);
  document.addEventListener("htmx:beforeRequest", (event) => {
    const form = event.detail.elt.closest?.("form.composer");
    if (form) { sayError(form, ""); form.setAttribute("aria-busy", "true"); }
  });
  document.addEventListener("htmx:configRequest", onConfigure);
  document.addEventListener("htmx:beforeSend", onLeaving);
  document.addEventListener("htmx:afterRequest", onAnswer);
  document.addEventListener("samsvar:sent", (event) => { const form = event.target.closest?.("form.composer"); if (form) onSent(event.detail, form); });
  document.addEventListener("samsvar:refused", (event) => onRefused(event.detail, event.target.closest?.("form.composer")));
  document.addEventListener("samsvar:undone", (event) => onUndone(event.detail, numberOf(event.target)));
  document.addEventListener("samsvar:leaving", () => { drafts.saveAll(); stopTyping(); });
  document.addEventListener("samsvar:seen", () => composer() && markSeen(composer().dataset.number));
  settleComposer();
}
