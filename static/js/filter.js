/** The filter field: what may come next, chosen by keys or by pointer. Without this script it is a plain text field. */

const PAUSE = 120;
const field = () => document.getElementById("q");
const list = () => document.getElementById("q-options");
const options = () => [...list().querySelectorAll("[role=option]")];
const active = () => list().querySelector("[aria-selected=true]");

let timer = 0;
let asked = 0;

/** The piece of the filter that ends at the caret: since the last space that no quotes hold. */
function pieceAt(text) {
  let start = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === "\\" && quoted) at += 1;
    else if (text[at] === '"') quoted = !quoted;
    else if (/\s/.test(text[at]) && !quoted) start = at + 1;
  }
  return text.slice(start);
}

const typed = () => pieceAt(field().value.slice(0, field().selectionStart ?? field().value.length));

function show(open) {
  list().hidden = !open;
  field().setAttribute("aria-expanded", String(open));
  if (!open) choose(null);
}

function choose(option) {
  active()?.setAttribute("aria-selected", "false");
  option?.setAttribute("aria-selected", "true");
  option?.scrollIntoView({ block: "nearest" });
  if (option) field().setAttribute("aria-activedescendant", option.id);
  else field().removeAttribute("aria-activedescendant");
}

function ask() {
  clearTimeout(timer);
  timer = setTimeout(async () => {
    const mine = (asked += 1);
    const body = new FormData();
    body.set("text", typed());
    body.set("csrfmiddlewaretoken", field().form.querySelector("[name=csrfmiddlewaretoken]").value);
    const answer = await fetch("/fragments/suggestions", { method: "POST", body }).catch(() => null);
    if (mine !== asked || !answer?.ok || answer.redirected || document.activeElement !== field()) return;
    list().innerHTML = await answer.text();
    show(options().length > 0);
  }, PAUSE);
}

/** Put an option in the place of the typed piece. After a key its values are offered, after a value the next piece. */
function take(option) {
  const box = field();
  const end = box.selectionStart ?? box.value.length;
  const start = end - pieceAt(box.value.slice(0, end)).length;
  const goesOn = "goesOn" in option.dataset;
  const insert = option.dataset.insert + (goesOn || /^\s/.test(box.value.slice(end)) ? "" : " ");
  box.setRangeText(insert, start, end, "end");
  show(false);
  if (goesOn) ask();
}

function step(by) {
  const all = options();
  const at = all.indexOf(active());
  choose(all.at(at < 0 && by < 0 ? -1 : (at + by) % all.length) ?? null);
}

function onKey(event) {
  if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  const open = !list().hidden;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    if (open) step(event.key === "ArrowDown" ? 1 : -1);
    else ask();
  } else if ((event.key === "Enter" || event.key === "Tab") && open && active()) {
    event.preventDefault();
    take(active());
  } else if (event.key === "Escape" && open) {
    event.preventDefault();
    event.stopPropagation();
    show(false);
  }
}

/** Wire the field of the page, if it has one. */
export function startFilter() {
  const box = field();
  if (!box?.matches("[data-suggest]")) return;
  for (const [name, value] of Object.entries({ role: "combobox", "aria-controls": "q-options", "aria-expanded": "false", "aria-autocomplete": "list" })) box.setAttribute(name, value);
  box.addEventListener("input", ask);
  box.addEventListener("focus", ask);
  box.addEventListener("keydown", onKey);
  box.addEventListener("blur", () => { clearTimeout(timer); show(false); });
  list().addEventListener("pointerdown", (event) => event.preventDefault());
  list().addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) take(option);
  });
}
