"""``python -m plugwatch``."""

from plugwatch.cli.main import main

if __name__ == "__main__":
    main()
