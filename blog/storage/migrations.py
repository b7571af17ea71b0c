"""The schema, as migrations that are only ever added to.

Times are ISO 8601 UTC text with milliseconds (`2026-05-07T09:31:00.000Z`), so that text order is time order.
Row 0 of `comment_counts` and of `closures` stands for the whole site.
"""

import secrets

from sqlite_utils import Database, Migrations
from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]  # pysqlite3 where it is installed

from blog.errors import Unusable

migrations = Migrations("blog")
SECURE_SEARCH = (3, 42, 0)  # https://sqlite.org/fts5.html, the secure-delete option


def migrate(db: Database) -> list[str]:
    """Bring `db` up to date in one transaction; return the names that ran.

    Raises Unusable, and changes nothing, when `db` is newer than this program or belongs to another one.
    """
    db.conn.execute("begin immediate")
    try:
        check(db, empty=True)
        pending = [migration.name for migration in migrations.pending(db)]
        migrations.apply(db)
    except BaseException:
        db.conn.execute("rollback")
        raise
    db.conn.execute("commit")
    return pending


def check(db: Database, *, name: str = "blog.db", empty: bool = False) -> list[str]:
    """Return which migrations a database still wants; `empty` says that one without tables will do.

    Raises Unusable when it is newer than this program or belongs to another one.
    """
    known = [migration.name for migration in migrations._migrations]
    applied = {migration.name for migration in migrations.applied(db)}
    if strange := sorted(applied - set(known)):
        raise Unusable(
            f"{name} was written by a newer Afterword (it has {', '.join(strange)}). Install that version, or"
            " bring back a copy from before the upgrade."
        )
    if not applied and (db.table_names() or not empty):
        raise Unusable(f"{name} is the database of another program: it has no tables of Afterword's.")
    return [each for each in known if each not in applied]


def _run(db: Database, statements: str) -> None:
    """Execute statements parted by empty lines (`executescript` would commit)."""
    for statement in statements.strip().split("\n\n"):
        db.conn.execute(statement)


@migrations(name="0001_site")
def _site(db: Database) -> None:
    _run(
        db,
        """
        create table site (
          id integer primary key check (id = 1),
          secret text not null,
          setup_hash text not null default '',
          version integer not null default 1,
          posts_version integer not null default 1
        ) strict

        create table settings (
          name text primary key,
          value text not null
        ) strict, without rowid

        create trigger settings_added after insert on settings begin
          update site set version = version + 1;
        end

        create trigger settings_changed after update on settings begin
          update site set version = version + 1;
        end

        create trigger settings_removed after delete on settings begin
          update site set version = version + 1;
        end

        create table accounts (
          id integer primary key,
          name text not null unique collate nocase,
          email text not null default '',
          role text not null check (role in ('admin', 'editor', 'author', 'moderator')),
          password_hash text not null,
          created_at text not null,
          removed_at text
        ) strict

        create table sessions (
          token_hash text primary key,
          account_id integer not null references accounts (id),
          created_at text not null,
          seen_at text not null,
          expires_at text not null,
          ip text not null,
          user_agent text not null
        ) strict, without rowid

        create index sessions_of_account on sessions (account_id)
        """,
    )
    db.conn.execute("insert into site (id, secret) values (1, ?)", [secrets.token_urlsafe(32)])


@migrations(name="0002_posts")
def _posts(db: Database) -> None:
    _run(
        db,
        """
        create table posts (
          id integer primary key autoincrement,
          slug text not null unique,
          path text not null unique,
          title text not null,
          author text not null,
          summary text not null,
          tags text not null default '[]' check (json_valid(tags)),
          language text not null default '',
          body_html text not null,
          status text not null check (status in ('draft', 'published', 'withdrawn')),
          published_at text not null,
          updated_at text,
          comments_mode text check (comments_mode in ('open', 'moderated', 'replies-only', 'closed')),
          closing_note text not null default '',
          source_hash text not null,
          source_key text unique,
          approved integer not null default 0 check (approved >= 0),
          version integer not null default 1
        ) strict

        create index posts_newest on posts (published_at desc, id desc) where status = 'published'

        create index posts_by_author on posts (author collate nocase)

        create trigger posts_seen_anew after update of version on posts begin
          update site set posts_version = posts_version + 1;
        end

        create trigger posts_added after insert on posts begin
          update site set posts_version = posts_version + 1;
        end

        create trigger posts_removed after delete on posts begin
          update site set posts_version = posts_version + 1;
        end
        """,
    )


