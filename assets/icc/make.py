#!/usr/bin/env python3
"""Writes srgb.icc: the sRGB profile that LittleCMS (MIT licence) makes, with a fixed date. Needs Pillow 13.0.0."""
from pathlib import Path

from PIL import ImageCms

CREATED = bytes.fromhex("07ea 0001 0001 0000 0000 0000")  # 2026-01-01T00:00:00, in six 16-bit numbers (ICC.1, 4.2)

profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
profile[24:36] = CREATED
profile[84:100] = bytes(16)  # The profile's id: 0 says that none was computed (ICC.1, 7.2.18).
Path("srgb.icc").write_bytes(profile)
print(len(profile), "bytes")
