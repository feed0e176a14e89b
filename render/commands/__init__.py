"""The commands of `polarlight`, one function each; with `render.cli` the only code that prints."""
