"""From a draft to a stored row: closed? too fast? what do the rules say? All of it in one transaction."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, NamedTuple, TypedDict

from sqlite_utils import Database

from blog import events, filter
from blog.comments import admission, rows, surroundings
from blog.comments.drafts import Draft
from blog.comments.rows import Row
from blog.comments.surroundings import Asked, Surroundings
from blog.errors import Duplicate, Refused
from blog.policy import Policy
from blog.rules import Action, Submission, Verdict, evidence, judge


class Stored(TypedDict):
    """`page` is one of the discussion, or of a long `thread` (0: of the discussion), on which the comment stands."""

    id: int
    status: str
    post: dict[str, Any]
    page: int
    thread: int


class Arrival(NamedTuple):
    """A draft that came to the post of this slug at the moment `at`."""

    slug: str
    draft: Draft
    at: str


def submit(db: Database, slug: str, draft: Draft, *, at: str) -> Stored:
    """Store a comment with its verdict, or raise what refuses it; in the order of the contract.

    NotFound, Gone, Closed, Invalid (fields, then the parent), Duplicate, TooFast.
    """
    (outcome,) = submit_all(db, [Arrival(slug, draft, at)])
    if isinstance(outcome, Refused):
        raise outcome
    return outcome


def submit_all(db: Database, arrivals: Sequence[Arrival]) -> list[Stored | Refused]:
    """Store what arrived together, in its order; return for each what `submit` returns, or the error that it raises.

    SQLite works beside Python's other threads, but after each statement this thread has to wait until they let it go
    on. So what is around many is asked in one statement, their rows are written in a few, and the journal in one.

    Nobody can answer a comment before its number is told: a reply to one of the same arrivals is refused.
    """
    intake = _Intake(db, arrivals)
    for number in range(len(arrivals)):
        intake.add(number)
    return intake.finished()


class _Admitted(NamedTuple):
    number: int  # among the arrivals
    arrival: Arrival
    post: dict[str, Any]


class _Judged(NamedTuple):
    number: int
    arrival: Arrival
    post: dict[str, Any]
    row: Row


class _Intake:
    """Takes in arrivals in rounds, in which none is to be found around another."""

    def __init__(self, db: Database, arrivals: Sequence[Arrival]) -> None:
        self._db = db
        self._arrivals = arrivals
        self._outcomes: dict[int, Stored | Refused] = {}
        self._known: admission.Discussions = {}
        self._round: list[_Admitted] = []
        self._left: set[Hashable] = set()  # by what those of the round would be found
        self._judged: list[_Judged] = []
        self._journal: list[events.Submitted] = []

    def add(self, number: int) -> None:
        """Add an arrival to the round; when it depends on what came before it, that is taken in first."""
        arrival = self._arrivals[number]
        try:
            post = admission.admit(self._db, *arrival, self._known)
        except Refused as refusal:
            if self._round:
                self._take_in()
                self.add(number)
            else:
                self._outcomes[number] = refusal
            return
        finds, leaves = _traces(arrival.draft, post)
        if len(self._round) == surroundings.LARGEST or not finds.isdisjoint(self._left):
            self._take_in()
            self.add(number)
            return
        self._round.append(_Admitted(number, arrival, post))
        self._left |= leaves

    def finished(self) -> list[Stored | Refused]:
        self._take_in()
        if self._journal:
            events.record_submitted(self._db, self._journal)
        return [self._outcomes[number] for number in range(len(self._arrivals))]

    def _take_in(self) -> None:
        """Judge the round and write it."""
        if not self._round:
            return
        around = Surroundings(
            self._db, [Asked(post["id"], arrival.draft, post["rules"], arrival.at) for _, arrival, post in self._round]
        )
        spoken_in: set[str] = set()
        for n, (number, arrival, post) in enumerate(self._round):
            try:
                if arrival.slug in spoken_in:  # the post counts its threads, and knows when it was last spoken in
                    post = self._admitted_again(arrival)
                row = _judged(self._db, arrival, post, around.of(n))
            except Refused as refusal:
                self._outcomes[number] = refusal
                continue
            around.came(n)
            if row.verdict.action is Action.ALLOW:
                self._write()  # what came before stands on the page that there was without this one
                spoken_in.add(arrival.slug)
                self._known.pop(arrival.slug)
            self._judged.append(_Judged(number, arrival, post, row))
        self._write()
        self._round, self._left = [], set()

    def _admitted_again(self, arrival: Arrival) -> dict[str, Any]:
        if arrival.slug not in self._known:
            self._write()
        return admission.admit(self._db, *arrival, self._known)

    def _write(self) -> None:
        ids = rows.insert_all(self._db, [each.row for each in self._judged])
        for comment, (number, arrival, post, row) in zip(ids, self._judged, strict=True):
            self._outcomes[number] = _stored(self._db, comment, row, post)
            self._journal.append(
                events.Submitted(
                    *(arrival.at, comment, post["id"], arrival.draft.sender.account),
                    *(row.verdict.action.status, row.verdict.rule, post["grace"]),
                )
            )
        self._judged = []


def _traces(draft: Draft, post: Mapping[str, Any]) -> tuple[set[Hashable], set[Hashable]]:
    """Return by what the surroundings of a draft find others, and by what others find this one.

    Senders are looked for across all posts where there is a limit to how fast they may be.
    """
    sender, rules = draft.sender, post["rules"]
    known = {("reader", sender.reader_hash), ("account", sender.account)}
    paced = {("network", sender.network), ("email", draft.email.lower())}
    always: set[Hashable] = {("text", post["id"], draft.text_hash), *(("link", domain) for domain in draft.domains)}
    always |= {(kind, value) for kind, value in known if value is not None}
    leaves = always | {(kind, value) for kind, value in paced if value}
    return leaves if rules.comment_flood_seconds or rules.comment_network_limit else always, leaves


def _judged(db: Database, arrival: Arrival, post: Mapping[str, Any], around: Mapping[str, Any]) -> Row:
    """Return the row to be written, or raise what refuses it."""
    _, draft, at = arrival
    rules = post["rules"]
    root = admission.root_of(around, draft, post["id"])
    if around["twice"]:
        raise Duplicate("You sent this already.", sent_at=around["twice"])
    if draft.sender.account is None:
        admission.check_pace(around, rules, at)
    if draft.too_fast:
        raise draft.too_fast
    scored = _scored(db, around, draft, rules)
    submission = _submission(draft, post, rules, around, at, scored)
    facts = evidence.kept(submission)
    return Row(post["id"], draft, judge(submission), root, at, facts=facts, scored=scored)


def _stored(db: Database, comment: int, row: Row, post: dict[str, Any]) -> Stored:
    threads = post["threads"] + (row.root is None and row.verdict.action is Action.ALLOW)
    thread, page = rows.page_of_reply(db, comment, row.root)
    if not thread:
        page = rows.page_of(db, post["id"], row.root, post["rules"], threads)
    return {"id": comment, "status": row.verdict.action.status, "post": post, "page": page, "thread": thread}


def foresee(db: Database, slug: str, draft: Draft, *, at: str) -> Verdict:
    """Return what the rules say of a draft, without storing it.

    Raise as `submit` does, but for what was sent already and for how fast it is.
    """
    post = admission.admit(db, slug, draft, at, {})
    rules = post["rules"]
    around = Surroundings(db, [Asked(post["id"], draft, rules, at)]).of(0)
    admission.root_of(around, draft, post["id"])
    return judge(_submission(draft, post, rules, around, at, _scored(db, around, draft, rules)))


def _submission(
    draft: Draft,
    post: Mapping[str, Any],
    rules: Policy,
    around: Mapping[str, Any],
    at: str,
    scored: filter.Score | None,
) -> Submission:
    return Submission(
        author=draft.author,
        email=draft.email,
        url=draft.url,
        text=draft.text,
        plain=draft.rendered.plain,
        links=draft.links,
        ip=draft.sender.ip,
        user_agent=draft.sender.user_agent,
        honeypot=draft.honeypot,
        stamp=draft.stamp,
        staff=draft.sender.account is not None,
        mode="moderated" if post["held"] else "open",
        history=surroundings.history(around, at, scored),
        policy=rules,
    )


def _scored(db: Database, around: Mapping[str, Any], draft: Draft, rules: Policy) -> filter.Score | None:
    """Ask the filter, in one read more, when it is on and has learned enough; of staff it has no opinion."""
    learned = surroundings.read_json(around["learned"])
    if rules.filter_mode == "off" or draft.sender.account is not None or not filter.speaks(learned):
        return None
    return filter.score(db, {"text": draft.text, "author": draft.author, "email": draft.email, "url": draft.url})
