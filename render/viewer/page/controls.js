// @ts-check
// Controls of exposure, development, look, time, drive and what is in the scene.

import { by, digits, made, seconds, shutter, stops, turned } from "./format.js";
import { ownLook } from "./look.js";
import { emit, isMoving, known, on, rest, set } from "./store.js";

// Third stops as cameras name them (ISO 2720 has the exact steps; the names are the makers').
const FRACTIONS = [8000, 6400, 5000, 4000, 3200, 2500, 2000, 1600, 1250, 1000, 800, 640, 500, 400, 320, 250, 200, 160, 125, 100, 80, 60, 50, 40, 30, 25, 20, 15, 13, 10, 8, 6, 5, 4];
const SHUTTERS = [...FRACTIONS.map((n) => 1 / n), 0.3, 0.4, 0.5, 0.6, 0.8, 1, 1.3, 1.6, 2, 2.5, 3.2, 4, 5, 6, 8, 10, 13, 15, 20, 25, 30, 60, 120];
const APERTURES = [0.95, 1.1, 1.2, 1.4, 1.6, 1.8, 2, 2.2, 2.5, 2.8, 3.2, 3.5, 4, 4.5, 5, 5.6, 6.3, 7.1, 8, 9, 10, 11, 13, 14, 16, 18, 20, 22];
const SPEEDS = [50, 64, 80, 100, 125, 160, 200, 250, 320, 400, 500, 640, 800, 1000, 1250, 1600, 2000, 2500, 3200, 4000, 5000, 6400, 8000, 10000, 12800, 16000, 20000, 25600, 32000, 40000, 51200, 64000, 80000, 102400, 204800, 409600];
const STEPS = { exposure_s: SHUTTERS, f_number: APERTURES, iso: SPEEDS };
const TEXTS = { exposure_s: shutter, f_number: (/** @type {number} */ v) => `f/${digits(v)}`, iso: (/** @type {number} */ v) => String(Math.round(v)) };
const RANGES = {
  white_balance_k: [2500, 12000, 100, (/** @type {number} */ v) => `${Math.round(v)} K`],
  exposure_compensation_ev: [-5, 5, 1 / 3, stops], compensation_ev: [-5, 5, 1 / 3, stops],
  kp: [0, 9, 1 / 3, (/** @type {number} */ v) => v.toFixed(1)], cloud_cover: [0, 1, 0.05, (/** @type {number} */ v) => `${Math.round(100 * v)} %`],
};
const TYPED = ["azimuth_deg", "elevation_deg", "roll_deg", "focal_length_mm", "aurora_seed", "cloud_seed"];
const CHOSEN = ["tone", "response", "exposure"];
const PARTS = { aurora_enabled: "Aurora", airglow_enabled: "Airglow", stars_enabled: "Stars", moon_enabled: "Moon", sun_enabled: "Sun", cities_enabled: "Cities", earth_visible: "Earth", station_visible: "Station" };
const POINTED = { keys: "the camera's keys", look_at: "what the scene looks at", wcs: "the photograph's own stars", quaternion: "the scene's attitude" };
const MOST_SEED = 100000;
const MARCHED = ["exposure_s", "kp", "cloud_cover"]; // what more than a development is made anew for: coarse while it moves
const LATE_MS = 1000 / 12;

/** @param {number[]} steps @param {number} value */
const nearest = (steps, value) => steps.reduce((best, step, k) => (Math.abs(Math.log(step / value)) < Math.abs(Math.log(steps[best] / value)) ? k : best), 0);

/** @param {string} name @param {string} text */
function say(name, text) {
  const output = document.querySelector(`output[for="${name}"]`);
  if (output && output.textContent !== text) output.textContent = text;
  by(name).setAttribute("aria-valuetext", text);
}

function sliders() {
  for (const [name, steps] of Object.entries(STEPS)) {
    const input = by(name);
    Object.assign(input, { min: 0, max: steps.length - 1, step: 1 });
    input.addEventListener("input", () => {
      say(name, TEXTS[/** @type {keyof typeof TEXTS} */ (name)](steps[input.valueAsNumber]));
      set({ [name]: steps[input.valueAsNumber] }, MARCHED.includes(name));
    });
    input.addEventListener("change", rest);
  }
  for (const [name, [low, high, step, text]] of Object.entries(RANGES)) {
    const input = by(name);
    Object.assign(input, { min: low, max: high, step });
    input.addEventListener("input", () => {
      const value = Number(input.valueAsNumber.toFixed(4));
      say(name, /** @type {any} */ (text)(value));
      set({ [name]: value }, MARCHED.includes(name));
    });
    input.addEventListener("change", rest);
  }
}

function others() {
  for (const name of TYPED) {
    const input = by(name);
    input.addEventListener("change", () => {
      if (input.value === "") set({ [name]: null });
      else if (input.reportValidity()) set({ [name]: input.valueAsNumber });
    });
  }
  for (const name of CHOSEN) by(name).addEventListener("change", () => set({ [name]: by(name).value }));
  by("noise").addEventListener("change", () => set({ noise: by("noise").checked }));
  by("noise_reduction").addEventListener("change", () => set({ noise_reduction: by("noise_reduction").checked ? "camera" : "none" }));
  by("another").onclick = () => set({ aurora_seed: Math.floor(Math.random() * MOST_SEED) });
  by("other-clouds").onclick = () => set({ cloud_seed: Math.floor(Math.random() * MOST_SEED) });
  by("own-look").onclick = ownLook;
  by("parts").append(...Object.entries(PARTS).map(([name, text]) => {
    const box = made("input", { type: "checkbox", id: name, onchange: () => set({ [name]: by(name).checked }) });
    return made("li", {}, [made("label", {}, [box, ` ${text}`])]);
  }));
}

