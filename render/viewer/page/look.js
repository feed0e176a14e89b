// @ts-check
// Where the camera looks: by hand, wheel and keys. What is under the hand stays under the hand.

import { by, turned } from "./format.js";
import { shown } from "./picture.js";
import { emit, known, on, rest, set } from "./store.js";

/** @typedef {{azimuth_deg: number, elevation_deg: number, roll_deg: number}} Look */

const RADIAN = Math.PI / 180;
const CLICK_PX = 4; // that a hand may move in a click
const WHEEL_STEP = 1.0015, WHEEL_REST_MS = 250; // of the focal length, for a unit of the wheel
const KEY_DEG = 1, FAST_KEY_DEG = 5, KEY_ZOOM = 1.1;
const FLAT_DEG = 90; // that a width of a picture turns by which is not a plain perspective
const canvas = /** @type {HTMLCanvasElement} */ (by("picture"));

/** @param {number} value */
const clamped = (value) => Math.max(-1, Math.min(1, value));

/** Return half the picture's width as tangent. @param {number} focal */
const halfWidth = (focal) => known.scene.own.sensor_width_mm / (2 * focal);

/** Return tangents right and up of the middle, in a frame that is not rolled, of a place 0..1 of the picture. @param {number} x @param {number} y @param {number} focal @param {number} roll */
function tangents(x, y, focal, roll) {
  const half = halfWidth(focal), right = (2 * x - 1) * half, up = ((1 - 2 * y) * half * canvas.height) / canvas.width;
  const c = Math.cos(roll * RADIAN), s = Math.sin(roll * RADIAN);
  return [right * c + up * s, up * c - right * s];
}

/** Return azimuth and elevation of a place of the picture. @param {number} x @param {number} y @param {Look} look @param {number} focal */
export function directionAt(x, y, look, focal) {
  const [right, up] = tangents(x, y, focal, look.roll_deg), e = look.elevation_deg * RADIAN;
  const ahead = Math.cos(e) - up * Math.sin(e), high = Math.sin(e) + up * Math.cos(e);
  return { azimuth_deg: look.azimuth_deg + Math.atan2(right, ahead) / RADIAN,
    elevation_deg: Math.atan2(high, Math.hypot(right, ahead)) / RADIAN };
}

/** Return the look that has a direction at a place of the picture, near the look given. @param {number} x @param {number} y @param {{azimuth_deg: number, elevation_deg: number}} direction @param {Look} look @param {number} focal */
export function lookWith(x, y, direction, look, focal) {
  const [right, up] = tangents(x, y, focal, look.roll_deg);
  const size = Math.hypot(1, up), tilt = Math.atan(up);
  const angle = Math.asin(clamped((Math.hypot(size, right) * Math.sin(direction.elevation_deg * RADIAN)) / size));
  const e = [angle - tilt, Math.PI - angle - tilt].map((one) => one / RADIAN)
    .sort((a, b) => Math.abs(a - look.elevation_deg) - Math.abs(b - look.elevation_deg))[0];
  const elevation = Math.max(-90, Math.min(90, e));
  const turn = Math.atan2(right, Math.cos(elevation * RADIAN) - up * Math.sin(elevation * RADIAN)) / RADIAN;
  return { azimuth_deg: turned(direction.azimuth_deg - turn), elevation_deg: elevation };
}

/** Return where in the picture a direction is seen, 0..1 within it, or null behind the camera. @param {{azimuth_deg: number, elevation_deg: number}} direction @param {Look} look @param {number} focal */
export function placeOf(direction, look, focal) {
  const a = (direction.azimuth_deg - look.azimuth_deg) * RADIAN, d = direction.elevation_deg * RADIAN, e = look.elevation_deg * RADIAN;
  const east = Math.cos(d) * Math.sin(a), ahead = Math.cos(d) * Math.cos(a), high = Math.sin(d);
  const depth = ahead * Math.cos(e) + high * Math.sin(e), rise = high * Math.cos(e) - ahead * Math.sin(e);
  if (depth < 0.05) return null;
  const c = Math.cos(look.roll_deg * RADIAN), s = Math.sin(look.roll_deg * RADIAN), half = halfWidth(focal);
  const right = (east * c - rise * s) / depth, up = (east * s + rise * c) / depth;
  return { x: 0.5 + right / (2 * half), y: 0.5 - (up * canvas.width) / (2 * half * canvas.height) };
}

/** Whether directions follow the plain perspective of above. */
export const isPlain = () => known.scene.projection === "rectilinear" && Boolean(known.scene.own?.sensor_width_mm);
/** @returns {Look} */
export const lookNow = () => known.state;

