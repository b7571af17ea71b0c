-- The schema, in the order of its concepts: the site, people, posts, closing, comments, moderation, the journal, the
-- filter, the outbox, mail, other sites, operation, search.
--
-- Times are ISO 8601 text in UTC with milliseconds (2026-05-07T09:31:00.000Z), so that text order is time order.
-- Columns that end in _html hold rendered, trusted HTML; those that end in _hash hold a hash, never the secret itself.
-- In comment_counts and closures, post 0 stands for the whole site.


-- The site

-- One row. `version` rises when something changes on every page, `posts_version` when a post or its discussion does:
-- the page cache compares them. Comments with an id up to `searched` are in the full-text index; of those with an id up
-- to `forgotten` the IP address, network and browser are forgotten. The messages of events up to `notified` are in the
-- outbox; null: no messages have been sent yet. The messages to webhooks of events up to `hooked` are in the outbox.
-- `outbox_held` stops the outbox after a backup was restored or another machine took over. `purges` tells that there are
-- shared caches in front, so that what changes is noted for them. `epoch` counts the machines that took over.
create table site (
  id integer primary key check (id = 1),
  secret text not null,
  setup_hash text not null default '',
  version integer not null default 1,
  posts_version integer not null default 1,
  searched integer not null default 0,
  forgotten integer not null default 0,
  notified integer,
  hooked integer not null default 0,
  outbox_held integer not null default 0 check (outbox_held in (0, 1)),
  purges integer not null default 0 check (purges in (0, 1)),
  epoch integer not null default 1 check (epoch > 0)
) strict;

-- One row, which the health check writes to show that the disk takes writes. No trigger: no page is made anew for it.
create table heartbeat (
  id integer primary key check (id = 1),
  beats integer not null default 0,
  written_at text not null
) strict;

insert into heartbeat (id, written_at) values (1, '1970-01-01T00:00:00.000Z');

-- Discussion settings that differ from their defaults (blog/rules/policy.py).
create table settings (
  name text primary key,
  value text not null
) strict, without rowid;

create trigger settings_added after insert on settings begin
  update site set version = version + 1;
  update known_discussions set turns_at = '';
end;

create trigger settings_changed after update on settings begin
  update site set version = version + 1;
  update known_discussions set turns_at = '';
end;

create trigger settings_removed after delete on settings begin
  update site set version = version + 1;
  update known_discussions set turns_at = '';
end;


-- People

-- A removed account keeps its row, because the journal names it. `keys` turns the desk's single-letter keys on, `feed`
-- is the secret part of the address of the account's queue feed, '' without one. `language` is that of the desk, '' for
-- the site's.
create table accounts (
  id integer primary key,
  name text not null unique collate nocase,
  email text not null default '',
  role text not null check (role in ('admin', 'editor', 'author', 'moderator')),
  password_hash text not null,
  created_at text not null,
  removed_at text,
  keys integer not null default 1 check (keys in (0, 1)),
  feed text not null default '',
  language text not null default ''
) strict;

-- Find the account of a queue feed.
create unique index accounts_by_feed on accounts (feed) where feed <> '';

-- `confirmed_at` is when the password or a passkey was last asked for.
create table sessions (
  token_hash text primary key,
  account_id integer not null references accounts (id),
  created_at text not null,
  seen_at text not null,
  confirmed_at text not null default '',
  expires_at text not null,
  ip text not null,
  user_agent text not null
) strict, without rowid;

-- List and end the sessions of an account.
create index sessions_of_account on sessions (account_id);

create table passkeys (
  id integer primary key autoincrement,
  account_id integer not null references accounts (id),
  credential text not null unique,
  public_key blob not null,
  sign_count integer not null default 0,
  name text not null,
  created_at text not null,
  used_at text
) strict;

-- List the passkeys of an account.
create index passkeys_of_account on passkeys (account_id);

-- Challenges that a passkey has answered: each is accepted once.
create table used_challenges (
  hash text primary key,
  at text not null
) strict, without rowid;

create table recovery_codes (
  account_id integer not null references accounts (id),
  code_hash text not null,
  primary key (account_id, code_hash)
) strict, without rowid;

-- Passwords for programs. The token itself is shown once, when it is made. `uuid` names it in addresses, `app_id` is what
-- the program says it is, `used_ip` where it was used last. `rights` are the scopes of IndieAuth: such a token counts for
-- Micropub alone.
create table tokens (
  id integer primary key autoincrement,
  account_id integer not null references accounts (id),
  uuid text not null unique,
  token_hash text not null unique,
  label text not null,
  scope text not null check (scope in ('read', 'write', 'moderate')),
  app_id text not null default '',
  rights text not null default '',
  created_at text not null,
  used_at text,
  used_ip text not null default ''
) strict;

-- List the tokens of an account.
create index tokens_of_account on tokens (account_id);

-- Codes by which a program that somebody let in gets its token, once and within ten minutes (IndieAuth).
create table authorization_codes (
  code_hash text primary key,
  account_id integer not null references accounts (id),
  client_id text not null,
  redirect_uri text not null,
  challenge text not null,
  rights text not null,
  label text not null,
  created_at text not null,
  used_at text,
  token_uuid text
) strict, without rowid;

-- Wrong passwords by network and name; the keys are hashes.
create table sign_in_failures (
  key text primary key,
  count integer not null check (count > 0),
  at text not null
) strict, without rowid;

-- Forget old failures.
create index failures_by_time on sign_in_failures (at);

-- Networks from which an account has signed in before: they are not slowed by the failures of others.
create table known_places (
  account_id integer not null references accounts (id),
  place text not null check (place <> ''),
  seen_at text not null,
  primary key (account_id, place)
) strict, without rowid;


-- Posts

