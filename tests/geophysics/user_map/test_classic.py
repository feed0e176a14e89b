"""Classic NetCDF files, against files that another library wrote."""

from __future__ import annotations

import base64
import zlib
from pathlib import Path

import numpy as np
import pytest

from render.core.epoch import Epoch
from render.geophysics.user_map.classic import read_classic
from render.geophysics.user_map.file import read_user_map

# Made for this test (public domain) with Unidata's netCDF C library 4.9 through netCDF4-python, zlib, base 85. Of each
# version: both_hemispheres = 1; colat [18, 20, 22] int16; mlt [0, 6, 12, 18]; time 0 and 60 s, a record dimension;
# energy_flux [time, colat, mlt], int16 0 to 23, scale_factor 0.5, its last value the _FillValue; mean_energy 1 to 12,
# missing_value -1e31; a text, and bytes [time, 5] whose records are padded.
WRITTEN = {
    '1': (
        'c-nPSJ5Rz;6h3W15JB-p7#z?L<3cC|5;Z1bG|Wzn*4kd6u@BQ*d~CA0nD|p1937mT9Q^_Q1N{ehE<J^6^d?`v`#6v9oSq&YwIu+M'
        '5g9~6Ag~+;;Yu2wtq0*=5peABN!Up)*&wnMBY)-veXY+Ni(mAa&v;}@NCsA5Q*dFgc%~`#bBNThe34H!@*TKVz^A?`ll6QyPBGS&'
        '#_Ok;#;C6U{F8le;PYt>dAxoWdapd+Bp(H)OQsxeu^vhE_Fs;5&J52rd5K%D!Af<t)~u+tN`1Se?(8<2yQ&)6CPF9;(F^7>zjvc`'
        '?ZGv~G{ox>cNwj1*>*>_2W;|vq|qqU!wubLT30s$&&TtOc-#M&)bd+r1~XO-=cHcclUPNhZK20ux~qkvBKx=&`Hy(YIqQgh4hI2C'
        '?`fA4nW2_f?f&yF{aB{+DZ0JK=0S$(%t5Sv?7wmhORxfk+i~w(F8~KE!~=kSW|$(!{#WSGBF9#mI8VGnTqIs2E)j1Kmx(utw*Y?V'
        'kx^d)XJ-ayHx0A+2hB-h4TnQ~-^1?YU>+85vKCSEGOAvM!e|uPd;<*PYTf'
    ),
    '2': (
        'c-nPSJ5Rz;6h3W15y7{{!2u01F2qVSQDb6_#@WFzT1$I@#@p8P79X2zE++mIe}a><qobpn{sTOho<b#ZlP~Aqp4WFCJw7>A0YD;;'
        '$Vf!4#~?mgJK$Cn-!%!3_g>OY@yP~JpcpgtAZnQ{=DFg!#X=?$TS7K+BTm7ky%so*yiX#=hw>#pg~Ye*yO9|9jytRwvR;ZFw;ZY7'
        'Q#=*29Tg+n3fiF<)G<S<56SyB2p#g%U~tq_uCG+T6w;5%wJMk$_>L$E*SA@zs&DO7^sP#Dx1{gwZ}05udTg5^$h2p&H_T^Y^WJRm'
        '_8p|Sq-&Gk^5&__dClT&)}NQs?Z%vhZE<EcEISH9e2+=p;b*_5VXk@1xM_PA)lJclwM?AOB`1$rz8MoseA0Z>e`0D^tS0Y8Tn=nO'
        ')4b_ZjrqKpPv4KZmomLC$@M3-Cn^kf5mJ4id1xHwU;&mMdb2QI0gepBGk{gM9hvL!C$==m*&t7YCT}c|q-u>7k|mOBB+De%Np1lA'
        ';iMwR4DQqz?sX0(@b8*b<mq%es6W6i6=4ddapPu@^E|R%gr#mbvH1mZXltV'
    ),
    '5': (
        'c-oCr%TB^T6rECD^6-hog$p#qxFHlGi4qfPG<*U}YiS2)oVKJ>eC%Y$#>7wY6I}Tnet?NC+~WXuplymW$>cDXd+(fcdfUsZW(>_%'
        'gzXgkj&gJj6C?kMX*N;a#aZNNl6jQZ3znyj?TqKH$=Yn&Zcpi9)1dtxb};qU!k*T;hD)%&R<w0}f@wG>mhclim<hyU1Iuu!zi&dv'
        'T?bF8%(W%q%Fht3f=AOT{bN0Q;LwF9Qy-x15BKlhcJx3mG4LEBes0mQXC`>^SK)R*v1VI3El|VKaG@$yY9*;ss-704v-(M`E=hs;'
        '03dKqV+%XoN2Nms4`>PRFu!<CN@*H|v{W*{zPK<RFLY2%C0OaGnrl1k9OpTW5C5Eo=u0tnWzD><mZ`7*9_Z+E9VS*SWhN%*cNqW3'
        'A9sqkxW#*9*`PCPyUN{M;)4IX^87VQz7{>P8{m}*%)Gb%e?Ig17@=*HL;0s^Tz*67LT38~A+@dP6E2PKS*8qyGE~YiopKHk+>-YJ'
        '3xJ1!MZhD#;{dM+;~HhNA7}4u60NbXPFk3(;c&?QKWDCH(K^~-Z^ahlyu(=UqWpNwbAAB^p=xs'
    ),
    'one': (
        'c-nJzabsj)U|<4bE-1}Xl9`*z00E2@5Sp0*0k}cpAe;!{Gr`m%sR60y0OAC&I1`Z1!oUguFAf9u'
    ),
}  # fmt: skip
VERSIONS = ("1", "2", "5")


