// The desk's keys, and decisions that need no reload. Every page does all of its work without this file.

const find = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];

const queue = find("#queue");
const list = find(".queue");
const said = find(".done [role=status]");
const undoForm = find(".done form");
const keysOn = document.body.dataset.keys !== "off";

const target = { approve: "approved", unapprove: "pending", spam: "spam", trash: "trash", delete: "deleted" };
const moves = { unapprove: "sent back to wait", spam: "moved to spam", trash: "moved to trash" };
const did = { approve: "approved", restore: "restored", delete: "deleted", ...moves };

const acts = []; // what can be taken back without a reload, the newest last: {decision, rows, from, answer, undone}
const turns = new WeakMap(); // row -> the request that its next one waits for
let here = null; // the row that the keys act on
let lastPick = null; // where a range begins
let flying = 0; // requests under way, and those answered
let answered = 0;
let filling = null;
let arriving = !list && /^#[a-z]+$/.test(location.hash) && Boolean(find(`details${location.hash}`)); // at a place of a page

// Rows

const rows = () => (list ? all(":scope > li:not([hidden])", list) : []);
const box = (row) => find("[name=id]", row);
const button = (row, decision) => find(`[name=only][value^="${decision}:"]`, row);

function mark(row) {
  here?.classList.remove("here");
  here = row ?? null;
  here?.classList.add("here");
}

