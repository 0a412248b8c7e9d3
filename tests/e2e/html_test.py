#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""html_test.py - the page of reports in a real browser: narrow and wide,
light and dark, and printed.

Nothing is wider than the window or cut off, all text has contrast, nothing
is fetched, nothing complains, tables are still tables for a screen reader,
bars show the numbers of the rows, and what a sender wrote is text. A page
that does everything wrong shows first that each of these is noticed.
usage: html_test.py [--screenshots DIRECTORY] BUILD_DIRECTORY
"""
import argparse
import base64
import collections
import html.parser
import os
import re
import shutil
import subprocess
import sys
import tempfile

import chromium

SAMPLES = ("empty", "single", "month", "hostile", "signatures", "foreign",
           "many", "program")
WIDTHS = (320, 360, 768, 1280)

# Everything that is visible and not inside the window, or cut off.
JS_LAYOUT = r"""(() => {
  const bad = [], root = document.documentElement;
  if (root.scrollWidth > root.clientWidth)
    bad.push(`the page is ${root.scrollWidth} wide`);
  for (const e of document.body.querySelectorAll('*')) {
    if (e.closest('.defs, caption') || e.closest('svg') && e.tagName != 'svg')
      continue;
    const box = e.getBoundingClientRect();
    if (box.width && (box.right > root.clientWidth + 1 || box.left < -1))
      bad.push(`${e.tagName}.${e.className} is at ${box.left}..${box.right}`);
    if (e.scrollWidth > e.clientWidth + 1 && e.clientWidth &&
        getComputedStyle(e).overflowX != 'visible')
      bad.push(`${e.tagName}.${e.className} is cut off`);
  }
  // Text of neighbours does not overlap.
  for (const row of document.querySelectorAll('tr')) {
    const cells = [...row.children].map(c => {
      const range = document.createRange();
      range.selectNodeContents(c);
      return range.getBoundingClientRect();
    });
    for (let i = 0; i < cells.length; i++)
      for (let k = i + 1; k < cells.length; k++)
        if (cells[i].width && cells[k].width &&
            cells[i].right > cells[k].left + 1 &&
            cells[k].right > cells[i].left + 1 &&
            cells[i].bottom > cells[k].top + 1 &&
            cells[k].bottom > cells[i].top + 1)
          bad.push(`cells ${i} and ${k} overlap: ${row.innerText}`);
  }
  return bad;
})()"""

# WCAG 2 contrast of all text with what is behind it; the lowest first.
JS_CONTRAST = r"""(() => {
  const canvas = document.createElement('canvas').getContext('2d');
  const rgb = css => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = css;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255).map(
    v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4).reduce(
    (sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = e => {
    for (; e; e = e.parentElement) {
      const c = rgb(getComputedStyle(e).backgroundColor);
      if (c[3] == 1) return c;
      if (c[3] > 0) throw 'a background that is half transparent';
    }
    throw 'no background';
  };
  const walker = document.createTreeWalker(document.body,
                                           NodeFilter.SHOW_TEXT);
  const found = {};
  let n = 0;
  for (let node; node = walker.nextNode();) {
    const e = node.parentElement;
    if (!node.data.trim() || e.closest('svg')) continue;
    let opacity = 1;
    for (let p = e; p; p = p.parentElement)
      opacity *= getComputedStyle(p).opacity;
    const style = getComputedStyle(e);
    const a = light(rgb(style.color)), b = light(behind(e));
    const ratio = opacity < 1 ? 0 :
      (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const key = `${e.tagName}.${e.className} ${style.color}`;
    found[key] = Math.min(found[key] ?? 99, ratio);
    n++;
  }
  return {n, found};
})()"""

JS_BARS = r"""(() => [...document.querySelectorAll('.bars g')].map(g => {
  const one = name => {
    const rect = g.querySelector('rect.' + name);
    return rect ? [rect.dataset.count, rect.getAttribute('height')] : [0, 0];
  };
  return [g.dataset.day, one('pass'), one('fail'),
          g.querySelector('title').textContent];
}))()"""

JS_ROWS = r"""(caption => {
  const table = [...document.querySelectorAll('table')].find(
    t => t.caption.textContent == caption);
  return table ? [...table.tBodies[0].rows].map(row =>
    [row.cells[0].innerText.split('\n')[0],
     ...[...row.querySelectorAll('td.number data')].map(d => d.value)]) : null;
})(%r)"""

JS_TEXT = r"""(() => {
  const text = document.documentElement.textContent;
  const comments = document.createTreeWalker(document,
                                             NodeFilter.SHOW_COMMENT);
  const attributes = [...document.querySelectorAll('*')].flatMap(
    e => [...e.attributes].map(a => a.name));
  return {
    scripts: document.querySelectorAll('script, b, img, iframe, link, a, ' +
      'object, form, base').length,
    handlers: attributes.filter(n => n.startsWith('on')).length,
    comment: comments.nextNode() != null,
    unseen: text.match(
      /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f]/u)
      != null || text.match(
      /[\u2028-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e007f}]/u) != null,
    attacked: window.attacked === true, text};
})()"""

JS_OPEN = "document.querySelectorAll('details').forEach(d => d.open = true)"

PLANTED = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body{background:#fff;color:#999}div{width:5000px}
tr{display:grid}bdi{display:block;width:10em;overflow:clip}</style></head>
<body><div>wide</div><p>pale</p><img src="http://192.0.2.1/x.png" alt="">
<bdi>Donaudampfschifffahrtsgesellschaftskapitaen</bdi>
<table role=presentation><caption>c</caption><tbody><tr><td>1</td></tr></tbody></table>
<!-- c --><script>window.attacked = true; console.error('x'); f(</script>
<script>undefined_function()</script></body></html>"""


