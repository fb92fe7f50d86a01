/** Comments under one post: what is new waits behind a pill, and nothing that is ticked or written in moves or goes. */

import { parse, replace } from "./guard.js";
import { refuse, speak, word, wordFor } from "./say.js";
import { tick } from "./time.js";

const WAIT = 1500; // several hints of one burst are one look
let timer = 0;
let fresh = 0;

const pane = () => document.querySelector("[data-post]");
const pill = () => document.getElementById("post-news");

function touched(branch) {
  return branch.contains(document.activeElement)
    || [...branch.querySelectorAll("textarea")].some((box) => box.value)
    || branch.querySelector(":checked") !== null;
}

/** A frame of the live line: this network's public cases may be under this post. */
function onFrame({ detail: frame }) {
  const here = pane()?.dataset;
  if (!here || (frame.facts?.platform && frame.facts.platform !== here.platform)) return;
  timer ||= setTimeout(look, WAIT);
}

async function look() {
  timer = 0;
  const here = pane();
  if (!here) return;
  await load({ added: false });
  const answer = await fetch(`/fragments/posts/${here.dataset.post}/news?after=${here.dataset.newest}`).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const { count } = await answer.json();
  if (count && count !== fresh) speak(wordFor("comments", count));
  fresh = count;
  pill().hidden = !count;
  pill().lastElementChild.textContent = count ? wordFor("comments", count) : "";
}

/** Bring the branches up to date: changed ones in their place; `added` also those that are not here yet. */
async function load({ added }) {
  const here = pane();
  const answer = await fetch(`/fragments/posts/${here.dataset.post}${location.search}`).catch(() => null);
  if (!answer?.ok || answer.redirected) {
    if (added) refuse(word("list-failed"));
    return;
  }
  const page = parse(await answer.text());
  const list = document.getElementById("branches");
  let before = null;
  for (const branch of [...page.children].reverse()) {
    const old = document.getElementById(branch.id);
    if (!old) {
      if (added) list.insertBefore(branch, before ?? null);
    } else if (old.dataset.v !== branch.dataset.v && !touched(old) && (added || !grew(old, branch))) {
      replace(old, branch);
    }
    before = document.getElementById(branch.id) ?? before;
  }
  if (added) {
    here.dataset.newest = page.dataset.newest;
    document.querySelector("#answers [name=seen]").value = page.dataset.newest;
  }
  tick(list);
}

/** Does it hold a customer's comment that the page does not? That waits behind the pill. */
function grew(old, branch) {
  return [...branch.querySelectorAll(".cmt:not(.ours)")].some((comment) => !old.querySelector(`#${comment.id}`));
}

async function show() {
  pill().hidden = true;
  fresh = 0;
  await load({ added: true });
  document.querySelector(".post-thread")?.scrollTo({ top: 0 });
  document.querySelector(".branch .cmt-tick, .branch a")?.focus({ preventScroll: true });
}

function showCount() {
  const bar = document.querySelector(".answer-bar");
  const count = document.querySelectorAll(".cmt-tick:checked").length;
  bar.querySelector("[data-none]").hidden = count > 0;
  bar.querySelector("[data-some]").hidden = count === 0;
  bar.querySelector("[data-some]").textContent = count ? wordFor("ticked", count) : "";
}

/** Wire the open post, where there is one. */
export function startPosts() {
  if (!pane()) return;
  document.addEventListener("samsvar:frame", onFrame);
  pill().addEventListener("click", show);
  if (document.querySelector(".answer-bar")) {
    document.addEventListener("change", (event) => event.target.matches(".cmt-tick") && showCount());
    showCount();
  }
  document.querySelector(".branches").addEventListener("toggle", (event) => event.target.open && event.target.querySelector("textarea")?.focus(), true);
  document.getElementById("answer-results")?.focus();
}
