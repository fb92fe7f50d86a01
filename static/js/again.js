/** Signing in again over the page: what is written below stays as it is. */

import { supported, usePasskey } from "./passkeys.js";
import { signedOut, word } from "./say.js";

const dialog = () => document.getElementById("signed-out");

function show(form, step) {
  for (const field of form.querySelectorAll("[data-step]")) field.hidden = field.dataset.step !== step;
  form.dataset.now = step;
  form.querySelector(`[data-step=${step}] input`).focus();
}

function say(form, sentence) {
  const box = form.querySelector("[data-again-error]");
  box.textContent = sentence;
  box.hidden = !sentence;
}

function done(form) {
  form.elements.password.value = form.elements.code.value = "";
  show(form, "password");
  document.dispatchEvent(new CustomEvent("samsvar:signed-in"));
}

async function send(form) {
  const address = form.dataset.now === "second" ? "/sign-in/second" : "/sign-in";
  const answer = await fetch(address, { method: "POST", headers: { Accept: "application/json" }, body: new FormData(form) });
  const told = await answer.json();
  if (told.error) throw new Error(told.error.message);
  if (told.step === "in") done(form);
  else if (told.step === "second") show(form, "second");
  else window.open(told.place, "_blank");
}

async function attempt(form, ask) {
  say(form, "");
  form.setAttribute("aria-busy", "true");
  try {
    await ask();
  } catch (error) {
    say(form, (error.constructor === Error && error.message) || word("failed"));
  } finally {
    form.removeAttribute("aria-busy");
  }
}

/** Wire the dialog, and open it when any answer says that the session is over. */
export function startAgain() {
  const form = document.querySelector("[data-again]");
  if (!form) return;
  form.dataset.now = "password";
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(form, () => send(form));
  });
  const passkey = form.querySelector("[data-again-passkey]");
  passkey.hidden = !supported();
  passkey.addEventListener("click", () => attempt(form, async () => { await usePasskey(); done(form); }));
  form.querySelector("[data-resume]").addEventListener("click", () => done(form));
  dialog().addEventListener("cancel", (event) => event.preventDefault());
  document.addEventListener("samsvar:signed-out", signedOut);
}
