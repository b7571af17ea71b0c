// The drawer: the page of a comment beside the list that it belongs to. Its forms are sent from here, and their answer
// is the same page again, so the list stays as it is.

const find = (selector, within = document) => within.querySelector(selector);

// `desk` is what the drawer needs of the list: {decide, refresh, offerUndo, visit, unanswered, back, keepOpen}.
export function drawerOf(desk) {
  let place = null; // the element that holds the drawer
  let row = null; // the comment that is open
  let asked = 0; // the newest request, so that a late answer shows nothing
  const kept = () => sessionStorage.getItem("drawer") === "open";

  async function open(next, part = "") {
    const request = ++asked;
    const page = await load(find(".who > a", next).href);
    if (request !== asked) return;
    if (!page) return desk.visit(find(".who > a", next).href + part);
    row = next;
    show(page);
    if (part) unfold(part);
  }

  async function load(address, options) {
    const answer = await fetch(address, options).catch(() => null);
    if (!answer || answer.redirected && new URL(answer.url).pathname === "/admin/login") return null;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    return find("#drawer", page) ? page : null;
  }

  function show(page) {
    const drawer = find("#drawer", page);
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
  }

  function close() {
    asked += 1;
    if (!place) return false;
    place.remove();
    place = null;
    document.body.classList.remove("opened");
    desk.back(row);
    row = null;
    return true;
  }

  function unfold(part) {
    const target = find(part, place);
    if (!target) return;
    if (target.matches("details")) target.open = true;
    target.scrollIntoView({ block: "nearest" });
    (find("textarea", target) ?? find("select, input:not([type=hidden]), button, summary", target))?.focus({ preventScroll: true });
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
    if (!page) return desk.unanswered();
    if (row !== about) return;
    show(page);
    desk.offerUndo(page);
    desk.refresh(about);
  }

  return {
    open,
    close,
    unfold,
    isOpen: () => Boolean(place),
    holds: (element) => Boolean(place?.contains(element)),
    row: () => row,
    follow: (next) => place && next && next !== row && kept() && open(next),
    isKept: kept,
  };
}
