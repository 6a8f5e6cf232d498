-- Lets the former release of auth-sqlx open a database that this release made.
-- That release looks for its migrations in `_sqlx_migrations`. Run this before
-- you start it, and only if no other program uses `_sqlx_migrations`: sqlx
-- refuses rows that it does not know.
create table if not exists _sqlx_migrations (
    version bigint primary key,
    description text not null,
    installed_on timestamp not null default current_timestamp,
    success boolean not null,
    checksum blob not null,
    execution_time bigint not null
);

insert into _sqlx_migrations (version, description, success, checksum, execution_time) values
    (1, 'auth tokens', true,
     x'511e14c315020f52982bd81dc60cab763a2b5be1af9a32d437f4f71d2748163d1424162a77a4be89f2a532f58bafa65d',
     -1),
    (2, 'leases users and hash keys', true,
     x'96597741921f6a9de24f94f43475740118d4b406400b2b000eb0add8cf9840b7429010ae7c697d9f3264b0b92c7d8390',
     -1),
    (3, 'provider logouts', true,
     x'f9b2ea519df2f644ad68e0ac57523f31f858d993f53bba0196cfa101281fb22aecca426d4ce0b4d12103fdc23135ea4f',
     -1)
on conflict (version) do nothing;
