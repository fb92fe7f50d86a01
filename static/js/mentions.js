/** @ in a note: a list of colleagues and teams under the word, by keys and by mouse. The server reads the names again. */

import { speak, word, wordFor } from "./say.js";

const SHOWN = 8;
const fetched = new Map(); // case number → a promise of its choices
let open = null; // { box, start, items, at }

const list = () => document.getElementById("name-list");
const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase();

function choicesOf(number) {
  if (!fetched.has(number)) {
    const asked = fetch(`/case/${number}/nameable`, { headers: { Accept: "application/json" } })
      .then((answer) => (answer.ok && !answer.redirected ? answer.json() : Promise.reject(new Error(String(answer.status)))))
      .then(({ choices }) => choices);
    asked.catch(() => fetched.delete(number));
    fetched.set(number, asked);
  }
  return fetched.get(number);
}

/** The @ before the caret and what is written after it; null when the caret is in no such word. Exported for its test. */
export function wordAt(text, caret) {
  const found = /(?:^|[^\p{L}\p{N}_@.])@([\p{L}\p{N}_'’-]*(?: [\p{L}\p{N}_'’-]*)?)$/u.exec(text.slice(0, caret));
  return found ? { start: caret - found[1].length - 1, query: found[1] } : null;
}

function matching(choices, query) {
  const wanted = fold(query);
  return choices.filter(({ name }) => fold(name).startsWith(wanted) || fold(name).split(" ").some((part) => part.startsWith(wanted))).slice(0, SHOWN);
}

async function look(box) {
  const form = box.closest("form.composer");
  const found = form.querySelector("[name=mode]:checked")?.value === "note" ? wordAt(box.value, box.selectionStart) : null;
  if (!found || box.selectionStart !== box.selectionEnd) { close(); return; }
  const choices = await choicesOf(form.dataset.number).catch(() => []);
  if (document.activeElement !== box || wordAt(box.value, box.selectionStart)?.start !== found.start) return;
  const items = matching(choices, wordAt(box.value, box.selectionStart).query);
  if (items.length) show(box, found.start, items);
  else close();
}

function show(box, start, items) {
  const before = open;
  const at = items.findIndex((item) => item.sees);
  open = { box, start, items, at };
  const place = list() ?? document.body.appendChild(Object.assign(document.createElement("ul"), { id: "name-list" }));
  Object.assign(place, { className: "name-list", popover: "manual", role: "listbox" });
  place.setAttribute("aria-label", word("name-list"));
  place.replaceChildren(...items.map(line));
  if (!place.matches(":popover-open")) place.showPopover();
  put(place, box, start);
  box.setAttribute("role", "combobox");
  box.setAttribute("aria-autocomplete", "list");
  box.setAttribute("aria-haspopup", "listbox");
  box.setAttribute("aria-controls", "name-list");
  box.setAttribute("aria-expanded", "true");
  point(at);
  if (before?.items.length !== items.length) speak(wordFor("names", items.length));
}

function line(item, index) {
  const option = document.createElement("li");
  Object.assign(option, { id: `name-${index}`, role: "option" });
  option.setAttribute("aria-disabled", String(!item.sees));
  const name = Object.assign(document.createElement("span"), { className: "cut", dir: "auto", textContent: item.name });
  const what = [item.kind === "team" ? word("name-team") : "", item.sees ? "" : word("name-blind")].filter(Boolean).join(", ");
  option.append(name, Object.assign(document.createElement("span"), { className: "meta", textContent: what }));
  return option;
}

function point(at) {
  if (!open) return;
  open.at = at;
  for (const [index, option] of [...list().children].entries()) {
    option.setAttribute("aria-selected", String(index === at));
    if (index === at) option.scrollIntoView({ block: "nearest" });
  }
  if (at < 0) open.box.removeAttribute("aria-activedescendant");
  else open.box.setAttribute("aria-activedescendant", `name-${at}`);
}

/** Where the @ stands, measured by a copy of the field; the list goes above it, where the thread is. */
function put(place, box, start) {
  const copy = document.createElement("div");
  const style = getComputedStyle(box);
  for (const name of ["font", "letterSpacing", "lineHeight", "padding", "border", "boxSizing", "whiteSpace", "overflowWrap", "direction"]) copy.style[name] = style[name];
  Object.assign(copy.style, { position: "fixed", visibility: "hidden", width: `${box.clientWidth}px`, whiteSpace: "pre-wrap", insetInlineStart: "0", top: "0" });
  const mark = document.createElement("span");
  mark.textContent = "@";
  copy.append(box.value.slice(0, start), mark);
  document.body.append(copy);
  const { offsetLeft: x, offsetTop: y } = mark;
  copy.remove();
  const area = box.getBoundingClientRect();
  const { width, height } = place.getBoundingClientRect();
  const top = area.top + y - box.scrollTop;
  place.style.left = `${Math.max(8, Math.min(area.left + x, innerWidth - width - 8))}px`;
  place.style.top = `${top - height - 6 >= 8 ? top - height - 6 : Math.min(top + 24, innerHeight - height - 8)}px`;
}

function close() {
  if (!open) return;
  const { box } = open;
  open = null;
  list().hidePopover();
  for (const name of ["role", "aria-autocomplete", "aria-haspopup", "aria-controls", "aria-expanded", "aria-activedescendant"]) box.removeAttribute(name);
}

function take(at) {
  const { box, start, items } = open;
  if (!items[at]?.sees) return;
  box.setRangeText(`@${items[at].name} `, start, box.selectionStart, "end");
  close();
  box.focus();
  box.dispatchEvent(new InputEvent("input", { bubbles: true }));
}

function step(by) {
  const { items, at } = open;
  for (let n = 1; n <= items.length; n += 1) {
    const next = (at + by * n + items.length * n) % items.length;
    if (items[next].sees) { point(next); return; }
  }
}

function onKey(event) {
  if (!open || event.target !== open.box || event.isComposing) return;
  if (event.key === "ArrowDown") step(1);
  else if (event.key === "ArrowUp") step(-1);
  else if (event.key === "Escape") close();
  else if ((event.key === "Enter" || event.key === "Tab") && open.at >= 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey) take(open.at);
  else return;
  event.preventDefault();
  event.stopImmediatePropagation();
}

/** Wire every composer, now and later. */
export function startMentions() {
  document.addEventListener("input", (event) => {
    if (event.target.matches?.("form.composer textarea")) look(event.target);
    else if (event.target.name === "mode") close();
  });
  document.addEventListener("keydown", onKey, true);
  document.addEventListener("pointerdown", (event) => {
    const option = event.target.closest?.("#name-list [role=option]");
    if (!option || !open) { close(); return; }
    event.preventDefault(); // the caret stays where it is
    take([...list().children].indexOf(option));
  });
  document.addEventListener("focusout", (event) => { if (event.target === open?.box) close(); });
  document.addEventListener("samsvar:leaving", () => { close(); fetched.clear(); });
}
