"""The files for clusters: what a machine without one can say about them."""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from launch.common.environment import ROOT
from launch.config.command_line import parse
from tests.launch.conftest import trials_of, wait_for

FOLDER = ROOT / "launch" / "cluster"
RAY_UP = ["ray-cluster.yaml", "ray-cluster-on-premise.yaml"]


def documents(name):
    return list(yaml.safe_load_all((FOLDER / name).read_text()))


def pinned(package):
    return re.search(rf"^{package}==(.+)$", (ROOT / "constraints.txt").read_text(), re.MULTILINE)[1]


def command_line(text):
    """The options that tune.py makes of a command in one of the files."""
    words = shlex.split(text.replace("\\\n#", " "))
    return parse(words[next(i for i, word in enumerate(words) if word.endswith("launch/tune.py")) + 1 :])


# ---------------------------------------------------------------- ray up


@pytest.mark.parametrize("name", RAY_UP)
def test_ray_takes_the_cluster_file(name):
    from ray.autoscaler._private.util import prepare_config, validate_config

    prepared = prepare_config(documents(name)[0])
    validate_config(prepared)
    (head,) = [line for line in prepared["head_start_ray_commands"] if "ray start" in line]
    (worker,) = [line for line in prepared["worker_start_ray_commands"] if "ray start" in line]
    assert "--head" in head
    assert "--address=$RAY_HEAD_IP:6379" in worker
    for line in (head, worker):
        assert "RAY_AUTH_MODE=token" in line
        assert "--disable-usage-stats" in line
        assert "0.0.0.0" not in line


@pytest.mark.parametrize("name", RAY_UP)
def test_code_and_token_alone_travel(name):
    [config] = documents(name)
    mounts = {Path(there).name: here for there, here in config["file_mounts"].items()}
    assert mounts == {"anomaly": ".", "auth_token": "~/.ray/auth_token"}
    assert {".git", ".venv", "/runs", "/data"} <= set(config["rsync_exclude"])
    install = [line for line in config["setup_commands"] if "pip install" in line]
    assert install
    assert all("-c constraints.txt" in line for line in install)


@pytest.mark.parametrize("name", RAY_UP)
def test_the_search_that_a_cluster_file_tells_of(name):
    text = (FOLDER / name).read_text()
    told = re.search(r"(python launch/tune\.py.*?)'", text, re.DOTALL)[1]
    options = command_line(told)
    assert options.address == "auto"
    assert options.home == Path("/shared/runs")  # outlives the head
    [config] = documents(name)
    commands = [*config.get("initialization_commands", []), *config["setup_commands"]]
    assert [line for line in commands if "mount" in line and " /shared" in line]


# ---------------------------------------------------------------- Kubernetes

# The fields of ray.io/v1 in KubeRay 1.5.1: ray-operator/apis/ray/v1/{rayjob,raycluster}_types.go and
# docs.ray.io, "KubeRay CRD API reference".
RAY_JOB = {
    "activeDeadlineSeconds", "backoffLimit", "clusterSelector", "deletionStrategy", "entrypoint",
    "entrypointNumCpus", "entrypointNumGpus", "entrypointResources", "jobId", "managedBy", "metadata",
    "rayClusterSpec", "runtimeEnvYAML", "shutdownAfterJobFinishes", "submissionMode", "submitterConfig",
    "submitterPodTemplate", "suspend", "ttlSecondsAfterFinished",
}  # fmt: skip
RAY_CLUSTER = {
    "authOptions", "autoscalerOptions", "enableInTreeAutoscaling", "gcsFaultToleranceOptions", "headGroupSpec",
    "headServiceAnnotations", "managedBy", "rayVersion", "suspend", "upgradeStrategy", "workerGroupSpecs",
}  # fmt: skip
HEAD = {"enableIngress", "headService", "labels", "rayStartParams", "resources", "serviceType", "template"}
WORKERS = {
    "groupName", "idleTimeoutSeconds", "labels", "maxReplicas", "minReplicas", "numOfHosts", "rayStartParams",
    "replicas", "resources", "scaleStrategy", "suspend", "template",
}  # fmt: skip


