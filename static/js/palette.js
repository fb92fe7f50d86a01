/** The palette: commands and places of this page at once, cases by number or customer from the server. */

import { capsOf, commands, handle, isOffered, modHeld, rowInHand, run, said } from "./commands.js";
import { openCase, showCase } from "./list.js";
import { runThenNext } from "./moves.js";
import { signedOut } from "./say.js";

const WAIT = 150; // ms without typing before the server is asked
const dialog = () => document.getElementById("palette");
const box = () => document.getElementById("palette-q");
const list = () => document.getElementById("palette-list");
const store = `samsvar:recent:${document.getElementById("commands")?.dataset.user}`;
const plurals = new Intl.PluralRules(document.documentElement.lang || "en");

let offered = []; // what this page can do, made when the palette opens
let cases = []; // what the server found last
let timer = 0;
let asking = null;
let walked = false; // a line was chosen by hand: it stays chosen when others come

// What can be chosen

/** One line: {group, label, run, icon, caps, meta, id, href}; `rare` is shown only when it is searched for. */
function commandLines() {
  const group = { case: "case", composer: "case", list: "list" };
  return commands.filter((command) => command.listed && isOffered(command)).map((command) => ({
    id: command.id, command, group: group[command.where] ?? "more", label: command.words,
    icon: command.element.querySelector("svg"), caps: command.element.querySelector(".keys"), run: () => run(command.id),
  }));
}

/** What a picker of the case offers, each as a line of its own: "Assign to Mikko". */
function choiceLines() {
  if (rowInHand()) return [];
  return [...document.querySelectorAll("#case-pane [data-each]")].flatMap((picker) => {
    const command = commands.find(({ id }) => id === (picker.dataset.command ?? picker.dataset.of));
    const line = (label, choose) => ({ group: "case", rare: true, label, icon: command?.element.querySelector("svg"), caps: command?.element.querySelector(".keys"), run: choose });
    const named = (name, off) => (off ? picker.dataset.eachOff : picker.dataset.each).replace("{name}", name);
    const now = (selector) => document.querySelector(`#case-pane ${selector}`); // news may have put another in its place meanwhile
    if (picker.matches("select")) return [...picker.options].filter(({ selected, value }) => !selected && value).map((option) => line(named(option.text.trim()), () => choose(now(`#${CSS.escape(picker.id)}`), option.value)));
    return [...picker.querySelectorAll("input")].map((input) => line(named(input.value, input.checked), () => toggle(now(`[data-of=tag] input[value="${CSS.escape(input.value)}"]`))));
  });
}

function choose(select, value) {
  select.value = value;
  select.dispatchEvent(new Event("change", { bubbles: true }));
}

function toggle(input) {
  input.checked = !input.checked;
  input.form.requestSubmit();
}

function placeLines() {
  return [...document.querySelectorAll(".nav-lists a, .me .menu a:not([data-command=keys])")].map((link) => ({
    id: link.getAttribute("href"), group: "go", label: (link.querySelector(".nav-label") ?? link).textContent.trim() || link.getAttribute("aria-label") || link.title, rare: link.closest(".me") !== null,
    icon: link.querySelector("svg"), caps: capsOf(link), meta: link.querySelector(".count")?.textContent, run: () => link.click(),
  }));
}

function caseLines(page) {
  return [...page.querySelectorAll("[role=option]")].map((element) => ({
    group: "cases", label: element.querySelector("[data-match]").textContent, element, run: () => openNumber(Number(element.dataset.number)),
  }));
}

async function openNumber(number) {
  if (!document.getElementById("rows")) { location.assign(`/case/${number}`); return; }
  if (number !== openCase()) await showCase(number);
  document.querySelector("#case-pane .thread")?.focus({ preventScroll: true });
}

function searchLine(words) {
  return { group: "more", label: said("search", { words }), icon: dialog().querySelector(".palette-head svg"), plain: true, run: () => dialog().querySelector("form").requestSubmit() };
}

// What was done last, by id and number: nothing of anybody's is kept

const recent = () => JSON.parse(sessionStorage.getItem(store) ?? "[]");

function remember(what) {
  sessionStorage.setItem(store, JSON.stringify([what, ...recent().filter((one) => one !== what)].slice(0, 9)));
}

function recentLines() {
  const ids = recent().filter((one) => typeof one === "string").slice(0, 3);
  return ids.map((id) => offered.find((line) => line.id === id)).filter(Boolean).map((line) => ({ ...line, group: "recent" }));
}

// Finding

const LETTERS = { ø: "o", æ: "a", đ: "d", ł: "l", þ: "t", ð: "d" };

/** A text to search in, one letter for one letter, so that places in it are places in the text. */
function fold(text) {
  return [...text].map((letter) => { const plain = letter.toLowerCase().normalize("NFD")[0]; return LETTERS[plain] ?? plain; }).join("");
}