@migrations(name="0003_comments")
def _comments(db: Database) -> None:
    # Of two indexes that would do alike SQLite takes the one made last: comments_in_thread, not comments_roots.
    _run(
        db,
        """
        create table comments (
          id integer primary key autoincrement,
          post_id integer not null references posts (id),
          parent_id integer references comments (id),
          root_id integer references comments (id),
          status text not null check (status in ('approved', 'pending', 'spam', 'trash', 'deleted')),
          author text not null,
          email text not null,
          url text not null,
          text text not null,
          text_html text not null,
          text_hash text not null,
          account_id integer references accounts (id),
          reader_hash text,
          remember integer not null default 0 check (remember in (0, 1)),
          ip text not null,
          network text not null,
          user_agent text not null,
          verdict text not null check (verdict in ('allow', 'hold', 'spam', 'trash')),
          rule text not null,
          reason text not null,
          score real,
          created_at text not null,
          edited_at text,
          version integer not null default 1,
          source text not null check (source in ('web', 'command', 'import')),
          source_key text,
          replies integer not null default 0 check (replies >= 0),
          approved_in_thread integer not null default 0 check (approved_in_thread >= 0),
          check ((parent_id is null) = (root_id is null))
        ) strict

        create index comments_queue on comments (status, id)

        create index comments_of_post on comments (post_id, status, id)

        create index comments_newest on comments (post_id, created_at) where status = 'approved'

        create index comments_threads on comments (post_id, id) where root_id is null and approved_in_thread > 0

        create index comments_roots on comments (root_id) where root_id is not null

        create index comments_in_thread on comments (root_id, id)
          where root_id is not null and (status = 'approved' or replies > 0)

        create index comments_replies on comments (parent_id) where parent_id is not null

        create index comments_by_reader on comments (reader_hash, created_at) where reader_hash is not null

        create index comments_trusting_reader on comments (reader_hash)
          where reader_hash is not null and status = 'approved'

        create index comments_trusting_account on comments (account_id)
          where account_id is not null and status = 'approved'

        create index comments_by_account on comments (account_id, id) where account_id is not null

        create index comments_by_email on comments (lower(email), created_at) where email <> ''

        create index comments_by_network on comments (network, created_at) where network <> ''

        create index comments_same_text on comments (post_id, text_hash)

        create unique index comments_imported on comments (post_id, source_key) where source_key is not null

        create table comment_counts (
          post_id integer not null,
          status text not null,
          n integer not null check (n >= 0),
          primary key (post_id, status)
        ) strict, without rowid

        create trigger comments_added after insert on comments begin
          insert into comment_counts (post_id, status, n) values (new.post_id, new.status, 1), (0, new.status, 1)
            on conflict (post_id, status) do update set n = n + 1;
          update comments set replies = replies + 1 where id = new.parent_id;
          update comments set approved_in_thread = approved_in_thread + 1
            where id = coalesce(new.root_id, new.id) and new.status = 'approved';
          update posts set approved = approved + 1, version = version + 1
            where id = new.post_id and new.status = 'approved';
        end

        create trigger comments_moved after update of status on comments when old.status <> new.status begin
          update comment_counts set n = n - 1 where post_id in (0, new.post_id) and status = old.status;
          insert into comment_counts (post_id, status, n) values (new.post_id, new.status, 1), (0, new.status, 1)
            on conflict (post_id, status) do update set n = n + 1;
          update comments
            set approved_in_thread = approved_in_thread + (new.status = 'approved') - (old.status = 'approved')
            where id = coalesce(new.root_id, new.id) and 'approved' in (old.status, new.status);
          update posts
            set approved = approved + (new.status = 'approved') - (old.status = 'approved'), version = version + 1
            where id = new.post_id and ('approved' in (old.status, new.status) or new.replies > 0);
        end

        create trigger comments_gone after delete on comments begin
          update comment_counts set n = n - 1 where post_id in (0, old.post_id) and status = old.status;
          update comments set replies = replies - 1 where id = old.parent_id;
          update comments set approved_in_thread = approved_in_thread - 1
            where id = old.root_id and old.status = 'approved';
          update posts set approved = approved - 1, version = version + 1
            where id = old.post_id and old.status = 'approved';
        end

        create trigger comments_edited after update of author, url, text_html on comments begin
          update posts set version = version + 1 where id = new.post_id and new.status = 'approved';
        end

        create virtual table comments_search using fts5 (
          text, author, email, url, ip, content = 'comments', content_rowid = 'id', tokenize = 'trigram'
        )

        create trigger comments_search_added after insert on comments begin
          insert into comments_search (rowid, text, author, email, url, ip)
            values (new.id, new.text, new.author, new.email, new.url, new.ip);
        end

        create trigger comments_search_edited after update of text, author, email, url, ip on comments begin
          insert into comments_search (comments_search, rowid, text, author, email, url, ip)
            values ('delete', old.id, old.text, old.author, old.email, old.url, old.ip);
          insert into comments_search (rowid, text, author, email, url, ip)
            values (new.id, new.text, new.author, new.email, new.url, new.ip);
        end

        create trigger comments_search_gone after delete on comments begin
          insert into comments_search (comments_search, rowid, text, author, email, url, ip)
            values ('delete', old.id, old.text, old.author, old.email, old.url, old.ip);
        end
        """,
    )


