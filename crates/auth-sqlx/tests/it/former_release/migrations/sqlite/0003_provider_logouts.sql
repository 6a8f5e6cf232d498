-- In which of the provider's own sessions a session began, for logouts that
-- the provider tells of. Not known of the sessions of before.
alter table auth_sessions add column provider_session blob
    check (length(provider_session) = 16);

create index auth_sessions_provider on auth_sessions (provider_session);

-- The logout tokens of the provider, each carried out once; and with them the
-- provider sessions that no session can begin in any more.
create table auth_logouts (
    token_key blob primary key not null check (length(token_key) = 16),
    -- None where all of a user's sessions were ended.
    provider_session blob check (length(provider_session) = 16),
    -- Unix seconds.
    forget_at integer not null
) without rowid;

create index auth_logouts_provider on auth_logouts (provider_session);

-- For the sweep.
create index auth_logouts_forget on auth_logouts (forget_at);
