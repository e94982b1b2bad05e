"""`python -m dprep` is `dprep`."""

from dprep.cli.main import main

if __name__ == "__main__":
    main()
