// The page to write on, made quicker: it keeps what is typed, shows it as readers will see it, and takes pictures.
// Without this script the same form saves, previews and uploads.

const find = (selector, from = document) => from.querySelector(selector);
const form = find("#writing");
const body = find("#body");
const kept = find("#kept");
const frame = find("#preview");
const sentences = JSON.parse(form.dataset.sentences); // they come with the page, in its language
const put = (sentence, places = {}) => sentence.replace(/\{(\w+)\}/g, (place, name) => places[name] ?? place);
const here = `writing ${form.dataset.post}`; // of what only this browser has; a post keeps its number when its address changes
const PAUSE = 600; // milliseconds without a key until what was typed is kept

let timer;
let sending = null;
let again = false;
let touched = false; // what nobody touched is the file, or what the server has kept

// Keeping

function typed() {
  const fields = new FormData(form);
  fields.delete("action");
  fields.delete("image");
  fields.delete("file");
  return fields;
}

function changed() {
  touched = true;
  store();
  clearTimeout(timer);
  timer = setTimeout(keep, PAUSE);
}

// A browser that stores nothing still has the server.
function local(act) {
  try {
    return act(localStorage);
  } catch {
    return null;
  }
}

const stored = () => local((store) => store.getItem(here));
const forget = () => local((store) => store.removeItem(here));
const store = () => local((store) => store.setItem(here, JSON.stringify([...typed()])));

async function keep() {
  clearTimeout(timer);
  if (sending) return (again = true);
  const fields = typed();
  const sent = JSON.stringify([...fields]);
  sending = post("unsaved", fields);
  try {
    const { at, measure, problem } = await sending;
    if (stored() === sent) forget(); // what was typed since then stays
    tell(problem || put(sentences.stored, { time: at }), Boolean(problem));
    find("#measure").textContent = measure;
    reload();
  } catch (error) {
    tell(put(sentences.storedHere, { why: error.message }), true);
    timer = setTimeout(keep, 5000);
  }
  sending = null;
  if (again) {
    again = false;
    keep();
  }
}

async function post(what, fields) {
  const answer = await fetch(`/admin/posts/${encodeURIComponent(form.dataset.slug)}/${what}`, {
    method: "POST",
    body: ["images", "files"].includes(what) ? fields : new URLSearchParams(fields),
    headers: { accept: "application/json" },
  }).catch(() => {
    throw new Error(sentences.noAnswer);
  });
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(Object.values(said.errors ?? {}).join(" ") || said.detail || put(sentences.status, { status: answer.status }));
  return said;
}

function tell(sentence, bad = false) {
  kept.textContent = sentence;
  kept.classList.toggle("bad", bad);
}

// What a crash left in this browser goes back into the form; what the server has just taken is dropped.
function bringBack() {
  const address = new URL(location.href);
  if (address.searchParams.has("done")) {
    forget();
    address.searchParams.delete("done");
    history.replaceState(null, "", address); // so that a crash from now on does not look like that
  }
  let more = false;
  for (const [name, value] of JSON.parse(stored() ?? "[]")) {
    const field = form.elements[name];
    if (!field || field.value === value || name === "base" || name === "was") continue;
    field.value = value;
    more = true;
  }
  if (!more) return;
  tell(sentences.restored);
  keep();
}

// The preview: the page itself, where one was in it

function reload() {
  if (frame.hidden) return;
  frame.contentWindow.location.replace(frame.dataset.src);
}

function show(visible) {
  frame.hidden = !visible;
  const look = find("#look");
  look.textContent = visible ? look.dataset.hide : look.dataset.show;
  if (visible) touched ? keep() : reload();
}

function follow() {
  let top = 0;
  frame.addEventListener("load", () => {
    const inside = frame.contentWindow;
    inside.scrollTo(0, top);
    inside.addEventListener("scroll", () => (top = inside.scrollY), { passive: true });
  });
}

// Pictures

