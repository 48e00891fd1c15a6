"""The audit itself: it passes what is whole, and names each kind of loss in a store that was damaged."""

import contextlib
import json
import shutil
import sqlite3

import pytest

from tests.faults import work, workload
from tests.faults.audit import Audit, Case, Kill, Seen, audit, journal_of, look
from tests.faults.conftest import ASKED, ROUNDS, SEED


class Damaged:
    """A copy of the finished search, to be damaged."""

    def __init__(self, folder, problem):
        self.folder, self.home = folder, folder / "home"
        self.case = Case(
            self.home, "calm", folder / "work.jsonl", self.home / "checkpoints", problem, ASKED, SEED,
            seen=[look(self.home, "calm")],
        )  # fmt: skip

    def sql(self, query, *values):
        with contextlib.closing(sqlite3.connect(self.home / "mlflow.db")) as connection, connection:
            return connection.execute(query, values).fetchall()

    def run(self, tag, value):
        ((found,),) = self.sql("select run_uuid from tags where key = ? and value = ?", tag, str(value))
        return found

    def trial(self, number):
        return self.run("key", f"trial-{number}")

    def remove(self, run):
        for table in ("tags", "params", "metrics", "latest_metrics", "runs"):
            self.sql(f"delete from {table} where run_uuid = ?", run)

    def copy(self, run):
        for table in ("runs", "tags", "params", "metrics"):
            columns = [row[1] for row in self.sql(f"pragma table_info({table})")]
            said = ", ".join("'copy'" if name == "run_uuid" else f'"{name}"' for name in columns)
            names = ", ".join(f'"{name}"' for name in columns)
            self.sql(f"insert into {table} ({names}) select {said} from {table} where run_uuid = ?", run)

    def edit(self, number, change):
        """Change what the journal says of a trial: `change` gets each of its entries."""
        path = journal_of(self.home, "calm")
        entries = [json.loads(line) for line in path.read_text().splitlines()]
        for entry in entries:
            if entry.get("trial_id") == number:
                change(entry)
        path.write_text("".join(json.dumps(entry) + "\n" for entry in entries))

    def attribute(self, number, name, value):
        def change(entry):
            if name in entry.get("user_attr", {}):
                entry["user_attr"][name] = value

        self.edit(number, change)

    def log(self, life, what, number, time):
        """A line in the work log, of a life of the published configuration."""
        rows = len(self.case.problem.split(SEED).train.y)
        config = workload.name_of(workload.PUBLISHED["report"][0])
        line = {"what": what, "round": number, "time": time, "pid": 1, "life": life, "config": config,
                "seed": SEED, "rows": rows}  # fmt: skip
        with open(self.case.work, "a") as file:
            file.write(json.dumps(line) + "\n")

    def kinds(self):
        return {kind for kind, found in audit(self.case).losses.items() if found}


@pytest.fixture
def damaged(whole, tmp_path, problem):
    shutil.copytree(whole, tmp_path / "copy")
    return Damaged(tmp_path / "copy", problem)


def test_what_is_whole_passes(damaged):
    found = audit(damaged.case)
    assert found.clean, found.words
    assert sum(found.trials.values()) == ASKED
    assert found.lives == ASKED
    assert (found.touched, found.redone, found.worst_seconds) == (0, 0, 0.0)
    assert ROUNDS <= found.rounds <= ASKED * ROUNDS


def lose_a_run(d):
    d.remove(d.trial(1))


def double_a_run(d):
    d.copy(d.trial(1))


def give_a_run_away(d):
    d.sql("update tags set value = 'another' where key = 'search_id' and run_uuid = ?", d.trial(1))


def end_a_run_wrongly(d):
    d.sql("update runs set status = 'FAILED' where run_uuid = ?", d.trial(0))


def tell_a_state_wrongly(d):
    d.sql("update tags set value = 'pruned' where key = 'state' and run_uuid = ?", d.trial(0))


def leave_a_run_running(d):
    d.sql("update runs set status = 'RUNNING' where run_uuid = ?", d.trial(0))


def lose_a_round(d):
    d.sql("delete from metrics where key = 'val_ap' and step = 2 and run_uuid = ?", d.trial(0))


def double_a_round(d):
    columns = "key, value, timestamp, run_uuid, step, is_nan"
    said = "key, value, timestamp + 1, run_uuid, step, is_nan"
    where = "key = 'loss_fit' and step = 2 and run_uuid = ?"
    d.sql(f"insert into metrics ({columns}) select {said} from metrics where {where}", d.trial(0))


def falsify_a_round(d):
    d.sql("update metrics set value = 0.5 where key = 'val_ap' and step = 2 and run_uuid = ?", d.trial(0))


def do_rounds_otherwise(d):
    def change(entry):
        history = entry.get("user_attr", {}).get("history")
        if history:
            history[1]["ap"] += 1e-15 + history[1]["ap"] * 1e-15

    d.edit(0, change)
    history = next(
        entry["user_attr"]["history"]
        for entry in map(json.loads, journal_of(d.home, "calm").read_text().splitlines())
        if entry.get("trial_id") == 0 and "history" in entry.get("user_attr", {})
    )
    changed = history[1]["ap"]
    d.sql("update metrics set value = ? where key = 'val_ap' and step = 2 and run_uuid = ?", changed, d.trial(0))


