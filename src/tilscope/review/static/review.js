"use strict";

// One page, one patient. Ratings go to the server at once; nothing is kept in the browser but the switch for keys.

const SWITCH = "tilscope-shortcuts";
const RATING_KEYS = { a: "accept", r: "redraw", x: "exclude" };

const element = (id) => document.getElementById(id);
const patient = element("patient");
const note = element("note");
let storedNote = note ? note.value : "";
let isSaving = false;
let isLeaving = false;

function go(address) {
  isLeaving = true;
  window.location.assign(address);
}

function follow(id) {
  const link = element(id);
  if (link) link.click();
}

function tell(status, problem) {
  element("status").textContent = status;
  element("problem").textContent = problem;
}

function show(rating, answer) {
  patient.dataset.rating = rating;
  patient.dataset.nextOpen = answer.next;
  for (const button of document.querySelectorAll("button.choice")) {
    button.setAttribute("aria-pressed", String(button.dataset.rating === rating));
  }
  element("progress").value = answer.n_rated;
  element("progress-text").textContent = `${answer.n_rated} of ${answer.n_ratable} rated`;
}

function setBusy(busy) {
  isSaving = busy;
  for (const button of document.querySelectorAll("button.choice")) button.disabled = busy;
}

async function send(rating) {
  const response = await fetch(patient.dataset.ratingAddress, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      "X-Tilscope-Token": document.querySelector("meta[name=form-token]").content,
    },
    body: JSON.stringify({ rating, note: note.value, qc_sha256: patient.dataset.qc }),
  });
  if (!response.ok) throw new Error(await response.text());
  return response.json();
}

// Accepted, or told why not: on to the next patient. Otherwise the note is asked for first.
async function rate(rating, { wantsNote }) {
  if (isSaving) return;
  setBusy(true);
  try {
    const answer = await send(rating);
    storedNote = note.value;
    show(rating, answer);
    if (wantsNote && note.value.trim() === "") {
      tell("Saved. Say why, if you like; Enter goes on.", "");
      note.focus();
    } else {
      tell("Saved.", "");
      go(answer.next);
    }
  } catch (error) {
    const isOffline = error instanceof TypeError;
    tell("", isOffline ? "Not saved: the server has stopped. Start tilscope review again." : `Not saved: ${error.message}`);
  } finally {
    setBusy(false);
  }
}

function toggleZoom(button) {
  button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
}

function areKeysOn() {
  const box = element("shortcuts");
  return !box || box.checked;
}

function onNoteKey(event) {
  if (event.isComposing) return;
  if (event.key === "Escape") {
    note.blur();
  } else if (event.key === "Enter") {
    const rating = patient.dataset.rating;
    if (!rating) tell("", "Choose a rating as well.");
    else if (note.value === storedNote) go(patient.dataset.nextOpen);
    else rate(rating, { wantsNote: false });
  }
}

function onKey(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || !areKeysOn()) return;
  if (event.target === note) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const actions = {
    ArrowRight: () => follow("next"),
    j: () => follow("next"),
    ArrowLeft: () => follow("previous"),
    k: () => follow("previous"),
    n: () => note && note.focus(),
    z: () => document.querySelectorAll("button.zoom").forEach(toggleZoom),
  };
  if (key.startsWith("Arrow") && event.target.closest(".zoom[aria-pressed=true]")) return; // scrolls the picture
  if (Object.hasOwn(actions, key)) {
    event.preventDefault();
    actions[key]();
  } else if (note && Object.hasOwn(RATING_KEYS, key)) {
    event.preventDefault();
    rate(RATING_KEYS[key], { wantsNote: key !== "a" });
  }
}

function rememberSwitch(box) {
  try {
    box.checked = window.localStorage.getItem(SWITCH) !== "off";
    box.addEventListener("change", () => window.localStorage.setItem(SWITCH, box.checked ? "on" : "off"));
  } catch {
    // a browser without storage: the switch holds for this page
  }
}

if (patient) {
  document.addEventListener("keydown", onKey);
  rememberSwitch(element("shortcuts"));
  for (const button of document.querySelectorAll("button.zoom")) {
    button.addEventListener("click", () => toggleZoom(button));
  }
  for (const button of document.querySelectorAll("button.choice")) {
    const rating = button.dataset.rating;
    button.addEventListener("click", () => rate(rating, { wantsNote: rating !== "accept" }));
  }
  if (note) {
    note.addEventListener("keydown", onNoteKey);
    window.addEventListener("beforeunload", (event) => {
      if (!isLeaving && note.value !== storedNote) event.preventDefault();
    });
  }
} else if (element("continue")) {
  element("continue").focus();
}