@migrations(name="0004_journal")
def _journal(db: Database) -> None:
    _run(
        db,
        """
        create table batches (
          id integer primary key autoincrement,
          kind text not null,
          at text not null,
          account_id integer references accounts (id),
          source text not null check (source in ('web', 'command', 'import', 'rule')),
          reason text not null default '',
          moved integer not null default 0,
          reverses integer references batches (id),
          undone_by integer references batches (id)
        ) strict

        create table events (
          id integer primary key autoincrement,
          batch_id integer references batches (id),
          at text not null,
          kind text not null,
          comment_id integer,
          post_id integer,
          account_id integer references accounts (id),
          source text not null check (source in ('web', 'command', 'import', 'rule')),
          before text not null default '',
          after text not null default '',
          rule text not null default '',
          reason text not null default ''
        ) strict

        create index events_of_comment on events (comment_id, id) where comment_id is not null

        create index events_of_batch on events (batch_id, id) where batch_id is not null

        create index events_of_post on events (post_id, id) where comment_id is null and post_id is not null

        create index events_alone on events (id) where batch_id is null and kind not in ('submit', 'purge')

        create trigger events_counted after insert on events when new.batch_id is not null begin
          update batches set moved = moved + 1 where id = new.batch_id;
        end

        create trigger events_never_replaced before insert on events
        when exists (select 1 from events where id = new.id) begin
          select raise(abort, 'The journal is append-only.');
        end

        create trigger events_never_change before update on events begin
          select raise(abort, 'The journal is append-only.');
        end

        create trigger events_never_go before delete on events begin
          select raise(abort, 'The journal is append-only.');
        end

        create table closures (
          post_id integer primary key,
          mode text not null check (mode in ('open', 'moderated', 'replies-only', 'closed')),
          note text not null default '',
          until text,
          at text not null,
          account_id integer references accounts (id),
          source text not null
        ) strict

        create trigger closures_made after insert on closures begin
          update posts set version = version + 1 where id = new.post_id;
          update site set version = version + 1 where new.post_id = 0;
          update site set posts_version = posts_version + 1;
        end

        create trigger closures_changed after update on closures begin
          update posts set version = version + 1 where id = new.post_id;
          update site set version = version + 1 where new.post_id = 0;
          update site set posts_version = posts_version + 1;
        end

        create trigger closures_lifted after delete on closures begin
          update posts set version = version + 1 where id = old.post_id;
          update site set version = version + 1 where old.post_id = 0;
          update site set posts_version = posts_version + 1;
        end
        """,
    )


