/** Who else looks at a case and who writes in it: in its row, its header and over its composer. */

import { wordFor } from "./say.js";

const BEAT = 10000;
const TYPING_AGAIN = 4000; // while somebody types, others are told this often
const TYPING_STOPS = 6000;
const here = new Map(); // case number → other people at it
const names = new Intl.ListFormat(document.documentElement.lang || "en", { type: "conjunction" });

let tell = () => {};
let told = { at: 0, number: null, mode: "" };
let stopTimer = 0;

const me = () => Number(document.querySelector("[data-me]")?.dataset.me);

/** A frame says who is at a case now. */
export function showPresence({ number, people }) {
  const others = people.filter((person) => person.id !== me());
  if (others.length) here.set(number, others);
  else here.delete(number);
  draw(number);
}

/** The line is down or the case out of sight: nobody is said to be anywhere. */
export function clearPresence(number) {
  const gone = number ? [number] : [...here.keys()];
  for (const one of gone) { here.delete(one); draw(one); }
}

/** Rows and cases that have just come onto the page. */
export function drawPresence() {
  for (const number of here.keys()) draw(number);
}

function draw(number) {
  const people = here.get(number) ?? [];
  const typing = people.filter((person) => person.doing === "types");
  const row = document.getElementById(`row-${number}`);
  if (row) {
    faces(row.querySelector("[data-here]"), people);
    say(row.querySelector("[data-typing]"), sentence("typing", typing));
  }
  faces(document.querySelector(`#case-${number}-head [data-here]`), people);
  say(document.querySelector(`#case-${number}-composer [data-beside]`), beside(typing));
}

/** Over the composer: who writes and for whom; whoever writes to the customer is named first. */
function beside(typing) {
  const modes = ["public", "private", "note"];
  const [first] = [...typing].sort((a, b) => modes.indexOf(a.mode) - modes.indexOf(b.mode));
  return first ? sentence(`writes-${first.mode}`, typing.filter((person) => person.mode === first.mode)) : "";
}

function sentence(key, people) {
  return people.length ? wordFor(key, people.length, { name: names.format(people.map((person) => person.name)) }) : "";
}

function say(place, text) {
  if (!place || (place.textContent === text && place.hidden === !text)) return;
  place.textContent = text;
  place.hidden = !text;
}

function faces(place, people) {
  if (!place) return;
  const said = sentence("looking", people);
  if (place.title === said) return;
  place.title = said;
  const shown = people.slice(0, 3).map((person) => {
    const face = document.createElement("span");
    face.className = `av team s h-${person.hue}`;
    face.textContent = person.initials;
    face.ariaHidden = "true";
    return face;
  });
  const spoken = document.createElement("span");
  spoken.className = "sr";
  spoken.textContent = said;
  place.replaceChildren(...shown, ...(said ? [spoken] : []));
}

/** A key was pressed in a composer. */
export function typing(number, mode) {
  clearTimeout(stopTimer);
  stopTimer = setTimeout(stopTyping, TYPING_STOPS);
  if (told.number === number && told.mode === mode && Date.now() - told.at < TYPING_AGAIN) return;
  told = { at: Date.now(), number, mode };
  tell({ type: "typing", number, mode });
}

/** Sent, emptied, or left alone for a while. */
export function stopTyping() {
  clearTimeout(stopTimer);
  if (!told.mode) return;
  tell({ type: "typing", number: told.number, mode: "" });
  told = { at: 0, number: null, mode: "" };
}

/** Keep saying that we are here, as long as the page is looked at. Takes: how to send a word over the socket. */
export function startPresence(send) {
  tell = send;
  setInterval(() => document.hidden || tell({ type: "here" }), BEAT);
  document.addEventListener("samsvar:rows", drawPresence);
}

