"""What the tests of reports share: small commands in this process, a reader of pages, a small grid."""

import json
from html.parser import HTMLParser
from typing import get_type_hints


def run(module, *arguments, **options):
    """A small command in this process: its exit code."""
    import io

    from rich.console import Console

    console = Console(file=io.StringIO(), width=200)
    code = module.run(get_type_hints(module.run)["options"](*arguments, **options), console) or 0
    return code, console.file.getvalue()


class Page(HTMLParser):
    """Ids, links, labels of a page; void elements are no surprise."""

    def __init__(self, text):
        super().__init__()
        self.ids, self.links, self.sources, self.unlabelled, self.open = [], [], [], 0, []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.ids += [given["id"]] if "id" in given else []
        self.links += [given["href"]] if "href" in given else []
        self.sources += [given["src"]] if "src" in given else []
        if given.get("role") in ("img", "region") or tag == "img":
            self.unlabelled += not (given.get("aria-label") or given.get("alt"))
        if tag not in ("meta", "input", "img", "link", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def grid_row(detector, seed):
    value = {"iforest": 0.6, "random": 0.5, "ecod": 0.6}[detector] + 0.02 * seed
    return {
        "key": f"{detector}{seed}", "detector": detector, "supervision": "unsupervised", "dataset": "celeba",
        "asked": "celeba", "protocol": "report", "labelled_anomalies": None, "contamination": None,
        "published": "report", "config": {"n": 1}, "seed": seed, "outer_split": 0, "rounds": 3, "trials": None,
        "auroc": value, "ap": value / 2, "f1_report": 0.1, "fit_seconds": 0.5, "predict_seconds": 0.25,
        "test": {"rows": 1000, "anomalies": 50}, "failure": None,
    }  # fmt: skip


def write_grid(folder):
    """Five fits, the last of which failed."""
    rows = [grid_row(detector, seed) for detector in ("iforest", "random") for seed in (0, 1)]
    rows.append({**grid_row("ecod", 0), "auroc": None, "ap": None, "failure": {"cause": "data", "message": "no"}})
    folder.mkdir()
    (folder / "small.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
