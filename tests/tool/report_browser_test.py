# SPDX-License-Identifier: Apache-2.0
# Copyright the bitwhere authors
"""Opens the report of a real evaluation in a browser without a window: it renders, nothing is
written to the console, it sorts and reads out, and the numbers that it shows are those of the
JSON."""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

SKIPPED = 77
BROWSERS = ("chromium", "chromium-browser", "google-chrome")

# Runs in the page, behind its own script, and leaves what it saw in attributes of the body.
PROBE = """<script>{
const seen = document.body.dataset;
const iou = [...document.querySelectorAll("table.sortable thead button")]
  .find(button => button.textContent === "IoU");
const shown = () => [...document.querySelectorAll("table.sortable tbody tr")]
  .map(row => row.cells[0].textContent).join(" ");
seen.unsorted = shown();
iou.click();
seen.ascending = shown();
iou.click();
seen.descending = shown();
seen.images = [...document.images].filter(i => i.complete && i.naturalWidth > 0).length;
seen.overflow = document.documentElement.scrollWidth - document.documentElement.clientWidth;
seen.width = window.innerWidth;
seen.dark = matchMedia("(prefers-color-scheme: dark)").matches;
seen.background = getComputedStyle(document.body).backgroundColor;
const drawn = document.getElementById("matrix");
if (drawn) {
  drawn.dispatchEvent(new KeyboardEvent("keydown", {key: "ArrowRight"}));
  seen.readout = document.getElementById("readout").textContent;
}
}</script></body>"""


class Page(HTMLParser):
    """What of a rendered page is compared."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.body: dict[str, str | None] = {}
        self.tiles: dict[str, tuple[str, str]] = {}
        self.rows: list[list[tuple[str, str]]] = []
        self.figures: list[list[tuple[str, str]]] = []
        self.json = ""
        self.sections: list[str | None] = []
        self._open: list[str] = []
        self._values: list[tuple[str, str]] = []
        self._value: str | None = None
        self._term = ""
        self._in_json = False
        self._place = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "body":
            self.body = named
        elif tag == "section":
            self.sections.append(named.get("id"))
        elif tag in ("tr", "figure"):
            self._values = []
        elif tag == "data":
            self._value = named.get("value")
        elif tag == "script":
            self._in_json = named.get("id") == "bitwhere-data"
        if tag in ("dt", "data"):
            self._place = tag
            self._text = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "dt":
            self._term = self._text
        elif tag == "data":
            self._values.append((self._value or "", self._text))
        elif tag == "dd" and self._values:
            self.tiles[self._term] = self._values[-1]
            self._values = []
        elif tag == "tr" and len(self._values) == 6:
            self.rows.append(self._values)
        elif tag == "figure" and self._values:
            self.figures.append(self._values)
        elif tag == "script":
            self._in_json = False
        if tag == self._place:
            self._place = ""

    def handle_data(self, data: str) -> None:
        if self._in_json:
            self.json += data
        elif self._place:
            self._text += data


def percent(ratio: float | None) -> str:
    return "\u2013" if ratio is None else f"{100 * ratio:.2f}\u00a0%"


def same_ratio(shown: tuple[str, str], ratio: float | None) -> None:
    value = None if shown[0] == "" else float(shown[0])
    assert value == ratio, f"{shown} for {ratio}"
    # Half of the last digit may round either way.
    near = ratio is not None and abs(float(shown[1][:-2]) - 100 * ratio) <= 0.005000001
    assert near or shown[1] == percent(ratio), f"{shown} for {ratio}"


def same_count(shown: tuple[str, str], count: int) -> None:
    assert shown == (str(count), f"{count:,}"), f"{shown} for {count}"


def rendered(browser: str, page: Path, profile: Path, *options: str) -> str:
    run = subprocess.run(
        [browser, "--headless=new", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr",
         "--v=0", f"--user-data-dir={profile}", "--virtual-time-budget=3000", *options,
         "--dump-dom", page.as_uri()],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120, check=True)
    said = [line for line in run.stderr.decode(errors="replace").splitlines() if "CONSOLE" in line]
    assert not said, said
    return run.stdout.decode()


def evaluate(tool: str, scenes: Path, to: Path, classes: str, code: int) -> tuple[str, str]:
    """The report's page and the JSON of the same run."""
    run = subprocess.run(
        [tool, "eval", "--prediction", scenes / "predictions", "--target", scenes / "targets",
         "--classes", classes, "--ignore", "255", "--report", to,
         "--json", to.with_suffix(".json")],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=120, check=False)
    assert run.returncode == code, run.stderr.decode(errors="replace")
    return (to / "index.html").read_text(), to.with_suffix(".json").read_text()


