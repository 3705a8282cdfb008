// Pictures whose frames stand below each other, shown in one place in turn. Without this script all frames are seen.
"use strict";

(() => {
  const FRAMES = ["Reference", "Before", "After"];
  const BLINK_MS = 600; // fewer than three changes a second: safe for photosensitive eyes

  function button(text, label, onClick) {
    const made = Object.assign(document.createElement("button"), { type: "button", textContent: text, ariaLabel: label });
    made.addEventListener("click", (event) => { event.stopPropagation(); onClick(); });
    return made;
  }

  function row(label, buttons) {
    const made = document.createElement("div");
    made.className = "flicker-row";
    made.setAttribute("role", "group");
    made.setAttribute("aria-label", label);
    made.append(...buttons);
    return made;
  }

  function setUp(group) {
    const figures = [...group.querySelectorAll("figure")];
    let current = 0, frame = 0, partner = 1, timer = null;
    const phases = figures.map((figure, k) => button(figure.dataset.phase, `Phase ${figure.dataset.phase}`, () => { current = k; show(); }));
    const frames = FRAMES.map((name, k) => button(name, name, () => { stop(); go(k); }));
    const blink = button("Blink", "Blink between the reference and the chosen frame", () => (timer ? stop() : start()));
    const tools = document.createElement("div");
    tools.className = "flicker-tools";
    if (figures.length > 1) tools.append(row("Phase", phases));
    tools.append(row("Frame", [...frames, blink]));
    for (const figure of figures) {
      const image = figure.querySelector("img");
      image.style.setProperty("--frame", `${image.getAttribute("width")} / ${image.getAttribute("height") / FRAMES.length}`);
    }
    group.replaceChildren(tools, ...figures);
    group.classList.add("is-live");

    function show() {
      group.dataset.frame = String(frame);
      figures.forEach((figure, k) => { figure.hidden = k !== current; });
      phases.forEach((made, k) => made.setAttribute("aria-pressed", String(k === current)));
      frames.forEach((made, k) => made.setAttribute("aria-pressed", String(k === frame)));
      blink.setAttribute("aria-pressed", String(timer !== null));
    }
    function go(next) {
      frame = next;
      if (frame > 0) partner = frame;
      show();
    }
    function stop() {
      clearInterval(timer);
      timer = null;
      show();
    }
    function start() {
      timer = setInterval(() => (group.offsetParent === null ? stop() : go(frame === 0 ? partner : 0)), BLINK_MS);
      show();
    }
    show();
    return { group, next: () => { stop(); go((frame + 1) % FRAMES.length); }, toggle: () => (timer ? stop() : start()) };
  }

  const all = [...document.querySelectorAll(".flicker")].map(setUp);

  function nearest() {
    const middle = window.innerHeight / 2;
    const distance = ({ group }) => {
      const box = group.getBoundingClientRect();
      return box.top <= middle && box.bottom >= middle ? 0 : Math.min(Math.abs(box.top - middle), Math.abs(box.bottom - middle));
    };
    return all.filter(({ group }) => group.offsetParent !== null).sort((a, b) => distance(a) - distance(b))[0];
  }

  document.addEventListener("keydown", (event) => {
    const shortcuts = document.getElementById("shortcuts");
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || (shortcuts && !shortcuts.checked)) return;
    if (event.target.matches("input, select, textarea")) return;
    const act = { f: "next", b: "toggle" }[event.key.toLowerCase()];
    const chosen = act && nearest();
    if (!chosen) return;
    event.preventDefault();
    chosen[act]();
  });
  window.addEventListener("beforeprint", () => { for (const { group } of all) group.classList.remove("is-live"); });
  window.addEventListener("afterprint", () => { for (const { group } of all) group.classList.add("is-live"); });
})();
