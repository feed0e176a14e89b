// @ts-check
// What the page knows, who wants to hear of it, and the socket: messages stand in docs/viewer.md.

/** @typedef {Record<string, any>} Any */

/** @type {{hello: Any, scene: Any, state: Any, told: Any, status: Any, marks: Any[]}} */
export const known = { hello: {}, scene: {}, state: {}, told: {}, status: {}, marks: [] };

/** @type {Record<string, ((given: any) => void)[]>} */
const hearers = {};
const AGAIN_MS = [1000, 10000]; // until the socket is opened again: first, at most
const ENDED = [4001, 1012]; // codes of a server that has ended
const BETWEEN_MS = 80; // between two changes: 12 a second, of 20 messages allowed
const HELD_MS = 400; // that what was set here stands against states that were on their way

/** @type {WebSocket | null} */
let socket = null;
let wait = AGAIN_MS[0];
let over = false;
/** @type {Any | null} */
let pending = null;
let moving = false;
let sent = 0;
/** @type {Any} */
let held = {};
let heldUntil = 0;

/** @param {string} kind @param {(given: any) => void} hear */
export function on(kind, hear) {
  (hearers[kind] ||= []).push(hear);
}

/** @param {string} kind @param {any} [given] */
export function emit(kind, given) {
  for (const hear of hearers[kind] || []) hear(given);
}

/** @param {Any} message @returns {boolean} whether it went */
export function say(message) {
  if (!socket || socket.readyState !== WebSocket.OPEN) return false;
  socket.send(JSON.stringify(message));
  return true;
}

/** Whether the hand or a slider moves. */
export const isMoving = () => moving;

/**
 * Change the state: at once here, and at the server with the next frame of the display.
 * @param {Any} changes @param {boolean} [more] whether the hand still moves
 */
export function set(changes, more = false) {
  const first = pending === null;
  pending = { ...(pending || {}), ...changes };
  for (const name of ["lines", "sources"]) {
    if (changes[name]) known.state[name] = { ...known.state[name], ...changes[name] };
  }
  const plain = Object.fromEntries(
    Object.entries(changes).filter(([name]) => name !== "lines" && name !== "sources")
      .map(([name, value]) => [name, value === null ? (known.scene.own?.[name] ?? null) : value]),
  );
  Object.assign(known.state, plain);
  Object.assign(held, plain);
  heldUntil = performance.now() + HELD_MS;
  moving = more;
  emit("wanted", changes);
  if (first) requestAnimationFrame(flush);
}

function flush() {
  if (pending === null) return;
  if (performance.now() - sent < BETWEEN_MS) {
    requestAnimationFrame(flush);
    return;
  }
  sent = performance.now();
  say({ type: "set", changes: pending, moving });
  pending = null;
}

/** Let go: a last message that the hand rests. */
export function rest() {
  if (moving) set({}, false);
}

/** Forget what was set here: the server has said that it cannot be. */
function letGo() {
  held = {};
  take(known.told);
}

/** @param {Any} message */
function take(message) {
  if (!message.state) return;
  if (performance.now() > heldUntil && !moving) held = {};
  else if (!moving) setTimeout(() => { if (performance.now() > heldUntil && !moving) { held = {}; take(known.told); } }, HELD_MS);
  known.told = message;
  known.state = { ...message.state, ...held };
  emit("state", message);
}

/** @param {MessageEvent} event */
function hear(event) {
  if (typeof event.data !== "string") {
    emit("bytes", event.data);
    return;
  }
  const message = JSON.parse(event.data);
  if (message.type === "state") return take(message);
  if (message.type === "hello") known.hello = message;
  if (message.type === "scene") known.scene = message;
  if (message.type === "status") known.status = message;
  if (message.type === "marks") known.marks = message.marks;
  if (message.type === "error" && message.about === "set") letGo();
  if (message.type === "bye") over = true;
  emit(message.type, message);
}

/** Open the socket, and again when it closes. */
export function connect() {
  const made = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${location.pathname}socket`);
  made.binaryType = "arraybuffer";
  made.onopen = () => { wait = AGAIN_MS[0]; };
  made.onmessage = hear;
  made.onclose = (event) => {
    socket = null;
    over ||= ENDED.includes(event.code);
    emit("closed", over);
    if (over) return;
    setTimeout(connect, wait);
    wait = Math.min(2 * wait, AGAIN_MS[1]);
  };
  socket = made;
}