-- `path` is the file below posts/, `name` the `id` in its front matter, `feed_key` what names the post in feeds for
-- ever, `text` its words for the search, `source_hash` and `source_stat` tell whether the file has changed.
-- `deleted_at` is when it was deleted: its file is gone, and its comments wait for an undo. `removed` tells that a program
-- asked to delete it for good, so that it is not listed as trash any more; the undo works all the same.
-- `was_published` is 0 for a draft that nobody ever saw: it holds no address. `approved` and `threads` are counts for
-- readers, kept by triggers on comments.
create table posts (
  id integer primary key autoincrement,
  slug text not null unique,
  path text not null unique,
  kind text not null default 'post' check (kind in ('post', 'page')),
  status text not null check (status in ('draft', 'published', 'withdrawn')),
  published_at text not null,
  updated_at text,
  title text not null,
  author text not null,
  author_slug text not null default '',
  summary text not null,
  tags text not null default '[]' check (json_valid(tags)),
  tag_slugs text not null default '[]' check (json_valid(tag_slugs)),
  language text not null default '',
  timezone text not null default 'UTC',
  image text not null default '',
  canonical text not null default '',
  menu integer,
  body_html text not null,
  excerpt_html text not null default '',
  text text not null default '',
  comments_mode text check (comments_mode in ('open', 'moderated', 'replies-only', 'closed')),
  closing_note text not null default '',
  close_on text,
  close_after integer check (close_after >= 0),
  close_quiet integer check (close_quiet >= 0),
  name text,
  feed_key text not null default '',
  source_hash text not null,
  source_stat text not null default '',
  source_key text unique,
  approved integer not null default 0 check (approved >= 0),
  threads integer not null default 0 check (threads >= 0),
  version integer not null default 1,
  was_published integer not null default 0 check (was_published in (0, 1)),
  deleted_at text,
  removed integer not null default 0 check (removed in (0, 1))
) strict;

-- The lists of programs: counted, filtered and sorted without a look at the texts.
create index posts_listed on posts (kind, status, published_at, id, author collate nocase, title collate nocase, slug,
  deleted_at, removed, updated_at);

-- The front page and the archive; the neighbours of a post.
create index posts_newest on posts (published_at desc, id desc) where status = 'published' and kind = 'post';

-- The next page that is due.
create index pages_due on posts (published_at) where status = 'published' and kind = 'page';

-- What readers do not see, whose comments are taken from the kept counts (blog/comments/catalog.py).
create index posts_hidden on posts (id) where status <> 'published';

-- The public page of an author.
create index posts_of_author on posts (author_slug, published_at desc, id desc)
  where status = 'published' and kind = 'post';

-- The posts that an account with the role author may reach.
create index posts_by_author on posts (author collate nocase);

-- The menu of every page.
create index posts_of_menu on posts (menu, id) where menu is not null and status = 'published';

-- A file that moved: the post with the same id, or the same content.
create unique index posts_by_name on posts (name) where name is not null;

create index posts_by_hash on posts (source_hash);

create trigger posts_seen_anew after update of version on posts begin
  update site set posts_version = posts_version + 1;
  update known_discussions set turns_at = '' where post_id = new.id and turns_at is not '';
end;

create trigger posts_added after insert on posts begin
  update site set version = version + 1, posts_version = posts_version + 1;
  insert into known_discussions (post_id) values (new.id);
end;

create trigger posts_removed after delete on posts begin
  update site set version = version + 1, posts_version = posts_version + 1;
end;

-- Every post page shows the menu and its neighbours.
create trigger posts_changed_for_others
after update of slug, title, summary, status, kind, menu, published_at, body_html on posts
when new.kind = 'page' or old.kind = 'page' or old.slug <> new.slug or old.title <> new.title
  or old.status <> new.status or old.published_at <> new.published_at begin
  update site set version = version + 1;
end;

-- Addresses that lead to a post: `given` tells those that its file names from those that it once had.
create table old_addresses (
  address text primary key,
  post_id integer not null references posts (id) on delete cascade,
  given integer not null check (given in (0, 1))
) strict, without rowid;

-- The old addresses of a post.
create index old_addresses_of_post on old_addresses (post_id);

create table tags (
  id integer primary key autoincrement,
  slug text not null unique,
  name text not null
) strict;

create table post_tags (
  slug text not null,
  post_id integer not null references posts (id) on delete cascade,
  name text not null,
  primary key (slug, post_id)
) strict, without rowid;

-- The tags of a post.
create index tags_of_post on post_tags (post_id);

-- No "or ignore" in these: within the upsert that publishes a post it does not count.
create trigger tags_added after insert on posts begin
  insert into post_tags (slug, post_id, name)
    select s.value, new.id, n.value from json_each(new.tag_slugs) s join json_each(new.tags) n on n.key = s.key
    group by s.value having s.key = min(s.key);
  insert into tags (slug, name)
    select slug, name from post_tags where post_id = new.id and slug not in (select slug from tags);
end;

create trigger tags_changed after update of tags, tag_slugs on posts
when old.tags <> new.tags or old.tag_slugs <> new.tag_slugs begin
  delete from post_tags where post_id = new.id;
  insert into post_tags (slug, post_id, name)
    select s.value, new.id, n.value from json_each(new.tag_slugs) s join json_each(new.tags) n on n.key = s.key
    group by s.value having s.key = min(s.key);
  insert into tags (slug, name)
    select slug, name from post_tags where post_id = new.id and slug not in (select slug from tags);
end;

-- Files that were uploaded for posts; `path` is below posts/. Since `deleted_at` one is in the folder `.trash`.
create table media (
  id integer primary key autoincrement,
  path text not null unique,
  post_id integer references posts (id) on delete set null,
  account_id integer references accounts (id),
  type text not null,
  size integer not null default 0,
  width integer,
  height integer,
  title text not null default '',
  alt text not null default '',
  caption text not null default '',
  created_at text not null,
  deleted_at text
) strict;

-- The files of a post.
create index media_of_post on media (post_id) where post_id is not null;

-- What is in the trash.
create index media_deleted on media (deleted_at) where deleted_at is not null;

-- Text that somebody typed in the editor and has not saved yet; `base` is the file's hash when they began.
create table unsaved (
  post_id integer not null references posts (id) on delete cascade,
  account_id integer not null references accounts (id),
  text text not null,
  base text not null,
  saved_at text not null,
  primary key (post_id, account_id)
) strict, without rowid;

-- The unsaved texts of an account.
create index unsaved_of_account on unsaved (account_id);

-- Every saved state of a post's file (text, no pictures): saved on the desk by an account, or published from the folder.
-- `data` is the file, deflated, `digest` names its bytes. `saved` is 0 for what somebody had only typed when an older
-- version was restored. Of a post with very many, those that stood for the shortest time go (blog/posts/versions.py).
create table post_versions (
  id integer primary key autoincrement,
  post_id integer not null references posts (id) on delete cascade,
  at text not null,
  account_id integer references accounts (id),
  source text not null
    check (source in ('web', 'command', 'import', 'rule', 'api', 'webmention', 'activitypub', 'mail')),
  status text not null check (status in ('draft', 'scheduled', 'published', 'withdrawn')),
  saved integer not null default 1 check (saved in (0, 1)),
  digest text not null,
  data blob not null
) strict;

-- The versions of a post.
create index versions_of_post on post_versions (post_id, id);

-- The readers' search.
create virtual table posts_search using fts5 (
  title, summary, tags, text, content = 'posts', content_rowid = 'id',
  tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
);