@migrations(name="0005_desk")
def _desk(db: Database) -> None:
    _run(
        db,
        """
        create table rule_counts (
          status text not null,
          rule text not null,
          n integer not null check (n >= 0),
          primary key (status, rule)
        ) strict, without rowid

        insert into rule_counts (status, rule, n) select status, rule, count(*) from comments group by status, rule

        create index comments_by_rule on comments (status, rule, id)

        create trigger rules_added after insert on comments begin
          insert into rule_counts (status, rule, n) values (new.status, new.rule, 1)
            on conflict (status, rule) do update set n = n + 1;
        end

        create trigger rules_moved after update of status on comments when old.status <> new.status begin
          update rule_counts set n = n - 1 where status = old.status and rule = old.rule;
          insert into rule_counts (status, rule, n) values (new.status, new.rule, 1)
            on conflict (status, rule) do update set n = n + 1;
        end

        create trigger rules_gone after delete on comments begin
          update rule_counts set n = n - 1 where status = old.status and rule = old.rule;
        end

        create table day_counts (
          day text not null,
          status text not null,
          n integer not null check (n >= 0),
          primary key (day, status)
        ) strict, without rowid

        insert into day_counts (day, status, n)
          select substr(created_at, 1, 10), status, count(*) from comments group by 1, 2

        create trigger days_added after insert on comments begin
          insert into day_counts (day, status, n) values (substr(new.created_at, 1, 10), new.status, 1)
            on conflict (day, status) do update set n = n + 1;
        end

        create trigger days_moved after update of status on comments when old.status <> new.status begin
          update day_counts set n = n - 1 where day = substr(new.created_at, 1, 10) and status = old.status;
          insert into day_counts (day, status, n) values (substr(new.created_at, 1, 10), new.status, 1)
            on conflict (day, status) do update set n = n + 1;
        end

        create trigger days_gone after delete on comments begin
          update day_counts set n = n - 1 where day = substr(old.created_at, 1, 10) and status = old.status;
        end

        create table comment_domains (
          domain text not null,
          comment_id integer not null references comments (id) on delete cascade,
          primary key (domain, comment_id)
        ) strict, without rowid

        create index domains_of_comment on comment_domains (comment_id)

        create table revisions (
          id integer primary key autoincrement,
          comment_id integer not null,
          batch_id integer not null references batches (id),
          at text not null,
          author text not null,
          url text not null,
          text text not null,
          text_html text not null,
          text_hash text not null,
          edited_at text
        ) strict

        create index revisions_of_comment on revisions (comment_id, id)

        create index revisions_of_batch on revisions (batch_id)

        create table notes (
          id integer primary key autoincrement,
          comment_id integer not null references comments (id) on delete cascade,
          account_id integer references accounts (id),
          at text not null,
          text text not null
        ) strict

        create index notes_of_comment on notes (comment_id, id)

        create table standings (
          kind text not null check (kind in ('reader', 'email', 'network', 'domain')),
          value text not null,
          standing text not null check (standing in ('trusted', 'banned')),
          until text,
          reason text not null default '',
          at text not null,
          account_id integer references accounts (id),
          primary key (kind, value)
        ) strict, without rowid

        create index batches_by_time on batches (at)

        create table standing_changes (
          batch_id integer primary key references batches (id),
          before text not null,
          after text not null
        ) strict

        alter table accounts add column keys integer not null default 1 check (keys in (0, 1))

        alter table comments add column later integer not null default 0 check (later in (0, 1))

        alter table comments add column locked integer not null default 0 check (locked in (0, 1))

        create trigger threads_locked after update of locked on comments when old.locked <> new.locked begin
          update posts set version = version + 1 where id = new.post_id;
        end
        """,
    )


@migrations(name="0006_queue")
def _queue(db: Database) -> None:
    # `moves` keeps where a comment was; the trigger keeps the counts that one of another post or thread changes.
    _run(
        db,
        """
        create table moves (
          batch_id integer not null references batches (id),
          comment_id integer not null,
          post_id integer not null,
          parent_id integer,
          primary key (batch_id, comment_id)
        ) strict, without rowid

        create index moves_from_post on moves (post_id)

        create trigger comments_relocated after update of post_id, parent_id, root_id on comments
        when old.post_id <> new.post_id or old.parent_id is not new.parent_id or old.root_id is not new.root_id begin
          update comment_counts set n = n - 1
            where old.post_id <> new.post_id and post_id = old.post_id and status = old.status;
          insert into comment_counts (post_id, status, n)
            select new.post_id, new.status, 1 where old.post_id <> new.post_id
            on conflict (post_id, status) do update set n = n + 1;
          update comments set replies = replies - 1 where id = old.parent_id and old.parent_id is not new.parent_id;
          update comments set replies = replies + 1 where id = new.parent_id and old.parent_id is not new.parent_id;
          update comments set approved_in_thread = approved_in_thread - 1
            where id = coalesce(old.root_id, old.id) and old.status = 'approved';
          update comments set approved_in_thread = approved_in_thread + 1
            where id = coalesce(new.root_id, new.id) and new.status = 'approved';
          update posts set approved = approved - (old.status = 'approved' and old.post_id <> new.post_id),
            version = version + 1
            where id = old.post_id and (old.status = 'approved' or old.replies > 0);
          update posts set approved = approved + (new.status = 'approved' and old.post_id <> new.post_id),
            version = version + 1
            where id = new.post_id and (new.status = 'approved' or new.replies > 0);
        end

        create index comments_later on comments (status, id) where later = 1

        alter table accounts add column feed text not null default ''

        create unique index accounts_by_feed on accounts (feed) where feed <> ''
        """,
    )


@migrations(name="0007_rules")
def _rules(db: Database) -> None:
    # `facts` is what the rules were told of a comment when it came in, so that they can be asked again; `head_hash` and
    # `tail_hash` find the same text with words changed in its other half.
    _run(
        db,
        """
        alter table comments add column facts text not null default ''

        alter table comments add column head_hash text

        alter table comments add column tail_hash text

        create index comments_by_head on comments (head_hash, id) where head_hash is not null

        create index comments_by_tail on comments (tail_hash, id) where tail_hash is not null

        create index comments_arrivals on comments (post_id, id, created_at)
        """,
    )


@migrations(name="0008_closing")
def _closing(db: Database) -> None:
    # What a post's file says of its closing, and the time zone in which its days are counted.
    _run(
        db,
        """
        alter table posts add column close_on text

        alter table posts add column close_after integer check (close_after >= 0)

        alter table posts add column close_quiet integer check (close_quiet >= 0)

        alter table posts add column timezone text not null default 'UTC'
        """,
    )


