"""Two orbits in every form in which they are handed out: the ISS of 1 February 2015 and one that flies nowhere."""

from __future__ import annotations

import csv
import io
import json

from render.observer.orbits.two_line import tle_checksum

# ISS (ZARYA), 2015-02-01; public, Space-Track
LINE_1 = "1 25544U 98067A   15032.46425904  .00014369  00000-0  22307-3 0  8084"
LINE_2 = "2 25544  51.6471  41.7603 0005800 315.5306 199.7210 15.54220656926915"
ISS = {
    "OBJECT_NAME": "ISS (ZARYA)",
    "OBJECT_ID": "1998-067A",
    "EPOCH": "2015-02-01T11:08:31.981056",  # day 32.46425904
    "MEAN_MOTION": 15.54220656,
    "ECCENTRICITY": 0.00058,
    "INCLINATION": 51.6471,
    "RA_OF_ASC_NODE": 41.7603,
    "ARG_OF_PERICENTER": 315.5306,
    "MEAN_ANOMALY": 199.721,
    "EPHEMERIS_TYPE": 0,
    "CLASSIFICATION_TYPE": "U",
    "NORAD_CAT_ID": 25544,
    "ELEMENT_SET_NO": 808,
    "REV_AT_EPOCH": 92691,
    "BSTAR": 0.00022307,
    "MEAN_MOTION_DOT": 0.00014369,
    "MEAN_MOTION_DDOT": 0,
}
# no real object: a number of Alpha-5, an inclination of its own
OTHER = {**ISS, "OBJECT_NAME": "ISS MADE UP", "OBJECT_ID": "2015-003B", "NORAD_CAT_ID": 270001, "INCLINATION": 98.0}


def with_checksum(line: str) -> str:
    return line[:68] + str(tle_checksum(line))


OTHER_1 = with_checksum(LINE_1.replace("25544", "T0001").replace("98067A", "15003B"))
OTHER_2 = with_checksum(LINE_2.replace("25544", "T0001").replace("51.6471", "98.0000"))
TWO_LINES = f"{LINE_1}\n{LINE_2}\n{OTHER_1}\n{OTHER_2}\n"
THREE_LINES = f"ISS (ZARYA)             \r\n{LINE_1}\r\n{LINE_2}\r\n0 ISS MADE UP\r\n{OTHER_1}\r\n{OTHER_2}\r\n"

META = ("OBJECT_NAME", "OBJECT_ID")
TLE_PART = (
    "EPHEMERIS_TYPE", "CLASSIFICATION_TYPE", "NORAD_CAT_ID", "ELEMENT_SET_NO", "REV_AT_EPOCH", "BSTAR",
    "MEAN_MOTION_DOT", "MEAN_MOTION_DDOT",
)  # fmt: skip
FIXED = {"CENTER_NAME": "EARTH", "REF_FRAME": "TEME", "TIME_SYSTEM": "UTC", "MEAN_ELEMENT_THEORY": "SGP4"}


def as_json(*objects: dict[str, object], texts: bool = False) -> str:
    """CelesTrak gives numbers, Space-Track texts, and what stands on the lines of a TLE beside them."""
    if texts:
        objects = tuple(
            {"CCSDS_OMM_VERS": "3.0", **{k: str(v) for k, v in one.items()}, "DECAY_DATE": None} for one in objects
        )
    return json.dumps(list(objects))


def as_csv(*objects: dict[str, object], quoted: bool = False) -> str:
    file = io.StringIO()
    writer = csv.DictWriter(file, list(objects[0]), quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL)
    writer.writeheader()
    writer.writerows(objects)
    return file.getvalue()


def as_xml(*objects: dict[str, object]) -> str:
    def part(tag: str, fields: dict[str, object]) -> str:
        return f"<{tag}>" + "".join(f"<{key}>{value}</{key}>" for key, value in fields.items()) + f"</{tag}>"

    messages = "".join(
        '<omm id="CCSDS_OMM_VERS" version="2.0"><header><CREATION_DATE/><ORIGINATOR/></header><body><segment>'
        + part("metadata", {**{key: one[key] for key in META}, **FIXED})
        + "<data>"
        + part("meanElements", {k: v for k, v in one.items() if k not in (*META, *TLE_PART)})
        + part("tleParameters", {key: one[key] for key in TLE_PART})
        + "</data></segment></body></omm>"
        for one in objects
    )
    space = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<ndm {space}>{messages}</ndm>\n'


def as_lines(*objects: dict[str, object]) -> str:
    units = {"INCLINATION": " [deg]", "MEAN_MOTION": " [rev/day]"}
    return "\n\n".join(
        "CCSDS_OMM_VERS = 2.0\nCOMMENT = of the test\nORIGINATOR =\n"
        + "\n".join(f"{key:<20}= {value}{units.get(key, '')}" for key, value in {**one, **FIXED}.items())
        for one in objects
    )


FORMS = {
    "celestrak.json": as_json(ISS, OTHER),
    "spacetrack.json": as_json(ISS, OTHER, texts=True),
    "celestrak.csv": as_csv(ISS, OTHER),
    "spacetrack.csv": as_csv(ISS, OTHER, quoted=True),
    "celestrak.xml": as_xml(ISS, OTHER),
    "celestrak.kvn": as_lines(ISS, OTHER),
}
