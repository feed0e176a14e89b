// @ts-check
// Numbers as people read them.

/** @param {string} id @returns {any} */
export const by = (id) => document.getElementById(id);

/** Return a number to three digits. @param {number} value */
export function digits(value) {
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-3) return value.toExponential(2);
  return String(Number(value.toPrecision(3)));
}

/** Return rayleighs. @param {number} value */
export function rayleighs(value) {
  if (value >= 1e6) return `${digits(value / 1e6)} MR`;
  return value >= 1e3 ? `${digits(value / 1e3)} kR` : `${digits(value)} R`;
}

/** Return a shutter time. @param {number} value */
export function shutter(value) {
  return value >= 0.3 ? `${Number(value.toPrecision(3))} s` : `1/${Number((1 / value).toPrecision(3))} s`;
}

/** Return stops. @param {number} value */
export function stops(value) {
  return `${value > 0 ? "+" : value < 0 ? "−" : ""}${Math.abs(value).toFixed(1)} EV`;
}

/** Return seconds of a film. @param {number} value */
export function seconds(value) {
  const whole = Math.abs(value);
  const text = whole < 60 ? `${Number(whole.toFixed(1))} s` : `${Math.floor(whole / 60)} min ${String(Math.floor(whole % 60)).padStart(2, "0")} s`;
  return value < 0 ? `−${text}` : text;
}

/** Return an angle 0 to 360. @param {number} value */
export const turned = (value) => ((value % 360) + 360) % 360;

/** Make an element. @param {string} tag @param {Record<string, any>} [given] @param {(Node | string)[]} [children] */
export function made(tag, given = {}, children = []) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (name in element) /** @type {any} */ (element)[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** Copy a text; where the browser forbids it, show it to be copied by hand. @param {string} text @param {string} what */
export async function copied(text, what) {
  const shown = by("text");
  shown.textContent = text;
  shown.hidden = false;
  try {
    await navigator.clipboard.writeText(text);
    return `${what} copied`;
  } catch {
    return `${what}: the browser does not let it be copied; it stands in the tab Save`;
  }
}
