/** The side panel: its two tabs, and its command, which brings it over the case or gives its room away; the case's small acts. */

import { handle } from "./commands.js";
import { copyLink } from "./rowmenu.js";

const side = () => document.querySelector("#case-pane .side");
const beside = () => matchMedia("(min-width: 1320px)").matches;
const isShown = (panel) => (beside() ? !panel.classList.contains("away") : panel.matches(".shown, :target"));

function show(panel, shown) {
  panel.classList.toggle("away", beside() && !shown);
  panel.classList.toggle("shown", !beside() && shown);
  if (!shown && location.hash === `#${panel.id}`) location.hash = "main"; // it was opened by its address
  if (shown) panel.focus({ preventScroll: true });
  else document.querySelector("#case-pane .to-side")?.focus({ preventScroll: true });
}

function choose(tab) {
  const tabs = [...tab.parentElement.children];
  for (const other of tabs) {
    other.setAttribute("aria-selected", String(other === tab));
    other.tabIndex = other === tab ? 0 : -1;
  }
  tab.closest(".side").dataset.tab = tabs.indexOf(tab) ? "about" : "customer";
}

function onTabKey(event) {
  const tab = event.target.closest?.(".side [role=tab]");
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!tab || !step) return;
  const tabs = [...tab.parentElement.children];
  const next = tabs.at((tabs.indexOf(tab) + step) % tabs.length);
  choose(next);
  next.focus();
}

function onKey(event) {
  onTabKey(event);
  const panel = side();
  if (!panel || event.key !== "Escape" || event.target.closest?.("form.composer, dialog, :popover-open")) return;
  if (beside() || !isShown(panel)) return;
  event.preventDefault(); // it closed something: nothing else does
  show(panel, false);
}

function onClick(event) {
  const panel = side();
  const tab = event.target.closest(".side [role=tab]");
  if (tab) choose(tab);
  if (event.target.closest("button.to-side")) show(panel, !isShown(panel));
  if (event.target.closest(".close-side")) {
    event.preventDefault();
    show(panel, false);
  }
  const copy = event.target.closest("[data-copy]");
  if (copy) copyLink(copy.dataset.copy);
  if (event.target.closest("[data-print]")) window.print();
}

/** Wire the panel of whichever case is open. */
export function startSide() {
  handle("side", () => show(side(), !isShown(side())), () => side() !== null);
  document.addEventListener("click", onClick);
  document.addEventListener("keydown", onKey);
}
