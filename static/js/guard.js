/**
 * Puts news from the server into the page without moving anything under the hand: nothing focused, open or
 * being typed in is replaced; what cannot be replaced now waits, and the latest wins.
 */

import { setClock, tick } from "./time.js";
import { wordFor } from "./say.js";

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

function refocus(id, fresh) {
  const again = (id && document.getElementById(id)) || fresh.querySelector("button, a, select") || fresh;
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

/** The case as the server has it now: head, facts and thread brought up to it, part by part. Never the composer. */
export function reconcileCase(html, { own = false } = {}) {
  const fresh = parse(html);
  const live = fresh?.id && document.getElementById(fresh.id);
  if (!live) return false;
  setClock(fresh.dataset.now);
  const number = fresh.dataset.number;
  for (const part of ["head", "facts", "closing"]) {
    const old = document.getElementById(`case-${number}-${part}`);
    const next = fresh.querySelector(`#case-${number}-${part}`);
    if (old && next && (own || old.dataset.v !== next.dataset.v)) replace(old, next, { own });
  }
  reconcileThread(number, fresh, own);
  return true;
}

function reconcileThread(number, fresh, own) {
  const thread = document.getElementById(`case-${number}-thread`);
  const wasAtEnd = atEnd(thread);
  const added = mergeChildren(thread, fresh.querySelector(`#case-${number}-thread`), own);
  if (added.length && (own || wasAtEnd)) toEnd(thread);
  else if (added.length) moreBelow(number, added.filter((child) => child.matches(".msg, .note")).length);
}

/** Bring `list` to the children of `wanted` by id; gives those that are new. */
export function mergeChildren(list, wanted, own = false) {
  const keep = new Set([...wanted.children].map((child) => child.id));
  for (const child of [...list.children]) if (!keep.has(child.id) && !child.contains(document.activeElement)) child.remove();
  const added = [];
  let before = null;
  for (const child of [...wanted.children]) {
    const old = child.id && list.querySelector(`:scope > #${CSS.escape(child.id)}`);
    if (old && old.dataset.v !== child.dataset.v) replace(old, child, { own });
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

function moreBelow(number, count) {
  const pill = document.getElementById(`case-${number}-below`);
  if (!pill || !count) return;
  pill.dataset.n = Number(pill.dataset.n || 0) + count;
  pill.querySelector("span").textContent = wordFor("below", Number(pill.dataset.n));
  pill.hidden = false;
}

/** Open a case at its end, and let the pill of new messages lead there. */
export function settleCase(pane) {
  const scroller = pane.querySelector(".thread");
  if (!scroller) return;
  toEnd(scroller);
  const pill = pane.querySelector(".below");
  const clear = () => { pill.hidden = true; pill.dataset.n = "0"; };
  pill?.addEventListener("click", () => { toEnd(scroller); clear(); scroller.focus({ preventScroll: true }); });
  scroller.addEventListener("scroll", () => atEnd(scroller) && clear(), { passive: true });
}
