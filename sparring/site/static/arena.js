// The board of the first screen: the latest match of a ladder, move by move, then the next one.

const SECONDS_A_MOVE = 0.55;
const SECONDS_AT_END = 3;
const still = matchMedia("(prefers-reduced-motion: reduce)");

const pause = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));

async function json(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address}: ${response.status}`);
  return response.json();
}

async function visible() {
  while (document.hidden) await pause(1);
}

async function showLatest(figure, seen) {
  const [latest] = await json(`/api/matches?limit=1&ladder=${encodeURIComponent(figure.dataset.arena)}`);
  if (!latest || latest.id === seen) return seen;
  const replay = await json(`/api/matches/${latest.id}/replay`);
  const link = figure.querySelector("a");
  const names = figure.querySelectorAll("figcaption span");
  link.href = `/matches/${latest.id}/`;
  names.forEach((name, seat) => { name.textContent = replay.players[seat]; });
  for (const frame of replay.frames) {
    await visible();
    link.innerHTML = frame.svg;
    await pause(SECONDS_A_MOVE);
  }
  return latest.id;
}

async function keepShowing(figure) {
  let seen = null;
  while (figure.isConnected) {
    await visible();
    try {
      seen = await showLatest(figure, seen);
    } catch (error) {
      console.info("the arena's board rests:", error.message);
    }
    await pause(SECONDS_AT_END);
  }
}

if (!still.matches) document.querySelectorAll("[data-arena]").forEach(keepShowing);
