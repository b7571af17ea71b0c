CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);

CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");

CREATE TABLE site (
          id integer primary key check (id = 1),
          secret text not null,
          setup_hash text not null default '',
          version integer not null default 1,
          posts_version integer not null default 1
        , searched integer not null default 0) strict;

CREATE TABLE settings (
          name text primary key,
          value text not null
        ) strict, without rowid;

CREATE TRIGGER settings_added after insert on settings begin
          update site set version = version + 1;
        end;

CREATE TRIGGER settings_changed after update on settings begin
          update site set version = version + 1;
        end;

CREATE TRIGGER settings_removed after delete on settings begin
          update site set version = version + 1;
        end;

CREATE TABLE accounts (
          id integer primary key,
          name text not null unique collate nocase,
          email text not null default '',
          role text not null check (role in ('admin', 'editor', 'author', 'moderator')),
          password_hash text not null,
          created_at text not null,
          removed_at text
        , keys integer not null default 1 check (keys in (0, 1)), feed text not null default '') strict;

CREATE TABLE sessions (
          token_hash text primary key,
          account_id integer not null references accounts (id),
          created_at text not null,
          seen_at text not null,
          expires_at text not null,
          ip text not null,
          user_agent text not null
        , confirmed_at text not null default '') strict, without rowid;

CREATE INDEX sessions_of_account on sessions (account_id);

CREATE TABLE posts (
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
        , close_on text, close_after integer check (close_after >= 0), close_quiet integer check (close_quiet >= 0), timezone text not null default 'UTC', kind text not null default 'post' check (kind in ('post', 'page')), name text, feed_key text not null default '', image text not null default '', canonical text not null default '', menu integer, excerpt_html text not null default '', text text not null default '', tag_slugs text not null default '[]' check (json_valid(tag_slugs)), author_slug text not null default '', source_stat text not null default '', threads integer not null default 0 check (threads >= 0), was_published integer not null default 0 check (was_published in (0, 1))) strict;

CREATE INDEX posts_by_author on posts (author collate nocase);

CREATE TRIGGER posts_seen_anew after update of version on posts begin
          update site set posts_version = posts_version + 1;
        end;

CREATE TRIGGER posts_added after insert on posts begin
          update site set posts_version = posts_version + 1;
        end;

CREATE TRIGGER posts_removed after delete on posts begin
          update site set posts_version = posts_version + 1;
        end;

CREATE TABLE comments (
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
          approved_in_thread integer not null default 0 check (approved_in_thread >= 0), later integer not null default 0 check (later in (0, 1)), locked integer not null default 0 check (locked in (0, 1)), facts text not null default '', head_hash text, tail_hash text, weighed text not null default '',
          check ((parent_id is null) = (root_id is null))
        ) strict;

CREATE INDEX comments_queue on comments (status, id);

CREATE INDEX comments_of_post on comments (post_id, status, id);

CREATE INDEX comments_newest on comments (post_id, created_at) where status = 'approved';

CREATE INDEX comments_threads on comments (post_id, id) where root_id is null and approved_in_thread > 0;

CREATE INDEX comments_roots on comments (root_id) where root_id is not null;

CREATE INDEX comments_in_thread on comments (root_id, id)
          where root_id is not null and (status = 'approved' or replies > 0);

CREATE INDEX comments_replies on comments (parent_id) where parent_id is not null;

CREATE INDEX comments_trusting_reader on comments (reader_hash)
          where reader_hash is not null and status = 'approved';

CREATE INDEX comments_trusting_account on comments (account_id)
          where account_id is not null and status = 'approved';

CREATE INDEX comments_by_account on comments (account_id, id) where account_id is not null;

CREATE INDEX comments_by_network on comments (network, created_at) where network <> '';

CREATE UNIQUE INDEX comments_imported on comments (post_id, source_key) where source_key is not null;

CREATE TABLE comment_counts (
          post_id integer not null,
          status text not null,
          n integer not null check (n >= 0),
          primary key (post_id, status)
        ) strict, without rowid;

