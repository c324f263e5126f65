"""The HTML page in a real Chromium: what a reader clicks, types and sees; pictures in build/screenshots/."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from llmops_cli.reports import numbers
from llmops_cli.reports.document import Document
from llmops_cli.reports.formats import draw
from llmops_cli.reports.visible import visible
from tests.reports.sample_page import HOSTILE, hostile_sample, page_sample
from tests.servers.browser import Page, chromium, found, page_at

pytestmark = [
    pytest.mark.workflows,
    pytest.mark.skipif(not found(), reason="no Chromium is installed (or name one: LLMOPS_TEST_CHROMIUM)"),
]

SHOTS = Path(__file__).parents[2] / "build/screenshots"
Story = Callable[[Page], Awaitable[None]]
Tell = Callable[[Document, Story], None]


@pytest.fixture(scope="module")
def browser() -> Iterator[str]:
    with chromium() as address:
        yield address


@pytest.fixture
def tell(browser: str, tmp_path: Path) -> Tell:
    """Opens a document as a page, tells a story with it, and asks that it made no error and no request."""

    def told(document: Document, story: Story) -> None:
        file = tmp_path / "report.html"
        file.write_text(draw(document, "html"), "utf-8", newline="")

        async def whole() -> None:
            async with page_at(browser, file.as_uri()) as page:
                await page.look(1280, 900)
                await story(page)
                assert page.errors == []
                assert {address.partition("#")[0] for address in page.requests} == {file.as_uri()}

        asyncio.run(whole())

    return told


def keep(name: str, picture: bytes) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    (SHOTS / name).write_bytes(picture)


async def shown(page: Page) -> str:
    return await page.text("[role=status]")


async def focus(page: Page) -> str:
    return str(await page.evaluate("document.activeElement.innerText || document.activeElement.name || ''"))


def test_a_reviewer_filters_and_opens_a_case(tell: Tell) -> None:
    checks = page_sample().checks()
    newly = [c for c in checks if c.kind == "case" and c.state == "failed" and c.before == "passed"]

    async def story(page: Page) -> None:
        assert await page.text("h1 .word") == "REGRESSED"
        assert await shown(page) == "180 of 180 shown"
        assert await page.count("table.cases button.open") == 50
        keep("desktop-light.png", await page.screenshot())
        await page.click("[data-show=newly-failing]")
        assert await shown(page) == f"{len(newly)} of 180 shown"
        assert await page.count("table.cases button.open") == len(newly)
        await page.click("button.open", 8)
        assert await page.count("#detail") == 1
        assert await page.evaluate("document.activeElement.getAttribute('aria-expanded')") == "true"
        assert await page.text("#detail del") == "5"
        assert await page.text("#detail ins") != "5"
        assert "expected “billing”, got “other”" in await page.text("#detail .wide:last-child")
        assert await page.count("#detail details pre") == 0
        await page.click("#detail details summary")
        assert await page.count("#detail details[open] pre") == 10
        await page.evaluate("document.querySelector('.opened').scrollIntoView()")
        keep("desktop-case.png", await page.screenshot())
        address = await page.evaluate("location.href")
        title = await focus(page)
        await page.press("Escape")
        assert await page.count("#detail") == 0
        assert await focus(page) in address.replace("%2F", "/")
        assert title

    tell(page_sample(), story)


def test_a_view_can_be_linked(tell: Tell) -> None:
    async def story(page: Page) -> None:
        start = await page.evaluate("location.href")
        case = page_sample().checks()[120]
        await page.open("about:blank")
        page.requests.clear()
        await page.open(f"{start}#sort=-name&case={case.suite}%2F{case.name}")
        assert await page.text(".opened button.open bdi") == case.name
        assert await page.evaluate("document.querySelector('select[name=sort]').value") == "-name"
        await page.evaluate("location.hash = '#show=passing&q=router&suite=nothing'")
        await page.evaluate("new Promise(done => setTimeout(done, 50))")
        assert await shown(page) == "None of 180 shown: nothing matches the filters"
        await page.click(".above button")
        assert await shown(page) == "180 of 180 shown"
        assert await focus(page) == "q"
        assert await page.evaluate("location.hash") == "#cases"

    tell(page_sample(), story)


def test_everything_is_reached_by_keyboard(tell: Tell) -> None:
    async def story(page: Page) -> None:
        await page.press("/")
        assert await focus(page) == "q"
        await page.type("invoice gate")
        assert (await shown(page)).startswith("None of")
        await page.evaluate("document.activeElement.select()")
        await page.type("timed out")
        errors = sum(check.state == "error" for check in page_sample().checks())
        assert await shown(page) == f"{errors} of 180 shown"
        await page.evaluate("document.querySelector('button.open').focus()")
        first = await focus(page)
        await page.press("j")
        assert await focus(page) != first
        await page.press("k")
        assert await focus(page) == first
        await page.press("Enter")
        assert await page.count("#detail") == 1
        await page.press("Escape")
        assert await focus(page) == first
        focusable = await page.evaluate(FOCUSABLE)
        await page.evaluate("document.activeElement.blur(); window.getSelection().removeAllRanges()")
        reached = set()
        for _ in range(focusable + 2):
            await page.press("Tab")
            reached.add(await page.evaluate(WHICH))
        assert len(reached - {-1}) == focusable

    tell(page_sample(), story)


ALL = "[...document.querySelectorAll('a[href], button:enabled, input, select, summary, [tabindex=\"0\"]')]"
FOCUSABLE = f"{ALL}.filter(e => e.checkVisibility()).length"
WHICH = f"{ALL}.indexOf(document.activeElement)"


def test_columns_sort_and_pages_turn(tell: Tell) -> None:
    checks = page_sample().checks()
    costs = sorted((cost for check in checks if (cost := check.values.get("cost_usd"))), reverse=True)

    async def cells(page: Page, at: int) -> list[str]:
        script = f"[...document.querySelectorAll('.cases tbody tr')].map(row => row.cells[{at}].innerText)"
        return list(await page.evaluate(script))

    async def story(page: Page) -> None:
        await page.click("thead button", 4)
        assert await page.evaluate("document.querySelector('[aria-sort]').innerText") == "Cost ↓"
        assert (await cells(page, 4))[:3] == [numbers.cost(cost) for cost in costs[:3]]
        await page.click("thead button", 4)
        assert await page.evaluate("document.querySelector('[aria-sort]').ariaSort") == "ascending"
        assert (await cells(page, 4))[0] == numbers.cost(costs[-1])
        await page.click(".pager button", 1)
        assert await page.text(".pager span") == "Page 2 of 4"
        assert await focus(page) == await page.text("button.open")
        assert len(await cells(page, 1)) == 50
        await page.evaluate(
            "for (const list of document.querySelectorAll('select[name=suite]')) { list.value = "
            "list.options[2].value; list.dispatchEvent(new Event('change')); }"
        )
        assert await page.text("thead th.extra button") == "supported"

    tell(page_sample(), story)


def test_hostile_texts_do_nothing_and_read_as_they_are(tell: Tell) -> None:
    async def story(page: Page) -> None:
        title = await page.evaluate("document.title")
        assert "stolen" in title  # as the words of the headline, in which nothing ran
        assert await page.count("main > header img, main img, main iframe, main a") == 0
        read = await page.evaluate(
            "[...document.querySelectorAll('table.cases button.open')].map((_, at) => {"
            " document.querySelectorAll('table.cases button.open')[at].click();"
            " const text = (selector) => document.querySelector(selector).textContent;"
            " const read = [text('#detail code'), text('#detail .change pre')];"
            " document.querySelectorAll('table.cases button.open')[at].click(); return read; })"
        )
        assert read == [[visible(text).removesuffix("\n"), visible(text)] for text in HOSTILE]
        assert await page.evaluate("document.title") == title
        assert await page.evaluate("document.documentElement.scrollWidth") == 1280
        keep("hostile.png", await page.screenshot())

    tell(hostile_sample(), story)


def test_a_phone_and_the_dark(tell: Tell) -> None:
    async def story(page: Page) -> None:
        await page.look(1280, 900, dark=True)
        keep("desktop-dark.png", await page.screenshot())
        await page.evaluate("document.querySelector('#charts').scrollIntoView()")
        keep("charts-dark.png", await page.screenshot())
        await page.look(390, 844, phone=True)
        keep("phone-top.png", await page.screenshot())
        await page.click("[data-show=newly-failing]")
        await page.click("button.open", 8)
        await page.evaluate("document.querySelector('.opened').scrollIntoView()")
        keep("phone-case.png", await page.screenshot())
        await page.evaluate("document.querySelectorAll('details').forEach(e => e.open = true)")
        assert await page.evaluate("document.documentElement.scrollWidth") == 390
        assert await page.count(".extra") == 0
        assert await page.evaluate("document.querySelector('.detail td').colSpan") == 2

    tell(page_sample(), story)


def test_without_javascript_everything_but_the_cases_is_there(tell: Tell) -> None:
    async def story(page: Page) -> None:
        await page.send("Emulation.setScriptExecutionDisabled", value=True)
        await page.open(await page.evaluate("location.href"))
        assert await page.text("#table") == (
            "180 checks, 33 failing or in error. This table needs JavaScript, which is off here or blocked; "
            "everything else on this page does not."
        )
        assert await page.count("#summary table, #charts svg[role=img]") == 6

    tell(page_sample(), story)


# --- accessibility ------------------------------------------------------------------------------------

FAULTS = """(() => {
  const faults = [], all = (selector) => [...document.querySelectorAll(selector)];
  let level = 0;
  for (const heading of all('h1, h2, h3, h4, h5').filter(e => e.checkVisibility())) {
    const now = Number(heading.tagName[1]);
    if (now > level + 1) faults.push(`h${level} then h${now}: ${heading.innerText}`);
    level = now;
  }
  if (all('h1').length !== 1) faults.push('not one h1');
  const ids = all('[id]').map(e => e.id);
  if (new Set(ids).size !== ids.length) faults.push('an id stands twice');
  for (const name of ['aria-labelledby', 'aria-controls'])
    for (const e of all(`[${name}]`))
      if (!document.getElementById(e.getAttribute(name))) faults.push(`${name} leads nowhere`);
  for (const e of all('table th')) if (!e.scope) faults.push(`th without scope: ${e.innerText}`);
  for (const e of all('button, select, input').filter(e => e.checkVisibility()))
    if (e.getBoundingClientRect().height < 18) faults.push(`small target: ${e.innerText}`);
  return faults;
})()"""
CONTRAST = """(() => {
  const numbersOf = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const linear = (p) => p <= 0.04045 ? p / 12.92 : ((p + 0.055) / 1.055) ** 2.4;
  const light = (colour) => colour.slice(0, 3).map(p => linear(p / 255)).reduce(
    (sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0);
  const ground = (e) => {
    for (; e; e = e.parentElement) {
      const colour = numbersOf(getComputedStyle(e).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const low = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !e.checkVisibility() || e.closest('script, :disabled')) continue;
    const style = getComputedStyle(e);
    const colour = numbersOf(e.closest('svg') ? style.fill : style.color);
    const pair = [light(colour), light(ground(e))].sort((a, b) => b - a);
    const ratio = (pair[0] + 0.05) / (pair[1] + 0.05);
    if (ratio < 4.5) low.add(`${ratio} ${e.outerHTML.slice(0, 80)}`);
  }
  return [...low];
})()"""
NAMED = {"button", "textbox", "searchbox", "combobox", "link", "image", "table", "region", "navigation"}
NAMED |= {"search", "DisclosureTriangle"}


def test_labels_headings_and_contrast(tell: Tell) -> None:
    async def story(page: Page) -> None:
        await page.click("[data-show=newly-failing]")
        await page.click("button.open", 8)
        await page.evaluate("document.querySelectorAll('details').forEach(e => e.open = true)")
        await page.send("Accessibility.enable")
        for width, dark in ((1280, False), (1280, True), (390, False), (390, True)):
            await page.look(width, 900, dark=dark, phone=width == 390)
            assert await page.evaluate(FAULTS) == []
            assert await page.evaluate(CONTRAST) == []
            nodes = (await page.send("Accessibility.getFullAXTree"))["nodes"]
            roles = [
                (node["role"]["value"], node.get("name", {}).get("value"))
                for node in nodes
                if not node["ignored"]
            ]
            assert {"button", "combobox", "table", "image", "navigation"} < {role for role, _ in roles}
            assert [role for role, name in roles if role in NAMED and not name] == []

    tell(page_sample(), story)


# --- what the script does again ------------------------------------------------------------------------


def _cost_change(usd: float) -> str:
    if usd == 0:
        return "±$0.00"
    return f"+{numbers.cost(usd)}" if usd > 0 else numbers.cost(usd)


def test_numbers_read_as_in_every_other_report(tell: Tell) -> None:
    rng = random.Random(5)
    values = [0.0, 1.0, 0.5, 0.9996, 0.0004, 1e-12, 0.9999999, 12.5, 1234.6, 59.96, 3599.6, 7380.0, 65.0]
    values += [rng.uniform(0, 1) for _ in range(100)] + [10 ** rng.uniform(-7, 5) for _ in range(200)]
    forms: dict[str, Callable[[float], str]] = {
        "gradedText": numbers.graded,
        "gradedChange": numbers.graded_change,
        "costText": numbers.cost,
        "costChange": _cost_change,
        "secondsText": numbers.seconds,
    }

    async def story(page: Page) -> None:
        for name, form in forms.items():
            asked = values + [-value for value in values]
            got = await page.evaluate(f"{json.dumps(asked)}.map({name})")
            wrong = [
                (value, words, form(value))
                for value, words in zip(asked, got, strict=True)
                if words != form(value)
            ]
            assert [each for each in wrong if each[0] != 0] == [], name

    tell(page_sample(), story)


def test_differences_put_together_are_both_texts(tell: Tell) -> None:
    rng = random.Random(6)
    words = ["the", "card", " ", " ", " ", "\n", "paid", "二重請求", "é", ".", "👩🏽‍🚀", "עברית", "5"]
    pairs = [["".join(rng.choices(words, k=rng.randrange(40))) for _ in range(2)] for _ in range(200)]

    async def story(page: Page) -> None:
        for (before, after), parts in zip(
            pairs, await page.evaluate(f"{json.dumps(pairs)}.map(pair => differences(...pair))"), strict=True
        ):
            assert "".join(text for mark, text in parts if mark != "+") == before
            assert "".join(text for mark, text in parts if mark != "-") == after
        assert await page.evaluate("differences('paid on 5 June, at once', 'paid on 14 June, soon')") == [
            ["=", "paid on "],
            ["-", "5"],
            ["+", "14"],
            ["=", " June, "],
            ["-", "at once"],
            ["+", "soon"],
        ]

    tell(page_sample(), story)
