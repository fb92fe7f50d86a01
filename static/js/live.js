/** The one socket: hears hints, notices what it missed, and asks for it. Start and recovery are one path. */

import { retryAfter } from "./again_after.js";
import { onOtherWindow } from "./composer.js";
import { saveAll } from "./drafts.js";
import { reconcileCase, windowOf } from "./guard.js";
import { applyGone, applyRow, openCase, reloadList } from "./list.js";
import { onBell, rings, showBell } from "./notices.js";
import { clearPresence, showPresence, startPresence } from "./presence.js";
import { banner, signedOut, word, wordFor } from "./say.js";
import { offerUndo } from "./undo.js";

const SILENT_AFTER = 45000;
const BANNER_AFTER = 1500; // of a line that broke
const UNPROVEN_AFTER = 4000; // of one that came up and says nothing: its server may be about to start again
const GRACE = 700; // frames of one burst come within this; only what is still missing then was lost

let socket = null;
let seen = 0;
let needed = 0;
let heardAt = 0;
let tries = 0;
let over = false;
let first = true;
let shown = false;
let retry = 0;
let bannerTimer = 0;
let graceTimer = 0;
let catching = null;
let held = [];

function address() {
  return `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/live/`;
}

function connect() {
  clearTimeout(retry);
  if (over || (socket && socket.readyState <= WebSocket.OPEN)) return;
  heardAt = Date.now();
  warnAfter(UNPROVEN_AFTER);
  const mine = new WebSocket(address());
  socket = mine;
  mine.addEventListener("open", () => send({ type: "hello", seq: seen, case: openCase() }));
  mine.addEventListener("message", (event) => { if (mine === socket) hear(JSON.parse(event.data)); });
  mine.addEventListener("close", () => { if (mine === socket) lost(); });
}

function send(message) {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
}

function lost() {
  socket = null;
  first = true;
  clearPresence();
  if (over) return;
  retry = setTimeout(connect, retryAfter(tries));
  tries += 1;
  warnAfter(BANNER_AFTER);
}

/** Say that there is no live connection unless there is one by then. */
function warnAfter(milliseconds) {
  bannerTimer ||= setTimeout(() => {
    shown = true;
    banner(word(navigator.onLine ? "unreachable" : "offline"));
  }, milliseconds);
}

function dropAndConnect() {
  const old = socket;
  socket = null;
  first = true;
  clearPresence();
  old?.close();
  tries = 0;
  connect();
}

function hear(frame) {
  heardAt = Date.now();
  if (frame.kind === "bye") {
    end();
  } else if (frame.kind === "beat") {
    const starting = first;
    if (starting) proven();
    behind(frame.head, starting);
  } else if (beside[frame.kind]) {
    beside[frame.kind](frame.facts);
  } else {
    if (catching) held.push(frame);
    else apply(frame);
    seen = Math.max(seen, frame.seq ?? 0);
    behind(frame.scope_head ?? 0, false);
  }
}

/** Frames without a number: they say how things are, and the next one of their kind says it again. */
const beside = { presence: showPresence, draft: onOtherWindow, undo: offerUndo, bell: onBell, bulk: toldOfBulk };

function toldOfBulk(facts) {
  document.dispatchEvent(new CustomEvent("samsvar:bulk", { detail: facts }));
}

/** The first beat says that the line works both ways. */
function proven() {
  first = false;
  tries = 0;
  clearTimeout(bannerTimer);
  bannerTimer = 0;
  saveAll();
}

function behind(head, atOnce) {
  needed = Math.max(needed, head ?? 0);
  if (needed <= seen) {
    if (shown && !first) connected(0);
  } else if (atOnce) {
    catchUp();
  } else {
    graceTimer ||= setTimeout(() => { graceTimer = 0; if (needed > seen) catchUp(); }, GRACE);
  }
}

