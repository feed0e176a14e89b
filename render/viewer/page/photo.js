// @ts-check
// A photograph of the user's, over the picture or beside it. It is read by this browser alone.

import { by } from "./format.js";
import { emit } from "./store.js";

const BLINK_MS = 500;
const photo = /** @type {HTMLImageElement} */ (by("photo"));
const still = matchMedia("(prefers-reduced-motion: reduce)");
let address = "", timer = 0, lit = true;

function show() {
  const beside = by("photo-where").value === "beside";
  by("room").classList.toggle("beside", Boolean(address) && beside);
  const opacity = by("photo-opacity").valueAsNumber, wipe = by("photo-wipe").valueAsNumber;
  document.querySelectorAll("output[for=photo-opacity]")[0].textContent = `${Math.round(100 * opacity)} %`;
  document.querySelectorAll("output[for=photo-wipe]")[0].textContent = `${Math.round(100 * wipe)} %`;
  by(beside ? "room" : "frame").append(photo);
  photo.style.opacity = beside ? "1" : String(lit ? opacity : 0);
  photo.style.clipPath = beside ? "" : `inset(0 0 0 ${100 * wipe}%)`;
  photo.hidden = !address;
}

/** Blink on or off; once only where motion is to be spared. */
export function blink() {
  if (!address) return emit("word", "Choose a photograph first: tab Photo");
  if (still.matches) {
    lit = !lit;
    return show();
  }
  clearInterval(timer);
  const on = by("blink").getAttribute("aria-pressed") !== "true";
  by("blink").setAttribute("aria-pressed", String(on));
  lit = true;
  if (on) timer = setInterval(() => { lit = !lit; show(); }, BLINK_MS);
  return show();
}

function away() {
  if (address) URL.revokeObjectURL(address);
  clearInterval(timer);
  by("blink").setAttribute("aria-pressed", "false");
  address = "";
  lit = true;
}

export function start() {
  by("photo-file").addEventListener("change", () => {
    const file = by("photo-file").files[0];
    away();
    if (file) address = photo.src = URL.createObjectURL(file);
    show();
  });
  photo.addEventListener("error", () => {
    if (!address) return;
    away();
    show();
    emit("word", "This file is no picture that the browser can read");
  });
  by("photo-away").onclick = () => { away(); by("photo-file").value = ""; show(); };
  by("blink").onclick = blink;
  for (const id of ["photo-where", "photo-opacity", "photo-wipe"]) by(id).addEventListener("input", show);
}
