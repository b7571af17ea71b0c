// The desk's keys, and decisions that need no reload. Every page does all of its work without this file.

import { drawerOf } from "./drawer.js";

const find = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];

const queue = find("#queue");
const list = find("#queue > .queue");
const people = find("#people-form"); // the list of people: one row a person
const said = find(".done [role=status]");
const undoForm = find("#undo");
const redoForm = find("#redo");
const keysOn = document.body.dataset.keys !== "off";

// Keys that are pressed before the sentences are there wait for them; the search does not, for what follows is typed.
const isText = (element) => element.matches("input:not([type=checkbox], [type=radio]), textarea, select");
const early = [];
function keepEarly(event) {
  if (isText(event.target)) return;
  if (event.key !== "/" || !keysOn || event.ctrlKey || event.metaKey || event.altKey) return early.push(event);
  event.preventDefault();
  find("#q")?.focus();
}
document.addEventListener("keydown", keepEarly);

// What each decision leads to, and how it is told: {approve: {status: "approved", doing: {one: "Approving one comment…", …}}}
// Every sentence comes from the server, in the page's language: by name, a counted one in each plural form.
const { acts: words = {}, sentences = {} } = queue ? await fetch(queue.dataset.script).then((answer) => answer.json()) : {};
const language = document.documentElement.lang;
const plural = new Intl.PluralRules(language);

const put = (sentence, places = {}) => sentence.replace(/\{(\w+)\}/g, (place, name) => places[name] ?? place);
const sentence = (name, places) => put(sentences[name], places);
const form = (forms, n) => forms[plural.select(n)] ?? forms.other;
const counted = (forms, n, places) => put(form(forms, n), { n: grouped(n), ...places });
const several = (name, n, places) => counted(sentences[name], n, places);

const undone = []; // acts that were taken back on this page, the newest last, to do them again
const acts = []; // what can be taken back without a reload, the newest last: {decision, rows, from, seen, answer, undone}
const turns = new WeakMap(); // row -> the request that its next one waits for
const pending = new Set(); // requests without an answer, sent or still waiting for their turn
let here = null; // the row that the keys act on: only what the moderator does moves it, never an answer
let current = null; // the act that the bar speaks of
let lastPick = null; // where a range begins
let unsent = 0; // requests that wait for their turn
let answered = 0;
let failures = 0;
let filling = null;
let arriving = !list && /^#[a-z]+$/.test(location.hash) && Boolean(find(`details${location.hash}`)); // at a place of a page

// Rows

const rows = () => (list || people ? all(":scope > li:not([hidden])", list ?? find(".queue", people)) : []);
const idOf = (row) => row.id.slice("c-".length);
const box = (row) => find("[name=id]", row);
const button = (row, decision) => find(`[name=only][value^="${decision}:"]`, row);
const laterButton = (row) => button(row, "later") ?? button(row, "now");
const nameOf = (row) => find(".who > a", row).textContent;
const seenOf = (row) => find("[name=seen]", row).value;
const statusIn = (row) => seenOf(row).split(":")[1];
const setSeen = (row, status, revision) => (find("[name=seen]", row).value = [idOf(row), status, ...(revision ? [revision] : [])].join(":"));

function mark(row) {
  here?.classList.remove("here");
  here = row ?? null;
  here?.classList.add("here");
  drawer?.follow(here);
}

function goTo(row) {
  if (!row) return;
  mark(row);
  row.tabIndex = -1;
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
  forgetReason();
}

// A reason belongs to the comments that were selected when it was typed.
function forgetReason() {
  const reason = find("#reason");
  if (list && reason && !find("#queue :checked")) reason.value = "";
}

// Change the list around the marked row, which stays where it is on the screen.
function steadily(change) {
  const still = here && !here.hidden ? here : rows().find((row) => row.getBoundingClientRect().bottom > 0);
  const before = still?.getBoundingClientRect().top;
  change();
  if (!still?.isConnected || still.hidden) return;
  const shift = still.getBoundingClientRect().top - before;
  const room = document.documentElement.scrollHeight - innerHeight - scrollY;
  const main = find("main");
  if (shift > room) main.style.minBlockSize = `${main.offsetHeight + shift - room}px`; // a short page has to be scrolled too
  scrollBy({ top: shift, behavior: "instant" });
}

function unhide(row) {
  const newer = document.getElementById(row.id);
  if (newer !== row) newer?.replaceWith(row);
  row.removeAttribute("aria-busy");
  show(row, true);
}

