"""The refusals of a spreadsheet, each a sentence that tells what to do."""

from astronote.errors import Invalid, TooLarge, UnsupportedFile


def unsupported(sentence: str) -> UnsupportedFile:
    """A file that is not read, with the reason."""
    return UnsupportedFile(sentence, code="unsupported_file", field="file")


def damaged() -> UnsupportedFile:
    """A workbook that breaks the rules of its own format."""
    return unsupported(
        "This file is damaged and cannot be read. Open it in your spreadsheet program and "
        "save it again as .xlsx or .csv."
    )


def not_a_spreadsheet() -> UnsupportedFile:
    """Something else than a spreadsheet."""
    return unsupported("This is not a spreadsheet. Use an .xlsx or .csv file.")


def file_too_large(sentence: str) -> TooLarge:
    """A file over a limit of size."""
    return TooLarge(sentence, code="file_too_large", field="file")


def too_many_rows() -> TooLarge:
    """More rows than one import takes."""
    return TooLarge(
        "The file has more than 200,000 rows. Split it and import the pieces.",
        code="too_many_rows",
        field="file",
    )


def empty_file() -> Invalid:
    """A file without a single filled cell below its header."""
    return Invalid("The file contains no rows.", code="empty_file", field="file")
