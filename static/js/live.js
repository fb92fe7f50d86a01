/** The one socket: hears hints, notices what it missed, and asks for it. Start and recovery are one path. */

import { reconcileCase } from "./guard.js";
import { applyGone, applyRow, openCase, reloadList } from "./list.js";
import { banner, signedOut, word, wordFor } from "./say.js";

const SILENT_AFTER = 45000;
const BANNER_AFTER = 1500;
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
  if (over) return;
  const most = Math.min(30000, 500 * 2 ** tries);
  tries += 1;
  retry = setTimeout(connect, 500 + Math.random() * Math.max(0, most - 500));
  bannerTimer ||= setTimeout(() => {
    shown = true;
    banner(word(navigator.onLine ? "unreachable" : "offline"));
  }, BANNER_AFTER);
}

function dropAndConnect() {
  const old = socket;
  socket = null;
  first = true;
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
  } else {
    if (catching) held.push(frame);
    else apply(frame);
    seen = Math.max(seen, frame.seq ?? 0);
    behind(frame.scope_head ?? 0, false);
  }
}

/** The first beat says that the line works both ways. */
function proven() {
  first = false;
  tries = 0;
  clearTimeout(bannerTimer);
  bannerTimer = 0;
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
      refreshCase();
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
  else if (frame.kind === "gone") applyGone(frame);
  else if (frame.kind === "case" && frame.facts.number === openCase()) refreshCase();
  refreshCounts();
}

function end() {
  over = true;
  socket?.close();
  clearTimeout(bannerTimer);
  signedOut();
}

let loading = false;
let again = false;

async function refreshCase() {
  const number = openCase();
  if (!number) return;
  if (loading) { again = true; return; }
  loading = true;
  try {
    const answer = await fetch(`/fragments/case/${number}`, { headers: { Accept: "text/html" } });
    if (answer.redirected) end();
    else if (answer.ok && number === openCase()) reconcileCase(await answer.text());
  } catch {
    // The line is down; catching up asks again.
  } finally {
    loading = false;
    if (again) { again = false; refreshCase(); }
  }
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
    const query = new URLSearchParams({ view: filter.view ?? "", team_id: filter.teamId ?? "" });
    const answer = await fetch(`/fragments/counts?${query}`).catch(() => null);
    if (!answer?.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const count of page.querySelectorAll("[id]")) {
      for (const old of document.querySelectorAll(`#${CSS.escape(count.id)}, [data-count-of="${CSS.escape(count.id)}"]`)) {
        if (old.textContent !== count.textContent) old.textContent = count.textContent;
      }
    }
  }, 1000);
}

function look() {
  if (document.hidden) { hiddenAt = Date.now(); return; }
  if (countsOwed) refreshCounts();
  if (over) return;
  if (!socket || Date.now() - heardAt > SILENT_AFTER / 2) dropAndConnect();
  if (hiddenAt && Date.now() - hiddenAt > 600000) reloadList({ quiet: true });
  hiddenAt = 0;
}

let hiddenAt = 0;

/** Sign in elsewhere, then go on here: new form tokens, a new socket, the same page. */
function resume() {
  const token = /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1];
  if (token) {
    for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) field.value = token;
    document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRFToken": token }));
  }
  document.getElementById("signed-out").close();
  over = false;
  dropAndConnect();
}

/** Open the socket and keep it, from what this page was drawn with. */
export function startLive() {
  const main = document.querySelector("[data-live-seq]");
  if (!main) return;
  seen = needed = Number(main.dataset.liveSeq) || 0;
  document.querySelector("[data-resume]")?.addEventListener("click", resume);
  document.addEventListener("samsvar:case", () => send({ type: "case", number: openCase() }));
  document.addEventListener("visibilitychange", look);
  window.addEventListener("online", dropAndConnect);
  window.addEventListener("offline", () => { socket?.close(); });
  setInterval(() => { if (socket && Date.now() - heardAt > SILENT_AFTER) dropAndConnect(); }, 5000);
  connect();
}