def end_a_trial_early(d):
    def change(entry):
        if "history" in entry.get("user_attr", {}):
            entry["user_attr"]["history"].pop()

    d.edit(0, change)
    d.sql("delete from metrics where step = ? and run_uuid = ?", ROUNDS, d.trial(0))
    d.case.seen.clear()


def remember_a_trial_otherwise(d):
    ((number, (state, score, rounds)), *_) = d.case.seen[0].ended.items()
    d.case.seen.append(Seen({number: (state, score, rounds - 1)}))


def remember_a_better_best(d):
    d.case.seen.append(Seen({0: ("complete", 2.0, ROUNDS)}))


def forget_a_trial(d):
    d.case.seen.append(Seen({99: ("pruned", 0.1, 1)}))


def try_a_configuration_twice(d):
    d.attribute(2, "config", next(iter(workload.PUBLISHED.values()))[0])
    d.sql(
        "update tags set value = ? where key = 'config' and run_uuid = ?",
        json.dumps(next(iter(workload.PUBLISHED.values()))[0]), d.trial(2),
    )  # fmt: skip


def try_the_published_twice(d):
    d.attribute(2, "origin", "report")


def lose_the_published(d):
    path = journal_of(d.home, "calm")
    before = path.read_text()
    path.write_text(before.replace('"origin":"report"', '"origin":"sampled"'))
    assert path.read_text() != before


def ask_for_more(d):
    d.case.asked += 1


def ask_for_less(d):
    d.case.asked -= 1


def leave_a_trial_running(d):
    import optuna

    from launch.study.storage import open_storage

    optuna.load_study(study_name="calm", storage=open_storage(str(journal_of(d.home, "calm")))).ask()


def fail_a_trial(d):
    def change(entry):
        if entry.get("state") in (1, 2):
            entry["state"] = 3

    d.edit(1, change)


def fail_a_trial_as_if_its_worker_was_lost_once(d):
    def change(entry):
        if "peak_memory_mb" in entry.get("user_attr", {}):
            entry["user_attr"] = {"failure": "worker_lost"}

    fail_a_trial(d)
    d.edit(1, change)


def break_the_parent(d):
    d.sql("update runs set status = 'KILLED' where run_uuid = ?", d.run("key", "parent"))


def double_the_end(d):
    d.copy(d.run("key", "final"))


def lose_the_end(d):
    d.remove(d.run("key", "final"))


def lose_test_figures(d):
    d.sql("delete from metrics where key = 'test_tuned_ap'")


def lose_six_seconds(d):
    for number in (1, 2, 3):
        d.log("cut", "start", number, 100.0 + 2 * number)
        d.log("cut", "end", number, 102.0 + 2 * number)
    d.case.kills.append(Kill("driver", "search", 108.5))


def lose_a_long_round_under_way(d):
    d.log("cut", "start", 1, 100.0)
    d.case.kills.append(Kill("driver", "search", 105.5))


def never_do_a_round(d):
    kept = [line for line in d.case.work.read_text().splitlines() if json.loads(line)["round"] != 2]
    d.case.work.write_text("\n".join(kept) + "\n")


def leave_a_state(d):
    (d.home / "checkpoints" / "calm-0" / "trial-00001").mkdir(parents=True)


def cut_the_journal(d):
    path = journal_of(d.home, "calm")
    path.write_bytes(path.read_bytes()[:-9])


def cut_the_spool(d):
    path = d.home / "studies" / "calm.spool.jsonl"
    path.write_bytes(path.read_bytes() + b'{"event": "met')


def lose_the_summary(d):
    (d.home / "studies" / "calm.summary.json").unlink()


def confirm_otherwise(d):
    path = d.home / "studies" / "calm.summary.json"
    summary = json.loads(path.read_text())
    summary["finalists"][0]["validation"]["confirmed"]["mean"] += 1e-6
    path.write_text(json.dumps(summary))


def conclude_twice_and_come_to_something_else(d):
    columns = "key, value, timestamp, run_uuid, step, is_nan"
    said = "key, value / 2, timestamp + 1, run_uuid, step, is_nan"
    final = d.run("key", "final")
    d.sql(f"insert into metrics ({columns}) select {said} from metrics where key = 'test_tuned_ap' and run_uuid = ?",
          final)  # fmt: skip


