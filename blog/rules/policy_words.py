"""How each discussion setting is called and explained, on the settings page, by `blog settings` and in the docs."""

from dataclasses import dataclass

from blog.wording import N_


@dataclass(frozen=True)
class Wording:
    """Describe a setting for the settings page, `blog settings` and the docs; the texts are shown by `gettext`."""

    group: str
    label: str
    help: str
    low: int = 0
    high: int = 100_000
    choices: tuple[str, ...] = ()


WORDINGS: dict[str, Wording] = {
    "comment_moderation": Wording(
        N_("Moderation"), N_("Hold every comment"), N_("Every comment waits for a moderator.")
    ),
    "comment_previously_approved": Wording(
        N_("Moderation"),
        N_("Hold first comments"),
        N_("A writer waits until one comment from the same browser or account has been approved."),
    ),
    "comment_approvals_needed": Wording(
        N_("Moderation"),
        N_("Approved comments that make a writer known"),
        N_("Approved comments that a writer needs before new ones are published at once."),
        1,
        100,
    ),
    "comment_confirmed_address": Wording(
        N_("Moderation"),
        N_("A confirmed address makes a writer known in another browser"),
        N_("Comments approved under the same email count, once the address was confirmed in this browser too."),
    ),
    "require_confirmed_address": Wording(
        N_("Moderation"),
        N_("Ask first writers to confirm their address"),
        N_(
            "A first comment that a rule holds comes into the queue only after its writer confirmed the address by"
            " mail; after two days without that it is removed."
        ),
    ),
    "comment_max_links": Wording(
        N_("Moderation"),
        N_("Hold at this many links"),
        N_("Comments with this many links or more wait for a moderator; 0 turns this off."),
    ),
    "link_domain_spam": Wording(
        N_("Moderation"),
        N_("Hold links to a domain in this many spam comments"),
        N_("Only if no approved comment links to it; 0 turns this off."),
        high=50,
    ),
    "near_duplicates": Wording(
        N_("Moderation"),
        N_("Hold at this many similar comments"),
        N_("Others sent the same text, but for a few words, within a month on any post; 0 turns this off."),
        high=20,
    ),
    "comment_burst": Wording(
        N_("Moderation"),
        N_("Hold a post's comments at this many in ten minutes"),
        N_("Only if that is five times as many as usual on that post; 0 turns this off."),
        high=200,
    ),
    "moderation_keys": Wording(
        N_("Moderation"),
        N_("Moderated words"),
        N_(
            "One a line. Whole words match; * stands for all but a blank (*word* matches inside others); 203.0.113.0/24"
            " is a network. Searched are the text, name, web address, email, IP address and browser."
        ),
    ),
    "disallowed_keys": Wording(
        N_("Moderation"),
        N_("Disallowed words"),
        N_("Comments with one of these go to the trash. Written like the moderated words; the writer is not told."),
    ),
    "require_name_email": Wording(N_("The form"), N_("Require name and email"), N_("When off, both may be empty.")),
    "api_anonymous_comments": Wording(
        N_("The form"),
        N_("Take comments of visitors from programs"),
        N_("Comments that come in by /wp-json/ without an account go through the same rules as those from the form."),
    ),
    "comment_flood_seconds": Wording(
        N_("Limits"),
        N_("Seconds between two comments"),
        N_("From the same network, email or browser; 0 turns this off."),
        high=86_400,
    ),
    "comment_network_limit": Wording(N_("Limits"), N_("Comments a minute from one network"), N_("0 turns this off.")),
    "thread_comments_depth": Wording(
        N_("The page"), N_("Depth of threads"), N_("Deeper replies are shown on the last level."), 1, 10
    ),
    "comments_per_page": Wording(N_("The page"), N_("Threads on a page"), "", 1, 500),
    "comment_order": Wording(
        N_("The page"), N_("Order"), N_("Oldest first (asc) or newest first (desc)."), choices=("asc", "desc")
    ),
    "comment_marks": Wording(
        N_("The page"),
        N_("Marks of readers"),
        N_("thanks: “Thank you”; mind: “This changed my mind”. Counted once a browser, without an account."),
        choices=("off", "thanks", "mind"),
    ),
    "comment_reports": Wording(
        N_("Moderation"),
        N_("Hold a public comment at this many reports"),
        N_("Reports of readers show in the queue; 0: they hold nothing by themselves."),
        high=1_000,
    ),
    "default_comment_status": Wording(
        N_("Closing"), N_("New posts are"), N_("For posts whose file does not say."), choices=("open", "closed")
    ),
    "default_ping_status": Wording(
        N_("Closing"),
        N_("Mentions of other sites are"),
        N_("For posts that take comments."),
        choices=("open", "closed"),
    ),
    "default_pingback_flag": Wording(
        N_("Closing"), N_("Send mentions"), N_("To each site that a new or changed post links to.")
    ),
    "close_comments_for_old_posts": Wording(
        N_("Closing"), N_("Close old posts"), N_("After the days below, from publication.")
    ),
    "close_comments_days_old": Wording(N_("Closing"), N_("Days until a post is old"), "", high=36_500),
    "close_comments_quiet_days": Wording(
        N_("Closing"),
        N_("Close after quiet days"),
        N_("Days after the last approved comment; 0 or off: never."),
        high=36_500,
    ),
    "closing_grace_minutes": Wording(
        N_("Closing"),
        N_("Grace for open forms, in minutes"),
        N_("How long open forms are accepted after a closing by date, age or silence; a closing by hand acts at once."),
        high=1_440,
    ),
    "empty_trash_days": Wording(
        N_("Retention"), N_("Days in the trash"), N_("Then a comment is deleted permanently; 0: never."), high=36_500
    ),
    "empty_spam_days": Wording(
        N_("Retention"), N_("Days in spam"), N_("Then a comment is deleted permanently; 0: never."), high=36_500
    ),
    "keep_ip_days": Wording(
        N_("Retention"),
        N_("Days to keep IP address and browser"),
        N_("Then both are erased; only moderators see them; 0: as long as the comment."),
        high=36_500,
    ),
    "filter_mode": Wording(
        N_("The filter"),
        N_("What the learning filter may do"),
        N_("advise: show a score. hold: also hold probable spam. spam: also move the surest to spam."),
        choices=("off", "advise", "hold", "spam"),
    ),
    "filter_hold_at": Wording(
        N_("The filter"), N_("Score to hold at, in percent"), N_("In the modes hold and spam."), 50, 100
    ),
    "filter_spam_at": Wording(
        N_("The filter"), N_("Score to mark as spam at, in percent"), N_("In the mode spam."), 50, 100
    ),
    "queue_promise_hours": Wording(
        N_("The desk"),
        N_("Hours within which comments are reviewed"),
        N_("The overview warns when the oldest comment has waited longer; 0 turns this off."),
        high=8_760,
    ),
    "outbox_delay_seconds": Wording(
        N_("The desk"),
        N_("Seconds until mail and webhooks tell of a decision"),
        N_("Undo within this time, and nobody is told; 0 sends at once."),
        high=86_400,
    ),
    "rejection_reasons": Wording(
        N_("The desk"),
        N_("Suggested reasons"),
        N_("One a line, suggested with every decision; others can be typed. The writer sees them only if told."),
    ),
    "word_list_role": Wording(
        N_("The desk"),
        N_("Lists may be changed by"),
        N_(
            "The lowest role that may change word lists and suggested reasons. Every moderator can read them and try"
            " them on past comments."
        ),
        choices=("admin", "editor", "moderator"),
    ),
}
