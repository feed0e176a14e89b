"""What a picture says of itself: EXIF 2.32 of its moment, as cameras write it (by Pillow), and XMP.

XMP is where JPEG and AVIF files carry what PNG files carry as texts.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from xml.sax.saxutils import escape, quoteattr

import numpy as np
from PIL import ExifTags
from PIL import Image as Pillow
from PIL.TiffImagePlugin import IFDRational

from render.core import __version__
from render.core.geodesy import geodetic_from_itrs
from render.frame.moment import Moment
from render.observer.ephemeris import azimuth_elevation

MAKER = "polarlight"  # of "camera" and model alike: no real camera's name on a picture that none took
LARGEST_ISO = 65535  # that the 16 bits of EXIF's sensitivity hold
_FINEST = 1_000_000  # largest denominator of rationals
NAMESPACES = {"polarlight": "https://polarlight.invalid/ns/1.0/", "GPano": "http://ns.google.com/photos/1.0/panorama/"}
"""Prefix -> namespace. The first is a name only; the second is that of panoramas (Google Photo Sphere XMP)."""
LARGEST_BYTES = 64_000  # that a segment of JPEG holds, less its head


def exif_of(moment: Moment, description: str = "") -> Pillow.Exif:
    """Return when, where and how a picture was taken; the place is that below the observer, with its altitude.

    Time is UTC. The focal length is that at the picture's middle, mm.
    """
    camera, at = moment.camera, moment.epoch.isoformat()  # 2015-01-28T09:45:00.250000Z
    day, _, clock = at.rstrip("Z").partition("T")
    seconds, _, fraction = clock.partition(".")
    found = Pillow.Exif()
    base = ExifTags.Base
    found[base.Make], found[base.Model] = MAKER, MAKER
    found[base.Software] = f"{MAKER} {__version__}"
    if description:
        found[base.ImageDescription] = description
    focal_mm = 1e3 * math.sqrt(camera.photosite_area_m2 / abs(np.linalg.det(camera.tangent_from_pixel)))
    found.get_ifd(ExifTags.IFD.Exif).update(
        {
            base.ExifVersion: b"0232",
            base.DateTimeOriginal: f"{day.replace('-', ':')} {seconds}",
            base.OffsetTimeOriginal: "+00:00",
            base.SubsecTimeOriginal: fraction or "0",
            base.ExposureTime: _ratio(camera.exposure_s),
            base.FNumber: _ratio(camera.f_number),
            base.ISOSpeedRatings: min(round(camera.iso), LARGEST_ISO),
            base.FocalLength: _ratio(round(focal_mm, 2)),
        }
    )
    found.get_ifd(ExifTags.IFD.GPSInfo).update(_gps(moment, day, seconds))
    return found


def tiff_of(exif: Pillow.Exif | None) -> bytes:
    """Return EXIF as the bytes of a TIFF file, as PNG has it; none of None."""
    return exif.tobytes().removeprefix(b"Exif\0\0") if exif else b""


def _gps(moment: Moment, day: str, clock: str) -> dict[int, object]:
    """Return the GPS block: the observer's place on WGS84."""
    latitude, longitude, altitude_km = (float(part) for part in geodetic_from_itrs(moment.position_km))
    gps = ExifTags.GPS
    return {
        gps.GPSVersionID: b"\2\3\0\0",
        gps.GPSLatitudeRef: "N" if latitude >= 0.0 else "S",
        gps.GPSLatitude: _sexagesimal(latitude),
        gps.GPSLongitudeRef: "E" if longitude >= 0.0 else "W",
        gps.GPSLongitude: _sexagesimal(longitude),
        gps.GPSAltitudeRef: b"\0" if altitude_km >= 0.0 else b"\1",
        gps.GPSAltitude: _ratio(round(abs(altitude_km) * 1e3, 1)),
        gps.GPSTimeStamp: tuple(_ratio(float(part)) for part in clock.split(":")),
        gps.GPSMapDatum: "WGS-84",
        gps.GPSDateStamp: day.replace("-", ":"),
    }


def _sexagesimal(angle_deg: float) -> tuple[IFDRational, ...]:
    """Return degrees, minutes and seconds to a tenth, without the sign."""
    tenths = round(abs(angle_deg) * 36000.0)
    return IFDRational(tenths // 36000), IFDRational(tenths // 600 % 60), IFDRational(tenths % 600, 10)


def _ratio(value: float) -> IFDRational:
    found = Fraction(value).limit_denominator(_FINEST)
    return IFDRational(found.numerator, found.denominator)


def panorama_of(moment: Moment) -> dict[str, str]:
    """Return what viewers of panoramas ask for, by property of XMP; nothing for a picture that is not a whole sphere.

    Headings are those of the middle column, clockwise from north.
    """
    camera = moment.camera
    if camera.projection != "equirectangular" or camera.columns != 2 * camera.rows:
        return {}
    heading_deg = azimuth_elevation(np.asarray(camera.itrs_from_camera)[:, 2], moment.position_km)[0]
    width, height, heading = str(camera.columns), str(camera.rows), f"{float(heading_deg) % 360.0:.2f}"
    told = {
        "UsePanoramaViewer": "True", "ProjectionType": "equirectangular",
        "CroppedAreaImageWidthPixels": width, "CroppedAreaImageHeightPixels": height,
        "FullPanoWidthPixels": width, "FullPanoHeightPixels": height,
        "CroppedAreaLeftPixels": "0", "CroppedAreaTopPixels": "0",
        "PoseHeadingDegrees": heading, "InitialViewHeadingDegrees": heading,
    }  # fmt: skip
    return {f"GPano:{name}": value for name, value in told.items()}


def xmp_packet(texts: Mapping[str, str]) -> bytes:
    """Return a packet of texts by property; a name without a prefix is one of polarlight's.

    What is too long for a JPEG's segment is left out, the longest first.
    """
    kept = dict(texts)
    while len(packet := _packet(kept)) > LARGEST_BYTES and kept:
        del kept[max(kept, key=lambda name: len(kept[name]))]
    return packet


def _packet(texts: Mapping[str, str]) -> bytes:
    named = {name if ":" in name else f"polarlight:{name}": text for name, text in texts.items()}
    spaces = " ".join(f"xmlns:{prefix}={quoteattr(uri)}" for prefix, uri in NAMESPACES.items())
    properties = "".join(f"<{name}>{escape(text)}</{name}>\n" for name, text in named.items())
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n'
        f'<rdf:Description rdf:about="" {spaces}>\n{properties}</rdf:Description>\n'
        '</rdf:RDF></x:xmpmeta>\n<?xpacket end="r"?>'
    ).encode()
