/**
 * Files that go with a reply: chosen, pasted or dropped; looked at before they leave the browser; sent one by one and
 * listed as chips. What the list holds is what the server keeps for this person and case.
 */

import { refuse, signedOut, speak, word } from "./say.js";

const lang = document.documentElement.lang || "en";
const STATES = { waiting: "file-checked", infected: "file-infected" };

const composerOf = (element) => element?.closest?.("form.composer");
const open = () => document.querySelector("form.composer");
const modeOf = (form) => form.querySelector("[name=mode]:checked");
const listOf = (form) => form.querySelector("[data-chosen]");
const chipsOf = (form) => [...(listOf(form)?.children ?? [])];
const tokenOf = (form) => form.querySelector("[name=csrfmiddlewaretoken]").value;
const inputOf = (form) => form.querySelector("input[type=file]");

function inBytes(size) {
  const [unit, by] = size >= 1e6 ? ["megabyte", 1e6] : size >= 1000 ? ["kilobyte", 1000] : ["byte", 1];
  return new Intl.NumberFormat(lang, { style: "unit", unit, maximumFractionDigits: by === 1e6 ? 1 : 0 }).format(size / by);
}

/** What the chosen reader's channel takes; null where it takes no files. */
function limitsOf(form) {
  const { files, fileBytes, fileTypes } = modeOf(form)?.dataset ?? {};
  return files ? { count: Number(files), bytes: Number(fileBytes), types: fileTypes ? fileTypes.split(",") : [] } : null;
}

/** Why a file cannot go, in words; "" where it can. A kind the browser does not know is left to the server. */
function objection(limits, { size, mime }) {
  if (size > limits.bytes) return word("file-large", { most: inBytes(limits.bytes) });
  if (mime && limits.types.length && !limits.types.includes(mime)) return word("file-kind");
  return "";
}

function addChip(form, { name, size, mime }) {
  const chip = form.querySelector("template[data-chip]").content.firstElementChild.cloneNode(true);
  Object.assign(chip.dataset, { size, mime });
  chip.querySelector("[data-name]").textContent = name;
  chip.querySelector("[data-remove]").setAttribute("aria-label", word("file-remove", { name }));
  listOf(form).append(chip);
  return chip;
}

const nameOf = (chip) => chip.querySelector("[data-name]").textContent;

function say(chip, sentence, wrong = false) {
  chip.querySelector("[data-said]").textContent = sentence;
  chip.classList.toggle("wrong", wrong);
}

/** The server has it: from here on it is named in the form. */
function settleChip(chip, { uid, size, mime, state }) {
  Object.assign(chip.dataset, { uid, size, mime, state });
  Object.assign(chip.querySelector("[name=file_uid]"), { value: uid, disabled: false });
}

/** Say of each file whether it can go to the reader that is chosen now. */
function judge(form) {
  const limits = limitsOf(form);
  let kept = 0;
  for (const chip of chipsOf(form)) {
    const { uid, size, mime, state } = chip.dataset;
    if (!uid) continue;
    chip.querySelector("[name=file_uid]").disabled = !limits;
    if (!limits) continue;
    kept += 1;
    const wrong = objection(limits, { size: Number(size), mime }) || (kept > limits.count ? word("file-many", { n: limits.count }) : "");
    say(chip, wrong || word(STATES[state] ?? "") || inBytes(Number(size)), Boolean(wrong) || state === "infected");
  }
  const input = inputOf(form);
  if (input && limits) input.accept = limits.types.join(",");
}

function fill(form, files) {
  for (const chip of chipsOf(form)) if (chip.dataset.uid) chip.remove();
  for (const file of files) settleChip(addChip(form, file), file);
  judge(form);
}

/** What the server keeps now: after a send, an undo, or a refusal. */
async function refetch(number) {
  const answer = await fetch(`/case/${number}/files`, { headers: { Accept: "application/json" } }).catch(() => null);
  const told = answer?.ok ? await answer.json().catch(() => null) : null;
  const form = open();
  if (told && form?.dataset.number === String(number) && listOf(form)) fill(form, told.files);
}

function upload(form, chip, file) {
  const body = new FormData();
  body.append("file", file);
  const request = new XMLHttpRequest();
  request.open("POST", `/case/${form.dataset.number}/files`);
  request.setRequestHeader("X-CSRFToken", tokenOf(form));
  request.setRequestHeader("Accept", "application/json");
  request.responseType = "json";
  request.upload.addEventListener("progress", ({ loaded, total }) => say(chip, word("file-on-its-way", { n: total ? Math.floor((100 * loaded) / total) : 0 })));
  const failed = (sentence) => { delete chip.dataset.sending; say(chip, sentence, true); speak(`${nameOf(chip)}: ${sentence}`); };
  request.addEventListener("error", () => failed(word("file-failed")));
  request.addEventListener("load", () => {
    if (request.status !== 201) {
      if (!request.response) signedOut();
      failed(request.response?.error?.message ?? word("file-failed"));
      return;
    }
    delete chip.dataset.sending;
    settleChip(chip, request.response);
    if (!chip.isConnected) return;
    judge(form);
    speak(word("file-added", { name: nameOf(chip) }));
  });
  chip.dataset.sending = "true";
  chip.abort = () => request.abort();
  say(chip, word("file-on-its-way", { n: 0 }));
  request.send(body);
}

