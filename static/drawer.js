// The drawer: the page of a comment beside the list that it belongs to. Its forms are sent from here, and their answer
// is the same page again, so the list stays as it is.

const find = (selector, within = document) => within.querySelector(selector);

// `desk` is what the drawer needs of the list: {decide, refresh, offerUndo, visit, say, refused, back, keepOpen}.
export function drawerOf(desk) {
  let place = null; // the element that holds the drawer
  let row = null; // the comment that is open
  let wanted = null; // the comment that is open, or on its way
  let asked = 0; // the newest request, so that a late answer shows nothing
  let status = 0; // of the last answer, 0 without one
  const drafts = new Map(); // what was typed and not sent, by comment and field
  const kept = () => sessionStorage.getItem("drawer") === "open";

  async function open(next, part = "") {
    const request = ++asked;
    wanted = next;
    const page = await load(find(".who > a", next).href);
    if (request !== asked) return;
    if (!page) return desk.visit(find(".who > a", next).href + part);
    keepDrafts();
    row = wanted;
    show(page);
    if (part) unfold(part);
  }

  async function load(address, options) {
    const answer = await fetch(address, options).catch(() => null);
    status = answer?.status ?? 0;
    if (!answer || answer.redirected && new URL(answer.url).pathname === "/admin/login") return null;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    return find("#drawer", page) ? page : null;
  }

  function show(page) {
    const drawer = find("#drawer", page);
    find("#why-decided", drawer).remove(); // here the digits give the reason, and the list has a field of this name
    if (!place) {
      place = Object.assign(document.createElement("div"), { className: "beside", id: "beside" });
      find("#queue").after(place);
      place.addEventListener("submit", send);
      place.addEventListener("click", onClick);
      place.addEventListener("keydown", onKey);
    }
    place.replaceChildren(drawer);
    const keep = document.createElement("label");
    keep.className = "keep";
    const box = Object.assign(document.createElement("input"), { type: "checkbox", checked: kept() });
    box.onchange = () => sessionStorage.setItem("drawer", box.checked ? "open" : "");
    keep.append(box, ` ${desk.keepOpen}`);
    find("header", drawer).append(keep);
    document.body.classList.add("opened");
    for (const field of texts()) {
      if (!drafts.has(draftOf(field))) continue;
      field.value = drafts.get(draftOf(field));
      field.closest("details")?.setAttribute("open", "");
    }
  }

  const texts = () => (place ? [...place.querySelectorAll("textarea")] : []);
  const draftOf = (field) => `${row.id} ${field.id}`;

  function keepDrafts() {
    for (const field of texts()) {
      if (field.value === field.defaultValue) drafts.delete(draftOf(field));
      else drafts.set(draftOf(field), field.value);
    }
  }

  function close() {
    const closed = row;
    if (!shut()) return false;
    desk.back(closed);
    return true;
  }

  function shut() {
    asked += 1;
    keepDrafts();
    wanted = row = null;
    if (!place) return false;
    place.remove();
    place = null;
    document.body.classList.remove("opened");
    return true;
  }

  // The drawer shows the marked comment or none: where it does not follow the mark, it closes.
  function follow(next) {
    if (!wanted || !next) return;
    if (next.id !== wanted.id) {
      if (place && kept()) open(next);
      else shut();
    } else {
      wanted = next;
      if (row) row = next;
    }
  }

  function unfold(part) {
    const target = find(part, place);
    if (!target) return;
    if (target.matches("details")) target.open = true;
    target.scrollIntoView({ block: "nearest" });
    const fields = [...target.querySelectorAll("select, input:not([type=hidden], [type=checkbox])")];
    (find("textarea, .start", target) ?? fields.find((one) => one.checkVisibility()) ?? find("summary", target))?.focus({ preventScroll: true });
  }

  function onClick(event) {
    const link = event.target.closest("a");
    if (!link?.matches("[rel=up]")) return;
    event.preventDefault();
    close();
  }

  function onKey(event) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.form) {
      event.preventDefault();
      event.target.form.requestSubmit();
    }
  }

  async function send(event) {
    event.preventDefault();
    const form = event.target;
    const { name, value } = event.submitter ?? {};
    if (form.matches(".decide")) return desk.decide(row, value);
    const fields = new URLSearchParams(new FormData(form));
    if (name) fields.append(name, value);
    const about = row;
    const button = event.submitter ?? find("button", form);
    button.disabled = true;
    const page = await load(form.action, { method: "POST", body: fields });
    button.disabled = false;
    if (!page) return desk.refused(status);
    const refusal = find("[role=alert]", page);
    const seen = refusal ? "" : find(".decide [name=seen]", page)?.value; // before the drawer takes it out of the page
    for (const field of form.querySelectorAll("textarea")) {
      field.value = field.defaultValue; // it was sent; refused, it stands in the answer
      if (!refusal) drafts.delete(`${about.id} ${field.id}`);
    }
    if (row !== about && refusal) return desk.say(refusal.textContent);
    if (row === about) {
      keepDrafts();
      show(page);
      (find("[autofocus]", place) ?? find("[rel=up]", place)).focus({ preventScroll: true });
    }
    desk.offerUndo(page);
    desk.refresh(about, seen);
  }

  return {
    open,
    close,
    unfold,
    isOpen: () => Boolean(place),
    holds: (element) => Boolean(place?.contains(element)),
    row: () => row,
    follow,
  };
}
