/** The editor of saved replies: variables by a press, and how the text reads and counts while one writes. */

const QUIET = 300; // milliseconds without a key before the server is asked
const timers = new WeakMap();

async function show(field, form) {
  const text = field.querySelector("textarea").value;
  const body = new FormData();
  body.set("csrfmiddlewaretoken", form.querySelector("[name=csrfmiddlewaretoken]").value);
  body.set("text", text);
  body.set("language", field.querySelector("[name^=language-]").value);
  body.set("channel", field.querySelector("select")?.value ?? "");
  const answer = await fetch(form.dataset.preview, { method: "POST", body }).catch(() => null);
  if (answer?.ok && !answer.redirected && field.querySelector("textarea").value === text) {
    field.querySelector("[data-shown]").innerHTML = await answer.text(); // our own fragment, escaped on the server
  }
}

function later(field, form, wait = QUIET) {
  clearTimeout(timers.get(field));
  timers.set(field, setTimeout(show, wait, field, form));
}

/** Wire the form, where the page has one. */
export function startSavedEditor() {
  const form = document.querySelector("[data-saved-form]");
  if (!form) return;
  const fieldOf = (element) => element.closest("[data-variant-field]");
  const showTab = () => {
    const language = form.querySelector("[name=tab]:checked")?.value;
    for (const field of form.querySelectorAll(`[data-tab="${CSS.escape(language)}"] [data-variant-field]`)) if (field.offsetParent) later(field, form, 0);
  };
  form.addEventListener("input", (event) => { const field = fieldOf(event.target); if (field) later(field, form); });
  form.addEventListener("change", (event) => { if (event.target.name === "tab") showTab(); });
  form.addEventListener("toggle", showTab, true);
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-variable]");
    if (!button) return;
    const area = fieldOf(button).querySelector("textarea");
    area.focus();
    if (!document.execCommand("insertText", false, button.dataset.variable)) {
      area.setRangeText(button.dataset.variable, area.selectionStart, area.selectionEnd, "end");
      area.dispatchEvent(new InputEvent("input", { bubbles: true }));
    }
  });
  showTab();
}
