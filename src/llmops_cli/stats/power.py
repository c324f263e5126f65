"""What a suite can see: the smallest detectable drop, and the number of cases that would decide."""

from __future__ import annotations

import math

from llmops_cli.stats.interval import check_rate
from llmops_cli.stats.mcnemar import mcnemar_exact
from llmops_cli.stats.normal import normal_quantile


def detectable_drop_binary(n: int, discordance: float, *, alpha: float = 0.05, power: float = 0.8) -> float:
    """Smallest drop of a pass rate that the two-sided exact McNemar test sees with probability `power`.

    `n` paired cases, of which the share `discordance` is expected to differ between the sides (losses and
    wins together). A drop larger than that share needs more discordance, so from there on every discordant
    case is taken as a loss. A share between 0 and 1; infinity when not even losing every case would be seen.
    Raises ValueError for n < 1, a discordance out of [0, 1], alpha or power out of (0, 1).

    Close where ten or more discordant cases are expected, up to a fifth too large below that. Source: Connor
    (1987), with the continuity correction that the exact test behaves like.
    """
    if n < 1:
        raise ValueError(f"at least one case is needed, not {n}")
    if _binary_cases(1.0, discordance, alpha, power) > n:
        return math.inf
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        if _binary_cases(middle, discordance, alpha, power) > n:
            low = middle
        else:
            high = middle
    return high


def required_cases_binary(drop: float, discordance: float, *, alpha: float = 0.05, power: float = 0.8) -> int:
    """Paired cases needed to see a drop of a pass rate with the two-sided exact McNemar test.

    `drop` is a share in (0, 1]; the other arguments, the errors and the source as in
    `detectable_drop_binary`.
    """
    if not 0.0 < drop <= 1.0:
        raise ValueError(f"a drop of a pass rate is above 0 and at most 1, not {drop}")
    return math.ceil(_binary_cases(drop, discordance, alpha, power))


