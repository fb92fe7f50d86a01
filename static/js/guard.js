/**
 * Puts news from the server into the page without moving anything under the hand: nothing focused, open or
 * being typed in is replaced; what cannot be replaced now waits, and the latest wins.
 */

import { setClock, tick } from "./time.js";
import { refuse, speak, word, wordFor } from "./say.js";

const waiting = new Map(); // element id → the newest fragment that wants its place

/** The first element of a piece of HTML. */
export function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content.firstElementChild;
}

function busy(element) {
  return element.contains(document.activeElement) || element.querySelector("dialog[open], :popover-open") !== null;
}

/** Put `fresh` in the place of `old`; later if someone is in it, unless it answers the person's own command. */
export function replace(old, fresh, { own = false } = {}) {
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  if (!own && busy(old)) {
    waiting.set(old.id, fresh);
    return;
  }
  waiting.delete(old.id);
  if (old.tagName === "DETAILS" && old.open) fresh.open = true;
  old.replaceWith(fresh);
  window.htmx?.process(fresh);
  tick(fresh.parentElement ?? fresh);
  if (focused) refocus(focused.id, fresh);
}

/** To the same control; in the thread to the thread itself, so that what becomes of a message is not held back. */
function refocus(id, fresh) {
  const again = (id && document.getElementById(id)) || fresh.closest(".thread") || fresh.querySelector("button, a, select") || fresh;
  if (again === fresh && !fresh.hasAttribute("tabindex")) fresh.tabIndex = -1;
  again.focus({ preventScroll: true });
}

function releaseWaiting() {
  for (const [id, fresh] of [...waiting]) {
    const old = document.getElementById(id);
    if (!old) waiting.delete(id);
    else if (!busy(old)) replace(old, fresh);
  }
}

/** Apply what waited as soon as focus has gone elsewhere. */
export function startGuard() {
  document.addEventListener("focusout", () => setTimeout(releaseWaiting, 0));
  document.addEventListener("toggle", releaseWaiting, true);
}

/** A row's new facts in its old place: its small parts one by one, so that a focused link stays. */
export function updateRow(row, fresh) {
  if (Number(fresh.dataset.v) < Number(row.dataset.v)) return;
  for (const name of ["v", "status", "team", "assignee"]) row.dataset[name] = fresh.dataset[name] ?? "";
  row.classList.toggle("waits", fresh.classList.contains("waits"));
  for (const leaf of fresh.querySelectorAll("[id]")) {
    const old = document.getElementById(leaf.id);
    if (old && !old.isEqualNode(leaf)) replace(old, leaf.cloneNode(true));
  }
}

const NEAR_END = 80;

export function atEnd(scroller) {
  return scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_END;
}

export function toEnd(scroller) {
  scroller.scrollTop = scroller.scrollHeight;
}

function toStart(scroller) {
  toEnd(scroller);
  const line = scroller.querySelector(".unread-line");
  if (line) scroller.scrollTop += line.getBoundingClientRect().top - scroller.getBoundingClientRect().top - 20;
}

const PARTS = ["head", "facts", "sidecase"];
const CARRIED = 6000; // characters of marks in a header: proxies in front of us take lines of 8 kB

/** The headers that say what of the case this page shows: from where on, and the marks of what stands there. */
export function windowOf(number, { whole = false } = {}) {
  const live = document.getElementById(`case-${number}-live`);
  if (!live?.dataset.start) return {};
  const start = { "X-Case-Start": live.dataset.start };
  if (whole) return start;
  const beside = new Set(PARTS.map((part) => document.getElementById(`case-${number}-${part}`)?.dataset.v));
  const shown = live.querySelectorAll(".thread > [data-v]:not([data-above])");
  const marks = [beside.size === 1 ? [...beside][0] : "", ...[...shown].map(({ dataset }) => dataset.v)];
  const has = marks.join(".");
  return has.length > CARRIED ? start : { ...start, "X-Case-Has": has };
}

/**
 * The case as the server has it now: head, facts and thread brought up to it, part by part. Never the composer.
 * Of what this page said it has, only the places come. An answer that the one to a command has overtaken says nothing.
 * Gives: whether the page is brought up to it; not when something of what it had is no longer here, or when two
 * commands were answered in the wrong order, and the whole must be asked for.
 */
export function reconcileCase(html, { own = false } = {}) {
  const fresh = parse(html);
  const live = fresh?.id && document.getElementById(fresh.id);
  if (!live) return true;
  const overtaken = Number(fresh.dataset.told) < Number(live.dataset.told || 0);
  if (overtaken && !own) return true;
  const kept = [...fresh.querySelectorAll("[data-kept]")];
  const anew = live.dataset.start !== fresh.dataset.start;
  if (kept.some(({ id }) => anew || !live.querySelector(`.thread > #${CSS.escape(id)}`))) return false;
  setClock(fresh.dataset.now);
  const number = fresh.dataset.number;
  live.dataset.seen = fresh.dataset.seen;
  live.dataset.told = fresh.dataset.told;
  for (const part of [...PARTS, "closing"]) {
    const old = document.getElementById(`case-${number}-${part}`);
    const next = fresh.querySelector(`#case-${number}-${part}`);
    if (!old || !next || (!own && old.dataset.v === next.dataset.v)) continue;
    replace(old, next, { own });
    if (part === "closing" && !own && next.textContent.trim()) speak(next.textContent.trim());
  }
  reconcileThread(number, fresh, own);
  markSeen(number);
  document.dispatchEvent(new CustomEvent("samsvar:rows"));
  return !overtaken;
}

