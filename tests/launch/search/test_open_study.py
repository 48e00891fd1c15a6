"""A study is read when it is held: what its holder before did in the meantime counts."""

from launch.search import trials


def test_what_ended_while_one_waited_for_the_study_is_seen(local):
    first = local("kmeans", "--trials", "2", "--name", "s")
    record = first.study.ask()

    def hold(study):
        first.study.report(record.number, [{"round": 1, "score": 0.5, "fit_seconds": 1.0, "predict_seconds": 1.0}])
        first.study.finish(record.number, finished=True)

    second = trials.open_study(first.plan, hold)
    assert (len(second.waiting), second.records[record.number].state) == (0, "complete")