// A button that does something, or a link that opens beside this page.
function way([textContent, to]) {
  if (typeof to === "string") return Object.assign(document.createElement("a"), { href: to, target: "_blank", textContent });
  return Object.assign(document.createElement("button"), { type: "button", textContent, onclick: to });
}

function note(row, told, ways = [], ...more) {
  const paragraph = Object.assign(document.createElement("p"), { className: "note", textContent: told });
  paragraph.append(...more, ...ways.map(way));
  find(".note", row)?.remove();
  find(".why", row).before(paragraph);
}

// What was not done is said in a place of its own, which takes no focus.
function report(reported, told, ways = []) {
  failures += 1;
  const line = Object.assign(document.createElement("li"), { textContent: told });
  line.reported = reported;
  const show = reported.length === 1 ? [[sentences.show, () => goTo(reported[0])]] : [];
  line.append(...[...ways, ...show, [sentences.dismiss, () => line.remove()]].map(way));
  find("#tray")?.append(line);
}

function settleReports(about) {
  for (const line of all("#tray > li")) {
    if (line.reported.every((row) => about.includes(row))) line.remove();
  }
}

// Decisions: off the list at once, then sent; what fails comes back with its reason

// A colleague was faster on this row: only “anyway” (Shift+O) decides against what they did.
const isConflict = (row) => Boolean(find(".note .override", row));

function decide(chosen, decision, reason = "", isAgain = false, overrides = false) {
  if (!isAgain) undone.length = 0;
  const able = chosen.filter((row) => !row.hidden && button(row, decision) && !(isConflict(row) && !overrides));
  if (!able.length) return say(chosen.some(isConflict) ? sentences.needsOverride : sentences.unable);
  const act = { decision, reason, rows: able, from: able.map(statusIn), seen: able.map(seenOf) };
  const fields = new URLSearchParams({ decision, reason });
  for (const row of able) {
    fields.append("id", idOf(row));
    fields.append("seen", seenOf(row));
  }
  acts.push(act);
  settleReports(able);
  leave(act);
  begin(act, counted(words[decision].doing, able.length));
  answerNoMore();
  if (!reason && ["spam", "trash"].includes(decision)) askWhy(act);
  act.answer = inTurn(able, () => post("/admin/decisions", fields));
  act.answer.then((answer) => settle(act, answer), (error) => takeBack(act, error)).then(refill);
}

function leave(act) {
  const next = act.rows.includes(here) ? neighbour(here, act.rows) : here;
  count(act, 1);
  for (const row of act.rows) {
    find(".note", row)?.remove();
    if (shows("all", words[act.decision].status)) stay(row, words[act.decision].status);
    else show(row, false);
  }
  goTo(next);
}

// A row that stays in the list is from now on as it was decided: what follows on it is sent after this.
function stay(row, status) {
  const [, , revision] = seenOf(row).split(":");
  row.setAttribute("aria-busy", "true");
  setSeen(row, status, revision);
}

function settle(act, { batch, sentence: done, missing = [], conflicts = [], shown }) {
  for (const conflict of conflicts) refuse(act, conflict);
  if (act.undone) return;
  if (!batch) forget(act);
  const told = done ? [done] : [];
  if (conflicts.length) told.push(several("notApplied", conflicts.length));
  if (missing.length) told.push(several("missing", missing.length));
  if (current !== act) return;
  say(told.join(" ") || sentences.nothing);
  tell(shown);
}

// What readers see now, with a way there.
function tell(shown) {
  if (!shown) return;
  const part = Object.assign(document.createElement("span"), { className: "effect", textContent: ` ${shown.sentence} ` });
  part.append(Object.assign(document.createElement("a"), { href: shown.url, textContent: shown.label }));
  said.append(part);
}

function takeBack(act, error) {
  if (act.undone) return;
  forget(act);
  const signIn = error.signIn ? [[sentences.signIn, "/admin/login"]] : [];
  steadily(() => {
    putBack(act);
    for (const row of act.rows) note(row, error.message, signIn);
  });
  const again = act.mark ? [] : [[sentences.tryAgain, () => decide(act.rows, act.decision, act.reason)]];
  const what = act.mark ? sentences.markLater : labelOf(act);
  report([...act.rows], ofRows("refused", act.rows, { act: what, why: error.message }), [...again, ...signIn]);
  if (current === act) say(sentence("refused", { why: error.message }));
}

const labelOf = (act) => button(act.rows[0], act.decision).textContent;

// A sentence about one comment names its author; about several, it counts them.
function ofRows(name, [row, ...others], places) {
  if (others.length) return several(`${name}Many`, others.length + 1, places);
  return sentence(`${name}One`, { author: nameOf(row), ...places });
}

