#!/usr/bin/env python3
"""Cuts Ikrar's print fonts out of Debian's, and names them anew as the Open Font License asks of a changed font.

Needs fonttools (Debian: python3-fonttools). Run in this folder:

    apt-get download fonts-ebgaramond-extra fonts-lato
    for deb in *.deb; do dpkg-deb -x "$deb" source; done
    python3 subset.py source/usr/share/fonts/truetype
    sha256sum *.ttf > SHA256SUMS
"""
import copy
import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

FACES = [
    ("ebgaramond/EBGaramond12-Regular.ttf", "ikrar-serif.ttf", "Ikrar Serif", "Regular"),
    ("lato/Lato-Regular.ttf", "ikrar-sans.ttf", "Ikrar Sans", "Regular"),
    ("lato/Lato-Bold.ttf", "ikrar-sans-bold.ttf", "Ikrar Sans", "Bold"),
]
CHARACTERS = [
    *range(0x20, 0x7F),  # Basic Latin
    *range(0xA0, 0x180),  # Latin-1 Supplement, Latin Extended-A
    *range(0x218, 0x21C),  # Romanian S and T with comma below
    0x2013, 0x2014, 0x2018, 0x2019, 0x201A, 0x201C, 0x201D, 0x201E, 0x2022, 0x2026, 0x2039, 0x203A, 0x20AC,
]
RARE = set(map(ord, "#$*+<=>@\\^_`{|}~"))  # In no name or title, and seldom in a text.
BASIC = [*sorted(set(range(0x20, 0x7F)) - RARE), 0x2013, 0x2014, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2026]
MARK = 0x25A1  # A white square: stands where a character can't be printed.
EXTENDED = [
    *CHARACTERS,
    0x1A0, 0x1A1, 0x1AF, 0x1B0,  # Vietnamese O and U with horn
    *range(0x1CD, 0x1DD), *range(0x1E6, 0x1E8), *range(0x1F8, 0x1FA),  # Carons and graves of romanised names
    0x2BE, 0x2BF,  # Hamza and ain
    *range(0x1E00, 0x1F00),  # Latin Extended Additional
    MARK,
]


def cut(source: Path, characters: list[int]) -> TTFont:
    options = subset.Options()
    options.glyph_names = False
    options.hinting = False
    options.layout_features = []
    options.legacy_kern = False
    options.name_IDs = [0, 1, 2, 4, 6, 13, 14]
    options.name_legacy = False
    options.notdef_outline = True
    options.recalc_bounds = True
    options.drop_tables += ["FFTM", "GDEF", "GPOS", "GSUB", "PfEd", "DSIG", "kern"]
    font = TTFont(source, recalcTimestamp=False)
    missing = set(characters) - set(font.getBestCmap())
    if missing:
        print(source.name, "lacks", " ".join(f"U+{c:04X}" for c in sorted(missing)))
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=characters)
    cutter.subset(font)
    return font


def named(font: TTFont, family: str, style: str) -> None:
    for record in list(font["name"].names):
        words = {1: family, 2: style, 4: f"{family} {style}", 6: f"{family} {style}".replace(" ", "-")}
        if record.nameID in words:
            font["name"].setName(words[record.nameID], record.nameID, record.platformID, record.platEncID, record.langID)


def with_mark(font: TTFont) -> None:
    """A face without the mark gets it as a copy of its box for missing glyphs."""
    if MARK in font.getBestCmap():
        return
    font["glyf"]["mark"] = copy.deepcopy(font["glyf"][".notdef"])
    font["hmtx"]["mark"] = font["hmtx"][".notdef"]
    for table in font["cmap"].tables:
        if table.isUnicode():
            table.cmap[MARK] = "mark"


def in_order_of(font: TTFont, first: list[str]) -> None:
    """The glyphs of `first` keep their numbers; the others follow. A page then fits both cuts of a face."""
    for tag in font.keys():
        if tag != "GlyphOrder":
            font[tag]
    glyphs = {name: font["glyf"][name] for name in font.getGlyphOrder()}
    order = [*first, *(name for name in font.getGlyphOrder() if name not in set(first))]
    font.setGlyphOrder(order)
    font["glyf"].glyphOrder = order
    font["glyf"]._reverseGlyphOrder = {}
    font["glyf"].glyphs = {name: glyphs[name] for name in order}


def bare(font: TTFont) -> None:
    """Leaves the tables that a PDF needs, and the map of characters that the program reads."""
    for tag in ("OS/2", "name", "gasp"):
        if tag in font:
            del font[tag]
    font["post"].formatType = 3.0
    font["cmap"].tables = [table for table in font["cmap"].tables if (table.format, table.platformID) == (4, 3)][:1]


def main(fonts: Path) -> None:
    for source, target, family, style in FACES:
        plain = cut(fonts / source, CHARACTERS)
        extended = cut(fonts / source, EXTENDED)
        with_mark(extended)
        in_order_of(extended, plain.getGlyphOrder())
        basic = cut(fonts / source, BASIC)
        names = basic.getBestCmap()
        in_order_of(basic, [".notdef", *(names[character] for character in BASIC)])
        path = {name: Path(target.replace(".ttf", f"{name}.ttf")) for name in ("", "-extended", "-basic")}
        for font, path in [(plain, path[""]), (extended, path["-extended"]), (basic, path["-basic"])]:
            named(font, family, style)
            if font is basic:
                bare(font)
            font.save(path, reorderTables=True)
            print(path, path.stat().st_size, "bytes,", font["maxp"].numGlyphs, "glyphs")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
