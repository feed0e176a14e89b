"""Rates of the aurora's chemistry, cm3 s-1 unless stated, as compiled in GLOW 0.981 from the papers named."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from render.emission.medium import Medium

# N2+
N2P_O_TO_OP = 2.0e-11  # N2+ + O -> N2 + O+; Torr 1985, Knutsen et al. 1988
N2D_PER_N2P_E = 1.85  # N(2D) per N2+ + e; Queffelec et al. 1985
N2P_PER_N2P_E = 0.10  # N(2P) per N2+ + e; ditto
# O2+
O2P_NO = 4.4e-10  # O2+ + NO -> NO+; Lindinger & Ferguson
O2P_N = 1.2e-10  # O2+ + N -> NO+ + O; Fehsenfeld 1977
N2D_PER_NOP_E = 0.76  # N(2D) per NO+ + e; Walls & Dunn 1974
O1D_PER_O2P_E = 1.2  # O(1D) per O2+ + e; as in GLOW
# N+
NP_O2 = 6.0e-10  # N+ + O2; Langford et al. 1985
NP_O2_TO_NOP, NP_O2_TO_O2P, NP_O2_TO_O1D = 0.43, 0.51, 0.30  # its yields; ditto
NP_O = 1.0e-12  # N+ + O -> O+; Torr
# O+(2D): N2, O2, O; Johnsen & Biondi 1980. With e: Henry et al. 1969, times (Te/300)^-0.5
OP2D_N2, OP2D_O2, OP2D_O, OP2D_E = 8e-10, 7e-10, 1e-11, 6.6e-8
OP2D_A = 9.7e-5  # s-1, 372.7 nm; as in GLOW
O1D_PER_OP2D_O = 0.5  # O(1D) per O+(2D) + O; as in GLOW
# O+(2P): N2, O2, O, e (times (Te/300)^-0.5); Rusch et al. 1977
OP2P_N2, OP2P_O2, OP2P_O, OP2P_E = 4.8e-10, 4.8e-10, 5.2e-11, 1.7e-7
OP2P_E_TO_2D = 0.81  # share of O+(2P) + e that ends in O+(2D); ditto
OP2P_A_732, OP2P_A_247 = 0.1712, 0.0479  # s-1, 732-733 nm (to 2D) and 247.0 nm (to 4S); as in GLOW
OP_N2D = 1.3e-10  # O+ + N(2D); Bates 1989
# N(2D): O2 Lin & Kaufman 1971; O Fell et al. 1990; e (times (Te/300)^0.5); NO Black et al. 1969
N2D_O2, N2D_O, N2D_E, N2D_NO = 6.0e-12, 6.9e-13, 5.5e-10, 7.0e-11
N2D_A = 1.07e-5  # s-1, 519.8 and 520.0 nm; as in GLOW
O1D_PER_N2D_O2, O1D_PER_N2D_O = 0.1, 0.1  # O(1D) yields; as in GLOW
N2D_PER_DISSOCIATION, N2D_PER_NP = 0.54, 0.5  # N(2D) per dissociation of N2 and per N+ made; as in GLOW
# N(2P): O (to 2D), O2, NO; Zipf et al. 1980, Rawlins 1988
N2P_O, N2P_O2, N2P_NO = 1.2e-11, 2e-12, 1.8e-10
N2P_A_346, N2P_A_1040 = 0.0054, 0.079  # s-1, 346.6 nm (to 4S) and 1040 nm (to 2D); as in GLOW
N2P_PER_DISSOCIATION = 0.44  # N(2P) per dissociation of N2; Zipf et al. 1980
# N2(A): O, O2; Piper et al. 1981. Lifetime 1.3 s; Shemansky 1969
N2A_O, N2A_O2, N2A_A = 3.1e-11, 4.1e-12, 0.77
# O(1S)
O1S_PER_N2A_O = 0.19  # yield; as in GLOW (Sharp & Torr 1979); laboratory values reach 0.36-0.75: uncertain factor 3
O1S_PER_O2P_N = 0.21  # yield; as in GLOW
O1S_PER_N2D_NO = 0.20  # yield; as in GLOW
O1S_O = 2.0e-14  # Slanger & Black 1981
O1S_A_5577, O1S_A_2972 = 1.06, 0.045  # s-1; as in GLOW. Modern 1.26 and 0.075 (lifetime 0.75 s) change 557.7 by 2 %
O1S_MODERN_A = 1.26 + 0.075  # s-1, NIST / Froese Fischer & Tachiev 2004, from memory, uncertain; for lifetimes only
# O(1D)
O1D_O = 3.0e-12  # Abreu et al. 1986
O1D_A_630, O1D_A_636 = 0.00585, 0.00185  # s-1; as in GLOW

# Branching of electron ionisation, as in GLOW: O+(2P), O+(2D), O+(4S) from O and from O2; O2+; N+ and N2+ from N2
OP2P_FROM_O, OP2D_FROM_O, OP4S_FROM_O = 0.20, 0.32, 0.48
OP_STATE_FROM_O2 = 0.10  # each of the three states of O+
O2P_FROM_O2 = 0.70
NP_FROM_N2 = 0.16


@dataclass(frozen=True)
class Rates:
    """Coefficients that follow temperature, cm3 s-1, arrays [altitude]; `root_te` is (Te/300 K)^0.5."""

    op_n2: np.ndarray
    op_o2: np.ndarray
    n2p_o: np.ndarray
    n2p_o2: np.ndarray
    n2p_e: np.ndarray
    o2p_e: np.ndarray
    nop_e: np.ndarray
    o1s_o2: np.ndarray
    o1d_n2: np.ndarray
    o1d_o2: np.ndarray
    te: np.ndarray
    root_te: np.ndarray


def rates(medium: Medium) -> Rates:
    """Return the coefficients at each altitude's temperatures."""
    Tn, Ti, Te = medium.Tn, medium.Ti, medium.Te / 300.0
    t3, t4 = (28.0 * Tn + 16.0 * Ti) / 44.0 / 300.0, (28.0 * Tn + 32.0 * Ti) / 60.0 / 300.0
    return Rates(
        op_n2=op_n2((16.0 * Tn + 28.0 * Ti) / 44.0 / 300.0),
        op_o2=op_o2((16.0 * Tn + 32.0 * Ti) / 48.0 / 300.0),
        # N2+ + O -> NO+ + N(2D); McFarland et al. 1974
        n2p_o=np.polyval([3.087e-14, -1.016e-12, 1.225e-11, -6.242e-11, 1.793e-10], t3),
        n2p_o2=5.0e-11 * t4**-0.8,  # McFarland et al. 1973
        n2p_e=1.8e-7 * Te**-0.39,  # Mehr & Biondi 1969
        o2p_e=np.where(Te < 4.0, 1.95e-7 * Te**-0.70, 1.6e-7 * Te**-0.55),  # Mehr & Biondi 1969; Alge et al. 1983
        nop_e=4.2e-7 * Te**-0.85,  # Walls & Dunn 1974
        o1s_o2=4.0e-12 * np.exp(-865.0 / Tn),  # Slanger et al. 1972
        o1d_n2=2.0e-11 * np.exp(107.8 / Tn),  # Streit et al. 1976
        o1d_o2=2.9e-11 * np.exp(67.5 / Tn),  # Streit et al. 1976
        te=Te,
        root_te=np.sqrt(Te),
    )


