/** The sign-in pages and the You page: passkeys, showing what is typed, and the link that came by mail. */

import { addPasskey, supported, usePasskey } from "./passkeys.js";
import { word } from "./say.js";

function onPasskey(button, ask) {
  button.hidden = !supported();
  button.addEventListener("click", async () => {
    const said = document.querySelector("[data-passkey-error]");
    said.hidden = true;
    button.setAttribute("aria-busy", "true");
    try {
      location.assign(await ask());
    } catch (error) {
      // The browser's own errors have names such as NotAllowedError and texts for programmers.
      said.textContent = (error.constructor === Error && error.message) || word("passkey-failed");
      said.hidden = false;
    } finally {
      button.removeAttribute("aria-busy");
    }
  });
}

function onPeek(button) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const field = document.getElementById(button.dataset.peek);
    const shown = field.type === "password";
    field.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", String(shown));
  });
}

/** What stands behind the # goes into the form and out of the address bar and its history. */
function takeLink() {
  const form = document.querySelector("[data-link-use]");
  if (!form || location.hash.length < 20) return;
  form.elements.namedItem("token").value = location.hash.slice(1);
  history.replaceState(null, "", location.pathname);
  form.querySelector("[data-without-link]").hidden = true;
  for (const line of form.querySelectorAll("[data-with-link]")) line.hidden = false;
  document.querySelector("[data-link-ask]")?.remove();
  form.querySelector("button:not([type])").classList.add("primary");
}

function carryEmail(link) {
  link.addEventListener("click", () => {
    const email = document.getElementById("email").value;
    if (email) link.search = new URLSearchParams({ as: email });
  });
}

/** Wire what is on this page. */
export function startDoor() {
  for (const button of document.querySelectorAll("[data-passkey]")) {
    onPasskey(button, () => usePasskey(document.querySelector("[name=next]")?.value));
  }
  for (const button of document.querySelectorAll("[data-passkey-add]")) onPasskey(button, addPasskey);
  document.querySelectorAll("[data-peek]").forEach(onPeek);
  document.querySelectorAll("[data-carry-email]").forEach(carryEmail);
  for (const field of document.querySelectorAll("[data-select-all]")) field.addEventListener("focus", () => field.select());
  takeLink();
}
