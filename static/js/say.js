/** What the page says by itself: words from #words, the banner, toasts, and what screen readers hear. */

const lang = document.documentElement.lang || "en";
const plurals = new Intl.PluralRules(lang);
const known = new Map();

for (const item of document.getElementById("words")?.content.querySelectorAll("data") ?? []) {
  known.set(item.getAttribute("value"), item.textContent);
}

/** A translated sentence with its {places} filled. */
export function word(key, values = {}) {
  return (known.get(key) ?? "").replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** The sentence for a number, in the right plural form. */
export function wordFor(key, n, values = {}) {
  const form = plurals.select(n) === "one" ? "one" : "other";
  return word(`${key}-${form}`, { n: new Intl.NumberFormat(lang).format(n), ...values });
}

/** Tell screen readers, quietly. */
export function speak(text) {
  const spoken = document.getElementById("spoken");
  if (spoken) spoken.textContent = text;
}

const timers = new Map();

function show(id, text, milliseconds, className = "") {
  const box = document.getElementById(id);
  if (!box) return null;
  clearTimeout(timers.get(id));
  if (className) box.className = className;
  box.textContent = text;
  box.hidden = !text;
  if (milliseconds) timers.set(id, setTimeout(() => fade(box), milliseconds));
  return box;
}

/** Gone when its time is over and nobody is in it. */
function fade(box) {
  if (!box.contains(document.activeElement)) box.hidden = true;
  else box.addEventListener("focusout", () => setTimeout(() => fade(box), 0), { once: true });
}

/** A line about the connection; stays until the next one, or for `milliseconds`. Empty text takes it away. */
export function banner(text, { back = false, milliseconds = 0 } = {}) {
  show("banner", text, milliseconds, back ? "banner back" : "banner");
}

/** Something did not go through: said at once, and readable for as long as it takes. */
export function refuse(text) {
  const box = show("alert", text, 12000);
  box?.addEventListener("click", () => { box.hidden = true; }, { once: true });
}

/** A line that does not ask for anything, with room for one button. Gives the box. */
export function toast(text, milliseconds = 6000) {
  if (text) speak(text);
  return show("toast", text, milliseconds);
}

/** The session is over: the page stays, and the person signs in again above it. */
export function signedOut() {
  const dialog = document.getElementById("signed-out");
  if (dialog && !dialog.open) dialog.showModal();
}
