// @ts-check
// Numbers under the cursor, and pins: what `polarlight spectrum --pixel` says of the last pass.

import { by, copied, digits, made } from "./format.js";
import { directionAt, isPlain, placeOf } from "./look.js";
import { emit, isMoving, known, on, say } from "./store.js";

const MOST_PINS = 4, CURSOR = 0;
const EVERY_MS = 200; // between two questions of what is under the cursor
const LINES_SHOWN = 12;
const PALETTE = ["#f0a83c", "#7cc7e8", "#c9a0e8", "#9ad08a", "#e8a09a"];

/** @typedef {{x: number, y: number, answer: any, towards: any}} Place */
/** @type {(Place | null)[]} */
const places = Array(MOST_PINS + 1).fill(null);
/** @type {{x: number, y: number} | null} */
let pointer = null;
let asked = 0, later = 0;

/** @param {number} slot @param {boolean} spectrum */
function ask(slot, spectrum) {
  const place = places[slot];
  if (place && place.x >= 0 && place.x <= 1 && place.y >= 0 && place.y <= 1) say({ type: "pick", id: slot, x: place.x, y: place.y, spectrum });
}

/** @param {number} x @param {number} y */
function point(x, y) {
  places[CURSOR] = { x, y, answer: places[CURSOR]?.answer ?? null, towards: null };
  clearTimeout(later);
  if (isMoving()) return;
  const since = performance.now() - asked;
  if (since < EVERY_MS) return void (later = setTimeout(() => point(x, y), EVERY_MS - since));
  asked = performance.now();
  ask(CURSOR, !by("numbers").hidden);
}

/** Pin a place. @param {number} x @param {number} y */
function pin(x, y) {
  const slot = places.findIndex((place, k) => k > CURSOR && !place);
  if (slot < 0) return emit("word", `${MOST_PINS} pins are the most; remove them first`);
  const state = known.state;
  places[slot] = { x, y, answer: null, towards: isPlain() ? directionAt(x, y, state, state.focal_length_mm) : null };
  ask(slot, true);
  emit("show", "numbers");
  emit("word", `Pin ${slot} set`);
  marks();
}

/** Put the pins' numbers onto the picture, where what they were set on is now. */
function marks() {
  const layer = by("marks-on-picture");
  layer.replaceChildren();
  places.forEach((place, slot) => {
    if (!place || slot === CURSOR) return;
    if (place.towards && known.state.azimuth_deg !== undefined) {
      const at = placeOf(place.towards, known.state, known.state.focal_length_mm);
      [place.x, place.y] = at ? [at.x, at.y] : [-1, -1];
    }
    if (place.x < 0 || place.x > 1 || place.y < 0 || place.y > 1) return;
    const mark = made("span", { className: `pin pin${slot}`, textContent: String(slot) });
    mark.style.left = `${100 * place.x}%`;
    mark.style.top = `${100 * place.y}%`;
    layer.append(mark);
  });
}

/** Return the rows of the table: name, and a text for each place. */
function rows() {
  const told = places.map((place, slot) => ({ slot, answer: place?.answer })).filter((one) => one.answer);
  const first = told[0]?.answer;
  if (!first) return { told, found: [] };
  const brightest = new Map();
  for (const { answer } of told) for (const line of answer.lines) brightest.set(line.key, Math.max(brightest.get(line.key) ?? 0, line.rayleighs));
  const keys = [...brightest.keys()].sort((a, b) => brightest.get(b) - brightest.get(a));
  /** @param {(answer: any) => any} value */
  const of = (value) => told.map(({ answer }) => value(answer) ?? "");
  /** @param {any} answer @param {string} key */
  const line = (answer, key) => answer.lines.find((/** @type {any} */ one) => one.key === key)?.rayleighs ?? 0;
  const found = [
    { name: "All lines, R", values: of((a) => a.lines_sum_r) },
    ...keys.map((key) => ({ name: /^[\d.]+$/.test(key) ? `${key} nm, R` : `${key.replaceAll("_", " ")}, R`, values: of((a) => line(a, key)) })),
  ];
  const place = [
    { name: "Altitude, km", values: of((a) => a.sight.altitude_km) }, { name: "Latitude, °", values: of((a) => a.sight.latitude_deg) },
    { name: "Longitude, °", values: of((a) => a.sight.longitude_deg) }, { name: "Distance, km", values: of((a) => a.sight.distance_km) },
    { name: "Magnetic lat., °", values: of((a) => a.magnetic?.latitude_deg) }, { name: "Magnetic time, h", values: of((a) => a.magnetic?.local_time_h) },
    { name: "Azimuth, °", values: of((a) => a.looks.azimuth_deg) }, { name: "Elevation, °", values: of((a) => a.looks.elevation_deg) },
    { name: "Pixel", values: of((a) => `${a.pixel[0]} ${a.pixel[1]}`) }, { name: "of a picture of", values: of((a) => `${a.pass_size[0]}×${a.pass_size[1]}`) },
  ];
  return { told, found, place };
}

/** @param {any} value */
const text = (value) => (typeof value !== "number" ? value : Math.abs(value) >= 1000 ? `${digits(value / 1000)}k` : digits(value));

