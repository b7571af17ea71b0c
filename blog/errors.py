"""The tree of errors; each has its HTTP status, and its text is a whole sentence for a person.

AfterwordError 500
├── Refused                 what somebody asked for cannot be done; nothing was changed
│   ├── NotFound       404
│   ├── Gone           410  a withdrawn post
│   ├── Forbidden      403  another site's form, a missing permission
│   │   └── Closed     403  the discussion does not take this comment
│   ├── TooSlow        408  the body did not come in time
│   ├── Conflict       409  somebody else was faster, or something later depends on it
│   │   └── Duplicate  409  the same comment again
│   ├── TooLarge       413
│   ├── WrongType      415
│   ├── Invalid        422  with a sentence for each field
│   ├── TooFast        429  with the seconds to wait
│   └── Unavailable    503  the database cannot be written (or read) just now
├── BadFile                 a file of the site's own that cannot be used: file, line and what to write
│   ├── BadPost                 a post, a page, or the discussion beside one
│   └── BadLook                 a template or a stylesheet
└── Unusable                a site, database or file that the program refuses to touch
"""

from collections.abc import Mapping, Sequence

from blog.wording import gettext


class AfterwordError(Exception):
    status = 500

    @property
    def sentence(self) -> str:
        return str(self)


class Refused(AfterwordError):
    status = 400


class NotFound(Refused):
    status = 404


class Gone(Refused):
    status = 410


class Forbidden(Refused):
    status = 403


class Closed(Forbidden):
    """The discussion does not take this comment; the reader gets the typed text back."""


class TooSlow(Refused):
    status = 408


class Conflict(Refused):
    """Carry the later batch that stands in the way, where there is one."""

    status = 409

    def __init__(self, sentence: str, *, batch: int | None = None) -> None:
        super().__init__(sentence)
        self.batch = batch


class Duplicate(Conflict):
    """Carry when the same comment was sent before, and its number where the sender may see it (else 0)."""

    def __init__(self, sentence: str, *, sent_at: str, comment: int = 0) -> None:
        super().__init__(sentence)
        self.sent_at = sent_at
        self.comment = comment


class TooLarge(Refused):
    status = 413


class WrongType(Refused):
    status = 415


class Invalid(Refused):
    """Carry one sentence for each field that must be mended."""

    status = 422

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = dict(errors)


class TooFast(Refused):
    """Carry the seconds after which the same request is welcome."""

    status = 429

    def __init__(self, sentence: str, *, retry_after: int) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class Unavailable(Refused):
    status = 503
    retry_after = 5


class BadFile(AfterwordError):
    """Name the file (and the line, where it is known) and what to write instead; paths begin at the posts' folder."""

    def __init__(self, path: str, sentence: str, *, line: int | None = None) -> None:
        self.path = path
        self.line = line
        self.problem = sentence
        if line:
            super().__init__(gettext("{path}, line {line}: {problem}", path=path, line=line, problem=sentence))
        else:
            super().__init__(f"{path}: {sentence}")


class BadPost(BadFile):
    """One problem of a file, or the first of several: `problems` are all of them, in the order of their lines."""

    def __init__(
        self, path: str, sentence: str, *, line: int | None = None, problems: tuple["BadPost", ...] = ()
    ) -> None:
        super().__init__(path, sentence, line=line)
        self.problems = problems or (self,)
        if problems:
            self.args = ("\n".join(map(str, problems)),)

    @classmethod
    def merged(cls, problems: Sequence["BadPost"]) -> "BadPost":
        first = problems[0]
        if len(problems) == 1:
            return first
        return cls(first.path, first.problem, line=first.line, problems=tuple(problems))

    @property
    def by_line(self) -> str:
        """All problems, each with its line, for a page that shows the file."""
        return " ".join(
            gettext("Line {line}: {problem}", line=each.line, problem=each.problem) if each.line else each.problem
            for each in self.problems
        )


class BadLook(BadFile):
    pass


class Unusable(AfterwordError):
    pass
