"""Logarithm, exponential and normal quantile, to the same bit on every machine and in every engine.

Mathematical libraries differ from each other in the last bit, and NumPy's from themselves on another processor. Here
is nothing but sums, products, quotients and square roots of doubles in a given order, which the standard of
floating-point arithmetic leaves no freedom in. The kernel of the compiled engine computes the same in C, with these
constants. Errors: a few units in the last place for `log` and `exp`, a relative 1e-14 for `normal_quantile`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SQRT_HALF = math.sqrt(0.5)
LN2_HIGH = 0.693147180369123816490
"""ln 2, its last 21 bits zero, so that whole multiples of it are exact."""
LN2_LOW = 1.90821492927058770002e-10
PER_LN2 = 1 / math.log(2)
ATANH = tuple(2.0 / (2 * k + 1) for k in range(10))
"""log((1 + s) / (1 - s)) = s (2 + 2/3 s^2 + 2/5 s^4 + ...); with |s| < 0.172 what is left out is below 1e-16 of it."""
TAYLOR = tuple(1.0 / math.factorial(k) for k in range(14))
"""exp(r) = 1 + r + r^2/2 + ...; with |r| < 0.347 what is left out is below 1e-17."""
SMALLEST = 2.0**-60
LARGEST_POWER = 700.0

# The normal quantile z(p) in three pieces, each a polynomial that interpolates it in the Chebyshev points of the piece:
# z / q in q^2 with q = p - 1/2 in the centre, and -z in r = sqrt(-log p) further out, both mapped to [-1, 1].
CENTRAL = 0.35
SHOULDER_FROM, TAIL_FROM, TAIL_TO = 1.37, 2.6, 6.5
# y = scale x - middle maps a piece to [-1, 1]
CENTRE_SCALE = 2.0 / (CENTRAL * CENTRAL)
SHOULDER_SCALE = 2.0 / (TAIL_FROM - SHOULDER_FROM)
SHOULDER_MIDDLE = (TAIL_FROM + SHOULDER_FROM) / (TAIL_FROM - SHOULDER_FROM)
TAIL_SCALE = 2.0 / (TAIL_TO - TAIL_FROM)
TAIL_MIDDLE = (TAIL_TO + TAIL_FROM) / (TAIL_TO - TAIL_FROM)
CENTRE = (
    2.693486023404772, 0.21839131683819907, 0.038272890792112484, 0.008350848390419796,
    0.002022882985065465, 0.0005209257512622626, 0.00013963803781311563, 3.850618809577243e-05,
    1.0844186781947717e-05, 3.1042031638973734e-06, 9.003617055656682e-07, 2.6342858243304746e-07,
    7.734132324051311e-08, 2.3637575826509607e-08, 7.71184491704365e-09, 1.770738316209695e-09,
    1.4322148145813715e-10, 3.2473747667513393e-10, 1.991314715460727e-10,
)  # fmt: skip
SHOULDER = (
    2.0653734491031046, 1.0042393194572858, -0.02892063397654207, 0.006679782501517696,
    -0.00161161290884733, 0.0004016040656045568, -0.00010275508154746292, 2.688564854891913e-05,
    -7.169877176836867e-06, 1.9431872461059117e-06, -5.334080816809498e-07, 1.4797965257840634e-07,
    -4.224289353403852e-08, 1.2142017543450679e-08, -2.626907907573407e-09, 6.984919309616095e-10,
    -6.984919309616092e-10, 1.639005188879214e-10, 7.505724696736587e-11,
)  # fmt: skip
TAIL = (
    5.994433032316761, 2.8839359451841142, -0.04162626788389273, 0.014513243718521224,
    -0.005218166039564088, 0.001913892097952769, -0.0007120637159668062, 0.00026787558060397846,
    -0.0001017044655652225, 3.891773412424215e-05, -1.4982316303599527e-05, 5.822040547886524e-06,
    -2.312649043938413e-06, 8.83194876841911e-07, -2.896902397968393e-07, 1.5189161536185377e-07,
    -1.1202404977709974e-07, 1.1480904283715295e-08, 2.029376780682268e-08, 8.26216736359266e-09,
    -8.438552584405367e-09,
)  # fmt: skip


def _polynomial(coefficients: tuple[float, ...], x: Floats) -> Floats:
    """Return the polynomial's values; the first coefficient is the constant one.

    Neighbours are joined to pairs, pairs to fours, and so on, so that the kernel's steps need not wait for each other.
    """
    terms: list[Any] = list(coefficients)
    while len(terms) > 1:
        pairs = [terms[i] + terms[i + 1] * x for i in range(0, len(terms) - 1, 2)]
        terms = pairs + terms[2 * len(pairs) :]
        x = x * x
    joined: Floats = terms[0]
    return joined


def log(x: Floats) -> Floats:
    """Return the natural logarithm of finite numbers above zero that are not denormal."""
    mantissa, exponent = np.frexp(x)
    below = mantissa < SQRT_HALF
    mantissa = np.where(below, mantissa * 2.0, mantissa)
    power = (exponent - below).astype(np.float64)
    f = mantissa - 1.0
    s = f / (f + 2.0)
    value: Floats = power * LN2_HIGH + (s * _polynomial(ATANH, s * s) + power * LN2_LOW)
    return value


def exp(x: Floats) -> Floats:
    """Return the exponential of numbers from -700 to 700; those beyond count as these."""
    bounded = np.clip(x, -LARGEST_POWER, LARGEST_POWER)
    power = np.floor(bounded * PER_LN2 + 0.5)
    r = (bounded - power * LN2_HIGH) - power * LN2_LOW
    value: Floats = np.ldexp(_polynomial(TAYLOR, r), power.astype(np.int32))
    return value


def normal_quantile(u: Floats) -> Floats:
    """Return the quantiles of the standard normal law at `u`, uniforms in [0, 1); 0 counts as 2^-60."""
    q = u - 0.5
    value = q * _polynomial(CENTRE, q * q * CENTRE_SCALE - 1.0)
    outer = np.abs(q) > CENTRAL
    if outer.any():
        p = np.maximum(np.minimum(u[outer], 1.0 - u[outer]), SMALLEST)
        r = np.sqrt(-log(p))
        near = _polynomial(SHOULDER, r * SHOULDER_SCALE - SHOULDER_MIDDLE)
        far = _polynomial(TAIL, r * TAIL_SCALE - TAIL_MIDDLE)
        size = np.where(r < TAIL_FROM, near, far)
        value[outer] = np.where(q[outer] < 0, -size, size)
    return value