// Somebody else was faster: the row says who, when and what, and offers both ways on.
function refuse(act, conflict) {
  const { id, status, revision } = conflict;
  const row = act.rows.find((one) => idOf(one) === String(id));
  const label = labelOf({ ...act, rows: [row] });
  const [from] = act.from.splice(act.rows.indexOf(row), 1);
  act.seen.splice(act.rows.indexOf(row), 1);
  act.rows.splice(act.rows.indexOf(row), 1);
  if (!act.undone) recount(words[act.decision].status, from);
  recount(from, status);
  steadily(() => {
    unhide(row);
    setSeen(row, status, revision);
    if (conflict.text_html) find(".said", row).innerHTML = conflict.text_html;
    if (conflict.author) find(".who > a", row).textContent = conflict.author;
    note(row, `${happened(conflict, from)} ${sentence("yours", { act: label })}`, [
      [words[act.decision].anyway, () => decide([row], act.decision, act.reason, false, true)],
      [sentences.leave, () => putAway(row)],
    ], ...changes(conflict));
    markOverride(row);
  });
  report([row], ofRows("refused", [row], { act: label, why: happened(conflict, from) }));
}

function markOverride(row) {
  const button = find(".note button", row);
  button.className = "override";
  button.append(" ", Object.assign(document.createElement("kbd"), { textContent: "⇧O", ariaHidden: "true" }));
}

function happened({ status, edited, by, at, reason }, from) {
  const what = !edited ? "moved" : status === from ? "edited" : "editedAndMoved";
  const places = { who: by || sentences.somebody, status: sentences.statuses[status] ?? status, time: clock(at) };
  return sentence(what, places) + (reason ? ` ${sentence("reason", { reason })}` : "");
}

// The words that an edit took out and put in.
function changes({ difference = [], before = {} }) {
  if (!difference.length) return [];
  const tags = { gone: "del", new: "ins", same: "span" };
  const text = Object.assign(document.createElement("span"), { className: "diff words", dir: "auto" });
  if (before.author) text.append(`${sentence("nameWas", { name: before.author })} `);
  if (before.url !== undefined) text.append(`${before.url ? sentence("addressWas", { address: before.url }) : sentences.addressEmpty} `);
  text.append(...difference.map(([kind, textContent]) => Object.assign(document.createElement(tags[kind]), { textContent })));
  return [text];
}

// The moderator takes a row out of the list that others have decided on.
function putAway(row) {
  if (row === here) goTo(neighbour(row, [row]));
  settleReports([row]);
  show(row, false);
  refill();
}

// Leaving a comment for later takes it out of the way; the list has it again at its end.
function later(row) {
  const fields = new URLSearchParams({ later: button(row, "later") ? "1" : "0" });
  const act = { rows: [row], from: [], seen: [], mark: fields, next: row.nextElementSibling };
  const isLeft = fields.get("later") === "1";
  acts.push(act);
  settleReports([row]);
  if (row === here) goTo(neighbour(row, [row]));
  show(row, false);
  begin(act, isLeft ? sentences.markingLater : sentences.removingMark);
  act.answer = inTurn([row], () => post(`/admin/comments/${idOf(row)}/later`, fields));
  act.answer
    .then(() => {
      if (row.hidden) row.remove();
      if (current === act) say(isLeft ? sentences.markedLater : sentences.notLater);
    }, (error) => takeBack(act, error))
    .then(refill);
}

function keep(act) {
  const [row] = act.rows;
  const fields = new URLSearchParams({ later: act.mark.get("later") === "1" ? "0" : "1" });
  forget(act);
  act.undone = true;
  if (!document.getElementById(row.id)) act.next?.isConnected ? act.next.before(row) : list.append(row);
  putBack(act);
  goTo(row);
  const undoing = begin({}, sentences.undoing, sentences.undoPrevious);
  inTurn([row], () => post(`/admin/comments/${idOf(row)}/later`, fields)).then(
    () => current === undoing && say(sentences.inPlace, sentences.undoPrevious),
    (error) => notUndone(undoing, act, error),
  );
}

