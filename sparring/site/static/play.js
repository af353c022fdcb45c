// A person's match: clicks and keys on the board become actions; the server answers with drawings.

const room = document.querySelector("[data-play]");
if (room) {
  const board = room.querySelector("[data-board]");
  const message = room.querySelector("[data-message]");
  const moves = room.querySelector("[data-moves]");
  const choices = room.querySelector("[data-choices]");
  const token = room.querySelector("input[name=csrfmiddlewaretoken]").value;
  const FRAME_MS = matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 420;
  let ply = Number(room.dataset.ply);
  let names = new Map([...choices.querySelectorAll("button")].map((b) => [Number(b.value), b.textContent.trim()]));
  let cell = null;
  let busy = false;

  const AREAS = "[data-action], [data-cell], [data-piece], [data-pick]";

  const pause = (ms) => new Promise((done) => setTimeout(done, ms));

  // An area with data-pick opens those whose data-from is the same, which are hidden until then; another pick closes
  // them. Chess: a piece, where it goes, and what a pawn becomes. The one that was picked before is picked again to close it.
  function pick(target) {
    const picked = target?.dataset.pick;
    const again = target?.classList.contains("chosen");
    const path = new Set(picked === undefined || again ? [] : [picked, target.dataset.from]);
    board.querySelectorAll("[data-from]").forEach((part) => part.classList.toggle("open", path.has(part.dataset.from)));
    board.querySelectorAll("[data-pick]").forEach((area) => area.classList.toggle("chosen", path.has(area.dataset.pick)));
    if (picked !== undefined) message.textContent = again ? "Your move." : "Now choose what it does.";
  }

  // Quarto needs two clicks: a cell, then the piece to give. Everything else is picked step by step.
  function actionOf(target) {
    if (target.dataset.action !== undefined) return Number(target.dataset.action);
    if (target.dataset.pick !== undefined) pick(target);
    if (target.dataset.cell !== undefined) {
      cell = Number(target.dataset.cell);
      board.querySelectorAll("[data-cell]").forEach((area) => area.classList.toggle("chosen", Number(area.dataset.cell) === cell));
      message.textContent = "Now choose the piece that you give.";
    } else if (target.dataset.piece !== undefined) {
      if (cell === null) message.textContent = "First choose the cell for the piece at hand.";
      else return 16 * cell + Number(target.dataset.piece);
    }
    return null;
  }

  function draw(svg) {
    const picture = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
    board.replaceChildren(document.importNode(picture, true));
  }

  // What can be clicked can be reached with Tab and pressed with Enter or the space bar.
  function arm() {
    cell = null;
    board.querySelectorAll(AREAS).forEach((area) => {
      const action = area.dataset.action;
      const free = !room.dataset.over && (action === undefined || names.has(Number(action)));
      area.classList.toggle("hit", free);
      if (!free) return;
      area.setAttribute("tabindex", "0");
      area.setAttribute("role", "button");
      const { cell: place, piece, pick: opens } = area.dataset;
      const label = action !== undefined ? names.get(Number(action)) : opens !== undefined ? area.getAttribute("aria-label") : place !== undefined ? `cell ${place}` : `piece ${piece}`;
      area.setAttribute("aria-label", label);
    });
  }

  function list(legal) {
    names = new Map(legal.map((choice) => [choice.action, choice.name]));
    choices.replaceChildren(...legal.map((choice) => {
      const button = document.createElement("button");
      button.type = "submit";
      button.name = "action";
      button.value = choice.action;
      button.textContent = choice.name;
      return button;
    }));
  }

  async function show(state) {
    const frames = state.frames;
    for (const [index, svg] of frames.entries()) {
      draw(svg);
      if (index < frames.length - 1) await pause(FRAME_MS);
    }
    ply = state.ply;
    if (state.over) room.dataset.over = "yes";
    moves.replaceChildren(...state.moves.map((text) => Object.assign(document.createElement("li"), { textContent: text })));
    moves.scrollTop = moves.scrollHeight;
    list(state.legal);
    message.textContent = state.problem || state.message;
    room.querySelector("[data-again]").hidden = !state.over;
    room.querySelector("[name=ply]").value = ply;
    arm();
  }

  async function act(action) {
    if (busy || room.dataset.over) return;
    if (!names.has(action)) {
      message.textContent = "That is not possible in this position.";
      return;
    }
    busy = true;
    room.classList.add("busy");
    message.textContent = "Thinking …";
    try {
      const response = await fetch(room.dataset.act, {
        method: "POST",
        headers: { Accept: "application/json", "X-CSRFToken": token },
        body: new URLSearchParams({ action, ply }),
      });
      const isJson = (response.headers.get("Content-Type") || "").startsWith("application/json");
      if (!isJson) throw new Error(`The server answered ${response.status}.`);
      await show(await response.json());
    } catch (error) {
      message.textContent = `That did not arrive: ${error.message} Try again, or reload the page.`;
    } finally {
      busy = false;
      room.classList.remove("busy");
    }
  }

  board.addEventListener("click", (event) => {
    const area = event.target.closest(AREAS);
    const action = area && !busy && actionOf(area);
    if (action !== null && action !== undefined && action !== false) act(action);
  });

  room.addEventListener("submit", (event) => {
    if (!event.submitter || event.submitter.name !== "action") return;
    event.preventDefault();
    act(Number(event.submitter.value));
  });

  // Digits name the action of that number, as on the board: 1 is the first column or cell.
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, textarea, select")) return;
    const area = event.target.closest?.("[data-board] [tabindex]");
    if (area && (event.key === "Enter" || event.key === " ")) {
      event.preventDefault();
      area.dispatchEvent(new MouseEvent("click", { bubbles: true }));
      board.querySelector(".open[tabindex]")?.focus();
    } else if (event.key === "Escape") {
      board.querySelector("[data-pick].chosen")?.focus();
      pick();
    } else if (/^[1-9]$/.test(event.key) && names.has(Number(event.key) - 1) && board.querySelector("[data-action]")) {
      event.preventDefault();
      act(Number(event.key) - 1);
    }
  });

  if (board.querySelector("[data-cell], [data-piece]")) {
    room.querySelector(".keys").textContent = "Click a cell for the piece in the ring, then the piece that you give.";
  } else if (board.querySelector("[data-pick]")) {
    room.querySelector(".keys").textContent = "Click a piece, then where it goes; or walk with Tab, Enter and Escape.";
  }
  arm();
}