create trigger posts_search_added after insert on posts begin
  insert into posts_search (rowid, title, summary, tags, text)
    values (new.id, new.title, new.summary, new.tags, new.text);
end;

create trigger posts_search_changed after update of title, summary, tags, text on posts
when old.title <> new.title or old.summary <> new.summary or old.tags <> new.tags or old.text <> new.text begin
  insert into posts_search (posts_search, rowid, title, summary, tags, text)
    values ('delete', old.id, old.title, old.summary, old.tags, old.text);
  insert into posts_search (rowid, title, summary, tags, text)
    values (new.id, new.title, new.summary, new.tags, new.text);
end;

create trigger posts_search_gone after delete on posts begin
  insert into posts_search (posts_search, rowid, title, summary, tags, text)
    values ('delete', old.id, old.title, old.summary, old.tags, old.text);
end;


-- Closing

-- The switches that are set: of a post, and (post 0) of the whole site. Without a row the post's file and the discussion
-- settings decide.
create table closures (
  post_id integer primary key,
  mode text not null check (mode in ('open', 'moderated', 'replies-only', 'closed')),
  note text not null default '',
  until text,
  at text not null,
  account_id integer references accounts (id),
  source text not null
    check (source in ('web', 'command', 'import', 'rule', 'api', 'webmention', 'activitypub', 'mail'))
) strict;

create trigger closures_made after insert on closures begin
  update posts set version = version + 1 where id = new.post_id;
  update site set version = version + (new.post_id = 0), posts_version = posts_version + 1;
end;

create trigger closures_changed after update on closures begin
  update posts set version = version + 1 where id = new.post_id;
  update site set version = version + (new.post_id = 0), posts_version = posts_version + 1;
end;

create trigger closures_lifted after delete on closures begin
  update posts set version = version + 1 where id = old.post_id;
  update site set version = version + (old.post_id = 0), posts_version = posts_version + 1;
end;

-- The mode of each discussion that webhooks were told of last, without the switch of the site; '' where nobody looked yet,
-- and of a post that is not public. `turns_at` is when it may change without a write, null for never, '' after a change of
-- what it follows from (blog/closing/known.py).
create table known_discussions (
  post_id integer primary key references posts (id) on delete cascade,
  mode text not null default '' check (mode in ('', 'open', 'moderated', 'replies-only', 'closed')),
  turns_at text default ''
) strict;

-- The discussions that are to be looked at.
create index known_discussions_due on known_discussions (turns_at) where turns_at is not null;


-- Comments

-- `kind` tells what came: a comment, or word from another site that it mentions, likes or repeats a post. `parent_id` is
-- the comment that this one answers, `root_id` the first comment of its thread (null in that comment). It follows from
-- the parent, so it is no foreign key, which would need an index over all replies.
-- Pingbacks, trackbacks, likes and reposts are no part of the conversation: readers' counts leave them out.
-- `status` deleted with an empty text is a comment that was removed for good and keeps its place for its replies.
-- `verdict` and `rule` are what the rules said when it came in, `verdict_facts` the facts of that verdict (the sentence is
-- made when it is shown), `evidence` what the rules judged by, so that they can judge again under other settings. `score` and `weighed` come from the filter. `version` rises with each
-- edit. `created_at` is null where an import brought no date. `withdrawn_at` is when its writer took it back. `later`
-- marks a comment that a moderator left for later, `locked` a thread that takes no more replies.
-- `picked` is one of up to three that the post's author chose, `thanks` and `reports` count the marks of readers.
-- `replies` and `approved_in_thread` are kept by triggers.
create table comments (
  id integer primary key autoincrement,
  kind text not null default 'comment'
    check (kind in ('comment', 'webmention', 'pingback', 'trackback', 'like', 'repost')),
  post_id integer not null references posts (id),
  parent_id integer references comments (id),
  root_id integer,
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
  verdict_facts text not null default '{}' check (json_valid(verdict_facts)),
  evidence text not null default '',
  score real,
  weighed text not null default '',
  created_at text,
  edited_at text,
  version integer not null default 1,
  source text not null check (source in ('web', 'command', 'import', 'api', 'webmention', 'activitypub', 'mail')),
  later integer not null default 0 check (later in (0, 1)),
  locked integer not null default 0 check (locked in (0, 1)),
  picked integer not null default 0 check (picked in (0, 1)),
  thanks integer not null default 0 check (thanks >= 0),
  reports integer not null default 0 check (reports >= 0),
  withdrawn_at text,
  replies integer not null default 0 check (replies >= 0),
  approved_in_thread integer not null default 0 check (approved_in_thread >= 0),
  check ((parent_id is null) = (root_id is null))
) strict;

-- The seven indexes that a held comment is written to; one more (comments_by_score) where the filter gives a score.

-- The queue: one status, newest first.
create index comments_queue on comments (status, id);

-- The queue of one rule.
create index comments_by_rule on comments (status, rule, id);

-- The queue of one post, the feed of its approved comments, and what came to a post lately (context of a new comment).
create index comments_of_post on comments (post_id, status, id, created_at);

-- What the same browser sent: how fast, how much of it approved, the same text again.
create index comments_by_reader on comments (reader_hash, created_at, status, text_hash) where reader_hash is not null;

-- What the same email sent, likewise.
create index comments_by_email on comments (lower(email), created_at, status, text_hash) where email <> '';

-- What the same network sent, and how fast.
create index comments_by_network on comments (network, created_at) where network <> '';

-- What waits, by time, as programs list it: filtered and counted without a look at the texts.
create index comments_waiting on comments (coalesce(created_at, ''), id, post_id, parent_id, account_id, kind)
  where status = 'pending';

-- The indexes of some comments only: approved ones, replies, those of accounts, those with a score.

-- When a discussion was last spoken in (closing after silence).
create index comments_newest on comments (post_id, created_at) where status = 'approved';

-- The public comments of the whole site by time, likewise; and those that are no comments.
create index comments_public on comments (coalesce(created_at, ''), id, post_id, parent_id, account_id, kind)
  where status = 'approved';

create index comments_of_other_kinds on comments (kind, post_id) where kind <> 'comment';

-- A page of a discussion: its threads, with how much of a page each takes up.
create index comments_threads on comments (post_id, id, approved_in_thread)
  where root_id is null and approved_in_thread > 0;

-- The replies of a thread that readers see: the approved ones, and the places of those that were removed.
create index comments_in_thread on comments (root_id, id)
  where root_id is not null and (status = 'approved' or replies > 0);

-- The direct replies of a comment.
create index comments_replies on comments (parent_id) where parent_id is not null;

