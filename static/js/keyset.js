/** The keys page: a field takes the key that is pressed, and says at once why one cannot be used. */

import { modHeld } from "./commands.js";

const form = () => document.querySelector("[data-key-form]");
const fields = () => [...form().querySelectorAll("[data-usual]")];
const cap = (key, shift) => (key.toLowerCase() !== key.toUpperCase() && shift ? `⇧${key.toUpperCase()}` : key.toUpperCase());
const beginnings = () => new Set(fields().map((field) => field.value.split(" ")).filter(({ length }) => length === 2).map(([first]) => first));

function say(field, sentence) {
  document.getElementById(`${field.id}-error`).textContent = sentence;
  field.closest(".input").classList.toggle("bad", Boolean(sentence));
  if (sentence) field.setAttribute("aria-invalid", "true");
  else field.removeAttribute("aria-invalid");
  document.getElementById(`${field.id}-usual`).hidden = field.value === field.dataset.usual;
}

/** Why a key cannot be used here; "" when it can. The server looks again. */
function trouble(field, key) {
  const { hard, saidHard, saidTaken } = form().dataset;
  const difficult = key.split(" ").find((part) => hard.includes(part));
  if (difficult) return saidHard.replace("{key}", difficult);
  const other = fields().find((one) => one !== field && clash(one.value, key));
  return other ? saidTaken.replace("{key}", key).replace("{command}", other.labels[0].textContent.trim()) : "";
}

const clash = (one, other) => Boolean(one && other) && (one === other || one.startsWith(`${other} `) || other.startsWith(`${one} `));

function onKey(event) {
  const field = event.target.closest?.("[data-key-form] [data-usual]");
  if (!field || event.isComposing || event.keyCode === 229) return;
  const mod = modHeld(event);
  if (event.key === "Backspace" || event.key === "Delete") { event.preventDefault(); field.value = ""; say(field, ""); return; }
  if (event.key !== "Dead" && [...event.key].length !== 1) return; // Tab, Enter, arrows do what they do
  if (mod) return;
  event.preventDefault();
  if (mod === null) { say(field, form().dataset.saidHeld); return; }
  if (event.key === "Dead") { say(field, form().dataset.saidHard.replace("{key}", "´")); return; }
  if (event.key === " ") return;
  const key = cap(event.key, event.shiftKey);
  const first = field.dataset.begun ?? "";
  delete field.dataset.begun;
  field.value = first ? `${first} ${key}` : key;
  if (!first && beginnings().has(key)) { field.dataset.begun = key; field.value = `${key} `; say(field, ""); return; }
  say(field, trouble(field, field.value));
}

/** Wire the fields of the keys page. */
export function startKeyFields() {
  if (!form()) return;
  document.addEventListener("keydown", onKey);
  form().addEventListener("focusin", ({ target }) => target.matches("[data-usual]") && target.select());
  form().addEventListener("focusout", ({ target }) => {
    if (!target.matches("[data-usual]")) return;
    delete target.dataset.begun;
    target.value = target.value.trim();
  });
}
