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

/** Does a case with these facts belong in the list with this filter? A text filter only the server can answer. */
export function belongs(facts, filter) {
  if (filter.status && facts.status !== filter.status) return false;
  if (filter.view === "mine") return facts.assignee_id !== null && same(facts.assignee_id, filter.userId);
  if (filter.view === "unassigned") return facts.assignee_id === null;
  if (filter.view === "team") return same(facts.team_id, filter.teamId);
  return true;
}

/** A case changed: its row in place, else the pill. */
export function applyRow(frame) {
  const host = rows();
  if (!host) return;
  const { number } = frame.facts;
  const here = belongs(frame.facts, host.dataset);
  const row = rowOf(number);
  if (row) {
    updateRow(row, parse(frame.html));
    markLeft(row, here ? "" : frame.facts.status === host.dataset.status ? "moved" : frame.facts.status);
  } else if (!here) {
    fresh.delete(number);
  } else if (host.dataset.text) {
    askServer();
  } else if (!list().children.length && !host.dataset.text) {
    // Nothing is here that could move.
    document.getElementById("empty-list")?.remove();
    list().append(parse(frame.html));
    tick(list());
    markCurrent();
  } else {
    fresh.add(number);
  }
  showPill();
}

/** A case went where this person does not see it. The row stays, said so, until the next command. */
export function applyGone(frame) {
  fresh.delete(frame.facts.number);
  const row = rowOf(frame.facts.number);
  if (row) markLeft(row, "moved");
  showPill();
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
  tick(host);
  markCurrent();
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
  await window.htmx.ajax("GET", caseUrl(number), { source: pane, target: pane, swap: "innerHTML" });
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

/** Wire the list: clicks, the browser's back, and the "." key. */
export function startList() {
  document.addEventListener("click", onClick);
  window.addEventListener("popstate", onPopState);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "." || event.repeat || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, [contenteditable], dialog, summary")) return;
    if (rows()) reloadList();
  });
  markCurrent();
}
