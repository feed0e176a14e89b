"""What the processor can do: a hand-written loop of the march's work per sample, beside the march itself, in one run.

The loop is C, compiled on demand by the machine's own compiler with all that the processor has. A sample of it does
what one of prompt light does: the footprint on a parabola, its cell, nine texels by splines, four rows of the
emission table, seven lines summed. Rays are those of a picture: neighbours read the same texels. What it leaves out,
and the march has to do for every ray and block (field lines, the spans between shells, empty cells), is what the
ratio is to show.
"""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import march, medians, runs_of
from benchmarks.limit_kernels import count_steps
from render import device as devices
from render.integrator.lattice import EVERY_PIXEL, Part, gather

RAYS, SAMPLES = 4000, 250  # of the loop
ALONG, CELLS = 16, 128  # texels along a cell, cells along the map: 33 MB, as the maps of a picture
ALTITUDES, ENERGIES = 726, 24  # nodes of the emission table
REPEATS = 5
SOURCE = r"""
#include <math.h>
enum { V = 8, ROW = 16, LINES = 7 };
void rays(const float *texels, const float *table, float *out, int count, int samples, int along, int cells,
          int altitudes, int energies)
{
    for (int ray = 0; ray < count; ray++) {
        float sum[V] = {0};
        for (int s = 0; s < samples; s++) {
            float u = (s + 0.5f) / samples;
            float x = cells * (0.05f + 0.9f * u + 0.02f * u * u), y = cells * (0.3f + 0.4f * ray / count + 0.1f * u);
            float h = altitudes * (0.9f - 2.8f * u + 2.8f * u * u);
            int i = (int)y, j = (int)x, side = along + 3;
            float f = (y - i) * along, g = (x - j) * along;
            int a = (int)(f + 0.5f), b = (int)(g + 0.5f);
            float p = f - a, q = g - b;
            float down[3] = {0.5f * (0.5f - p) * (0.5f - p), 0.75f - p * p, 0.5f * (0.5f + p) * (0.5f + p)};
            float across[3] = {0.5f * (0.5f - q) * (0.5f - q), 0.75f - q * q, 0.5f * (0.5f + q) * (0.5f + q)};
            const float *t = texels + V * (size_t)((i * cells + j) * side * side + a * side + b);
            float value[V] = {0};
            for (int r = 0; r < 3; r++)
                for (int c = 0; c < 3; c++)
                    for (int k = 0; k < V; k++) value[k] += down[r] * across[c] * t[V * (r * side + c) + k];
            if (h < 0) h = 0;
            if (h > altitudes - 1.001f) h = altitudes - 1.001f;
            float e = value[0];
            if (e < 0) e = 0;
            if (e > energies - 1.001f) e = energies - 1.001f;
            int m = (int)h, n = (int)e;
            float v = h - m, w = e - n, row[ROW];
            const float *z = table + ROW * (size_t)(m * energies + n), *next = z + ROW * energies;
            for (int k = 0; k < ROW; k++)
                row[k] = (1 - v) * ((1 - w) * z[k] + w * z[k + ROW]) + v * ((1 - w) * next[k] + w * next[k + ROW]);
            for (int k = 0; k < LINES; k++) {
                float hard = row[k] + value[5] * (row[V + k] - row[k]);
                sum[k] += hard * value[1];
            }
            sum[3] += row[3] * row[7] * (value[2] - value[1]);
        }
        for (int k = 0; k < V; k++) out[V * ray + k] = sum[k];
    }
}
"""


def measure() -> dict[str, Any]:
    """Return samples per CPU second of the loop and of the march at 960x540, and the march's share of the loop's.

    Without a C compiler the loop has no figures, and the reason stands in their place.
    """
    ready = march.staged((960, 540))
    counts = devices.empty((540, 960, 2))
    count_steps(ready.view, ready.stage.axes, ready.stage.maps, ready.air, counts)
    blocks, samples = counts.to_numpy().astype(float).sum(axis=(0, 1))
    part = Part.whole(540, 960)
    prompt = march.aurora.aurora_source(ready.stage, ready.view, ready.air, False)
    gather(part, EVERY_PIXEL, [prompt])
    _, cpu_s = medians(runs_of(lambda: gather(part, EVERY_PIXEL, [prompt]), REPEATS))
    found = {"blocks": blocks, "samples": samples, "cpu_s": cpu_s, "samples_per_cpu_s": samples / cpu_s}
    try:
        limit = loop_samples_per_s()
    except (OSError, subprocess.CalledProcessError) as error:
        return {"march": found, "loop": {"absent": str(error)}}
    return {"march": found, "loop": {"samples_per_cpu_s": limit}, "march_share": found["samples_per_cpu_s"] / limit}


def loop_samples_per_s() -> float:
    """Return samples per CPU second of the hand-written loop on one core, the median of a few runs.

    Raises OSError where there is no C compiler, CalledProcessError where it fails.
    """
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        raise OSError("no C compiler")
    with tempfile.TemporaryDirectory() as folder:
        source, library = Path(folder, "limit.c"), Path(folder, "limit.so")
        source.write_text("#include <stddef.h>\n" + SOURCE, encoding="utf-8")
        options = ["-O3", "-march=native", "-ffast-math", "-shared", "-fPIC"]
        subprocess.run([compiler, *options, "-o", library, source], check=True, capture_output=True)
        rays = ctypes.CDLL(str(library)).rays
        random = np.random.default_rng(1)
        texels = random.random((CELLS**2 * (ALONG + 3) ** 2, 8), np.float32) * np.float32(20.0)
        table, out = random.random((ALTITUDES * ENERGIES, 16), np.float32), np.zeros((RAYS, 8), np.float32)
        pointers = [array.ctypes.data_as(ctypes.c_void_p) for array in (texels, table, out)]
        times = []
        for _ in range(REPEATS):
            begun = time.process_time()
            rays(*pointers, RAYS, SAMPLES, ALONG, CELLS, ALTITUDES, ENERGIES)
            times.append(time.process_time() - begun)
    return RAYS * SAMPLES / float(np.median(times))