-- What an account wrote, the newest first.
create index comments_by_account on comments (account_id, id, status) where account_id is not null;

-- The queue in the order of the filter's score.
create index comments_by_score on comments (status, score, id) where score is not null;

-- Filters of the queue: left for later, with replies.
create index comments_marked on comments (status, later, id) where later = 1 or replies > 0;

-- The picks of a post, and what readers reported.
create index comments_picked on comments (post_id, id) where picked = 1;

create index comments_reported on comments (reports, id) where reports > 0;

-- Who likes or repeats a post elsewhere: one line of names on its page.
create index comments_reactions on comments (post_id, id) where kind in ('like', 'repost');

-- What rules and filter put aside, by time: the sample of a week that is looked at again.
create index comments_put_aside on comments (created_at) where verdict in ('spam', 'trash');

-- Thanks and reports of readers, each once a browser; `who` is a hash of the secret in its cookie.
create table marks (
  comment_id integer not null references comments (id) on delete cascade,
  kind text not null check (kind in ('report', 'thanks')),
  who text not null,
  at text not null,
  reason text not null default '',
  primary key (comment_id, kind, who)
) strict, without rowid;

-- Hashes of the first and the last words of a text: they find texts that differ in a few words.
create table comment_fingerprints (
  hash text not null,
  comment_id integer not null references comments (id) on delete cascade,
  primary key (hash, comment_id)
) strict, without rowid;

-- Remove the fingerprints of a comment.
create index fingerprints_of_comment on comment_fingerprints (comment_id);

-- Which comment came from which key of an imported file, so that an import that is repeated adds nothing twice.
create table imported_comments (
  post_id integer not null references posts (id) on delete cascade,
  source_key text not null,
  comment_id integer not null unique references comments (id) on delete cascade,
  primary key (post_id, source_key)
) strict, without rowid;

-- What happened to a comment on the site that it comes from: events of the journal there, which go with the comment.
create table comment_past (
  id integer primary key autoincrement,
  comment_id integer not null references comments (id) on delete cascade,
  at text not null,
  kind text not null,
  who text not null,
  before text not null,
  after text not null,
  rule text not null,
  reason text not null
) strict;

-- The past of a comment.
create index past_of_comment on comment_past (comment_id, id);

-- One row while an import is written, piece by piece: nobody sees the comments with these ids, the posts in
-- unfinished_posts and the batch, and nothing counts them, until the import is whole (blog/importing/landing.py).
-- With `removing`, an import that was undone is removed in the same way: nobody sees it any more, the counts follow piece
-- by piece, and the batch is that of the undo.
create table unfinished_import (
  id integer primary key check (id = 1),
  first_comment integer not null,
  last_comment integer not null,
  batch_id integer not null references batches (id),
  removing integer not null default 0 check (removing in (0, 1))
) strict;

-- The posts of that import, drafts until it is whole, and what each is then.
create table unfinished_posts (
  post_id integer primary key references posts (id) on delete cascade,
  status text not null check (status in ('draft', 'published', 'withdrawn'))
) strict;

-- The domains that a comment links to.
create table comment_domains (
  domain text not null,
  comment_id integer not null references comments (id) on delete cascade,
  primary key (domain, comment_id)
) strict, without rowid;

-- Remove the domains of a comment.
create index domains_of_comment on comment_domains (comment_id);

-- How many comments there are: by post (0: of the site) and status, by rule and status, by day and status. `last` is no
-- lower than the highest id of the day.
create table comment_counts (
  post_id integer not null,
  status text not null,
  n integer not null check (n >= 0),
  primary key (post_id, status)
) strict, without rowid;

create table rule_counts (
  status text not null,
  rule text not null,
  n integer not null check (n >= 0),
  primary key (status, rule)
) strict, without rowid;

create table day_counts (
  day text not null,
  status text not null,
  n integer not null check (n >= 0),
  last integer not null default 0,
  primary key (day, status)
) strict, without rowid;

create trigger comments_added after insert on comments
when not exists (select 1 from unfinished_import u where u.id = 1 and new.id between u.first_comment and u.last_comment) begin
  insert into comment_counts (post_id, status, n) values (new.post_id, new.status, 1), (0, new.status, 1)
    on conflict (post_id, status) do update set n = n + 1;
  insert into rule_counts (status, rule, n) values (new.status, new.rule, 1)
    on conflict (status, rule) do update set n = n + 1;
  insert into day_counts (day, status, n, last)
    select substr(new.created_at, 1, 10), new.status, 1, new.id where new.created_at is not null
    on conflict (day, status) do update set n = n + 1, last = max(last, excluded.last);
  update comments set replies = replies + 1 where id = new.parent_id;
  update comments set approved_in_thread = approved_in_thread + 1
    where id = coalesce(new.root_id, new.id) and new.status = 'approved' and new.kind not in ('pingback', 'trackback', 'like', 'repost');
  update posts set approved = approved + 1, version = version + 1
    where id = new.post_id and new.status = 'approved' and new.kind not in ('pingback', 'trackback', 'like', 'repost');
end;

-- Of an unfinished import only its own comments are told of their replies; the others learn of them when it is whole.
create trigger comments_added_unseen after insert on comments
when exists (select 1 from unfinished_import u where u.id = 1 and new.id between u.first_comment and u.last_comment) begin
  update comments set replies = replies + 1
    where id = new.parent_id and id >= (select first_comment from unfinished_import);
  update comments set approved_in_thread = approved_in_thread + 1
    where id = coalesce(new.root_id, new.id) and id >= (select first_comment from unfinished_import)
      and new.status = 'approved' and new.kind not in ('pingback', 'trackback', 'like', 'repost');
end;

create trigger comments_moved after update of status on comments when old.status <> new.status begin
  update comment_counts set n = n - 1 where post_id in (0, new.post_id) and status = old.status;
  insert into comment_counts (post_id, status, n) values (new.post_id, new.status, 1), (0, new.status, 1)
    on conflict (post_id, status) do update set n = n + 1;
  update rule_counts set n = n - 1 where status = old.status and rule = old.rule;
  insert into rule_counts (status, rule, n) values (new.status, new.rule, 1)
    on conflict (status, rule) do update set n = n + 1;
  update day_counts set n = n - 1 where day = substr(new.created_at, 1, 10) and status = old.status;
  insert into day_counts (day, status, n, last)
    select substr(new.created_at, 1, 10), new.status, 1, new.id where new.created_at is not null
    on conflict (day, status) do update set n = n + 1, last = max(last, excluded.last);
  update comments
    set approved_in_thread = approved_in_thread + (new.status = 'approved') - (old.status = 'approved')
    where id = coalesce(new.root_id, new.id) and 'approved' in (old.status, new.status) and new.kind not in ('pingback', 'trackback', 'like', 'repost');
  update posts
    set approved = approved + (new.status = 'approved') - (old.status = 'approved'), version = version + 1
    where id = new.post_id and ('approved' in (old.status, new.status) or new.replies > 0) and new.kind not in ('pingback', 'trackback', 'like', 'repost');
