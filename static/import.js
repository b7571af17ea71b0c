// The page of an import: it says how much of a file was sent, and how far reading and importing are, without a reload.

const PAUSE = 1000; // milliseconds between two looks

function follow() {
  const here = document.querySelector("#import");
  if (!here?.hasAttribute("data-running")) return;
  setTimeout(async () => {
    const page = await fetch("/admin/import", { headers: { Accept: "text/html" } })
      .then(async (answer) => (answer.ok && !answer.redirected ? parsed(await answer.text()) : null))
      .catch(() => null);
    const there = page?.querySelector("#import");
    if (there && !there.hasAttribute("data-running")) return location.replace("/admin/import");
    if (there) {
      // Only what changed, so that a focused button keeps its focus.
      for (const part of ["h1", "header p", "progress", ".stages"]) {
        const [old, latest] = [here.querySelector(part), there.querySelector(part)];
        if (old && latest && old.outerHTML !== latest.outerHTML) old.replaceWith(latest);
      }
      document.title = page.title;
    }
    follow();
  }, PAUSE);
}

function parsed(text) {
  return new DOMParser().parseFromString(text, "text/html");
}

function say(form, sentence) {
  let line = form.querySelector("[role=alert]");
  if (!line) {
    line = document.createElement("p");
    line.className = "alert";
    line.setAttribute("role", "alert");
    form.prepend(line);
  }
  line.textContent = sentence;
}

// A form that is too large would be cut off while it is sent, and its answer never seen: so it is refused here.
function send(form) {
  const field = form.querySelector("[type=file]");
  const bar = document.createElement("progress");
  form.addEventListener("submit", (event) => {
    const file = field.files[0];
    if (!file) return;
    event.preventDefault();
    if (file.size > Number(form.dataset.largest)) return say(form, form.dataset.tooLarge);
    const request = new XMLHttpRequest();
    bar.setAttribute("aria-label", form.dataset.sending);
    bar.max = 1;
    bar.value = 0;
    form.append(bar);
    form.querySelector("button").disabled = true;
    request.upload.addEventListener("progress", ({ loaded, total }) => (bar.value = loaded / total));
    request.addEventListener("load", () => {
      if (request.status < 400) return location.replace("/admin/import");
      const sentence = parsed(request.responseText).querySelector("[role=alert]")?.textContent;
      again(sentence ?? request.statusText);
    });
    request.addEventListener("error", () => again(""));
    request.open("POST", form.action);
    request.send(new FormData(form));
  });

  function again(sentence) {
    bar.remove();
    form.querySelector("button").disabled = false;
    if (!sentence) return location.replace("/admin/import");
    say(form, sentence);
  }

  for (const name of ["dragover", "dragleave", "drop"]) {
    form.addEventListener(name, (event) => {
      event.preventDefault();
      form.classList.toggle("over", name === "dragover");
      if (name === "drop" && event.dataTransfer.files.length) field.files = event.dataTransfer.files;
    });
  }
}

const form = document.querySelector("form.drop");
if (form) send(form);
follow();