@migrations(name="0009_pages")
def _pages(db: Database) -> None:
    # `feed_key` names a post in feeds for ever; `name` is the `id` of its file; `text` are its words, for the search.
    # A post page shows its neighbours and the menu: what changes those moves the version of the whole site.
    _run(
        db,
        """
        alter table posts add column kind text not null default 'post' check (kind in ('post', 'page'))

        alter table posts add column name text

        alter table posts add column feed_key text not null default ''

        alter table posts add column image text not null default ''

        alter table posts add column canonical text not null default ''

        alter table posts add column menu integer

        alter table posts add column excerpt_html text not null default ''

        alter table posts add column text text not null default ''

        alter table posts add column tag_slugs text not null default '[]' check (json_valid(tag_slugs))

        alter table posts add column author_slug text not null default ''

        alter table posts add column source_stat text not null default ''

        update posts set feed_key = path

        create unique index posts_by_name on posts (name) where name is not null

        create index posts_by_hash on posts (source_hash)

        create index posts_of_author on posts (author_slug, published_at desc, id desc)
          where status = 'published' and kind = 'post'

        create index posts_of_menu on posts (menu, id) where menu is not null and status = 'published'

        drop index posts_newest

        create index posts_newest on posts (published_at desc, id desc) where status = 'published' and kind = 'post'

        create index pages_due on posts (published_at) where status = 'published' and kind = 'page'

        create table old_addresses (
          address text primary key,
          post_id integer not null references posts (id) on delete cascade,
          given integer not null check (given in (0, 1))
        ) strict, without rowid

        create index old_addresses_of_post on old_addresses (post_id)

        create table post_tags (
          slug text not null,
          post_id integer not null references posts (id) on delete cascade,
          name text not null,
          primary key (slug, post_id)
        ) strict, without rowid

        create index tags_of_post on post_tags (post_id)

        create trigger tags_added after insert on posts begin
          insert or ignore into post_tags (slug, post_id, name)
            select s.value, new.id, n.value from json_each(new.tag_slugs) s join json_each(new.tags) n on n.key = s.key;
        end

        create trigger tags_changed after update of tags, tag_slugs on posts
        when old.tags <> new.tags or old.tag_slugs <> new.tag_slugs begin
          delete from post_tags where post_id = new.id;
          insert or ignore into post_tags (slug, post_id, name)
            select s.value, new.id, n.value from json_each(new.tag_slugs) s join json_each(new.tags) n on n.key = s.key;
        end

        create trigger neighbours_came after insert on posts begin
          update site set version = version + 1;
        end

        create trigger neighbours_went after delete on posts begin
          update site set version = version + 1;
        end

        create trigger neighbours_changed
        after update of slug, title, summary, status, kind, menu, published_at, body_html on posts
        when new.kind = 'page' or old.kind = 'page' or old.slug <> new.slug or old.title <> new.title
          or old.status <> new.status or old.published_at <> new.published_at begin
          update site set version = version + 1;
        end

        create virtual table posts_search using fts5 (
          title, summary, tags, text, content = 'posts', content_rowid = 'id',
          tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
        )

        insert into posts_search (posts_search) values ('rebuild')

        create trigger posts_search_added after insert on posts begin
          insert into posts_search (rowid, title, summary, tags, text)
            values (new.id, new.title, new.summary, new.tags, new.text);
        end

        create trigger posts_search_changed after update of title, summary, tags, text on posts
        when old.title <> new.title or old.summary <> new.summary or old.tags <> new.tags or old.text <> new.text begin
          insert into posts_search (posts_search, rowid, title, summary, tags, text)
            values ('delete', old.id, old.title, old.summary, old.tags, old.text);
          insert into posts_search (rowid, title, summary, tags, text)
            values (new.id, new.title, new.summary, new.tags, new.text);
        end

        create trigger posts_search_gone after delete on posts begin
          insert into posts_search (posts_search, rowid, title, summary, tags, text)
            values ('delete', old.id, old.title, old.summary, old.tags, old.text);
        end
        """,
    )


@migrations(name="0010_writing")
def _writing(db: Database) -> None:
    # What somebody typed in the editor and did not save yet.
    _run(
        db,
        """
        create table unsaved (
          post_id integer not null references posts (id) on delete cascade,
          account_id integer not null references accounts (id),
          text text not null,
          base text not null,
          saved_at text not null,
          primary key (post_id, account_id)
        ) strict, without rowid

        create index unsaved_of_account on unsaved (account_id)
        """,
    )


