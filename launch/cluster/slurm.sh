#!/usr/bin/env bash
# A search over several Slurm nodes, from the checkout, which every node must see:
#
#     sbatch --nodes 4 launch/cluster/slurm.sh devnet celeba --trials 500 --home /shared/runs
#
# Arguments are those of launch/tune.py; this adds --address, and --name where there is none.
# Two minutes before the time limit the search is stopped and the job put back in the queue,
# where it goes on (tune.py --resume), as it does after a preemption or a lost node.
#
#SBATCH --job-name=anomaly-search
#SBATCH --output=%x-%j.log
#SBATCH --open-mode=append
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=8
#SBATCH --mem=16G
#SBATCH --time=08:00:00
#SBATCH --signal=B:TERM@120
#SBATCH --requeue
#
# More nodes, cores, GPUs or time: options of sbatch, which win over these (--gpus-per-node 1).
# PYTHON is the interpreter (default: .venv/bin/python in the checkout), HEAD_ADDRESS the head's
# address on the fast network, where `hostname --ip-address` says another.
# shellcheck disable=SC2317  # functions that traps call
set -euo pipefail

fail() {
  echo "error: $*" >&2
  exit 2
}

job=${SLURM_JOB_ID:-}
[ -n "$job" ] || fail "this runs under Slurm: sbatch launch/cluster/slurm.sh devnet celeba --trials 500"
root=${SLURM_SUBMIT_DIR:-$PWD} # Slurm runs a copy of this file, from elsewhere
[ -f "$root/launch/tune.py" ] || fail "$root is not the checkout: call sbatch there"
cd "$root"
python=${PYTHON:-$root/.venv/bin/python}
ray=$(dirname "$(command -v "$python")")/ray
[ -x "$ray" ] || fail "no Ray beside $python; run 'make setup', or set PYTHON"
nodes=${SLURM_JOB_NUM_NODES:-1} cpus=${SLURM_CPUS_PER_TASK:-1}

# ---------------------------------------------------------------- what to search, or to go on with
value_of() { # OPTION DEFAULT ARGUMENTS…
  local option=$1 found=$2
  shift 2
  while [ $# -gt 0 ]; do
    case $1 in
      "$option") found=${2:-} ;;
      "$option="*) found=${1#*=} ;;
    esac
    shift
  done
  printf %s "$found"
}
home=$(value_of --home runs "$@")
name=$(value_of --name "$(value_of --resume "slurm-$job" "$@")" "$@")
command=("$@")
if [ "${SLURM_RESTART_COUNT:-0}" -gt 0 ] && [ -f "$home/studies/$name.options.json" ]; then
  command=(--resume "$name" --home "$home")
  for option in --study-storage --tracking-uri --storage; do # a password in them is not kept
    given=$(value_of "$option" "" "$@")
    [ -z "$given" ] || command+=("$option" "$given")
  done
elif [ -z "$(value_of --name "$(value_of --resume "" "$@")" "$@")" ]; then
  command+=(--name "$name")
fi

# ---------------------------------------------------------------- a cluster that knows its own by a token
mkdir -p "$home"
private=$(cd "$home" && pwd)/.slurm-$job
rm -rf "$private" && mkdir -m 700 "$private" # every node reads the token there, and nobody else
od -An -N32 -tx1 /dev/urandom | tr -d ' \n' > "$private/auth_token"
export RAY_AUTH_MODE=token RAY_AUTH_TOKEN_PATH=$private/auth_token
export RAY_USAGE_STATS_ENABLED=0 MLFLOW_DISABLE_TELEMETRY=true DO_NOT_TRACK=true OMP_NUM_THREADS=1

# ray's sockets need a short path on the node's own disk
temporary=/tmp/ray-$job port=$((20000 + job % 20000)) # two jobs may share a node
options=(--num-cpus="$cpus" --disable-usage-stats --block --temp-dir="$temporary")
if [ -n "${SLURM_MEM_PER_NODE:-}" ]; then # Ray would take its share of the machine, not of the job
  options+=(--object-store-memory=$((SLURM_MEM_PER_NODE * 1048576 / 4)))
fi

steps=() search=""
cleanup() {
  trap '' TERM INT
  [ "${#steps[@]}" -eq 0 ] || kill -TERM "${steps[@]}" 2> /dev/null || true
  wait || true
  srun --nodes="$nodes" --ntasks="$nodes" --ntasks-per-node=1 rm -rf "$temporary" || true
  rm -rf "$private"
}
stopped=""
stop() { # the search ends its trials and its record, which takes seconds
  stopped=1
  [ -z "$search" ] || kill -TERM "$search" 2> /dev/null || true
}
trap cleanup EXIT
trap stop TERM INT

head=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | sed -n 1p)
address=${HEAD_ADDRESS:-$(srun --nodes=1 --ntasks=1 -w "$head" hostname --ip-address | tr ' ' '\n' | sed -n '/\./{p;q}')}
[ -n "$address" ] || fail "no address of $head was found; set HEAD_ADDRESS"
srun --nodes=1 --ntasks=1 -w "$head" "$ray" start --head --node-ip-address="$address" --port="$port" \
  --include-dashboard=false "${options[@]}" > "$private/head.log" 2>&1 &
steps+=($!)

alive() { # waits for so many nodes
  "$python" - "$address:$port" "$1" << 'END'
import logging, sys, time
import ray

address, wanted, end = sys.argv[1], int(sys.argv[2]), time.monotonic() + 120
found = 0
while time.monotonic() < end:
    try:
        if not ray.is_initialized():
            ray.init(address=address, logging_level=logging.CRITICAL, log_to_driver=False)
        found = sum(node["Alive"] for node in ray.nodes())
    except Exception as error:
        found, words = 0, error
    if found >= wanted:
        sys.exit()
    time.sleep(1)
sys.exit(f"error: {found} of {wanted} Ray nodes came up within two minutes" + ("" if found else f" ({words})"))
END
}
sorry() {
  tail -n 5 "$private"/*.log >&2
  exit 1
}
alive 1 || sorry
if [ "$nodes" -gt 1 ]; then
  srun --nodes=$((nodes - 1)) --ntasks=$((nodes - 1)) --ntasks-per-node=1 --exclude="$head" \
    "$ray" start --address="$address:$port" "${options[@]}" > "$private/workers.log" 2>&1 &
  steps+=($!)
fi
alive "$nodes" || sorry
[ -z "$stopped" ] || exit 130

# ---------------------------------------------------------------- the search
"$python" launch/tune.py "${command[@]}" --address "$address:$port" &
search=$!
while kill -0 "$search" 2> /dev/null; do # a signal ends the wait, not the search
  wait "$search" || true
done
code=0
wait "$search" || code=$?

# stopped at its time limit, and not by a person: once more
left=$((${SLURM_JOB_END_TIME:-0} - $(date +%s)))
if [ -n "$stopped" ] && [ "$code" -eq 130 ] && [ -n "${SLURM_JOB_END_TIME:-}" ] && [ "$left" -lt 300 ]; then
  echo "Out of time: the job goes back into the queue, and the search on from there."
  scontrol requeue "$job"
fi
exit "$code"
