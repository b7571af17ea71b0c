// Who else is at the desk: every few seconds this page says which comment is marked, and shows what others look at.

const PAUSE = 3_000; // milliseconds
const list = document.querySelector(".queue");
const team = document.querySelector("#team");

let shown = "";

async function meet() {
  if (document.hidden) return;
  const here = list.querySelector(":scope > li.here:not([hidden])");
  const body = new URLSearchParams({ comment: here?.id.slice("c-".length) ?? "0" });
  const answer = await fetch("/admin/presence", { method: "POST", body, headers: { Accept: "application/json" } })
    .then((answer) => (answer.ok ? answer.json() : null))
    .catch(() => null);
  if (answer) show(answer);
}

function show(answer) {
  if (answer.team !== shown && !team.contains(document.activeElement)) team.innerHTML = shown = answer.team;
  for (const row of list.querySelectorAll(":scope > li")) {
    const words = answer.rows[row.id.slice("c-".length)] ?? "";
    row.classList.toggle("theirs", Boolean(words));
    const known = row.querySelector(".on .with");
    if (known?.textContent === words || (!known && !words)) continue;
    known?.remove();
    if (words) row.querySelector(".on").append(Object.assign(document.createElement("span"), { className: "with", textContent: words }));
  }
}

if (list && team) {
  meet();
  setInterval(meet, PAUSE);
  document.addEventListener("visibilitychange", meet);
}
