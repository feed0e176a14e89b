// @ts-check
// What leaves the window: scene, command, link, pictures.

import { by, copied } from "./format.js";
import { emit, known, on, say, set } from "./store.js";

/** Names in the address -> names of the state. */
const NAMES = { az: "azimuth_deg", el: "elevation_deg", roll: "roll_deg", mm: "focal_length_mm", t: "time_s", ss: "exposure_s", f: "f_number", iso: "iso", wb: "white_balance_k", ev: "exposure_compensation_ev", tone: "tone", kp: "kp", seed: "aurora_seed" };
const SETTLED_MS = 300;
let opened = false, settling = 0, wanted = "";

/** Return the address of what is shown: changes against the scene, in the fragment, which no server sees. */
function link() {
  const state = known.state, changed = new Set(known.told.changed ?? []);
  const parts = Object.entries(NAMES).filter(([, name]) => changed.has(name) && state[name] !== null && state[name] !== undefined)
    .map(([short, name]) => `${short}=${encodeURIComponent(typeof state[name] === "number" ? Number(state[name].toPrecision(7)) : state[name])}`);
  return `${location.origin}${location.pathname}${parts.length ? `#${parts.join("&")}` : ""}`;
}

/** Set what the address says; unknown and impossible values are left out with a word. */
function open() {
  if (opened || !known.hello.ranges) return;
  opened = true;
  /** @type {Record<string, any>} */
  const changes = {};
  const left = [];
  for (const part of location.hash.slice(1).split("&").filter(Boolean)) {
    const [short, raw] = part.split("="), name = NAMES[/** @type {keyof typeof NAMES} */ (short)], limits = known.hello.ranges[name];
    let value = "";
    try { value = decodeURIComponent(raw ?? ""); } catch { /* stays empty, and is left out */ }
    const number = value.trim() === "" ? NaN : Number(value);
    if (name === "tone" && known.hello.tones.includes(value)) changes[name] = value;
    else if (name && name !== "tone" && Number.isFinite(number) && (!limits || (number >= limits[0] && number <= limits[1]))) changes[name] = number;
    else left.push(short.slice(0, 20));
  }
  if (left.length) emit("word", `Left out of the address, unknown or out of range: ${left.join(", ")}`);
  if (Object.keys(changes).length) set(changes);
}

function address() {
  clearTimeout(settling);
  settling = setTimeout(() => { if (opened) history.replaceState(null, "", link()); }, SETTLED_MS);
}

/** @param {string} text @param {boolean} [bad] @param {boolean} [quiet] not read out: it changes with every per cent */
function told(text, bad = false, quiet = false) {
  by("told").setAttribute("aria-live", quiet ? "off" : "polite");
  by("told").textContent = text;
  by("told").classList.toggle("bad", bad);
}

/** @param {any} message */
function final(message) {
  const running = message.what === "started" || message.what === "progress";
  by("render").disabled = running;
  by("cancel").disabled = !running;
  by("progress").hidden = !running;
  if (message.share === null) by("progress").removeAttribute("value");
  else by("progress").value = message.share;
  const per = message.share === null ? "" : ` ${Math.round(100 * message.share)} %`;
  if (message.what === "progress") return told(`Rendering ${message.file}:${per} ${message.doing}`, false, true);
  const texts = { started: `Rendering ${message.file}`, done: `Done: ${message.file}`, cancelled: "Cancelled; nothing was left behind", failed: `Not rendered: ${message.line}` };
  return told(texts[/** @type {keyof typeof texts} */ (message.what)], message.what === "failed");
}

function pictureOut() {
  by("picture").toBlob((/** @type {Blob | null} */ blob) => {
    if (!blob) return;
    const anchor = document.createElement("a");
    anchor.href = URL.createObjectURL(blob);
    anchor.download = `${known.scene.name}_seen.png`;
    anchor.click();
    setTimeout(() => URL.revokeObjectURL(anchor.href), 60000);
  }, "image/png");
}

function buttons() {
  by("save").onclick = () => {
    if (by("name").reportValidity()) say({ type: "save", name: by("name").value, folder: by("folder").value, overwrite: by("overwrite").checked });
  };
  by("overwrite").addEventListener("change", () => {
    if (!by("overwrite").checked) return;
    by("name").value = String(known.scene.file).split(/[/\\]/).pop();
    by("folder").value = "scene";
  });
  by("show-text").onclick = () => { wanted = "diff"; say({ type: "text" }); };
  by("copy-command").onclick = () => { wanted = "command"; say({ type: "text" }); };
  by("copy-link").onclick = async () => told(`${await copied(link(), "Link")}. It opens while this window runs.`);
  by("copy-picture").onclick = pictureOut;
  by("render").onclick = () => {
    if (![by("final-name"), by("final-columns"), by("final-rows")].every((input) => input.reportValidity())) return;
    const size = [by("final-columns").valueAsNumber, by("final-rows").valueAsNumber];
    say({ type: "render", ...(by("final-name").value ? { name: by("final-name").value } : {}), ...(size.every(Boolean) ? { size } : {}) });
  };
  by("cancel").onclick = () => say({ type: "cancel" });
}

export function start() {
  buttons();
  on("scene", (scene) => {
    by("name").value ||= `${scene.name.replace(/[^A-Za-z0-9_-]/g, "_").slice(0, 50)}_2.toml`;
    by("overwrite").disabled = !scene.may_overwrite;
    by("final-name").placeholder = `${scene.name}.png`;
    [by("final-columns").placeholder, by("final-rows").placeholder] = scene.scene_size;
  });
  on("state", () => { open(); address(); });
  on("text", async (message) => {
    if (wanted === "command") {
      const first = known.told.changed.length || !known.scene.file ? "The command is that of the scene when it is saved. " : "";
      return told(`${first}${await copied(message.command, "Command")}.`);
    }
    by("text").hidden = false;
    by("text").textContent = message.diff || "Nothing differs from the scene as loaded.";
    return told("");
  });
  on("saved", (message) => {
    by("text").hidden = false;
    by("text").textContent = message.command;
    told(`Saved: ${message.file}${message.left_out.length ? `. Looked at only, and not in it: ${message.left_out.join(", ").replace("_", " ")}` : ""}`);
  });
  on("render", final);
  on("error", (message) => { if (["save", "render", "text"].includes(message.about)) told(message.text, true); });
}