function undo(act) {
  if (act.mark) return keep(act);
  forget(act);
  act.undone = true;
  undone.push(act);
  putBack(act);
  goTo(act.rows[0]);
  const back = several("back", act.rows.length);
  const undoing = begin({}, sentences.undoing, sentences.undoPrevious);
  const reversal = ({ batch }) => batch && post(`/admin/batches/${batch}/reversal`);
  inTurn(act.rows, () => act.answer.then(reversal, () => null)).then(
    () => {
      if (current === undoing) say(back, sentences.undoPrevious);
      poll();
    },
    (error) => {
      act.undone = false;
      if (undone.includes(act)) undone.splice(undone.indexOf(act), 1);
      if (error.again) acts.push(act);
      count(act, 1);
      for (const row of act.rows) setSeen(row, words[act.decision].status);
      notUndone(undoing, act, error);
    },
  );
}

// The rows stay where the moderator sees them, and say how they are.
function notUndone(undoing, act, error) {
  for (const row of act.rows) note(row, sentence("notUndone", { why: error.message }), error.signIn ? [[sentences.signIn, "/admin/login"]] : []);
  report([...act.rows], ofRows("notUndone", act.rows, { why: error.message }));
  if (current === undoing) say(sentence("notUndone", { why: error.message }), error.again ? sentences.undo : sentences.undoPrevious);
}

function putBack(act) {
  count(act, -1);
  act.rows.forEach((row, place) => {
    unhide(row);
    if (act.seen[place]) find("[name=seen]", row).value = act.seen[place];
  });
}

function forget(act) {
  if (acts.includes(act)) acts.splice(acts.indexOf(act), 1);
}

// Do again what was undone last: on this page, else on the page before.
function redo() {
  const act = undone.pop();
  if (!act) return redoForm?.requestSubmit();
  decide(act.rows, act.decision, act.reason, true);
}

// Why? For a few seconds after spam or trash, the digits are the site's reasons. Any other key goes on.

const ASKING = 8_000; // milliseconds
const reasons = find("#reasons");
let asking = null; // the act whose reason is asked for, and the timer

function askWhy(act) {
  if (!reasons) return;
  asking = { act, timer: setTimeout(answerNoMore, ASKING) };
  reasons.hidden = false;
  find("#tell").checked = false;
  document.body.classList.add("asks");
}

function answerNoMore() {
  if (!asking) return;
  clearTimeout(asking.timer);
  asking = null;
  reasons.hidden = true;
  find("form", reasons)?.remove();
  document.body.classList.remove("asks");
}

// The reason is for colleagues, or also for the writer.
function tellToo() {
  find("#tell").click();
  askLonger();
}

function askLonger() {
  clearTimeout(asking.timer);
  asking.timer = setTimeout(answerNoMore, ASKING);
}

function onReason(button) {
  if (!asking) return;
  clearTimeout(asking.timer);
  const { act } = asking;
  if (button.value) return giveReason(act, button.value);
  const own = document.createElement("form");
  const field = Object.assign(document.createElement("input"), { maxLength: 500, className: "words", ariaLabel: reasons.ariaLabel });
  own.append(field);
  own.onsubmit = (event) => {
    event.preventDefault();
    event.stopPropagation();
    giveReason(act, field.value);
    goTo(here);
  };
  button.after(own);
  field.focus();
}

function giveReason(act, reason) {
  const tell = find("#tell").checked;
  answerNoMore();
  act.reason = reason;
  const given = ({ batch }) => batch && post(`/admin/batches/${batch}/reason`, new URLSearchParams({ reason, tell: tell ? "1" : "" }));
  inTurn(act.rows, () => act.answer.then(given, () => null)).then(
    () => current === act && said.append(` ${sentence(tell ? "reasonTold" : "reason", { reason })}`),
    (error) => report([...act.rows], error.message),
  );
}

// Requests about the same comment go one after the other, all others side by side.
function inTurn(about, send) {
  unsent += 1;
  const sent = () => {
    unsent -= 1;
    return send();
  };
  const turn = Promise.allSettled(about.map((row) => turns.get(row))).then(sent).finally(() => {
    pending.delete(turn);
    answered += 1;
  });
  pending.add(turn);
  for (const row of about) turns.set(row, turn);
  return turn;
}

const again = (why, more = {}) => Object.assign(new Error(why), { again: true, ...more });

async function post(url, body = new URLSearchParams()) {
  const options = { method: "POST", body, headers: { Accept: "application/json" }, keepalive: true, signal: AbortSignal.timeout(20_000) };
  const answer = await fetch(url, options).catch(() => null);
  if (!answer) throw again(sentences.noAnswer);
  const told = await answer.json().catch(() => ({}));
  if (answer.ok || told.conflicts) return told;
  if (answer.status === 401) throw again(sentences.signedOut, { signIn: true });
  throw new Error(told.detail || sentence("status", { status: answer.status }));
}

