// “Go to” (Ctrl+K): a dialog that finds pages, posts, settings and acts while one types; and the search's completion.
// Without this file the same is a page, /admin/go.

const find = (selector, within = document) => within.querySelector(selector);
const ADDRESS = "/admin/go";
const PAUSE = 120; // milliseconds without a key, after which the server is asked

let dialog = null;
let chosen = 0; // the place of the result that Enter opens
let asked = 0;
let timer = 0;

const options = () => [...dialog.querySelectorAll("[role=option]")];

async function open() {
  if (find("dialog[open]")) return;
  dialog ??= await make();
  if (!dialog) return location.assign(ADDRESS);
  dialog.showModal();
  const field = find("input", dialog);
  field.select();
  if (!options().length) ask("");
}

// The dialog is the part of the page that finds without a script.
async function make() {
  const page = await fetch(ADDRESS).then((answer) => answer.text()).catch(() => "");
  const part = new DOMParser().parseFromString(page, "text/html").getElementById("palette");
  if (!part) return null;
  const made = Object.assign(document.createElement("dialog"), { className: "palette", ariaLabel: find("h1", part).textContent });
  made.dataset.none = part.dataset.none;
  made.append(...part.children);
  document.body.append(made);
  const [field, results] = [find("input", made), find(".go-results", made)];
  field.type = "text"; // Escape empties a field for a search; here it leaves
  const attributes = { role: "combobox", "aria-expanded": "true", "aria-controls": results.id, "aria-autocomplete": "list" };
  for (const [name, value] of Object.entries(attributes)) field.setAttribute(name, value);
  results.setAttribute("role", "listbox");
  results.setAttribute("aria-label", results.dataset.label);
  results.replaceChildren();
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => ask(field.value).finally(() => (timer = 0)), PAUSE);
  });
  made.addEventListener("keydown", onKey);
  made.addEventListener("submit", onSubmit);
  made.addEventListener("click", (event) => event.target === made && made.close());
  return made;
}

async function ask(words) {
  const number = (asked += 1);
  const answer = await fetch(`${ADDRESS}?${new URLSearchParams({ q: words })}`, { headers: { Accept: "application/json" } })
    .then((answer) => (answer.ok ? answer.json() : null))
    .catch(() => null);
  if (number === asked) show(answer ?? { groups: [], none: dialog.dataset.none });
}

function show({ groups, none }) {
  let count = 0;
  const made = groups.map(({ label, results }) => {
    const group = Object.assign(document.createElement("div"), { role: "group", ariaLabel: label });
    const heading = Object.assign(document.createElement("p"), { className: "soft", textContent: label });
    heading.setAttribute("aria-hidden", "true");
    group.append(heading, ...results.map((result) => option(result, (count += 1))));
    return group;
  });
  if (!made.length) made.push(Object.assign(document.createElement("p"), { className: "empty", role: "status", textContent: none }));
  find(".go-results", dialog).replaceChildren(...made);
  choose(0);
}

function option({ label, url, about, key, words }, number) {
  const link = Object.assign(document.createElement("a"), { href: url, id: `go-option-${number}`, role: "option", tabIndex: -1 });
  link.append(Object.assign(document.createElement("bdi"), { textContent: label, className: words ? "words" : "" }));
  if (about) link.append(" ", Object.assign(document.createElement("span"), { textContent: about }));
  if (key) link.append(" ", Object.assign(document.createElement("kbd"), { textContent: key, ariaHidden: "true" }));
  return link;
}

function choose(place) {
  const all = options();
  chosen = all.length ? (place + all.length) % all.length : 0;
  all.forEach((each, at) => each.setAttribute("aria-selected", String(at === chosen)));
  all[chosen]?.scrollIntoView({ block: "nearest" });
  find("input", dialog).setAttribute("aria-activedescendant", all[chosen]?.id ?? "");
}

function onKey(event) {
  const moves = { ArrowDown: 1, ArrowUp: -1 };
  if (!Object.hasOwn(moves, event.key) || event.isComposing) return;
  event.preventDefault();
  choose(chosen + moves[event.key]);
}

// Enter before the answer has come asks the page, which finds the same.
function onSubmit(event) {
  const link = options()[chosen];
  if (!link || timer) return;
  event.preventDefault();
  follow(link);
}

function follow(link) {
  dialog.close();
  link.click();
}

function onShortcut(event) {
  if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
  event.preventDefault();
  if (dialog?.open) dialog.close();
  else open();
}

// The browser completes a whole field; so what is offered begins with what was typed before the last word.
const search = find("#q");
const terms = [...(find("#terms")?.options ?? [])].map(({ value }) => value);

function complete() {
  const before = search.value.slice(0, search.value.lastIndexOf(" ") + 1);
  for (const [place, term] of terms.entries()) find("#terms").options[place].text = before + term;
}

document.addEventListener("keydown", onShortcut);
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a.go, .menu a[href='/admin/go']");
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  open();
});
search?.addEventListener("input", complete);
