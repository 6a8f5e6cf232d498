-- Lets the former release of auth-sqlx open a database that this release made.
-- That release looks for its migrations in `_sqlx_migrations`. Run this before
-- you start it, and only if no other program uses `_sqlx_migrations`: sqlx
-- refuses rows that it does not know.
create table if not exists _sqlx_migrations (
    version bigint primary key,
    description text not null,
    installed_on timestamptz not null default now(),
    success boolean not null,
    checksum bytea not null,
    execution_time bigint not null
);

insert into _sqlx_migrations (version, description, success, checksum, execution_time) values
    (1, 'sessions', true,
     '\xde40d78b14170292f0af2e5ce17eef78c48e6abc233aca3d2407be5a227b1aba805c0e174588400a856a08a4e59f3416',
     -1),
    (2, 'provider logouts', true,
     '\x10257387927f49d52674b6071f900ffe872b1d9fc3156af61d6d21ce7fd14aad35206b9f7bd532f123fc756e5dd0a1d0',
     -1)
on conflict (version) do nothing;
