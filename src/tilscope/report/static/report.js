// Sorting and filtering of tables, browsing of patients. The page can be read without it.
"use strict";

const PAGE_SIZE = 12;

function make(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/* ---- tables ---- */

function sortKey(row, column) {
  const cell = row.cells[column];
  const text = cell.dataset.sort ?? cell.textContent.trim();
  const number = text === "" ? NaN : Number(text.replace(/,/g, "").replace("−", "-"));
  return { text, number, missing: text === "—" || text === "" };
}

function compare(a, b, direction) {
  if (a.missing || b.missing) return a.missing - b.missing; // missing values stay at the end
  if (!Number.isNaN(a.number) && !Number.isNaN(b.number)) return direction * (a.number - b.number);
  return direction * a.text.localeCompare(b.text, "en", { numeric: true });
}

function sortBy(table, column, heading) {
  const ascending = heading.getAttribute("aria-sort") !== "ascending";
  const body = table.tBodies[0];
  const rows = [...body.rows].map((row) => ({ row, key: sortKey(row, column) }));
  rows.sort((a, b) => compare(a.key, b.key, ascending ? 1 : -1));
  body.append(...rows.map(({ row }) => row));
  for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
  heading.setAttribute("aria-sort", ascending ? "ascending" : "descending");
}

for (const table of document.querySelectorAll("table[data-sortable]")) {
  [...table.tHead.rows[0].cells].forEach((heading, column) => {
    const button = make("button", { type: "button", textContent: heading.textContent });
    button.addEventListener("click", () => sortBy(table, column, heading));
    heading.replaceChildren(button);
  });
}

for (const box of document.querySelectorAll("[data-filter]")) {
  const rows = [...box.querySelectorAll("tbody tr")];
  const name = `Filter: ${box.querySelector("caption").textContent}`;
  const input = make("input", { type: "search", placeholder: "Filter rows", ariaLabel: name });
  const told = make("span", { role: "status" });
  input.addEventListener("input", () => {
    const wanted = input.value.trim().toLowerCase();
    for (const row of rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
    told.textContent = wanted ? `${rows.filter((row) => !row.hidden).length} of ${rows.length} rows` : "";
  });
  box.prepend(make("div", { className: "tools" }, input, told));
}

/* ---- tables as files ---- */

const FORMULA = /^[=+\-@\t\r]/; // a spreadsheet would run it

function csvCell(cell) {
  const { number, missing } = sortKey(cell.parentElement, cell.cellIndex);
  if (missing) return "";
  if (!Number.isNaN(number)) return String(number);
  const mark = cell.querySelector(".mark, .unseen") ? [...cell.childNodes].filter((n) => !n.matches?.(".mark, .unseen")) : [...cell.childNodes];
  const text = mark.map((n) => n.textContent).join("").replace(/\s+/g, " ").trim();
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return /[",]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
}

function asCsv(table) {
  const rows = [table.tHead.rows[0], ...[...table.tBodies[0].rows].filter((row) => !row.hidden)];
  return rows.map((row) => [...row.cells].map(csvCell).join(",")).join("\r\n") + "\r\n";
}

function save(text, name, type) {
  const address = URL.createObjectURL(new Blob([text], { type }));
  make("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}

const counted = new Map();
for (const table of document.querySelectorAll(".table-box table")) {
  const place = table.closest("section")?.id ?? "table";
  counted.set(place, (counted.get(place) ?? 0) + 1);
  const name = `${place}-${counted.get(place)}.csv`;
  const title = "The rows as they are shown now: found by the filter, in this order";
  const button = make("button", { type: "button", className: "csv", textContent: "CSV", title, ariaLabel: `Download as CSV: ${table.caption.textContent}` });
  button.addEventListener("click", () => save(`\ufeff${asCsv(table)}`, name, "text/csv;charset=utf-8"));
  table.caption.append(button);
}

/* ---- patients ---- */

function browse(gallery) {
  const all = [...gallery.querySelectorAll(".patient")];
  let found = all;
  let page = 0;

  const input = make("input", { type: "search", placeholder: "Find: sub-…, flagged, training", ariaLabel: "Find patients" });
  const back = make("button", { type: "button", textContent: "Previous" });
  const on = make("button", { type: "button", textContent: "Next" });
  const told = make("span", { role: "status" });
  const isCut = gallery.dataset.next || gallery.dataset.previous;
  const hint = make("span", { textContent: `Click a patient to open it; arrow keys go on.${isCut ? " The search looks at this page only; the table on the first page knows everybody." : ""}` });
  gallery.before(make("div", { className: "tools" }, input, back, on, told, hint));
  gallery.classList.add("is-paged");

  function show() {
    const pages = Math.max(1, Math.ceil(found.length / PAGE_SIZE));
    page = Math.min(Math.max(page, 0), pages - 1);
    const visible = new Set(found.slice(page * PAGE_SIZE, (page + 1) * PAGE_SIZE));
    for (const patient of all) patient.hidden = !visible.has(patient);
    told.textContent = `${found.length} patient${found.length === 1 ? "" : "s"}, page ${page + 1} of ${pages}`;
    back.disabled = page === 0;
    on.disabled = page === pages - 1;
  }

  function close() {
    for (const patient of all) {
      patient.classList.remove("is-open");
      patient.querySelector(".opener").setAttribute("aria-expanded", "false");
    }
  }

  function open(patient, isQuiet = false) {
    if (!found.includes(patient)) {
      input.value = "";
      found = all;
    }
    page = Math.floor(found.indexOf(patient) / PAGE_SIZE);
    show();
    close();
    patient.classList.add("is-open");
    patient.querySelector(".opener").setAttribute("aria-expanded", "true");
    if (isQuiet) return;
    patient.focus({ preventScroll: true });
    patient.scrollIntoView({ block: "start" });
  }

  function openFromAddress() {
    if (location.hash === "#first-patient") open(all[0]);
    if (location.hash === "#last-patient") open(all[all.length - 1]);
    if (!location.hash.startsWith("#patient-")) return;
    const patient = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (patient) open(patient);
  }

  input.addEventListener("input", () => {
    const words = input.value.trim().toLowerCase().split(/\s+/);
    found = all.filter((p) => words.every((word) => p.dataset.search.toLowerCase().includes(word)));
    page = 0;
    close();
    show();
  });
  back.addEventListener("click", () => { page -= 1; show(); });
  on.addEventListener("click", () => { page += 1; show(); });
  for (const patient of all) {
    const opener = make("button", { type: "button", className: "opener", textContent: "Details", ariaLabel: `Details of ${patient.querySelector("h3").textContent}` });
    opener.setAttribute("aria-expanded", "false");
    patient.querySelector("header").append(opener);
    patient.addEventListener("click", (event) => {
      const isOpen = patient.classList.contains("is-open");
      if (event.target.closest(".opener")) {
        if (isOpen) close(); else open(patient);
      } else if (!isOpen) {
        event.preventDefault(); // the first click opens the patient, a click on a picture of an open one shows the file
        open(patient);
      }
    });
  }
  document.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const current = found.findIndex((patient) => patient.classList.contains("is-open"));
    if (!step || current < 0 || event.target.matches("input, select, [role=region]")) return;
    const next = found[current + step];
    const leaf = step > 0 ? gallery.dataset.next : gallery.dataset.previous; // where the list goes on in another file
    if (next) { event.preventDefault(); open(next); }
    else if (leaf && found === all) location.href = `${leaf}#${step > 0 ? "first" : "last"}-patient`;
  });
  window.addEventListener("hashchange", openFromAddress);
  window.addEventListener("beforeprint", () => { gallery.classList.remove("is-paged"); for (const patient of all) patient.hidden = false; });
  window.addEventListener("afterprint", () => { gallery.classList.add("is-paged"); show(); });
  show();
  if (found.length === 1) open(found[0], true);
  openFromAddress();
}

for (const gallery of document.querySelectorAll("[data-browser]")) browse(gallery);

/* ---- ratings: kept in this browser, taken into the study by `tilscope review STUDY --ratings FILE` ---- */

const RATINGS = [["accept", "a"], ["redraw", "r"], ["exclude", "e"]];
const SHELF = `tilscope ratings ${location.pathname.replace(/[^/]*$/, "")}`;

function readShelf() {
  try { return JSON.parse(localStorage.getItem(SHELF) ?? "{}"); } catch { return {}; }
}

function putAside(ratings) {
  try { localStorage.setItem(SHELF, JSON.stringify(ratings)); return true; } catch { return false; }
}

function asTsv(ratings) {
  const columns = ["rating", "note", "reviewed_on", "qc_sha256"];
  const lines = Object.entries(ratings).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, rating]) => [key, ...columns.map((c) => rating[c])]);
  const guarded = lines.map((line) => line.map((text) => (FORMULA.test(text) ? `'${text}` : text)).join("\t"));
  return [["participant_id", ...columns].join("\t"), ...guarded].join("\n") + "\n";
}

