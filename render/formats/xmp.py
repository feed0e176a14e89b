"""An XMP packet, in which JPEG and AVIF files carry what PNG files carry as texts."""

from __future__ import annotations

from collections.abc import Mapping
from xml.sax.saxutils import escape, quoteattr

NAMESPACES = {"polarlight": "https://polarlight.invalid/ns/1.0/", "GPano": "http://ns.google.com/photos/1.0/panorama/"}
"""Prefix -> namespace. The first is a name only; the second is that of panoramas (Google Photo Sphere XMP)."""
LARGEST_BYTES = 64_000  # that a segment of JPEG holds, less its head


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
