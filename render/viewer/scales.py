"""Scales of false colour that grow evenly in lightness and are told apart by the colour-blind.

Every fourth of 256 colours, linear between: within 3 of 255 of the whole tables.
"""

from __future__ import annotations

from functools import cache

import numpy as np

SCALES = {
    "cividis": (  # Nunez, Anderton & Renslow 2018, PLoS ONE 13, e0199239
        "00224e00255400285b002b62002e6a0030700533711235701a386f213b6e273e6e2d416d32436d36466c3b496c3f4c6c"
        "434e6c47516c4b546c4f576c535a6d565c6d5a5f6e5e626e61656f656870686a716c6d726f7073727374767676797977"
        "7d7c78807f788482798885788c8878908b78938e789791779b94769f9775a39a74a79d73aba072afa471b4a76fb8aa6e"
        "bcae6cc0b16ac4b468c8b866cdbb63d1bf61d5c25edac65bdec958e2cd54e7d150ebd44bf0d846f5dc41f9e03afee434"
        "fee838"
    ),
    "viridis": (  # Smith & van der Walt 2015 (matplotlib, CC0)
        "44015446075a470d6047136548186a481d6f482374482878472d7b46327e453781443b844240864045883e49893d4e8a"
        "3b528b39568c375b8d355f8d33638d31678e2f6b8e2e6f8e2c728e2a768e297a8e277e8e26828e25858e23898e228d8d"
        "21918c1f948c1f988b1e9c891fa08820a38622a78525ab8228ae802db27d32b67a38b9773fbc7346c06f4ec36b56c667"
        "5ec96267cc5c70cf577ad15184d44b8ed64598d83ea2da37addc30b8de29c2df23cde11dd8e219e2e418ece51bf6e620"
        "fde725"
    ),
}
"""Name -> red, green, blue, two hexadecimal digits each, of colours 0, 4, ... 252 and 255."""
PLACES = (*range(0, 256, 4), 255)


@cache
def colours_of(scale: str) -> np.ndarray:
    """Return the colours of a scale, uint8 [256, 3], from the darkest."""
    nodes = np.frombuffer(bytes.fromhex(SCALES[scale]), np.uint8).reshape(-1, 3)
    channels = [np.interp(np.arange(256), PLACES, nodes[:, channel]) for channel in range(3)]
    return np.rint(np.stack(channels, axis=-1)).astype(np.uint8)
