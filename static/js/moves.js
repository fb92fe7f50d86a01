/** What keys do that no control does: move in the list and between panes, answer, quote, resolve and go on. */

import { canRun, commands, handle, handleOnRow, opensNext, press, run, said, targetOf } from "./commands.js";
import { actedOn, openCase, reloadList, showCase } from "./list.js";
import { catchUp, refreshCounts } from "./live.js";
import { act, post } from "./rowmenu.js";
import { toast, word } from "./say.js";

const seen = (element) => element?.checkVisibility();
const rows = () => [...document.querySelectorAll("#rows-list > .row")].filter(seen);
const rowOf = (number) => document.getElementById(`row-${number}`);
const hereRow = () => document.activeElement?.closest?.(".row") ?? rowOf(openCase());

function focusRow(row) {
  row?.querySelector(".r").focus({ preventScroll: true });
  row?.scrollIntoView({ block: "nearest" });
}

/** Focus the row this far from the one in hand; past the last one, what brings more. */
function move(step) {
  const all = rows();
  const at = all.indexOf(hereRow());
  const next = at < 0 ? all.at(step > 0 ? 0 : -1) : all[at + step];
  if (next) focusRow(next);
  else if (step > 0) document.querySelector("#rows [data-more]")?.focus();
}

function openRow() {
  document.activeElement.closest(".row").querySelector(".r").click();
}

// Resolve, and go on with the next

const gone = ":is(.left, .leaving)";

/** The row to go on with when this one is done: the next that is still here, else the one before. */
function rowAfter(number) {
  const row = rowOf(number);
  const after = (name) => { let one = row?.[name]; while (one?.matches(gone)) one = one[name]; return one ?? null; };
  return after("nextElementSibling") ?? after("previousElementSibling");
}

function goOn(next, { open }) {
  if (!seen(next)) return;
  focusRow(next);
  if (open) showCase(Number(next.dataset.number));
}

let owed = null; // what follows when the server has said yes

function resolve({ always = false } = {}) {
  const control = targetOf("resolve");
  const number = openCase();
  const closes = control && /\/resolve$/.test(control.getAttribute("hx-post") ?? "");
  const next = rowAfter(number);
  if (closes) owed = { number, next, open: always || opensNext, name: nameOf(number) };
  if (control && (closes || !always)) control.click();
  else if (always) goOn(next, { open: true });
}

const nameOf = (number) => document.querySelector(`.case[data-number="${number}"] .title h2`)?.textContent.trim()
  ?? rowOf(number)?.querySelector(".who b")?.textContent.trim() ?? "";

function onAnswer({ detail }) {
  const number = Number(/^\/case\/(\d+)\/resolve$/.exec(detail.requestConfig?.path ?? "")?.[1]);
  if (!owed || owed.number !== number) return;
  const { next, open, name } = owed;
  owed = null;
  if (!detail.successful) return;
  goOn(next, { open });
  offerReopening(number, name);
}

/** A line with Undo for a case that was resolved by key; a reply that can be taken back has the place before it. */
function offerReopening(number, name) {
  const place = document.getElementById("toast");
  if (!place?.hidden) return;
  const box = toast(said("resolved", { name }), 8000);
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "btn sm", textContent: word("undo") });
  button.dataset.command = "undo";
  button.addEventListener("click", async () => {
    box.hidden = true;
    if (!(await post(number, "reopen"))) return;
    await catchUp();
    refreshCounts();
    if (openCase() !== number) await showCase(number);
    focusRow(rowOf(number));
  });
  const cap = capOf("undo");
  if (cap) button.append(" ", cap);
  box.append(button);
}

function capOf(id) {
  return commands.find((command) => command.id === id)?.element.querySelector("kbd")?.cloneNode(true) ?? null;
}

async function resolveRow(row, number, { always = false } = {}) {
  const done = row.dataset.status === "done";
  const next = rowAfter(number);
  const name = nameOf(number);
  if (!(await post(number, done ? "reopen" : "resolve"))) return;
  if (!done) {
    goOn(next, { open: always });
    actedOn(number);
    offerReopening(number, name);
  }
  catchUp();
  refreshCounts();
}

// Answering