/** Ask for everything since what was last seen. One at a time; frames that come meanwhile wait their turn. */
export function catchUp() {
  catching ??= ask().finally(() => {
    catching = null;
    const later = held;
    held = [];
    later.forEach(apply);
  });
  return catching;
}

async function ask() {
  try {
    const answer = await fetch(`/live/since/${seen}`, { headers: { Accept: "application/json" } });
    if (answer.redirected || answer.status === 401 || answer.status === 403) return end();
    if (!answer.ok) return undefined;
    const { head, reload, frames } = await answer.json();
    if (reload) {
      await reloadList({ quiet: true });
      refreshCase({ whole: true });
      refreshCounts();
    }
    frames.forEach(apply);
    seen = Math.max(seen, head);
    needed = Math.max(needed, seen);
    if (shown) connected(frames.length);
  } catch {
    // The next beat says again how far behind we are.
  }
  return undefined;
}

function connected(changes) {
  shown = false;
  banner(changes ? wordFor("caught-up", changes) : word("back-online"), { back: true, milliseconds: 4000 });
}

function apply(frame) {
  if (frame.kind === "row") applyRow(frame);
  else if (frame.kind === "gone") { applyGone(frame); clearPresence(frame.facts.number); }
  if (frame.seq && frame.facts?.number) heardOf(frame.facts.number, frame.seq);
  document.dispatchEvent(new CustomEvent("samsvar:frame", { detail: frame }));
  refreshCounts();
}

function end() {
  over = true;
  socket?.close();
  clearTimeout(bannerTimer);
  signedOut();
}

let owed = 0; // the newest number told of the case that is open here
let wanted = null; // what to fetch of it once nothing of it is under way
let loading = false;
let failures = 0; // of fetching it, one after another
let commands = 0; // of this person, whose answers bring what they changed

/** The numbers up to which the open case stands on this page as it was told. */
const toldOf = (number) => Number(document.getElementById(`case-${number}-live`)?.dataset.told) || 0;

const HEARD_OF = 500; // cases
const heard = new Map(); // number → the newest number of the sequence that told of it

/**
 * A case has changed. Any frame about it counts, not only those for who has it open: the server may not know yet that
 * this page has opened it, and what it drew for that may be older than the frame.
 */
function heardOf(number, seq) {
  heard.delete(number);
  heard.set(number, seq);
  if (heard.size > HEARD_OF) heard.delete(heard.keys().next().value);
  if (number === openCase()) caseChanged(seq);
}

function caseChanged(seq) {
  owed = Math.max(owed, seq);
  goOn();
}

/** Fetch what changed in the open case; `whole` asks for all of it, where this page cannot be sure what it has. */
export function refreshCase({ whole = false } = {}) {
  wanted = { whole: whole || Boolean(wanted?.whole) };
  goOn();
}

function goOn() {
  const number = openCase();
  if (!number || over || loading || commands || (!wanted && toldOf(number) >= owed)) return;
  const asked = { owed, wanted };
  wanted = null;
  owed = 0;
  fetchCase(number, asked);
}

async function fetchCase(number, asked) {
  const whole = Boolean(asked.wanted?.whole);
  loading = true;
  const html = await caseAsItStands(number, whole);
  loading = false;
  if (html === null) return againLater(number, asked);
  failures = 0;
  if (html && number === openCase() && !reconcileCase(html) && !whole) wanted = { whole: true };
  return goOn();
}

/** Gives: its HTML; "" when it is not there for us; null when it is to be asked for again. */
async function caseAsItStands(number, whole) {
  try {
    const headers = { Accept: "text/html", ...windowOf(number, { whole }) };
    const answer = await fetch(`/fragments/case/${number}?looking=${document.hidden ? 0 : 1}`, { headers });
    if (answer.redirected) end();
    if (answer.redirected || answer.status >= 500) return null;
    return answer.ok ? await answer.text() : "";
  } catch {
    return null;
  }
}

