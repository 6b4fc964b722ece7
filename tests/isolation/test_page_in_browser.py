"""The proof's page as a person uses it, in a real browser: the matrix, a click on a cell, its path.

It needs Chromium and its driver on PATH (Debian's packages `chromium` and `chromium-driver`).
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from isolation.claims import Claim, End, Expect
from isolation.page import render
from isolation.proof import prove
from isolation.resources import Graph
from isolation.table import Question
from tests.isolation.gcp_plan import BASE, SCOPE, nat, network, route

# How WebDriver writes an element (www.w3.org/TR/webdriver2, "Elements").
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# The driver is on this machine, whatever way others are reached by.
DIRECTLY = build_opener(ProxyHandler({}))
TOOLS = [shutil.which("chromium") or shutil.which("google-chrome"), shutil.which("chromedriver")]


class Browser:
    """One session of WebDriver: a command is a path below the session and what it takes."""

    def __init__(self, address: str) -> None:
        self._address = address
        asked = {"browserName": "chrome", "goog:chromeOptions": {"binary": TOOLS[0], "args": list(FLAGS)}}
        made = self._send("POST", "/session", {"capabilities": {"alwaysMatch": asked}})
        self._session = f"/session/{made['sessionId']}"

    def open(self, page: Path) -> None:
        self._send("POST", f"{self._session}/url", {"url": page.as_uri()})

    def find(self, selector: str) -> list[str]:
        query = {"using": "css selector", "value": selector}
        return [each[ELEMENT] for each in self._send("POST", f"{self._session}/elements", query)]

    def click(self, selector: str) -> None:
        [element] = self.find(selector)
        self._send("POST", f"{self._session}/element/{element}/click", {})

    def shown(self, selector: str) -> list[str]:
        """The texts of what a person sees of these elements."""
        return [
            self._send("GET", f"{self._session}/element/{element}/text")
            for element in self.find(selector)
            if self._send("GET", f"{self._session}/element/{element}/displayed")
        ]

    def run(self, script: str) -> Any:
        return self._send("POST", f"{self._session}/execute/sync", {"script": script, "args": []})

    def close(self) -> None:
        self._send("DELETE", self._session)

    def _send(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = Request(f"{self._address}{path}", data, {"Content-Type": "application/json"}, method=method)
        with DIRECTLY.open(request, timeout=60) as answer:
            return json.load(answer)["value"]


@contextmanager
def browser() -> Generator[Browser]:
    driver = subprocess.Popen(
        [str(TOOLS[1]), "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    found: Browser | None = None
    try:
        assert driver.stdout
        said = ""
        while not (port := re.search(r"successfully on port (\d+)", said)):
            line = driver.stdout.readline()
            assert line, f"the driver ended: {said}"
            said += line
        found = Browser(f"http://127.0.0.1:{port[1]}")
        yield found
    finally:
        if found:
            found.close()
        driver.terminate()
        driver.wait(30)


@pytest.fixture
def page(tmp_path: Path) -> Path:
    ends = [("training", "internet"), ("internet", "training"), ("edge", "training")]
    claims = [Claim(f"{a}-{b}", Expect.NEVER, End.of(a), End.of(b)) for a, b in ends]
    report = prove(Graph([network(), *BASE, route("<b>out</b>"), *nat()]), Question(SCOPE, tuple(claims)))
    file = tmp_path / "proof.html"
    file.write_text(render(report, "Isolation of <some>", "claims of a test"), encoding="utf-8")
    return file


def test_the_page_asks_for_nothing_beside_it(page: Path) -> None:
    html = page.read_text(encoding="utf-8")
    assert "default-src 'none'" in html
    assert not re.search(r"""(?:src|href)\s*=|@import|url\(|https?://""", html)


@pytest.mark.skipif(
    not all(TOOLS), reason="no chromium and chromedriver on PATH; apt-get install chromium-driver"
)
def test_a_click_on_a_cell_shows_its_claims_with_their_path(page: Path) -> None:
    with browser() as window:
        window.open(page)
        assert window.shown("h1") == ["Isolation of <some>"]
        assert len(window.shown("#verdicts section")) == 3
        assert window.shown("td.violated button") == ["violated"]
        window.click('button[data-pair="training internet"]')
        [told] = window.shown("#verdicts section")
        assert told.startswith("training never reaches internet: violated")
        assert "<b>out</b> (0.0.0.0/0)" in told, "text of the plan is text"
        assert "Cloud NAT" in told
        window.click('button[data-pair="internet training"]')
        [told] = window.shown("#verdicts section")
        assert told.startswith("internet never reaches training: proven")
        window.click("#all")
        assert len(window.shown("#verdicts section")) == 3
        fetched = window.run("return performance.getEntriesByType('resource').map(one => one.name)")
        assert fetched == [], "nothing is fetched"
