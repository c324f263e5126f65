"""What the room may cost: imports, time and memory."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest


def _run(code: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], check=True, capture_output=True, text=True
    ).stdout.strip()


def test_binary_metrics_never_import_numpy() -> None:
    printed = _run("""
        import sys
        import llmops_cli.stats as stats
        heavy = {"numpy", "scipy", "statistics", "random"}
        print(sorted(heavy & set(sys.modules)))
        stats.mcnemar_exact(3, 9)
        stats.paired_difference_interval(50, 9, 3, 20)
        stats.wilson_interval(50, 60)
        stats.holm([0.1, 0.2])
        stats.quantile([1.0, 2.0], 0.95)
        stats.detectable_drop_binary(100, 0.1)
        stats.cases_to_rule_out(0.05, 0.0, 0.3)
        print(sorted({"numpy", "scipy"} & set(sys.modules)))
    """)
    assert printed.splitlines() == ["[]", "[]"]


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is read from /proc")
def test_fifty_thousand_cases_and_five_metrics_are_quick_and_small() -> None:
    printed = _run("""
        import random, time
        from pathlib import Path
        draw = random.Random(1)
        metrics = [[draw.gauss(0.001, 0.3) for _ in range(50_000)] for _ in range(5)]
        metrics[1] = [round(value * 5) / 5 for value in metrics[1]]
        metrics[2][0] = 500.0
        clusters = [i // 3 for i in range(50_000)]
        begin = time.process_time()
        import llmops_cli.stats as stats
        for number, metric in enumerate(metrics):
            labels = clusters if number == 3 else None
            stats.bootstrap_mean_interval(metric, clusters=labels)
            stats.sign_flip_test(metric, clusters=labels)
        seconds = time.process_time() - begin
        peak = Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]
        print(seconds, int(peak) / 1024)
    """)
    seconds, megabytes = (float(word) for word in printed.split())
    assert seconds < 2.0
    assert megabytes < 300.0
