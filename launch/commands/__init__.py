"""The commands of `bin/*`, one module for each, with `run(arguments) -> exit code`."""