// Leaving the page waits for what is under way; the browser asks where it does not come by here.

let going = false;

function hold(event, go) {
  if (!pending.size || going) return;
  event?.preventDefault();
  goOn(go);
}

async function goOn(go) {
  const before = failures;
  const waiting = begin({}, sentences.leaving);
  while (pending.size) await Promise.allSettled([...pending]);
  await new Promise((resolve) => setTimeout(resolve));
  if (failures !== before) return current === waiting && say(sentences.staysOpen);
  going = true;
  go();
  going = false;
}

function onLeavingByLink(event) {
  const link = event.target.closest?.("a[href]");
  if (list && link?.closest("#drawer [rel=up], .all, .acts, .who, #keys-link")) return; // these stay on this page
  const elsewhere = event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || link?.target === "_blank";
  if (!link || event.defaultPrevented || elsewhere || link.getAttribute("href").startsWith("#")) return;
  hold(event, () => link.click());
}

function onLeavingByForm(event) {
  if (!event.defaultPrevented && event.target.method !== "dialog") hold(event, () => event.target.requestSubmit(event.submitter));
}

function onUnload(event) {
  if (unsent) event.preventDefault();
}

// The list refills from the page's own address, which what was decided has left.
const wanting = () => rows().length < 10 || find("[aria-busy]", list);
const refill = () => (filling ??= fill().finally(() => (filling = null)));

async function fill() {
  for (let before = -1; before !== answered && wanting();) {
    before = answered;
    const page = await fetch(location.href).then((answer) => answer.text()).catch(() => "");
    take(new DOMParser().parseFromString(page, "text/html"), !pending.size && before === answered);
  }
}

// A page that was asked for before the last answer knows which rows follow, but not how things stand.
function take(page, isCurrent) {
  const wasEmpty = !rows().length;
  steadily(() => addRows(all(".queue > li", page), isCurrent, wasEmpty));
  for (const id of isCurrent && !allTicked() ? ["say", "tabs", "filter", "matching", "foot"] : ["foot"]) replace(page, id);
  if (!here || here.hidden) goTo(rows()[0]);
}

// “All that match” holds what its number said when it was ticked.
const allTicked = () => find("#queue [name=all]")?.checked;

function replace(page, id) {
  const part = page.getElementById(id);
  if (part) document.getElementById(id)?.replaceWith(part);
}

function addRows(fresh, isCurrent, wasEmpty) {
  const apart = wasEmpty || !fresh.some(({ id }) => document.getElementById(id));
  let last = null;
  for (const row of fresh) {
    const known = document.getElementById(row.id);
    const focused = known?.contains(document.activeElement);
    if (known?.ariaBusy && isCurrent) known.replaceWith(row);
    else if (!known && last) last.after(row);
    else if (!known && apart) list.append(row);
    last = document.getElementById(row.id) ?? last;
    if (known && known === here) mark(last);
    if (focused && last !== known) last.focus({ preventScroll: true });
  }
}

// What the page says: the bar, the counts, the title

// Begin something that the bar speaks of until the moderator does something else.
function begin(act, told, label = sentences.undo) {
  current = act;
  say(told, label);
  return act;
}

function say(told, label = sentences.undo) {
  said.textContent = told;
  find(".last")?.remove();
  find(".effect", undoForm)?.remove();
  undoForm.act = acts.at(-1);
  undoForm.hidden = !undoForm.act && !undoForm.hasAttribute("action");
  find("span", undoForm).textContent = label;
}

const count = (act, by) => act.from.forEach((from) => (by > 0 ? recount(from, words[act.decision].status) : recount(words[act.decision].status, from)));

function recount(from, to) {
  const change = (status) => holds(status, to) - holds(status, from);
  for (const tab of all("#tabs a")) add(find("b", tab), change(statusOf(tab.href)));
  for (const element of all("[data-count], #say h1")) add(element, change(statusOf(location.href)));
  const shown = find("#matching [data-count]");
  if (shown) shown.dataset.count = find("#filter [name=count]").value = shown.dataset.n;
  const { body } = document;
  body.dataset.waiting = Math.max(0, Number(body.dataset.waiting) + change("pending"));
  document.title = document.title.replace(/^\([^)]*\)/, `(${grouped(body.dataset.waiting)})`);
}

const statusOf = (url) => new URL(url).searchParams.get("status") || "pending";
const holds = (status, one) => Number(status === one || (status === "all" && ["approved", "pending"].includes(one)));
const shows = (status, one) => statusOf(location.href) === status && holds(status, one);
const grouped = (value) => Number(value).toLocaleString(language);
const clock = (at) => new Date(at).toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

