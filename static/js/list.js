/** The list: which rows belong, what waits behind the pill, and opening a case beside it. */

import { parse, updateRow } from "./guard.js";
import { refuse, signedOut, speak, word, wordFor } from "./say.js";
import { tick } from "./time.js";

const fresh = new Set(); // numbers of cases that belong here but are not shown yet
let spokenAt = 0;

const rows = () => document.getElementById("rows");
const list = () => document.getElementById("rows-list");
const rowOf = (number) => document.getElementById(`row-${number}`);
const same = (a, b) => String(a ?? "") === String(b ?? "");

/** Does a case with these facts belong in this list? Where it has a filter only the server can say: see `check`. */
export function belongs(facts, filter) {
  if (facts.status === "spam" && filter.status !== "spam") return false;
  if (filter.status && facts.status !== filter.status) return false;
  if (filter.view === "drafts" || filter.view === "mentions") return rowOf(facts.number) !== null;
  if (filter.view === "mine") return facts.assignee_id !== null && same(facts.assignee_id, filter.userId);
  if (filter.view === "unassigned") return facts.assignee_id === null;
  if (filter.view === "team") return same(facts.team_id, filter.teamId);
  return true;
}

/** A case changed: its row in place, else the pill. */
export function applyRow(frame) {
  const host = rows();
  if (!host) return;
  const row = rowOf(frame.facts.number);
  if (row) {
    updateRow(row, parse(frame.html));
    markNews(row, frame);
  }
  if (host.dataset.text) check(frame.facts.number, frame);
  else settle(frame, belongs(frame.facts, host.dataset));
}

/** Where a changed case stands now that it is known whether it belongs here. */
function settle(frame, here) {
  const host = rows();
  const { number, status } = frame.facts;
  const row = rowOf(number);
  if (row) {
    if (!here && acted.has(number) && leave(row)) return;
    markLeft(row, here ? "" : host.dataset.status && status !== host.dataset.status ? status : host.dataset.text ? "filter" : "moved");
  } else if (!here) {
    fresh.delete(number);
  } else if (!list().children.length) {
    // Nothing is here that could move.
    document.getElementById("empty-list")?.remove();
    list().append(parse(frame.html));
    markNews(rowOf(number), frame);
    tick(list());
    markCurrent();
  } else {
    fresh.add(number);
  }
  showPill();
}

const CHECK_AFTER = 300; // the first waits for others, so that a burst is one question
const CHECK_MOST = 200;
const toCheck = new Map(); // number → its newest frame, or null when only time has passed
let checking = 0;

/** Ask the server whether a case fits the list's filter; questions go together, one request at a time. */
function check(number, frame) {
  toCheck.set(number, frame ?? toCheck.get(number) ?? null);
  checking ||= setTimeout(askWhatFits, CHECK_AFTER);
}

async function askWhatFits() {
  const url = new URL(rows().dataset.url, location.href);
  const frames = [...toCheck].slice(0, CHECK_MOST);
  for (const [number] of frames) toCheck.delete(number);
  url.searchParams.set("only", frames.map(([number]) => number).join(","));
  const answer = await fetch(url, { cache: "no-store", headers: { Accept: "application/json", "HX-Request": "true", "HX-Target": "queue-check" } }).catch(() => null);
  const fits = answer?.ok && !answer.redirected ? new Set((await answer.json()).here) : null;
  for (const [number, frame] of fits ? frames : []) {
    if (frame) settle(frame, fits.has(number));
    else if (rowOf(number)) markLeft(rowOf(number), fits.has(number) ? "" : "filter");
  }
  checking = toCheck.size ? setTimeout(askWhatFits, CHECK_AFTER) : 0;
}

/** Time alone moves cases into some filters and out of them: look again each minute while somebody looks. */
function onMinute() {
  const host = rows();
  if (document.hidden || !host || !("clock" in host.dataset)) return;
  for (const row of list().querySelectorAll(".row")) check(Number(row.dataset.number), null);
  askServer();
}

