"""The error of every bad input: a config value, a file or an array that the user can put right."""


class InputError(ValueError):
    """Input that cannot be used; the message names it, its value and what is allowed."""
