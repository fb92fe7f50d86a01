/**
 * Selecting rows and doing one thing to all of them.
 *
 * For the keyboard map and the palette: import { toggle, extend, selectPage, clearSelection, selection } from here, or
 * dispatch new CustomEvent("samsvar:select", { detail }) on the document, where detail is
 *   { what: "toggle", number }      X: the row of this case
 *   { what: "extend", step }        ⇧J ⇧K: from the focused or current row one further (step 1 or -1); moves the focus
 *   { what: "page" }                ⌘A: all rows on this page
 *   { what: "clear" }               Esc
 * After every change the document hears "samsvar:selected" with detail { numbers, all }.
 *
 * What is selected are the rows' own boxes, never positions. The version of a case is that of the moment it was selected.
 */

import { ask, closeDialog, fill, offer } from "./dialogs.js";
import { actedOn, openCase, reloadList } from "./list.js";
import { refreshCounts } from "./live.js";
import { speak, toast, word, wordFor } from "./say.js";

const form = () => document.getElementById("select-form");
const boxes = () => [...document.querySelectorAll("#rows-list .pick-row input")];
const boxOf = (number) => document.querySelector(`#row-${number} .pick-row input`);
const numberOf = (box) => Number(box.closest(".row").dataset.number);
const kept = new Map(); // number → what its box says, so that rows that are drawn again stay selected
let inView = 0; // how many the whole view holds, once asked
let last = null; // the box that was chosen last: ⇧ and a click choose all between

/** The numbers of the selected cases that are on the page. */
export function selection() {
  return boxes().filter((box) => box.checked).map(numberOf);
}

const wholeView = () => form()?.elements.all.checked ?? false;

function set(box, on) {
  if (!box || box.checked === on) return;
  const row = box.closest(".row");
  box.checked = on;
  if (on) box.value = `${row.dataset.number}:${row.dataset.v}`;
  remember(box);
}

function remember(box) {
  if (box.checked) kept.set(numberOf(box), box.value);
  else kept.delete(numberOf(box));
}

/** Select a case's row, or no longer. */
export function toggle(number) {
  const box = boxOf(number);
  if (!box) return;
  set(box, !box.checked);
  last = box;
  changed();
}

/** Select this row and the next in the direction of `step`, and go there. */
export function extend(step) {
  const rows = boxes();
  const here = document.activeElement?.closest?.(".row") ?? document.getElementById(`row-${openCase()}`);
  const at = rows.findIndex((box) => box.closest(".row") === here);
  const next = rows[at < 0 ? 0 : at + step];
  if (at >= 0) set(rows[at], true);
  if (next) {
    set(next, true);
    next.closest(".row").querySelector(".r").focus();
    next.closest(".row").scrollIntoView({ block: "nearest" });
  }
  changed();
}

/** Select every row on the page. */
export function selectPage() {
  boxes().forEach((box) => set(box, true));
  changed();
}

/** Select nothing. Gives: whether anything was. */
export function clearSelection() {
  const any = kept.size > 0 || wholeView();
  boxes().forEach((box) => set(box, false));
  kept.clear();
  if (form()) form().elements.all.checked = false;
  changed();
  return any;
}

function changed() {
  if (!form()) return;
  const numbers = selection();
  const all = wholeView();
  const n = all ? inView || numbers.length : numbers.length;
  form().querySelector("[data-selected]").textContent = n ? wordFor("selected", n) : "";
  form().querySelector("[data-select-page]").hidden = all || numbers.length === boxes().length;
  if (numbers.length && !inView) countView();
  document.dispatchEvent(new CustomEvent("samsvar:selected", { detail: { numbers, all } }));
}

async function countView() {
  const url = `/bulk/count?${new URLSearchParams({ list: form().elements.list.value })}`;
  const answer = await fetch(url, { headers: { Accept: "application/json" } }).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  inView = (await answer.json()).count;
  form().querySelector("[data-all-words]").textContent = wordFor("all", inView);
  if (wholeView()) changed();
}

function onChange(event) {
  if (event.target.name === "all" && event.target.form === form()) {
    boxes().forEach((box) => set(box, event.target.checked));
    return changed();
  }
  const box = event.target.closest?.(".pick-row input");
  if (!box) return undefined;
  const row = box.closest(".row");
  if (box.checked) box.value = `${row.dataset.number}:${row.dataset.v}`;
  else form().elements.all.checked = false;
  remember(box);
  return changed();
}

/** ⇧ and a click select everything between this box and the last one. */
function onClick(event) {
  if (event.target.closest("[data-select-page]")) return selectPage();
  const box = event.target.closest(".pick-row")?.querySelector("input");
  if (!box || event.target !== box) return undefined;
  if (event.shiftKey && last?.isConnected) {
    const rows = boxes();
    const [from, to] = [rows.indexOf(last), rows.indexOf(box)].sort((a, b) => a - b);
    rows.slice(from, to + 1).forEach((one) => set(one, box.checked));
    changed();
  }
  last = box;
  return undefined;
}

