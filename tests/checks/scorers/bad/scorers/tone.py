import statistic


def calm(output, case):
    return statistic.mean([1, 1])
