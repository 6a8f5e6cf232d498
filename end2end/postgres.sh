#!/usr/bin/env bash
# Runs a command with TEST_POSTGRES_URL naming a PostgreSQL of its own: started
# for the command in a temporary folder, on a free port of 127.0.0.1, and
# removed after it. One that TEST_POSTGRES_URL names already is used as it is.
#
#   end2end/postgres.sh COMMAND...
#   end2end/postgres.sh [--optional] [--durable] COMMAND...
#
# Where no PostgreSQL can be had the command does not run, unless it is
# optional: then it runs without TEST_POSTGRES_URL, and TEST_POSTGRES_MISSING
# says why. A durable one writes as in production; otherwise it need not survive
# a crash, and is quicker.
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

# Runs a command as who may run PostgreSQL.
as_owner() {
    if [ ${#as_user[@]} -eq 0 ]; then
        "$@"
    else
        "${as_user[@]}" "$@"
    fi
}

# Removes what was started.
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

# missing WHY: there is no PostgreSQL.
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

# The newest of the folders that hold PostgreSQL's programs.
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

# PostgreSQL does not run as root: sets how another user runs a command.
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
        # shellcheck disable=SC2016 # its own shell expands them
        as_user=(su -s /bin/sh "$user" -c 'exec "$0" "$@"' --)
        as_owner true 2>/dev/null && return
    done
    return 1
}

# Starts a server on a port that nobody listens at; sets port.
start() {
    local attempt
    for attempt in 1 2 3 4 5; do
        port=$((20000 + (RANDOM * 32768 + RANDOM) % 40000))
        if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            continue
        fi
        # Nobody else is on this port.
        if as_owner "$bin/pg_ctl" -D "$folder/data" -l "$folder/log" -w -t 60 start \
            -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories='' \
                -c max_connections=200 $hasty" \
            >/dev/null 2>&1; then
            return
        fi
        printf 'postgres: port %s, attempt %s: no start\n' "$port" "$attempt" >&2
    done
    return 1
}

here=$PWD
owner=
port=
find_programs || missing 'PostgreSQL is not installed (no initdb)'
find_user || missing 'PostgreSQL does not run as root, and there is no user to run it as'
folder=$(mktemp -d "${TMPDIR:-/tmp}/test-postgres.XXXXXX") || missing 'no temporary folder'
[ -z "$owner" ] || chown "$owner" "$folder"
# The user may not enter the folder this was started in.
cd "$folder" || exit
as_owner "$bin/initdb" -D "$folder/data" -U postgres -A trust -E UTF8 --locale=C --no-sync \
    >"$folder/initdb.log" 2>&1 ||
    missing "initdb failed: $(tail -n 1 "$folder/initdb.log")"
start || missing "PostgreSQL did not start: $(tail -n 1 "$folder/log" 2>/dev/null)"
cd "$here" || exit

export TEST_POSTGRES_URL="postgres://postgres@127.0.0.1:$port/postgres?sslmode=disable"
"${command[@]}"
