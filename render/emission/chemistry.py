"""From ion pairs to forbidden lines: ions, n_e and excited atoms in a steady state; light of O(1S), O(1D), N(2D).

All arrays are [energy, altitude]. Steady state holds where ions live minutes at most. Above 200 km they live longer
than an aurora stays, so that from 220 km up the F layer's own electrons are imposed and O+ closes the charge balance,
as in GLOW; between the two n_e passes from one to the other in its logarithm, so that no line steps.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from render.emission import reactions as k
from render.emission.excitation import excitation_rate
from render.emission.ionisation import Ionisation
from render.emission.medium import Medium
from render.emission.reactions import Rates

ITERATIONS = 12  # of n_e against ions; halving the step each time, n_e settles to 1e-3
# km: n_e balances below the first and is the F layer's above the second (as read off GLOW 0.981's profiles)
F_LAYER_FROM_KM, F_LAYER_FULL_KM = 200.0, 220.0
BACKGROUND_PAIRS = 1.0  # cm-3 s-1, ionisation of a night without aurora (starlight, geocorona; order of magnitude)
FIRST_RECOMBINATION = 3e-7  # cm3 s-1, effective, of the first guess of n_e only


@dataclass(frozen=True)
class Plasma:
    """Ions, electrons and metastable nitrogen, cm-3, [energy, altitude]; `op` is O+(4S)."""

    ne: np.ndarray
    op2p: np.ndarray
    op2d: np.ndarray
    op: np.ndarray
    np_: np.ndarray
    n2p: np.ndarray
    o2p: np.ndarray
    nop: np.ndarray
    n2d: np.ndarray


@dataclass(frozen=True)
class _Sources:
    """What drives the chemistry: ion pairs with the night's own, and electron impact on top of them."""

    pairs: Ionisation
    impact: Ionisation
    energy_kev: np.ndarray


def steady_state(medium: Medium, ionisation: Ionisation, energy_kev: np.ndarray) -> Plasma:
    """Return the plasma [energy, altitude] in which sources and losses balance.

    `energy_kev` [energy]: E0 of the Maxwellian, or half the mean energy of another spectrum.
    """
    air = medium.N2 + medium.O2 + medium.O
    night = [BACKGROUND_PAIRS * part / air for part in (medium.N2, medium.O2, medium.O)]
    impact = ionisation
    pairs = Ionisation(impact.total + BACKGROUND_PAIRS, impact.N2 + night[0], impact.O2 + night[1], impact.O + night[2])
    sources, rate = _Sources(pairs, impact, energy_kev), k.rates(medium)
    free = np.sqrt(pairs.total / FIRST_RECOMBINATION) + 100.0
    zero = np.zeros_like(free)
    plasma = Plasma(under_f_layer(medium, free), zero, zero, zero, zero, zero, zero, zero, zero + 1e3)
    for _ in range(ITERATIONS):
        plasma = _ions(medium, rate, sources, plasma)
        plasma = replace(plasma, ne=under_f_layer(medium, 0.5 * (plasma.ne + _charge(plasma))))
        plasma = replace(plasma, n2d=_n2d(medium, rate, sources, plasma))
    return plasma


def under_f_layer(medium: Medium, free_cm3: np.ndarray) -> np.ndarray:
    """Return n_e [energy, altitude] that is `free_cm3` up to 200 km and the F layer's from 220 km on.

    Between, ln n_e passes smoothly from the free value at 200 km to the F layer's at 220 km.
    """
    z, layer = medium.altitude_km, medium.F_layer_cm3
    below = np.flatnonzero(z <= F_LAYER_FROM_KM)
    if not len(below):
        return layer + 0.0 * free_cm3
    x = np.clip((z - F_LAYER_FROM_KM) / (F_LAYER_FULL_KM - F_LAYER_FROM_KM), 0.0, 1.0)
    share = x * x * (3.0 - 2.0 * x)
    upper = np.interp(np.maximum(z, F_LAYER_FULL_KM), z, np.log(layer))
    between = np.exp((1.0 - share) * np.log(free_cm3[:, below[-1:]]) + share * upper)
    return np.where(z <= F_LAYER_FROM_KM, free_cm3, between)


def _charge(p: Plasma) -> np.ndarray:
    return p.op2p + p.op2d + p.op + p.np_ + p.n2p + p.o2p + p.nop


