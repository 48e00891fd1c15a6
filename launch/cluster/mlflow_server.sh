#!/usr/bin/env bash
# An MLflow server on PostgreSQL, in one command. See --help.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
folder=$root/runs/mlflow-server
host=127.0.0.1 port=5000 pg_port=5433 workers=2

usage() {
  cat <<EOF
Usage: launch/cluster/mlflow_server.sh [options] [-- options of \`mlflow server\`]

Starts PostgreSQL in a folder (made on the first start, with passwords of its own) and an
MLflow server on it, and says how to search against them. Ctrl-C or SIGTERM stops both.

  --folder DIR     database, artifacts, logs, passwords   ($folder)
  --host ADDRESS   where MLflow listens                   ($host: this machine alone)
  --port N         MLflow's port                          ($port)
  --pg-port N      PostgreSQL's port, on 127.0.0.1 only   ($pg_port)
  --workers N      processes that answer requests         ($workers)

Environment
  MLFLOW_BACKEND_STORE_URI  a database that exists: no PostgreSQL is started. Here and not on
                            the command line, which everybody on the machine can read
  PG_BIN    folder of initdb and pg_ctl; default: the newest in /usr/lib/postgresql
  PG_OWNER  whom PostgreSQL runs as when root starts this, for it refuses root; default: postgres
  PYTHON    default: .venv/bin/python
EOF
}

fail() {
  echo "error: $*" >&2
  exit 2
}

while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) usage && exit 0 ;;
    --) shift && break ;;
    --folder | --host | --port | --pg-port | --workers)
      [ -n "${2:-}" ] || fail "$1 needs a value; see --help"
      name=${1#--} && printf -v "${name//-/_}" %s "$2" && shift 2 ;;
    *) fail "unknown option '$1'; see --help" ;;
  esac
done
for one in port pg_port workers; do
  [[ ${!one} =~ ^[1-9][0-9]{0,4}$ && ${!one} -lt 65536 ]] || fail "--${one//_/-} must be a number, got '${!one}'"
done

# ---------------------------------------------------------------- what is there, what is missing
python=${PYTHON:-$root/.venv/bin/python}
command -v "$python" > /dev/null || python=python3
has() { "$python" -c "import importlib.util, sys; sys.exit(not importlib.util.find_spec('$1'))" 2> /dev/null; }
has mlflow ||
  fail "no MLflow in $python; run 'make setup', or set PYTHON to the interpreter that has it"
uri=${MLFLOW_BACKEND_STORE_URI:-}
[[ -n $uri && $uri != postgresql* ]] || has psycopg ||
  fail "no PostgreSQL driver in $python; install it: $python -m pip install 'psycopg[binary]'"

# root's folder can be crossed, not read: PostgreSQL is somebody else there
mode=700 && [ "$(id -u)" -ne 0 ] || mode=711
{ mkdir -p "$folder" && chmod "$mode" "$folder" && [ -w "$folder" ]; } 2> /dev/null ||
  fail "the folder $folder cannot be written; give another with --folder"
folder=$(cd "$folder" && pwd)
cd / # PostgreSQL's user may not see where we are
umask 077
exec 9> "$folder/lock"
flock -n 9 || fail "a server runs in $folder already; stop it, or give another --folder"

probe=$host && [ "$host" != 0.0.0.0 ] || probe=127.0.0.1
taken() { (exec 3<> "/dev/tcp/$1/$2") 2> /dev/null; }

# a server whose script was killed may still be there
old=$(cat "$folder/mlflow.pid" 2> /dev/null || true)
if [ -n "$old" ] && grep -qa mlflow "/proc/$old/cmdline" 2> /dev/null; then
  kill -TERM -- "-$old" 2> /dev/null || true
  for _ in $(seq 50); do kill -0 "$old" 2> /dev/null && sleep 0.2; done
fi
! taken "$probe" "$port" || fail "port $port is taken on $probe; give another with --port"

# ---------------------------------------------------------------- PostgreSQL
data=$folder/postgres
owner() { "$@"; }
if [ "$(id -u)" -eq 0 ]; then
  pg_owner=${PG_OWNER:-postgres}
  owner() { runuser -u "$pg_owner" -- "$@"; }
fi
secret() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
password() { cut -d: -f5 "$folder/$1"; }
admin() { PGPASSFILE=$folder/admin.pgpass "$bin/psql" -XqAt -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$pg_port" -U postgres "$@"; }
pg_runs() { owner "$bin/pg_ctl" status -D "$data" > /dev/null 2>&1; }

pg_start() {
  # the lock is ours, not the server's
  owner "$bin/pg_ctl" start -w -t 120 -D "$data" -l "$folder/postgres.log" \
    -o "-c listen_addresses=127.0.0.1 -c port=$pg_port -c unix_socket_directories=''" > /dev/null 9>&- ||
    { tail -n 3 "$folder/postgres.log" >&2 && fail "PostgreSQL did not start; see $folder/postgres.log"; }
}

keep_secret() { # FILE USER: made once, in the form that libpq reads
  [ -s "$folder/$1" ] || { echo "127.0.0.1:*:*:$2:$(secret)" > "$folder/$1.new" && mv "$folder/$1.new" "$folder/$1"; }
}

find_postgres() {
  local made newest
  made=$(cat "$data/PG_VERSION" 2> /dev/null || true)
  newest=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
  bin=${PG_BIN:-$newest}
  [ -z "$made" ] || [ -n "${PG_BIN:-}" ] || [ ! -x "/usr/lib/postgresql/$made/bin/initdb" ] ||
    bin=/usr/lib/postgresql/$made/bin
  [ -n "${PG_BIN:-}" ] || [ -x "$bin/initdb" ] || bin=$(dirname "$(command -v initdb || echo /none/initdb)")
  [ -x "$bin/initdb" ] || fail "PostgreSQL is not installed; on Debian: apt-get install postgresql (or set PG_BIN," \
    "or MLFLOW_BACKEND_STORE_URI to a database that exists)"
  [ -z "$made" ] || "$bin/postgres" --version | grep -q " ${made}[. ]" ||
    fail "the database in $data was made by PostgreSQL $made, and $bin is $("$bin/postgres" --version); install postgresql-$made"
}

make_database() {
  local pwfile=$folder/postgres.new.pw
  rm -rf "$data.new" && mkdir "$data.new" && password admin.pgpass > "$pwfile"
  [ "$(id -u)" -ne 0 ] || chown "$pg_owner" "$data.new" "$pwfile"
  owner "$bin/initdb" -D "$data.new" -U postgres --pwfile="$pwfile" --auth=scram-sha-256 --encoding=UTF8 \
    --locale=C.UTF-8 > "$folder/initdb.log" 2>&1 ||
    { tail -n 3 "$folder/initdb.log" >&2 && fail "initdb failed; see $folder/initdb.log"; }
  rm "$pwfile" && mv "$data.new" "$data"
}

make_places() { # the user `anomaly`, who is nobody special, and the databases
  local name
  admin -d postgres <<< "set log_min_error_statement = panic; -- the password stays out of the log
    select 'create role anomaly login' where not exists (select from pg_roles where rolname = 'anomaly') \gexec
    alter role anomaly password '$(password pgpass)';"
  for name in mlflow studies; do
    [ -n "$(admin -d postgres -c "select 1 from pg_database where datname = '$name'")" ] ||
      admin -d postgres -c "create database $name owner anomaly"
  done
}

cleanup() {
  trap '' TERM INT HUP
  if [ -n "${mlflow:-}" ]; then
    kill -TERM "$mlflow" 2> /dev/null || true
    for _ in $(seq 50); do kill -0 "$mlflow" 2> /dev/null && sleep 0.2; done
    kill -KILL -- "-$mlflow" 2> /dev/null || true
    rm -f "$folder/mlflow.pid"
  fi
  if [ -z "$uri" ] && [ -n "${bin:-}" ] && pg_runs; then
    owner "$bin/pg_ctl" stop -w -t 60 -m fast -D "$data" > /dev/null || true
  fi
}

if [ -z "$uri" ]; then
  find_postgres
  if [ "$(id -u)" -eq 0 ]; then
    id "$pg_owner" > /dev/null 2>&1 || fail "PostgreSQL refuses root, and there is no user $pg_owner; set PG_OWNER"
    touch "$folder/postgres.log" && chown "$pg_owner" "$folder/postgres.log"
    owner test -w "$folder/postgres.log" ||
      fail "the user $pg_owner cannot reach $folder, a folder above it is closed; give another --folder"
  fi
  keep_secret admin.pgpass postgres
  keep_secret pgpass anomaly
  trap cleanup EXIT
  if [ -d "$data" ] && pg_runs; then
    owner "$bin/pg_ctl" stop -w -m fast -D "$data" > /dev/null # left by a script that was killed
  fi
  ! taken 127.0.0.1 "$pg_port" || fail "port $pg_port is taken on 127.0.0.1; give another with --pg-port"
  [ -d "$data" ] || make_database
  pg_start
  make_places
  export PGPASSFILE=$folder/pgpass
  export MLFLOW_BACKEND_STORE_URI=postgresql+psycopg://anomaly@127.0.0.1:$pg_port/mlflow
fi

# ---------------------------------------------------------------- MLflow
export MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false MLFLOW_DISABLE_TELEMETRY=true DO_NOT_TRACK=true
trap cleanup EXIT
trap 'exit 0' TERM INT HUP
mkdir -p "$folder/artifacts"
setsid "$python" -m mlflow server --host "$host" --port "$port" --workers "$workers" \
  --artifacts-destination "$folder/artifacts" "$@" >> "$folder/mlflow.log" 2>&1 9>&- &
mlflow=$!
echo "$mlflow" > "$folder/mlflow.pid"

ended() { # its log may hold what a database says of a URI: shown without passwords
  tail -n 3 "$folder/mlflow.log" | sed -E 's#(://[^:/@ ]*):[^@ ]*@#\1:***@#g' >&2
  echo "error: MLflow $1; see $folder/mlflow.log" >&2
  exit 1
}
healthy() {
  { exec 3<> "/dev/tcp/$probe/$port"; } 2> /dev/null || return 1
  printf 'GET /health HTTP/1.0\r\nHost: localhost\r\n\r\n' >&3
  local line
  read -r -t 5 line <&3 && [[ $line == *" 200"* ]]
}
for _ in $(seq 240); do
  kill -0 "$mlflow" 2> /dev/null || ended "did not start"
  if (healthy); then break; fi
  sleep 0.5
done
(healthy) || ended "did not answer on $probe:$port within two minutes"

echo "MLflow on http://$probe:$port, record in $folder (Ctrl-C stops it)."
[[ $host == 127.* || $host == localhost ]] ||
  echo "Whoever reaches $host:$port can read and change the record: keep it in a closed network, or behind a proxy with TLS and a login."
study=""
if [ -z "$uri" ]; then
  echo "PostgreSQL on 127.0.0.1:$pg_port; its passwords are in $folder/pgpass."
  study=" \\
      --study-storage postgresql+psycopg://anomaly@127.0.0.1:$pg_port/studies"
fi
printf 'To search:\n\n'
[ -n "$uri" ] || printf '  export PGPASSFILE=%q\n' "$folder/pgpass"
printf '  python launch/tune.py devnet celeba --tracking-uri http://%s:%s%s\n\n' "$probe" "$port" "$study"

# ---------------------------------------------------------------- as long as it is wanted
missed=0
while :; do
  sleep 1 9>&- &
  wait $! || true
  kill -0 "$mlflow" 2> /dev/null || ended "ended"
  [ -z "$uri" ] || continue
  # three looks, so that an administrator's own restart is not disturbed
  if pg_runs; then missed=0; else missed=$((missed + 1)); fi
  if [ "$missed" -ge 3 ]; then
    echo "PostgreSQL is gone; starting it again." >&2
    pg_start
    missed=0
  fi
done