@migrations(name="0011_filter")
def _filter(db: Database) -> None:
    # The training set: a comment's id, or a given line's id below zero. What moderators decided before is learned too.
    _run(
        db,
        """
        create table filter_lines (
          id integer primary key autoincrement,
          batch_id integer not null references batches (id),
          hash text not null,
          label text not null check (label in ('spam', 'ham')),
          text text not null,
          author text not null,
          email text not null,
          url text not null
        ) strict

        create index filter_lines_of_batch on filter_lines (batch_id)

        create index filter_lines_same on filter_lines (hash)

        create table filter_examples (
          key integer primary key,
          label text not null check (label in ('', 'spam', 'ham')),
          learned text not null default '' check (learned in ('', 'spam', 'ham')),
          stale integer not null default 0 check (stale in (0, 1)),
          features blob
        ) strict

        create index filter_pending on filter_examples (key) where label <> learned or stale = 1

        create index filter_learned on filter_examples (learned, key) where learned <> ''

        create table filter_words (
          number integer primary key,
          name text not null,
          spam integer not null,
          ham integer not null
        ) strict

        create table filter_state (
          id integer primary key check (id = 1),
          spam integer not null default 0 check (spam >= 0),
          ham integer not null default 0 check (ham >= 0),
          spam_words integer not null default 0 check (spam_words >= 0),
          ham_words integer not null default 0 check (ham_words >= 0),
          different integer not null default 0 check (different >= 0),
          digest integer not null default 0
        ) strict

        insert into filter_state (id) values (1)

        create table filter_fit (
          id integer primary key check (id = 1),
          digest integer not null,
          at text not null,
          weights blob not null,
          curve text not null default ''
        ) strict

        create trigger filter_word_added after insert on filter_words begin
          update filter_state set different = different + 1;
        end

        create trigger filter_word_gone after delete on filter_words begin
          update filter_state set different = different - 1;
        end

        create trigger filter_text_changed after update of text, author, email, url on comments
        when new.text <> '' and (old.text <> new.text or old.author <> new.author or old.email <> new.email
          or old.url <> new.url) begin
          update filter_examples set stale = 1 where key = new.id;
        end

        alter table comments add column weighed text not null default ''

        create index comments_by_score on comments (status, coalesce(score, -1), id)

        insert into filter_examples (key, label)
          select id, label from (
            select c.id, (select case x.kind when 'spam' then 'spam' when 'unapprove' then '' else 'ham' end
              from events x join batches b on b.id = x.batch_id
              where x.comment_id = c.id and b.undone_by is null and x.source in ('web', 'command')
                and (x.kind in ('approve', 'spam', 'unapprove') or (x.kind = 'restore' and x.before = 'spam'))
              order by x.id desc limit 1) as label
            from comments c where c.text <> ''
          ) where label <> ''
        """,
    )


@migrations(name="0012_speed")
def _speed(db: Database) -> None:
    # `posts.threads` are the threads that readers see. What is later than `site.searched` is not in the full-text index
    # yet: it is fed in batches when the site has time, so that no comment waits for it.
    _run(
        db,
        """
        alter table posts add column threads integer not null default 0 check (threads >= 0)

        update posts set threads = (select count(*) from comments c
          where c.post_id = posts.id and c.root_id is null and c.approved_in_thread > 0)

        create trigger threads_changed after update of post_id, root_id, approved_in_thread on comments
        when (old.root_id is null and old.approved_in_thread > 0)
            <> (new.root_id is null and new.approved_in_thread > 0)
          or (old.post_id <> new.post_id and new.root_id is null and new.approved_in_thread > 0) begin
          update posts set threads = threads - 1
            where id = old.post_id and old.root_id is null and old.approved_in_thread > 0;
          update posts set threads = threads + 1
            where id = new.post_id and new.root_id is null and new.approved_in_thread > 0;
        end

        create trigger threads_gone after delete on comments
        when old.root_id is null and old.approved_in_thread > 0 begin
          update posts set threads = threads - 1 where id = old.post_id;
        end

        alter table site add column searched integer not null default 0

        update site set searched = (select coalesce(max(id), 0) from comments)

        drop trigger comments_search_added

        drop trigger comments_search_edited

        drop trigger comments_search_gone

        create trigger comments_search_edited after update of text, author, email, url, ip on comments
        when old.id <= (select searched from site) begin
          insert into comments_search (comments_search, rowid, text, author, email, url, ip)
            values ('delete', old.id, old.text, old.author, old.email, old.url, old.ip);
          insert into comments_search (rowid, text, author, email, url, ip)
            values (new.id, new.text, new.author, new.email, new.url, new.ip);
        end

        create trigger comments_search_gone after delete on comments
        when old.id <= (select searched from site) begin
          insert into comments_search (comments_search, rowid, text, author, email, url, ip)
            values ('delete', old.id, old.text, old.author, old.email, old.url, old.ip);
        end

        """,
    )


