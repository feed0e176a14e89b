// @ts-check
// The page of `polarlight view`: tabs, keys, and the lines that say how things stand.

import * as controls from "./controls.js";
import { by } from "./format.js";
import * as light from "./light.js";
import * as look from "./look.js";
import * as map from "./map.js";
import * as out from "./out.js";
import * as photo from "./photo.js";
import * as picture from "./picture.js";
import * as readout from "./readout.js";
import { connect, emit, known, on, say } from "./store.js";
import * as tour from "./tour.js";

const tabs = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[role=tab]")]);
let lost = false;

/** @param {string} name @param {boolean} [focus] */
function show(name, focus = false) {
  for (const tab of tabs) {
    const chosen = tab.getAttribute("aria-controls") === name;
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
    by(/** @type {string} */ (tab.getAttribute("aria-controls"))).hidden = !chosen;
    if (chosen && focus) tab.focus();
  }
  emit("tab", name);
}

/** Say a line, politely. @param {string} text */
function word(text) {
  if (by("status").textContent !== text) by("status").textContent = text;
}

/** @param {KeyboardEvent} event */
function key(event) {
  const on = /** @type {HTMLElement} */ (event.target);
  if (event.ctrlKey && event.key === "z" && !on.matches("input[type=text], input[type=number]")) return void (say({ type: "undo" }), event.preventDefault());
  if (event.ctrlKey || event.altKey || event.metaKey || by("keys-dialog").open) return undefined;
  const typing = on.matches("input:not([type=checkbox]):not([type=file]), select, textarea, [role=tab], pre, .wide");
  const does = /** @type {Record<string, () => void>} */ ({
    ",": () => controls.stepTime(-1), ".": () => controls.stepTime(1), b: photo.blink, p: readout.pinHere, n: () => by("night").click(),
    f: () => light.falseColour(!known.state.false_colour),
  })[event.key.toLowerCase()];
  const free = on === by("picture") || !typing;
  if (free && does && known.state.iso !== undefined) does();
  else if (!(free && (on === by("picture") || on === document.body) && look.key(event))) return undefined;
  event.preventDefault();
  return undefined;
}

function status() {
  const told = known.status, [what, pass] = [told.doing, told.pass];
  const share = typeof told.share === "number" ? ` ${Math.round(100 * told.share)} %` : "";
  const busy = told.renderer === "working" || told.renderer === "starting" || told.renderer === "restarting";
  const names = { 16: "1/16", 8: "1/8", 4: "1/4", 2: "1/2", 1: "full" };
  by("doing").textContent = `${busy ? `${what ?? told.renderer}${share}${pass ? ` · pass ${names[/** @type {1} */ (pass)]}` : ""}` : ""}`;
  by("stage").dataset.renderer = told.renderer;
  by("waiting").textContent = what ? `The first picture is being made: ${what}.` : "The first picture is being made.";
  complaint();
}

/** Show what is wrong with scene, renderer or connection, above the picture that stays. */
function complaint() {
  const texts = [lost ? "No connection to polarlight view; trying again." : "", known.told.complaint, known.status.word].filter(Boolean);
  by("complaint").hidden = !texts.length;
  const text = texts.join(" · ");
  if (by("complaint").firstChild?.textContent !== text) by("complaint").textContent = text;
  if (known.status.renderer !== "given_up" || !texts.length) return;
  const again = document.createElement("button");
  Object.assign(again, { type: "button", textContent: "Start it again", onclick: () => say({ type: "restart" }) });
  by("complaint").append(" ", again);
}

/** @param {any} message */
function state(message) {
  lost = false;
  by("undo").disabled = !message.can_undo;
  by("reset").disabled = !message.changed.length;
  const keys = message.clash?.keys ?? [];
  by("clash").hidden = !keys.length;
  by("clash-text").textContent = `The file now says otherwise about what you have set: ${keys.join(", ")}.`;
  complaint();
}

/** @param {string} text */
const sentence = (text) => `${text[0].toUpperCase()}${text.slice(1).replaceAll("_", " ")}.`;

/** @param {any} head */
function drawn(head) {
  by("waiting").hidden = true;
  if (!head.moving && head.lacks.length) word(`A first sketch, still without ${head.lacks.join(", ")}.`);
  if (head.moving || head.divisor !== 1) return;
  const sun = known.told.sun_deg, notes = known.told.notes ?? [];
  word([`Complete${head.summary ? `: ${head.summary}` : ""}${typeof sun === "number" ? `; Sun ${sun.toFixed(1)}°` : ""}.`, ...notes.map(sentence)].join(" "));
}

/** Fit the picture into its room, in its proportions. */
function fit() {
  const room = by("room"), canvas = by("picture"), beside = room.classList.contains("beside");
  const ratio = canvas.width / canvas.height, wide = (beside ? 0.5 : 1) * room.clientWidth;
  const width = Math.floor(Math.min(wide, room.clientHeight * ratio));
  Object.assign(by("frame").style, { width: `${width}px`, height: `${Math.round(width / ratio)}px` });
}

function lines() {
  on("state", state);
  on("status", status);
  on("drawn", drawn);
  on("word", word);
  on("hello", () => { if (!by("picture").dataset.frames) word("The first picture is being made."); });
  on("show", show);
  on("resized", fit);
  on("scene", (scene) => {
    by("title").textContent = scene.title || scene.name;
    document.title = `${scene.name} – polarlight`;
    if (scene.warnings.length) word(scene.warnings.join(" "));
  });
  on("viewers", ({ count }) => {
    by("watched").hidden = count < 2;
    by("viewers").textContent = count === 2 ? "twice" : `${count} times`;
  });
  on("error", (message) => { if (message.about !== "pick") word(message.text); });
  on("bye", (message) => word(message.text));
  on("closed", (over) => {
    lost = !over;
    if (over) word("polarlight view has ended; start it again to go on.");
    complaint();
  });
}

function start() {
  for (const part of [picture, look, controls, light, readout, map, photo, out, tour]) part.start();
  lines();
  for (const [k, tab] of tabs.entries()) {
    tab.onclick = () => show(/** @type {string} */ (tab.getAttribute("aria-controls")));
    tab.onkeydown = (event) => {
      const next = { ArrowRight: k + 1, ArrowLeft: k - 1, Home: 0, End: tabs.length - 1 }[event.key];
      if (next === undefined) return;
      event.preventDefault();
      show(/** @type {string} */ (tabs[(next + tabs.length) % tabs.length].getAttribute("aria-controls")), true);
    };
  }
  by("night").onclick = () => {
    const red = document.documentElement.classList.toggle("night");
    by("night").setAttribute("aria-pressed", String(red));
    emit("tab", "");
  };
  by("undo").onclick = () => say({ type: "undo" });
  by("reset").onclick = () => say({ type: "reset" });
  by("clash-keep").onclick = () => say({ type: "reload", keep: true });
  by("clash-drop").onclick = () => say({ type: "reload", keep: false });
  document.addEventListener("keydown", key);
  new ResizeObserver(fit).observe(by("room"));
  new MutationObserver(fit).observe(by("room"), { attributes: true, attributeFilter: ["class"] });
  fit();
  connect();
}

start();
