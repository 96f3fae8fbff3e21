"""JSON as Go's encoding/json scans it: where a value ends, or the words for why it is none.

Owns those words and their offsets, which kubectl passes on. Builds no values.
Mirrors encoding/json's scanner.go and stream.go.
"""

from __future__ import annotations

from harness.objects.go_text import quoted_rune

UNEXPECTED_END = "unexpected EOF"

_SPACE = " \t\r\n"
_DIGITS = "0123456789"
_HEX = "0123456789abcdefABCDEF"
_ESCAPED = 'bfnrt\\/"'
_LITERALS = {"t": "true", "f": "false", "n": "null"}


class SyntaxFault(Exception):
    """Text that is no JSON. `offset` counts the bytes read when that was noticed; None if the text just ended."""

    def __init__(self, text: str, offset: int | None) -> None:
        super().__init__(text)
        self.text = text
        self.offset = offset


def end_of_value(text: str, start: int) -> int:
    """Where the first value of `text` from `start` on ends. Raises SyntaxFault."""
    scan = _Scan(text, start)
    scan.value("looking for beginning of value")
    return scan.at


class _Scan:
    """A position in a text, which only moves on."""

    def __init__(self, text: str, at: int) -> None:
        self.text = text
        self.at = at
        # What is open, from the outside in: "{" or "[".
        self._open: list[str] = []

    def value(self, context: str) -> None:
        """One value, whatever it holds, without recursion: JSON may be nested deeper than Python's stack."""
        self._begin(context)
        while self._open:
            if self._open[-1] == "{":
                self._in_object()
            else:
                self._in_list()

    def _begin(self, context: str) -> None:
        """A scalar as a whole, or the opening of a collection and what follows it there."""
        char = self._next_word()
        if char == "{":
            self._take()
            self._open.append("{")
            if self._next_word() == "}":
                self._close()
            else:
                self._key("looking for beginning of object key string")
        elif char == "[":
            self._take()
            self._open.append("[")
            if self._next_word() == "]":
                self._close()
            else:
                self._begin("looking for beginning of value")
        elif char == '"':
            self._string()
        elif char in _LITERALS:
            self._literal(_LITERALS[char])
        elif char == "-" or char in _DIGITS:
            self._number()
        else:
            self._fail(context)

    def _in_object(self) -> None:
        char = self._next_word()
        if char == ",":
            self._take()
            self._next_word()
            self._key("looking for beginning of object key string")
        elif char == "}":
            self._close()
        else:
            self._fail("after object key:value pair")

    def _in_list(self) -> None:
        char = self._next_word()
        if char == ",":
            self._take()
            self._begin("looking for beginning of value")
        elif char == "]":
            self._close()
        else:
            self._fail("after array element")

    def _key(self, context: str) -> None:
        if self._peek() != '"':
            self._fail(context)
        self._string()
        if self._next_word() != ":":
            self._fail("after object key")
        self._take()
        self._begin("looking for beginning of value")

    def _close(self) -> None:
        self._take()
        self._open.pop()

    def _string(self) -> None:
        self._take()
        while (char := self._peek()) != '"':
            if char < " ":
                self._fail("in string literal")
            self._take()
            if char == "\\":
                self._escape()
        self._take()

    def _escape(self) -> None:
        char = self._peek()
        if char != "u":
            if char not in _ESCAPED:
                self._fail("in string escape code")
            self._take()
            return
        self._take()
        for _ in range(4):
            if self._peek() not in _HEX:
                self._fail("in \\u hexadecimal character escape")
            self._take()

    def _literal(self, word: str) -> None:
        self._take()
        for expected in word[1:]:
            if self._peek() != expected:
                self._fail(f"in literal {word} (expecting {quoted_rune(expected)})")
            self._take()

    def _number(self) -> None:
        if self._peek() == "-":
            self._take()
            if self._peek() not in _DIGITS:
                self._fail("in numeric literal")
        if self._peek() == "0":
            self._take()
        else:
            self._digits()
        if self._may_take("."):
            if self._peek() not in _DIGITS:
                self._fail("after decimal point in numeric literal")
            self._digits()
        if self._may_take("eE"):
            self._may_take("+-")
            if self._peek() not in _DIGITS:
                self._fail("in exponent of numeric literal")
            self._digits()

    def _digits(self) -> None:
        while self._may_take(_DIGITS):
            pass

    def _may_take(self, chars: str) -> bool:
        if self.at < len(self.text) and self.text[self.at] in chars:
            self.at += 1
            return True
        return False

    def _next_word(self) -> str:
        while self._may_take(_SPACE):
            pass
        return self._peek()

    def _peek(self) -> str:
        if self.at >= len(self.text):
            raise SyntaxFault(UNEXPECTED_END, None)
        return self.text[self.at]

    def _take(self) -> None:
        self.at += 1

    def _fail(self, context: str) -> None:
        offset = len(self.text[: self.at].encode()) + 1
        raise SyntaxFault(f"invalid character {quoted_rune(self._peek())} {context}", offset)