function table() {
  if (by("numbers").hidden) return;
  const { told, found, place } = rows(), of = by("table");
  const head = told.map(({ slot }) => made("th", { scope: "col", className: `pin${slot}`, textContent: slot === CURSOR ? "Cursor" : `Pin ${slot}` }));
  of.tHead.replaceChildren(made("tr", {}, [made("th", { scope: "col", textContent: "" }), ...head]));
  const pass = told.at(-1)?.answer.pass_size;
  of.caption.textContent = pass ? `Read off a picture of ${pass[0]}×${pass[1]}; k = thousand` : "Nothing read yet";
  const all = [...found.slice(0, LINES_SHOWN), ...(place ?? []).slice(0, -1)];
  of.tBodies[0].replaceChildren(...all.map((row) => made("tr", {}, [made("th", { scope: "row", textContent: row.name }),
    ...row.values.map((/** @type {any} */ value) => made("td", { textContent: text(value) }))])));
  spectrum();
}

/** Draw the spectra of the places that were read with one, in rayleighs per nm, logarithmic. */
function spectrum() {
  const sheet = by("spectrum"), pen = sheet.getContext("2d"), { width, height } = sheet;
  const left = 44, bottom = 26, first = 380, last = 780;
  const ink = getComputedStyle(document.documentElement).getPropertyValue("--muted");
  pen.clearRect(0, 0, width, height);
  const drawn = places.map((place, slot) => ({ slot, s: place?.answer?.spectrum })).filter((one) => one.s);
  if (!drawn.length) return;
  const curves = drawn.map(({ slot, s }) => ({ slot, s, y: s.lines_R_per_nm.map((/** @type {number} */ v, /** @type {number} */ k) => v + (s.continuum_R_per_nm[k] ?? 0)) }));
  const high = Math.ceil(Math.log10(Math.max(1, ...curves.flatMap(({ y }) => y)))), low = high - 5;
  pen.font = "20px system-ui, sans-serif";
  pen.fillStyle = pen.strokeStyle = ink;
  /** @param {number} nm */
  const across = (nm) => left + ((nm - first) / (last - first)) * (width - left - 8);
  /** @param {number} v */
  const down = (v) => (height - bottom) * (1 - (Math.max(Math.log10(Math.max(v, 1e-30)), low) - low) / (high - low)) + 2;
  for (let nm = 400; nm <= 750; nm += 50) pen.fillText(nm % 100 ? "" : `${nm}${nm === 700 ? " nm" : ""}`, across(nm) - 16, height - 4);
  for (let e = low + 1; e <= high; e += 2) pen.fillText(`1e${e}`, 0, down(10 ** e) + 14);
  pen.fillRect(left, height - bottom + 2, width - left, 1);
  pen.lineWidth = 2;
  for (const { slot, s, y } of curves) {
    pen.strokeStyle = document.documentElement.classList.contains("night") ? ink : PALETTE[slot];
    pen.beginPath();
    y.forEach((/** @type {number} */ v, /** @type {number} */ k) => {
      const nm = s.first_edge_nm + (k + 0.5) * s.bin_nm;
      if (nm >= first && nm <= last) pen.lineTo(across(nm), down(v));
    });
    pen.stroke();
  }
}

/** Return all that was read, as comma-separated values. */
function csv() {
  const { told, found, place } = rows();
  /** @param {any} value */
  const cell = (value) => (/[",\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value));
  const names = told.map(({ slot }) => (slot === CURSOR ? "cursor" : `pin ${slot}`));
  const head = [["quantity", ...names], ["time (UTC)", ...told.map(({ answer }) => answer.time_utc)]];
  return [...head, ...[...found, ...(place ?? [])].map((row) => [row.name, ...row.values])].map((row) => row.map(cell).join(",")).join("\n");
}

/** Pin what is under the cursor, or the middle. */
export function pinHere() {
  pin(pointer?.x ?? 0.5, pointer?.y ?? 0.5);
}

export function start() {
  on("points", (at) => {
    pointer = at;
    if (at) point(at.x, at.y);
  });
  on("clicked", ({ x, y }) => pin(x, y));
  on("pick", (answer) => {
    const place = places[answer.id];
    if (!place) return;
    place.answer = answer;
    table();
  });
  on("drawn", (head) => {
    marks();
    if (head.moving) return;
    places.forEach((_, slot) => ask(slot, !by("numbers").hidden || slot > CURSOR));
  });
  for (const kind of ["wanted", "state"]) on(kind, marks);
  on("tab", table);
  const inputs = () => [by("place-x").valueAsNumber / 100, by("place-y").valueAsNumber / 100].map((v) => Math.max(0, Math.min(1, v || 0)));
  by("read").onclick = () => { asked = 0; const [x, y] = inputs(); point(x, y); };
  by("pin").onclick = () => { const [x, y] = inputs(); pin(x, y); };
  by("unpin").onclick = () => { places.fill(null, 1); marks(); table(); };
  by("csv").onclick = async () => emit("word", await copied(csv(), "Numbers"));
}