@migrations(name="0013_vault")
def _vault(db: Database) -> None:
    # What is still to be forgotten, oldest first. FTS5 otherwise keeps what was deleted until its parts are merged.
    _run(
        db,
        """
        create index comments_with_machine on comments (created_at) where ip <> '' or user_agent <> ''
        """,
    )
    if sqlite3.sqlite_version_info >= SECURE_SEARCH:
        db.conn.execute("insert into comments_search (comments_search, rank) values ('secure-delete', 1)")


@migrations(name="0014_door")
def _door(db: Database) -> None:
    # `confirmed_at` is when the password (or a passkey) was last asked for in a session. Keys of failures are hashes.
    _run(
        db,
        """
        alter table sessions add column confirmed_at text not null default ''

        create table sign_in_failures (
          key text primary key,
          count integer not null check (count > 0),
          at text not null
        ) strict, without rowid

        create index failures_by_time on sign_in_failures (at)

        create table known_places (
          account_id integer not null references accounts (id),
          place text not null check (place <> ''),
          seen_at text not null,
          primary key (account_id, place)
        ) strict, without rowid

        create table passkeys (
          id integer primary key autoincrement,
          account_id integer not null references accounts (id),
          credential text not null unique,
          public_key blob not null,
          sign_count integer not null default 0,
          name text not null,
          created_at text not null,
          used_at text
        ) strict

        create index passkeys_of_account on passkeys (account_id)

        create table recovery_codes (
          account_id integer not null references accounts (id),
          code_hash text not null,
          primary key (account_id, code_hash)
        ) strict, without rowid

        create table used_challenges (
          hash text primary key,
          at text not null
        ) strict, without rowid
        """,
    )


# What stands between two blanks in the columns of a row that are searched, as an array in JSON. It is asked outside of
# migrations too, and must stay as the tokenizer of `comments_words` parts words: at blanks, tabs and ends of lines.
WORDS = """
    '[' || replace(json_quote(replace(replace(replace(
      {row}.text || ' ' || {row}.author || ' ' || {row}.email || ' ' || {row}.url || ' ' || {row}.ip,
      char(9), ' '), char(10), ' '), char(13), ' ')), ' ', '","') || ']'
"""
IN_SEARCH = ("comments_search", "comments_words")
DEFAULT, MUCH = 1 << 20, 1 << 25  # bytes that FTS5 gathers before it writes: with more a rebuild takes two thirds