function onKey(event) {
  if (event.key !== "Escape" || event.isComposing || event.defaultPrevented || !kept.size) return;
  if (event.target.closest("textarea, dialog, [popover], details[open], input:not([type=checkbox])")) return;
  event.preventDefault();
  clearSelection();
}

/** Rows were drawn again: those that were selected still are, as they were seen then. */
function restore() {
  for (const box of boxes()) {
    const value = kept.get(numberOf(box));
    if (value && !box.checked) { box.checked = true; box.value = value; }
  }
  const here = new Set(boxes().map(numberOf));
  for (const number of [...kept.keys()]) if (!here.has(number)) kept.delete(number);
  inView = 0;
  if (kept.size || form()?.querySelector("[data-selected]").textContent) changed();
}

// Doing it

let running = null; // the job this page follows: { uid, numbers, heardAt }

async function submit(target, submitter) {
  const data = new FormData(target, submitter);
  const numbers = selection();
  const answer = await ask("/bulk", { method: "POST", body: data });
  if (!answer) return;
  if (!answer.headers.get("Content-Type").includes("json")) { fill(await answer.text()); return; }
  const { uid, total } = await answer.json();
  if (document.getElementById("case-dialog").open) closeDialog();
  numbers.forEach(actedOn);
  clearSelection();
  follow(uid, numbers, total);
}

function follow(uid, numbers, total) {
  running = { uid, numbers, heardAt: 0 };
  showProgress(0, total);
  look(uid);
}

/** Ask again while no word comes over the line. */
function look(uid) {
  setTimeout(() => {
    if (running?.uid !== uid) return;
    if (Date.now() - running.heardAt > 1500) tell(uid);
    else look(uid);
  }, 1500);
}

function showProgress(done, total) {
  const box = toast("", 0);
  if (!box) return;
  const bar = document.createElement("progress");
  Object.assign(bar, { max: total, value: done, className: "bulk-progress" });
  const said = word("bulk-running", { n: done, total });
  bar.setAttribute("aria-label", said);
  box.replaceChildren(bar, Object.assign(document.createElement("span"), { className: "num", textContent: said }));
  box.hidden = false;
}

/** A frame: one's own job came further, also one that was begun in another window or before a reload. */
function onBulk({ detail: { uid, done, total, ended } }) {
  if (running && running.uid !== uid) return;
  running ??= { uid, numbers: [], heardAt: 0 };
  running.heardAt = Date.now();
  if (ended) tell(uid);
  else showProgress(done, total);
}

async function tell(uid) {
  const answer = await fetch(`/bulk/${uid}/progress`, { headers: { Accept: "application/json" } }).catch(() => null);
  if (running?.uid !== uid) return;
  if (!answer?.ok || answer.redirected) return look(uid);
  const { done, total, ended, sentence, undo } = await answer.json();
  if (running?.uid !== uid) return;
  if (!ended) { showProgress(done, total); look(uid); return; }
  running.numbers.forEach(actedOn);
  running = null;
  const box = offer(sentence, undo, 30000);
  const link = Object.assign(document.createElement("a"), { href: `/bulk/${uid}`, textContent: word("bulk-which"), className: "btn sm" });
  const undoing = box?.querySelector("form");
  if (undoing) undoing.before(link);
  else box?.append(link);
  speak(sentence);
  refreshCounts();
  await reloadList({ quiet: true });
}

function onSubmit(event) {
  const target = event.target;
  if (target !== form() && !target.matches("[data-bulk-form]")) {
    if (/^\/undo\//.test(target.getAttribute("action") ?? "") && target.closest("#toast")) running = null;
    return;
  }
  event.preventDefault();
  submit(target, event.submitter);
}

const WHAT = { toggle: ({ number }) => toggle(number), extend: ({ step }) => extend(step), page: selectPage, clear: clearSelection };

/** Wire the rows' boxes, the bar and the events of others. */
export function startSelect() {
  if (!form()) return;
  document.addEventListener("change", onChange);
  document.addEventListener("click", onClick);
  document.addEventListener("keydown", onKey);
  document.addEventListener("submit", onSubmit);
  document.addEventListener("reset", (event) => { if (event.target === form()) { event.preventDefault(); clearSelection(); } });
  document.addEventListener("samsvar:rows", restore);
  document.addEventListener("samsvar:bulk", onBulk);
  document.addEventListener("samsvar:select", ({ detail }) => WHAT[detail.what]?.(detail));
  clearSelection(); // a browser that comes back keeps boxes ticked, but not what was seen then
}