end;

create trigger comments_gone after delete on comments
when not exists (select 1 from unfinished_import u where u.id = 1 and u.removing = 0 and old.id between u.first_comment and u.last_comment) begin
  update comment_counts set n = n - 1 where post_id in (0, old.post_id) and status = old.status;
  update rule_counts set n = n - 1 where status = old.status and rule = old.rule;
  update day_counts set n = n - 1 where day = substr(old.created_at, 1, 10) and status = old.status;
  update comments set replies = replies - 1 where id = old.parent_id;
  update comments set approved_in_thread = approved_in_thread - 1
    where id = old.root_id and old.status = 'approved' and old.kind not in ('pingback', 'trackback', 'like', 'repost');
  update posts set approved = approved - 1, version = version + 1
    where id = old.post_id and old.status = 'approved' and old.kind not in ('pingback', 'trackback', 'like', 'repost');
  update posts set threads = threads - 1
    where id = old.post_id and old.root_id is null and old.approved_in_thread > 0;
end;

-- A comment got another place: another post, another parent, or both.
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
    where id = coalesce(old.root_id, old.id) and old.status = 'approved' and old.kind not in ('pingback', 'trackback', 'like', 'repost');
  update comments set approved_in_thread = approved_in_thread + 1
    where id = coalesce(new.root_id, new.id) and new.status = 'approved' and new.kind not in ('pingback', 'trackback', 'like', 'repost');
  update posts set approved = approved - (old.status = 'approved' and old.kind not in ('pingback', 'trackback', 'like', 'repost') and old.post_id <> new.post_id),
    version = version + 1
    where id = old.post_id and (old.status = 'approved' or old.replies > 0);
  update posts set approved = approved + (new.status = 'approved' and new.kind not in ('pingback', 'trackback', 'like', 'repost') and old.post_id <> new.post_id),
    version = version + 1
    where id = new.post_id and (new.status = 'approved' or new.replies > 0);
end;

-- A post counts the threads that readers see.
create trigger threads_changed after update of post_id, root_id, approved_in_thread on comments
when ((old.root_id is null and old.approved_in_thread > 0) <> (new.root_id is null and new.approved_in_thread > 0)
    or (old.post_id <> new.post_id and new.root_id is null and new.approved_in_thread > 0))
  and not exists (select 1 from unfinished_import u where u.id = 1 and u.removing = 0
    and new.id between u.first_comment and u.last_comment) begin
  update posts set threads = threads - 1
    where id = old.post_id and old.root_id is null and old.approved_in_thread > 0;
  update posts set threads = threads + 1
    where id = new.post_id and new.root_id is null and new.approved_in_thread > 0;
end;

-- Readers see the edit of an approved comment, and the lock of a thread.
create trigger comments_edited after update of author, url, text_html on comments when new.status = 'approved' begin
  update posts set version = version + 1 where id = new.post_id;
end;

create trigger comments_picked_or_thanked after update of picked, thanks on comments
when new.status = 'approved' and (old.picked <> new.picked or old.thanks <> new.thanks) begin
  update posts set version = version + 1 where id = new.post_id;
end;

-- Likes and reposts are counted nowhere, but readers see their names.
create trigger reactions_added after insert on comments
when new.kind in ('like', 'repost') and new.status = 'approved' begin
  update posts set version = version + 1 where id = new.post_id;
end;

create trigger reactions_moved after update of status, post_id on comments
when new.kind in ('like', 'repost') and 'approved' in (old.status, new.status)
  and (old.status <> new.status or old.post_id <> new.post_id) begin
  update posts set version = version + 1 where id in (old.post_id, new.post_id);
end;

create trigger reactions_gone after delete on comments
when old.kind in ('like', 'repost') and old.status = 'approved' begin
  update posts set version = version + 1 where id = old.post_id;
end;

create trigger threads_locked after update of locked on comments when old.locked <> new.locked begin
  update posts set version = version + 1 where id = new.post_id;
end;

-- Comments whose writers are asked to confirm the address before a moderator sees them (require_confirmed_address).
-- `asked_at` is when the mail that asks was sent, null before. Those that are pending are counted as `unconfirmed`
-- instead. Whoever decides on one or moves it to another post takes it out of here.
create table unconfirmed_comments (
  comment_id integer primary key references comments (id) on delete cascade,
  address text not null,
  reader_hash text not null,
  asked_at text
) strict;

-- What one confirmation brings into the queue.
create index unconfirmed_by_address on unconfirmed_comments (address, reader_hash);

create trigger unconfirmed_added after insert on unconfirmed_comments
when (select status from comments where id = new.comment_id) = 'pending' begin
  update comment_counts set n = n - 1
    where status = 'pending' and post_id in (0, (select post_id from comments where id = new.comment_id));
  insert into comment_counts (post_id, status, n)
    select post_id, 'unconfirmed', 1 from comments where id = new.comment_id union all select 0, 'unconfirmed', 1
    on conflict (post_id, status) do update set n = n + 1;
  update rule_counts set n = n - 1
    where status = 'pending' and rule = (select rule from comments where id = new.comment_id);
  insert into rule_counts (status, rule, n)
    select 'unconfirmed', rule, 1 from comments where id = new.comment_id
    on conflict (status, rule) do update set n = n + 1;
end;

create trigger unconfirmed_removed after delete on unconfirmed_comments
when (select status from comments where id = old.comment_id) = 'pending' begin
  update comment_counts set n = n - 1
    where status = 'unconfirmed' and post_id in (0, (select post_id from comments where id = old.comment_id));
  insert into comment_counts (post_id, status, n)
    select post_id, 'pending', 1 from comments where id = old.comment_id union all select 0, 'pending', 1
    on conflict (post_id, status) do update set n = n + 1;
  update rule_counts set n = n - 1
    where status = 'unconfirmed' and rule = (select rule from comments where id = old.comment_id);
  insert into rule_counts (status, rule, n)
    select 'pending', rule, 1 from comments where id = old.comment_id
    on conflict (status, rule) do update set n = n + 1;
end;