/** A case went where this person does not see it. The row stays, said so, until the next command. */
export function applyGone(frame) {
  fresh.delete(frame.facts.number);
  const row = rowOf(frame.facts.number);
  if (row) markLeft(row, "moved");
  showPill();
}

/** A customer's new word makes the row unread, unless its case is open here; an answer makes it read. */
function markNews(row, { facts }) {
  const said = facts.what === "opened" || facts.what === "message";
  if (!row.classList.contains("waits") || facts.number === openCase()) row.classList.remove("unread");
  else if (said) row.classList.add("unread");
}

function markLeft(row, how) {
  row.classList.toggle("left", Boolean(how));
  row.querySelector(".left-word")?.remove();
  if (!how) return;
  const said = document.createElement("span");
  said.className = "chip left-word";
  said.textContent = word(`left-${how}`);
  row.querySelector(".r").append(said);
}

const acted = new Map(); // cases this person has just acted on → the timer that forgets it
let pointer = { x: -1, y: -1 };

/** The person's own command: if the case leaves the list by it, its row goes; nobody else's command moves a row. */
export function actedOn(number) {
  clearTimeout(acted.get(number));
  acted.set(number, setTimeout(() => acted.delete(number), 5000));
  const row = rowOf(number);
  if (row?.classList.contains("left")) leave(row);
}

/** Let a row collapse while the one under the pointer stays there. Gives: false when somebody is in it. */
function leave(row) {
  if (row.contains(document.activeElement)) return false;
  const gone = () => {
    const host = rows();
    const under = document.elementFromPoint(pointer.x, pointer.y)?.closest(".row");
    const before = under?.getBoundingClientRect().top ?? 0;
    row.remove();
    if (!under?.isConnected) return;
    const moved = before - under.getBoundingClientRect().top;
    const scrolled = Math.min(moved, host.scrollTop);
    host.scrollTop -= scrolled;
    if (moved > scrolled) host.style.paddingBlockStart = `${moved - scrolled + (parseFloat(host.style.paddingBlockStart) || 0)}px`;
  };
  row.classList.add("leaving");
  setTimeout(gone, matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 140);
  return true;
}

function showPill() {
  const pill = document.getElementById("fresh");
  if (!pill) return;
  pill.hidden = fresh.size === 0;
  const n = Math.min(fresh.size, 99);
  pill.querySelector("span").textContent = fresh.size > 99 ? wordFor("fresh", 99).replace("99", "99+") : wordFor("fresh", n);
  if (fresh.size && Date.now() - spokenAt > 60000) {
    spokenAt = Date.now();
    speak(wordFor("fresh-spoken", fresh.size));
  }
}

let asking = 0;

function askServer() {
  if (asking) return;
  asking = setTimeout(async () => {
    asking = 0;
    const page = await fetchRows(rows().dataset.url).catch(() => null);
    for (const row of page?.querySelectorAll(".row") ?? []) if (!rowOf(row.dataset.number)) fresh.add(Number(row.dataset.number));
    showPill();
  }, 1000);
}

async function fetchRows(url) {
  const answer = await fetch(url, { cache: "no-store", headers: { Accept: "text/html", "HX-Request": "true", "HX-Target": "queue-rows" } });
  if (answer.redirected && new URL(answer.url).pathname === "/sign-in") signedOut();
  if (!answer.ok) throw new Error(String(answer.status));
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return page.getElementById("rows") ?? page.body;
}

/** Bring the list to what the server has now: by the pill, by ".", or after a long absence. */
export async function reloadList({ quiet = false } = {}) {
  const host = rows();
  if (!host) return;
  try {
    const page = await fetchRows(host.dataset.url);
    const focused = document.activeElement?.closest?.(".row")?.id;
    const seen = mergeTo(host, page);
    fresh.clear();
    showPill();
    if (!quiet) host.scrollTop = 0;
    if (focused) document.getElementById(focused)?.querySelector("a").focus({ preventScroll: true });
    else if (!quiet && seen) list().querySelector(".r")?.focus({ preventScroll: true });
  } catch {
    if (!quiet) refuse(word("list-failed"));
  }
}