/** Where each word of a query stands in a label, at the beginning of words before inside them; null when one does not. */
function places(label, words) {
  const text = fold(label);
  const found = [];
  for (const word of words) {
    const inside = text.indexOf(word);
    const start = text.startsWith(word) ? 0 : text.search(new RegExp(`(?<![\\p{L}\\p{N}])${word.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")}`, "u"));
    if (inside < 0) return null;
    found.push({ at: start < 0 ? inside : start, size: word.length, rank: start < 0 ? 1 : 0 });
  }
  return found;
}

function matching(words) {
  return offered.filter(({ id }) => id !== "search").map((line) => ({ line, found: places(line.label, words) })).filter(({ found }) => found)
    .sort((a, b) => worst(a.found) - worst(b.found)).map(({ line }) => line);
}

const worst = (found) => Math.max(...found.map(({ rank }) => rank));

function wanted() {
  const query = box().value.trim();
  const words = fold(query).split(/\s+/).filter(Boolean);
  if (!words.length) return [...recentLines(), ...recentCases(), ...offered.filter(({ rare }) => !rare)];
  return [...matching(words), ...cases, searchLine(query)];
}

const recentCases = () => cases.filter(({ element }) => Number(element.dataset.number) !== openCase()).map((line) => ({ ...line, group: "recent" }));

// Drawing

const ORDER = ["recent", "case", "list", "go", "cases", "more"];
const MOST = 7; // of one group, when something is searched for

function draw() {
  walked = false;
  const query = fold(box().value.trim()).split(/\s+/).filter(Boolean);
  const lines = wanted();
  const groups = ORDER.map((group) => [group, lines.filter((line) => line.group === group).slice(0, query.length ? MOST : 40)]);
  list().replaceChildren(...groups.filter(([, some]) => some.length).map(([group, some]) => drawGroup(group, some, query)));
  const all = options();
  all.forEach((option, n) => { option.id = `palette-o-${n}`; });
  activate(all[0]);
  list().scrollTop = 0;
  dialog().querySelector("[data-found]").textContent = said(`found-${plurals.select(all.length) === "one" ? "one" : "other"}`, { n: all.length });
}

function drawGroup(group, lines, query) {
  const part = document.createElement("div");
  part.setAttribute("role", "group");
  part.setAttribute("aria-label", said(group));
  const title = document.createElement("span");
  Object.assign(title, { className: "palette-group", textContent: said(group) });
  title.setAttribute("aria-hidden", "true");
  part.append(title, ...lines.map((line) => drawLine(line, query)));
  return part;
}

const lineOf = new WeakMap();

function drawLine(line, query) {
  const option = line.element?.cloneNode(true) ?? document.createElement("div");
  lineOf.set(option, line);
  option.setAttribute("role", "option");
  option.setAttribute("aria-selected", "false");
  const found = line.plain ? [] : places(line.label, query) ?? [];
  if (line.element) {
    option.querySelector("[data-match]").replaceChildren(...marked(line.label, found));
    return option;
  }
  const label = document.createElement("span");
  label.className = "cut";
  label.append(...marked(line.label, found));
  const keys = line.caps?.cloneNode(true) ?? document.createElement("span");
  keys.className = "keys meta";
  if (line.meta && line.meta !== "0") keys.prepend(Object.assign(document.createElement("span"), { className: "palette-meta num", textContent: line.meta }));
  option.append(line.icon?.cloneNode(true) ?? document.createElement("span"), label, keys);
  return option;
}

function marked(text, found) {
  const letters = [...text];
  const bold = new Set(found.flatMap(({ at, size }) => [...Array(size).keys()].map((n) => at + n)));
  const pieces = [];
  for (const [n, letter] of letters.entries()) {
    const last = pieces.at(-1);
    if (last && last.bold === bold.has(n)) last.text += letter;
    else pieces.push({ bold: bold.has(n), text: letter });
  }
  return pieces.map((piece) => { const node = document.createElement(piece.bold ? "b" : "span"); node.textContent = piece.text; return node; });
}

const options = () => [...list().querySelectorAll("[role=option]")];
const active = () => list().querySelector("[aria-selected=true]");

function activate(option) {
  active()?.setAttribute("aria-selected", "false");
  if (!option) { box().removeAttribute("aria-activedescendant"); return; }
  option.setAttribute("aria-selected", "true");
  box().setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
}

// Asking the server

function sayTrouble(...nodes) {
  const place = dialog().querySelector(".palette-error");
  place.replaceChildren(...nodes);
  place.hidden = !nodes.length;
}

