"""All acts: the one place to which a new one is added."""

from blog.closing.switch import ACTS as SWITCHES
from blog.comments.imported_comments import IMPORT
from blog.comments.locking import LOCK
from blog.comments.picks import PICK
from blog.comments.submission import SUBMIT
from blog.comments.unconfirmed import ADDRESS_CONFIRMED
from blog.epochs import ACTS as EPOCHS
from blog.filter.lines import LEARN
from blog.journal.acts import UNDO, Act
from blog.moderation.bans import BAN, HOLD, PERSON_ACT, TRUST
from blog.moderation.decisions import ACTS as DECISIONS
from blog.moderation.edits import EDIT
from blog.moderation.moves import MOVE
from blog.moderation.proposals import DECLINE
from blog.moderation.purging import PURGE
from blog.moderation.reply import ANSWER
from blog.moderation.reports import SETTLE
from blog.moderation.second_look import CONFIRM
from blog.moderation.withdrawal import WITHDRAW
from blog.people.accounts import ACTS as ACCOUNTS
from blog.people.passkeys import ACTS as PASSKEYS
from blog.people.recovery import ACTS as RECOVERY
from blog.people.sessions import ACTS as SESSIONS
from blog.people.throttle import ACTS as THROTTLE
from blog.people.tokens import ACTS as TOKENS
from blog.posts.deletion import DELETE
from blog.posts.media import ACTS as FILES
from blog.posts.versions import RESTORE
from blog.rules.changes import SETTING
from blog.site_settings import CHANGE
from blog.webhooks import ACTS as WEBHOOKS

ACTS: tuple[Act, ...] = (
    *DECISIONS,
    CONFIRM,
    *(EDIT, DECLINE, ANSWER, MOVE, LOCK, PICK, SETTLE, WITHDRAW),
    *(BAN, HOLD, TRUST, PERSON_ACT),
    *SWITCHES,
    IMPORT,
    LEARN,
    UNDO,
    *(SETTING, CHANGE),
    *EPOCHS,
    *(RESTORE, DELETE),
    *WEBHOOKS,
    *FILES,
    *ACCOUNTS,
    *PASSKEYS,
    *RECOVERY,
    *SESSIONS,
    *THROTTLE,
    *TOKENS,
    *(SUBMIT, ADDRESS_CONFIRMED, PURGE),
)
