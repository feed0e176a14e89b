// @ts-check
// The map from above: track, film, night, and what the picture shows.

import { by } from "./format.js";
import { known, on, say } from "./store.js";

const RADIAN = Math.PI / 180;
const AFTER_MS = 400; // of rest, until the map is asked for again
const sheet = /** @type {HTMLCanvasElement} */ (by("map"));
const NIGHT_STEP = 2; // degrees, of the night's mask
/** @type {HTMLImageElement | null} */
let land = null;
let latest = 0, timer = 0;

/** @param {number[]} place */
const at = ([longitude, latitude]) => [((longitude + 180) / 360) * sheet.width, ((90 - latitude) / 180) * sheet.height];

/** @param {number[]} a @param {number[]} b */
function apart(a, b) {
  const c = Math.sin(a[1] * RADIAN) * Math.sin(b[1] * RADIAN) + Math.cos(a[1] * RADIAN) * Math.cos(b[1] * RADIAN) * Math.cos((a[0] - b[0]) * RADIAN);
  return Math.acos(Math.max(-1, Math.min(1, c)));
}

/** @param {CanvasRenderingContext2D} pen @param {(number[] | null)[]} places @param {string} colour @param {number} width */
function line(pen, places, colour, width) {
  pen.strokeStyle = colour;
  pen.lineWidth = width;
  pen.beginPath();
  /** @type {number[] | null} */
  let before = null;
  for (const place of places) {
    if (place) {
      const [x, y] = at(place);
      if (before && Math.abs(before[0] - place[0]) < 180) pen.lineTo(x, y);
      else pen.moveTo(x, y);
    }
    before = place;
  }
  pen.stroke();
}

/** @param {any} told */
function draw(told) {
  const pen = /** @type {CanvasRenderingContext2D} */ (sheet.getContext("2d"));
  pen.globalCompositeOperation = "source-over";
  pen.fillStyle = "#6b7f8c";
  pen.fillRect(0, 0, sheet.width, sheet.height);
  if (land) {
    pen.globalCompositeOperation = "lighten";
    pen.globalAlpha = 0.75;
    pen.drawImage(land, 0, 0, sheet.width, sheet.height);
    pen.globalAlpha = 1;
    pen.globalCompositeOperation = "source-over";
  }
  const radius = told.terminator.length ? apart(told.night_side, told.terminator[0]) : 0;
  pen.fillStyle = "rgb(8 10 16 / 78%)";
  for (let latitude = 90; latitude > -90; latitude -= NIGHT_STEP) {
    for (let longitude = -180; longitude < 180; longitude += NIGHT_STEP) {
      if (apart([longitude + NIGHT_STEP / 2, latitude - NIGHT_STEP / 2], told.night_side) > radius) continue;
      const [x, y] = at([longitude, latitude]), [right, bottom] = at([longitude + NIGHT_STEP, latitude - NIGHT_STEP]);
      pen.fillRect(x, y, right - x, bottom - y);
    }
  }
  line(pen, told.track, "#b8b0a4", 1.5);
  line(pen, told.film, "#ffffff", 4);
  line(pen, told.field.length ? [...told.field, told.field[0]] : [], "#f0a83c", 3);
  const [x, y] = at(told.observer);
  pen.fillStyle = "#ffffff";
  pen.beginPath();
  pen.arc(x, y, 6, 0, 2 * Math.PI);
  pen.fill();
}

function ask() {
  clearTimeout(timer);
  if (by("world").hidden) return;
  timer = setTimeout(() => { latest += 1; say({ type: "map", id: latest }); }, AFTER_MS);
}

/** @param {number} longitude @param {number} latitude */
function look(longitude, latitude) {
  say({ type: "look", longitude_deg: longitude, latitude_deg: latitude });
}

export function start() {
  on("map", (told) => { if (told.id === latest) draw(told); });
  on("state", ask);
  on("tab", () => {
    ask();
    if (land || by("world").hidden) return;
    const picture = new Image();
    picture.onload = () => { land = picture; ask(); };
    picture.src = "land.png";
  });
  sheet.addEventListener("click", (event) => {
    const box = sheet.getBoundingClientRect();
    look(((event.clientX - box.left) / box.width) * 360 - 180, 90 - ((event.clientY - box.top) / box.height) * 180);
  });
  by("look-there").onclick = () => {
    const [latitude, longitude] = [by("look-latitude"), by("look-longitude")];
    if (latitude.reportValidity() && longitude.reportValidity()) look(longitude.valueAsNumber || 0, latitude.valueAsNumber || 0);
  };
  on("closed", () => { latest = 0; known.marks = []; });
}
