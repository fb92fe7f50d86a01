/**
 * Tooltips: what an icon does, with its key. After half a second under the mouse and on focus, never under a finger;
 * Escape takes one away, and the pointer may go onto it.
 */

import { capsOf, sayMod } from "./commands.js";

const DELAY = 500;
const WITH_TIP = "[title], [data-tip], .btn.icon[aria-label]";
let tip = null;
let owner = null;
let timer = 0;
let walked = false; // focus was moved by Tab or a pane key, not by a finger and not by the page

function make() {
  tip = document.createElement("div");
  Object.assign(tip, { id: "tip", className: "tip", popover: "manual" });
  tip.setAttribute("role", "tooltip");
  document.body.append(tip);
}

/** The words of a tooltip; the browser's own one is kept from coming too. */
function wordsOf(element) {
  if (element.title) {
    element.dataset.tip = element.title;
    element.removeAttribute("title");
    if (!element.textContent.trim() && !element.hasAttribute("aria-label")) element.setAttribute("aria-label", element.dataset.tip);
  }
  return element.dataset.tip ?? element.getAttribute("aria-label") ?? "";
}

function show(element) {
  const words = wordsOf(element);
  if (!element.isConnected || !words || element.getAttribute("aria-expanded") === "true" || element.closest("details[open]")?.firstElementChild === element) return;
  hide();
  if (!tip?.isConnected) make();
  owner = element;
  const caps = capsOf(element);
  tip.replaceChildren(words, ...(caps ? [caps] : []));
  sayMod(tip);
  (element.closest("dialog, main, nav") ?? document.body).append(tip); // what is outside an open dialog is inert
  if ((element.getAttribute("aria-label") ?? element.textContent.trim()) !== words) element.setAttribute("aria-describedby", "tip");
  tip.showPopover();
  place(element.getBoundingClientRect());
}

function place(from) {
  const { width, height } = tip.getBoundingClientRect();
  const left = from.left + from.width / 2 - width / 2;
  const below = from.bottom + 6;
  tip.style.left = `${Math.max(8, Math.min(left, innerWidth - width - 8))}px`;
  tip.style.top = `${below + height > innerHeight - 8 ? from.top - height - 6 : below}px`;
}

function hide() {
  clearTimeout(timer);
  if (!owner) return;
  if (owner.getAttribute("aria-describedby") === "tip") owner.removeAttribute("aria-describedby");
  owner = null;
  if (tip.matches(":popover-open")) tip.hidePopover();
}

function onOver(event) {
  if (event.pointerType !== "mouse") return;
  const element = event.target.closest?.(WITH_TIP);
  if (event.target.closest?.("#tip") || (element && element === owner)) { clearTimeout(timer); return; }
  if (owner && !owner.matches(":focus-visible")) { clearTimeout(timer); timer = setTimeout(hide, 200); }
  if (!element) { if (!owner) clearTimeout(timer); return; }
  wordsOf(element);
  clearTimeout(timer);
  timer = setTimeout(() => show(element), DELAY);
}

function onKey(event) {
  walked = event.key === "Tab" || /^F\d/.test(event.key);
  if (event.key !== "Escape" || !owner) return;
  hide();
  event.preventDefault(); // the first Escape is for the tooltip
  event.stopPropagation();
}

/** Wire every tooltip of the page. */
export function startTips() {
  document.addEventListener("pointerover", onOver);
  document.addEventListener("pointerdown", () => { walked = false; hide(); }, true);
  document.addEventListener("focusin", ({ target }) => {
    if (owner && owner !== target) hide();
    if (walked && target.matches(WITH_TIP) && target.matches(":focus-visible")) show(target);
  });
  document.addEventListener("focusout", ({ target }) => target === owner && hide());
  document.addEventListener("keydown", onKey, true);
  document.addEventListener("click", hide, true);
  document.addEventListener("scroll", hide, { capture: true, passive: true });
}
