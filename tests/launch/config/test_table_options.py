"""Tables of one's own on the command line: options, config files, what is refused."""

import pytest

from launch.config.command_line import parse
from launch.config.data_options import request_of
from tests.tables import raw, write


def test_a_config_file_has_the_options_of_tables(tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text(
        "label_column: verdict\npositive: [bad]\ngroup-column: shop\ntype_column: kind\nunseen: [theft]\n"
        "drop: [unit]\ncategorical: [count]\nmissing: ['-']\nscale: robust\nduplicates: keep\n"
        "labelled_anomalies: 30\ncontamination: 0.02\n"
    )
    found = parse(["devnet", "my.csv", "--config", str(path)])
    words = (
        "devnet my.csv --label-column verdict --positive bad --group-column shop --type-column kind --unseen theft "
        "--drop unit --categorical count --missing - --scale robust --duplicates keep --labelled-anomalies 30 "
        "--contamination 0.02"
    )
    given = parse(words.split(" "))
    assert request_of(found) == request_of(given)
    assert request_of(found).contamination == 0.02


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("positive: bad", "positive must be a list of texts"),
        ("duplicates: merge", "duplicates must be one of group, drop, keep"),
        ("scale: log", "scale must be one of standard"),
        ("labelled_anomalies: many", "labelled_anomalies must be a int"),
        ("contamination: true", "contamination must be a float"),
        ("label_colum: y", "did you mean label_column?"),
    ],
)
def test_config_files_that_are_wrong(refuse, tmp_path, line, words):
    (tmp_path / "c.yaml").write_text(line)
    assert words in refuse("devnet", "my.csv", "--config", tmp_path / "c.yaml")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["none.csv"], "there is no file none.csv"),
        (["my.csv"], "--label-column NAME (did you mean --label-column verdict?)"),
        (["my.csv", "--label-column", "verdit"], "did you mean verdict?"),
        (["my.csv", "--label-column", "colour"], "37 rows without a label"),
        (["my.csv", "--label-column", "shop"], "say which are normal (--normal) or which are anomalies"),
        (["my.csv", "--label-column", "verdict", "--positive", "worse"], "--positive worse: label column 'verdict'"),
        (["my.csv", "--label-column", "verdict", "--drop", "nothing"], "--drop nothing: my.csv has no column"),
        (["my.csv", "--label-column", "verdict", "--labelled-anomalies", "999"], "ask for fewer"),
        (["my.csv", "--label-column", "verdict", "--contamination", "0.02"], "say --labelled-anomalies too"),
        (["my.csv", "--label-column", "verdict", "--labelled-anomalies", "0"], "learns from labelled anomalies"),
        (["my.csv", "--label-column", "verdict", "--unseen", "theft"], "--type-column"),
        (["my.csv", "--label-column", "verdict", "--protocol", "time"], "unknown protocol 'time'"),
        (["celeba", "--label-column", "y"], "--label-column is for a table of your own"),
        (["bad.parquet"], "cannot be read as a table"),
    ],
)
def test_what_is_refused_before_any_work(refuse, tmp_path, arguments, words):
    write(tmp_path / "my.csv", raw())
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 junk")
    assert words in refuse("devnet", *arguments)
