/**
 * What can be done on this page, each by one name: a command presses the control that carries `data-command="<name>"`,
 * or runs what a module gave to `handle`. Keys, palette and mouse all end here, so they do the same thing.
 */

import { openCase, showCase } from "./list.js";

const book = document.getElementById("commands");
const apple = /Mac|iPhone|iPad/.test(navigator.platform);
const handlers = new Map();

/** Whether this person wants single keys, and the next case after one resolved by key. */
export const singleKeys = Boolean(book?.dataset.single);
export const opensNext = Boolean(book?.dataset.openNext);

/** The command table the server wrote: {id, where, words, key, fixed, href, repeats, listed, element}. */
export const commands = [...(book?.content.querySelectorAll("[data-id]") ?? [])].map((element) => ({
  ...element.dataset,
  words: element.children[1].textContent,
  fixed: (element.dataset.fixed ?? "").split(" ").filter(Boolean),
  element,
}));
const byId = new Map(commands.map((command) => [command.id, command]));
for (const one of commands) sayMod(one.element);

const words = new Map([...(document.getElementById("palette-words")?.content.children ?? [])].map((item) => [item.value, item.textContent]));

/** A translated sentence about commands, with its {places} filled. */
export function said(key, values = {}) {
  return (words.get(key) ?? "").replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** The places of the command table: {key, words, commands}. */
export const places = [...(book?.content.children ?? [])].map(({ dataset }) => ({
  key: dataset.place, words: dataset.words, commands: commands.filter(({ where }) => where === dataset.place),
}));

/** Is the key that makes commands held, ⌘ on Apple and Ctrl elsewhere? null: another one is, which is none of ours. */
export function modHeld(event) {
  if (event.altKey || event.getModifierState?.("AltGraph") || (apple ? event.ctrlKey : event.metaKey)) return null;
  return apple ? event.metaKey : event.ctrlKey;
}

/** Write ⌘ into the caps of an element where that is what the key is called. */
export function sayMod(element) {
  for (const cap of apple ? element.querySelectorAll("kbd") : []) cap.textContent = cap.textContent.replace("Ctrl ", "⌘");
}

/** Let a module do a command that has no control. Takes: can, whether it can be done now. */
export function handle(id, run, can = () => true) {
  handlers.set(id, { run, can });
}

const folded = (element) => element.closest("[popover], details"); // pressed there all the same

/** The control of a command, the one in `within` first, then one that can be seen. */
export function targetOf(id, within = document) {
  const all = [...within.querySelectorAll(`[data-command~="${CSS.escape(id)}"]`)].filter((one) => !one.disabled && !one.hidden);
  return all.find((one) => one.checkVisibility()) ?? all.find((one) => folded(one) && !one.classList.contains("only-narrow")) ?? null;
}

/** The row in focus whose case is not the open one: what it is about is what the keys are about. */
export function rowInHand() {
  const row = document.activeElement?.closest?.(".row[data-number]");
  return row && Number(row.dataset.number) !== openCase() ? row : null;
}

/** Focus a control and open it where it opens, else press it. */
export function press(control) {
  if (control.matches("select, textarea, input:not([type=radio], [type=checkbox])")) {
    control.focus();
    control.select?.();
    if (control.matches("select") && navigator.userActivation?.isActive) control.showPicker?.();
    return;
  }
  if (control.matches("[popovertarget], summary")) control.focus({ preventScroll: true });
  control.click();
  if (control.matches("summary")) firstOf(control.parentElement)?.focus();
}

/** What a person wants first in what has folded out: the field, else what is chosen, else the first choice. */
function firstOf(details) {
  return details.querySelector("input:not([type=hidden])") ?? details.querySelector("[aria-current]") ?? details.querySelector(".menu a");
}

/** Can this command be done here now? */
export function canRun({ id, where, href }) {
  const own = handlers.get(id);
  if (own) return own.can();
  const row = where === "list" ? document.activeElement?.closest?.(".row") : null;
  return Boolean((row && targetOf(id, row)) || targetOf(id) || href);
}

/** Can it be done to the row in hand, where there is one, else here? */
export function isOffered(command) {
  return (command.where === "case" && rowInHand() && onRow.has(command.id)) || canRun(command);
}

/** Do a command. Gives: whether it could be done. */
export function run(id) {
  const command = byId.get(id);
  if (!command) return false;
  if (command.where === "case" && rowInHand()) return runOnRow(command, rowInHand());
  if (!canRun(command)) return false;
  const own = handlers.get(id);
  const row = command.where === "list" ? document.activeElement?.closest?.(".row") : null;
  const target = own ? null : ((row && targetOf(id, row)) ?? targetOf(id));
  if (own) own.run();
  else if (target) press(target);
  else location.assign(command.href);
  document.dispatchEvent(new CustomEvent("samsvar:ran", { detail: id }));
  return true;
}

const onRow = new Map();

/** What a command does to a row that is in focus though its case is not open; any other command opens it first. */
export function handleOnRow(id, act) {
  onRow.set(id, act);
}

function runOnRow(command, row) {
  const number = Number(row.dataset.number);
  if (onRow.has(command.id)) onRow.get(command.id)(row, number);
  else showCase(number).then(() => openCase() === number && canRun(command) && run(command.id));
  return true;
}

/** Tell screen readers the key of each control that has one. */
export function nameKeys(root = document) {
  for (const control of root.querySelectorAll("[data-command]")) {
    const command = byId.get(control.dataset.command.split(" ")[0]);
    const keys = spoken(command);
    if (keys && control.getAttribute("aria-keyshortcuts") !== keys) control.setAttribute("aria-keyshortcuts", keys);
  }
}

function spoken(command) {
  const mod = apple ? "Meta" : "Control";
  const typed = command?.key && !command.key.includes(" ") ? [isShifted(command.key) ? `Shift+${command.key}` : command.key] : [];
  return [...typed, ...(command?.fixed ?? []).map((key) => key.replace("Mod", mod))].map((key) => key.replace(/\w$/, (last) => last.toUpperCase())).join(" ");
}

const isShifted = (key) => key !== key.toLowerCase();

/** The caps of the keys that do what a control does, as a copy to put somewhere; null where there are none. */
export function capsOf(control) {
  const command = byId.get(control.dataset.command?.split(" ")[0]);
  const caps = command?.element.querySelector(".keys");
  return caps?.children.length ? caps.cloneNode(true) : null;
}
