// @ts-check
// A minute's way round the window, and keys.

import { by } from "./format.js";
import { emit } from "./store.js";

const CARDS = [
  ["picture", "", "Look round", "This is what a camera would see. Drag the picture to turn; the wheel zooms about the cursor. It is coarse while you move and sharpens when you let go."],
  ["timeline", "", "Go through the pass", "Slide the time. Small marks show where the Sun stands at −18, −12, −6 and 0 degrees below what you look at, and the camera's keys."],
  ["view", "view", "Expose", "Shutter, aperture and ISO work as on a camera, in third stops. White balance and tone are the darkroom: they answer at once."],
  ["light", "light", "Take light apart", "Switch sources and spectral lines, or press Solo to see one alone: oxygen's green at 557.7 nm, its red at 630.0. False colour shows brightness in rayleighs."],
  ["numbers", "numbers", "Read it", "Point at the picture for numbers, click to pin up to four places and compare them. Copy them as CSV."],
  ["out", "out", "Keep it", "Save what you see as a scene, copy its command, or render it in full. Back to the scene undoes everything, Undo one step."],
];
let at = 0;
/** @type {HTMLElement | null} */
let lit = null;

/** @param {number} next */
function show(next) {
  at = next;
  const [target, tab, title, text] = CARDS[at];
  if (tab) emit("show", tab);
  lit?.classList.remove("lit");
  lit = by(target === "picture" ? "frame" : target);
  lit?.classList.add("lit");
  by("card-title").textContent = title;
  by("card-text").textContent = text;
  by("card-count").textContent = `${at + 1} of ${CARDS.length}`;
  by("card-back").disabled = at === 0;
  by("card-next").textContent = at === CARDS.length - 1 ? "Done" : "Next";
}

function end() {
  lit?.classList.remove("lit");
  by("tour").focus();
}

export function start() {
  const card = by("card");
  by("tour").onclick = () => { card.show(); show(0); by("card-next").focus(); };
  by("card-next").onclick = () => (at === CARDS.length - 1 ? card.close() : show(at + 1));
  by("card-back").onclick = () => show(Math.max(0, at - 1));
  by("card-close").onclick = () => card.close();
  card.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => { if (event.key === "Escape") card.close(); });
  card.addEventListener("close", end);
  by("keys").onclick = () => by("keys-dialog").showModal();
}
