"""What a change of scorers did, computed: both readings of a run."""