DAMAGES = [
    (lose_a_run, {"lost trials"}),
    (double_a_run, {"doubled trials"}),
    (give_a_run_away, {"lost trials", "foreign runs"}),
    (end_a_run_wrongly, {"wrong states"}),
    (tell_a_state_wrongly, {"wrong states"}),
    (leave_a_run_running, {"running", "wrong states"}),
    (lose_a_round, {"missing rounds"}),
    (double_a_round, {"doubled rounds"}),
    (falsify_a_round, {"wrong values"}),
    (do_rounds_otherwise, {"changed rounds"}),
    (end_a_trial_early, {"missing rounds"}),
    (remember_a_trial_otherwise, {"changed trials"}),
    (remember_a_better_best, {"changed trials", "worse best"}),
    (forget_a_trial, {"changed trials"}),
    (try_a_configuration_twice, {"doubled configurations"}),
    (try_the_published_twice, {"published"}),
    (lose_the_published, {"published"}),
    (ask_for_more, {"lost trials"}),
    (ask_for_less, {"doubled trials"}),
    (leave_a_trial_running, {"running", "lost trials", "doubled trials"}),
    (fail_a_trial, {"failed trials", "wrong states", "changed trials"}),
    (fail_a_trial_as_if_its_worker_was_lost_once, {"failed trials", "wrong states", "changed trials"}),
    (break_the_parent, {"parents"}),
    (double_the_end, {"finals"}),
    (lose_the_end, {"finals"}),
    (lose_test_figures, {"finals"}),
    (lose_six_seconds, {"late work"}),
    (lose_a_long_round_under_way, {"late work"}),
    (never_do_a_round, {"wrong values"}),
    (leave_a_state, {"stray checkpoints"}),
    (cut_the_journal, {"unreadable"}),
    (cut_the_spool, {"unreadable"}),
    (lose_the_summary, {"unfinished"}),
    (confirm_otherwise, {"changed confirmations"}),
    (conclude_twice_and_come_to_something_else, {"wrong values"}),
]
MORE = {"try_a_configuration_twice": {"changed rounds", "wrong values"}}
"""What a damage may bring besides."""


@pytest.mark.parametrize(("damage", "expected"), DAMAGES, ids=[damage.__name__ for damage, _ in DAMAGES])
def test_every_loss_is_named(damaged, damage, expected):
    damage(damaged)
    kinds = damaged.kinds()
    assert expected <= kinds <= expected | MORE.get(damage.__name__, set())


# -- work that was done again ----------------------------------------------------------------


def life(config, begun, *rounds):
    made = work.Life(config, begun, 1)
    for number, start, end in rounds:
        made.started[number] = start
        if end is not None:
            made.ended[number] = end
    return made


def test_work_done_again_is_counted_in_rounds_and_seconds():
    first = life("c", 0.0, (1, 0.0, 1.0), (2, 1.0, 2.5), (3, 2.5, 4.5), (4, 4.5, None))
    again = life("c", 20.0, (2, 20.0, 21.0), (3, 21.0, 22.0), (4, 22.0, 23.0))
    (loss,) = work.losses(7, [first, again], kills=[5.25, 100.0])
    # rounds 2 and 3 took 1.5 and 2.0 seconds; round 4 was under way for 0.75
    assert (loss.trial, loss.time, loss.rounds, loss.seconds, loss.half) == (7, 5.25, (2, 3), 4.25, True)


def test_a_life_that_did_nothing_loses_nothing():
    lives = [life("c", 0.0, (1, 0.0, 1.0)), life("c", 5.0), life("c", 9.0, (2, 9.0, 10.0))]
    assert work.losses(0, lives, kills=[1.5, 6.0]) == []


def test_lives_of_refits_and_confirmations_are_left_out(tmp_path):
    base = {"what": "begin", "round": 0, "time": 1.0, "pid": 1, "config": "c"}
    entries = [
        base | {"life": "trial", "seed": 33, "rows": 100},
        base | {"life": "refit", "seed": 0, "rows": 100},
        base | {"life": "everything", "seed": 33, "rows": 120},
    ]
    assert {config: len(found) for config, found in work.lives(entries, 33, 100).items()} == {"c": 1}


def test_a_report_of_two_long_rounds_is_the_limit():
    one = life("c", 0.0, (1, 0.0, 4.0), (2, 4.0, 8.5), (3, 8.5, 10.0))
    assert work.longest_report([one], [[1, 2], [3]]) == 8.5


def test_a_trial_that_lost_four_workers_in_a_row_is_given_up_and_no_loss(damaged):
    fail_a_trial_as_if_its_worker_was_lost_once(damaged)
    spool = damaged.home / "studies" / "calm.spool.jsonl"
    again = "".join(json.dumps({"event": "reopen", "time": 0.0, "key": "trial-1"}) + "\n" for _ in range(3))
    spool.write_text(spool.read_text() + again)
    found = audit(damaged.case)
    assert found.given_up == 1
    assert not found.losses["failed trials"]


def test_audits_add_up():
    total = Audit()
    for seconds in (1.0, 3.0):
        one = Audit(searches=1, redone=2, worst_seconds=seconds)
        one.kills["driver"] = 5
        one.losses["finals"].append("x")
        total.add(one)
    assert (total.searches, total.redone, total.worst_seconds, total.kills["driver"]) == (2, 4, 3.0, 10)
    assert not total.clean
    assert total.words == "finals: x\nfinals: x"
    assert "LOST finals" in total.table()
