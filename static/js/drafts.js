/**
 * What is written and not sent: one text for each case and reader, saved on the server while one writes. A copy stays
 * in this tab's session storage only while the server has not taken the newest text.
 */

import { signedOut } from "./say.js";

const QUIET = 600; // milliseconds without a key before a text is saved
const HELD = 3000; // milliseconds that a text waits for the answer to its sending before it is saved all the same
const entries = new Map(); // "number:mode" → what this tab knows of one text

const main = () => document.querySelector("[data-me]");
const keyOf = (number, mode) => `${number}:${mode}`;
const localKey = (entry) => `samsvar:draft:${main()?.dataset.me}:${keyOf(entry.number, entry.mode)}`;
const tell = (name, entry) => document.dispatchEvent(new CustomEvent(`samsvar:draft-${name}`, { detail: entry }));
const token = () => document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";

/** What this tab holds for a reader of a case. */
export function entryOf(number, mode) {
  const key = keyOf(number, mode);
  if (!entries.has(key)) {
    entries.set(key, { number: String(number), mode, text: "", saved: "", revision: 0, began: mode, other: null, failed: false, timer: 0, saving: null, sending: null, away: null });
  }
  return entries.get(key);
}

const dirty = (entry) => entry.text !== entry.saved;

/**
 * Take in what a composer came with; a text this tab could not save yet goes before it, if nobody saved since. A page
 * that was drawn before this tab's last save came through has nothing to say.
 */
export function begin(number, mode, text, revision) {
  const entry = entryOf(number, mode);
  const local = readLocal(entry);
  if (!dirty(entry) && revision >= entry.revision) Object.assign(entry, { text, saved: text, revision, other: null });
  if (local && local.text !== text) {
    const newer = local.revision !== revision;
    Object.assign(entry, { text: local.text, saved: text, revision: local.revision, began: mode, failed: true, sending: local.sending ?? null });
    if (newer && !entry.sending) object(entry, { text, revision });
    else save(entry);
  } else if (local) {
    dropLocal(entry);
  }
  return entry;
}

function readLocal(entry) {
  try {
    return JSON.parse(sessionStorage.getItem(localKey(entry)));
  } catch {
    return null;
  }
}

function keepLocal(entry) {
  try {
    sessionStorage.setItem(localKey(entry), JSON.stringify({ text: entry.text, revision: entry.revision, sending: entry.sending }));
  } catch {
    // Storage is full or shut: the tab itself still holds the text.
  }
}

function dropLocal(entry) {
  sessionStorage.removeItem(localKey(entry));
}

/** A key was pressed: the text is saved once it is quiet. */
export function write(number, mode, text) {
  const entry = entryOf(number, mode);
  entry.text = text;
  clearTimeout(entry.timer);
  entry.timer = dirty(entry) && !entry.other ? setTimeout(() => save(entry), QUIET) : 0;
  if (entry.failed) keepLocal(entry);
  return entry;
}

/** Save now; one save at a time, and the newest text last. Gives a promise of its end. */
export function save(entry, { force = false, leaving = false } = {}) {
  clearTimeout(entry.timer);
  const first = leaving ? null : (entry.saving ?? entry.away);
  if (first) return first.then(() => save(entry, { force }));
  if (!dirty(entry) && !force) return Promise.resolve();
  if (entry.other && !force) return Promise.resolve();
  const sending = post(entry, { force, leaving });
  if (leaving) return sending;
  entry.saving = sending.finally(() => { entry.saving = null; });
  return entry.saving;
}

async function post(entry, { force, leaving }) {
  const { text } = entry;
  const body = new URLSearchParams({ mode: entry.mode, text, case: entry.number, csrfmiddlewaretoken: token(), [`revision_${entry.mode}`]: entry.revision });
  if (force) body.set("force", "1");
  if (entry.sending) body.set("sent_as", entry.sending);
  if (leaving) keepLocal(entry);
  try {
    const signal = leaving ? undefined : AbortSignal.timeout(8000);
    const answer = await fetch(`/case/${entry.number}/draft`, { method: "POST", body, headers: { Accept: "application/json" }, keepalive: leaving, signal });
    if (answer.redirected) { unsaved(entry); signedOut(); return; }
    if (answer.status === 409) { object(entry, await answer.json()); return; }
    if (!answer.ok) { unsaved(entry); return; }
    const told = await answer.json();
    if (told.sent) takeOff(entry, text, told.text);
    const { revision, start, length } = told;
    const saved = told.sent ? told.text : text;
    Object.assign(entry, { revision: Math.max(revision, entry.revision), saved, start, length: entry.text === saved ? length : null, other: null, failed: false });
    dropLocal(entry);
    tell("saved", entry);
  } catch {
    unsaved(entry);
  }
}

/** What a sending without an answer had taken along after all: only `rest` of the text that was `saved` is left. */
function takeOff(entry, saved, rest) {
  if (entry.text.startsWith(saved)) entry.text = rest + entry.text.slice(saved.length);
  if (entry.sending) tell("gone", Object.assign(entry, { sending: null }));
}

