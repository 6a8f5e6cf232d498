-- Since when the claims of a session are known to be old: milliseconds of this
-- database's clock. In the row that every request reads.
alter table tower_sessions add column claims_stale_since bigint;

-- When the provider issued the ID token with which a session began: milliseconds
-- since 1970, by the provider's clock. Not known of older sessions.
alter table auth_sessions add column issued_at bigint;

-- Logouts of users: no session begins with an ID token that was issued at that
-- time or before.
create table auth_user_logouts (
    user_key bytea not null check (length(user_key) = 16),
    -- 1: all sessions of the user. 0: only those without a provider session.
    ends_all bigint not null,
    -- Milliseconds since 1970, by the provider's clock.
    issued_at bigint not null,
    -- Unix seconds.
    forget_at bigint not null,
    primary key (user_key, ends_all)
);

-- For the sweep.
create index auth_user_logouts_forget on auth_user_logouts (forget_at);