function mergeTo(host, page) {
  host.replaceChildren(...[...page.childNodes].map((node) => document.importNode(node, true)));
  host.style.paddingBlockStart = "";
  tick(host);
  markCurrent();
  document.dispatchEvent(new CustomEvent("samsvar:rows"));
  return list().children.length;
}

async function showMore(link) {
  link.setAttribute("aria-busy", "true");
  try {
    const page = await fetchRows(link.href);
    const more = [...page.querySelectorAll(".row")].filter((row) => !rowOf(row.dataset.number));
    list().append(...more.map((row) => document.importNode(row, true)));
    const next = page.querySelector("[data-more]");
    if (next) link.replaceWith(document.importNode(next, true));
    else link.remove();
    tick(list());
    document.dispatchEvent(new CustomEvent("samsvar:rows"));
    rowOf(more[0]?.dataset.number)?.querySelector("a").focus({ preventScroll: true });
  } catch {
    link.removeAttribute("aria-busy");
    refuse(word("list-failed"));
  }
}

/** The number of the case in the pane, or null. */
export function openCase() {
  return Number(document.querySelector("#case-pane .case")?.dataset.number) || null;
}

/** Mark the row whose case is open. */
export function markCurrent() {
  const number = openCase();
  for (const row of document.querySelectorAll(".row.current")) {
    row.classList.remove("current");
    row.querySelector(".r").removeAttribute("aria-current");
  }
  const row = number && rowOf(number);
  row?.classList.add("current");
  row?.classList.remove("unread");
  row?.querySelector(".r").setAttribute("aria-current", "true");
}

function caseUrl(number) {
  const url = new URL(rows().dataset.url, location.href);
  if (number) url.searchParams.set("case", number);
  return url.pathname + url.search;
}

/** Load a case into the pane beside the list; `push` puts it into the address. */
export async function showCase(number, { push = true } = {}) {
  const pane = document.getElementById("case-pane");
  const before = openCase() ? null : [...pane.childNodes]; // an open case stays to be read until the next one is here
  if (before) pane.replaceChildren(document.getElementById("case-skeleton").content.cloneNode(true));
  await window.htmx.ajax("GET", caseUrl(number), { source: pane, target: pane, swap: "innerHTML" });
  if (before && !openCase()) pane.replaceChildren(...before);
  if (openCase() !== number) return;
  if (push) history.pushState({}, "", caseUrl(number));
}

function closeCase() {
  const number = openCase();
  document.dispatchEvent(new CustomEvent("samsvar:leaving"));
  document.getElementById("case-pane").replaceChildren();
  markCurrent();
  rowOf(number)?.querySelector("a").focus({ preventScroll: true });
  document.dispatchEvent(new CustomEvent("samsvar:case"));
}

const plainClick = (event) => event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;

function onClick(event) {
  if (!plainClick(event) || event.defaultPrevented) return;
  const row = event.target.closest(".row .r");
  const more = event.target.closest("[data-more]");
  if (row && rows()) {
    event.preventDefault();
    const number = Number(row.closest(".row").dataset.number);
    if (number !== openCase()) showCase(number);
  } else if (more) {
    event.preventDefault();
    showMore(more);
  } else if (event.target.closest("#fresh")) {
    reloadList();
  } else if (event.target.closest(".back") && rows()) {
    event.preventDefault();
    history.pushState({}, "", caseUrl(null));
    closeCase();
  }
}

function onPopState() {
  if (!rows()) return;
  const wanted = Number(new URLSearchParams(location.search).get("case")) || null;
  if (location.pathname !== new URL(rows().dataset.url, location.href).pathname) location.reload();
  else if (!wanted && openCase()) closeCase();
  else if (wanted && wanted !== openCase()) showCase(wanted, { push: false });
}

/** Wire the list: clicks, and the browser's back. */
export function startList() {
  setInterval(onMinute, 60000);
  document.addEventListener("click", onClick);
  document.addEventListener("pointermove", ({ clientX: x, clientY: y }) => { pointer = { x, y }; }, { passive: true });
  window.addEventListener("popstate", onPopState);
  markCurrent();
}
