"""HTTP in, HTML out: no SQL and no rules here."""

from starlette.convertors import IntegerConvertor, register_url_convertor


class _Number(IntegerConvertor):
    """A number in an address has at most 15 digits: a longer one fits into no row, and is no address of ours."""

    regex = "[0-9]{1,15}"


register_url_convertor("int", _Number())  # before any route is made