create trigger unconfirmed_decided before update of status, post_id on comments
when exists (select 1 from unconfirmed_comments where comment_id = old.id)
  and (old.status <> new.status or old.post_id <> new.post_id) begin
  delete from unconfirmed_comments where comment_id = old.id;
end;

create trigger unconfirmed_gone before delete on comments
when exists (select 1 from unconfirmed_comments where comment_id = old.id) begin
  delete from unconfirmed_comments where comment_id = old.id;
end;

-- What a comment said before an edit. Erasing a person blanks these rows.
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
) strict;

-- The history of a comment; the edit that is to be undone.
create index revisions_of_comment on revisions (comment_id, id);

create index revisions_of_batch on revisions (batch_id);


-- Moderation

-- Notes of moderators for their colleagues; `who` is the name of one who has no account here (of an import).
create table notes (
  id integer primary key autoincrement,
  comment_id integer not null references comments (id) on delete cascade,
  account_id integer references accounts (id),
  who text not null default '',
  at text not null,
  text text not null
) strict;

-- The notes on a comment.
create index notes_of_comment on notes (comment_id, id);

-- Who is trusted and who is banned.
create table standings (
  kind text not null check (kind in ('reader', 'email', 'network', 'domain')),
  value text not null,
  standing text not null check (standing in ('trusted', 'held', 'banned')),
  until text,
  reason text not null default '',
  at text not null,
  account_id integer references accounts (id),
  primary key (kind, value)
) strict, without rowid;

-- What a ban or a trust changed, as JSON, for its undo. The journal names nobody; this can be erased.
create table standing_changes (
  batch_id integer primary key references batches (id),
  before text not null,
  after text not null
) strict;

-- Where a comment was before it was moved, for the undo.
create table moves (
  batch_id integer not null references batches (id),
  comment_id integer not null,
  post_id integer not null,
  parent_id integer,
  primary key (batch_id, comment_id)
) strict, without rowid;

-- Comments that rules or the filter put aside and that somebody is to look at again: a sample of each week, which begins
-- at the day `week`. `among` is of how many the sample was drawn. It stays when the comment is gone, for the error rate.
create table second_looks (
  comment_id integer primary key,
  week text not null,
  among integer not null check (among > 0)
) strict;

-- The sample of a week.
create index second_looks_of_week on second_looks (week);

-- Suggested settings that somebody does not want for now, with the value that was suggested and when that was said. It is
-- no act: nothing that readers or colleagues see follows from it.
create table declined_suggestions (
  setting text primary key,
  value integer not null,
  at text not null
) strict, without rowid;

-- Changes that writers propose to their public comments, until a moderator accepts them. `declined_in` is the act that
-- declined one.
create table proposals (
  comment_id integer primary key references comments (id) on delete cascade,
  at text not null,
  revision integer not null,
  text text not null,
  text_html text not null,
  declined_in integer references batches (id)
) strict;


-- The journal

-- A batch is one act on any number of subjects, and what Undo takes back. The journal holds ids, statuses, rule names and
-- moderators' reasons, never a reader's text, name, address or IP, so that it can be append-only. `told` is whether the
-- writers may read the reason. `program` is the label of the token by which a program acted for the account.
create table batches (
  id integer primary key autoincrement,
  kind text not null check (kind in ('approve', 'unapprove', 'spam', 'trash', 'restore', 'delete', 'edit', 'answer',
    'move', 'lock', 'pick', 'settle', 'ban', 'hold', 'trust', 'person', 'close', 'open', 'follow', 'import', 'learn', 'undo',
    'withdraw', 'confirm', 'decline', 'delete post', 'file removed')),
  at text not null,
  account_id integer references accounts (id),
  source text not null
    check (source in ('web', 'command', 'import', 'rule', 'api', 'webmention', 'activitypub', 'mail')),
  reason text not null default '',
  moved integer not null default 0,
  reverses integer references batches (id),
  undone_by integer references batches (id),
  told integer not null default 0 check (told in (0, 1)),
  program text not null default ''
) strict;

-- Statistics of the last days.
create index batches_by_time on batches (at);

-- The last acts of somebody on the desk, for their Undo.
create index batches_of_account on batches (account_id, id);

create table events (
  id integer primary key autoincrement,
  batch_id integer references batches (id),
  at text not null,
  kind text not null check (kind in ('submit', 'address confirmed', 'approve', 'unapprove', 'spam', 'trash', 'restore',
    'delete', 'purge', 'edit', 'answer', 'move', 'lock', 'pick', 'settle', 'standing', 'close', 'open', 'follow', 'import',
    'learn', 'undo', 'withdraw', 'confirm', 'decline', 'setting', 'site setting', 'post restored', 'delete post',
    'account added', 'account removed', 'role changed', 'password changed', 'signed in', 'signed out', 'session ended',
    'sign-ins slowed', 'passkey added', 'passkey removed', 'recovery codes made', 'recovery code used', 'token made',
    'token renamed', 'token revoked', 'file added', 'file removed', 'webhook added', 'webhook removed', 'promotion',
    'outbox released')),
  comment_id integer,
  post_id integer,
  account_id integer references accounts (id),
  source text not null
    check (source in ('web', 'command', 'import', 'rule', 'api', 'webmention', 'activitypub', 'mail')),
  before text not null default '',
  after text not null default '',
  rule text not null default '',
  reason text not null default '',
  program text not null default ''
) strict;

-- The history of a comment, the events of a batch, the switches of a post, and events that belong to no batch.
create index events_of_comment on events (comment_id, id) where comment_id is not null;

create index events_of_batch on events (batch_id, id) where batch_id is not null;

create index events_of_post on events (post_id, id) where comment_id is null and post_id is not null;

create index events_alone on events (id) where batch_id is null and kind not in ('submit', 'address confirmed', 'purge');

create trigger events_counted after insert on events when new.batch_id is not null begin
  update batches set moved = moved + 1 where id = new.batch_id;
end;

create trigger events_never_replaced before insert on events
when exists (select 1 from events where id = new.id) begin
  select raise(abort, 'The journal is append-only.');
end;

create trigger events_never_change before update on events begin
  select raise(abort, 'The journal is append-only.');
end;

-- But for those of an import that was killed: nobody has ever seen them.
create trigger events_never_go before delete on events
when not exists (select 1 from unfinished_import u where u.id = 1 and u.removing = 0 and u.batch_id = old.batch_id) begin
  select raise(abort, 'The journal is append-only.');
end;


-- The filter

-- Labelled lines that were given to it (blog learn).
create table filter_lines (
  id integer primary key autoincrement,
  batch_id integer not null references batches (id),
  hash text not null,
  label text not null check (label in ('spam', 'ham')),
  text text not null,
  author text not null,
  email text not null,
  url text not null
) strict;