// A number, or a sentence with one in it: “1 comment waits”, “2 comments wait”. One without `data-n` does not count.
function add(element, change) {
  const { n, forms, words: typed } = element.dataset;
  if (!change || n === undefined) return;
  const now = Math.max(0, Number(n) + change);
  element.dataset.n = now;
  element.textContent = forms ? counted(JSON.parse(forms), now, { words: typed }) : grouped(now);
}

// Keys

const bindings = {
  j: () => step(1),
  k: () => step(-1),
  x: () => list && inSight(here) && box(here).click(),
  X: () => list && selectPage(),
  l: () => (list ? inSight(here) && laterButton(here) && later(here) : find("[form=later]")?.click()),
  z: () => undoForm.hidden || undoForm.requestSubmit(),
  Z: redo,
  w: why,
  n: () => unfold("#notes"),
  m: () => unfold("#move"),
  p: () => visit(here ? `/admin/comments?status=pending&sender=reader:${idOf(here)}` : (find("#person-waiting")?.href ?? "/admin/comments")),
  P: () => find("#people")?.click(),
  Enter: () => inSight(here) && (drawer ? drawer.open(here) : find(".who > a", here).click()),
  O: () => inSight(here) && find(".note .override", here)?.click(),
  o: () => find(".on a", here ?? document)?.click(),
  e: () => list && here && visit(find(".who > a", here).href),
  r: () => unfold("#answer"),
  q: () => unfold("#edit"),
  t: () => fromNowOn("trusted"),
  h: () => fromNowOn("held"),
  b: () => fromNowOn("banned") || unfold("#sender"),
  f: () => find("#zen")?.click(),
  "/": () => find("#q")?.focus(),
  "?": showKeys,
};
for (const [key, decision] of Object.entries({ a: "approve", u: "unapprove", s: "spam", d: "trash" })) {
  const onItsPage = () => find(`.decide [value=${decision}]`)?.click();
  bindings[key] = list ? () => inSight(here) && decide([here], decision) : onItsPage;
  bindings[key.toUpperCase()] = () => (find("#queue :checked") ? find(`.bulk [value=${decision}]`) : find(`.person [value^="${decision}:"]`))?.click();
  if (people) bindings[key] = () => find(`[value^="${decision}:"]`, here ?? people)?.click();
}

// Why it is held: unfold the facts of the marked comment, with the filter's words, which its own page has.
function why() {
  const details = find(".why", (drawer?.isOpen() ? find("#drawer") : here) ?? document);
  if (details) details.open = !details.open;
}

async function onWhy({ target: details }) {
  if (!details.matches?.(".queue .why") || !details.open || details.whole) return;
  details.whole = true;
  const page = await fetch(find(".who > a", details.closest("li")).href).then((answer) => answer.text()).catch(() => "");
  const facts = find("#drawer .why .facts", new DOMParser().parseFromString(page, "text/html"));
  if (facts) find(".facts", details).replaceWith(facts);
}