function unsaved(entry) {
  entry.failed = true;
  keepLocal(entry);
  tell("unsaved", entry);
}

/** Another window has saved something else: both stay until the person chooses. */
function object(entry, other) {
  entry.other = other;
  keepLocal(entry);
  tell("conflict", entry);
}

/** The person has chosen between their two texts. */
export function choose(entry, mine) {
  const { other } = entry;
  if (!other) return Promise.resolve();
  Object.assign(entry, { revision: other.revision, saved: other.text, other: null });
  if (mine) return save(entry, { force: true });
  entry.text = other.text;
  entry.failed = false;
  dropLocal(entry);
  return Promise.resolve();
}

/**
 * A text is on its way to its reader under an idempotency key, saved or not. Until that is `over`, but not for long, it
 * is not saved beside it, and what is told of it is most likely of our own making. `over` gives the revision of its empty
 * draft once it was taken, false when it was refused, null when nobody knows: then it is saved, and the server says
 * whether it had gone out.
 */
export function hold({ number, mode, text, key }, over) {
  const entry = entryOf(number, mode);
  const late = new Promise((resolve) => { setTimeout(resolve, HELD, null); });
  entry.sending = key;
  over.then((revision) => {
    if (revision === null || entry.sending !== key) return;
    if (revision === false) { entry.sending = null; return; }
    sent(number, mode, revision, text); // its composer was gone when it landed
    tell("landed", entry);
  });
  entry.away = Promise.race([over, late]).then(() => {
    entry.away = null;
    return save(entry);
  });
}

/** A text was sent: nothing of it is left here. What was typed since stays. */
export function sent(number, mode, revision, text) {
  const entry = entryOf(number, mode);
  const rest = entry.text.startsWith(text) ? entry.text.slice(text.length) : entry.text;
  clearTimeout(entry.timer);
  Object.assign(entry, { text: rest.trim() ? rest : "", saved: "", revision, began: mode, other: null, failed: false, sending: null });
  dropLocal(entry);
  if (entry.text) write(number, mode, entry.text);
  return entry;
}

/** What the next sending of a reader's text has to wait for: the one before it, or a save that tells its revision. */
export const underWay = (number, mode) => entryOf(number, mode).away ?? entryOf(number, mode).saving;

/** Save every text of a case that is not saved, and wait for it: before a sent one is taken back. */
export function settle(number) {
  const mine = [...entries.values()].filter((entry) => entry.number === String(number));
  return Promise.all(mine.map((entry) => save(entry).then(() => entry.saving)));
}

/** Is there a text of this case on its way, or not saved yet? */
export const unsettled = (number) => [...entries.values()].some((entry) => entry.number === String(number) && !entry.other && (entry.saving || dirty(entry)));

/** Ask the server for this case's texts. Gives those that differ from what this tab holds. */
export async function fetchTexts(number) {
  const answer = await fetch(`/case/${number}/drafts`, { headers: { Accept: "application/json" }, cache: "no-store" });
  if (answer.redirected || !answer.ok) return [];
  const { drafts } = await answer.json();
  const changed = [];
  for (const [mode, { text, revision, start }] of Object.entries(drafts)) {
    const entry = entryOf(number, mode);
    if (revision <= entry.revision || entry.saving) continue;
    const had = dirty(entry);
    if (had && entry.text !== text) { object(entry, { text, revision }); continue; }
    Object.assign(entry, { text, saved: text, revision, start, began: mode });
    changed.push(entry);
  }
  return changed;
}

/** The line is back: everything that waited goes now. */
export function saveAll(options) {
  for (const entry of entries.values()) if (dirty(entry)) save(entry, options);
}

/** Texts this tab kept for a case that is not open any more. */
function resumeLocal() {
  const mine = `samsvar:draft:${main()?.dataset.me}:`;
  for (const key of Object.keys(sessionStorage)) {
    if (!key.startsWith("samsvar:draft:")) continue;
    if (!key.startsWith(mine)) { sessionStorage.removeItem(key); continue; }
    const [number, mode] = key.slice(mine.length).split(":");
    if (entries.has(keyOf(number, mode))) continue;
    const entry = entryOf(number, mode);
    const local = readLocal(entry);
    if (local) { Object.assign(entry, { text: local.text, revision: local.revision, sending: local.sending ?? null, failed: true }); save(entry); }
  }
}

/** Save on leaving, and forget at sign-out. */
export function startDrafts() {
  resumeLocal();
  const leave = () => saveAll({ leaving: true });
  document.addEventListener("visibilitychange", () => document.hidden && leave());
  window.addEventListener("pagehide", leave);
  window.addEventListener("beforeunload", (event) => {
    if ([...entries.values()].some((entry) => entry.failed && dirty(entry))) event.preventDefault();
  });
  document.addEventListener("submit", (event) => {
    if (event.target.getAttribute("action") === "/sign-out") sessionStorage.clear();
  });
}