CREATE TRIGGER comments_added after insert on comments begin
          insert into comment_counts (post_id, status, n) values (new.post_id, new.status, 1), (0, new.status, 1)
            on conflict (post_id, status) do update set n = n + 1;
          update comments set replies = replies + 1 where id = new.parent_id;
          update comments set approved_in_thread = approved_in_thread + 1
            where id = coalesce(new.root_id, new.id) and new.status = 'approved';
          update posts set approved = approved + 1, version = version + 1
            where id = new.post_id and new.status = 'approved';
        end;

CREATE TRIGGER comments_moved after update of status on comments when old.status <> new.status begin
          update comment_counts set n = n - 1 where post_id in (0, new.post_id) and status = old.status;
          insert into comment_counts (post_id, status, n) values (new.post_id, new.status, 1), (0, new.status, 1)
            on conflict (post_id, status) do update set n = n + 1;
          update comments
            set approved_in_thread = approved_in_thread + (new.status = 'approved') - (old.status = 'approved')
            where id = coalesce(new.root_id, new.id) and 'approved' in (old.status, new.status);
          update posts
            set approved = approved + (new.status = 'approved') - (old.status = 'approved'), version = version + 1
            where id = new.post_id and ('approved' in (old.status, new.status) or new.replies > 0);
        end;

CREATE TRIGGER comments_gone after delete on comments begin
          update comment_counts set n = n - 1 where post_id in (0, old.post_id) and status = old.status;
          update comments set replies = replies - 1 where id = old.parent_id;
          update comments set approved_in_thread = approved_in_thread - 1
            where id = old.root_id and old.status = 'approved';
          update posts set approved = approved - 1, version = version + 1
            where id = old.post_id and old.status = 'approved';
        end;

CREATE TRIGGER comments_edited after update of author, url, text_html on comments begin
          update posts set version = version + 1 where id = new.post_id and new.status = 'approved';
        end;

CREATE TABLE batches (
          id integer primary key autoincrement,
          kind text not null,
          at text not null,
          account_id integer references accounts (id),
          source text not null check (source in ('web', 'command', 'import', 'rule')),
          reason text not null default '',
          moved integer not null default 0,
          reverses integer references batches (id),
          undone_by integer references batches (id)
        ) strict;

CREATE TABLE events (
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
        ) strict;

CREATE INDEX events_of_comment on events (comment_id, id) where comment_id is not null;

CREATE INDEX events_of_batch on events (batch_id, id) where batch_id is not null;

CREATE INDEX events_of_post on events (post_id, id) where comment_id is null and post_id is not null;

CREATE INDEX events_alone on events (id) where batch_id is null and kind not in ('submit', 'purge');

CREATE TRIGGER events_counted after insert on events when new.batch_id is not null begin
          update batches set moved = moved + 1 where id = new.batch_id;
        end;

CREATE TRIGGER events_never_replaced before insert on events
        when exists (select 1 from events where id = new.id) begin
          select raise(abort, 'The journal is append-only.');
        end;

CREATE TRIGGER events_never_change before update on events begin
          select raise(abort, 'The journal is append-only.');
        end;

CREATE TRIGGER events_never_go before delete on events begin
          select raise(abort, 'The journal is append-only.');
        end;

CREATE TABLE closures (
          post_id integer primary key,
          mode text not null check (mode in ('open', 'moderated', 'replies-only', 'closed')),
          note text not null default '',
          until text,
          at text not null,
          account_id integer references accounts (id),
          source text not null
        ) strict;

CREATE TRIGGER closures_made after insert on closures begin
          update posts set version = version + 1 where id = new.post_id;
          update site set version = version + 1 where new.post_id = 0;
          update site set posts_version = posts_version + 1;
        end;

CREATE TRIGGER closures_changed after update on closures begin
          update posts set version = version + 1 where id = new.post_id;
          update site set version = version + 1 where new.post_id = 0;
          update site set posts_version = posts_version + 1;
        end;