const form = () => document.querySelector("form.composer");
const writable = () => seen(form()?.querySelector("textarea"));
const modeInput = (mode) => form()?.querySelector(`[name=mode][value="${mode}"]`);

function write(mode) {
  const input = modeInput(mode);
  if (input && !input.checked) input.click();
  form().querySelector("textarea").focus();
}

/** As the case was opened: the draft's reader, else the customer's last; never a note. */
function replyMode() {
  const all = [...form().querySelectorAll("[name=mode]")].filter(({ value }) => value !== "note");
  return (all.find(({ checked }) => checked) ?? all.find(({ defaultChecked }) => defaultChecked) ?? all[0])?.value;
}

/** The words selected in the conversation, without what was shown for a reason only. */
function selectedWords() {
  const selection = getSelection();
  const thread = document.querySelector("#case-pane .thread");
  if (!thread || selection.isCollapsed || !thread.contains(selection.getRangeAt(0).commonAncestorContainer)) return "";
  const copy = document.createElement("div");
  copy.append(selection.getRangeAt(0).cloneContents());
  for (const hidden of copy.querySelectorAll(".revealed, button:not(.redact), time, svg, .av, .by, .delivery, .sr")) hidden.remove();
  for (const block of copy.querySelectorAll("article, p, br")) block.after("\n");
  return copy.textContent.replace(/[ \t]*\n\s*\n+/g, "\n").trim();
}

function quote() {
  const words = selectedWords();
  if (!words) { toast(said("no-selection")); return; }
  const area = form().querySelector("textarea");
  const quoted = `${words.split("\n").map((line) => `> ${line.trim()}`).join("\n")}\n\n`;
  const lead = area.value && !area.value.endsWith("\n") ? "\n" : "";
  area.focus();
  area.setRangeText(lead + quoted, area.value.length, area.value.length, "end");
  area.dispatchEvent(new InputEvent("input", { bubbles: true }));
  area.scrollTop = area.scrollHeight;
}

function nextUnread() {
  const thread = document.querySelector("#case-pane .thread");
  const pill = document.querySelector("#case-pane .pill-new.below:not([hidden])");
  const fresh = [...thread.querySelectorAll(".unread-line ~ .msg:not(.out)")];
  const next = fresh[fresh.indexOf(document.activeElement?.closest?.(".msg")) + 1];
  if (next) {
    next.tabIndex = -1;
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "center" });
  } else if (pill) {
    pill.click();
  } else {
    toast(said("no-unread"));
  }
}

// Panes

const PANES = [".nav", "#list", "#case-pane .live", "form.composer", "#case-pane .side", "main.settings"];
const lastIn = new Map(); // pane → what had focus there

const FIRST = {
  ".nav": ["[aria-current=page]", "a"], "#list": [".row.current .r", ".row .r", "#list-heading"], "#case-pane .live": [".thread"],
  "form.composer": ["textarea"], "#case-pane .side": ["[role=tab][aria-selected=true]"], "main.settings": [],
};

/** Where focus belongs in a pane: where it was, else its first thing. */
export function focusPane(selector) {
  const pane = document.querySelector(selector);
  const kept = lastIn.get(selector);
  const to = seen(kept) && pane.contains(kept) ? kept : FIRST[selector].flatMap((one) => [...pane.querySelectorAll(one)]).find(seen) ?? pane;
  if (to.tabIndex < 0 && !to.hasAttribute("tabindex")) to.tabIndex = -1;
  to.focus();
}

/** The pane an element stands in, by its selector. */
export const paneOf = (element) => PANES.find((selector) => element?.closest?.(selector));

function step(by) {
  const here = PANES.filter((selector) => { const pane = document.querySelector(selector); return seen(pane) && getComputedStyle(pane).visibility !== "hidden"; });
  const at = here.indexOf(paneOf(document.activeElement));
  focusPane(here.at((at < 0 && by < 0 ? 0 : at) + by) ?? here[0]);
}

const toastBox = () => ["toast", "alert", "banner"].map((id) => document.getElementById(id)).find((box) => seen(box));

function toToast() {
  const box = toastBox();
  const inside = box.querySelector("button, a");
  if (!inside) box.tabIndex = -1;
  (inside ?? box).focus();
}

