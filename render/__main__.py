"""`python -m render` is `polarlight`."""

from render.cli import main

if __name__ == "__main__":
    main()
