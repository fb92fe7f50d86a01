/** The bell: how many cases have something new for this person, beside the name of the page and of the tab. */

import { speak, wordFor } from "./say.js";

const plainTitle = document.title.replace(/^\(\d+\+?\) /, "");
const bell = () => document.getElementById("nav-count-notices");
const shortOf = (n) => (n > 999 ? `${Math.floor(n / 1000)}\u202fk` : String(n));

/** Does anything wait to be seen? */
export const rings = () => Number(bell()?.dataset.n || 0) > 0;

/** Show how many cases have news; more than before is said to screen readers. */
export function showBell(unseen) {
  const place = bell();
  if (!place) return;
  const before = Number(place.dataset.n || 0);
  place.dataset.n = unseen;
  const text = unseen ? shortOf(unseen) : "";
  if (place.textContent !== text) place.textContent = text;
  document.title = unseen ? `(${Math.min(unseen, 99)}${unseen > 99 ? "+" : ""}) ${plainTitle}` : plainTitle;
  const fresh = document.getElementById("notices-fresh");
  if (fresh && unseen > before) fresh.hidden = false;
  if (unseen > before) speak(wordFor("bell", unseen));
}

/** A frame of the socket: what is unseen now, in whichever tab it was seen. */
export function onBell({ unseen, mentions }) {
  showBell(unseen);
  const named = document.getElementById("nav-count-mentions");
  if (named) named.textContent = shortOf(mentions);
}

/** Put the number that came with the page into the title. */
export function startNotices() {
  showBell(Number(bell()?.dataset.n || 0));
}