def check_numbers(page: Page, report: dict[str, Any]) -> None:
    totals = report["totals"]
    for name, key in (("Mean IoU", "mean_iou"), ("Accuracy", "accuracy"),
                      ("Mean class accuracy", "mean_class_accuracy"), ("Mean Dice", "mean_dice"),
                      ("Frequency-weighted IoU", "frequency_weighted_iou")):
        same_ratio(page.tiles[name], totals[key])
    same_count(page.tiles["Images"], totals["images"])
    same_count(page.tiles["Pixels"], totals["valid"])
    by_id = {int(row[0][0]): row for row in page.rows}
    assert len(by_id) == len(report["classes"]) == len(page.rows)
    for row in report["classes"]:
        shown = by_id[row["id"]]
        for cell, key in zip(shown[1:5], ("iou", "dice", "accuracy", "precision"), strict=True):
            same_ratio(cell, row[key])
        same_count(shown[5], row["pixels"])
    worst = sorted(report["images"], key=lambda i: (i["mean_iou"], i["accuracy"], i["name"]))
    assert len(page.figures) == len(worst) > 0
    for figure, image in zip(page.figures, worst, strict=True):
        same_ratio(figure[0], image["mean_iou"])
        same_ratio(figure[1], image["accuracy"])


def check_order(page: Page, report: dict[str, Any]) -> None:
    """A click on the heading sorts, what has no ratio last."""
    known = [row for row in report["classes"] if row["iou"] is not None]
    absent = [str(row["id"]) for row in report["classes"] if row["iou"] is None]
    rising = [str(row["id"]) for row in sorted(known, key=lambda row: row["iou"])]
    falling = [str(row["id"]) for row in sorted(known, key=lambda row: -row["iou"])]
    every = [str(row["id"]) for row in report["classes"]]
    for name, order in (("unsorted", every), ("ascending", rising + absent),
                        ("descending", falling + absent)):
        assert page.body[f"data-{name}"] == " ".join(order), (name, page.body[f"data-{name}"])


def check_page(browser: str, html: str, stored: str, folder: Path, width: int, dark: bool) -> Page:
    page_file = folder / "probed.html"
    assert html.count("</body>") == 1
    page_file.write_text(html.replace("</body>", PROBE))
    color = ("--blink-settings=preferredColorScheme=0",) if dark else ()
    page = Page(rendered(browser, page_file, folder / "profile", f"--window-size={width},1000",
                         *color))
    report = json.loads(stored)
    # Byte for byte, but for the one character that could end the script which holds it.
    assert page.json == stored.replace("<", "\\u003c"), "the page does not hold the JSON"
    check_numbers(page, report)
    check_order(page, report)
    assert page.body["data-images"] == str(len(page.figures)), "images that do not load"
    assert page.body["data-overflow"] == "0", f"wider than {page.body['data-width']} pixels"
    assert page.body["data-dark"] == ("true" if dark else "false")
    light = page.body["data-background"] == "rgb(251, 251, 250)"
    assert light != dark, page.body["data-background"]
    return page


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tool", required=True, help="the program bitwhere")
    tool = parser.parse_args().tool
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        print(f"skipped: none of {', '.join(BROWSERS)} is installed")
        return SKIPPED
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        scenes = folder / "scenes"
        subprocess.run([tool, "demo", "--write", scenes], stdout=subprocess.DEVNULL, timeout=120,
                       check=True)
        html, stored = evaluate(tool, scenes, folder / "few", str(scenes / "classes.txt"), 0)
        for width, dark in ((1280, False), (400, False), (1280, True)):
            page = check_page(browser, html, stored, folder, width, dark)
            assert page.sections == ["classes", "confusion", "pairs", "images"], page.sections
        # So many classes that the matrix is a picture, and a file that is none.
        (scenes / "predictions" / "a<b>&.png").write_bytes(b"none")
        html, stored = evaluate(tool, scenes, folder / "many", "60", 1)
        page = check_page(browser, html, stored, folder, 1280, False)
        assert page.sections[-1] == "problems", page.sections
        report = json.loads(stored)
        count = report["confusion"][0][1]
        share = 100 * count / report["classes"][0]["pixels"]
        expected = f"class 0 taken for class 1: {count:,} pixels, {share:.2f} % of the target"
        assert page.body["data-readout"] == expected, page.body["data-readout"]
    print("the report renders, and shows the numbers of its JSON")
    return 0


if __name__ == "__main__":
    sys.exit(main())
