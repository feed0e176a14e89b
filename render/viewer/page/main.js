// @ts-check
// The page of `polarlight view`: what it says and hears stands in docs/viewer.md.

/** @param {string} id @returns {any} */
const by = (id) => document.getElementById(id);
const canvas = /** @type {HTMLCanvasElement} */ (by("picture"));
const form = /** @type {HTMLFormElement} */ (by("controls"));
const AGAIN_S = [1, 10]; // until the socket is opened again, first and at most
const ENDED = [4001, 1012]; // codes of a server that has ended
const KEYS_DEG = 1, FAST_KEYS_DEG = 5, ZOOM = 1.1;

/** @type {WebSocket | null} */
let socket = null;
let wait = AGAIN_S[0];
/** @type {any} */
let state = null;
/** @type {any} */
let scene = null;
/** @type {any} */
let waiting = null; // changes that go with the next frame of the display
let moving = false;
let picks = 0;

/** @param {object} message */
function say(message) {
  if (socket && socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
}

/** Send changes, one message for a frame of the display at most. @param {object} changes @param {boolean} more */
function set(changes, more) {
  if (!waiting) requestAnimationFrame(flush);
  waiting = { ...(waiting || {}), ...changes };
  moving = more;
}

let last = 0;
function flush() {
  if (!waiting) return;
  if (moving && performance.now() - last < 60) { requestAnimationFrame(flush); return; }
  last = performance.now();
  say({ type: "set", changes: waiting, moving });
  waiting = null;
}

/** @param {ArrayBuffer} message */
async function hearBytes(message) {
  const length = new DataView(message).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(message, 4, length)));
  if (head.type === "frame") {
    const picture = await createImageBitmap(new Blob([new Uint8Array(message, 4 + length)], { type: "image/jpeg" }));
    const [columns, rows] = head.size;
    if (canvas.width !== columns || canvas.height !== rows) Object.assign(canvas, { width: columns, height: rows });
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    context.drawImage(picture, 0, 0, columns, rows);
    canvas.dataset.state = head.state;
    canvas.dataset.divisor = head.divisor;
    canvas.dataset.marches = head.counts.marches;
    if (head.final) by("status").textContent = `complete; ${head.summary}`;
  }
  say({ type: "ack", number: head.number });
}

/** @type {Record<string, (m: any) => void>} */
const heard = {
  hello(m) {
    form.tone.replaceChildren(...m.tones.map((/** @type {string} */ tone) => new Option(tone)));
    const labels = m.sources.map((/** @type {string} */ name) => {
      const label = document.createElement("label"), box = document.createElement("input");
      Object.assign(box, { type: "checkbox", name: `source_${name}` });
      label.append(box, ` ${name}`);
      return label;
    });
    by("sources").replaceChildren(by("sources").firstElementChild, ...labels);
  },
  scene(m) {
    scene = m;
    by("title").textContent = `polarlight: ${m.name}`;
    form.time_s.max = Math.max(m.film.length_s, 1);
  },
  state(m) {
    state = m.state;
    for (const input of /** @type {any} */ (form.elements)) {
      if (input.name.startsWith("source_")) input.checked = state.sources[input.name.slice(7)];
      else if (input.name in state && document.activeElement !== input) input.value = rounded(state[input.name]);
    }
    by("time").textContent = `${m.time_utc}, Sun ${m.sun_deg.toFixed(1)} degrees`;
    by("complaint").hidden = !m.complaint;
    by("complaint").textContent = m.complaint || "";
    by("undo").disabled = !m.can_undo;
  },
  status(m) {
    const doing = m.doing ? `${m.doing}${m.pass ? `, pass 1/${m.pass}` : ""}` : "";
    if (m.word || m.renderer !== "ready") by("status").textContent = m.word || doing || m.renderer;
  },
  pick(m) {
    const { sight, looks } = m;
    const where = sight.kind === "ground" ? "on the ground" : `${sight.altitude_km} km up at the tangent point`;
    by("sight").textContent = `${sight.latitude_deg} N, ${sight.longitude_deg} E, ${where}; looks ${looks.azimuth_deg.toFixed(1)}, ` +
      `${looks.elevation_deg.toFixed(1)}; pixel ${m.pixel} of ${m.pass_size}`;
    by("lines").replaceChildren(...m.lines.map((/** @type {any} */ line) => {
      const row = document.createElement("tr");
      for (const text of [`${line.key} ${line.name}`, line.rayleighs.toPrecision(4)]) row.insertCell().textContent = text;
      return row;
    }));
  },
  saved: (m) => { by("told").textContent = `saved ${m.file}: ${m.command}`; },
  text: (m) => { by("told").textContent = m.command; },
  render: (m) => { by("told").textContent = `${m.what} ${m.file} ${m.share === null ? "" : `${Math.round(100 * m.share)} %`} ${m.doing}`; },
  error: (m) => { by("told").textContent = m.text; },
  bye: (m) => { by("status").textContent = m.text; },
};