@migrations(name="0015_finding")
def _finding(db: Database) -> None:
    # The indexes of comments count downwards (rowid = -id): FTS5 gives the lowest rowid first without reading on, and
    # the highest only after reading all. `comments_words` knows in which comments a word stands, from blank to blank,
    # `words_search` in which words a part of one stands. `day_counts.last` is no lower than the highest id of the day.
    columns = "rowid, text, author, email, url, ip"
    put = [
        f"insert into {name} ({columns}) values (-new.id, new.text, new.author, new.email, new.url, new.ip)"
        for name in IN_SEARCH
    ]
    cut = [
        f"insert into {name} ({name}, {columns}) values ('delete', -old.id, old.text, old.author, old.email, old.url,"
        " old.ip)"
        for name in IN_SEARCH
    ]
    old, new = (WORDS.format(row=row) for row in ("old", "new"))
    learn = f"insert or ignore into words (word) select lower(value) from json_each({new}) where value <> ''"
    forget = f"""delete from words where word in (select lower(value) from json_each({old}))
        and not exists (select 1 from comments_words where comments_words match '"' || replace(word, '"', '""') || '"')
    """
    edited, gone = "; ".join([*cut, *put, learn, forget]), "; ".join([*cut, forget])
    _run(
        db,
        f"""
        drop trigger comments_search_edited

        drop trigger comments_search_gone

        drop table comments_search

        create view comments_searched (number, text, author, email, url, ip) as
          select -id, text, author, email, url, ip from comments order by id desc

        create virtual table comments_search using fts5 (
          text, author, email, url, ip, content = 'comments_searched', content_rowid = 'number', tokenize = 'trigram'
        )

        create virtual table comments_words using fts5 (
          text, author, email, url, ip, content = 'comments_searched', content_rowid = 'number', detail = column,
          tokenize = "unicode61 remove_diacritics 0 categories 'L* M* N* P* S* Z* C*' separators ' \t\r\n'"
        )

        create table words (
          id integer primary key,
          word text not null unique
        ) strict

        create virtual table words_search using fts5 (
          word, content = 'words', content_rowid = 'id', tokenize = 'trigram'
        )

        insert into comments_search (comments_search, rank) values ('hashsize', {MUCH})

        insert into comments_search (comments_search) values ('rebuild')

        insert into comments_search (comments_search, rank) values ('hashsize', {DEFAULT})

        insert into comments_words (comments_words, rank) values ('hashsize', {MUCH})

        insert into comments_words (comments_words) values ('rebuild')

        insert into comments_words (comments_words, rank) values ('hashsize', {DEFAULT})

        insert or ignore into words (word)
          select lower(j.value) from comments c, json_each({WORDS.format(row="c")}) j where j.value <> ''

        insert into words_search (words_search) values ('rebuild')

        update site set searched = (select coalesce(max(id), 0) from comments)

        create trigger words_added after insert on words begin
          insert into words_search (rowid, word) values (new.id, new.word);
        end

        create trigger words_gone after delete on words begin
          insert into words_search (words_search, rowid, word) values ('delete', old.id, old.word);
        end

        create trigger comments_search_edited after update of text, author, email, url, ip on comments
        when old.id <= (select searched from site) begin
          {edited};
        end

        create trigger comments_search_gone after delete on comments
        when old.id <= (select searched from site) begin
          {gone};
        end

        create index comments_answered on comments (status, id) where replies > 0

        alter table day_counts add column last integer not null default 0

        update day_counts set last = d.last
          from (select substr(created_at, 1, 10) as day, max(id) as last from comments group by 1) d
          where d.day = day_counts.day

        drop trigger days_added

        drop trigger days_moved

        create trigger days_added after insert on comments begin
          insert into day_counts (day, status, n, last) values (substr(new.created_at, 1, 10), new.status, 1, new.id)
            on conflict (day, status) do update set n = n + 1, last = max(last, excluded.last);
        end

        create trigger days_moved after update of status on comments when old.status <> new.status begin
          update day_counts set n = n - 1 where day = substr(new.created_at, 1, 10) and status = old.status;
          insert into day_counts (day, status, n, last) values (substr(new.created_at, 1, 10), new.status, 1, new.id)
            on conflict (day, status) do update set n = n + 1, last = max(last, excluded.last);
        end
        """,
    )
    if sqlite3.sqlite_version_info >= SECURE_SEARCH:
        for name in (*IN_SEARCH, "words_search"):
            db.conn.execute(f"insert into {name} ({name}, rank) values ('secure-delete', 1)")


@migrations(name="0016_twice")
def _twice(db: Database) -> None:
    # Who sent the same before is found at once, also among very many who sent the same text. Its status is read from
    # its row: an index that named it would be written anew at each decision, in a random place for each comment.
    _run(
        db,
        """
        drop index comments_same_text

        create index comments_twice on comments (post_id, text_hash, lower(email), author)

        create index comments_twice_by_reader on comments (reader_hash, text_hash) where reader_hash is not null
        """,
    )


@migrations(name="0017_record")
def _record(db: Database) -> None:
    # What else came from an email stands beside each of its comments in the queue, and is told by the index alone: the
    # rows lie far from each other in a large table.
    _run(
        db,
        """
        drop index comments_by_email

        create index comments_by_email on comments (lower(email), created_at, status) where email <> ''
        """,
    )


@migrations(name="0018_places")
def _places(db: Database) -> None:
    # Each index whose keys lie anywhere costs a page of its own for each comment: at 64 clients that was a quarter of
    # the time. So what somebody sent before is found where all else from this browser, or from this email, is.
    _run(
        db,
        """
        drop index comments_twice

        drop index comments_twice_by_reader

        drop index comments_by_reader

        drop index comments_by_email

        create index comments_by_reader on comments (reader_hash, created_at, text_hash) where reader_hash is not null

        create index comments_by_email on comments (lower(email), created_at, status, text_hash) where email <> ''

        create index comments_twice on comments (post_id, text_hash, author) where email = ''
        """,
    )


@migrations(name="0019_heartbeat")
def _heartbeat(db: Database) -> None:
    # Written by the health check; no trigger, so that no page is made anew for it.
    _run(
        db,
        """
        create table heartbeat (
          id integer primary key check (id = 1),
          beats integer not null default 0,
          written_at text not null
        ) strict

        insert into heartbeat (id, written_at) values (1, '1970-01-01T00:00:00.000Z')
        """,
    )


@migrations(name="0020_drafts")
def _drafts(db: Database) -> None:
    # A draft that nobody ever saw holds no address: another post or page may take it.
    _run(
        db,
        """
        alter table posts add column was_published integer not null default 0 check (was_published in (0, 1))

        update posts set was_published = 1
        where status <> 'draft' or exists (select 1 from comments c where c.post_id = posts.id)
        """,
    )
