// @ts-check
// The picture: frames as they come, and development of the last linear one while the server makes the next.

import { balanceOf, develop, planesOf } from "./develop.js";
import { by, digits, rayleighs } from "./format.js";
import { emit, isMoving, known, on, say } from "./store.js";

const canvas = /** @type {HTMLCanvasElement} */ (by("picture"));
const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
/** Names of the state that change the development of linear light only. */
export const DEVELOPED = ["exposure_s", "f_number", "iso", "white_balance_k", "exposure_compensation_ev", "tone", "noise", "noise_reduction"];
/** What else may differ where light is the same. */
const ASIDE = [...DEVELOPED, "exposure", "compensation_ev", "linear", "free", "sun_deg"];
const REMEMBERED = 16; // states
const CLIPPED = 254, BINS = 256;

/** @type {any} */
export let shown = null; // head of the frame on the screen
/** @type {any} */
let linear = null;
/** @type {any} */
let recipe = null;
/** @type {Float32Array | null} */
let tables = null;
let recipeOf = "";
/** @type {Map<number, string>} */
const lights = new Map(); // of states: what their light depends on
let queue = Promise.resolve();

/** @param {any} state */
const lightOf = (state) => JSON.stringify(Object.entries(state).filter(([name]) => !ASIDE.includes(name)).sort());

/** @param {ArrayBuffer} message */
async function hear(message) {
  const length = new DataView(message).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(message, 4, length)));
  try {
    if (head.type === "frame") await draw(head, new Blob([message.slice(4 + length)], { type: `image/${head.encoding}` }));
    if (head.type === "linear") await keep(head, message.slice(4 + length));
  } finally {
    say({ type: "ack", number: head.number });
  }
}

/** @param {any} head @param {Blob} blob */
async function draw(head, blob) {
  const picture = await createImageBitmap(blob, { colorSpaceConversion: "none" });
  put(picture, head.size);
  shown = head;
  const told = { state: head.state, divisor: head.divisor, moving: head.moving, marches: head.counts.marches, final: head.final, by: "server" };
  Object.assign(canvas.dataset, told);
  canvas.dataset.frames = String(Number(canvas.dataset.frames || 0) + 1);
  emit("drawn", head);
  if (head.final && head.state === known.told.version) exact(head);
}

/** Fetch the resting picture without the losses of JPEG. @param {any} head */
async function exact(head) {
  const answer = await fetch(`picture.png?state=${head.state}`).catch(() => null);
  if (!answer || !answer.ok || shown !== head) return;
  const picture = await createImageBitmap(await answer.blob(), { colorSpaceConversion: "none" });
  if (shown !== head || canvas.dataset.by === "page") return;
  put(picture, head.size);
  canvas.dataset.exact = String(head.state);
}

/** @param {CanvasImageSource} picture @param {number[]} size */
function put(picture, [columns, rows]) {
  if (canvas.width !== columns || canvas.height !== rows) {
    Object.assign(canvas, { width: columns, height: rows });
    emit("resized", [columns, rows]);
  }
  pen.imageSmoothingQuality = "high";
  pen.drawImage(picture, 0, 0, columns, rows);
  requestAnimationFrame(histogram);
}

/** @param {any} head @param {ArrayBuffer} payload */
async function keep(head, payload) {
  if (!head.exact) return;
  linear = { ...head, planes: planesOf(payload, head.columns * head.rows), light: lights.get(head.state) };
  canvas.dataset.linear = String(head.state);
  if (recipeOf === head.response) return;
  recipeOf = head.response;
  const answers = await Promise.all([fetch(`development.json?response=${encodeURIComponent(head.response)}`), fetch("gamut.bin")]);
  if (!answers.every((answer) => answer.ok)) return;
  recipe = await answers[0].json();
  tables = new Float32Array(await answers[1].arrayBuffer());
  emit("recipe", recipe);
}

