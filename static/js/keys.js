/**
 * Keys. Single letters do something only where nobody writes; what is matched is the character that was typed, so every
 * layout has its own @ and {; Alt and AltGr are never ours.
 */

import { canRun, commands, handle, modHeld, nameKeys, places, run, sayMod, singleKeys } from "./commands.js";

const TOGETHER = 1500; // ms in which the second character of a sequence comes
const typed = new Map(commands.filter(({ key }) => key).map((command) => [command.key, command]));
const fixed = new Map(commands.flatMap((command) => command.fixed.map((key) => [key, command])));
const beginnings = new Set([...typed.keys()].filter((key) => key.includes(" ")).map((key) => key.split(" ")[0]));
const BUSY = "input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select, [contenteditable]:not([contenteditable=false]), " +
  "[role=textbox], [role=menu], [role=listbox], [role=combobox], dialog, :popover-open, details[name=menu][open]";

let begun = { key: "", at: 0 };

/** Is somebody writing, or in a menu or dialog? */
export function busyAt(target) {
  return Boolean(target?.closest?.(BUSY)) || document.querySelector("dialog:modal, .menu:popover-open") !== null;
}

/** The character a key typed; letters by Shift, not by how they look, or Caps Lock would turn E into ⇧E. */
function charOf({ key, shiftKey }) {
  const letter = key.toLowerCase() !== key.toUpperCase();
  return letter ? (shiftKey ? key.toUpperCase() : key.toLowerCase()) : key;
}

const single = (key) => [...key].length === 1 && key !== " ";

function onKey(event) {
  if (event.defaultPrevented || event.isComposing || event.keyCode === 229) return;
  const mod = modHeld(event);
  if (mod === null || event.key === "Dead") return;
  const command = single(event.key) && !mod ? commandTyped(event) : commandFixed(event, mod);
  if (!command) return;
  if (event.repeat && !command.repeats) {
    if (!single(event.key) || mod) event.preventDefault();
    return;
  }
  if (run(command.id)) event.preventDefault();
}

function commandTyped(event) {
  if (!singleKeys || busyAt(event.composedPath()[0])) return null;
  const key = charOf(event);
  const first = event.timeStamp - begun.at < TOGETHER ? begun.key : "";
  begun = { key: "", at: 0 };
  if (first) return typed.get(`${first} ${key}`) ?? null;
  if (beginnings.has(key) && !event.repeat) begun = { key, at: event.timeStamp };
  return typed.get(key) ?? null;
}

const IN_COMPOSER = "form.composer textarea, form.composer input";
const ON_ROW = ".row .r, .row .row-more";

function commandFixed(event, mod) {
  const name = single(event.key) ? event.key.toLowerCase() : event.key;
  const command = fixed.get(`${mod ? "Mod+" : ""}${event.shiftKey ? "Shift+" : ""}${name}`);
  const target = event.composedPath()[0];
  const open = document.querySelector("dialog:modal");
  if (!command || (open && !(open.id === "palette" && command.id === "palette"))) return null;
  if (command.where === "composer") return target.closest?.("form.composer") ? command : null;
  if (command.where === "list") return target.closest?.(ON_ROW) && name !== "Enter" && canRun(command) ? command : null;
  if (command.id === "back") return target.closest?.(IN_COMPOSER) || !busyAt(target) ? command : null;
  return command;
}

const sheet = () => document.getElementById("key-sheet");

function showSheet() {
  const box = sheet();
  const columns = box.querySelector(".key-columns");
  if (!columns.children.length) columns.append(...places.map(column));
  box.showModal();
}

function column({ words, commands: here }) {
  const section = document.createElement("section");
  const list = document.createElement("dl");
  section.append(document.createElement("h3"), list);
  section.firstChild.textContent = words;
  for (const { words: said, element } of here.filter(({ key, fixed: always }) => key || always.length)) {
    const line = list.appendChild(document.createElement("div"));
    const [name, keys] = [document.createElement("dt"), document.createElement("dd")];
    name.textContent = said;
    keys.append(...element.querySelector(".keys").cloneNode(true).children);
    for (const cap of keys.children) cap.removeAttribute("aria-hidden");
    line.append(name, keys);
  }
  return section;
}

/** Wire the keyboard, and the sheet that shows it. */
export function startKeys() {
  if (!commands.length) return;
  sayMod(document.body);
  nameKeys();
  handle("keys", showSheet);
  window.addEventListener("keydown", onKey);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-command=keys]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    link.closest("dialog")?.close();
    const menu = link.closest("details[name=menu]");
    if (menu) menu.open = false;
    menu?.querySelector("summary").focus();
    showSheet();
  });
  for (const name of ["samsvar:case", "samsvar:rows"]) document.addEventListener(name, () => nameKeys());
}
