// Keys on the page of proposed changes. The page does all of its work without this file.

const entries = [...document.querySelectorAll(".proposal")];
const on = document.body.dataset.keys !== "off";
let here = null;

function mark(entry) {
  here?.classList.remove("here");
  here = entry;
  here?.classList.add("here");
}

function go(entry) {
  if (!entry) return;
  mark(entry);
  here.tabIndex = -1;
  here.focus();
}

const keys = {
  j: () => go(entries[entries.indexOf(here) + (here === document.activeElement || here !== entries[0] ? 1 : 0)]),
  k: () => go(entries[entries.indexOf(here) - 1]),
  a: () => here.querySelector(".accept button").click(),
  d: () => here.querySelector(".decline button").click(),
};

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable], dialog");
  if (!here || !on || typing || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (!Object.hasOwn(keys, event.key)) return;
  event.preventDefault();
  mark(event.target.closest(".proposal") ?? here);
  keys[event.key]();
});
mark(entries[0]);
