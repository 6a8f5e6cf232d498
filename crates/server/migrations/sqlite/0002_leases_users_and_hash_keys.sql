-- The sessions of before: the keys of rows are hashed otherwise now, so no
-- cookie leads to them any more. Their users sign in again.
delete from tower_sessions;

-- Who may renew the tokens, and until when: milliseconds of this database's
-- clock.
alter table auth_tokens add column lease_holder integer;
alter table auth_tokens add column leased_until integer;

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

-- The key of the keyed hashes, sealed; once for each secret that opens it.
create table auth_hash_keys (
    key_id blob primary key not null,
    sealed blob not null
) without rowid;
