/** What can be done to a case from its row: by the row's button, the right mouse button or a long press. */

import { actAndOffer } from "./acts.js";
import { openCase, showCase } from "./list.js";
import { catchUp, refreshCounts } from "./live.js";
import { openMenu } from "./menus.js";
import { refuse, signedOut, toast, word } from "./say.js";

const menu = () => document.getElementById("row-menu");

function offer(row) {
  const { status, assignee, number } = row.dataset;
  const works = status !== "done" && status !== "spam";
  const shown = { take: !assignee && works, resolve: works, reopen: status === "done", snooze: works, unsnooze: status === "snoozed", spam: status !== "spam", unspam: status === "spam", unread: row.classList.contains("waits") };
  for (const item of menu().querySelectorAll("[data-act]")) item.hidden = shown[item.dataset.act] === false;
  menu().querySelector("[data-act=open]").href = `/case/${number}`;
  menu().dataset.number = number;
}

function open(row, point = null) {
  offer(row);
  openMenu(menu(), row.querySelector(".row-more"), point);
}

/** Post to a case as its own buttons do; true when it went through. */
export async function post(number, action) {
  const headers = { ...JSON.parse(document.body.getAttribute("hx-headers")), "HX-Request": "true" };
  const answer = await fetch(`/case/${number}/${action}`, { method: "POST", headers }).catch(() => null);
  if (answer?.redirected) signedOut();
  else if (!answer?.ok) refuse((answer && JSON.parse(answer.headers.get("HX-Trigger") ?? "{}")["samsvar:refused"]?.sentence) || word("failed"));
  return Boolean(answer?.ok && !answer.redirected);
}

async function pick(number, id) {
  if (openCase() !== number) await showCase(number);
  const control = document.getElementById(`case-${number}-${id}`);
  control?.focus();
  if (control?.matches("[popovertarget]")) control.click();
}

/** Put the address of a case on the clipboard. */
export async function copyLink(path) {
  try {
    await navigator.clipboard.writeText(new URL(path, location.href).href);
    toast(word("copied"));
  } catch {
    refuse(word("not-copied"));
  }
}

/** Do to a case what its row's menu offers. */
export async function act(name, number) {
  const row = document.getElementById(`row-${number}`);
  if (name === "copy") copyLink(`/case/${number}`);
  else if (name === "assign") pick(number, "assignee");
  else if (name === "tags") pick(number, "tags-open");
  else if (name === "snooze") pick(number, "snooze-open");
  else if (["unsnooze", "spam", "unspam"].includes(name)) actAndOffer(number, name);
  else if (name === "unread") {
    if (await post(number, "unread")) row?.classList.add("unread");
  } else if (name !== "open" && (await post(number, name))) {
    catchUp();
    refreshCounts();
  }
}

/** Wire the rows to the one menu they share. */
export function startRowMenu() {
  if (!menu()) return;
  document.addEventListener("click", (event) => {
    const button = event.target.closest(".row-more");
    const item = event.target.closest("#row-menu [data-act]");
    if (button) open(button.closest(".row"));
    else if (item) act(item.dataset.act, Number(menu().dataset.number));
  });
  document.addEventListener("contextmenu", (event) => {
    const row = event.target.closest(".row");
    if (!row || event.shiftKey) return;
    event.preventDefault();
    open(row, { x: event.clientX, y: event.clientY });
  });
}
