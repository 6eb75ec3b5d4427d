"""Runs HTML reports in a headless browser, and fails where one does not do what it is for.

    browser.py CHROMIUM AXE PAGE...

Talks to the browser over a pipe, so that nothing has to be installed. Checked of each page: no error
on the console, no request that leaves it, sorting, filtering, opening, hostile names as text, printing
to PDF, nothing wider than a laptop or a phone, and what axe-core finds; and of a large one, that no key
that is typed and no title that is clicked stops it for long.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time


class Browser:
    def __init__(self, program, profile):
        down_read, down_write = os.pipe()
        up_read, up_write = os.pipe()

        def pipes():
            # The browser reads from 3 and writes to 4.
            spare = (os.dup2(down_read, 103), os.dup2(up_write, 104))
            os.dup2(spare[0], 3)
            os.dup2(spare[1], 4)

        arguments = ["--headless", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-dev-shm-usage"]
        # As root, Debian's browser runs without its sandbox only.
        arguments += ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        self.process = subprocess.Popen(
            [program, *arguments, "--remote-debugging-pipe", f"--user-data-dir={profile}", "about:blank"],
            preexec_fn=pipes, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(down_read)
        os.close(up_write)
        self.write, self.read = down_write, up_read
        self.buffer, self.number, self.events = b"", 0, []
        target = [t for t in self.call("Target.getTargets")["targetInfos"] if t["type"] == "page"][0]
        self.session = self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)["sessionId"]
        for domain in ["Page", "Runtime", "Log", "Network"]:
            self.call(f"{domain}.enable")

    def message(self, until):
        while b"\0" not in self.buffer:
            if time.monotonic() > until:
                raise TimeoutError("the browser does not answer")
            self.buffer += os.read(self.read, 1 << 20) or exit("the browser ended")
        text, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(text)

    def call(self, method, **parameters):
        self.number += 1
        request = {"id": self.number, "method": method, "params": parameters}
        if getattr(self, "session", None):
            request["sessionId"] = self.session
        os.write(self.write, json.dumps(request).encode() + b"\0")
        until = time.monotonic() + 180
        while True:
            answer = self.message(until)
            if answer.get("id") != self.number:
                self.events.append(answer)
            elif "error" in answer:
                raise RuntimeError(f"{method}: {answer['error']}")
            else:
                return answer["result"]

    def open(self, path):
        self.events.clear()
        self.call("Page.navigate", url=path.as_uri())
        until = time.monotonic() + 60
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            self.events.append(self.message(until))

    def run(self, script):
        result = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            raise RuntimeError(f"{script[:200]}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def end(self):
        self.process.terminate()
        self.process.wait(20)


# Longest that a page may stand still, in milliseconds; a busy machine is given more.
FREEZE = 200 if not os.environ.get("CI") else 500
# Does something, and returns the longest time between two frames until all is drawn.
STILL = """(async (does) => {
  let longest = 0, last = performance.now();
  const end = last + 500;
  does();
  while (performance.now() < end) {
    await new Promise((frame) => requestAnimationFrame(frame));
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }
  return Math.round(longest);
})(() => { %s })"""


def check(browser, axe, path):
    wrong = []

    def expect(what, holds):
        if not holds:
            wrong.append(what)

    browser.call("Emulation.setDeviceMetricsOverride", width=1280, height=800, deviceScaleFactor=1, mobile=False)
    browser.open(path)
    run = browser.run
    if run("document.getElementById('interactive') !== null"):
        total = run("JSON.parse(document.getElementById('data').textContent).findings.length")
        rows = "document.querySelectorAll('#rows > tr:not(.detail)')"
        expect("rows are drawn, a hundred at most", run(f"{rows}.length") == min(total, 100))
        expect("no row holds an element of a name's own", run("document.querySelector('#rows script, #rows i, #rows img, main script') === null"))
        # Opening, by keyboard focus and click.
        run("document.querySelector('#rows button').focus(); document.activeElement.click()")
        expect("a finding opens", run("document.querySelectorAll('#rows tr.detail').length") == 1)
        detail = run("document.querySelector('#rows tr.detail').innerText")
        for word in ["Matched by", "Says who", "Source", "Measures", "Dates in", "Fingerprint"]:
            expect(f"its evidence says “{word}”", word in detail)
        expect("it says that it is open", run("document.querySelector('#rows button').getAttribute('aria-expanded')") == "true")
        run("document.querySelector('#rows button').click()")
        expect("it closes", run("document.querySelectorAll('#rows tr.detail').length") == 0)
        # Sorting: up, then down.
        for key in ["status", "product", "asset", "place", "act", "since", "next"]:
            button = f"document.querySelector('th[data-key={key}] button').click()"
            for way in ["ascending", "descending"]:
                run(button)
                expect(f"{key} sorts {way}", run(f"document.querySelector('th[data-key={key}]').getAttribute('aria-sort')") == way)
        run("document.querySelector('th[data-key=act] button').click()")
        acts = run(f"[...{rows}].map((row) => row.cells[4].firstChild.textContent)")
        expect("acts are in order", acts == sorted(acts))
        # Filtering and searching.
        run("const s = document.getElementById('status'); s.value = s.options[1].value; s.dispatchEvent(new Event('change'))")
        expect("a status filters", run(f"[...{rows}].every((row) => row.cells[0].textContent.startsWith(document.getElementById('status').value))"))
        run("document.getElementById('reset').click()")
        search = "document.getElementById('search').value = '{}'; document.getElementById('search').dispatchEvent(new Event('input')); new Promise((done) => setTimeout(done, 400))"
        run(search.format("no such name anywhere"))
        expect("a search that fits nothing says so", run("document.getElementById('count').textContent") == "No finding is like that.")
        run("document.getElementById('reset').click()")
        expect("all are shown again", f"of {total:,}" in run("document.getElementById('count').textContent"))
        if total > 10_000:
            typed = "const s = document.getElementById('search'); s.value = '{}'; s.dispatchEvent(new Event('input'))"
            doings = [typed.format(word) for word in ["k", "ka", "kas", "kasp pc-01", "nothing like that", ""]]
            doings += [f"document.querySelector('th[data-key={key}] button').click()" for key in ["product", "asset", "next", "status"]]
            longest = {doing: run(STILL % doing) for doing in doings}
            print(f"{path.name}: {total:,} findings, stands still for {max(longest.values())} ms at most")
            for doing, still in longest.items():
                expect(f"stands still for {still} ms: {doing}", still <= FREEZE)
        # On paper: at most so many rows, and it says so. Afterwards all is as it was.
        run("document.getElementById('reset').click(); dispatchEvent(new Event('beforeprint'))")
        printed = run("document.getElementById('count').textContent")
        expect("no more than 1,000 findings are printed", run(f"{rows}.length") == min(total, 1_000))
        expect(f"the paper says what is missing: {printed}", ("No more than 1,000 are printed" in printed) == (total > 1_000))
        run("dispatchEvent(new Event('afterprint'))")
        expect("after printing the page is as before", run(f"{rows}.length") == min(total, 100))
    for width, mobile in [(1280, False), (390, True)]:
        browser.call("Emulation.setDeviceMetricsOverride", width=width, height=844, deviceScaleFactor=1, mobile=mobile)
        run("document.querySelector('#rows button:not([aria-expanded=true])')?.click()")
        expect(f"nothing is wider than {width}", run("document.documentElement.scrollWidth <= window.innerWidth"))
        run(axe)
        found = run("axe.run(document, { resultTypes: ['violations'] }).then((result) => result.violations.map((one) =>"
                    " `${one.id}: ${one.help}: ${one.nodes.slice(0, 3).map((node) => node.target).join(' | ')}`))")
        wrong += [f"axe at {width}: {one}" for one in found]
    import base64
    expect("it prints", base64.b64decode(browser.call("Page.printToPDF")["data"]).startswith(b"%PDF"))
    for event in browser.events:
        method, what = event.get("method"), event.get("params", {})
        if method == "Runtime.exceptionThrown" or (method == "Runtime.consoleAPICalled" and what["type"] in ["error", "warning"]):
            wrong.append(f"console: {json.dumps(what)[:400]}")
        if method == "Log.entryAdded" and what["entry"]["level"] in ["error", "warning"]:
            wrong.append(f"log: {what['entry']['text'][:400]}")
        if method == "Network.requestWillBeSent" and what["request"]["url"] != path.as_uri():
            wrong.append(f"a request leaves the page: {what['request']['url'][:200]}")
    return wrong


def main():
    program, axe, *pages = sys.argv[1:]
    axe = pathlib.Path(axe).read_text(encoding="utf-8") + "\n;null"
    failed = False
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = Browser(program, profile)
        try:
            for page in pages:
                wrong = check(browser, axe, pathlib.Path(page).resolve())
                for one in wrong:
                    print(f"{page}: {one}")
                print(f"{page}: {len(wrong)} problems")
                failed |= bool(wrong)
        finally:
            browser.end()
    sys.exit(failed)


main()