CREATE TRIGGER closures_lifted after delete on closures begin
          update posts set version = version + 1 where id = old.post_id;
          update site set version = version + 1 where old.post_id = 0;
          update site set posts_version = posts_version + 1;
        end;

CREATE TABLE rule_counts (
          status text not null,
          rule text not null,
          n integer not null check (n >= 0),
          primary key (status, rule)
        ) strict, without rowid;

CREATE INDEX comments_by_rule on comments (status, rule, id);

CREATE TRIGGER rules_added after insert on comments begin
          insert into rule_counts (status, rule, n) values (new.status, new.rule, 1)
            on conflict (status, rule) do update set n = n + 1;
        end;

CREATE TRIGGER rules_moved after update of status on comments when old.status <> new.status begin
          update rule_counts set n = n - 1 where status = old.status and rule = old.rule;
          insert into rule_counts (status, rule, n) values (new.status, new.rule, 1)
            on conflict (status, rule) do update set n = n + 1;
        end;

CREATE TRIGGER rules_gone after delete on comments begin
          update rule_counts set n = n - 1 where status = old.status and rule = old.rule;
        end;

CREATE TABLE day_counts (
          day text not null,
          status text not null,
          n integer not null check (n >= 0), last integer not null default 0,
          primary key (day, status)
        ) strict, without rowid;

CREATE TRIGGER days_gone after delete on comments begin
          update day_counts set n = n - 1 where day = substr(old.created_at, 1, 10) and status = old.status;
        end;

CREATE TABLE comment_domains (
          domain text not null,
          comment_id integer not null references comments (id) on delete cascade,
          primary key (domain, comment_id)
        ) strict, without rowid;

CREATE INDEX domains_of_comment on comment_domains (comment_id);