/** Develop here what was collected there, where only that has changed. @param {any} changes */
function redevelop(changes) {
  const names = Object.keys(changes);
  if (!names.length || !names.every((name) => DEVELOPED.includes(name)) || !linear || !recipe || !tables) return;
  const state = known.state;
  if (state.false_colour || linear.light !== lightOf(state)) return;
  const balance = balanceOf(recipe, linear.response, state.white_balance_k);
  if (!balance) return;
  const how = { ...balance, exposure_s: state.exposure_s, f_number: state.f_number, iso: state.iso, tone: state.tone,
    compensation: state.exposure_compensation_ev, smooth: state.noise_reduction === "camera" };
  const begun = performance.now(), made = develop(linear, how, recipe, tables);
  const sheet = new OffscreenCanvas(linear.columns, linear.rows);
  /** @type {any} */ (sheet.getContext("2d")).putImageData(made, 0, 0);
  put(sheet, linear.size);
  canvas.dataset.by = "page";
  canvas.dataset.took = String(Math.round(performance.now() - begun));
}

/** Draw how often each brightness is there, and say what is clipped. */
function histogram() {
  if (by("view").hidden || isMoving()) return;
  const pixels = pen.getImageData(0, 0, canvas.width, canvas.height).data, of = /** @type {HTMLCanvasElement} */ (by("histogram"));
  const counts = [0, 1, 2].map(() => new Float64Array(BINS));
  let clipped = 0;
  for (let k = 0; k < pixels.length; k += 4) {
    for (let c = 0; c < 3; c += 1) counts[c][pixels[k + c]] += 1;
    if (Math.max(pixels[k], pixels[k + 1], pixels[k + 2]) >= CLIPPED) clipped += 1;
  }
  const bars = /** @type {CanvasRenderingContext2D} */ (of.getContext("2d"));
  bars.clearRect(0, 0, of.width, of.height);
  bars.globalCompositeOperation = "lighter";
  counts.forEach((count, c) => {
    const most = Math.log1p(Math.max(...count));
    bars.fillStyle = ["#b04a3c", "#3f9a54", "#4468b8"][c];
    count.forEach((n, at) => bars.fillRect(at, of.height, 1, (-of.height * Math.log1p(n)) / most));
  });
  by("clipped").textContent = `${digits((400 * clipped) / pixels.length)} % of the picture is clipped`;
}

/** Draw the bar of false colour. */
function bar() {
  const how = known.state.false_colour, scale = recipe?.scales?.[how?.scale];
  by("bar").hidden = !how;
  if (!how) return;
  by("bar-low").textContent = `≤ ${rayleighs(how.low_r)}`;
  by("bar-high").textContent = `≥ ${rayleighs(how.high_r)}`;
  by("bar-name").textContent = `${how.lines.length ? `${how.lines.join(", ")} nm` : "all lines"}, logarithmic; middle ${rayleighs(Math.sqrt(how.low_r * how.high_r))}`;
  if (!scale) return;
  const colours = new ImageData(BINS, 1);
  scale.forEach((/** @type {number[]} */ rgb, /** @type {number} */ k) => colours.data.set([...rgb, 255], 4 * k));
  by("bar-colours").getContext("2d").putImageData(colours, 0, 0);
}

async function scales() {
  if (recipe) return;
  const answer = await fetch("development.json");
  if (answer.ok) recipe ||= await answer.json();
  bar();
}

export function start() {
  on("bytes", (message) => { queue = queue.then(() => hear(message)).catch((error) => emit("word", String(error))); });
  on("state", (message) => {
    lights.set(message.version, lightOf(message.state));
    if (linear && linear.light === undefined) linear.light = lights.get(linear.state);
    if (lights.size > REMEMBERED) lights.delete(/** @type {number} */ (lights.keys().next().value));
    bar();
    if (message.state.false_colour) scales();
  });
  on("wanted", redevelop);
  on("recipe", bar);
  on("tab", histogram);
}