/** @param {PointerEvent | WheelEvent} event */
export function placeIn(event) {
  const box = by("frame").getBoundingClientRect();
  return { x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height };
}

/** Shift the picture that is there to where it belongs, until the next one comes. */
function slide() {
  const state = known.state;
  let way = "";
  if (shown && isPlain() && state.azimuth_deg !== undefined && state.free) {
    const at = placeOf(shown.look, state, state.focal_length_mm);
    if (at && Math.hypot(at.x - 0.5, at.y - 0.5) > 1e-3) way = `translate(${100 * (at.x - 0.5)}%, ${100 * (at.y - 0.5)}%)`;
  }
  canvas.style.transform = way;
}

/** @param {number} x @param {number} y @param {number} focal @param {boolean} more */
function zoom(x, y, focal, more) {
  const state = known.state, [low, high] = known.hello.ranges?.focal_length_mm ?? [1, 5000];
  const next = Number(Math.max(low, Math.min(high, focal)).toPrecision(5));
  if (!isPlain() || (x === 0.5 && y === 0.5)) return set({ focal_length_mm: next }, more);
  const held = directionAt(x, y, state, state.focal_length_mm);
  set({ ...lookWith(x, y, held, state, next), focal_length_mm: next }, more);
}

/** @param {number} right @param {number} up */
function turn(right, up) {
  const state = known.state;
  set({ azimuth_deg: turned(state.azimuth_deg + right), elevation_deg: Math.max(-90, Math.min(90, state.elevation_deg + up)) });
}

/** Go back to the scene's own look. */
export function ownLook() {
  set({ azimuth_deg: null, elevation_deg: null, roll_deg: null, focal_length_mm: null });
}

/** @param {KeyboardEvent} event @returns {boolean} whether the key was one of these */
export function key(event) {
  const step = event.shiftKey ? FAST_KEY_DEG : KEY_DEG, focal = known.state.focal_length_mm;
  const does = /** @type {Record<string, () => void>} */ ({
    ArrowLeft: () => turn(-step, 0), ArrowRight: () => turn(step, 0), ArrowUp: () => turn(0, step), ArrowDown: () => turn(0, -step),
    "+": () => zoom(0.5, 0.5, focal * KEY_ZOOM, false), "=": () => zoom(0.5, 0.5, focal * KEY_ZOOM, false),
    "-": () => zoom(0.5, 0.5, focal / KEY_ZOOM, false), 0: ownLook,
  })[event.key];
  if (!does || known.state.azimuth_deg === undefined) return false;
  does();
  return true;
}

export function start() {
  /** @type {any} */
  let hand = null;
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || known.state.azimuth_deg === undefined) return;
    canvas.setPointerCapture(event.pointerId);
    const { x, y } = placeIn(event), { azimuth_deg, elevation_deg, roll_deg } = known.state;
    const from = { azimuth_deg, elevation_deg, roll_deg };
    hand = { at: [event.clientX, event.clientY], x, y, from, moved: false, held: isPlain() ? directionAt(x, y, from, known.state.focal_length_mm) : null };
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!hand) return emit("points", placeIn(event));
    const far = Math.hypot(event.clientX - hand.at[0], event.clientY - hand.at[1]);
    if (!hand.moved && far < CLICK_PX) return;
    hand.moved = true;
    const { x, y } = placeIn(event);
    if (hand.held) return set(lookWith(x, y, hand.held, known.state, known.state.focal_length_mm), true);
    const up = (FLAT_DEG * (y - hand.y) * canvas.height) / canvas.width;
    set({ azimuth_deg: turned(hand.from.azimuth_deg - FLAT_DEG * (x - hand.x)), elevation_deg: Math.max(-90, Math.min(90, hand.from.elevation_deg + up)) }, true);
  });
  const letGo = () => {
    if (hand && !hand.moved) emit("clicked", { x: hand.x, y: hand.y });
    else rest();
    hand = null;
  };
  canvas.addEventListener("pointerup", letGo);
  canvas.addEventListener("pointercancel", () => { rest(); hand = null; });
  canvas.addEventListener("pointerleave", () => { if (!hand) emit("points", null); });
  let still = 0;
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    if (known.state.focal_length_mm === undefined) return;
    const { x, y } = placeIn(event);
    zoom(x, y, known.state.focal_length_mm * WHEEL_STEP ** -event.deltaY, true);
    clearTimeout(still);
    still = setTimeout(rest, WHEEL_REST_MS);
  }, { passive: false });
  for (const kind of ["wanted", "drawn", "state"]) on(kind, slide);
}