function add(form, files) {
  const limits = limitsOf(form);
  if (!limits) {
    refuse(modeOf(form)?.dataset.noFiles ?? "");
    return;
  }
  for (const file of files) {
    const room = chipsOf(form).filter((chip) => chip.dataset.uid || chip.dataset.sending).length < limits.count;
    const chip = addChip(form, { name: file.name, size: file.size, mime: file.type });
    const wrong = objection(limits, { size: file.size, mime: file.type }) || (room ? "" : word("file-many", { n: limits.count }));
    if (wrong) {
      say(chip, wrong, true);
      speak(`${file.name}: ${wrong}`);
    } else {
      upload(form, chip, file);
    }
  }
}

async function remove(form, chip) {
  const { uid } = chip.dataset;
  if (chip.dataset.sending) chip.abort();
  if (uid) {
    const headers = { "X-CSRFToken": tokenOf(form) };
    const answer = await fetch(`/case/${form.dataset.number}/file/${uid}/remove`, { method: "POST", headers }).catch(() => null);
    if (!answer?.ok && answer?.status !== 404) { refuse(word("failed")); return; }
  }
  speak(word("file-removed", { name: nameOf(chip) }));
  chip.remove();
  judge(form);
  form.querySelector("[data-attach]").focus();
}

/** A composer that has just come onto the page: what waits for this person stands in it. */
function settleFiles() {
  const form = open();
  if (!form || !listOf(form) || form.dataset.files) return;
  form.dataset.files = "ready";
  form.querySelector("[data-attach]").hidden = false;
  inputOf(form).removeAttribute("name"); // files go up one by one, never with the form
  fill(form, chipsOf(form).map((chip) => ({ ...chip.dataset, name: nameOf(chip), size: Number(chip.dataset.size) })));
}

/** Nothing leaves while a file is on its way or one cannot go: the text would speak of what is not there. */
function onConfirm(event) {
  const form = composerOf(event.target);
  if (!form || !listOf(form) || !limitsOf(form)) return;
  const sending = chipsOf(form).some((chip) => chip.dataset.sending);
  if (!sending && !listOf(form).querySelector(".wrong")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  form.querySelector(".composer-error").textContent = word(sending ? "files-wait" : "files-trouble");
}

function onDrag(event) {
  const form = composerOf(event.target);
  if (!form || !event.dataTransfer?.types.includes("Files")) return;
  event.preventDefault(); // without this the browser would leave the page and open the file
  form.classList.toggle("dropping", event.type === "dragover" && Boolean(limitsOf(form)));
  if (event.type === "drop") add(form, event.dataTransfer.files);
}

/** A picture in the clipboard is a file; text that was copied with a picture of itself is text. */
function onPaste(event) {
  const form = composerOf(event.target);
  const pasted = event.clipboardData;
  if (!form || !pasted?.files.length || pasted.types.includes("text/plain")) return;
  event.preventDefault();
  add(form, pasted.files);
}

function onClick(event) {
  const form = composerOf(event.target);
  if (!form) return;
  if (event.target.closest("[data-attach]")) inputOf(form).click();
  const button = event.target.closest("[data-remove]");
  if (button) remove(form, button.closest("li"));
}

function onChange(event) {
  const form = composerOf(event.target);
  if (!form || !listOf(form)) return;
  if (event.target.name === "mode") judge(form);
  if (event.target.type !== "file") return;
  add(form, [...event.target.files]);
  event.target.value = ""; // so that the same file can be chosen again
}

/** Wire the composer's files. */
export function startFiles() {
  document.addEventListener("click", onClick);
  document.addEventListener("change", onChange);
  document.addEventListener("paste", onPaste);
  for (const name of ["dragover", "dragleave", "drop"]) document.addEventListener(name, onDrag);
  document.addEventListener("htmx:confirm", onConfirm, true);
  document.addEventListener("samsvar:case", settleFiles);
  for (const name of ["sent", "refused"]) {
    document.addEventListener(`samsvar:${name}`, (event) => {
      const form = composerOf(event.target);
      if (form && chipsOf(form).length) refetch(form.dataset.number);
    });
  }
  document.addEventListener("samsvar:undone", () => { if (open() && listOf(open())) refetch(open().dataset.number); });
  settleFiles();
}
