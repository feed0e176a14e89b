// @ts-check
// Development of linear planes as `render.imaging.colour.develop` does it, by the numbers of /development.json.

/** @typedef {Record<string, any>} Any */

const FULL = 255;

/** @type {Float32Array | null} */
let halves = null;

/** Return all half floats by their bits. */
function halfTable() {
  if (halves) return halves;
  const table = new Float32Array(65536);
  for (let bits = 0; bits < 65536; bits += 1) {
    const sign = bits & 0x8000 ? -1 : 1, exponent = (bits >> 10) & 31, part = bits & 1023;
    if (exponent === 31) table[bits] = part ? NaN : sign * Infinity;
    else table[bits] = sign * (exponent ? 2 ** (exponent - 15) * (1 + part / 1024) : 2 ** -14 * (part / 1024));
  }
  halves = table;
  return table;
}

/** Return three planes of half floats, [channel][row][column]. @param {ArrayBuffer} payload @param {number} pixels */
export function planesOf(payload, pixels) {
  const table = halfTable(), view = new DataView(payload);
  return [0, 1, 2].map((channel) => {
    const plane = new Float32Array(pixels);
    for (let k = 0; k < pixels; k += 1) plane[k] = table[view.getUint16(2 * (channel * pixels + k), true)];
    return plane;
  });
}

/** Return gains and matrix of a response for a white balance, or null. @param {Any} recipe @param {string} response @param {number} kelvin */
export function balanceOf(recipe, response, kelvin) {
  const known = recipe.white_balance.response[response];
  if (!known) return null;
  const at = Math.round((kelvin - known.first_k) / known.step_k);
  const k = Math.max(0, Math.min(known.gains.length - 1, at));
  return { gains: known.gains[k], matrix: known.matrices[k] };
}

/** @param {Any} curve @returns {(x: number) => number} */
function curveOf(curve) {
  const y = curve.y, last = y.length - 1, first = curve.first_log2;
  const per = last / (curve.last_log2 - first), lowest = 2 ** first;
  return (x) => {
    if (x <= 0) return 0;
    if (x < lowest) return (y[0] * x) / lowest;
    const at = (Math.log2(x) - first) * per;
    if (at >= last) return y[last];
    const k = Math.floor(at);
    return y[k] + (at - k) * (y[k + 1] - y[k]);
  };
}

/** Smooth a plane in place along one axis. @param {Float32Array} plane @param {number} columns @param {number} rows @param {number} spacing @param {number} tap @param {boolean} down */
function smoothed(plane, columns, rows, spacing, tap, down) {
  const out = new Float32Array(plane.length), keep = 1 - 2 * tap;
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const at = row * columns + column;
      const before = down ? Math.max(0, row - spacing) * columns + column : row * columns + Math.max(0, column - spacing);
      const after = down ? Math.min(rows - 1, row + spacing) * columns + column : row * columns + Math.min(columns - 1, column + spacing);
      out[at] = keep * plane[at] + tap * (plane[before] + plane[after]);
    }
  }
  return out;
}

/** Return linear sRGB planes before tone. @param {Any} linear @param {Any} how @param {number[]} weights */
function developedPlanes(linear, how, weights) {
  const scale = (how.iso / linear.iso) * (how.exposure_s / linear.exposure_s) * (linear.f_number / how.f_number) ** 2;
  const pixels = linear.columns * linear.rows, m = how.matrix, p = [0, 0, 0];
  const [red, green, blue] = [0, 1, 2].map(() => new Float32Array(pixels));
  for (let k = 0; k < pixels; k += 1) {
    for (let c = 0; c < 3; c += 1) {
      const light = linear.planes[c][k] * scale;
      p[c] = linear.observer ? how.gains[c] * light : Math.max(-1, Math.min(1, how.gains[c] * Math.min(light, 1)));
    }
    red[k] = m[0] * p[0] + m[1] * p[1] + m[2] * p[2];
    green[k] = m[3] * p[0] + m[4] * p[1] + m[5] * p[2];
    blue[k] = m[6] * p[0] + m[7] * p[1] + m[8] * p[2];
  }
  if (!linear.smoothing.length || !how.smooth || linear.observer) return [red, green, blue];
  const lights = red.map((_, k) => weights[0] * red[k] + weights[1] * green[k] + weights[2] * blue[k]);
  const chroma = [red, blue].map((plane) => {
    let part = plane.map((value, k) => value - lights[k]);
    for (const [spacing, tap] of linear.smoothing) {
      part = smoothed(part, linear.columns, linear.rows, spacing, tap, true);
      part = smoothed(part, linear.columns, linear.rows, spacing, tap, false);
    }
    return part;
  });
  const [r, b] = chroma;
  return [
    lights.map((y, k) => y + r[k]), lights.map((y, k) => y - (weights[0] * r[k] + weights[2] * b[k]) / weights[1]),
    lights.map((y, k) => y + b[k]),
  ];
}