/** The Undo that can be seen: the line at the bottom before the conversation. */
function undoButton() {
  const offered = document.querySelectorAll(".status-slot :is([data-command=undo], [data-action=undo]), [data-undo] button");
  return [...offered].reverse().sort((a, b) => Boolean(b.closest(".status-slot")) - Boolean(a.closest(".status-slot"))).find(seen);
}

// Escape: leave the text, or close what is open, or go back

function back() {
  const area = document.activeElement;
  if (area.closest("form.composer")) document.querySelector("#case-pane .thread").focus();
  else if (area.closest(".status-slot")) focusPane(paneOf(beforeToast) ?? PANES.find((one) => seen(document.querySelector(one))));
  else document.querySelector("[data-command~=back]")?.click();
}

let beforeToast = null;

function nextTeam() {
  const teams = [...document.querySelectorAll(".nav-teams a")];
  (teams[teams.findIndex((link) => link.hasAttribute("aria-current")) + 1] ?? teams[0]).click();
}

function takeFromSomebody(select) {
  select.value = document.getElementById("main").dataset.me;
  select.dispatchEvent(new Event("change", { bubbles: true }));
}

/** Is it somebody else's, and can it be had? */
const given = () => targetOf("assign")?.querySelector(`option[value="${document.getElementById("main").dataset.me}"]:not(:checked)`);

/** Give each of these its command. */
export function startMoves() {
  const listed = () => rows().length > 0;
  handle("down", () => move(1), listed);
  handle("up", () => move(-1), listed);
  handle("open", openRow, () => Boolean(document.activeElement?.closest?.(".row")));
  handle("show-new", () => reloadList(), () => seen(document.getElementById("rows")));
  handle("resolve", resolve, () => Boolean(targetOf("resolve")));
  handle("resolve-next", () => resolve({ always: true }), () => Boolean(targetOf("resolve") && rowOf(openCase())));
  handle("take", () => (targetOf("take") ? press(targetOf("take")) : takeFromSomebody(targetOf("assign"))), () => Boolean(targetOf("take") || given()));
  handle("reply", () => write(replyMode()), () => writable() && Boolean(replyMode()));
  for (const mode of ["public", "private", "note"]) handle(mode, () => write(mode), () => writable() && Boolean(modeInput(mode)));
  handle("quote", quote, writable);
  handle("next-unread", nextUnread, () => seen(document.querySelector("#case-pane .thread")));
  handle("go-team", nextTeam, () => document.querySelector(".nav-teams a") !== null);
  handle("pane-next", () => step(1));
  handle("pane-previous", () => step(-1));
  handle("toast", toToast, () => Boolean(toastBox()));
  handle("undo", () => undoButton().click(), () => Boolean(undoButton()));
  handle("back", back, () => Boolean(document.activeElement.closest("form.composer, .status-slot") || document.querySelector("[data-command~=back]")));
  handleOnRow("resolve", (row, number) => resolveRow(row, number));
  handleOnRow("resolve-next", (row, number) => resolveRow(row, number, { always: true }));
  for (const [id, name] of [["take", "take"], ["assign", "assign"], ["tag", "tags"]]) handleOnRow(id, (_row, number) => act(name, number));
  handle("unread", () => markUnread(), () => Boolean(document.activeElement?.closest?.(".row") || targetOf("unread")));
  document.addEventListener("htmx:afterRequest", onAnswer);
  document.addEventListener("focusin", ({ target, relatedTarget }) => {
    const pane = paneOf(target);
    if (pane) lastIn.set(pane, target);
    if (target.closest(".status-slot") && !relatedTarget?.closest?.(".status-slot")) beforeToast = relatedTarget;
  });
}

function markUnread() {
  const row = document.activeElement?.closest?.(".row");
  if (row && Number(row.dataset.number) !== openCase()) act("unread", Number(row.dataset.number));
  else if (targetOf("unread")) press(targetOf("unread"));
}

/** Run a command from the palette, then open the next case. */
export async function runThenNext(command) {
  if (command.id === "resolve" || command.id === "resolve-next") { run("resolve-next"); return; }
  const next = rowAfter(openCase());
  const answered = new Promise((done) => {
    document.addEventListener("htmx:afterRequest", done, { once: true });
    setTimeout(done, 1500);
  });
  if (canRun(command) && run(command.id)) await answered;
  goOn(next, { open: true });
}