function ask() {
  clearTimeout(timer);
  asking?.abort();
  const query = box().value.trim();
  const numbers = recent().filter((one) => typeof one === "number").slice(0, 6);
  if (query || numbers.length) timer = setTimeout(() => fetchCases(query, numbers), query ? WAIT : 0);
}

async function fetchCases(query, numbers) {
  const body = new FormData();
  if (query) body.append("q", query);
  else for (const number of numbers) body.append("number", number);
  asking = new AbortController();
  const headers = { ...JSON.parse(document.body.getAttribute("hx-headers")), "HX-Request": "true" };
  try {
    const answer = await fetch("/palette/cases", { method: "POST", headers, body, signal: asking.signal });
    if (answer.status === 401) { dialog().close(); signedOut(); return; }
    if (!answer.ok) throw new Error(String(answer.status));
    const page = new DOMParser().parseFromString(await answer.text(), "text/html").body;
    cases = caseLines(page);
    sayTrouble(...page.querySelectorAll(".palette-note"));
    redraw();
  } catch (error) {
    if (error.name !== "AbortError") sayTrouble(said("failed"));
  }
}

/** Draw anew. The line chosen by hand stays chosen; so does the first, while nothing is searched for. */
function redraw() {
  const stays = walked || !box().value.trim();
  const here = lineOf.get(active());
  draw();
  if (!stays) return;
  walked = true;
  activate(options().find((option) => lineOf.get(option).label === here?.label && lineOf.get(option).group === here?.group) ?? options()[0]);
}

// Opening, choosing, closing

function showContext() {
  const chip = dialog().querySelector("[data-case]");
  const row = rowInHand();
  const [picture, name] = row ? [row.querySelector(".av"), row.querySelector(".who b")] : [document.querySelector("#case-pane .head-av"), document.querySelector("#case-pane .title h2")];
  chip.hidden = !name;
  if (!name) return;
  const face = document.createElement("span");
  face.className = `av s ${[...picture.classList].find((one) => one.startsWith("h-")) ?? ""}`;
  face.textContent = picture.firstChild.textContent.trim();
  const said = document.createElement("span");
  Object.assign(said, { className: "cut", textContent: name.textContent.trim() });
  face.setAttribute("aria-hidden", "true");
  chip.replaceChildren(face, said);
}

function toggleOpen() {
  if (dialog().open) { dialog().close(); return; }
  for (const menu of document.querySelectorAll("details[name=menu][open]")) menu.open = false;
  for (const menu of document.querySelectorAll(".menu:popover-open")) menu.hidePopover();
  offered = [...commandLines(), ...choiceLines(), ...placeLines()];
  cases = [];
  box().value = "";
  sayTrouble();
  showContext();
  draw();
  dialog().showModal();
  box().focus();
  ask();
}

function take(option, { next = false } = {}) {
  const line = lineOf.get(option);
  if (!line) return;
  dialog().close(); // focus is back where it was before anything is done
  if (next && line.command) runThenNext(line.command);
  else line.run();
}

const STEP = { ArrowDown: 1, ArrowUp: -1 };

function onKey(event) {
  if (event.isComposing || event.keyCode === 229) return;
  const all = options();
  if (event.key in STEP && !event.shiftKey && !event.altKey) {
    event.preventDefault();
    walked = true;
    activate(all.at((all.indexOf(active()) + STEP[event.key]) % all.length));
  } else if (event.key === "Enter" && event.target === box()) {
    event.preventDefault();
    if (!event.repeat && modHeld(event) !== null) take(active(), { next: modHeld(event) });
  }
}

function onClick(event) {
  const option = event.target.closest("[role=option]");
  if (option && (event.ctrlKey || event.metaKey) && option.href) return; // a case in a new tab
  if (option) event.preventDefault();
  if (option) take(option);
  else if (event.target === dialog() || event.target.closest(".palette-close")) dialog().close();
}

/** Wire the palette, its button, and what it remembers. */
export function startPalette() {
  if (!dialog()) return;
  handle("palette", toggleOpen);
  box().addEventListener("input", () => { draw(); ask(); });
  dialog().addEventListener("keydown", onKey);
  dialog().addEventListener("click", onClick);
  dialog().addEventListener("close", () => { clearTimeout(timer); asking?.abort(); });
  list().addEventListener("pointermove", (event) => {
    const option = event.pointerType === "mouse" && event.target.closest("[role=option]");
    if (!option || option === active()) return;
    walked = true;
    activate(option);
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest(".jump") || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    toggleOpen();
  });
  document.addEventListener("samsvar:ran", ({ detail }) => commands.find(({ id }) => id === detail).listed && remember(detail));
  const visited = () => openCase() && remember(openCase());
  document.addEventListener("samsvar:case", visited);
  document.addEventListener("submit", (event) => event.target.getAttribute("action") === "/sign-out" && sessionStorage.removeItem(store));
  visited();
}
