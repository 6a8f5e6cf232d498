-- Changes of what the claims of users say: a session begins with claims that are
-- known to be old if the provider was asked for them at that time or before.
create table auth_user_changes (
    user_key blob primary key not null check (length(user_key) = 16),
    -- Milliseconds of this database's clock.
    changed_at integer not null,
    -- Unix seconds.
    forget_at integer not null
) without rowid;

-- For the sweep.
create index auth_user_changes_forget on auth_user_changes (forget_at);
