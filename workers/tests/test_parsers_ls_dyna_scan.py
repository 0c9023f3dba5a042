"""What is read at once of LS-DYNA's logs is read as line by line."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workers.parsers.ls_dyna.log import LsDynaMessag
from workers.tests import parsing

HEAD = b"     |  LS-DYNA, A Program for Nonlinear Dynamic         |\n Date: 03/04/2024      Time: 07:58:00\n"
USUAL = "%8d t %10.4E dt %8.2E %-29s 03/04/24 %02d:%02d:%02d\n"
ACTIONS = ("flush i/o buffers", "write d3plot file", "write d3dump01 file")


def cycle(at: int) -> bytes:
    minutes, seconds = divmod(at, 60)
    text = USUAL % (100 * at, at * 1e-3, 2e-7, ACTIONS[at % 3], 8, minutes, seconds)
    return text.encode()


def read(text: bytes, size: int):
    """Report and points of the log in chunks of so many bytes."""
    return parsing.read(LsDynaMessag, *(text[at : at + size] for at in range(0, len(text), size)))


ODD = (
    b"    4000 t 4.0000E-02 dt 2.00E-07 begin thermal step            03/04/24 08:00:40\n",
    b"    4000 t 4.0000E-02 dt 2.00E-07 write d3plot file             03/04/24 08:00:40\n",
    b"    4000 t 4.0000E-02 dt 0.00E+00 write d3plot file             03/04/24 08:00:40\n",
    b"    40 0 t 4.0000E-02 dt 2.00E-07 write d3plot file             03/04/24 08:00:40\n",
    b"    4000 t 4.0000E-02 dt 2.00E_07 write d3plot file             03/04/24 08:00:40\n",
    b"    4000 t    NaN     dt 2.00E-07 write d3plot file             03/04/24 08:00:40\n",
    b"******** t 4.0000E-02 dt 2.00E-07 write d3plot file             03/04/24 08:00:40\n",
    b"    4000 t 4.0000E-02 dt 2.00E-07 write d3plot file             03/04/24 08:61:40\n",
    b"    4000 t 4.0000E-02 dt 2.00E-07 write d3plot file             03/04/24 07:00:40\n",
    b"    4000 t 4.0000E-02 dt 2.00E-07 write d3plot file             13/44/24 08:00:40\n",
    b" 1234567890123456 t 4.0000E-02 dt 2.00E-07 write d3plot file    03/04/24 08:00:40\n",
    b"    4000 t 4.0000E-02 dt 2.00E-07 write " + b"9" * 9000 + b"   03/04/24 08:00:40\n",
    b"\n",
    b" *** Warning 40509 (SOL+509)\n     negative volume in brick element # 7 cycle 40\n \n",
    b" *** Warning 40509 (SOL+509)\n     negative volume in brick element # 12 cycle 40\n \n",
    b" *** Error 40509 (SOL+509)\n     negative  volume in brick element # 9 cycle 40\n \n",
    b" expanding   memory to     1000 d       2000 contact\n",
    b" kinetic energy.................   9.93442E-06\n",
    b"******** t 1.0 dt 1 x 01/01/01 00:00:00\n",
    b"\t 7 t 1_0 dt 1E0 x 01/01/01 00:00:00\n",
    b"       1 t 0.1 dt 1E0 x 13/32/01 25:61:00\r\n",
    b" *** Warning 1 (INI+1)\n     node 1 here.\n     and there\n",
    b" *** Error 2 (KEY+2)\n",
    b"     BEGIN implicit statics  step 1 t= 1\n \n",
    b"     1 2 3\n",
    b" 100 smallest timesteps\n solid 1 1 2.0E-03\n",
    b" time...........................   1.00000E-03\n kinetic energy.................   9.9E-06\n",
    b"total # of *X\n** *\nAborted (core dumped)\nKilled\n",
    b"    4000 t 4.0000E-02 dt 2.00E-07 write slurmstepd error CANCELLED  03/04/24 08:00:40\n",
    b"    4000 t 4.0000E-02 dt 2.00E-07 flush i/o buffers\n",
    b" *** Warning 40509 (SOL+509)\n     negative forrtl: severe (174) SIGSEGV in element 7.\n \n",
    b" Iteration:   1     *|du|/|u| =  1.0000000E+00     *Ei/E0 =  2.0000000E+00\n",
    b" Iteration:   1     *|du|/|u| =  1.0000000E+00     *Ei/E0 =  NaN\n",
    b" ITERATION:   9     *|du|/|u| =  1.0000000E-09     *Ei/E0 =  2.0000000E-19     more\n",
    b" BEGIN implicit dynamics step   1000 t= 1.0000E-03\n",
    b" *** Warning 1 (INI+1)\n     Massless\n 1 2 3\n 4 5 6\n 7 t 1.0 dt 2.0 x 01/01/01 00:00:00\n",
    b" x slurmstepd: error: *** JOB 1 ON n CANCELLED AT 2022 ***\n",
    b"y" * 9000 + b" t \n",
    b" 7 t " + b"1" * 9000 + b"\n",
    b"\xa0\xe4\x0c 7 t 1.0 dt 2.0 x 01/01/01 00:00:00\n",
    b" E r r o r   t e r m i n a t i o n\n",
    b" Command line options: i=a\n   b=c\n",
    HEAD,
    b"                    ls-dyna smp d R13 R13.1.1_99_0123456 date 02/03/2023\n",
    b"\0 7\0 t 1.0 d\0t 2.0 x 01/01/01 00:00:00\n",
    b"half\r 8 t 1.0 dt 2.0 x 01/01/01 00:00:00\n",
)


@pytest.mark.parametrize("odd", ODD)
def test_one_odd_line_among_cycles_is_read_as_alone(odd):
    text = HEAD + b"".join([*map(cycle, range(40)), odd, *map(cycle, range(40, 80))])
    assert repr(read(text, len(text))) == repr(read(text, 61))


@settings(max_examples=60)
@given(
    st.lists(
        st.one_of(st.integers(0, 600), st.sampled_from(ODD), st.binary(max_size=30)), max_size=12
    ),
    st.integers(1, 30),
)
def test_any_mixture_is_read_as_line_by_line(parts, times):
    blocks = (
        part * times if isinstance(part, bytes) else b"".join(map(cycle, range(part, part + times)))
        for part in parts
    )
    text = HEAD + b"".join(blocks)
    assert repr(read(text, len(text))) == repr(read(text, 83))


def test_cycles_have_their_points_and_the_lines_of_them():
    text = HEAD + b"".join(map(cycle, range(1, 60)))
    report, points = read(text, len(text))
    assert points["time_step"] == [(at / 1000, 2e-7) for at in range(1, 60)]
    assert points["wall_time_s"] == [(at / 1000, 120.0 + at) for at in range(1, 60)]
    assert report.series["wall_time_s"].last_line == 61
    assert (report.cycle, report.time, report.wall_time_s) == (5900, 0.059, 179.0)


def test_the_title_is_the_line_of_text_above_the_version_whatever_stands_between():
    version = b"                    ls-dyna smp d R13 R13.1.1_27_8731a0 date 07/28/2023\n"
    title = b" Door latch, 3rd try\n"
    between = b"\n 17 4.0 5.0\n expanding   memory to     1000 d       2000 contact\n"
    text = HEAD + b" a line of text\n" + title + between + version
    assert read(text, len(text))[0].title == "Door latch, 3rd try"
    assert read(text, len(text)) == read(text, 37)


def test_a_flood_is_counted_whatever_the_width_of_its_numbers():
    one = " *** Warning 30226 (INI+226)\n     node {} (rigidwall 1) init. penetration= 3.9500E+01\n \n"
    text = HEAD + b"".join(one.format(at).encode() for at in range(1, 1301))
    report, _ = read(text, len(text))
    assert report.warnings == 1300
    assert [message.count for message in report.messages] == [1] * 20 + [1280]
    assert report.messages[-1].line == 3 + 20 * 3
    assert read(text, len(text)) == read(text, 97)
