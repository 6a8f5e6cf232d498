-- The table of tower-sessions. Made here and not by its own migration, which
-- two servers cannot run at once, and which wants a schema of its own.
create table tower_sessions (
    id text primary key not null,
    data bytea not null,
    expiry_date timestamptz not null
);

-- For the sweep of expired sessions.
create index tower_sessions_expiry on tower_sessions (expiry_date);

-- Tokens change when sessions do not, and the other way round.
create table auth_tokens (
    session_id text primary key not null
        references tower_sessions (id) on delete cascade,
    -- Compared and raised by every write.
    version bigint not null default 1,
    sealed bytea not null,
    -- Who may renew the tokens, and until when: milliseconds of this database's
    -- clock.
    lease_holder bigint,
    leased_until bigint
);

-- Whose session it is, for lists of devices and signing out of all of them.
create table auth_sessions (
    session_id text primary key not null
        references tower_sessions (id) on delete cascade,
    -- What session_id is made of, in an order that sessions can be paged by.
    session_key bytea not null unique check (length(session_key) = 16),
    user_key bytea not null check (length(user_key) = 16),
    -- Unix seconds.
    begun_at bigint not null,
    used_at bigint not null,
    sealed_device bytea not null
);

create index auth_sessions_user on auth_sessions (user_key);

-- The key of the keyed hashes, sealed; once for each secret that opens it, in
-- the order in which they were kept.
create table auth_hash_keys (
    place bigint primary key generated always as identity,
    key_id bytea not null unique check (length(key_id) = 4),
    sealed bytea not null
);
