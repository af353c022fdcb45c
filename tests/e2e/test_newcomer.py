"""What a newcomer sees and does in the browser."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

GAMES = ["connect_four", "quarto", "rock_paper_scissors", "tic_tac_toe"]
SECOND = 1000
GOOD_AGENT = """
import random


class Agent:
    def act(self, observation, legal_actions):
        return random.choice(legal_actions)
"""


@pytest.mark.parametrize("game", GAMES)
def test_within_a_minute_a_ladder_shows_ratings_with_intervals_without_reloading(page: Page, game: str) -> None:
    page.goto(f"/ladders/{game}/")
    rated = page.locator("table.ladder td.rating", has_text=re.compile(r"\d+\s*±\d+"))
    expect(rated.nth(4)).to_be_visible(timeout=60 * SECOND)


def test_the_home_page_moves_by_itself(page: Page) -> None:
    page.goto("/")
    pulse = page.locator(".pulse")
    before = pulse.inner_text()
    expect(pulse).not_to_have_text(before, timeout=60 * SECOND)


def test_a_replay_plays_pauses_steps_and_scrubs_by_mouse_and_keyboard(page: Page) -> None:
    page.goto("/matches/?ladder=connect_four")
    page.goto(page.locator("main a[href^='/matches/']:not([href*='?'])").first.get_attribute("href") or "")
    page.keyboard.press("Home")
    scrub = page.locator("[data-scrub]")
    expect(scrub).to_have_value("0")
    page.click("[data-do=forward]")
    expect(scrub).to_have_value("1")
    page.keyboard.press("ArrowRight")
    expect(scrub).to_have_value("2")
    page.keyboard.press("ArrowLeft")
    expect(scrub).to_have_value("1")
    page.keyboard.press("End")
    last = scrub.get_attribute("max") or ""
    expect(scrub).to_have_value(last)
    page.keyboard.press("Home")
    expect(scrub).to_have_value("0")
    page.keyboard.press("Space")
    expect(scrub).not_to_have_value("0")
    page.keyboard.press("Space")
    stopped_at = scrub.input_value()
    assert 0 < int(stopped_at) <= int(last)
    page.select_option("[data-speed]", "8")
    page.click("[data-do=play]")
    expect(scrub).to_have_value(last, timeout=30 * SECOND)


def begin_match(page: Page, game: str, opponent: str, seat: str = "first") -> None:
    page.goto("/play/")
    page.locator("section.panel", has_text=game).get_by_role("link", name=re.compile(rf"^{opponent}\b")).click()
    page.check(f"input[value={seat}]")
    page.get_by_role("button", name="Sit down").click()
    expect(page.locator("[data-board] svg")).to_be_visible()
    page.wait_for_load_state()  # the board is drawn by the server, and seen before the script that listens to it runs


def test_a_person_plays_connect_four_by_click_and_key_until_it_is_over(page: Page) -> None:
    begin_match(page, "Connect Four", "random")
    moves = page.locator("[data-moves] li")
    page.click("[data-board] [data-action='3']")
    expect(moves).to_have_count(2)
    page.keyboard.press("3")
    expect(moves).to_have_count(4)
    again = page.locator("[data-again]")
    for _ in range(30):
        if again.is_visible():
            break
        done = moves.count()
        page.locator("[data-board] [data-action]").first.click()
        expect(moves).not_to_have_count(done)
        expect(page.locator(".busy")).to_have_count(0)
    expect(again).to_be_visible()
    expect(page.locator("[data-message]")).to_have_text(re.compile(r"You win\.|random wins\.|A draw\."))
    page.reload()
    expect(page.locator("[data-message]")).to_have_text(re.compile(r"You win\.|random wins\.|A draw\."))


def test_quarto_takes_a_cell_and_then_the_piece_to_give(page: Page) -> None:
    begin_match(page, "Quarto", "random", seat="second")
    moves = page.locator("[data-moves] li")
    expect(moves).to_have_count(1)
    page.locator("[data-piece]").first.click()
    expect(page.locator("[data-message]")).to_have_text(re.compile("First choose the cell"))
    page.click("[data-cell='5']")
    page.locator("[data-piece]").nth(2).click()
    expect(moves).to_have_count(3)


def square(page: Page, name: str) -> Any:
    """The piece on that square that may be picked."""
    return page.locator(f"[data-board] [data-pick][aria-label={name}]")


def test_a_move_of_chess_is_picked_from_its_square_to_its_square(page: Page) -> None:
    begin_match(page, "Chess", "random")
    moves, targets = page.locator("[data-moves] li"), page.locator("[data-board] rect[data-from]:visible")
    expect(targets).to_have_count(0)
    square(page, "g1").click()
    expect(targets).to_have_count(2)
    square(page, "e2").click()
    expect(targets).to_have_count(2)
    page.locator("[data-board] [aria-label=e2e4]").click()
    expect(moves).to_have_count(2)
    expect(moves.first).to_have_text("You: e2e4")
    square(page, "d2").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(targets).to_have_count(0)
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(moves).to_have_count(4)
    expect(moves.nth(2)).to_have_text(re.compile("You: d2d[34]"))


def test_rock_paper_scissors_is_played_at_once(page: Page) -> None:
    begin_match(page, "Rock-paper-scissors", "markov")
    for round in range(10):
        page.click(f"[data-board] [data-action='{round % 3}']")
        expect(page.locator("[data-moves] li")).to_have_count(round + 1)
    expect(page.locator("[data-again]")).to_be_visible()


def test_the_board_can_be_played_with_the_keyboard_alone(page: Page) -> None:
    begin_match(page, "Tic-tac-toe", "random")
    page.locator("[data-board] [data-action='4']").focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-moves] li").first).to_have_text("You: b2")


def test_without_scripts_one_plays_from_the_list_of_actions(browser: Browser, arena: Any) -> None:
    context = browser.new_context(base_url=arena.url, java_script_enabled=False)
    page = context.new_page()
    begin_match(page, "Connect Four", "random")
    page.locator("details.choices summary").click()
    page.locator("details.choices").get_by_role("button", name="column 4").click()
    expect(page.locator("[data-moves] li")).to_have_count(2)
    context.close()


def sign_up(page: Page, name: str) -> None:
    page.goto("/account/sign-up/")
    page.fill("input[name=username]", name)
    page.fill("input[name=password1]", "correct horse battery")
    page.fill("input[name=password2]", "correct horse battery")
    page.locator("main form button").last.click()
    expect(page.locator("header .me")).to_have_text(name)


def submit(page: Page, name: str, file: Path) -> None:
    page.goto("/submit/?game=connect_four")
    page.select_option("select[name=game]", "connect_four")
    page.fill("input[name=name]", name)
    page.set_input_files("input[type=file]", str(file))
    page.locator("main form button").last.click()


def test_a_student_submits_an_agent_and_sees_it_reach_the_ladder(page: Page, tmp_path: Path) -> None:
    agent = tmp_path / "agent.py"
    agent.write_text(GOOD_AGENT)
    sign_up(page, "student")
    submit(page, "First try", agent)
    expect(page.locator("main")).to_contain_text("First try")
    expect(page.locator("main")).to_contain_text(re.compile("on (the )?ladder", re.IGNORECASE), timeout=90 * SECOND)
    page.goto("/ladders/connect_four/")
    row = page.locator("table.ladder tr", has_text="First try")
    expect(row.locator("td.rating")).to_have_text(re.compile(r"\d+\s*±\d+"), timeout=90 * SECOND)
    page.goto("/challenges/connect_four/?first=First+try")
    page.fill("input[name=second]", "random")
    page.select_option("select[name=count]", "2")
    page.get_by_role("button", name="Let them play").click()
    expect(page.locator("#duel")).to_contain_text("Played", timeout=90 * SECOND)


def test_a_submission_that_fails_says_at_which_step_and_shows_its_log_to_its_owner_only(
    page: Page, browser: Browser, arena: Any, tmp_path: Path
) -> None:
    agent = tmp_path / "agent.py"
    agent.write_text("import no_such_module\n\nclass Agent:\n    def act(self, o, l):\n        return l[0]\n")
    sign_up(page, "careless")
    submit(page, "Broken", agent)
    expect(page.locator("main")).to_contain_text("no_such_module", timeout=90 * SECOND)
    page.get_by_role("link", name=re.compile("Broken")).first.click()
    expect(page.locator("main")).to_contain_text("no_such_module")
    stranger = browser.new_context(base_url=arena.url).new_page()
    stranger.goto(page.url)
    expect(stranger.locator("main")).not_to_contain_text("Traceback")
    stranger.context.close()


def test_a_file_that_is_no_agent_is_refused_in_the_form_with_a_sentence(page: Page, tmp_path: Path) -> None:
    fake = tmp_path / "agent.zip"
    fake.write_bytes(b"this is no zip")
    sign_up(page, "mistaken")
    submit(page, "No zip", fake)
    expect(page.locator("main")).to_contain_text(re.compile("zip"), timeout=60 * SECOND)
    expect(page.locator("main")).not_to_contain_text("Traceback")


def test_the_printed_link_signs_the_organiser_in_once(page: Page, arena: Any) -> None:
    page.goto(arena.link)
    expect(page.locator("header .me")).to_be_visible()
    page.goto("/desk/")
    expect(page.locator("body")).to_contain_text("Sparring")
    other = page.context.browser.new_context(base_url=arena.url).new_page()  # type: ignore[union-attr]
    other.goto(arena.link)
    expect(other.locator("main")).to_contain_text("used")
    other.context.close()


@pytest.mark.parametrize(
    "address",
    ["/", "/ladders/", "/ladders/connect_four/", "/games/", "/games/quarto/", "/matches/", "/play/", "/runs/"],
)
def test_no_page_scrolls_sideways_on_a_phone(browser: Browser, arena: Any, address: str) -> None:
    context = browser.new_context(base_url=arena.url, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(address)
    assert page.locator("main").is_visible()
    width = page.locator("html").evaluate("node => node.scrollWidth")
    context.close()
    assert width <= 390


@pytest.mark.parametrize(
    "address", ["/ladders/nothing/", "/matches/999999/", "/play/against/999999/", "/games/conect_four/"]
)
def test_a_wrong_address_gets_a_page_with_a_sentence(page: Page, address: str) -> None:
    response = page.goto(address)
    assert response is not None
    assert response.status == 404
    expect(page.locator("h1")).to_be_visible()


def test_the_api_has_its_page_and_needs_nothing_from_elsewhere(page: Page, arena: Any) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/api/")
    expect(page.locator("body")).to_contain_text("/api/ladders", timeout=30 * SECOND)
    assert all(url.startswith((arena.url, "data:")) for url in asked)