async function upload(files, what = "images") {
  for (const file of files) {
    const fields = new FormData();
    fields.set(what === "images" ? "image" : "file", file, file.name || "picture.png");
    tell(file.name ? put(sentences.uploading, { file: file.name }) : sentences.uploadingIt);
    try {
      checkSize(file, what);
      const { markdown } = await post(what, fields);
      insert(`\n\n${markdown}\n\n`);
      tell(what === "images" ? sentences.uploaded : sentences.uploadedFile);
    } catch (error) {
      tell(put(sentences.notUploaded, { why: error.message }), true);
    }
  }
}

async function uploadChosen(what) {
  const chosen = find(what === "images" ? "#image" : "#file");
  if (!chosen.files.length) return tell(what === "images" ? sentences.chooseFirst : sentences.chooseFile, true);
  await upload(chosen.files, what);
  chosen.value = "";
}

// What the server would refuse is not sent first.
function checkSize({ size }, what) {
  const { heaviest } = find(what === "images" ? "#pictures-form" : "#files-form").dataset;
  const sentence = what === "images" ? sentences.tooHeavy : sentences.tooLarge;
  if (size > heaviest * 1e6) throw new Error(put(sentence, { size: Math.round(size / 1e6), most: heaviest }));
}

const pictures = (data) => [...(data?.files ?? [])].filter((file) => file.type.startsWith("image/"));
const others = (data) =>
  [...(data?.files ?? [])].filter(({ type }) => /^(audio|video)\/|^application\/pdf$/.test(type));

function insert(text) {
  const { selectionStart: from, selectionEnd: to, value } = body;
  const before = value.slice(0, from).trimEnd();
  const lead = before ? text : text.trimStart();
  replace(lead, text.startsWith("\n") ? before.length : from, to);
}

// As if it were typed, so that Ctrl Z takes it back; the browser tells the form of it, as of every key.
function replace(text, from, to) {
  const active = document.activeElement;
  body.focus({ preventScroll: true });
  body.setSelectionRange(from, to);
  const done = document.execCommand("insertText", false, text);
  if (!done) body.setRangeText(text, from, to, "end");
  if (active !== body) active.focus({ preventScroll: true });
  if (!done) changed();
}

// Keys

const marks = { b: ["**", "**"], i: ["*", "*"], k: ["[", "](https://)"] };

function wrap([open, close]) {
  const { selectionStart: from, selectionEnd: to, value } = body;
  replace(open + value.slice(from, to) + close, from, to);
  body.setSelectionRange(from + open.length, to + open.length);
}

function onKey(event) {
  if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
  const key = event.key.toLowerCase();
  if (key === "s") {
    event.preventDefault();
    find("button.first", form).click();
  } else if (key in marks && document.activeElement === body) {
    event.preventDefault();
    wrap(marks[key]);
  }
}

form.addEventListener("input", changed);
form.addEventListener("submit", (event) => {
  if (event.submitter?.value === "preview") {
    event.preventDefault();
    return show(frame.hidden);
  }
  if (event.submitter?.id === "upload") {
    event.preventDefault();
    return uploadChosen("images");
  }
  if (event.submitter?.id === "upload-file") {
    event.preventDefault();
    return uploadChosen("files");
  }
  clearTimeout(timer);
  again = false;
  store(); // until the server has taken it
  if (!sending) return;
  // What is being kept must not arrive after what is saved.
  event.preventDefault();
  sending.catch(() => {}).finally(() => ((sending = null), form.requestSubmit(event.submitter)));
});
document.addEventListener("keydown", onKey);
body.addEventListener("paste", (event) => {
  const files = pictures(event.clipboardData);
  if (!files.length) return;
  event.preventDefault();
  upload(files);
});
for (const kind of ["dragover", "dragleave", "drop"]) {
  body.addEventListener(kind, (event) => {
    form.classList.toggle("over", kind === "dragover");
    if (kind !== "dragleave") event.preventDefault();
    if (kind === "drop") {
      const files = others(event.dataTransfer);
      upload(pictures(event.dataTransfer)).then(() => upload(files, "files"));
    }
  });
}
frame.dataset.src ||= frame.getAttribute("src");
follow();
bringBack();
if (matchMedia("(min-width: 64rem)").matches || !frame.hidden) show(true);
