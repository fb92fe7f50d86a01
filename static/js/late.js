/**
 * Answers to what is gone from the page by the time they come: another command's answer took its place, or another case
 * was opened. htmx tells of them on the element, where nobody listens any more; what a person has to know is told here.
 */

import { refuse, word } from "./say.js";

function tell({ xhr, target }) {
  const place = document.getElementById(target?.id) ?? document.body;
  const told = xhr.status ? JSON.parse(xhr.getResponseHeader("HX-Trigger") ?? "{}") : {};
  for (const [name, detail] of Object.entries(told)) place.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
  const taken = xhr.status >= 200 && xhr.status < 300;
  if (!taken && !told["samsvar:refused"]) refuse(word("failed"));
}

/** Listen to the requests that change something; whose element is gone is seen before its own answer replaces it. */
export function startLate() {
  document.addEventListener("htmx:beforeSend", ({ detail }) => {
    const { xhr, elt, requestConfig } = detail;
    if (requestConfig.verb !== "post") return;
    xhr.addEventListener("readystatechange", () => {
      if (xhr.readyState === XMLHttpRequest.DONE && !elt.isConnected) xhr.addEventListener("loadend", () => tell(detail));
    });
  });
}
