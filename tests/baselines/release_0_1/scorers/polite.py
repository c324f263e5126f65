"""Whether an answer is one of those that the case allows."""


def allowed(output, case):
    return output in case.metadata.get("also", []) or output == case.expected