CREATE TABLE revisions (
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

CREATE INDEX revisions_of_comment on revisions (comment_id, id);

CREATE INDEX revisions_of_batch on revisions (batch_id);

CREATE TABLE notes (
          id integer primary key autoincrement,
          comment_id integer not null references comments (id) on delete cascade,
          account_id integer references accounts (id),
          at text not null,
          text text not null
        ) strict;

CREATE INDEX notes_of_comment on notes (comment_id, id);

CREATE TABLE standings (
          kind text not null check (kind in ('reader', 'email', 'network', 'domain')),
          value text not null,
          standing text not null check (standing in ('trusted', 'banned')),
          until text,
          reason text not null default '',
          at text not null,
          account_id integer references accounts (id),
          primary key (kind, value)
        ) strict, without rowid;

CREATE INDEX batches_by_time on batches (at);

CREATE TABLE standing_changes (
          batch_id integer primary key references batches (id),
          before text not null,
          after text not null
        ) strict;

CREATE TRIGGER threads_locked after update of locked on comments when old.locked <> new.locked begin
          update posts set version = version + 1 where id = new.post_id;
        end;

CREATE TABLE moves (
          batch_id integer not null references batches (id),
          comment_id integer not null,
          post_id integer not null,
          parent_id integer,
          primary key (batch_id, comment_id)
        ) strict, without rowid;

CREATE INDEX moves_from_post on moves (post_id);

CREATE TRIGGER comments_relocated after update of post_id, parent_id, root_id on comments
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
        end;

CREATE INDEX comments_later on comments (status, id) where later = 1;

CREATE UNIQUE INDEX accounts_by_feed on accounts (feed) where feed <> '';

CREATE INDEX comments_by_head on comments (head_hash, id) where head_hash is not null;

CREATE INDEX comments_by_tail on comments (tail_hash, id) where tail_hash is not null;

CREATE INDEX comments_arrivals on comments (post_id, id, created_at);

CREATE UNIQUE INDEX posts_by_name on posts (name) where name is not null;

CREATE INDEX posts_by_hash on posts (source_hash);

CREATE INDEX posts_of_author on posts (author_slug, published_at desc, id desc)
          where status = 'published' and kind = 'post';

CREATE INDEX posts_of_menu on posts (menu, id) where menu is not null and status = 'published';

CREATE INDEX posts_newest on posts (published_at desc, id desc) where status = 'published' and kind = 'post';

CREATE INDEX pages_due on posts (published_at) where status = 'published' and kind = 'page';

CREATE TABLE old_addresses (
          address text primary key,
          post_id integer not null references posts (id) on delete cascade,
          given integer not null check (given in (0, 1))
        ) strict, without rowid;

CREATE INDEX old_addresses_of_post on old_addresses (post_id);

CREATE TABLE post_tags (
          slug text not null,
          post_id integer not null references posts (id) on delete cascade,
          name text not null,
          primary key (slug, post_id)
        ) strict, without rowid;

CREATE INDEX tags_of_post on post_tags (post_id);

CREATE TRIGGER tags_added after insert on posts begin
          insert or ignore into post_tags (slug, post_id, name)
            select s.value, new.id, n.value from json_each(new.tag_slugs) s join json_each(new.tags) n on n.key = s.key;
        end;

CREATE TRIGGER tags_changed after update of tags, tag_slugs on posts
        when old.tags <> new.tags or old.tag_slugs <> new.tag_slugs begin
          delete from post_tags where post_id = new.id;
          insert or ignore into post_tags (slug, post_id, name)
            select s.value, new.id, n.value from json_each(new.tag_slugs) s join json_each(new.tags) n on n.key = s.key;
        end;

CREATE TRIGGER neighbours_came after insert on posts begin
          update site set version = version + 1;
        end;

CREATE TRIGGER neighbours_went after delete on posts begin
          update site set version = version + 1;
        end;

CREATE TRIGGER neighbours_changed
        after update of slug, title, summary, status, kind, menu, published_at, body_html on posts
        when new.kind = 'page' or old.kind = 'page' or old.slug <> new.slug or old.title <> new.title
          or old.status <> new.status or old.published_at <> new.published_at begin
          update site set version = version + 1;
        end;

CREATE VIRTUAL TABLE posts_search using fts5 (
          title, summary, tags, text, content = 'posts', content_rowid = 'id',
          tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
        );

CREATE TRIGGER posts_search_added after insert on posts begin
          insert into posts_search (rowid, title, summary, tags, text)
            values (new.id, new.title, new.summary, new.tags, new.text);
        end;

CREATE TRIGGER posts_search_changed after update of title, summary, tags, text on posts
        when old.title <> new.title or old.summary <> new.summary or old.tags <> new.tags or old.text <> new.text begin
          insert into posts_search (posts_search, rowid, title, summary, tags, text)
            values ('delete', old.id, old.title, old.summary, old.tags, old.text);
          insert into posts_search (rowid, title, summary, tags, text)
            values (new.id, new.title, new.summary, new.tags, new.text);
        end;

CREATE TRIGGER posts_search_gone after delete on posts begin
          insert into posts_search (posts_search, rowid, title, summary, tags, text)
            values ('delete', old.id, old.title, old.summary, old.tags, old.text);
        end;

CREATE TABLE unsaved (
          post_id integer not null references posts (id) on delete cascade,
          account_id integer not null references accounts (id),
          text text not null,
          base text not null,
          saved_at text not null,
          primary key (post_id, account_id)
        ) strict, without rowid;

CREATE INDEX unsaved_of_account on unsaved (account_id);

CREATE TABLE filter_lines (
          id integer primary key autoincrement,
          batch_id integer not null references batches (id),
          hash text not null,
          label text not null check (label in ('spam', 'ham')),
          text text not null,
          author text not null,
          email text not null,
          url text not null
        ) strict;

CREATE INDEX filter_lines_of_batch on filter_lines (batch_id);

CREATE INDEX filter_lines_same on filter_lines (hash);

CREATE TABLE filter_examples (
          key integer primary key,
          label text not null check (label in ('', 'spam', 'ham')),
          learned text not null default '' check (learned in ('', 'spam', 'ham')),
          stale integer not null default 0 check (stale in (0, 1)),
          features blob
        ) strict;

CREATE INDEX filter_pending on filter_examples (key) where label <> learned or stale = 1;

CREATE INDEX filter_learned on filter_examples (learned, key) where learned <> '';

CREATE TABLE filter_words (
          number integer primary key,
          name text not null,
          spam integer not null,
          ham integer not null
        ) strict;

CREATE TABLE filter_state (
          id integer primary key check (id = 1),
          spam integer not null default 0 check (spam >= 0),
          ham integer not null default 0 check (ham >= 0),
          spam_words integer not null default 0 check (spam_words >= 0),
          ham_words integer not null default 0 check (ham_words >= 0),
          different integer not null default 0 check (different >= 0),
          digest integer not null default 0
        ) strict;

CREATE TABLE filter_fit (
          id integer primary key check (id = 1),
          digest integer not null,
          at text not null,
          weights blob not null,
          curve text not null default ''
        ) strict;

CREATE TRIGGER filter_word_added after insert on filter_words begin
          update filter_state set different = different + 1;
        end;

CREATE TRIGGER filter_word_gone after delete on filter_words begin
          update filter_state set different = different - 1;
        end;

CREATE TRIGGER filter_text_changed after update of text, author, email, url on comments
        when new.text <> '' and (old.text <> new.text or old.author <> new.author or old.email <> new.email
          or old.url <> new.url) begin
          update filter_examples set stale = 1 where key = new.id;
        end;

CREATE INDEX comments_by_score on comments (status, coalesce(score, -1), id);

CREATE TRIGGER threads_changed after update of post_id, root_id, approved_in_thread on comments
        when (old.root_id is null and old.approved_in_thread > 0)
            <> (new.root_id is null and new.approved_in_thread > 0)
          or (old.post_id <> new.post_id and new.root_id is null and new.approved_in_thread > 0) begin
          update posts set threads = threads - 1
            where id = old.post_id and old.root_id is null and old.approved_in_thread > 0;
          update posts set threads = threads + 1
            where id = new.post_id and new.root_id is null and new.approved_in_thread > 0;
        end;

CREATE TRIGGER threads_gone after delete on comments
        when old.root_id is null and old.approved_in_thread > 0 begin
          update posts set threads = threads - 1 where id = old.post_id;
        end;

CREATE INDEX comments_with_machine on comments (created_at) where ip <> '' or user_agent <> '';

CREATE TABLE sign_in_failures (
          key text primary key,
          count integer not null check (count > 0),
          at text not null
        ) strict, without rowid;

CREATE INDEX failures_by_time on sign_in_failures (at);

CREATE TABLE known_places (
          account_id integer not null references accounts (id),
          place text not null check (place <> ''),
          seen_at text not null,
          primary key (account_id, place)
        ) strict, without rowid;

CREATE TABLE passkeys (
          id integer primary key autoincrement,
          account_id integer not null references accounts (id),
          credential text not null unique,
          public_key blob not null,
          sign_count integer not null default 0,
          name text not null,
          created_at text not null,
          used_at text
        ) strict;

CREATE INDEX passkeys_of_account on passkeys (account_id);

CREATE TABLE recovery_codes (
          account_id integer not null references accounts (id),
          code_hash text not null,
          primary key (account_id, code_hash)
        ) strict, without rowid;

CREATE TABLE used_challenges (
          hash text primary key,
          at text not null
        ) strict, without rowid;

CREATE VIEW comments_searched (number, text, author, email, url, ip) as
          select -id, text, author, email, url, ip from comments order by id desc;

CREATE VIRTUAL TABLE comments_search using fts5 (
          text, author, email, url, ip, content = 'comments_searched', content_rowid = 'number', tokenize = 'trigram'
        );

CREATE VIRTUAL TABLE comments_words using fts5 (
          text, author, email, url, ip, content = 'comments_searched', content_rowid = 'number', detail = column,
          tokenize = "unicode61 remove_diacritics 0 categories 'L* M* N* P* S* Z* C*' separators ' 	
'"
        );

CREATE TABLE words (
          id integer primary key,
          word text not null unique
        ) strict;

CREATE VIRTUAL TABLE words_search using fts5 (
          word, content = 'words', content_rowid = 'id', tokenize = 'trigram'
        );

CREATE TRIGGER words_added after insert on words begin
          insert into words_search (rowid, word) values (new.id, new.word);
        end;

CREATE TRIGGER words_gone after delete on words begin
          insert into words_search (words_search, rowid, word) values ('delete', old.id, old.word);
        end;

CREATE TRIGGER comments_search_edited after update of text, author, email, url, ip on comments
        when old.id <= (select searched from site) begin
          insert into comments_search (comments_search, rowid, text, author, email, url, ip) values ('delete', -old.id, old.text, old.author, old.email, old.url, old.ip); insert into comments_words (comments_words, rowid, text, author, email, url, ip) values ('delete', -old.id, old.text, old.author, old.email, old.url, old.ip); insert into comments_search (rowid, text, author, email, url, ip) values (-new.id, new.text, new.author, new.email, new.url, new.ip); insert into comments_words (rowid, text, author, email, url, ip) values (-new.id, new.text, new.author, new.email, new.url, new.ip); insert or ignore into words (word) select lower(value) from json_each(
    '[' || replace(json_quote(replace(replace(replace(
      new.text || ' ' || new.author || ' ' || new.email || ' ' || new.url || ' ' || new.ip,
      char(9), ' '), char(10), ' '), char(13), ' ')), ' ', '","') || ']'
) where value <> ''; delete from words where word in (select lower(value) from json_each(
    '[' || replace(json_quote(replace(replace(replace(
      old.text || ' ' || old.author || ' ' || old.email || ' ' || old.url || ' ' || old.ip,
      char(9), ' '), char(10), ' '), char(13), ' ')), ' ', '","') || ']'
))
        and not exists (select 1 from comments_words where comments_words match '"' || replace(word, '"', '""') || '"')
    ;
        end;

CREATE TRIGGER comments_search_gone after delete on comments
        when old.id <= (select searched from site) begin
          insert into comments_search (comments_search, rowid, text, author, email, url, ip) values ('delete', -old.id, old.text, old.author, old.email, old.url, old.ip); insert into comments_words (comments_words, rowid, text, author, email, url, ip) values ('delete', -old.id, old.text, old.author, old.email, old.url, old.ip); delete from words where word in (select lower(value) from json_each(
    '[' || replace(json_quote(replace(replace(replace(
      old.text || ' ' || old.author || ' ' || old.email || ' ' || old.url || ' ' || old.ip,
      char(9), ' '), char(10), ' '), char(13), ' ')), ' ', '","') || ']'
))
        and not exists (select 1 from comments_words where comments_words match '"' || replace(word, '"', '""') || '"')
    ;
        end;

CREATE INDEX comments_answered on comments (status, id) where replies > 0;

CREATE TRIGGER days_added after insert on comments begin
          insert into day_counts (day, status, n, last) values (substr(new.created_at, 1, 10), new.status, 1, new.id)
            on conflict (day, status) do update set n = n + 1, last = max(last, excluded.last);
        end;

CREATE TRIGGER days_moved after update of status on comments when old.status <> new.status begin
          update day_counts set n = n - 1 where day = substr(new.created_at, 1, 10) and status = old.status;
          insert into day_counts (day, status, n, last) values (substr(new.created_at, 1, 10), new.status, 1, new.id)
            on conflict (day, status) do update set n = n + 1, last = max(last, excluded.last);
        end;

CREATE INDEX comments_by_reader on comments (reader_hash, created_at, text_hash) where reader_hash is not null;

CREATE INDEX comments_by_email on comments (lower(email), created_at, status, text_hash) where email <> '';

CREATE INDEX comments_twice on comments (post_id, text_hash, author) where email = '';

CREATE TABLE heartbeat (
          id integer primary key check (id = 1),
          beats integer not null default 0,
          written_at text not null
        ) strict;
