/** Focus never falls on the page's body: what takes the focused thing away gives focus to what stands nearest. */

import { focusPane, paneOf } from "./moves.js";

let last = null; // what had focus, its id, its row and its pane
let byHand = false; // somebody pressed on nothing: then nothing has focus, as they wished

function note({ target }) {
  byHand = false;
  last = { target, id: target.id, row: target.closest(".row")?.id, pane: paneOf(target) ?? last?.pane };
}

const seen = (element) => element?.checkVisibility();

function restore() {
  if (!last || byHand || document.activeElement !== document.body || document.querySelector("dialog:modal")) return;
  if (seen(last.target) && last.target.isConnected) return; // it will have focus again by itself
  const again = (last.id && document.getElementById(last.id)) || (last.row && document.getElementById(last.row)?.querySelector(".r"));
  if (seen(again) && !again.disabled) again.focus({ preventScroll: true });
  else {
    const pane = [last.pane, "#case-pane .live", "#list"].find((one) => one && seen(document.querySelector(one)));
    if (pane) focusPane(pane);
  }
  if (document.activeElement === document.body) document.getElementById("main")?.focus({ preventScroll: true });
}

/** Watch for focus that is lost. */
export function startFocus() {
  document.addEventListener("focusin", note);
  document.addEventListener("pointerdown", ({ target }) => { byHand = !target.closest("a, button, input, select, textarea, summary, label, [tabindex]"); }, true);
  const watch = new MutationObserver(() => {
    restore();
    requestAnimationFrame(() => setTimeout(restore)); // what was hidden loses focus only when the page is drawn
  });
  watch.observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ["hidden"] });
}
