#!/usr/bin/env python3
"""Cuts Ikrar's print fonts out of Debian's, and names them anew as the Open Font License asks of a changed font.

Needs fonttools (Debian: python3-fonttools). Run in this folder:

    apt-get download fonts-ebgaramond-extra fonts-lato
    for deb in *.deb; do dpkg-deb -x "$deb" source; done
    python3 subset.py source/usr/share/fonts/truetype
    sha256sum *.ttf > SHA256SUMS
"""
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


def main(fonts: Path) -> None:
    for source, target, family, style in FACES:
        options = subset.Options()
        options.glyph_names = False
        options.hinting = False
        options.layout_features = []
        options.legacy_kern = False
        options.name_IDs = [0, 1, 2, 4, 6, 13, 14]
        options.name_legacy = False
        options.notdef_outline = True
        options.recalc_bounds = True
        options.recalc_timestamp = False
        options.drop_tables += ["FFTM", "GDEF", "GPOS", "GSUB", "PfEd", "DSIG", "kern"]
        font = TTFont(fonts / source)
        missing = set(CHARACTERS) - set(font.getBestCmap())
        if missing:
            print(f"{target} lacks", " ".join(f"U+{c:04X}" for c in sorted(missing)))
        cutter = subset.Subsetter(options)
        cutter.populate(unicodes=CHARACTERS)
        cutter.subset(font)
        for record in list(font["name"].names):
            named = {1: family, 2: style, 4: f"{family} {style}", 6: f"{family} {style}".replace(" ", "-")}
            if record.nameID in named:
                font["name"].setName(
                    named[record.nameID], record.nameID, record.platformID, record.platEncID, record.langID
                )
        font.save(target, reorderTables=True)
        print(target, Path(target).stat().st_size, "bytes,", font["maxp"].numGlyphs, "glyphs")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