def power_binary(n: int, discordance: float, drop: float, *, alpha: float = 0.05) -> float:
    """Probability that the two-sided exact McNemar test finds a drop of a pass rate, as a share.

    `n` paired cases, of which the share `discordance` differs between the sides; `drop` is losses minus wins,
    a share too. Finding means a p-value of at most `alpha` and more losses than wins. As in
    `detectable_drop_binary`, a drop larger than the discordance takes every discordant case as a loss.

    Exact up to rounding (about 1e-9): the number of discordant cases m is binomial (n, discordance), the
    losses among them are binomial (m, (discordance + drop) / (2 discordance)), and the power is that of each
    m, weighted. Raises ValueError for n < 1, a discordance or drop out of [0, 1], alpha out of (0, 1).
    Source: Duffy (1984), Biometrics 40, 1005-1015.
    """
    check_rate("alpha", alpha)
    if n < 1:
        raise ValueError(f"at least one case is needed, not {n}")
    if not (0.0 <= discordance <= 1.0 and 0.0 <= drop <= 1.0):
        raise ValueError(f"a discordance and a drop are between 0 and 1, not {discordance} and {drop}")
    rate = max(discordance, drop)
    if rate == 0.0:
        return 0.0
    loss_share = min(1.0, (rate + drop) / (2.0 * rate))
    around = 9.0 * math.sqrt(n * rate * (1.0 - rate)) + 9.0  # beyond it lies less than 1e-15
    least, most = max(1, math.floor(n * rate - around)), min(n, math.ceil(n * rate + around))
    power, losses = 0.0, least // 2 + 1
    for m in range(least, most + 1):
        # One more discordant case asks for as many losses or for one more.
        losses = max(losses, m // 2 + 1)
        while losses <= m and mcnemar_exact(losses, m - losses) > alpha:
            losses += 1
        power += _binomial_point(m, n, rate) * _binomial_tail(losses, m, loss_share)
    return min(1.0, power)


def detectable_drop_continuous(n: int, sd: float, *, alpha: float = 0.05, power: float = 0.8) -> float:
    """Smallest drop of a mean, in the unit of `sd`, that a paired test sees with probability `power`.

    `n` independent units (cases, or clusters when cases are clustered) whose differences have the standard
    deviation `sd`. Infinity when `n` is too small for any. Raises ValueError for n < 1, a negative or
    infinite sd, alpha or power out of (0, 1). Source: the normal formula (z_alpha/2 + z_power) sd / sqrt(n),
    n reduced by z_alpha/2^2 / 2 for the t distribution (Guenther 1981).
    """
    if n < 1:
        raise ValueError(f"at least one case is needed, not {n}")
    _check_sd(sd)
    z_alpha, z_power = _z(alpha, power)
    effective = n - z_alpha**2 / 2.0
    if effective <= 0.0:
        return math.inf
    return max(0.0, z_alpha + z_power) * sd / math.sqrt(effective)


def required_cases_continuous(drop: float, sd: float, *, alpha: float = 0.05, power: float = 0.8) -> int:
    """Independent units needed to see a drop of a mean; `drop` in the unit of `sd`, above 0.

    The other arguments, the errors and the source as in `detectable_drop_continuous`.
    """
    if not 0.0 < drop < math.inf:
        raise ValueError(f"a drop to look for is above 0, not {drop}")
    _check_sd(sd)
    z_alpha, z_power = _z(alpha, power)
    return max(2, math.ceil((max(0.0, z_alpha + z_power) * sd / drop) ** 2 + z_alpha**2 / 2.0))


def cases_to_rule_out(
    max_drop: float, difference: float, sd: float, *, alpha: float = 0.05, power: float = 0.5
) -> int | None:
    """Independent units after which the (1 - alpha) interval rules out a drop of `max_drop`.

    `difference` is the true change, candidate minus baseline (the observed one is the natural guess), `sd`
    the standard deviation of the differences: for binary data sqrt(discordance - difference^2). Power 1/2
    says where the lower limit is expected to pass. None when the change is a drop of `max_drop` or more: no
    number of cases rules out what is true. Raises ValueError for a negative `max_drop`, a negative or
    infinite sd, alpha or power out of (0, 1). Source: the non-inferiority formula ((z_alpha/2 + z_power) sd /
    (max_drop + difference))^2, as in Julious (2004).
    """
    if not max_drop >= 0.0:
        raise ValueError(f"a tolerated drop cannot be negative, not {max_drop}")
    _check_sd(sd)
    room = max_drop + difference
    if not room > 0.0:
        return None
    z_alpha, z_power = _z(alpha, power)
    return max(2, math.ceil((max(0.0, z_alpha + z_power) * sd / room) ** 2 + z_alpha**2 / 2.0))


def _binary_cases(drop: float, discordance: float, alpha: float, power: float) -> float:
    """Cases needed, as a fraction; infinite for no drop."""
    if not 0.0 <= discordance <= 1.0:
        raise ValueError(f"a discordance rate is between 0 and 1, not {discordance}")
    z_alpha, z_power = _z(alpha, power)
    if drop == 0.0:
        return math.inf
    rate = max(discordance, drop)
    deviation = max(0.0, z_alpha * math.sqrt(rate) + z_power * math.sqrt(max(0.0, rate - drop * drop)))
    # n drop - 1 = deviation sqrt(n): the corrected statistic |losses - wins| - 1 at its expected value.
    root = (deviation + math.sqrt(deviation * deviation + 4.0 * drop)) / (2.0 * drop)
    return root * root


def _binomial_point(k: int, n: int, p: float) -> float:
    """P(X = k) for X binomial with `n` trials of probability `p`, above 0."""
    if p == 1.0:
        return float(k == n)
    log_ways = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
    return math.exp(log_ways + k * math.log(p) + (n - k) * math.log1p(-p))


def _binomial_tail(k: int, n: int, p: float) -> float:
    """P(X >= k) for X binomial with `n` trials of probability `p`, above 0: the shorter side is summed."""
    if k > n:
        return 0.0
    if p == 1.0:
        return 1.0
    odds = p / (1.0 - p)
    above = k > n * p
    i = k if above else k - 1
    term = _binomial_point(i, n, p) if i >= 0 else 0.0
    total = 0.0
    while term > 1e-17 * total and term > 0.0:
        total += term
        term *= (n - i) / (i + 1) * odds if above else i / (n - i + 1) / odds
        i += 1 if above else -1
    return total if above else 1.0 - total


def _z(alpha: float, power: float) -> tuple[float, float]:
    check_rate("alpha", alpha)
    check_rate("power", power)
    return -normal_quantile(alpha / 2.0), normal_quantile(power)


def _check_sd(sd: float) -> None:
    if not 0.0 <= sd < math.inf:
        raise ValueError(f"a standard deviation is finite and not negative, not {sd}")
