// Opens a frame of a site that the owner has named, in place of its link, when a reader asks for it: nothing of that
// site is loaded before. Without this script, and for every other site, the link leads there.

(() => {
  const { hosts, hint } = document.currentScript.dataset;

  function play(event) {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    const link = event.currentTarget;
    const frame = document.createElement("iframe");
    frame.src = link.href;
    frame.title = link.dataset.title;
    frame.className = "frame";
    frame.allow = "fullscreen; picture-in-picture";
    frame.referrerPolicy = "strict-origin-when-cross-origin";
    link.replaceWith(frame);
    frame.focus();
  }

  for (const link of document.querySelectorAll("a.frame[href^='https://']")) {
    if (!hosts.split(" ").includes(link.hostname) || link.port) continue;
    const say = document.createElement("small");
    link.dataset.title = link.textContent;
    say.textContent = hint.replace("{host}", link.hostname);
    link.append(say);
    link.classList.add("ready");
    link.addEventListener("click", play);
  }
})();