// The whole text of a comment of which the list has the beginning.
async function showAll(event) {
  const link = event.target.closest?.(".all a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const row = link.closest("li");
  const page = await fetch(link.href).then((answer) => answer.text()).catch(() => "");
  const whole = find("#drawer .this > [dir]", new DOMParser().parseFromString(page, "text/html"));
  if (!whole) return location.assign(link.href);
  steadily(() => {
    find(".said", row).replaceChildren(...whole.childNodes);
    find(".said", row).classList.remove("cut");
    find(".all", row).remove();
  });
}

function visit(address) {
  if (pending.size) goOn(() => location.assign(address));
  else location.assign(address);
}

// A part of a comment's page: there, and in the drawer, it unfolds; from the list, the drawer opens with it.
function unfold(place) {
  if (list && here) return drawer.isOpen() && drawer.row() === here ? drawer.unfold(place) : drawer.open(here, place);
  const part = place && find(place);
  if (!part) return;
  if (part.matches("details")) part.open = true;
  part.scrollIntoView({ block: "nearest" });
  (find("textarea, .start", part) ?? find("input:not([type=hidden])", part))?.focus();
}

// Arrivals, and what colleagues decided: the page's own address is asked now and then while it is looked at.

const POLL = 20_000; // milliseconds
const bySurety = new URLSearchParams(location.search).get("sort") === "score"; // where an arrival belongs is not told by its id

async function poll() {
  if (!list || document.hidden || pending.size || filling) return;
  const before = answered;
  const text = await fetch(location.href).then((answer) => (answer.redirected ? "" : answer.text())).catch(() => "");
  if (!text || pending.size || filling || before !== answered) return;
  const page = new DOMParser().parseFromString(text, "text/html");
  if (!bySurety) steadily(() => arrive(all(".queue > li", page)));
  // Heading and button change together, and not while somebody is about to press it.
  if (!allTicked()) for (const id of ["tabs", "piles", "say", "filter", "matching"]) replace(page, id);
  document.title = page.title;
  document.body.dataset.waiting = page.body.dataset.waiting;
}

function arrive(fresh) {
  const key = (row) => Number(idOf(row));
  const known = new Set(fresh.map(key));
  for (const row of fresh.filter(({ id }) => !document.getElementById(id))) {
    const older = rows().find((one) => key(one) < key(row));
    if (older) older.before(row);
    else if (rows().length < 50) list.append(row);
  }
  const last = fresh.length < 50 ? 0 : key(fresh.at(-1));
  for (const row of rows().filter((one) => key(one) >= last && !known.has(key(one)) && !find(".note", one))) {
    note(row, sentences.decidedElsewhere, [[sentences.hide, () => putAway(row)]]);
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

// The rows of this page; pressed again all that match, where there are more; then none.
function selectPage() {
  const matching = find("#queue [name=all]");
  const every = rows().every((row) => box(row).checked);
  const more = every && !matching.checked && Number(find("#matching [data-n]")?.dataset.n) > rows().length;
  for (const row of rows()) box(row).checked = !every || more;
  if (matching) matching.checked = more;
  forgetReason();
}

// What happens to the next comments of a person: chosen beside the decision on all that waits from them, pressed again
// not; where “Trust, hold or ban” is open, it is done. Returns whether there was such a place.
function fromNowOn(standing) {
  const choice = drawer?.isOpen() ? null : find("select[name^=then]", people ? (here ?? people) : document);
  if (choice) choice.value = choice.value === standing ? "" : standing;
  const press = choice ? null : find(`#sender[open] [name=standing][value=${standing}]`);
  press?.click();
  return Boolean(choice ?? press);
}

// The list of keys is a page of its own; here it comes as a dialog over this one.
async function showKeys() {
  let dialog = find("#keys-dialog");
  if (!dialog) {
    const page = await fetch("/admin/keys").then((answer) => answer.text()).catch(() => "");
    const part = new DOMParser().parseFromString(page, "text/html").getElementById("keys");
    if (!part) return visit("/admin/keys");
    dialog = Object.assign(document.createElement("dialog"), { id: "keys-dialog", ariaLabel: find("h1", part).textContent });
    const close = Object.assign(document.createElement("button"), { type: "button", textContent: part.dataset.close, onclick: () => dialog.close() });
    find("header", part).append(close);
    dialog.append(part);
    document.body.append(dialog);
  }
  dialog.showModal();
}

function onKeysLink(event) {
  if (!event.target.closest?.("#keys-link")) return;
  event.preventDefault();
  showKeys();
}

// The letter that is meant, whatever the caps lock and the alphabet.
function meant({ key, code, shiftKey }) {
  const letter = key.length === 1 && key > "\x7f" && code.startsWith("Key") ? code.at(-1) : key;
  if (!/^[a-z]$/i.test(letter)) return letter;
  return shiftKey ? letter.toUpperCase() : letter.toLowerCase();
}

// A key of `early` goes to what has the focus by now: the keys before it may have moved it.
const onEarlyKey = (event) => onKey(event, document.activeElement);

function onKey(event, target = event.target) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || find("dialog[open]")) return;
  if (event.key === "Escape") return leavePlace(target);
  const key = meant(event);
  if (!keysOn || arriving || isText(target)) return;
  if (/^[0-9]$/.test(key)) return onDigit(event, key);
  if (asking && key === "t") return tellToo();
  if (key.length === 1) answerNoMore();
  if (!Object.hasOwn(bindings, key) || (key === "Enter" && target !== here)) return;
  event.preventDefault();
  if (!event.repeat || "jk".includes(key)) bindings[key]();
}

// A digit is a reason while one is asked for, and else a pile.
function onDigit(event, key) {
  event.preventDefault();
  const choices = asking ? all("button", reasons) : all("#piles a");
  const chosen = choices.find((choice) => find("kbd", choice)?.textContent === key);
  if (asking && chosen) onReason(chosen);
  else if (!asking) chosen?.click();
}

function leavePlace(element) {
  answerNoMore();
  if (isText(element) && !drawer?.holds(element)) {
    element.blur();
    goTo(here);
  } else if (drawer?.close()) return;
  else if (find("#queue :checked")) queue.reset();
  else find("[rel=up]")?.click();
}

// Mouse and touch take the same way as the keys

function onDecision(event) {
  const { name, value } = event.submitter;
  if (name === "empty" || (find("[name=all]").checked && name === "decision")) return; // the server selects: a page answers
  event.preventDefault();
  if (name === "only" && /^(later|now):/.test(value)) later(event.submitter.closest("li"));
  else if (name === "only") decide([event.submitter.closest("li")], value.split(":")[0]);
  else decide(rows().filter((row) => box(row).checked), value, find("#reason").value), queue.reset();
}

function onPick({ target: picked, shiftKey }) {
  if (picked.name !== "id") return;
  const [from, to] = [lastPick ?? picked, picked].map((one) => rows().indexOf(one.closest("li"))).sort((a, b) => a - b);
  if (shiftKey) for (const row of rows().slice(from, to + 1)) box(row).checked = picked.checked;
  lastPick = picked;
}

// The row as its page says it is now; after an edit its words are others. What the moderator changed is `seen` at once, so
// that the next key does not meet it as the change of a colleague.
async function refresh(row, seen) {
  if (seen) find("[name=seen]", row).value = seen;
  const page = await fetch(location.href).then((answer) => answer.text()).catch(() => "");
  const fresh = new DOMParser().parseFromString(page, "text/html").getElementById(row.id);
  if (row.hidden) return; // decided meanwhile
  if (!fresh) return row.isConnected && putAway(row);
  const wasHere = row === here;
  steadily(() => row.replaceWith(fresh));
  if (wasHere) mark(fresh);
  poll();
}

// What the server did is said, and can be undone, as on its own page.
function offerUndo(page) {
  const [done, shown] = [find(".done [role=status]", page), find("#undo", page)];
  if (!done?.textContent.trim()) return;
  say("");
  said.replaceChildren(...done.childNodes);
  if (!shown?.hasAttribute("action")) return;
  undoForm.act = null;
  for (const name of ["action", "method"]) undoForm.setAttribute(name, shown.getAttribute(name));
  undoForm.hidden = false;
}

// “Open” and the name open the drawer; with a modifier key they stay links.
function onOpen(event) {
  const link = event.target.closest(".acts > a, .who > a");
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  mark(link.closest("li"));
  drawer.open(here);
}

function onUndo(event) {
  if (!undoForm.act) return; // what the server did: its answer is a page
  event.preventDefault();
  undo(undoForm.act);
}

const drawer = list && drawerOf({
  decide: (row, decision) => decide([row], decision),
  refresh,
  offerUndo,
  visit,
  say,
  refused: (status) => say(status === 401 ? sentences.signedOut : status ? sentence("status", { status }) : sentences.noAnswer),
  back: (row) => goTo(row?.isConnected && !row.hidden ? row : (here ?? rows()[0])),
  keepOpen: sentences.keepOpen,
});
document.body.classList.toggle("keyed", keysOn);
document.addEventListener("keydown", (event) => onKey(event));
undoForm.addEventListener("submit", onUndo);
document.addEventListener("click", onKeysLink);
document.addEventListener("click", onLeavingByLink);
document.addEventListener("submit", onLeavingByForm);
addEventListener("beforeunload", onUnload);
if (list) {
  queue.addEventListener("submit", onDecision);
  list.addEventListener("click", onPick);
  queue.addEventListener("change", forgetReason);
  queue.addEventListener("toggle", onWhy, true);
  queue.addEventListener("click", showAll);
  reasons?.addEventListener("click", (event) => event.target.closest("button") && onReason(event.target.closest("button")));
  reasons?.addEventListener("change", () => asking && askLonger());
  list.addEventListener("click", onOpen);
  list.addEventListener("focusin", (event) => mark(event.target.closest("li")));
  const first = find(":scope > li:target", list) ?? rows()[0]; // where the last decision led back to
  if (keysOn || document.body.matches(".zen")) mark(first);
  setInterval(poll, POLL);
} else if (people) {
  find(".queue", people).addEventListener("focusin", (event) => mark(event.target.closest("li")));
  if (keysOn) mark(rows()[0]);
}
document.removeEventListener("keydown", keepEarly);
early.forEach(onEarlyKey);
// The browser's own jump to the place takes the focus away again; until it is done, a letter must not be a key.
if (arriving) {
  unfold(location.hash);
  addEventListener("load", () => {
    arriving = false;
    unfold(location.hash);
  });
}