-- The lines of a batch, for its undo; a line that was given before.
create index filter_lines_of_batch on filter_lines (batch_id);

create index filter_lines_same on filter_lines (hash);

-- The training set. `key` is a comment's id, or a given line's id below zero; `label` is what it is, `learned` what the
-- counts below include, `stale` that its text has changed since.
create table filter_examples (
  key integer primary key,
  label text not null check (label in ('', 'spam', 'ham')),
  learned text not null default '' check (learned in ('', 'spam', 'ham')),
  stale integer not null default 0 check (stale in (0, 1)),
  features blob
) strict;

-- Examples that are still to be learned, and those that are.
create index filter_pending on filter_examples (key) where label <> learned or stale = 1;

create index filter_learned on filter_examples (learned, key) where learned <> '';

create trigger filter_text_changed after update of text, author, email, url on comments
when new.text <> '' and (old.text <> new.text or old.author <> new.author or old.email <> new.email
  or old.url <> new.url) begin
  update filter_examples set stale = 1 where key = new.id;
end;

-- How often each feature stands in spam and in honest comments.
create table filter_words (
  number integer primary key,
  name text not null,
  spam integer not null,
  ham integer not null
) strict;

-- One row: the totals, how many different features there are, and a digest that tells whether the fit is up to date.
create table filter_state (
  id integer primary key check (id = 1),
  spam integer not null default 0 check (spam >= 0),
  ham integer not null default 0 check (ham >= 0),
  spam_words integer not null default 0 check (spam_words >= 0),
  ham_words integer not null default 0 check (ham_words >= 0),
  different integer not null default 0 check (different >= 0),
  digest integer not null default 0
) strict;

insert into filter_state (id) values (1);

create trigger filter_word_added after insert on filter_words begin
  update filter_state set different = different + 1;
end;

create trigger filter_word_gone after delete on filter_words begin
  update filter_state set different = different - 1;
end;

-- The weights that score comments, fitted to the training set with this digest.
create table filter_fit (
  id integer primary key check (id = 1),
  digest integer not null,
  at text not null,
  weights blob not null,
  curve text not null default ''
) strict;


-- The outbox

-- What has to leave the machine: written in the transaction that causes it, sent afterwards (blog/outbox.py). `batch_id`
-- is the act that caused it: when that is undone, what nobody has tried to send yet is dropped. Of messages with the same
-- `key` only one waits. `failed_at` is when sending was given up.
create table outbox (
  id integer primary key autoincrement,
  kind text not null check (kind in ('mail', 'webmention', 'websub', 'purge', 'webhook')),
  payload text not null check (json_valid(payload)),
  batch_id integer references batches (id),
  created_at text not null,
  due_at text not null,
  tries integer not null default 0 check (tries >= 0),
  error text not null default '',
  key text not null default '',
  failed_at text
) strict;

-- What is due next; what an undo drops; the same message again.
create index outbox_due on outbox (due_at, id) where failed_at is null;

create unique index outbox_by_key on outbox (key) where key <> '';

create index outbox_of_batch on outbox (batch_id) where batch_id is not null;

-- The purges that are due, asked for many times a second.
create index outbox_purges on outbox (due_at, id) where kind = 'purge';

-- What shared caches are to drop, by the keys of the pages (blog/purges.py). A row that waits is replaced by one with
-- another id, so that what changes while it is being sent is sent once more.
create trigger purges_of_post after update of version on posts
when new.version <> old.version and (select purges from site) begin
  delete from outbox where key = 'purge post-' || new.id and key <> '';
  insert into outbox (kind, payload, created_at, due_at, key) values (
    'purge',
    json_object('keys', 'post-' || new.id || ' list' || coalesce((
      select group_concat(' tag-' || t.id, '') from post_tags p join tags t on t.slug = p.slug where p.post_id = new.id
    ), '')),
    strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), strftime('%Y-%m-%dT%H:%M:%fZ', 'now'),
    'purge post-' || new.id
  );
end;

create trigger purges_of_site after update of version on site when new.version <> old.version and new.purges begin
  delete from outbox where key = 'purge site';
  insert into outbox (kind, payload, created_at, due_at, key) values (
    'purge', json_object('keys', 'site'), strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'purge site'
  );
end;

create trigger purges_of_added_tag after insert on post_tags when (select purges from site) begin
  delete from outbox where key = (select 'purge tag-' || id from tags where slug = new.slug) and key <> '';
  insert into outbox (kind, payload, created_at, due_at, key)
    select 'purge', json_object('keys', 'tag-' || id), strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'purge tag-' || id
    from tags where slug = new.slug;
end;

create trigger purges_of_removed_tag after delete on post_tags when (select purges from site) begin
  delete from outbox where key = (select 'purge tag-' || id from tags where slug = old.slug) and key <> '';
  insert into outbox (kind, payload, created_at, due_at, key)
    select 'purge', json_object('keys', 'tag-' || id), strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'purge tag-' || id
    from tags where slug = old.slug;
end;


-- Mail

-- Links in mails. The token itself is only in the mail. A link is for one act: on a comment as it was (`revision`), on
-- all comments of a digest (`details`), on an account, or for whoever reads the mail of an address. `browser_hash` is the
-- browser that asked for the link, `code_hash` the six digits that do the same, `tries` how many were wrong.
create table mail_links (
  token_hash text primary key,
  purpose text not null check (purpose in ('approve', 'spam', 'trash', 'digest', 'confirm', 'mails', 'open', 'password',
    'reply', 'bounce')),
  address text not null default '',
  account_id integer references accounts (id),
  comment_id integer,
  revision integer,
  details text not null default '',
  browser_hash text not null default '',
  code_hash text not null default '',
  tries integer not null default 0,
  created_at text not null,
  expires_at text not null,
  used_at text,
  batch_id integer references batches (id)
) strict, without rowid;

-- Forget old links; those of an address.
create index mail_links_by_time on mail_links (expires_at);

create index mail_links_of_address on mail_links (address) where address <> '';

-- Mail that a reader asked for: about answers, or about all new comments of a post. Nothing is sent before the address is
-- confirmed. `reader_hash` is the browser that asked, `seen_event` the last event that a digest told of.
create table subscriptions (
  id integer primary key autoincrement,
  address text not null,
  post_id integer not null references posts (id) on delete cascade,
  kind text not null check (kind in ('replies', 'all')),
  reader_hash text not null,
  created_at text not null,
  confirmed_at text,
  sent_at text not null default '',
  seen_event integer not null default 0,
  unique (address, post_id, reader_hash)
) strict;

