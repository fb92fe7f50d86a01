/** One ticker for everything that depends on now: what is left to reply, ages, undo windows. */

import { word } from "./say.js";

const page = document.documentElement.lang || "en";
const lang = page === "en" ? "en-GB" : page; // day before month, as everywhere we work
const DAY = 86400000;
const RISK = 15 * 60000;
let ahead = 0; // the server's clock less ours

/** Learn the server's time from a fragment that says it. */
export function setClock(iso) {
  const server = Date.parse(iso ?? "");
  if (!Number.isNaN(server)) ahead = server - Date.now();
}

export const now = () => Date.now() + ahead;

const clock = new Intl.DateTimeFormat(lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const shortDay = new Intl.DateTimeFormat(lang, { day: "numeric", month: "short" });
const weekDay = new Intl.DateTimeFormat(lang, { weekday: "short" });
const longDay = new Intl.DateTimeFormat(lang, { day: "numeric", month: "short", year: "numeric" });
const full = new Intl.DateTimeFormat(lang, { dateStyle: "full", timeStyle: "medium" });

function sameDay(a, b) {
  return a.toDateString() === b.toDateString();
}

function inWords(milliseconds) {
  const minutes = Math.floor(milliseconds / 60000);
  if (minutes < 60) return word("minutes", { n: Math.max(minutes, 0) });
  if (minutes < 1440) return word("hours", { n: Math.floor(minutes / 60) });
  return word("days", { n: Math.floor(minutes / 1440) });
}

function ageOf(at, moment) {
  const age = moment - at;
  if (age < 60000) return word("now");
  if (age < DAY) return inWords(age);
  return at.getFullYear() === moment.getFullYear() ? shortDay.format(at) : longDay.format(at);
}

function dayOf(at, moment) {
  return at.getFullYear() === moment.getFullYear() ? shortDay.format(at) : longDay.format(at);
}

/** How long ago, as a sentence goes on: "4 s ago", later "12 m ago", then the clock. */
function agoOf(at, moment) {
  const age = Math.max(moment - at, 0);
  if (age < 60000) return word("ago", { time: word("seconds", { n: Math.floor(age / 1000) }) });
  return age < 3600000 ? word("ago", { time: inWords(age) }) : clock.format(at);
}

/** How long a channel still takes an answer. */
function windowOf(at, moment) {
  return at > moment ? word("window", { time: inWords(at - moment) }) : word("window-over");
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** A moment as a sentence says it: the time today, else with its day. */
export function shortTime(iso) {
  const at = new Date(iso);
  return sameDay(at, new Date(now())) ? clock.format(at) : `${weekDay.format(at)} ${dayOf(at, new Date(now()))} ${clock.format(at)}`;
}

/** What a time element says now; exported for its test. */
export function say(element, moment = new Date(now())) {
  const at = new Date(element.dateTime);
  if (Number.isNaN(at.getTime())) return;
  if ("age" in element.dataset) write(element, ageOf(at, moment));
  else if ("ago" in element.dataset) write(element, agoOf(at, moment));
  else if ("window" in element.dataset) write(element, windowOf(at, moment));
  else if ("day" in element.dataset) write(element, dayOf(at, moment));
  else write(element, sameDay(at, moment) ? clock.format(at) : `${dayOf(at, moment)} ${clock.format(at)}`);
  if (!element.title) element.title = full.format(at);
}

/** Where a deadline stands: share left, and calm, risk or late. */
export function standing(due, since, moment) {
  const left = due - moment;
  const whole = Math.max(due - since, 60000);
  if (left < 0) return { left, percent: 100, state: "late" };
  const state = left < RISK || left < whole / 4 ? "risk" : "calm";
  return { left, percent: Math.max(3, Math.min(100, Math.round((left / whole) * 100))), state };
}

function sayDeadline(element, moment) {
  const due = Date.parse(element.dataset.due);
  const since = Date.parse(element.dataset.since) || due - 3600000;
  const { left, percent, state } = standing(due, since, moment);
  const time = inWords(Math.abs(left) + (left > 0 ? 59999 : 0));
  const long = word(state === "late" ? "late-long" : "left-long", { time });
  const short = state === "late" ? word("late", { time }) : element.dataset.words === "long" ? word("to-reply", { time }) : time;
  element.classList.toggle("risk", state === "risk");
  element.classList.toggle("late", state === "late");
  element.querySelector(".ring")?.style.setProperty("--p", percent);
  const text = element.querySelector(".sla-text");
  if (text && text.dataset.said !== long) {
    text.dataset.said = long;
    text.textContent = short;
    element.title = long;
  }
}

function sayUndo(element, moment) {
  const seconds = Math.ceil((Date.parse(element.dataset.until) - moment) / 1000);
  write(element.querySelector(".until") ?? element, seconds > 0 ? word(element.dataset.key ?? "sends-in", { n: seconds, name: element.dataset.name }) : word("sends-now"));
  const form = element.parentElement.querySelector("form, button");
  if (seconds <= 0 && form) form.hidden = true;
  if (seconds <= -1 && element.closest("#toast")) element.closest("#toast").hidden = true;
}

/** Write every time below `root` for this moment. */
export function tick(root = document) {
  const moment = now();
  const date = new Date(moment);
  for (const element of root.querySelectorAll("time[data-age], time[data-ago], time[data-window], time[data-clock], time[data-day]")) say(element, date);
  for (const element of root.querySelectorAll(".sla[data-due]")) sayDeadline(element, moment);
  for (const element of root.querySelectorAll("[data-until]")) sayUndo(element, moment);
}

/** Start the ticker: undo windows by the second, the rest every 15 seconds; nothing while hidden. */
export function startTime() {
  setClock(document.body.dataset.now);
  tick();
  let beats = 0;
  setInterval(() => {
    if (document.hidden) return;
    beats += 1;
    if (beats % 15 === 0) tick();
    else {
      for (const element of document.querySelectorAll("[data-until]")) sayUndo(element, now());
      for (const element of document.querySelectorAll("time[data-ago]")) say(element, new Date(now()));
    }
  }, 1000);
  document.addEventListener("visibilitychange", () => document.hidden || tick());
}
