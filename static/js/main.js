/** Wires the modules to the page. Everything also works without them, by links and posts. */

import { startActs } from "./acts.js";
import { startAgain } from "./again.js";
import { settleComposer, startComposer } from "./composer.js";
import { startDoor } from "./door.js";
import { startFiles } from "./files.js";
import { startFilter } from "./filter.js";
import { reconcileCase, settleCase, startGuard, windowOf } from "./guard.js";
import { actedOn, markCurrent, openCase, startList } from "./list.js";
import { startFocus } from "./focus.js";
import { startKeyFields } from "./keyset.js";
import { startKeys } from "./keys.js";
import { startDialogs } from "./dialogs.js";
import { startLate } from "./late.js";
import { startMenus } from "./menus.js";
import { startMoves } from "./moves.js";
import { startPalette } from "./palette.js";
import { refreshCase, refreshCounts, startLive } from "./live.js";
import { startMentions } from "./mentions.js";
import { startNotices } from "./notices.js";
import { drawPresence } from "./presence.js";
import { startPosts } from "./posts.js";
import { startReveal } from "./reveal.js";
import { startRowMenu } from "./rowmenu.js";
import { startSelect } from "./select.js";
import { startSide } from "./side.js";
import { startSaved } from "./saved.js";
import { startSavedEditor } from "./savededitor.js";
import { refuse, signedOut, word } from "./say.js";
import { setClock, startTime, tick } from "./time.js";
import { startTips } from "./tips.js";

/** Our own fragments go through the guard; anything else that comes back is a sign-in page. */
function onBeforeSwap(event) {
  const { target, xhr } = event.detail;
  if (!event.detail.shouldSwap) return;
  if (/^case-\d+-live$/.test(target.id)) {
    event.detail.shouldSwap = false;
    if (!xhr.responseText.includes(`id="${target.id}"`)) signedOut();
    else if (!reconcileCase(xhr.responseText, { own: true })) refreshCase({ whole: true });
    if (/\/(resolve|reopen|assign|take|snooze|unsnooze|spam|unspam)$/.test(event.detail.requestConfig.path)) actedOn(Number(/\d+/.exec(target.id)[0]));
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
  drawPresence();
  document.dispatchEvent(new CustomEvent("samsvar:case"));
}

function startPreferences() {
  document.addEventListener("change", (event) => event.target.closest("[data-submit-on-change]")?.requestSubmit());
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-theme-form], [data-density-form]");
    const button = event.submitter;
    if (!form || !button) return;
    event.preventDefault();
    document.documentElement.dataset[button.name] = button.value;
    for (const other of form.querySelectorAll("button")) other.setAttribute("aria-pressed", String(other === button));
    const body = new FormData(form, button);
    fetch(form.action, { method: "POST", body }).catch(() => refuse(word("failed")));
  });
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
startDoor();
startAgain();
startMoves();
startPalette();
startKeys();
startTips();
startFocus();
startKeyFields();
startNotices();
startSavedEditor();
if (document.getElementById("post-pane")) startPosts();
if (document.getElementById("case-pane")) {
  document.addEventListener("htmx:configRequest", ({ detail }) => Object.assign(detail.headers, windowOf(openCase())));
  document.addEventListener("htmx:beforeSwap", onBeforeSwap);
  document.addEventListener("htmx:afterSwap", (event) => event.detail.target.id === "case-pane" && onCase(event.detail.target));
  document.addEventListener("htmx:responseError", (event) => event.detail.target?.id === "case-pane" && refuse(word("no-case")));
  document.addEventListener("htmx:sendError", (event) => event.detail.target?.id === "case-pane" && refuse(word("no-case")));
  startList();
  startComposer();
  startFiles();
  startReveal();
  startRowMenu();
  startFilter();
  startSaved();
  startSide();
  startActs();
  startLate();
  startMentions();
  startDialogs();
  startSelect();
  if (openCase()) settleCase(document.getElementById("case-pane"));
  startLive();
} else if (document.querySelector("[data-live-seq]")) {
  startLive();
}