def test_fields_of_the_ray_job():
    claim, job = documents("kuberay-rayjob.yaml")
    assert (job["apiVersion"], job["kind"]) == ("ray.io/v1", "RayJob")
    spec, cluster = job["spec"], job["spec"]["rayClusterSpec"]
    assert set(spec) <= RAY_JOB
    assert set(cluster) <= RAY_CLUSTER
    assert set(cluster["headGroupSpec"]) <= HEAD
    assert spec["submissionMode"] in ("K8sJobMode", "HTTPMode", "InteractiveMode", "SidecarMode")
    assert cluster["authOptions"] == {"mode": "token"}
    assert cluster["rayVersion"] == pinned("ray")
    groups = [cluster["headGroupSpec"], *cluster["workerGroupSpecs"]]
    for group in groups:
        assert all(isinstance(value, str) for value in group["rayStartParams"].values())
    for group in cluster["workerGroupSpecs"]:
        assert set(group) <= WORKERS
        assert group["minReplicas"] <= group["replicas"] <= group["maxReplicas"]
    assert claim["spec"]["accessModes"] == ["ReadWriteMany"]
    pods = [group["template"]["spec"] for group in groups]
    assert len({container["image"] for pod in pods for container in pod["containers"]}) == 1
    for pod in pods:
        sees_what_it_mounts(pod, claims={claim["metadata"]["name"]})


def test_the_ray_job_searches_in_the_claim():
    spec = documents("kuberay-rayjob.yaml")[1]["spec"]
    options = command_line(spec["entrypoint"])
    assert options.address == "auto"
    pod = spec["rayClusterSpec"]["headGroupSpec"]["template"]["spec"]
    (mount,) = [m["mountPath"] for m in pod["containers"][0]["volumeMounts"] if m["name"] == "shared"]
    assert options.home.is_relative_to(mount)
    assert options.data_dir.is_relative_to(mount)
    # the name by which it goes on, in the comment
    told = re.search(r"python /app/launch/tune\.py (--resume .*)", (FOLDER / "kuberay-rayjob.yaml").read_text())[1]
    assert shlex.split(told) == ["--resume", options.name, "--home", str(options.home), "--address", "auto"]


def sees_what_it_mounts(pod, claims):
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    assert pod["securityContext"]["runAsNonRoot"] is True
    for container in pod["containers"]:
        assert {mount["name"] for mount in container["volumeMounts"]} <= set(volumes) | claims
        assert container["securityContext"]["allowPrivilegeEscalation"] is False
    for volume in volumes.values():
        if "persistentVolumeClaim" in volume:
            assert volume["persistentVolumeClaim"]["claimName"] in claims


def test_the_mlflow_server_on_kubernetes():
    found = {(one["kind"], one["metadata"]["name"]): one for one in documents("mlflow-postgres.yaml")}
    database = found["StatefulSet", "mlflow-postgres"]["spec"]
    server = found["Deployment", "mlflow"]["spec"]
    sees_what_it_mounts(database["template"]["spec"], claims={"data"})
    sees_what_it_mounts(server["template"]["spec"], claims={"mlflow-artifacts"})
    assert ("PersistentVolumeClaim", "mlflow-artifacts") in found
    for workload, name in ((database, "mlflow-postgres"), (server, "mlflow")):
        labels = workload["template"]["metadata"]["labels"]
        assert workload["selector"]["matchLabels"] == labels
        assert found["Service", name]["spec"]["selector"] == labels
        assert found["NetworkPolicy", name]["spec"]["podSelector"]["matchLabels"] == labels
        assert found["Service", name]["spec"].get("type", "ClusterIP") == "ClusterIP"
    secrets = [e for w in (database, server) for e in w["template"]["spec"]["containers"][0]["env"] if "valueFrom" in e]
    assert [one["name"] for one in secrets] == ["POSTGRES_PASSWORD", "PGPASSWORD"]
    assert len({str(one["valueFrom"]) for one in secrets}) == 1


