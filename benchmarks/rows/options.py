"""Black and Scholes's price of a million options, with a smooth stand-in for the normal distribution."""

import numpy as np

from benchmarks.rows.row import Row


def value(spot, strike, years, rate, volatility):
    spread = volatility * np.sqrt(years)
    d1 = (np.log(spot / strike) + (rate + 0.5 * volatility**2) * years) / spread
    d2 = d1 - spread
    n1 = 1 / (1 + np.exp(-1.702 * d1))
    n2 = 1 / (1 + np.exp(-1.702 * d2))
    return np.sum(spot * n1 - strike * np.exp(-rate * years) * n2)


def by_hand(spot, strike, years, rate, volatility, *, seed=1.0):
    root = np.sqrt(years)
    spread = volatility * root
    drift = rate + 0.5 * volatility**2
    d1 = (np.log(spot / strike) + drift * years) / spread
    d2 = d1 - spread
    n1 = 1 / (1 + np.exp(-1.702 * d1))
    n2 = 1 / (1 + np.exp(-1.702 * d2))
    discounted = strike * np.exp(-rate * years)
    paid = discounted * n2
    result = np.sum(spot * n1 - paid)

    dd2 = (-1.702 * seed) * paid * (1 - n2)
    dd1 = (1.702 * seed) * spot * n1 * (1 - n1) + dd2
    dq = dd1 / spread
    dspread = -dd2 - dq * d1
    dspot = seed * n1 + dq / spot
    drate = seed * (years @ paid) + dq @ years
    dvolatility = dspread @ root + volatility * (dq @ years)
    return result, (dspot, float(drate), float(dvolatility))


def with_numpy_of(np):
    def value(spot, strike, years, rate, volatility):
        spread = volatility * np.sqrt(years)
        d1 = (np.log(spot / strike) + (rate + 0.5 * volatility**2) * years) / spread
        d2 = d1 - spread
        n1 = 1 / (1 + np.exp(-1.702 * d1))
        n2 = 1 / (1 + np.exp(-1.702 * d2))
        return np.sum(spot * n1 - strike * np.exp(-rate * years) * n2)

    return value


_rng = np.random.default_rng(4)
_n = 1_000_000
ROW = Row(
    "a million options",
    value,
    (
        _rng.uniform(80, 120, _n),
        _rng.uniform(80, 120, _n),
        _rng.uniform(0.1, 2.0, _n),
        0.03,
        0.2,
    ),
    (0, 3, 4),
    by_hand,
    with_numpy_of,
    lambda jnp, lax: with_numpy_of(jnp),
)
