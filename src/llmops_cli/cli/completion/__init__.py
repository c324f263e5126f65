"""Completion of command lines in bash, zsh and fish: the scripts, and what they are answered."""