/** What stands in the thread counts as seen, unless it waits below behind the pill. */
export function markSeen(number) {
  const seen = document.querySelector(`#case-${number}-composer [name=seen]`);
  const live = document.getElementById(`case-${number}-live`);
  if (seen && live && document.getElementById(`case-${number}-below`)?.hidden !== false) seen.value = live.dataset.seen;
}

function reconcileThread(number, fresh, own) {
  const thread = document.getElementById(`case-${number}-thread`);
  const wasAtEnd = atEnd(thread);
  const live = document.getElementById(`case-${number}-live`);
  if (live.dataset.start !== fresh.dataset.start) { // too much has come meanwhile: the page starts anew from the newest
    live.dataset.start = fresh.dataset.start;
    if (own || !busy(thread)) thread.replaceChildren();
  }
  const added = mergeChildren(thread, fresh.querySelector(`#case-${number}-thread`), own);
  if (added.length && (own || wasAtEnd)) toEnd(thread);
  else if (added.length) moreBelow(number, added.filter((child) => child.matches(".msg, .note")).length);
}

/** Bring `list` to the children of `wanted` by id; gives those that are new. What was fetched from before stays above. */
function mergeChildren(list, wanted, own = false) {
  const above = [...list.querySelectorAll(":scope > [data-above]")];
  if (above.length) wanted.querySelector(":scope > .earlier")?.remove();
  const keep = new Set([...wanted.children].map((child) => child.id));
  for (const child of [...list.children]) {
    if (!keep.has(child.id) && !("above" in child.dataset) && (own || !child.contains(document.activeElement))) child.remove();
  }
  const added = [];
  let before = null;
  for (const child of [...wanted.children]) {
    if (above.length && !child.matches(".ctx, .earlier")) before = above.splice(0).at(-1);
    const old = child.id && list.querySelector(`:scope > #${CSS.escape(child.id)}`);
    if (old && ("kept" in child.dataset || old.dataset.v === child.dataset.v)) waiting.delete(old.id);
    else if (old) replace(old, child, { own });
    if (!old) {
      if (before) before.after(child);
      else list.prepend(child);
      window.htmx?.process(child);
      tick(child.parentElement);
      added.push(child);
    }
    before = (child.id && list.querySelector(`:scope > #${CSS.escape(child.id)}`)) || before;
  }
  return added;
}

/** What was said before the first entry, put above it; what is being read keeps its place. */
async function showEarlier(link) {
  if (link.getAttribute("aria-busy")) return;
  link.setAttribute("aria-busy", "true");
  const answer = await fetch(link.href, { headers: { Accept: "text/html", "HX-Request": "true" } }).catch(() => null);
  const fresh = answer?.ok && !answer.redirected ? parse(await answer.text()) : null;
  link.removeAttribute("aria-busy");
  if (!fresh) return refuse(word("failed"));
  const thread = link.closest(".thread");
  const [anchor, had] = [link.nextElementSibling, link === document.activeElement];
  const place = anchor?.getBoundingClientRect().top;
  const children = [...fresh.children];
  for (const child of children) child.dataset.above = "";
  link.replaceWith(...children);
  for (const child of children) window.htmx?.process(child);
  tick(thread);
  if (anchor) thread.scrollTop += anchor.getBoundingClientRect().top - place;
  if (had) (thread.querySelector(":scope > .earlier") ?? thread).focus({ preventScroll: true });
  return undefined;
}

function moreBelow(number, count) {
  const pill = document.getElementById(`case-${number}-below`);
  if (!pill || !count) return;
  pill.dataset.n = Number(pill.dataset.n || 0) + count;
  pill.querySelector("span").textContent = wordFor("below", Number(pill.dataset.n));
  pill.hidden = false;
}

function earlierOf(thread) {
  const link = thread.querySelector(":scope > .earlier");
  if (link) showEarlier(link);
}

/** Open a case at what is new since the last visit, else at its end, and let the pill of new messages lead there. */
export function settleCase(pane) {
  const scroller = pane.querySelector(".thread");
  if (!scroller) return;
  toStart(scroller);
  const pill = pane.querySelector(".below");
  const clear = () => {
    if (pill.hidden) return;
    pill.hidden = true;
    pill.dataset.n = "0";
    markSeen(pane.querySelector(".case").dataset.number);
  };
  pill?.addEventListener("click", () => { toEnd(scroller); clear(); scroller.focus({ preventScroll: true }); });
  scroller.addEventListener("scroll", () => {
    if (atEnd(scroller)) clear();
    else if (scroller.scrollTop < NEAR_END) earlierOf(scroller);
  }, { passive: true });
  scroller.addEventListener("click", (event) => {
    const link = event.target.closest(".earlier");
    if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    showEarlier(link);
  });
}
