"""The paragraphs, headings, lists and quotations of a plain text, as Markdown."""

import re
from dataclasses import dataclass, field
from itertools import groupby

from blog.importing.literal import linked

Block = list[str]

ITEM = re.compile(r"(?P<indent>\s*)(?:(?P<number>\d{1,3})[.)]|(?P<bullet>[•◦▪‣*+–-]))\s+(?P<text>\S.*)")
ENDS_A_SENTENCE = re.compile(r"[.!?…:;,]['\"’”»)\]]*$")
# The last sentence before a quotation tells that somebody speaks; "the following:" may announce anything.
ANNOUNCES = re.compile(
    r"\b(?:sa(?:y|ys|id|ying)|wr(?:ite|ites|ote|itten|iting)|stat(?:e|es|ed|ing)|claim(?:s|ed|ing)?|quot(?:e|es|ed|ing)"
    r"|declar(?:e|es|ed|ing)|warn(?:s|ed|ing)?|argu(?:e|es|ed|ing)|reads?|reading|letter|words|concluded|explain(?:s|ed)"
    r"|announced|replied|answered|noted|remarked|put it)\b[^.!?]*:['\"’”)]*$",
    re.IGNORECASE,
)
LONGEST_HEADING = 90
WRAPPED = range(45, 101)  # the widths of a line that was broken by a program, not by a person


@dataclass
class Body:
    """Markdown blocks, and what they were taken for; `guessed` holds how quotations without a mark begin."""

    blocks: list[str] = field(default_factory=list)
    headings: int = 0
    items: list[int] = field(default_factory=list)
    quotations: int = 0
    guessed: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n\n".join(self.blocks)


def blocks_of(lines: list[str]) -> list[Block]:
    """Return the runs of lines between blank ones."""
    return [list(run) for filled, run in groupby(lines, key=lambda line: bool(line.strip())) if filled]


def comment(lines: list[str]) -> str:
    """Return a comment's Markdown: no headings, no guesses, and a new line where the text has one."""
    made = Body()
    for block in _parted(blocks_of(lines)):
        made.blocks.append(_quotation(block) or _list(block, made) or paragraph(block, end_of_line="\n"))
    return made.text


def body(blocks: list[Block]) -> Body:
    """Return a post's Markdown, and what its blocks were taken for."""
    made, parts = Body(), _parted(blocks)
    margin = min((_indent(line) for block in parts for line in block), default=0)
    for at, block in enumerate(parts):
        before = parts[at - 1] if at else []
        after = parts[at + 1] if at + 1 < len(parts) else []
        made.blocks.append(_block([line[margin:] for line in block], before, after, made))
    return made


def paragraph(block: Block, *, end_of_line: str) -> str:
    """Return one paragraph; lines that a program wrapped are joined, others keep their ends."""
    lines = [line.strip() for line in block]
    widths = [len(line) for line in lines]
    alone = any(line.startswith(("http://", "https://")) for line in lines)
    if len(lines) > 1 and not alone and max(widths) < WRAPPED.stop and min(widths[:-1]) >= WRAPPED.start:
        return linked(" ".join(lines))
    return end_of_line.join(linked(line) for line in lines)


def is_short_line(block: Block) -> bool:
    """Tell whether a block looks like a heading: one short line without the end of a sentence."""
    line = block[0].strip() if len(block) == 1 else ""
    return bool(
        line
        and len(line) <= LONGEST_HEADING
        and len(line.split()) <= 14
        and not ENDS_A_SENTENCE.search(line)
        and not ITEM.fullmatch(line)
        and (line[0].isupper() or line[0].isdigit() or line[0] in "“‘\"'«„(¿¡")
        and any(sign.isalpha() for sign in line)
        and "://" not in line
    )


def _block(block: Block, before: Block, after: Block, made: Body) -> str:
    if quotation := _quotation(block):
        made.quotations += 1
        return quotation
    if items := _list(block, made):
        return items
    if _indent(block[0]) >= 2 and ITEM.fullmatch(before[-1] if before else ""):
        return f"    {paragraph(block, end_of_line=' ')}"
    if is_short_line(block) and after and not is_short_line(after):
        made.headings += 1
        return f"## {linked(block[0].strip())}"
    text = paragraph(block, end_of_line="\\\n")
    if all(_indent(line) >= 2 for line in block) or _is_announced(before, block):
        made.quotations += 1
        made.guessed.append(block[0])
        return _marked(text)
    return text


def _is_announced(before: Block, block: Block) -> bool:
    """Tell whether the paragraph before ends as one does that introduces somebody's words."""
    return bool(before) and ANNOUNCES.search(before[-1].rstrip()) is not None and not block[-1].rstrip().endswith(":")


def _quotation(block: Block) -> str:
    """Return a block whose lines all begin with ">", "" for any other."""
    if not all(line.lstrip().startswith(">") for line in block):
        return ""
    inner = [re.sub(r"^\s*(?:>\s?)+", "", line) for line in block]
    return _marked("\n\n".join(paragraph(part, end_of_line=" ") for part in blocks_of(inner)))


def _marked(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


def _list(block: Block, made: Body) -> str:
    """Return a block that is a list, "" for any other."""
    matches = [ITEM.fullmatch(line.rstrip()) for line in block]
    if matches[0] is None or not _is_list(matches, made):
        return ""
    widths = sorted({len(item["indent"]) for item in matches if item})
    lines: list[str] = []
    for line, item in zip(block, matches, strict=True):
        if item is None:
            lines[-1] += f" {linked(line.strip())}"
            continue
        level = "    " * widths.index(len(item["indent"]))
        lines.append(f"{level}{item['number'] + '.' if item['number'] else '-'} {linked(item['text'])}")
    made.items.append(len(lines))
    return "\n".join(lines)


def _is_list(matches: list[re.Match[str] | None], made: Body) -> bool:
    """Tell a list from a sentence with a number or a dash: it begins at 1, goes on, or has two items."""
    items = [item for item in matches if item]
    first = items[0]
    if first["number"] is None:
        return len(items) > 1 or first["bullet"] in "•◦▪‣"
    goes_on = made.blocks and re.search(rf"(?:^|\n){int(first['number']) - 1}\. [^\n]*$", made.blocks[-1])
    return int(first["number"]) == 1 or bool(goes_on) or len(items) > 1


def _parted(blocks: list[Block]) -> list[Block]:
    """Part the lines that introduce a list from the list that follows them without a blank line."""
    parts = []
    for block in blocks:
        items = [at for at, line in enumerate(block) if ITEM.fullmatch(line.rstrip())]
        if len(items) > 1 and items[0] > 0 and block[items[0] - 1].rstrip().endswith(":"):
            parts += [block[: items[0]], block[items[0] :]]
        else:
            parts.append(block)
    return parts


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