/** @param {any} value */
function rounded(value) {
  return typeof value === "number" ? String(Number(value.toPrecision(7))) : value;
}

function open() {
  socket = new WebSocket(`ws://${location.host}/socket`);
  socket.binaryType = "arraybuffer";
  socket.onopen = () => { wait = AGAIN_S[0]; };
  socket.onmessage = ({ data }) => {
    if (typeof data !== "string") { hearBytes(data); return; }
    const message = JSON.parse(data);
    if (Object.hasOwn(heard, message.type)) heard[message.type](message);
  };
  socket.onclose = ({ code }) => {
    if (ENDED.includes(code)) { by("status").textContent = "the server has ended; start polarlight view again"; return; }
    by("status").textContent = "the server does not answer; trying again";
    setTimeout(open, 1000 * wait);
    wait = Math.min(2 * wait, AGAIN_S[1]);
  };
}

/** Turn by pixels of the canvas as it is shown. @param {number} right @param {number} down */
function turned(right, down) {
  const pixel = scene.own.sensor_width_mm / (canvas.clientWidth * state.focal_length_mm);
  const deg = (/** @type {number} */ px) => Math.atan(px * pixel) * 180 / Math.PI;
  const level = Math.max(Math.cos(state.elevation_deg * Math.PI / 180), 0.1);
  return look(-deg(right) / level, deg(down));
}

/** @param {number} azimuth @param {number} elevation */
function look(azimuth, elevation) {
  state.azimuth_deg = (state.azimuth_deg + azimuth + 360) % 360;
  state.elevation_deg = Math.min(90, Math.max(-90, state.elevation_deg + elevation));
  return { azimuth_deg: state.azimuth_deg, elevation_deg: state.elevation_deg };
}

/** @param {number} factor */
function zoomed(factor) {
  state.focal_length_mm = Math.min(5000, Math.max(1, state.focal_length_mm * factor));
  return { focal_length_mm: state.focal_length_mm };
}

canvas.addEventListener("pointerdown", (event) => { canvas.setPointerCapture(event.pointerId); });
canvas.addEventListener("pointermove", (event) => {
  if (!state) return;
  if (event.buttons & 1) { set(turned(event.movementX, event.movementY), true); return; }
  const box = canvas.getBoundingClientRect();
  pointed = { x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height };
});
canvas.addEventListener("pointerup", () => set({}, false));
canvas.addEventListener("wheel", (event) => { event.preventDefault(); if (state) set(zoomed(event.deltaY < 0 ? ZOOM : 1 / ZOOM), true); rest(); }, { passive: false });
canvas.addEventListener("keydown", (event) => {
  const by = event.shiftKey ? FAST_KEYS_DEG : KEYS_DEG;
  /** @type {Record<string, () => object>} */
  const keys = {
    ArrowLeft: () => look(-by, 0), ArrowRight: () => look(by, 0), ArrowUp: () => look(0, by), ArrowDown: () => look(0, -by),
    "+": () => zoomed(ZOOM), "-": () => zoomed(1 / ZOOM),
    0: () => ({ azimuth_deg: null, elevation_deg: null, roll_deg: null, focal_length_mm: null }),
  };
  if (!state || !Object.hasOwn(keys, event.key)) return;
  event.preventDefault();
  set(keys[event.key](), event.key !== "0");
  rest();
});

/** @type {ReturnType<typeof setTimeout> | undefined} */
let resting;
/** Say that the hand rests when nothing has come for a while. */
function rest() {
  clearTimeout(resting);
  resting = setTimeout(() => set({}, false), 250);
}

/** @type {{x: number, y: number} | null} */
let pointed = null;
setInterval(() => {
  if (pointed && pointed.x >= 0 && pointed.x <= 1 && pointed.y >= 0 && pointed.y <= 1) say({ type: "pick", id: ++picks, ...pointed });
  pointed = null;
}, 150);

form.addEventListener("input", ({ target }) => {
  const input = /** @type {any} */ (target);
  if (input.name.startsWith("source_")) set({ sources: { [input.name.slice(7)]: input.checked } }, false);
  else if (input.name === "time_s") { set({ time_s: Number(input.value) }, true); rest(); }
});
form.addEventListener("change", ({ target }) => {
  const input = /** @type {any} */ (target);
  if (!input.name || input.name.startsWith("source_") || !input.reportValidity()) return;
  set({ [input.name]: input.value === "" ? null : input.name === "tone" ? input.value : Number(input.value) }, false);
});
form.addEventListener("submit", (event) => event.preventDefault());
by("undo").addEventListener("click", () => say({ type: "undo" }));
by("reset").addEventListener("click", () => say({ type: "reset" }));
by("save").addEventListener("click", () => { if (by("name").reportValidity()) say({ type: "save", name: by("name").value }); });
by("command").addEventListener("click", () => say({ type: "text" }));
by("render").addEventListener("click", () => say({ type: "render" }));
by("cancel").addEventListener("click", () => say({ type: "cancel" }));
open();