function rateWith(gallery) {
  const patients = [...gallery.querySelectorAll(".patient[data-qc]")];
  if (!patients.length) return;
  const ratings = readShelf();
  const told = make("span", { role: "status" });
  const download = make("button", { type: "button" });
  const keys = make("input", { type: "checkbox", id: "shortcuts", checked: true });
  download.addEventListener("click", () => save(asTsv(ratings), "ratings.tsv", "text/tab-separated-values;charset=utf-8"));
  gallery.before(make("div", { className: "tools" }, make("label", {}, keys, " Keys: a accept, r redraw, e exclude"), download, told));

  function count() {
    const n = Object.keys(ratings).length;
    download.textContent = `Download ratings (${n})`;
    download.disabled = n === 0;
  }

  function rate(patient, rating, note) {
    const today = new Date();
    const date = [today.getFullYear(), today.getMonth() + 1, today.getDate()].map((n) => String(n).padStart(2, "0")).join("-");
    ratings[patient.dataset.key] = { rating, note: note.replace(/\s+/g, " ").trim(), reviewed_on: date, qc_sha256: patient.dataset.qc };
    const kept = putAside(ratings);
    told.textContent = `${patient.dataset.key}: ${rating}. ${kept ? "Kept in this browser; download the table and take it in with: tilscope review STUDY --ratings ratings.tsv" : "This browser keeps nothing: download the table before you leave the page."}`;
    count();
  }

  for (const patient of patients) {
    const key = patient.dataset.key;
    const old = ratings[key]?.qc_sha256 === patient.dataset.qc ? ratings[key] : undefined; // not of other pictures
    const radios = RATINGS.map(([word]) => make("input", { type: "radio", name: `rating-${key}`, value: word, checked: old?.rating === word }));
    const note = make("input", { type: "text", maxLength: 500, value: old?.note ?? "", ariaLabel: `Note on ${key}`, placeholder: "Note" });
    const chosen = () => radios.find((radio) => radio.checked)?.value;
    const update = () => { if (chosen()) rate(patient, chosen(), note.value); };
    for (const control of [...radios, note]) control.addEventListener("change", update);
    const labels = radios.map((radio, k) => make("label", {}, radio, ` ${RATINGS[k][0]}`));
    const field = make("fieldset", { className: "rating" }, make("legend", { textContent: "Your rating" }), ...labels, note);
    patient.querySelector(".measures").prepend(field);
  }

  document.addEventListener("keydown", (event) => {
    const word = RATINGS.find(([, key]) => key === event.key.toLowerCase())?.[0];
    if (!word || !keys.checked || event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
    if (event.target.matches("input:not([type=radio]), select, textarea")) return;
    const radio = gallery.querySelector(`.patient.is-open .rating input[value=${word}]`);
    if (!radio) return;
    event.preventDefault();
    radio.checked = true;
    radio.dispatchEvent(new Event("change"));
  });
  count();
}

for (const gallery of document.querySelectorAll("[data-browser]")) rateWith(gallery);

/* ---- where the reader is ---- */

const links = new Map([...document.querySelectorAll(".contents .on-page a")].map((link) => [link.hash.slice(1), link]));
const watcher = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      for (const link of links.values()) link.classList.remove("is-here");
      links.get(entry.target.id)?.classList.add("is-here");
    }
  },
  { rootMargin: "-10% 0px -80% 0px" },
);
for (const section of document.querySelectorAll("main > section")) watcher.observe(section);