function goTo(row) {
  if (!row) return;
  mark(row);
  row.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

// The first key goes to the first row, which is marked already but has no focus yet.
function step(by) {
  const open = rows();
  const atRest = here === open[0] && document.activeElement === document.body;
  goTo(atRest ? here : open[open.indexOf(here) + by]);
}

function neighbour(row, leaving) {
  const order = all(":scope > li", list);
  const stays = (other) => !other.hidden && !leaving.includes(other);
  const at = order.indexOf(row);
  return order.slice(at + 1).find(stays) ?? order.slice(0, at).findLast(stays);
}

function show(row, visible) {
  row.hidden = !visible;
  box(row).checked = false;
  for (const field of all("input", row)) field.disabled = !visible;
}

function unhide(row) {
  const newer = document.getElementById(row.id);
  if (newer !== row) newer?.replaceWith(row);
  row.removeAttribute("aria-busy");
  show(row, true);
}

function note(row, sentence, ways = []) {
  const paragraph = Object.assign(document.createElement("p"), { className: "note", textContent: sentence });
  for (const [textContent, onclick] of ways) {
    paragraph.append(Object.assign(document.createElement("button"), { type: "button", textContent, onclick }));
  }
  find(".note", row)?.remove();
  find(".verdict", row).before(paragraph);
}

// Decisions: on screen at once, then sent; what fails comes back with its reason

function decide(chosen, decision, reason = "") {
  const able = chosen.filter((row) => button(row, decision));
  if (!able.length) return say("Nothing is selected that this can be done to.");
  const act = { decision, reason, rows: able, from: able.map((row) => row.dataset.status) };
  const fields = new URLSearchParams({ decision, reason });
  for (const row of able) {
    fields.append("id", row.dataset.id);
    fields.append("seen", find("[name=seen]", row).value);
  }
  acts.push(act);
  leave(act);
  say(`${counted(able.length)} ${did[decision]}.`, act);
  act.answer = inTurn(able, () => post("/admin/decisions", fields));
  act.answer.then((answer) => settle(act, answer), (error) => takeBack(act, error.message)).then(refill);
}

function leave(act) {
  const next = act.rows.includes(here) ? neighbour(here, act.rows) : here;
  count(act, 1);
  for (const row of act.rows) {
    find(".note", row)?.remove();
    if (shows("all", target[act.decision])) row.setAttribute("aria-busy", "true");
    else show(row, false);
  }
  goTo(next);
}

function settle(act, { batch, moved, missing = [], conflicts = [], shown }) {
  if (act.undone) return;
  for (const conflict of conflicts) refuse(act, conflict);
  if (!batch) forget(act);
  const sentences = [];
  if (moved) sentences.push(`${counted(moved)} ${did[act.decision]}.`);
  if (conflicts.length) sentences.push(`${counted(conflicts.length)} had been decided by somebody else meanwhile.`);
  if (missing.length) sentences.push(`${counted(missing.length)} no longer there.`);
  if (!moved || sentences.length > 1) say(sentences.join(" ") || "Nothing to change: somebody had done this already.", batch && act);
  if (acts.at(-1) === act) tell(shown);
}

// What readers see now, with a way there.
function tell(shown) {
  if (!shown) return;
  const part = Object.assign(document.createElement("span"), { className: "shown", textContent: ` ${shown.sentence} ` });
  part.append(Object.assign(document.createElement("a"), { href: shown.url, textContent: shown.label }));
  said.append(part);
}

function takeBack(act, sentence) {
  if (act.undone) return;
  forget(act);
  putBack(act);
  for (const row of act.rows) note(row, sentence);
  if (act.rows.length > 1) for (const row of act.rows) box(row).checked = true;
  if (act.reason) find("#reason").value ||= act.reason;
  say(`Not applied. ${sentence}`);
}

// Somebody else was faster: the row says who, when and what, and offers both ways on.
function refuse(act, { id, status, by, at, reason }) {
  const row = act.rows.find((one) => one.dataset.id === String(id));
  const [from] = act.from.splice(act.rows.indexOf(row), 1);
  act.rows.splice(act.rows.indexOf(row), 1);
  recount(target[act.decision], from);
  recount(from, status);
  unhide(row);
  row.dataset.status = status;
  find("[name=seen]", row).value = `${id}:${status}`;
  const label = find("span", button(row, act.decision)).firstChild.data;
  const because = reason ? ` Reason: “${reason}”.` : "";
  note(row, `${by || "Somebody"} moved this to ${status} at ${clock(at)}, while you read it.${because} Your “${label}” was not applied.`, [
    [`${label} all the same`, () => decide([row], act.decision, act.reason)],
    ["Leave it", () => (goTo(neighbour(row, [row])), show(row, false), refill())],
  ]);
  goTo(row);
}

// Leaving a comment for later takes it out of the way; the list has it again at its end.
function later(row) {
  const fields = new URLSearchParams({ later: find(".aside", row).value });
  const act = { rows: [row], from: [], mark: fields, next: row.nextElementSibling };
  acts.push(act);
  goTo(neighbour(row, [row]));
  show(row, false);
  say(fields.get("later") === "1" ? "Left for later: it stands at the end of the queue." : "No longer for later.", act);
  act.answer = inTurn([row], () => post(`/admin/comments/${row.dataset.id}/later`, fields));
  act.answer.then(() => row.hidden && row.remove(), (error) => takeBack(act, error.message)).then(refill);
}

function keep(act) {
  const [row] = act.rows;
  const fields = new URLSearchParams({ later: act.mark.get("later") === "1" ? "0" : "1" });
  forget(act);
  act.undone = true;
  if (!document.getElementById(row.id)) act.next?.isConnected ? act.next.before(row) : list.append(row);
  putBack(act);
  say("It waits where it was.", acts.at(-1), "Undo the one before");
  inTurn([row], () => post(`/admin/comments/${row.dataset.id}/later`, fields)).catch((error) => say(`Not undone. ${error.message}`));
}

function undo(act) {
  if (act.mark) return keep(act);
  forget(act);
  act.undone = true;
  putBack(act);
  const what = act.rows.length === 1 ? "the comment is" : `${counted(act.rows.length)} are`;
  say(`Undone: ${what} back.`, acts.at(-1), "Undo the one before");
  const reversal = ({ batch }) => batch && post(`/admin/batches/${batch}/reversal`);
  // “Nothing waits” has no number that could be counted up.
  const told = () => /^\d/.test(find("#say h1").textContent) || poll();
  inTurn(act.rows, () => act.answer.then(reversal, () => null)).then(told, (error) => {
    act.undone = false;
    if (error.again) acts.push(act);
    leave(act);
    say(`Not undone. ${error.message}`, acts.at(-1), error.again ? "Undo" : "Undo the one before");
  });
}

function putBack(act) {
  count(act, -1);
  act.rows.forEach(unhide);
  goTo(act.rows[0]);
}

function forget(act) {
  if (acts.includes(act)) acts.splice(acts.indexOf(act), 1);
}

// Requests about the same comment go one after the other, all others side by side.
function inTurn(about, send) {
  flying += 1;
  const turn = Promise.allSettled(about.map((row) => turns.get(row))).then(send).finally(() => {
    flying -= 1;
    answered += 1;
  });
  for (const row of about) turns.set(row, turn);
  return turn;
}

const again = (sentence) => Object.assign(new Error(sentence), { again: true });

async function post(url, body = new URLSearchParams()) {
  const options = { method: "POST", body, headers: { Accept: "application/json" }, keepalive: true, signal: AbortSignal.timeout(20_000) };
  const answer = await fetch(url, options).catch(() => null);
  if (!answer) throw again("The server did not answer. Please try again.");
  const told = await answer.json().catch(() => ({}));
  if (answer.ok || told.conflicts) return told;
  if (answer.status === 401) throw again("You are no longer signed in. Sign in again in another tab, then repeat this.");
  throw new Error(told.detail || `The server answered ${answer.status}. Please try again.`);
}

// The list refills from the page's own address, which what was decided has left.
const wanting = () => rows().length < 10 || find("[aria-busy]", list);
const refill = () => (filling ??= fill().finally(() => (filling = null)));

async function fill() {
  for (let before = -1; before !== answered && wanting();) {
    before = answered;
    const page = await fetch(location.href).then((answer) => answer.text()).catch(() => "");
    take(new DOMParser().parseFromString(page, "text/html"), !flying && before === answered);
  }
}

// A page that was asked for before the last answer knows which rows follow, but not how things stand.
function take(page, isCurrent) {
  const wasEmpty = !rows().length;
  addRows(all(".queue > li", page), isCurrent, wasEmpty);
  for (const id of wasEmpty && isCurrent ? ["say", "tabs", "filter", "matching", "foot"] : ["foot"]) {
    const part = page.getElementById(id);
    if (part) document.getElementById(id)?.replaceWith(part);
  }
  if (!here || here.hidden) goTo(rows()[0]);
}

function addRows(fresh, isCurrent, wasEmpty) {
  const apart = wasEmpty || !fresh.some(({ id }) => document.getElementById(id));
  let last = null;
  for (const row of fresh) {
    const known = document.getElementById(row.id);
    if (known?.ariaBusy && isCurrent) known.replaceWith(row);
    else if (!known && last) last.after(row);
    else if (!known && apart) list.append(row);
    last = document.getElementById(row.id) ?? last;
    if (known && known === here) mark(last);
  }
}

// What the page says: the bar, the counts, the title

function say(sentence, act = null, label = "Undo") {
  said.textContent = sentence;
  undoForm.hidden = !act;
  undoForm.act = act;
  find("span", undoForm).textContent = label;
}

const count = (act, by) => act.from.forEach((from) => (by > 0 ? recount(from, target[act.decision]) : recount(target[act.decision], from)));

function recount(from, to) {
  const change = (status) => holds(status, to) - holds(status, from);
  for (const tab of all("#tabs a")) add(find("b", tab), change(statusOf(tab.href)));
  for (const element of all("#matching, #say h1")) add(element, change(statusOf(location.href)));
  document.title = document.title.replace(/^\(([\d,]+)\)/, (_, digits) => `(${grouped(number(digits) + change("pending"))})`);
}

const statusOf = (url) => new URL(url).searchParams.get("status") || "pending";
const holds = (status, one) => Number(status === one || (status === "all" && ["approved", "pending"].includes(one)));
const shows = (status, one) => statusOf(location.href) === status && holds(status, one);
const number = (digits) => Number(digits.replaceAll(",", ""));
const grouped = (value) => Math.max(0, value).toLocaleString("en");
const clock = (at) => new Date(at).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
const counted = (value) => (value === 1 ? "One comment" : `${grouped(value)} comments`);

function add(element, change) {
  if (change) element.textContent = agreeing(element.textContent.replace(/^[\d,]+/, (digits) => grouped(number(digits) + change)));
}

// “1 comment waits”, “2 comments wait”
const agreeing = (said) =>
  said.replace(/^([\d,]+ comment)s?( wait)?s?\b/, (_, many, wait = "") => {
    const one = many === "1 comment";
    return `${many}${one ? "" : "s"}${wait}${one && wait ? "s" : ""}`;
  });

// Keys

const isText = (element) => element.matches("input:not([type=checkbox], [type=radio]), textarea, select");

const bindings = {
  j: () => step(1),
  k: () => step(-1),
  x: () => inSight(here) && box(here).click(),
  X: selectPage,
  l: () => inSight(here) && find(".aside", here) && later(here),
  z: () => undoForm.hidden || undoForm.requestSubmit(),
  o: () => find(".context", here ?? document)?.click(),
  e: () => unfold(""),
  r: () => unfold("#answer"),
  q: () => unfold("#edit"),
  b: () => unfold("#sender"),
  f: () => find("#zen")?.click(),
  "/": () => find("#q")?.focus(),
  "?": () => find("#keys")?.showModal(),
};
for (const [key, decision] of Object.entries({ a: "approve", u: "unapprove", s: "spam", d: "trash" })) {
  const onItsPage = () => find(`.decide [value=${decision}]`)?.click();
  bindings[key] = list ? () => inSight(here) && decide([here], decision) : onItsPage;
  bindings[key.toUpperCase()] = () => find(`.bulk [value=${decision}]`)?.click();
}

// A place on a comment's own page: there, it unfolds; from the queue, it is gone to.
function unfold(place) {
  if (list) return here && location.assign(find(".whole", here).href + place);
  const part = place && find(place);
  if (!part) return;
  if (part.matches("details")) part.open = true;
  part.scrollIntoView({ block: "nearest" });
  (find("textarea", part) ?? find("input:not([type=hidden])", part))?.focus();
}

// Arrivals, and what colleagues decided: the page's own address is asked now and then while it is looked at.

const POLL = 20_000; // milliseconds
const bySurety = new URLSearchParams(location.search).get("sort") === "score"; // where an arrival belongs is not told by its id

async function poll() {
  if (document.hidden || flying || filling) return;
  const before = answered;
  const text = await fetch(location.href).then((answer) => (answer.redirected ? "" : answer.text())).catch(() => "");
  if (!text || flying || filling || before !== answered) return;
  const page = new DOMParser().parseFromString(text, "text/html");
  if (!bySurety) arrive(all(".queue > li", page));
  for (const id of ["tabs", "piles", "say"]) if (page.getElementById(id)) document.getElementById(id)?.replaceWith(page.getElementById(id));
  document.title = page.title;
}

function arrive(fresh) {
  const key = (row) => Number(row.dataset.id);
  const known = new Set(fresh.map(key));
  for (const row of fresh.filter(({ id }) => !document.getElementById(id))) {
    const older = rows().find((one) => key(one) < key(row));
    if (older) older.before(row);
    else if (rows().length < 50) list.append(row);
  }
  const last = fresh.length < 50 ? 0 : key(fresh.at(-1));
  for (const row of rows().filter((one) => key(one) >= last && !known.has(key(one)) && !find(".note", one))) {
    note(row, "Somebody decided on this meanwhile.", [["Put it away", () => (goTo(neighbour(row, [row])), show(row, false), refill())]]);
  }
  if (!here || here.hidden) mark(rows()[0]);
}

// A key must not decide on what has been scrolled away: it comes back into sight first.
function inSight(row) {
  if (!row) return false;
  const { top, bottom } = row.getBoundingClientRect();
  const visible = bottom > 24 && top < innerHeight - 96;
  if (!visible) goTo(row);
  return visible;
}

function selectPage() {
  const every = rows().every((row) => box(row).checked);
  for (const row of rows()) box(row).checked = !every;
}

// The letter that is meant, whatever the caps lock and the alphabet.
function meant({ key, code, shiftKey }) {
  const letter = key.length === 1 && key > "\x7f" && code.startsWith("Key") ? code.at(-1) : key;
  if (!/^[a-z]$/i.test(letter)) return letter;
  return shiftKey ? letter.toUpperCase() : letter.toLowerCase();
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || find("dialog[open]")) return;
  if (event.key === "Escape") return leavePlace(event.target);
  const key = meant(event);
  if (!keysOn || arriving || isText(event.target) || !Object.hasOwn(bindings, key)) return;
  event.preventDefault();
  if (!event.repeat || "jk".includes(key)) bindings[key]();
}

