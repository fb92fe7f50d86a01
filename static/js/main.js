/** Wires the modules to the page. Everything also works without them, by links and posts. */

import { settleComposer, startComposer } from "./composer.js";
import { reconcileCase, settleCase, startGuard } from "./guard.js";
import { markCurrent, openCase, startList } from "./list.js";
import { refreshCounts, startLive } from "./live.js";
import { startReveal } from "./reveal.js";
import { refuse, signedOut, word } from "./say.js";
import { setClock, startTime, tick } from "./time.js";

/** Our own fragments go through the guard; anything else that comes back is a sign-in page. */
function onBeforeSwap(event) {
  const { target, xhr } = event.detail;
  if (!event.detail.shouldSwap) return;
  if (/^case-\d+-live$/.test(target.id)) {
    event.detail.shouldSwap = false;
    if (!xhr.responseText.includes(`id="${target.id}"`)) signedOut();
    else reconcileCase(xhr.responseText, { own: true });
    refreshCounts();
  } else if (target.id === "case-pane") {
    if (!/id="case-\d+-live"/.test(xhr.responseText)) {
      event.detail.shouldSwap = false;
      signedOut();
    } else {
      document.dispatchEvent(new CustomEvent("samsvar:leaving"));
    }
  }
}

function onCase(pane) {
  setClock(pane.querySelector(".live")?.dataset.now);
  tick(pane);
  settleCase(pane);
  settleComposer();
  markCurrent();
  document.dispatchEvent(new CustomEvent("samsvar:case"));
}

function startPreferences() {
  document.addEventListener("change", (event) => event.target.closest("[data-submit-on-change]")?.requestSubmit());
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-theme-form]");
    const button = event.submitter;
    if (!form || !button) return;
    event.preventDefault();
    document.documentElement.dataset.theme = button.value;
    for (const other of form.querySelectorAll("[name=theme]")) other.setAttribute("aria-pressed", String(other === button));
    const body = new FormData(form, button);
    fetch(form.action, { method: "POST", body }).catch(() => refuse(word("failed")));
  });
}

function startMenus() {
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details[name=menu][open]")) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && event.target.closest?.("details[name=menu][open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  document.addEventListener("toggle", (event) => {
    if (event.target.matches?.("details.find[open]")) event.target.querySelector("input").focus();
  }, true);
}

function startDemo() {
  document.addEventListener("click", (event) => {
    const person = event.target.closest(".demo a");
    if (!person) return;
    event.preventDefault();
    document.getElementById("email").value = person.dataset.email;
    document.getElementById("password").value = person.dataset.password;
    document.querySelector(".in .primary").focus();
  });
}

startTime();
startGuard();
startMenus();
startPreferences();
startDemo();
if (document.getElementById("case-pane")) {
  document.addEventListener("htmx:beforeSwap", onBeforeSwap);
  document.addEventListener("htmx:afterSwap", (event) => event.detail.target.id === "case-pane" && onCase(event.detail.target));
  document.addEventListener("htmx:responseError", (event) => event.detail.target?.id === "case-pane" && refuse(word("no-case")));
  document.addEventListener("htmx:sendError", (event) => event.detail.target?.id === "case-pane" && refuse(word("no-case")));
  startList();
  startComposer();
  startReveal();
  if (openCase()) settleCase(document.getElementById("case-pane"));
  startLive();
}
