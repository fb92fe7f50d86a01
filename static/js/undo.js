/** The toast of a reply that has not left yet. The server holds the window; a page loaded again is told of it. */

import { toast, word } from "./say.js";
import { tick } from "./time.js";

/** Offer to take a reply back. Takes: number, message_id, name and until, as the server says them. */
export function offerUndo({ number, message_id: id, name, until, then = "" }) {
  const message = toast("", 0);
  if (!message) return;
  const line = document.createElement("span");
  Object.assign(line.dataset, { until, key: then ? `toast-then-${then}` : "toast-sends", name });
  message.replaceChildren(line, undoForm(number, id));
  message.hidden = false;
  tick(message);
  window.htmx.process(message);
}

/** A plain form, which works wherever one is; a case that is open takes it in place. */
function undoForm(number, id) {
  const form = document.createElement("form");
  form.method = "post";
  form.action = `/case/${number}/message/${id}/undo`;
  const token = document.createElement("input");
  Object.assign(token, { type: "hidden", name: "csrfmiddlewaretoken", value: document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "" });
  const button = document.createElement("button");
  button.className = "btn sm";
  button.textContent = word("undo");
  button.dataset.action = "undo";
  if (document.getElementById(`case-${number}-live`)) {
    button.setAttribute("hx-post", form.action);
    button.setAttribute("hx-target", `#case-${number}-live`);
    button.setAttribute("hx-swap", "outerHTML");
  }
  form.append(token, button);
  return form;
}

/** The newest reply of this case that can be taken back, as its bubble shows it. */
export function undoableIn(number, name) {
  const delivery = [...document.querySelectorAll(`#case-${number}-thread [data-undo]`)].pop();
  const id = /\/message\/(\d+)\//.exec(delivery?.querySelector("form")?.getAttribute("action") ?? "")?.[1];
  const { until, then } = delivery?.querySelector("[data-until]").dataset ?? {};
  return id ? { number, message_id: id, name, until, then } : null;
}