def op_n2(t: np.ndarray) -> np.ndarray:
    """Return O+(4S) + N2 -> NO+ + N against t = effective temperature / 300 K; St-Maurice & Torr 1978."""
    cold = np.polyval([8.6e-14, -5.92e-13, 1.533e-12], t)
    return np.where(t < 5.667, cold, np.polyval([1.483e-13, -1.155e-12, 2.73e-12], t))


def op_o2(t: np.ndarray) -> np.ndarray:
    """Return O+(4S) + O2 -> O2+ + O against t = effective temperature / 300 K; Chen 1978, St-Maurice & Torr 1978."""
    cold = np.polyval([2.0e-14, -4.95e-13, 4.62e-12, -1.84e-11, 3.53e-11], t)
    return np.where(t < 6.667, cold, np.polyval([9.65e-16, -5.17e-14, 1.073e-12, -7.74e-12, 2.82e-11], t))


def o1d_e(rate: Rates) -> np.ndarray:
    """Return O(1D) + e, cm3 s-1; Link 1982."""
    return 8.1e-10 * rate.root_te


def o1s_per_o2p_e(ne_cm3: np.ndarray, o_cm3: np.ndarray, te: np.ndarray) -> np.ndarray:
    """Return O(1S) per O2+ + e, at least 0.03; `te` = Te / 300 K; Yee et al. 1988."""
    return np.maximum(0.12 + 0.02 * np.log10(ne_cm3 / o_cm3 * te**-0.7), 0.03)