def _excited_ions(m: Medium, rate: Rates, q: Ionisation, ne: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return O+(2P) and O+(2D)."""
    with_e = ne / rate.root_te
    op2p = (k.OP2P_FROM_O * q.O + k.OP_STATE_FROM_O2 * q.O2) / _op2p_loss(m, with_e)
    loss_d = k.OP2D_N2 * m.N2 + k.OP2D_O2 * m.O2 + k.OP2D_O * m.O + k.OP2D_E * with_e + k.OP2D_A
    cascade = (k.OP2P_E_TO_2D * k.OP2P_E * with_e + k.OP2P_A_732) * op2p
    return op2p, (k.OP2D_FROM_O * q.O + k.OP_STATE_FROM_O2 * q.O2 + cascade) / loss_d


def _ions(m: Medium, rate: Rates, sources: _Sources, p: Plasma) -> Plasma:
    """Return all ions for the last n_e and N(2D)."""
    q, ne = sources.pairs, p.ne
    op2p, op2d = _excited_ions(m, rate, q, ne)
    np_ = k.NP_FROM_N2 * q.N2 / (k.NP_O2 * m.O2 + k.NP_O * m.O)
    made = (1.0 - k.NP_FROM_N2) * q.N2 + (k.OP2D_N2 * op2d + k.OP2P_N2 * op2p) * m.N2
    n2p = made / _n2p_loss(m, rate, ne)
    excited = replace(p, op2p=op2p, op2d=op2d, np_=np_, n2p=n2p)
    o2p_made = k.O2P_FROM_O2 * q.O2 + m.O2 * (
        k.OP2D_O2 * op2d + k.OP2P_O2 * op2p + rate.n2p_o2 * n2p + k.NP_O2_TO_O2P * k.NP_O2 * np_
    )
    nop_made = rate.n2p_o * n2p * m.O + k.NP_O2_TO_NOP * k.NP_O2 * np_ * m.O2
    o2p_to_nop = k.O2P_NO * m.NO + k.O2P_N * m.N4S
    o2p_loss, nop_loss = rate.o2p_e * ne + o2p_to_nop, rate.nop_e * ne
    chemical = _op_source(m, rate, q, excited) / (rate.op_n2 * m.N2 + rate.op_o2 * m.O2 + k.OP_N2D * p.n2d)
    # charge balance with n_e given: O2+ and NO+ are a + b O+ each, so that O+ is (ne - the rest) / (1 + slopes)
    slope_o2p = rate.op_o2 * m.O2 / o2p_loss
    slope_nop = (rate.op_n2 * m.N2 + o2p_to_nop * slope_o2p) / nop_loss
    rest = op2p + op2d + np_ + n2p + o2p_made / o2p_loss + (nop_made + o2p_to_nop * o2p_made / o2p_loss) / nop_loss
    balanced = np.maximum((ne - rest) / (1.0 + slope_o2p + slope_nop), 0.0)
    op = np.where(m.altitude_km <= F_LAYER_FROM_KM, chemical, balanced)
    o2p = (o2p_made + rate.op_o2 * m.O2 * op) / o2p_loss
    return replace(excited, op=op, o2p=o2p, nop=(nop_made + rate.op_n2 * m.N2 * op + o2p_to_nop * o2p) / nop_loss)


def _op_source(m: Medium, rate: Rates, q: Ionisation, p: Plasma) -> np.ndarray:
    """Return the making of O+(4S), cm-3 s-1."""
    with_e = p.ne / rate.root_te
    from_2d = p.op2d * (k.OP2D_E * with_e + k.OP2D_O * m.O + k.OP2D_A)
    from_2p = p.op2p * ((1.0 - k.OP2P_E_TO_2D) * k.OP2P_E * with_e + k.OP2P_O * m.O + k.OP2P_A_247)
    exchange = (k.NP_O * p.np_ + k.N2P_O_TO_OP * p.n2p) * m.O
    return k.OP4S_FROM_O * q.O + k.OP_STATE_FROM_O2 * q.O2 + from_2d + from_2p + exchange


def _n2d(m: Medium, rate: Rates, sources: _Sources, p: Plasma) -> np.ndarray:
    """Return N(2D), fed by dissociation, recombination, N2+ + O, and N(2P)."""
    torn = excitation_rate("N2dis", m, sources.impact, sources.energy_kev)
    n2p_recombined = rate.n2p_e * p.n2p * p.ne
    n2p_loss = k.N2P_O * m.O + k.N2P_O2 * m.O2 + k.N2P_NO * m.NO + k.N2P_A_346 + k.N2P_A_1040
    n_2p = (k.N2P_PER_DISSOCIATION * torn + k.N2P_PER_N2P_E * n2p_recombined) / n2p_loss
    made = k.N2D_PER_DISSOCIATION * torn + k.N2D_PER_NP * k.NP_FROM_N2 * sources.pairs.N2
    made = made + k.N2D_PER_NOP_E * rate.nop_e * p.nop * p.ne + k.N2D_PER_N2P_E * n2p_recombined
    made = made + rate.n2p_o * p.n2p * m.O + (k.N2P_O * m.O + k.N2P_A_1040) * n_2p
    return made / _n2d_loss(m, rate, p)


def oxygen_1s(medium: Medium, ionisation: Ionisation, plasma: Plasma, energy_kev: np.ndarray) -> np.ndarray:
    """Return O(1S), cm-3: direct impact, N2(A) + O, O2+ + e, O2+ + N and N(2D) + NO against light and quenching."""
    m, rate, p = medium, k.rates(medium), plasma

    def excited(state: str) -> np.ndarray:
        return excitation_rate(state, m, ionisation, energy_kev)

    n2a_made = excited("N2ABW") + excited("N2Bp") + 0.75 * excited("N2C")  # 0.75: radiating share of C, as in GLOW
    n2a = n2a_made / (k.N2A_O * m.O + k.N2A_O2 * m.O2 + k.N2A_A)
    made = excited("O1S") + k.O1S_PER_N2A_O * k.N2A_O * n2a * m.O
    made = made + k.o1s_per_o2p_e(p.ne, m.O, rate.te) * rate.o2p_e * p.o2p * p.ne
    made = made + k.O1S_PER_O2P_N * k.O2P_N * p.o2p * m.N4S + k.O1S_PER_N2D_NO * k.N2D_NO * p.n2d * m.NO
    return made / (k.O1S_O * m.O + rate.o1s_o2 * m.O2 + k.O1S_A_5577 + k.O1S_A_2972)


def oxygen_1d(
    medium: Medium, ionisation: Ionisation, plasma: Plasma, energy_kev: np.ndarray, o1s_cm3: np.ndarray
) -> np.ndarray:
    """Return O(1D), cm-3: direct impact on O and O2, recombination, N(2D), N+, O+(2D) and the green line's cascade."""
    m, rate, p = medium, k.rates(medium), plasma
    made = excitation_rate("O1D", m, ionisation, energy_kev)
    made = made + excitation_rate("O2SRC", m, ionisation, energy_kev)  # one O(1D) each
    made = made + k.O1D_PER_O2P_E * rate.o2p_e * p.o2p * p.ne + k.O1S_A_5577 * o1s_cm3
    made = made + (k.O1D_PER_N2D_O2 * k.N2D_O2 * m.O2 + k.O1D_PER_N2D_O * k.N2D_O * m.O) * p.n2d
    made = made + k.NP_O2_TO_O1D * k.NP_O2 * p.np_ * m.O2 + k.O1D_PER_OP2D_O * k.OP2D_O * p.op2d * m.O
    return made / _o1d_loss(m, rate, p.ne)


def forbidden_lines(
    medium: Medium, ionisation: Ionisation, plasma: Plasma, energy_kev: np.ndarray
) -> dict[str, np.ndarray]:
    """Return photons cm-3 s-1 [energy, altitude] of 557.7, 630.0 (without 636.4), 732 (with 733) and 520.0."""
    o1s = oxygen_1s(medium, ionisation, plasma, energy_kev)
    o1d = oxygen_1d(medium, ionisation, plasma, energy_kev, o1s)
    return {
        "557.7": k.O1S_A_5577 * o1s,
        "630.0": k.O1D_A_630 * o1d,
        "732": k.OP2P_A_732 * plasma.op2p,
        "520.0": k.N2D_A * plasma.n2d,
    }


def loss_rates(medium: Medium, plasma: Plasma) -> dict[str, np.ndarray]:
    """Return what ends the upper state of each slow line, s-1, [energy, altitude]: light, quenching and reactions.

    "557.7" has today's transition probabilities, 1.26 and 0.075 s-1, not GLOW's, which suit its brightness only.
    "N2+_1NG_sunlit" is the loss of the ion itself, which scatters sunlight as long as it lives.
    """
    m, rate, p = medium, k.rates(medium), plasma
    with_e = p.ne / rate.root_te
    return {
        "557.7": k.O1S_O * m.O + rate.o1s_o2 * m.O2 + k.O1S_MODERN_A + 0.0 * p.ne,
        "630.0": _o1d_loss(m, rate, p.ne),
        "732": _op2p_loss(m, with_e),
        "520.0": _n2d_loss(m, rate, p),
        "N2+_1NG_sunlit": _n2p_loss(m, rate, p.ne),
    }


def _op2p_loss(m: Medium, with_e: np.ndarray) -> np.ndarray:
    """Return the loss of O+(2P), s-1; `with_e` = n_e / (Te/300)^0.5."""
    return k.OP2P_N2 * m.N2 + k.OP2P_O2 * m.O2 + k.OP2P_O * m.O + k.OP2P_E * with_e + k.OP2P_A_732 + k.OP2P_A_247


def _n2p_loss(m: Medium, rate: Rates, ne: np.ndarray) -> np.ndarray:
    """Return the loss of N2+, s-1."""
    return (rate.n2p_o + k.N2P_O_TO_OP) * m.O + rate.n2p_o2 * m.O2 + rate.n2p_e * ne


def _n2d_loss(m: Medium, rate: Rates, p: Plasma) -> np.ndarray:
    """Return the loss of N(2D), s-1."""
    loss = k.N2D_O2 * m.O2 + k.N2D_O * m.O + k.N2D_NO * m.NO + k.N2D_A
    return loss + k.N2D_E * rate.root_te * p.ne + k.OP_N2D * p.op


def _o1d_loss(m: Medium, rate: Rates, ne: np.ndarray) -> np.ndarray:
    """Return the loss of O(1D), s-1."""
    loss = rate.o1d_n2 * m.N2 + rate.o1d_o2 * m.O2 + k.O1D_O * m.O + k.o1d_e(rate) * ne
    return loss + k.O1D_A_630 + k.O1D_A_636
