"""Language models: what is asked, what is answered, and one file per way of answering."""