class Structure(html.parser.HTMLParser):
    """Whether tags are closed in order."""
    VOID = {"meta", "wbr"}

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.bad = [], []
        self.feed(text)
        self.close()
        if self.open:
            self.bad.append(f"never closed: {self.open}")

    def handle_starttag(self, tag, attrs):
        names = [name for name, _ in attrs]
        if len(names) != len(set(names)):
            self.bad.append(f"an attribute twice: {tag} {names}")
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.bad.append(f"</{tag}> closes nothing")

    def handle_comment(self, data):
        self.bad.append(f"a comment: {data}")


class Records:
    """What a sample was made of, as report_samples.c lists it."""

    def __init__(self, path):
        self.days = collections.defaultdict(lambda: [0, 0])
        self.total = 0
        self.sources = collections.Counter()
        with open(path, encoding="ascii") as lines:
            for line in lines:
                column = line.rstrip("\n").split("\t")
                count = int(column[2])
                passed = column[3] == "1" or column[4] == "1"
                self.days[int(column[1]) // 86400][0 if passed else 1] += count
                self.total += count
                self.sources[column[7]] += count


class Checks:
    def __init__(self):
        self.right, self.n = 0, 0

    def that(self, good, text):
        self.n += 1
        if good:
            self.right += 1
        else:
            print(f"not ok: {text}")


def complaints(browser):
    """What the browser had to say, and whatever it wanted to fetch."""
    said, fetched = [], []
    # Events of a call are in order: those of the page come before its answer.
    browser.evaluate("0")
    for event in browser.events:
        params = event["params"]
        if event["method"] == "Log.entryAdded":
            said.append(params["entry"]["text"])
        elif event["method"] == "Runtime.exceptionThrown":
            said.append(params["exceptionDetails"]["text"])
        elif event["method"] in ("Runtime.consoleAPICalled",
                                 "Page.javascriptDialogOpening"):
            said.append(event["method"])
        elif event["method"] == "Network.requestWillBeSent":
            fetched.append(params["request"]["url"])
    return said, fetched


def low_contrast(browser):
    result = browser.evaluate(JS_CONTRAST)
    return result["n"], {what: ratio for what, ratio in
                         result["found"].items() if ratio < 4.5}


def tables(browser):
    """Roles of the accessibility tree, and how many tables there are."""
    nodes = browser.call("Accessibility.getFullAXTree")["nodes"]
    return collections.Counter(node["role"]["value"] for node in nodes
                               if "role" in node and not node["ignored"])


def check_planted(browser, check, directory):
    """Each check notices what it is for."""
    path = os.path.join(directory, "planted.html")
    with open(path, "w", encoding="utf-8") as file:
        file.write(PLANTED)
    browser.show("file://" + path, 360)
    layout = browser.evaluate(JS_LAYOUT)
    said, fetched = complaints(browser)
    text = browser.evaluate(JS_TEXT)
    check.that(any("the page is" in line for line in layout),
               f"planted: too wide: {layout}")
    check.that(any("cut off" in line for line in layout),
               f"planted: cut off: {layout}")
    check.that(len(low_contrast(browser)[1]) > 0, "planted: contrast")
    check.that(len(said) >= 2, f"planted: complaints: {said}")
    check.that("http://192.0.2.1/x.png" in fetched,
               f"planted: request: {fetched}")
    check.that(text["attacked"] is False and text["scripts"] > 0 and
               text["comment"], f"planted: text: {text}")
    check.that(tables(browser)["cell"] == 0, "planted: table that is none")
    check.that(Structure("<p><b></p>").bad != [], "planted: structure")


def check_look(browser, check, name, url, width, dark):
    where = f"{name}, {width} px, {'dark' if dark else 'light'}"
    browser.show(url, width, dark)
    said, fetched = complaints(browser)
    check.that(said == [], f"{where}: the browser says {said}")
    check.that(fetched == [url], f"{where}: fetched {fetched}")
    for state in ("closed", "open"):
        layout = browser.evaluate(JS_LAYOUT)
        check.that(layout == [], f"{where}, {state}: {layout[:5]}")
        browser.evaluate(JS_OPEN)
    n, low = low_contrast(browser)
    check.that(n > 3 and low == {}, f"{where}: contrast of {low}")
    paper = browser.evaluate("getComputedStyle(document.body)."
                             "backgroundColor")
    check.that((sum(map(int, re.findall(r"\d+", paper))) < 200) == dark,
               f"{where}: the paper is {paper}")


def check_tables(browser, check, name, url):
    for width in (360, 1280):
        browser.show(url, width)
        browser.evaluate(JS_OPEN)
        count = browser.evaluate(
            "['table', 'thead th', 'tbody th', 'td'].map("
            "s => document.querySelectorAll(s).length)")
        roles = tables(browser)
        seen = [roles["table"], roles["columnheader"], roles["rowheader"],
                roles["cell"]]
        check.that(seen == count and (name == "empty" or count[0] > 0),
                   f"{name}, {width} px: tables {count}, seen as {seen}")
    check.that(browser.evaluate("document.querySelectorAll('h1').length")
               == 1, f"{name}: one h1")
    check.that(browser.evaluate(
        "[...document.querySelectorAll('th')].every(t => t.scope) && "
        "[...document.querySelectorAll('table')].every("
        "t => t.caption.textContent) && "
        "[...document.querySelectorAll('svg')].every("
        "s => s.ariaHidden == 'true' || s.ariaLabel)"),
        f"{name}: scope, captions and labels")


def check_numbers(browser, check, name, url, records):
    """Bars, rows and the records themselves."""
    browser.show(url, 1280)
    browser.evaluate(JS_OPEN)
    # Numbers may be larger than those of JavaScript.
    bars = [(day, list(map(int, passed)), list(map(int, failed)), title)
            for day, passed, failed, title in browser.evaluate(JS_BARS)]
    rows = browser.evaluate(JS_ROWS % "Messages by day") or []
    drawn = {day: (passed[0], failed[0]) for day, passed, failed, _ in bars}
    listed = {row[0]: (int(row[2]), int(row[3])) for row in rows}
    check.that(drawn == listed, f"{name}: bars {drawn}, rows {listed}")
    check.that(all(int(row[1]) == int(row[2]) + int(row[3]) for row in rows),
               f"{name}: rows add up")
    for day, passed, failed, title in bars:
        check.that(title == f"{day}: {passed[0]:,} passed, "
                   f"{failed[0]:,} failed", f"{name}: {title}")
    if name in ("single", "month", "many", "program"):
        want = {browser.evaluate(
            f"new Date({day * 86400000}).toISOString().slice(0, 10)"):
            tuple(counts) for day, counts in records.days.items()}
        check.that({day: counts for day, counts in drawn.items()
                    if counts != (0, 0)} == want,
                   f"{name}: bars {drawn}, records {want}")
        total = int(browser.evaluate(
            "document.querySelector('dd data').value"))
        check.that(total == records.total == sum(map(sum, drawn.values())),
                   f"{name}: all are {total}")
        sources = browser.evaluate(JS_ROWS % "Sources by messages")
        check.that([[source, int(messages)] for source, messages, *_ in
                    sources] == [list(one) for one in sorted(
                        records.sources.items(), key=by_messages)[:50]],
                   f"{name}: sources")
    # The length of a bar is its number.
    most = max([1] + [a[0] + b[0] for _, a, b, _ in bars])
    longest = max([1] + [a[1] + b[1] for _, a, b, _ in bars])
    for day, *both, _ in bars:
        for count, height in both:
            check.that(abs(height - count / most * longest) <= 1.5,
                       f"{name}: {day}: {count} is {height} high")


def by_messages(item):
    address, messages = item
    packed = [int(part) for part in address.split(".")] \
        if "." in address else address
    return -messages, ":" in address, packed


def check_text(browser, check, name, url):
    browser.show(url, 360)
    found = browser.evaluate(JS_TEXT)
    text = found.pop("text")
    check.that(not any(found.values()), f"{name}: {found}")
    if name == "hostile":
        for line in ("<script>alert(1)</script>\"'&amp;<b>]]>[U+000A]"
                     "[U+202E]gnp.exe[U+200B][U+0007][U+009B]\ufffd",
                     "</td></table><!-- -->{{x}}&#x3c;",
                     "<script>&\"'</script>",
                     "f" * 63 + "." + "f" * 63 + "." + "f" * 63 + "."):
            check.that(line in text, f"{name}: not there as text: {line}")
    if name == "foreign":
        check.that("(and 99600 octets)" in text, f"{name}: long text")


def check_print(browser, check, name, url):
    """On paper the numbers are there, whether they were open or not."""
    browser.show(url, 1280, dark=True)
    browser.call("Emulation.setEmulatedMedia", media="print", features=[
        {"name": "prefers-color-scheme", "value": "dark"}])
    heights = browser.evaluate(
        "[...document.querySelectorAll('details table')].map("
        "t => t.getBoundingClientRect().height)")
    check.that(all(height > 20 for height in heights) and
               (name == "empty" or heights), f"{name}: printed: {heights}")
    check.that(browser.evaluate(
        "getComputedStyle(document.body).backgroundColor")
        == "rgb(255, 255, 255)", f"{name}: printed on white")


def page_of_program(build, directory):
    """What sealwax-report html makes of the reports of "month" as files:
    half of them mails."""
    paths = [f"{directory}/month-{number}." + ("eml", "xml.gz")[number % 2]
             for number in range(60)]
    with open(f"{directory}/program.html", "wb") as page:
        subprocess.run([os.path.join(build, "sealwax-report"), "html", *paths,
                        "-o", "user=root"], stdout=page, check=True)
    shutil.copy(f"{directory}/month.tsv", f"{directory}/program.tsv")


def screenshots(browser, directory, where):
    os.makedirs(where, exist_ok=True)
    for name in SAMPLES:
        for width in (360, 1280):
            for dark in (False, True):
                browser.show(f"file://{directory}/{name}.html", width, dark)
                height = browser.evaluate(
                    "document.documentElement.scrollHeight")
                image = browser.call(
                    "Page.captureScreenshot", captureBeyondViewport=True,
                    clip=dict(x=0, y=0, width=width,
                              height=min(height, 8000), scale=1))
                path = os.path.join(where, f"{name}-{width}-"
                                    f"{'dark' if dark else 'light'}.png")
                with open(path, "wb") as file:
                    file.write(base64.b64decode(image["data"]))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--screenshots")
    parser.add_argument("build")
    args = parser.parse_args()
    check = Checks()
    with tempfile.TemporaryDirectory() as directory:
        subprocess.run([os.path.join(args.build,
                                     "tests/e2e/report_samples"), directory],
                       check=True)
        page_of_program(args.build, directory)
        with chromium.Chromium() as browser:
            browser.open_tab()
            check_planted(browser, check, directory)
            for name in SAMPLES:
                path = os.path.join(directory, name)
                url = f"file://{path}.html"
                with open(path + ".html", encoding="utf-8") as page:
                    bad = Structure(page.read()).bad
                check.that(bad == [], f"{name}: {bad[:3]}")
                for width in WIDTHS:
                    for dark in (False, True):
                        check_look(browser, check, name, url, width, dark)
                check_tables(browser, check, name, url)
                check_numbers(browser, check, name, url,
                              Records(path + ".tsv"))
                check_text(browser, check, name, url)
                check_print(browser, check, name, url)
            if args.screenshots:
                screenshots(browser, directory, args.screenshots)
    print(f"html_test: {check.right} of {check.n} checks of "
          f"{len(SAMPLES)} pages")
    return 0 if check.right == check.n else 1


if __name__ == "__main__":
    sys.exit(main())