/** Return a function that brings one colour into sRGB, in place. @param {Any} recipe @param {Float32Array} tables @param {number} knee */
function gamutOf(recipe, tables, knee) {
  const { hues, levels, longest_step: longest, least, least_chroma: leastChroma, least_share: leastShare } = recipe.gamut;
  const edge = tables.subarray(0, hues + 1), share = tables.subarray(hues + 1);
  const cones = recipe.cones_from_srgb, lab = recipe.oklab_from_roots, back = recipe.srgb_from_cones;
  const weights = recipe.luminance, whole = recipe.xyz_y_from_srgb, dark = Math.cbrt(least);
  const k = [0, 0, 0], p = [0, 0, 0], dp = [0, 0, 0], roots = [0, 0, 0];
  /** @param {number} t */
  const primaries = (t) => {
    p[0] = p[1] = p[2] = dp[0] = dp[1] = dp[2] = 0;
    for (let j = 0; j < 3; j += 1) {
      const q = 1 + t * k[j], square = q * q, cube = square * q, slope = 3 * k[j] * square;
      for (let i = 0; i < 3; i += 1) {
        p[i] += back[3 * i + j] * cube;
        dp[i] += back[3 * i + j] * slope;
      }
    }
    return whole[0] * p[0] + whole[1] * p[1] + whole[2] * p[2];
  };
  /** @param {number} a @param {number} b @param {number} y */
  const boundary = (a, b, y) => {
    const size = Math.max(Math.abs(a) + Math.abs(b), 1e-12);
    const place = ((b < 0 ? -1 : 1) * (1 - a / size) + 2) * 0.25 * hues, node = Math.max(0, Math.min(hues - 1, Math.trunc(place)));
    const height = Math.sqrt(y) * levels, level = Math.max(0, Math.min(levels - 1, Math.trunc(height)));
    const at = node * (levels + 1) + level, next = at + levels + 1, part = place - node, up = height - level;
    const near = share[at] + up * (share[at + 1] - share[at]), far = share[next] + up * (share[next + 1] - share[next]);
    return (edge[node] + part * (edge[node + 1] - edge[node])) * Math.min(near + part * (far - near), 1);
  };
  /** @param {number[]} rgb */
  return (rgb) => {
    const y = Math.max(0, Math.min(1, weights[0] * rgb[0] + weights[1] * rgb[1] + weights[2] * rgb[2]));
    for (let i = 0; i < 3; i += 1) roots[i] = Math.cbrt(cones[3 * i] * rgb[0] + cones[3 * i + 1] * rgb[1] + cones[3 * i + 2] * rgb[2]);
    const lightness = lab[0] * roots[0] + lab[1] * roots[1] + lab[2] * roots[2];
    const seen = lightness > dark && y > least ? 1 : 0, per = seen / Math.max(lightness, dark);
    const a = (lab[3] * roots[0] + lab[4] * roots[1] + lab[5] * roots[2]) * per;
    const b = (lab[6] * roots[0] + lab[7] * roots[1] + lab[8] * roots[2]) * per;
    for (let i = 0; i < 3; i += 1) k[i] = roots[i] * per - seen;
    const about = boundary(a, b, y) / Math.max(Math.hypot(a, b), leastChroma);
    const light = primaries(about), slope = whole[0] * dp[0] + whole[1] * dp[1] + whole[2] * dp[2];
    let step = longest * about;
    for (let i = 0; i < 3; i += 1) {
      step = Math.min(step, p[i] / Math.max(-dp[i], 1e-9), (light - y * p[i]) / Math.max(y * dp[i] - slope, 1e-9));
    }
    const fits = Math.max(about + Math.max(step, -longest * about), leastShare);
    const scale = y / primaries(keptShare(1 / fits, knee));
    for (let i = 0; i < 3; i += 1) rgb[i] = Math.max(0, Math.min(1, p[i] * scale));
  };
}

/** Return the share of chroma to keep of a chroma that is c of the boundary's. @param {number} c @param {number} knee */
function keptShare(c, knee) {
  if (knee >= 1) return 1 / Math.max(c, 1);
  const chroma = Math.max(c, knee), u = (chroma - knee) / (1 - knee);
  return (knee + ((1 - knee) * u) / (1 + u)) / chroma;
}

/** Return sRGB's code of linear light, 0 to 255, not rounded. @param {number} v */
const encoded = (v) => FULL * (v <= 0.0031308 ? 12.92 * v : 1.055 * v ** (1 / 2.4) - 0.055);

/**
 * Develop: `linear` as its head says, with `planes`; `how`: exposure_s, f_number, iso, gains, matrix, smooth, compensation, tone.
 * @param {Any} linear @param {Any} how @param {Any} recipe @param {Float32Array} tables @returns {ImageData}
 */
export function develop(linear, how, recipe, tables) {
  const weights = recipe.luminance, bright = 2 ** how.compensation;
  const planes = developedPlanes(linear, how, weights);
  const curve = how.tone === "linear" ? null : curveOf(recipe.curves[how.tone]);
  const into = gamutOf(recipe, tables, recipe.knee[how.tone]);
  const out = new ImageData(linear.columns, linear.rows), rgb = [0, 0, 0];
  const inset = recipe.inset, outset = recipe.inset_inverse;
  for (let k = 0; k < planes[0].length; k += 1) {
    for (let c = 0; c < 3; c += 1) rgb[c] = planes[c][k] * bright;
    if (curve && how.tone === "filmic") {
      const c = [0, 3, 6].map((row) => curve(inset[row] * rgb[0] + inset[row + 1] * rgb[1] + inset[row + 2] * rgb[2]));
      for (let i = 0; i < 3; i += 1) rgb[i] = outset[3 * i] * c[0] + outset[3 * i + 1] * c[1] + outset[3 * i + 2] * c[2];
    } else if (curve) {
      const y = weights[0] * rgb[0] + weights[1] * rgb[1] + weights[2] * rgb[2];
      const size = Math.max(0.5 * (y + Math.max(rgb[0], rgb[1], rgb[2])), 1e-6), share = curve(size) / size;
      for (let c = 0; c < 3; c += 1) rgb[c] *= share;
    }
    into(rgb);
    for (let c = 0; c < 3; c += 1) out.data[4 * k + c] = Math.round(encoded(rgb[c]));
    out.data[4 * k + 3] = FULL;
  }
  return out;
}
