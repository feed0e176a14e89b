// @ts-check
// Sources and lines, each to be switched or seen alone, and false colour.

import { by, made } from "./format.js";
import { known, on, set } from "./store.js";

const NAMES = { aurora: "Aurora", airglow: "Airglow", sky: "Sky and ground", stars: "Stars", cities: "Cities", station: "Station" };
/** @type {Record<string, {alone: string, before: Record<string, boolean>} | null>} */
const solo = { lines: null, sources: null };

/** See one alone, or all as before. @param {"lines" | "sources"} kind @param {string} key */
function alone(kind, key) {
  const now = known.state[kind], was = solo[kind];
  const again = was?.alone === key;
  solo[kind] = again ? null : { alone: key, before: was?.before ?? { ...now } };
  const next = again && was ? was.before : Object.fromEntries(Object.keys(now).map((name) => [name, name === key]));
  set({ [kind]: next });
}

/** @param {"lines" | "sources"} kind @param {string} key @param {string} text @param {number[]} [rgb] */
function item(kind, key, text, rgb) {
  const box = made("input", { type: "checkbox", checked: true, onchange: (/** @type {any} */ event) => {
    solo[kind] = null;
    set({ [kind]: { [key]: event.target.checked } });
  } });
  box.dataset.kind = kind;
  box.dataset.key = key;
  const dot = made("span", { className: "dot", "aria-hidden": "true" });
  if (rgb) dot.style.background = `rgb(${rgb.join(" ")})`;
  const label = made("label", {}, rgb ? [box, dot, text] : [box, ` ${text}`]);
  label.addEventListener("dblclick", () => alone(kind, key));
  const only = made("button", { type: "button", textContent: "Solo", "aria-pressed": "false", "aria-label": `${text} alone`, onclick: () => alone(kind, key) });
  only.dataset.solo = `${kind} ${key}`;
  return made("li", {}, [label, only]);
}

function show() {
  for (const kind of /** @type {("lines" | "sources")[]} */ (["lines", "sources"])) {
    const now = known.state[kind];
    if (!now) continue;
    const on = Object.keys(now).filter((key) => now[key]);
    if (solo[kind] && (on.length !== 1 || on[0] !== solo[kind]?.alone)) solo[kind] = null;
    for (const box of document.querySelectorAll(`input[data-kind="${kind}"]`)) {
      const input = /** @type {HTMLInputElement} */ (box);
      input.checked = now[/** @type {string} */ (input.dataset.key)] ?? true;
    }
    for (const button of document.querySelectorAll(`button[data-solo^="${kind} "]`)) {
      button.setAttribute("aria-pressed", String(solo[kind] !== null && /** @type {HTMLElement} */ (button).dataset.solo === `${kind} ${solo[kind]?.alone}`));
    }
  }
  const how = known.state.false_colour;
  by("fc").checked = Boolean(how);
  if (!how) return;
  by("fc-line").value = how.lines.length === 1 ? how.lines[0] : "";
  by("fc-scale").value = how.scale;
  if (document.activeElement !== by("fc-low")) by("fc-low").value = how.low_r;
  if (document.activeElement !== by("fc-high")) by("fc-high").value = how.high_r;
}

/** Show brightness, or not. @param {boolean} wanted */
export function falseColour(wanted) {
  const low = by("fc-low"), high = by("fc-high");
  if (!wanted) return set({ false_colour: null });
  low.setCustomValidity(low.valueAsNumber < high.valueAsNumber ? "" : "less than the other end");
  if (!low.reportValidity() || !high.reportValidity()) return undefined;
  const line = by("fc-line").value;
  return set({ false_colour: { lines: line ? [line] : [], low_r: low.valueAsNumber, high_r: high.valueAsNumber, scale: by("fc-scale").value } });
}

export function start() {
  on("hello", (hello) => {
    by("sources").replaceChildren(...hello.sources.map((/** @type {keyof typeof NAMES} */ key) => item("sources", key, NAMES[key] ?? key)));
    by("lines").replaceChildren(...hello.lines.map((/** @type {any} */ line) => item("lines", line.key, `${line.key}  ${line.name.replace(line.key, "").trim()}`, line.rgb)));
    by("fc-line").replaceChildren(made("option", { value: "", textContent: "all lines together" }),
      ...hello.lines.map((/** @type {any} */ line) => made("option", { value: line.key, textContent: `${line.key}  ${line.name}` })));
    show();
  });
  for (const id of ["fc", "fc-line", "fc-low", "fc-high", "fc-scale"]) {
    by(id).addEventListener("change", () => { if (id === "fc" || by("fc").checked) falseColour(by("fc").checked); });
  }
  by("all-lines").onclick = () => set({ lines: Object.fromEntries(Object.keys(known.state.lines).map((key) => [key, true])) });
  by("all-sources").onclick = () => set({ sources: Object.fromEntries(Object.keys(known.state.sources).map((key) => [key, true])) });
  on("state", show);
  on("wanted", show);
}
