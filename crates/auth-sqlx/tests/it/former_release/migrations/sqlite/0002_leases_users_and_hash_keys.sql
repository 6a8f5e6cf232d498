-- The sessions of before: the keys of rows are hashed otherwise now, so no
-- cookie leads to them any more. Their users sign in again.
delete from tower_sessions;

-- Made anew, with rowid: without it a row of more than a quarter of a page
-- spills into a page of its own, and tokens are that long.
drop table auth_tokens;
create table auth_tokens (
    session_id text primary key not null
        references tower_sessions (id) on delete cascade,
    -- Compared and raised by every write.
    version integer not null default 1,
    sealed blob not null,
    -- Who may renew the tokens, and until when: milliseconds of this database's
    -- clock.
    lease_holder integer,
    leased_until integer
);

-- Whose session it is, for lists of devices and signing out of all of them.
create table auth_sessions (
    session_id text primary key not null
        references tower_sessions (id) on delete cascade,
    -- What session_id is made of, in an order that sessions can be paged by.
    session_key blob not null unique check (length(session_key) = 16),
    user_key blob not null check (length(user_key) = 16),
    -- Unix seconds.
    begun_at integer not null,
    used_at integer not null,
    sealed_device blob not null
) without rowid;

create index auth_sessions_user on auth_sessions (user_key);

-- The key of the keyed hashes, sealed; once for each secret that opens it, in
-- the order in which they were kept.
create table auth_hash_keys (
    place integer primary key not null,
    key_id blob not null unique check (length(key_id) = 4),
    sealed blob not null
);
