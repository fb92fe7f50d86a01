/** Saved replies behind `/` and a button: search, look, put into the box. And the places that are left to fill in. */

import { signedOut, speak, word, wordFor } from "./say.js";

const PLACE = /\{\{\s*(?:customer\.(?:first_)?name|agent\.(?:first_)?name|case\.number|channel\.name|team\.name)\s*\}\}/gi;
const QUIET = 120; // milliseconds without a key before the server is asked
const NARROW = "(max-width: 767px)";
let open = null; // { picker, form, area, slash: where the `/` stands or null, asked, timer }

const input = () => open.picker.querySelector("input");
const options = () => [...open.picker.querySelectorAll("[role=option]")];
const active = () => open.picker.querySelector("[aria-selected=true]");

/** Mark what is left to fill in, behind the text: a text field cannot do it itself. */
export function markPlaces(area) {
  const places = area.parentElement?.querySelector(".places");
  if (!places) return;
  const text = area.value;
  places.replaceChildren();
  if (text.search(PLACE) < 0) return;
  const style = getComputedStyle(area);
  for (const name of ["padding", "borderWidth", "marginTop", "fontSize", "lineHeight"]) places.style[name] = style[name];
  places.style.inlineSize = `${area.clientWidth}px`;
  places.style.blockSize = `${area.offsetHeight}px`;
  let at = 0;
  for (const found of text.matchAll(PLACE)) {
    const mark = document.createElement("mark");
    mark.textContent = found[0];
    places.append(text.slice(at, found.index), mark);
    at = found.index + found[0].length;
  }
  places.append(`${text.slice(at)}\n`);
  places.scrollTop = area.scrollTop;
}

/** Select the first place that is left to fill in, so that the next key writes over it. Gives: whether there is one. */
function selectPlace(area, from = 0) {
  PLACE.lastIndex = from;
  const found = PLACE.exec(area.value);
  PLACE.lastIndex = 0;
  if (found) area.setSelectionRange(found.index, found.index + found[0].length);
  return Boolean(found);
}

function place() {
  const { picker, form } = open;
  if (matchMedia(NARROW).matches) {
    Object.assign(picker.style, { left: "", bottom: "", width: "" });
    return;
  }
  const box = form.getBoundingClientRect();
  Object.assign(picker.style, { left: `${box.left}px`, bottom: `${innerHeight - box.top + 6}px`, width: `${Math.min(box.width, 680)}px` });
}

function show(form, slash) {
  const picker = document.getElementById(`case-${form.dataset.number}-saved`);
  if (!picker || open) return;
  open = { picker, form, area: form.querySelector("textarea"), slash, asked: 0, timer: 0 };
  input().value = "";
  picker.showPopover();
  place();
  input().focus({ preventScroll: true });
  ask();
}

/** Close it. The `/` stays where it was typed. */
function close({ focus = true } = {}) {
  if (!open) return;
  const { picker, area, timer } = open;
  clearTimeout(timer);
  open = null;
  picker.hidePopover();
  if (focus && area.isConnected) area.focus({ preventScroll: true });
}

async function ask() {
  const mine = open;
  const asked = ++mine.asked;
  const body = new FormData();
  body.set("csrfmiddlewaretoken", mine.form.querySelector("[name=csrfmiddlewaretoken]").value);
  body.set("mode", mine.form.querySelector("[name=mode]:checked")?.value ?? "note");
  body.set("q", input().value);
  const answer = await fetch(`/case/${mine.form.dataset.number}/saved-replies`, { method: "POST", body, headers: { "HX-Request": "true" } }).catch(() => null);
  if (open !== mine || asked !== mine.asked) return;
  if (answer?.redirected) { close({ focus: false }); signedOut(); return; }
  fill(answer?.ok ? await answer.text() : null);
}

function fill(html) {
  if (!open) return;
  const none = open.picker.querySelector(".saved-none");
  const list = open.picker.querySelector(".saved-list");
  none.dataset.word ??= none.textContent;
  if (html === null) {
    none.textContent = word("failed");
    none.hidden = false;
    return;
  }
  list.innerHTML = html; // our own fragment, escaped on the server
  const all = options();
  none.textContent = none.dataset.word;
  none.hidden = all.length > 0;
  open.picker.querySelector(".saved-body").hidden = !all.length;
  choose(all[0] ?? null);
  if (all.length) speak(wordFor("saved-count", all.length));
}

function choose(option) {
  active()?.setAttribute("aria-selected", "false");
  const preview = open.picker.querySelector(".saved-preview");
  preview.replaceChildren();
  if (!option) { input().removeAttribute("aria-activedescendant"); return; }
  option.setAttribute("aria-selected", "true");
  input().setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
  preview.append(option.querySelector(".saved-text").cloneNode(true));
}

