"""The main job: plan, get the answers, compare with the baselines, decide, tell."""