@pytest.mark.slow  # MLflow's command line imports for seconds
def test_mlflow_takes_the_command_of_the_deployment():
    from mlflow.cli import server

    deployment = next(one for one in documents("mlflow-postgres.yaml") if one["kind"] == "Deployment")
    container = deployment["spec"]["template"]["spec"]["containers"][0]
    assert container["command"][:2] == ["mlflow", "server"]
    given = server.make_context("server", container["command"][2:]).params
    assert (given["host"], given["port"]) == ("0.0.0.0", container["ports"][0]["containerPort"])
    assert "password" not in " ".join(container["command"])
    env = {one["name"]: one.get("value") for one in container["env"]}
    assert env["MLFLOW_BACKEND_STORE_URI"] == "postgresql+psycopg://anomaly@mlflow-postgres/mlflow"
    assert "mlflow:5000" in env["MLFLOW_SERVER_ALLOWED_HOSTS"].split(",")  # what searches call it


# ---------------------------------------------------------------- Docker


def instructions():
    text = re.sub(r"^\s*#.*\n", "", (FOLDER / "Dockerfile").read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    return [tuple(line.split(None, 1)) for line in text.splitlines() if line.strip()]


def test_dockerfile():
    lines = instructions()
    assert {word for word, _ in lines} == {"FROM", "RUN", "WORKDIR", "ARG", "COPY", "ENV", "USER", "ENTRYPOINT"}
    assert lines[0] == ("FROM", "python:3.11-slim-bookworm")
    sources = [source for word, rest in lines if word == "COPY" for source in rest.split()[:-1]]
    assert [source for source in sources if not (ROOT / source).exists()] == []
    packages = {p.parent.name for p in ROOT.glob("*/__init__.py")} - {"tests"}
    assert packages <= {source.rstrip("/") for source in sources}
    (created,) = re.findall(r"useradd --create-home --uid (\d+) (\w+)", " ".join(rest for _, rest in lines))
    assert [rest for word, rest in lines if word == "USER"] == [created[1]]
    assert lines[-1] == ("ENTRYPOINT", '["python", "/app/launch/tune.py"]')
    installs = re.findall(r"pip install [^&]*", " ".join(rest for word, rest in lines if word == "RUN"))
    assert len(installs) == 2
    assert all("-c constraints.txt" in one for one in installs)
    pods = documents("kuberay-rayjob.yaml")[1]["spec"]["rayClusterSpec"]["headGroupSpec"]["template"]["spec"]
    assert pods["securityContext"]["runAsUser"] == int(created[0])


def test_only_code_goes_into_the_image(tmp_path):
    """As Docker's own client chooses the files that it sends."""
    from docker.utils.build import exclude_paths

    code = ["pyproject.toml", "launch/tune.py", "launch/cluster/slurm.sh", "datasets/celeba_standin.json"]
    rest = [
        ".git/config", ".venv/bin/python", "runs/mlflow.db", "data/8_celeba.npz", "shared/data/x.npz", "tests/x.py",
        "launch/__pycache__/tune.cpython-311.pyc", "model.joblib", "pgpass",
    ]  # fmt: skip
    for name in code + rest:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    patterns = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
    sent = exclude_paths(str(tmp_path), patterns)
    assert {name for name in sent if (tmp_path / name).is_file()} == set(code)


# ---------------------------------------------------------------- scripts


@pytest.mark.parametrize("name", ["slurm.sh", "mlflow_server.sh"])
def test_bash_reads_the_script(name):
    checked = subprocess.run(["bash", "-n", FOLDER / name], capture_output=True, text=True)
    assert (checked.returncode, checked.stderr) == (0, "")
    assert os.access(FOLDER / name, os.X_OK)


def test_header_for_slurm():
    lines = (FOLDER / "slurm.sh").read_text().splitlines()
    header = [line.removeprefix("#SBATCH --") for line in lines if line.startswith("#SBATCH ")]
    options = dict(line.partition("=")[::2] for line in header)
    assert options["signal"] == "B:TERM@120"
    assert options["ntasks-per-node"] == "1"
    assert "requeue" in options
    assert options["open-mode"] == "append"  # or the log of before a requeue is lost
    # sbatch reads no further than the first command
    first = next(i for i, line in enumerate(lines) if line and not line.startswith("#"))
    assert max(i for i, line in enumerate(lines) if line.startswith("#SBATCH")) < first


def refused(script, *arguments, **environment):
    ended = subprocess.run(
        [FOLDER / script, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=30,
        env={"PATH": os.environ["PATH"], "PYTHON": sys.executable, **{k: str(v) for k, v in environment.items()}},
    )
    assert ended.returncode == 2, ended
    (line,) = ended.stderr.splitlines()
    return line.removeprefix("error: ")


def test_slurm_script_elsewhere(tmp_path):
    assert refused("slurm.sh") == "this runs under Slurm: sbatch launch/cluster/slurm.sh devnet celeba --trials 500"
    where = refused("slurm.sh", SLURM_JOB_ID=1, SLURM_SUBMIT_DIR=tmp_path)
    assert where == f"{tmp_path} is not the checkout: call sbatch there"


def test_mlflow_server_says_what_is_wrong(tmp_path):
    def words(*arguments, **environment):
        return refused("mlflow_server.sh", *arguments, **environment)

    assert words("--prot", 5) == "unknown option '--prot'; see --help"
    assert words("--port") == "--port needs a value; see --help"
    assert words("--workers", "many") == "--workers must be a number, got 'many'"
    (tmp_path / "file").touch()
    closed = tmp_path / "file" / "x"
    assert words("--folder", closed) == f"the folder {closed} cannot be written; give another with --folder"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        told = words("--folder", tmp_path, "--port", port)
    assert told == f"port {port} is taken on 127.0.0.1; give another with --port"
    bare = tmp_path / "bare"
    bare.mkdir()
    (bare / "python").write_text(f'#!/bin/sh\nexec {sys.executable} -S "$@"\n')
    (bare / "python").chmod(0o755)
    told = words("--folder", tmp_path, PYTHON=bare / "python")
    assert told == f"no MLflow in {bare}/python; run 'make setup', or set PYTHON to the interpreter that has it"


def test_mlflow_server_without_postgresql(tmp_path):
    (tmp_path / "psycopg").mkdir()
    (tmp_path / "psycopg" / "__init__.py").touch()  # the driver is looked for first
    told = refused("mlflow_server.sh", "--folder", tmp_path, "--port", 50999, PG_BIN=tmp_path, PYTHONPATH=tmp_path)
    assert told.startswith("PostgreSQL is not installed; on Debian: apt-get install postgresql")


def test_the_readme_names_every_file():
    text = (FOLDER / "README.md").read_text()
    names = {p.name for p in FOLDER.iterdir() if p.is_file()} - {"README.md"}
    assert [name for name in sorted(names) if f"`{name}`" not in text] == []


# ---------------------------------------------------------------- Slurm, played on this machine

SRUN = """#!/usr/bin/env bash
# runs here what srun would run on other nodes
tasks=1
while [[ ${1:-} == -* ]]; do
  case $1 in
    -w) shift 2 ;;
    --ntasks=*) tasks=${1#*=} && shift ;;
    *) shift ;;
  esac
done
echo "srun x$tasks $*" >> "$PLAYED"
running=()
trap 'kill -TERM "${running[@]}" 2> /dev/null' TERM
for _ in $(seq "$tasks"); do "$@" & running+=($!); done
for one in "${running[@]}"; do
  while kill -0 "$one" 2> /dev/null; do wait "$one"; done
done
wait "${running[0]}"
"""
SCONTROL = """#!/usr/bin/env bash
echo "scontrol $*" >> "$PLAYED"
[ "$1 $2" != "show hostnames" ] || printf '%s\\n' node-a node-b
"""
SBATCH = """#!/usr/bin/env bash
# Slurm runs a copy of the script, from elsewhere
copy=$(mktemp -d)/slurm_script
cp "$1" "$copy" && shift
export SLURM_SUBMIT_DIR=$PWD SLURM_JOB_NUM_NODES=2 SLURM_CPUS_PER_TASK=1 SLURM_JOB_NODELIST="node-[a-b]"
export SLURM_MEM_PER_NODE=2048 SLURM_JOB_END_TIME=$(($(date +%s) + 100))
exec bash "$copy" "$@"
"""


@pytest.mark.slow
def test_slurm_job_over_two_nodes_is_requeued_and_goes_on(tmp_path, data_dir):
    """Its time runs out in the middle; the second time it ends, with every trial once."""
    for name, text in (("srun", SRUN), ("scontrol", SCONTROL), ("sbatch", SBATCH)):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    home, played, job = tmp_path / "home", tmp_path / "played", str(os.getpid())
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "RAY_AUTH_MODE", "RAY_ADDRESS")}
    environment |= {"PATH": f"{tmp_path}:{os.environ['PATH']}", "PYTHON": sys.executable, "PLAYED": str(played)}
    environment |= {"SLURM_JOB_ID": job, "RAY_memory_monitor_refresh_ms": "0"}
    command = ["sbatch", FOLDER / "slurm.sh", "devnet", "celeba", "--trials", 10, "--max-rounds", 4, "--confirm", 2]
    command = [str(c) for c in [*command, "--home", home, "--data-dir", data_dir, "--no-retrain"]]

    def start(**more):
        log = open(tmp_path / "log", "a")  # noqa: SIM115
        return subprocess.Popen(
            command, cwd=ROOT, env=environment | more, stdout=log, stderr=log, start_new_session=True
        )

    def ended(state):
        if not (home / "studies" / f"slurm-{job}.journal").exists():
            return []
        return [t for t in trials_of(home, f"slurm-{job}") if t.state.name in state]

    script = start()
    try:
        wait_for(lambda: len(ended(("COMPLETE", "PRUNED"))) >= 2)
        script.send_signal(signal.SIGTERM)  # to the script alone, as --signal=B: has it
        assert script.wait(60) == 130, (tmp_path / "log").read_text()[-3000:]
        assert f"scontrol requeue {job}" in played.read_text().splitlines()
        before = len(ended(("COMPLETE", "PRUNED")))
        assert before < 10
        script = start(SLURM_RESTART_COUNT="1")
        assert script.wait(200) == 0, (tmp_path / "log").read_text()[-3000:]
    finally:
        if script.poll() is None:
            os.killpg(script.pid, signal.SIGKILL)
            script.wait()
    trials = trials_of(home, f"slurm-{job}")
    assert [t.number for t in trials] == list(range(10))
    assert {t.state.name for t in trials} <= {"COMPLETE", "PRUNED"}
    lines = played.read_text().splitlines()
    starts = [line for line in lines if " start " in line]
    assert [("--head" in line) for line in starts] == [True, False, True, False]
    assert all("--disable-usage-stats" in line for line in starts)
    assert not [line for line in lines if "auth_token" in line]  # a path in the environment, a file for its owner
    assert not (home / f".slurm-{job}").exists()
    assert not Path(f"/tmp/ray-{job}").exists()
    left = subprocess.run(["pgrep", "-f", f"/tmp/ray-{job}"], capture_output=True, text=True).stdout
    assert left == ""
