"""One run split over several machines, and joined again."""
