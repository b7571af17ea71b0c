"""Whether all words of a page can be read: nothing is cut, lies over something else or leaves its button."""

from playwright.sync_api import Page

# Texts that are cut on purpose, with a way to all of them: long comments, names and titles in narrow columns.
CUT_ON_PURPOSE = (
    ".skip, .vh, .said.cut, .people .said, .who > a, .home, .queue .on, .done .last, script, style, noscript, iframe, "
    "textarea, datalist, option"
)
FAULTS = """
  (onPurpose) => {
    const styled = (one, names, values) => names.some((name) => values.includes(getComputedStyle(one)[name]));
    const clips = (one) => styled(one, ["overflowX", "overflowY"], ["hidden", "clip"]);
    const scrolls = (one) => styled(one, ["overflowX", "overflowY"], ["auto", "scroll"]);
    const still = (one) => one && (styled(one, ["position"], ["fixed", "sticky"]) || one.matches("dialog")
      || still(one.parentElement));
    const seen = (one) => one.checkVisibility({ visibilityProperty: true, opacityProperty: true });
    const forEars = (one) => one && (one.clientWidth <= 1 && clips(one) || forEars(one.parentElement));
    const large = (box) => box.width > 1 && box.height > 1;
    // Of what is scrolled only the part that can be seen lies over anything.
    const within = (box, one) => {
      if (!one) return box;
      if (!scrolls(one)) return within(box, one.parentElement);
      const frame = one.getBoundingClientRect();
      const [left, top] = [Math.max(box.left, frame.left), Math.max(box.top, frame.top)];
      const [right, bottom] = [Math.min(box.right, frame.right), Math.min(box.bottom, frame.bottom)];
      return within(new DOMRect(left, top, Math.max(0, right - left), Math.max(0, bottom - top)), one.parentElement);
    };
    const texts = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const parent = node.parentElement;
      if (!node.data.trim() || !seen(parent) || parent.closest(onPurpose) || forEars(parent)) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      const boxes = [...range.getClientRects()].filter(large);
      const shown = boxes.map((box) => within(box, parent)).filter(large);
      if (boxes.length) {
        const words = node.data.trim().slice(0, 50);
        texts.push({ words, parent, boxes, shown, still: still(parent) });
      }
    }
    const found = [];
    for (const { words, parent, boxes } of texts) {
      for (let one = parent, free = false; one && one !== document.body; one = one.parentElement) {
        free ||= scrolls(one);
        const frame = one.getBoundingClientRect();
        const leaves = boxes.some((box) =>
          box.left < frame.left - 2 || box.right > frame.right + 2 || box.bottom > frame.bottom + 3);
        if (leaves && !free && clips(one) && !(one instanceof SVGElement)) found.push(`cut: ${words}`);
        if (leaves && one.matches("button, .button, summary, th")) found.push(`leaves its button: ${words}`);
      }
    }
    const meet = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 3
      && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 0.45 * Math.min(a.height, b.height);
    const free = texts.filter((text) => !text.still);
    free.forEach((one, at) => free.slice(at + 1).forEach((other) => {
      if (one.shown.some((a) => other.shown.some((b) => meet(a, b))))
        found.push(`on each other: ${one.words} | ${other.words}`);
    }));
    return [...new Set(found)];
  }
"""


def unreadable(page: Page) -> list[str]:
    """Return what is cut, lies over another text or leaves its button, in words."""
    found: list[str] = page.evaluate(FAULTS, CUT_ON_PURPOSE)
    return found
