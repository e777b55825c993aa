"""The one exception that posekit raises for what a user can put right."""


class InputError(ValueError):
    """Something given to posekit is wrong: a file, an array, a name, a setting.

    The message is one sentence (or two) that names the thing and says what to do, so the
    command line prints it alone, without a traceback.
    """