function put(option) {
  const { form, area, slash } = open;
  const text = option.querySelector(".saved-text").textContent.trimEnd(); // the template ends in a line break
  const from = slash ?? area.selectionStart;
  const to = slash === null ? area.selectionEnd : slash + 1;
  const { title, variant } = { title: option.querySelector("b").textContent, variant: option.dataset.variant };
  close();
  area.setSelectionRange(from, to);
  // The browser's own way of typing keeps its undo history; where it is gone the text is simply put there.
  if (!document.execCommand("insertText", false, text)) {
    area.setRangeText(text, from, to, "end");
    area.dispatchEvent(new InputEvent("input", { bubbles: true }));
  }
  remember(form, variant);
  const left = selectPlace(area, from);
  speak(word(left ? "saved-put-open" : "saved-put", { name: title }));
}

/** The form says which saved replies its text came from. */
function remember(form, variant) {
  if (form.querySelector(`[name=saved_reply][value="${CSS.escape(variant)}"]`)) return;
  const field = document.createElement("input");
  Object.assign(field, { type: "hidden", name: "saved_reply", value: variant });
  form.append(field);
}

function forget(form) {
  for (const field of form.querySelectorAll("[name=saved_reply]")) field.remove();
}

/** A `/` that was typed at the start of a line or after a space opens the picker; in a word or an address it does not. */
function onTyped(event) {
  const area = event.target;
  if (!area.matches?.("form.composer textarea")) return;
  if (!area.value.trim()) forget(area.form);
  if (event.isComposing || event.data !== "/" || area.selectionStart !== area.selectionEnd) return;
  const at = area.selectionStart - 1;
  if (area.value[at] === "/" && (at === 0 || /\s/.test(area.value[at - 1]))) show(area.form, at);
}

const STEP = { ArrowDown: 1, ArrowUp: -1 };

function onKey(event) {
  if (!open || event.target !== input() || event.isComposing) return;
  const all = options();
  const empty = !input().value;
  if (event.key in STEP && all.length) {
    event.preventDefault();
    choose(all.at((all.indexOf(active()) + STEP[event.key]) % all.length));
  } else if (event.key === "Enter") {
    event.preventDefault();
    if (active() && !event.repeat) put(active());
  } else if (event.key === "Escape") {
    event.preventDefault();
    event.stopPropagation();
    close();
  } else if (empty && open.slash !== null && (event.key === " " || event.key === "Backspace")) {
    event.preventDefault(); // it was meant as a slash, or not at all
    const { area, slash } = open;
    close();
    area.setSelectionRange(event.key === " " ? slash + 1 : slash, slash + 1);
    document.execCommand(event.key === " " ? "insertText" : "delete", false, " ");
  }
}

function onClick(event) {
  const button = event.target.closest?.("[data-saved-open]");
  if (button) {
    event.preventDefault();
    if (open) close();
    else show(button.form, null);
    return;
  }
  if (!open) return;
  const option = event.target.closest(".saved-option");
  if (option && open.picker.contains(option)) put(option);
  else if (event.target.closest("[data-saved-close]") || !open.picker.contains(event.target)) close({ focus: Boolean(event.target.closest("[data-saved-close]")) });
}

/** The server found a place that nobody filled in: that is where the reader's hand goes next. */
function onRefused(event) {
  const form = event.detail.elt.closest?.("form.composer");
  if (form && event.detail.xhr.responseText.includes('data-code="unfilled"')) selectPlace(form.querySelector("textarea"));
}

/** Wire the picker and the marks. */
export function startSaved() {
  document.addEventListener("input", (event) => {
    if (open && event.target === input()) {
      clearTimeout(open.timer);
      open.timer = setTimeout(ask, QUIET);
    } else {
      onTyped(event);
    }
  });
  document.addEventListener("keydown", onKey, true);
  document.addEventListener("click", onClick);
  document.addEventListener("pointermove", (event) => {
    const option = open && event.pointerType === "mouse" && event.target.closest?.(".saved-option");
    if (option && option !== active()) choose(option);
  });
  document.addEventListener("scroll", (event) => {
    if (event.target.matches?.("form.composer textarea")) event.target.parentElement.querySelector(".places").scrollTop = event.target.scrollTop;
  }, true);
  document.addEventListener("samsvar:sent", (event) => { const form = event.target.closest?.("form.composer"); if (form) forget(form); });
  document.addEventListener("samsvar:leaving", () => close({ focus: false }));
  document.addEventListener("htmx:afterRequest", onRefused);
  addEventListener("resize", () => open && place());
}