def written(name: str, folder: Path, ending: str = ".nc") -> Path:
    """Write one of the files."""
    path = folder / f"{name}{ending}"
    path.write_bytes(zlib.decompress(base64.b85decode(WRITTEN[name])))
    return path


@pytest.mark.parametrize("version", VERSIONS)
def test_header_and_numbers_are_those_that_were_written(version: str, tmp_path: Path) -> None:
    file = read_classic(written(version, tmp_path))
    assert file.attributes == {"both_hemispheres": 1, "title": "odd"}
    flux = file.variables["energy_flux"]
    assert (flux.dims, flux.shape) == (("time", "colat", "mlt"), (2, 3, 4))
    assert flux.attributes == {"scale_factor": 0.5, "units": "erg/cm^2/s", "_FillValue": -1}
    assert np.array_equal(file.values("energy_flux").ravel(), [*range(23), -1])
    assert np.array_equal(file.values("mean_energy").ravel(), np.arange(1.0, 13.0))
    assert file.values("colat").tolist() == [18, 20, 22]
    assert file.values("time").tolist() == [0, 60]
    assert file.values("word").tobytes() == b"abcde"
    assert (file.values("odd") == 1).all()


def test_records_of_a_single_variable_are_not_padded(tmp_path: Path) -> None:
    assert np.array_equal(read_classic(written("one", tmp_path)).values("a"), np.arange(6).reshape(2, 3))


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("ending", [".nc", ".cdf"])
def test_a_classic_file_is_a_map(version: str, ending: str, tmp_path: Path) -> None:
    pytest.importorskip("xarray")
    found = read_user_map(written(version, tmp_path, ending))
    assert (found.system, found.mirrored, found.latitude.nodes.tolist()) == (
        "magnetic_local_time", True, [68.0, 70.0, 72.0],
    )  # fmt: skip
    assert found.times.first == Epoch.parse("2015-01-28T09:45:00Z")
    assert found.flux[0].tolist() == [[4.0, 4.5, 5.0, 5.5], [2.0, 2.5, 3.0, 3.5], [0.0, 0.5, 1.0, 1.5]]
    assert found.flux[1, 0].tolist() == [10.0, 10.5, 11.0, 0.0]  # colatitude 22 deg is the lowest latitude
    assert found.warnings == (
        f"{tmp_path / version}{ending}: energy_flux: 1 of 24 values are no data (NaN or fill) and taken as 0",
    )


@pytest.mark.parametrize("version", VERSIONS)
def test_a_file_cut_short_is_told_wherever_it_ends(version: str, tmp_path: Path) -> None:
    path = written(version, tmp_path)
    whole = path.read_bytes()
    for length in range(4, len(whole) - 8, 7):
        path.write_bytes(whole[:length])
        with pytest.raises(ValueError, match="the file ends within its"):
            file = read_classic(path)
            for name in file.variables:
                file.values(name)