-- The readers of a post who want mail; subscriptions that nobody confirmed.
create index subscriptions_of_post on subscriptions (post_id) where confirmed_at is not null;

create index subscriptions_unconfirmed on subscriptions (created_at) where confirmed_at is null;

-- Addresses that a browser has shown to be its own, by a link or a code that was mailed there.
create table confirmed_addresses (
  address text not null,
  reader_hash text not null,
  at text not null,
  primary key (address, reader_hash)
) strict, without rowid;

-- Browsers in which somebody opened the comments of an address by mail.
create table mailbox_sessions (
  token_hash text primary key,
  address text not null,
  expires_at text not null
) strict, without rowid;

-- Addresses that a mail server has refused for good; two refusals stop all mail to an address.
create table refused_mail (
  address text primary key,
  failures integer not null check (failures > 0),
  at text not null,
  error text not null
) strict, without rowid;

-- Addresses whose owners want no mail at all; the key is a hash.
create table unwanted_mail (
  address_hash text primary key,
  at text not null
) strict, without rowid;

-- How often confirmations and links were asked for, by address and network; the keys are hashes.
create table mail_limits (
  key text primary key,
  count integer not null check (count > 0),
  at text not null
) strict, without rowid;

-- When an account is told about comments that wait; `quiet` is "22:00-07:00" or empty.
create table account_mail (
  account_id integer primary key references accounts (id),
  notify text not null check (notify in ('at-once', 'hourly', 'daily', 'never')),
  hour integer not null default 8 check (hour between 0 and 23),
  quiet text not null default '',
  posts text not null default 'all' check (posts in ('all', 'own'))
) strict;


-- Other sites

-- Mentions that other sites sent (Webmention), one for each source and post, with the comment that one became. `type` is
-- what the source does with the post. One is `gone` when its source no longer links here: its comment was moved to the
-- trash. `missing` is 1 when the last look did not find the source, `error` says why it was refused.
create table mentions_received (
  id integer primary key autoincrement,
  post_id integer not null references posts (id) on delete cascade,
  source text not null,
  target text not null,
  comment_id integer references comments (id) on delete set null,
  type text not null default '' check (type in ('', 'reply', 'mention', 'bookmark', 'like', 'repost')),
  state text not null check (state in ('waiting', 'stored', 'refused', 'gone')),
  missing integer not null default 0 check (missing >= 0),
  error text not null default '',
  received_at text not null,
  checked_at text,
  unique (post_id, source)
) strict;

-- The mention that a comment came from.
create index mention_of_comment on mentions_received (comment_id) where comment_id is not null;

-- The state of each post (the hash of its file, '' while it is not public) that other sites were told of last. What comes
-- with an import, or when a folder is published for the first time, counts as known (blog/posts/announced.py).
create table announced_posts (
  post_id integer primary key references posts (id) on delete cascade,
  digest text not null
) strict;

-- Addresses that are told of what happens here. `secret` signs the messages. `events` are the names of those that are
-- wanted; `personal` tells whether messages have email and IP address of comments.
create table webhooks (
  id integer primary key autoincrement,
  url text not null,
  secret text not null,
  events text not null check (json_valid(events)),
  personal integer not null default 0 check (personal in (0, 1)),
  created_at text not null,
  removed_at text
) strict;

-- The page about privacy says whether there are any.
create trigger webhooks_added after insert on webhooks begin
  update site set version = version + 1;
end;

create trigger webhooks_removed after update of removed_at on webhooks begin
  update site set version = version + 1;
end;

-- What became of each message to a webhook. `message` names it, also when it is sent again; its text is made anew then.
create table webhook_deliveries (
  id integer primary key autoincrement,
  webhook_id integer not null references webhooks (id) on delete cascade,
  message text not null,
  event text not null,
  comment_id integer,
  post_id integer,
  happened_at text not null,
  state text not null check (state in ('waiting', 'sent', 'failed')),
  status integer not null default 0,
  error text not null default '',
  tries integer not null default 0 check (tries >= 0),
  at text not null,
  unique (webhook_id, message)
) strict;

-- The newest messages to a webhook; forget old ones.
create index webhook_deliveries_newest on webhook_deliveries (webhook_id, id);

create index webhook_deliveries_by_time on webhook_deliveries (at);

-- Find the posts that others are to be told of, and whether a post is public, without their texts.
create index posts_for_others on posts (id, status, published_at, kind, source_hash);

-- Mentions that were sent (Webmention): one for each post and address in it. `linked` is 0 when the post no longer links
-- there. `endpoint` is where the mention was sent; with the state `none` the other site takes no mentions.
create table mentions_sent (
  post_id integer not null references posts (id) on delete cascade,
  target text not null,
  linked integer not null check (linked in (0, 1)),
  state text not null check (state in ('waiting', 'sent', 'none', 'failed')),
  endpoint text not null default '',
  error text not null default '',
  at text not null,
  primary key (post_id, target)
) strict, without rowid;

-- The newest mentions that were sent.
create index mentions_sent_by_time on mentions_sent (at);

-- Forget those that were refused long ago.
create index mentions_refused on mentions_received (received_at) where state = 'refused';


-- Operation

-- What is wrong with the server, by name, with the figures of its sentence (blog/operation/problems.py): since when, since
-- when it is over, and when administrators were told by mail.
create table server_problems (
  name text primary key,
  facts text not null check (json_valid(facts)),
  since text not null,
  gone_at text,
  told_at text
) strict;


-- Search on the desk

-- Every three letters of every comment. The rowids are negative, because FTS5 returns the lowest first and the newest
-- comments are wanted first. Comments later than site.searched are not in it yet (blog/comments/search.py).
create view comments_searched (number, text, author, email, url, ip) as
  select -id, text, author, email, url, ip from comments order by id desc;

create virtual table comments_search using fts5 (
  text, author, email, url, ip, content = 'comments_searched', content_rowid = 'number', tokenize = 'trigram'
);

create trigger comments_search_edited after update of text, author, email, url, ip on comments
when old.id <= (select searched from site) begin
  insert into comments_search (comments_search, rowid, text, author, email, url, ip)
    values ('delete', -old.id, old.text, old.author, old.email, old.url, old.ip);
  insert into comments_search (rowid, text, author, email, url, ip)
    values (-new.id, new.text, new.author, new.email, new.url, new.ip);
end;

create trigger comments_search_gone after delete on comments
when old.id <= (select searched from site) begin
  insert into comments_search (comments_search, rowid, text, author, email, url, ip)
    values ('delete', -old.id, old.text, old.author, old.email, old.url, old.ip);
end;
