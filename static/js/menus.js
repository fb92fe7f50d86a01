/** Menus: the ones that fold out in place, and the ones on top, which are put beside their button and walked by arrows. */

const NARROW = "(max-width: 767px)"; // there a menu is a sheet at the bottom, by style alone
let opener = null;

/** Open a menu on top for a button, or at a point of the pointer. */
export function openMenu(menu, button, point = null) {
  opener = { menu, button, point };
  menu.showPopover();
}

function place(menu) {
  const button = opener?.menu === menu ? opener.button : document.querySelector(`[popovertarget="${CSS.escape(menu.id)}"]`);
  if (!button || matchMedia(NARROW).matches) {
    menu.style.left = menu.style.top = "";
    return;
  }
  const { point } = opener?.menu === menu ? opener : {};
  const from = point ? { left: point.x, right: point.x, top: point.y, bottom: point.y } : button.getBoundingClientRect();
  const { width, height } = menu.getBoundingClientRect();
  const left = Math.min(from.left, innerWidth - width - 8);
  const below = from.bottom + 4;
  menu.style.left = `${Math.max(8, left)}px`;
  menu.style.top = `${Math.max(8, below + height > innerHeight - 8 ? from.top - height - 4 : below)}px`;
}

const items = (menu) => [...menu.querySelectorAll("[role=menuitem]")].filter((item) => !item.hidden);

function onToggle(event) {
  const menu = event.target;
  if (!menu.matches?.(".menu[popover]")) return;
  const open = event.newState === "open";
  const button = opener?.menu === menu ? opener.button : null;
  button?.setAttribute("aria-expanded", String(open));
  if (open) {
    place(menu);
    (items(menu)[0] ?? menu.querySelector("input, button, a"))?.focus({ preventScroll: true });
  } else if (opener?.menu === menu) {
    if (document.activeElement === document.body || menu.contains(document.activeElement)) button?.focus({ preventScroll: true });
    opener = null;
  }
}

const STEP = { ArrowDown: 1, ArrowUp: -1 };

function onKey(event) {
  const menu = event.target.closest?.("[role=menu]:popover-open");
  if (menu) {
    const all = items(menu);
    const at = all.indexOf(document.activeElement);
    const next = event.key in STEP ? at + STEP[event.key] : event.key === "Home" ? 0 : event.key === "End" ? -1 : null;
    if (next === null) return;
    event.preventDefault();
    all.at(next % all.length)?.focus();
  }
  const folded = event.key === "Escape" && event.target.closest?.("details[name=menu][open]");
  if (folded) {
    event.preventDefault(); // it closed something: nothing else does
    folded.open = false;
    folded.querySelector("summary").focus();
  }
}

/** What was chosen for a message closes its menu and leaves the message free to show what became of it. */
function onChosen(event) {
  const more = event.target.closest(".msg-more");
  if (!more) return;
  more.closest(".thread")?.focus({ preventScroll: true });
  more.open = false;
}

/** Wire every menu of the page. */
export function startMenus() {
  document.addEventListener("toggle", onToggle, true);
  document.addEventListener("keydown", onKey);
  document.addEventListener("submit", onChosen);
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details[name=menu][open]")) if (!menu.contains(event.target)) menu.open = false;
    event.target.closest("[role=menuitem]")?.closest("[popover]")?.hidePopover();
  });
  document.addEventListener("toggle", (event) => {
    if (event.target.matches?.("details.find[open]")) event.target.querySelector("input:not([type=hidden])").focus();
  }, true);
}