/** @param {string} id @param {string[]} names */
function options(id, names) {
  by(id).replaceChildren(...names.map((name) => made("option", { value: name, textContent: name.replaceAll("_", " ") })));
}

/** Show the state, except what the hand is on. */
function show() {
  const state = known.state;
  if (state.iso === undefined) return;
  const busy = isMoving() ? document.activeElement : null;
  /** @param {string} name @param {any} value */
  const put = (name, value) => { if (by(name) !== busy) by(name).value = value; };
  for (const [name, steps] of Object.entries(STEPS)) {
    put(name, nearest(steps, state[name]));
    say(name, TEXTS[/** @type {keyof typeof TEXTS} */ (name)](state[name]));
  }
  for (const [name, [, , , text]] of Object.entries(RANGES)) {
    const there = typeof state[name] === "number";
    by(name).disabled = !there;
    if (there) put(name, state[name]);
    say(name, there ? /** @type {any} */ (text)(state[name]) : "as driven");
  }
  by("compensation_ev").disabled = state.exposure !== "auto";
  for (const name of TYPED) {
    by(name).disabled = typeof state[name] !== "number";
    if (document.activeElement === by(name) && !isMoving() && by(name).dataset.typed) continue;
    if (typeof state[name] === "number") put(name, Number((name === "azimuth_deg" ? turned(state[name]) : state[name]).toFixed(2)));
  }
  for (const name of CHOSEN) put(name, state[name]);
  by("noise").checked = state.noise;
  by("noise_reduction").checked = state.noise_reduction === "camera";
  for (const name of Object.keys(PARTS)) by(name).checked = state[name];
  const pointing = POINTED[/** @type {keyof typeof POINTED} */ (known.scene.pointing)];
  by("pinned-look").textContent = !pointing ? "" : state.free ? `Turned by hand, away from ${pointing}.` : `Looks along ${pointing}, until it is turned by hand.`;
  put("time_s", state.time_s);
  const sun = known.told.sun_deg;
  by("clock").textContent = `${seconds(state.time_s)} · ${String(known.told.time_utc ?? "").slice(11, 19)} UTC${typeof sun === "number" ? ` · Sun ${sun.toFixed(1)}°` : ""}`;
  by("time_s").setAttribute("aria-valuetext", by("clock").textContent);
}

/** Lay marks along the time slider. */
function marks() {
  const length = known.scene.film?.length_s || 0;
  by("time_s").max = String(Math.max(length, 0));
  by("time_s").disabled = by("play").disabled = !length;
  by("marks").replaceChildren(...known.marks.filter((mark) => length && mark.time_s >= 0 && mark.time_s <= length).map((mark) => {
    const text = { sun: `${mark.sun_deg}°`, key: "◆", onset: "✳" }[/** @type {"sun"} */ (mark.kind)];
    const title = { sun: `Sun at ${mark.sun_deg}°, ${mark.rising ? "rising" : "setting"}`, key: "a key of the camera", onset: "a substorm's onset" }[/** @type {"sun"} */ (mark.kind)];
    const tick = made("span", { className: mark.kind, textContent: text, title });
    tick.style.left = `${(100 * mark.time_s) / length}%`;
    return tick;
  }));
}

/** Go on by intervals of the film. @param {number} count */
export function stepTime(count) {
  const length = known.scene.film?.length_s || 0, interval = known.scene.film?.interval_s || 1;
  set({ time_s: Math.max(0, Math.min(length, known.state.time_s + count * interval)) }, playing);
}

let playing = false;
let stepped = 0;
const still = matchMedia("(prefers-reduced-motion: reduce)");

/** @param {boolean} on */
function play(on) {
  playing = on;
  by("play").setAttribute("aria-pressed", String(on));
  by("play").textContent = on ? "Stop" : "Play";
  if (on) stepTime(1);
  else rest();
}

function playOn() {
  if (!playing || still.matches) return;
  setTimeout(() => {
    if (!playing || performance.now() - stepped < LATE_MS) return;
    stepped = performance.now();
    if (known.state.time_s >= known.scene.film.length_s) play(false);
    else stepTime(1);
  }, LATE_MS);
}

export function start() {
  sliders();
  others();
  by("time_s").addEventListener("input", () => set({ time_s: by("time_s").valueAsNumber }, true));
  by("time_s").addEventListener("change", rest);
  by("play").onclick = () => {
    if (still.matches) return emit("word", "Reduced motion is asked for: . and , go by one interval instead of playing");
    play(!playing);
  };
  on("drawn", playOn);
  on("hello", (hello) => {
    options("tone", hello.tones);
    options("response", hello.responses);
    for (const name of TYPED) {
      const limits = hello.ranges[name];
      if (limits) [by(name).min, by(name).max] = limits;
    }
  });
  for (const name of TYPED) {
    by(name).addEventListener("input", () => { by(name).dataset.typed = "1"; });
    by(name).addEventListener("change", () => { delete by(name).dataset.typed; });
  }
  on("scene", marks);
  on("marks", marks);
  on("state", show);
  on("wanted", show);
}