/** Whatever of it is still open is still owed to it, and asked for after a while. */
function againLater(number, asked) {
  if (number === openCase()) {
    owed = Math.max(owed, asked.owed);
    wanted = asked.wanted ?? wanted;
  }
  setTimeout(goOn, retryAfter(failures));
  failures += 1;
}

/**
 * While a command on the open case is under way its own news wait: most come with its answer. The request itself says
 * when it is over: what it came from may be gone by then, and htmx's events with it.
 */
function watchCommands() {
  document.addEventListener("htmx:beforeSend", ({ detail }) => {
    if (!/^case-\d+-live$/.test(detail.target?.id ?? "")) return;
    commands += 1;
    detail.xhr.addEventListener("loadend", () => {
      commands -= 1;
      setTimeout(goOn, 0); // once the answer is on the page
    });
  });
}

let countsTimer = 0;
let countsOwed = false;

/** Fetch the numbers beside the names, at most once a second and not while nobody looks. */
export function refreshCounts() {
  if (document.hidden) { countsOwed = true; return; }
  countsTimer ||= setTimeout(async () => {
    countsTimer = 0;
    countsOwed = false;
    const filter = document.getElementById("rows")?.dataset ?? {};
    const query = new URLSearchParams({ view: filter.view ?? "", team_id: filter.teamId ?? "", status: filter.status ?? "", q: filter.text ?? "" });
    const answer = await fetch(`/fragments/counts?${query}`).catch(() => null);
    if (!answer?.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    showBell(Number(page.getElementById("nav-count-notices")?.dataset.n || 0));
    for (const count of page.querySelectorAll("[id]")) {
      for (const old of document.querySelectorAll(`#${CSS.escape(count.id)}, [data-count-of="${CSS.escape(count.id)}"]`)) {
        if (old.textContent !== count.textContent) old.textContent = count.textContent;
        old.classList.toggle("late", count.classList.contains("late"));
      }
    }
  }, 1000);
}

function look() {
  if (document.hidden) { hiddenAt = Date.now(); return; }
  if (countsOwed) refreshCounts();
  if (rings()) refreshCase(); // what the bell says of the case that is open here is seen now
  if (over) return;
  send({ type: "case", number: openCase() });
  if (!socket || Date.now() - heardAt > SILENT_AFTER / 2) dropAndConnect();
  if (hiddenAt && Date.now() - hiddenAt > 600000) reloadList({ quiet: true });
  hiddenAt = 0;
}

let hiddenAt = 0;

/** Signed in again, here or elsewhere: new form tokens, a new socket, the same page. */
function resume() {
  const token = /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1];
  if (token) {
    for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) field.value = token;
    document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRFToken": token }));
  }
  document.getElementById("signed-out").close();
  over = false;
  dropAndConnect();
  goOn();
}

/** Open the socket and keep it, from what this page was drawn with. */
export function startLive() {
  const main = document.querySelector("[data-live-seq]");
  if (!main) return;
  seen = needed = Number(main.dataset.liveSeq) || 0;
  document.addEventListener("samsvar:signed-in", resume);
  document.addEventListener("samsvar:case", () => send({ type: "case", number: openCase() }));
  document.addEventListener("visibilitychange", look);
  document.addEventListener("samsvar:case", () => {
    owed = heard.get(openCase()) ?? 0;
    goOn();
  });
  startPresence(send);
  watchCommands();
  document.addEventListener("samsvar:draft-saved", ({ detail: entry }) => {
    if (Boolean(entry.text) !== Boolean(entry.counted)) refreshCounts();
    entry.counted = Boolean(entry.text);
  });
  setInterval(() => document.querySelector(".count[data-clock]") && refreshCounts(), 60000); // time changes those, not we
  window.addEventListener("online", dropAndConnect);
  window.addEventListener("offline", () => { socket?.close(); });
  setInterval(() => { if (socket && Date.now() - heardAt > SILENT_AFTER) dropAndConnect(); }, 5000);
  connect();
}
