/**
 * Hidden values: ask why, show the value in its place, hide it again when its time is over. The page keeps in memory
 * what it shows and nothing else; that a reveal still lasts is remembered by the name of its mask only.
 */

import { refuse, signedOut, word } from "./say.js";
import { now } from "./time.js";

const KEPT = "samsvar:reveals"; // { "message-5-0": until }, for this tab
let asking = null; // the button whose value is being asked for
const shown = new Map(); // the span in the page → { chip, until }

function lasting() {
  try {
    const all = Object.entries(JSON.parse(sessionStorage.getItem(KEPT) ?? "{}"));
    return Object.fromEntries(all.filter(([, until]) => until > now()));
  } catch {
    return {};
  }
}

function remember(of, until) {
  const all = { ...lasting(), [of]: until };
  if (!until) delete all[of];
  try {
    sessionStorage.setItem(KEPT, JSON.stringify(all));
  } catch {
    // A tab without storage asks for the reason again.
  }
}

const caseOf = (chip) => chip.form.id.match(/^case-(\d+)-reveal$/)[1];

/** One request: the value, or a refusal with its sentence. */
async function request(form, body) {
  const answer = await fetch(form.action, { method: "POST", body, cache: "no-store", headers: { Accept: "application/json" } });
  if (answer.redirected) {
    signedOut();
    return null;
  }
  const said = await answer.json();
  return answer.ok ? said : { refused: said.error ?? { message: word("failed") } };
}

function show(chip, said) {
  const number = caseOf(chip);
  const span = document.getElementById(`case-${number}-revealed`).content.firstElementChild.cloneNode(true);
  const until = Date.parse(said.until);
  span.querySelector("bdi").textContent = said.value;
  span.querySelector(".hide").addEventListener("click", () => hide(span, true));
  chip.hidden = true;
  chip.after(span);
  shown.set(span, { chip, until });
  remember(chip.value, until);
  countDown();
  span.tabIndex = -1; // read out by being focused; a spoken line elsewhere would outlive the value
  span.focus({ preventScroll: true });
}

function hide(span, focus = false) {
  const { chip } = shown.get(span);
  shown.delete(span);
  span.remove();
  chip.hidden = false;
  if (focus) chip.focus({ preventScroll: true });
}

function countDown() {
  for (const [span, { until }] of [...shown]) {
    const seconds = Math.floor((until - now()) / 1000);
    if (!span.isConnected) shown.delete(span);
    else if (seconds <= 0) hide(span, span.contains(document.activeElement));
    else span.querySelector(".left").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  }
}

function askWhy(chip) {
  asking = chip;
  const dialog = document.getElementById(`case-${caseOf(chip)}-ask`);
  const form = dialog.querySelector("form");
  form.reset();
  form.elements.of.value = chip.value;
  form.querySelector("[role=alert]").textContent = "";
  dialog.addEventListener("close", () => chip.isConnected && !chip.hidden && chip.focus({ preventScroll: true }), { once: true });
  dialog.showModal();
}

async function onChip(chip) {
  if (!lasting()[chip.value]) {
    askWhy(chip);
    return;
  }
  const form = document.getElementById(`case-${caseOf(chip)}-ask`).querySelector("form");
  const body = new FormData();
  body.set("of", chip.value);
  body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
  chip.setAttribute("aria-busy", "true");
  try {
    const said = await request(form, body);
    if (said?.refused) {
      remember(chip.value, 0);
      askWhy(chip);
    } else if (said) {
      show(chip, said);
    }
  } catch {
    refuse(word("failed"));
  } finally {
    chip.removeAttribute("aria-busy");
  }
}

async function onReason(form) {
  const dialog = form.closest("dialog");
  const button = form.querySelector(".primary");
  const error = form.querySelector("[role=alert]");
  if (button.getAttribute("aria-disabled")) return;
  button.setAttribute("aria-disabled", "true");
  try {
    const said = await request(form, new FormData(form));
    const again = `button[data-reveal][value="${CSS.escape(form.elements.of.value)}"]`; // the page may have been redrawn
    const chip = asking?.isConnected ? asking : document.querySelector(again);
    if (said?.refused) {
      error.textContent = said.refused.message;
    } else {
      dialog.close();
      if (said && chip) show(chip, said);
    }
  } catch {
    error.textContent = word("failed");
  } finally {
    button.removeAttribute("aria-disabled");
  }
}

/** Wire the chips and the question; nothing shown outlives the page, also not in the browser's back memory. */
export function startReveal() {
  document.addEventListener("click", (event) => {
    const chip = event.target.closest("button[data-reveal]");
    if (chip) {
      event.preventDefault();
      onChip(chip);
    } else if (event.target.closest("dialog.reveal [data-cancel]")) {
      event.target.closest("dialog").close();
    }
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.closest("dialog.reveal")) return;
    event.preventDefault();
    onReason(event.target);
  });
  window.addEventListener("pagehide", () => [...shown.keys()].forEach((span) => hide(span)));
  setInterval(countDown, 1000);
}
