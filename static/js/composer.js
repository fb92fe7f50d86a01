/** The composer: who reads it, how long it is, sending once, and getting the text back. */

import { refuse, speak, toast, word } from "./say.js";
import { tick } from "./time.js";

const kept = new Map(); // case number → text not yet sent, for as long as this tab lives

const composer = () => document.querySelector("form.composer");
const box = (form) => form.querySelector("textarea");
const chosen = (form) => form.querySelector("[name=mode]:checked");
const modeOf = (form) => chosen(form)?.value ?? "note";

/** Units of a text as the channel counts them. */
export function measure(text, unit) {
  if (unit === "utf16") return text.length;
  if (unit === "bytes") return new TextEncoder().encode(text).length;
  if (unit === "graphemes") return [...new Intl.Segmenter().segment(text)].length;
  return [...text].length;
}

function count(form) {
  const { limit: most, unit } = chosen(form)?.dataset ?? {};
  const limit = Number(most) || 0;
  const length = limit ? measure(box(form).value.trim(), unit) : 0;
  const counter = form.querySelector(".counter");
  const over = limit > 0 && length > limit;
  counter.textContent = over ? word("over", { n: length - limit }) : limit && length >= limit * 0.8 ? word("of", { n: length, limit }) : "";
  counter.classList.toggle("over", over);
  for (const button of form.querySelectorAll(".send")) {
    button.setAttribute("aria-disabled", String(over && button.dataset.mode !== "note"));
    if (over) button.setAttribute("aria-describedby", counter.id);
    else button.removeAttribute("aria-describedby");
  }
}

function grow(field) {
  if (CSS.supports("field-sizing", "content")) return;
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight}px`;
}

function sayError(form, sentence) {
  form.querySelector(".composer-error").textContent = sentence;
}

function onMode(form) {
  const text = box(form).value.trim();
  const sentence = text ? word(`kept-${modeOf(form)}`) : "";
  form.querySelector(".kept").textContent = sentence;
  if (sentence) speak(sentence);
  count(form);
}

function keep(form = composer()) {
  if (!form) return;
  const text = box(form).value;
  if (text.trim()) kept.set(form.dataset.number, text);
  else kept.delete(form.dataset.number);
}

/** Make a composer that has just come onto the page ready. */
export function settleComposer() {
  const form = composer();
  if (!form || form.dataset.ready) return;
  form.dataset.ready = "true";
  const field = box(form);
  if (!field.value && kept.has(form.dataset.number)) field.value = kept.get(form.dataset.number);
  const apple = /Mac|iPhone|iPad/.test(navigator.platform);
  for (const key of form.querySelectorAll("kbd")) key.textContent = apple ? "⌘↵" : "Ctrl ↵";
  grow(field);
  count(form);
}

function refused(form, sentence) {
  if (form?.isConnected) {
    sayError(form, sentence);
    box(form).focus();
  } else {
    refuse(sentence);
  }
}

function sent(form) {
  const field = box(form);
  field.value = "";
  form.querySelector("[name=client_key]").value = crypto.randomUUID();
  form.querySelector(".kept").textContent = "";
  sayError(form, "");
  kept.delete(form.dataset.number);
  grow(field);
  count(form);
  field.focus({ preventScroll: true });
  offerUndo(form);
}

function offerUndo(form) {
  const delivery = [...document.querySelectorAll(`#case-${form.dataset.number}-thread [data-undo]`)].pop();
  if (!delivery) return;
  const message = toast("", 0);
  const line = document.createElement("span");
  line.dataset.until = delivery.querySelector("[data-until]").dataset.until;
  line.dataset.key = "toast-sends";
  line.dataset.name = form.dataset.customer;
  const undo = delivery.querySelector("button").cloneNode(true);
  undo.textContent = word("undo");
  message.replaceChildren(line, undo);
  message.hidden = false;
  tick(message);
  window.htmx.process(message);
}

function undone({ text = "", mode = "" }, number) {
  document.getElementById("toast").hidden = true;
  speak(word("undone"));
  const form = composer();
  if (form?.dataset.number !== number) {
    kept.set(number, text);
    toast(word("undone"));
    return;
  }
  const radio = form.querySelector(mode ? `[name=mode][value="${CSS.escape(mode)}"]` : '[name=mode]:checked:not([value="note"])');
  (radio ?? form.querySelector('[name=mode]:not([value="note"])')).checked = true;
  const field = box(form);
  field.value = field.value.trim() ? `${text}\n\n${field.value}` : text;
  field.focus();
  field.setSelectionRange(text.length, text.length);
  grow(field);
  count(form);
}

const numberIn = (path) => /\/case\/(\d+)\//.exec(path)?.[1] ?? "";

function onAnswer(event) {
  const { xhr, requestConfig, elt } = event.detail;
  const form = elt.closest?.("form.composer");
  form?.removeAttribute("aria-busy");
  if (event.detail.successful && form) {
    sent(form);
  } else if (!event.detail.successful && requestConfig.verb === "post" && !(xhr.getResponseHeader("HX-Trigger") ?? "").includes("samsvar:refused")) {
    refused(form, word("failed"));
  }
}

/** Wire the composer to typing, sending, and what the server answers. */
export function startComposer() {
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form.composer");
    if (!form) return;
    if (event.target.name === "mode") onMode(form);
    else { grow(event.target); count(form); sayError(form, ""); }
    keep(form);
  });
  document.addEventListener("keydown", (event) => {
    const form = event.target.closest?.("form.composer");
    if (!form || event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing || event.repeat) return;
    event.preventDefault();
    form.querySelector(`.send[data-mode="${modeOf(form)}"]`)?.click();
  });
  document.addEventListener("htmx:confirm", (event) => {
    if (event.target.getAttribute?.("aria-disabled") !== "true") return;
    event.preventDefault();
    refused(event.target.closest("form"), word("over-limit"));
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    const form = event.detail.elt.closest?.("form.composer");
    if (form) { sayError(form, ""); form.setAttribute("aria-busy", "true"); }
  });
  document.addEventListener("htmx:afterRequest", onAnswer);
  document.addEventListener("samsvar:refused", (event) => refused(event.target.closest?.("form.composer"), event.detail.sentence));
  document.addEventListener("samsvar:undone", (event) => undone(event.detail, numberIn(event.target.getAttribute?.("hx-post") ?? "")));
  document.addEventListener("samsvar:leaving", () => keep());
  window.addEventListener("beforeunload", (event) => {
    keep();
    if (kept.size) event.preventDefault();
  });
  settleComposer();
}
