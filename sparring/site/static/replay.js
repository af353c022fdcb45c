// Turns the static list of boards into a player: one board at a time, with buttons, a slider and keys.

const SECONDS_A_MOVE = 0.9;

class Player {
  constructor(root) {
    this.root = root;
    this.frames = [...root.querySelectorAll(".frame")];
    this.scrub = root.querySelector("[data-scrub]");
    this.speed = root.querySelector("[data-speed]");
    this.playButton = root.querySelector("[data-do=play]");
    this.timer = null;
    this.ply = 0;
    this.moves = this.listMoves(root.querySelector("[data-moves]"));
    this.listen();
    root.classList.add("is-live");
    root.querySelector(".controls").hidden = false;
    root.querySelector(".moves").hidden = false;
    const asked = /^#ply-(\d+)$/.exec(location.hash);
    this.show(asked ? Number(asked[1]) : this.last);
  }

  get last() {
    return this.frames.length - 1;
  }

  listMoves(list) {
    return this.frames.map((frame, ply) => {
      const item = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      const move = document.createElement("span");
      move.textContent = frame.dataset.move;
      if (frame.dataset.seat) move.className = frame.dataset.seat;
      button.append(frame.querySelector(".ply").cloneNode(true), move);
      button.addEventListener("click", () => { this.pause(); this.show(ply); });
      item.append(button);
      list.append(item);
      return item;
    });
  }

  listen() {
    const deeds = {
      first: () => this.show(0),
      back: () => this.show(this.ply - 1),
      forward: () => this.show(this.ply + 1),
      last: () => this.show(this.last),
    };
    for (const button of this.root.querySelectorAll("[data-do]")) {
      const deed = button.dataset.do;
      button.addEventListener("click", () => {
        if (deed === "play") return this.toggle();
        this.pause();
        deeds[deed]();
      });
    }
    this.scrub.addEventListener("input", () => { this.pause(); this.show(Number(this.scrub.value)); });
    this.speed.addEventListener("change", () => { if (this.timer) this.play(); });
    document.addEventListener("keydown", (event) => this.key(event, deeds));
  }

  key(event, deeds) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("select, textarea, input:not([type=range])")) return;
    const deed = { ArrowLeft: "back", ArrowRight: "forward", Home: "first", End: "last", " ": "play" }[event.key];
    if (!deed) return;
    if (deed === "play") {
      if (event.target.closest("button, a")) return;
      event.preventDefault();
      this.toggle();
      return;
    }
    event.preventDefault();
    this.pause();
    deeds[deed]();
  }

  show(ply) {
    this.ply = Math.max(0, Math.min(this.last, ply));
    this.frames.forEach((frame, number) => frame.classList.toggle("shown", number === this.ply));
    this.moves.forEach((item, number) => {
      if (number === this.ply) item.setAttribute("aria-current", "step");
      else item.removeAttribute("aria-current");
    });
    this.keepInSight(this.moves[this.ply]);
    this.scrub.value = String(this.ply);
    this.scrub.setAttribute("aria-valuetext", this.frames[this.ply].querySelector("figcaption").textContent.trim());
    history.replaceState(null, "", `#ply-${this.ply}`);
  }

  keepInSight(item) {
    const list = item.parentElement;
    const above = item.offsetTop - list.offsetTop;
    if (above < list.scrollTop) list.scrollTop = above;
    const below = above + item.offsetHeight - list.clientHeight;
    if (below > list.scrollTop) list.scrollTop = below;
  }

  toggle() {
    if (this.timer) this.pause();
    else this.play();
  }

  play() {
    clearInterval(this.timer);
    if (this.ply === this.last) this.show(0);
    this.timer = setInterval(() => {
      this.show(this.ply + 1);
      if (this.ply === this.last) this.pause();
    }, (SECONDS_A_MOVE * 1000) / Number(this.speed.value));
    this.root.classList.add("playing");
    this.playButton.setAttribute("aria-label", "Pause");
  }

  pause() {
    clearInterval(this.timer);
    this.timer = null;
    this.root.classList.remove("playing");
    this.playButton.setAttribute("aria-label", "Play");
  }
}

for (const root of document.querySelectorAll("[data-replay]")) new Player(root);
