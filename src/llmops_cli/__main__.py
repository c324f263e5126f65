"""`python -m llmops_cli` is the command `llmops`."""

from llmops_cli.cli.app import main

if __name__ == "__main__":
    main()
