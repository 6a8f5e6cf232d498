-- Beside the table of tower-sessions (`tower_sessions`), which its own
-- migration makes: tokens change when sessions do not, and the other way round.
create table auth_tokens (
    session_id text primary key not null
        references tower_sessions (id) on delete cascade,
    -- Compared and raised by every write.
    version integer not null default 1,
    sealed blob not null
) without rowid;

-- For the sweep of expired sessions; tower-sessions has no index for it.
create index tower_sessions_expiry on tower_sessions (expiry_date);