// This list with its filter and order, to which its comments lead back.
function listed() {
  const here = new URL(location.href);
  here.searchParams.delete("did");
  return here.pathname + here.search;
}

function leavePlace(element) {
  if (isText(element)) {
    element.blur();
    goTo(here);
  } else if (find("#queue :checked")) queue.reset();
  else find("[rel=up]")?.click();
}

// Mouse and touch take the same way as the keys

function onDecision(event) {
  const { name, value } = event.submitter;
  if (name === "empty" || (find("[name=all]").checked && name === "decision")) return; // the server selects: a page answers
  event.preventDefault();
  if (name === "later") later(event.submitter.closest("li"));
  else if (name === "only") decide([event.submitter.closest("li")], value.split(":")[0]);
  else decide(rows().filter((row) => box(row).checked), value, find("#reason").value), queue.reset();
}

function onPick({ target: picked, shiftKey }) {
  if (picked.name !== "id") return;
  const [from, to] = [lastPick ?? picked, picked].map((one) => rows().indexOf(one.closest("li"))).sort((a, b) => a - b);
  if (shiftKey) for (const row of rows().slice(from, to + 1)) box(row).checked = picked.checked;
  lastPick = picked;
}

function onUndo(event) {
  if (!undoForm.act) return; // what the server did: its answer is a page
  event.preventDefault();
  undo(undoForm.act);
}

document.body.classList.toggle("keyed", keysOn);
document.addEventListener("keydown", onKey);
undoForm.addEventListener("submit", onUndo);
if (list) {
  find(".by-key").onclick = bindings["?"];
  queue.addEventListener("submit", onDecision);
  list.addEventListener("click", onPick);
  list.addEventListener("focusin", (event) => mark(event.target.closest("li")));
  for (const pick of all(".every button")) Object.assign(pick, { hidden: false, onclick: selectPage });
  if (keysOn || document.body.matches(".zen")) mark(rows()[0]);
  setInterval(poll, POLL);
  sessionStorage.setItem("list", listed());
} else {
  const up = find(".up [rel=up]");
  if (up?.pathname === "/admin/comments") up.href = sessionStorage.getItem("list") ?? up.href;
}
// The browser's own jump to the place takes the focus away again; until it is done, a letter must not be a key.
if (arriving) {
  unfold(location.hash);
  addEventListener("load", () => {
    arriving = false;
    unfold(location.hash);
  });
}
