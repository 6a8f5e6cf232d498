#!/usr/bin/env bash
# Runs a command with TEST_POSTGRES_URL set to a PostgreSQL server of its own.
# The server is started in a temporary folder, on a free port of 127.0.0.1, and
# removed afterwards. If TEST_POSTGRES_URL is already set, it is used unchanged.
#
#   end2end/postgres.sh COMMAND...
#   end2end/postgres.sh [--optional] [--durable] COMMAND...
#
# If no PostgreSQL can be started, the command does not run. With --optional it
# runs without TEST_POSTGRES_URL, and TEST_POSTGRES_MISSING holds the reason.
# With --durable the server syncs its writes as in production; without it the
# server is faster and does not survive a crash.
set -uo pipefail

optional=
hasty='-c fsync=off -c full_page_writes=off'
while :; do
    case ${1-} in
    --optional) optional=yes ;;
    --durable) hasty= ;;
    *) break ;;
    esac
    shift
done
if [ $# -eq 0 ]; then
    sed -n '2,/^set/{s/^# \{0,1\}//p;}' "$0" >&2
    exit 2
fi
if [ -n "${TEST_POSTGRES_URL-}" ]; then
    exec "$@"
fi
command=("$@")

folder=
bin=
as_user=()

# Runs a command as the user that PostgreSQL runs as.
as_owner() {
    if [ ${#as_user[@]} -eq 0 ]; then
        "$@"
    else
        "${as_user[@]}" "$@"
    fi
}

# Stops the server and removes its folder.
remove() {
    [ -n "$folder" ] || return
    cd / || return
    if [ -f "$folder/data/postmaster.pid" ]; then
        as_owner "$bin/pg_ctl" -D "$folder/data" -m immediate -w stop >/dev/null 2>&1
    fi
    rm -rf "$folder"
    folder=
}
trap remove EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# missing WHY: reports that no PostgreSQL can be started.
missing() {
    if [ -z "$optional" ]; then
        printf 'postgres: %s\n' "$1" >&2
        exit 69
    fi
    remove
    cd "$here" || exit
    unset TEST_POSTGRES_URL
    TEST_POSTGRES_MISSING=$1 exec "${command[@]}"
}

# Sets bin to the newest folder that holds PostgreSQL's programs.
find_programs() {
    local candidate
    for candidate in \
        "$(dirname "$(readlink -f "$(command -v initdb)" 2>/dev/null)" 2>/dev/null)" \
        "$(pg_config --bindir 2>/dev/null)" \
        $(printf '%s\n' /usr/lib/postgresql/*/bin /usr/pgsql-*/bin \
            /usr/local/opt/postgresql*/bin /opt/homebrew/opt/postgresql*/bin | sort -rV); do
        if [ -x "$candidate/initdb" ] && [ -x "$candidate/postgres" ] &&
            [ -x "$candidate/pg_ctl" ]; then
            bin=$candidate
            return
        fi
    done
    return 1
}

# Sets how to run a command as another user, since PostgreSQL refuses to run as root.
find_user() {
    local user
    [ "$(id -u)" -eq 0 ] || return 0
    for user in postgres nobody; do
        id "$user" >/dev/null 2>&1 || continue
        owner=$user
        as_user=(runuser -u "$user" --)
        as_owner true 2>/dev/null && return
        as_user=(setpriv "--reuid=$user" "--regid=$(id -g "$user")" --clear-groups --)
        as_owner true 2>/dev/null && return
        # shellcheck disable=SC2016 # the inner shell expands them
        as_user=(su -s /bin/sh "$user" -c 'exec "$0" "$@"' --)
        as_owner true 2>/dev/null && return
    done
    return 1
}

# Starts the server on a free port; sets port.
start() {
    local attempt
    for attempt in 1 2 3 4 5; do
        port=$((20000 + (RANDOM * 32768 + RANDOM) % 40000))
        if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            continue
        fi
        # If another process takes the port in between, the next attempt uses another port.
        if as_owner "$bin/pg_ctl" -D "$folder/data" -l "$folder/log" -w -t 60 start \
            -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories='' \
                -c max_connections=200 $hasty" \
            >/dev/null 2>&1; then
            return
        fi
        printf 'postgres: attempt %s: the server did not start on port %s\n' "$attempt" "$port" >&2
    done
    return 1
}

here=$PWD
owner=
port=
find_programs || missing 'PostgreSQL is not installed (no initdb)'
find_user || missing 'PostgreSQL does not run as root, and no other user can run it'
folder=$(mktemp -d "${TMPDIR:-/tmp}/test-postgres.XXXXXX") || missing 'no temporary folder could be created'
[ -z "$owner" ] || chown "$owner" "$folder"
# That user may have no access to the current folder.
cd "$folder" || exit
as_owner "$bin/initdb" -D "$folder/data" -U postgres -A trust -E UTF8 --locale=C --no-sync \
    >"$folder/initdb.log" 2>&1 ||
    missing "initdb failed: $(tail -n 1 "$folder/initdb.log")"
start || missing "PostgreSQL did not start: $(tail -n 1 "$folder/log" 2>/dev/null)"
cd "$here" || exit

export TEST_POSTGRES_URL="postgres://postgres@127.0.0.1:$port/postgres?sslmode=disable"
"${command[@]}"
