// What is typed into the settings is tried on past comments at once; the bar says what would have been different.

const form = document.querySelector("form.settings");
const bar = form.querySelector(".save .sum");
const PAUSE = 500; // milliseconds without a key, after which the server is asked

let timer = 0;
let asked = 0;

function differs(field) {
  if (field.type === "radio") return field.checked && !field.defaultChecked;
  if (field instanceof HTMLSelectElement) return ![...field.options].some((one) => one.selected && one.defaultSelected);
  return field.value !== field.defaultValue;
}

async function ask() {
  const number = (asked += 1);
  const changed = [...form.elements].filter((field) => field.name && field.type !== "submit" && differs(field));
  bar.classList.toggle("on", changed.length > 0);
  if (!changed.length) return (bar.textContent = "");
  const body = new URLSearchParams([["try", "1"], ...changed.map(({ name, value }) => [name, value])]);
  const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } })
    .then((answer) => answer.json())
    .catch(() => null);
  if (number !== asked || !answer) return;
  const faults = Object.values(answer.errors ?? {});
  bar.textContent = faults.length ? faults.join(" ") : `${answer.sentence} ${answer.summary}`;
}

form.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(ask, PAUSE);
});
