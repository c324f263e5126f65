"""Texts of strangers made harmless: what is invisible, or would steer a terminal, is shown by name."""

from __future__ import annotations

import re

HIDDEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters, the start of every terminal command among them
    r"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u3164\ufeff\uffa0\ufff9-\ufffb"
    r"\u2028-\u202e\u2060-\u206f"  # line separators; overrides of the writing direction
    r"\ud800-\udfff\ufffe\uffff\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"  # no characters at all; tags
    # Joiners and variation selectors are part of scripts and emoji, but neither after ASCII nor in a row.
    r"|(?<![^\x00-\x7f])[\u200c\u200d]|(?<=[\u200c\u200d])[\u200c\u200d]"
    r"|(?<=[\ufe00-\ufe0f])[\ufe00-\ufe0f]"
)
_PAINT = r"(?:\x1b\[[\d;]*m)*"  # our own colours may stand between
_COMMAND = (  # compiled on first use
    rf"(?m)^(?P<start>(?:[^\S\n]|\x1b\[[\d;]*m)*):(?={_PAINT}:)"
    rf"|(?P<hash>#{_PAINT})#(?={_PAINT}(?:vso|teamcity)?{_PAINT}\[)"
)


def visible(text: str) -> str:
    r"""The text with every hidden character shown (`␛`, `\u202e`); only `\n` and `\t` keep their effect."""
    text = text.replace("\r\n", "\n")
    if text.isascii() and text.isprintable():
        return text
    return HIDDEN.sub(_name, text)


def visible_space(text: str) -> str:
    """The text with its white space shown too, for two texts that differ in nothing else."""
    text = text.replace("\r\n", "␍\n").replace(" ", "·").replace("\t", "⇥").replace("\n", "⏎\n")
    return re.sub(r"[^\S\n]", lambda match: escaped(match[0]), visible(text)).removesuffix("\n")


def inert(text: str) -> str:
    """The text with what a CI system would take from a log as a command shown by a sign like it.

    GitHub runs a line that begins with `::`, white space before it or not, and `##[…]` anywhere in a line;
    Azure Pipelines runs `##vso[…]` and TeamCity `##teamcity[…]`. So the first colon becomes `∶` and the
    second `#` becomes `♯`: an answer of a model can end up in the log of a job that holds secrets.
    """
    return re.sub(_COMMAND, _unlike, text) if ":" in text or "#" in text else text


def _unlike(match: re.Match[str]) -> str:
    return f"{match['hash']}♯" if match["hash"] else f"{match['start']}∶"


def escaped(character: str) -> str:
    r"""The character as `\xNN`, `\uNNNN` or `\UNNNNNNNN`."""
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _name(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else escaped(match[0])
