"""LS-DYNA's files: tables of what single lines tell, the real logs of others, and the fast way through a log."""

import re

import pytest

from workers.parsers import claimant
from workers.parsers.ls_dyna.databases import LsDynaGlstat, LsDynaMatsum
from workers.parsers.ls_dyna.log import LsDynaMessag, LsDynaScreen
from workers.parsers.ls_dyna.status import LsDynaStatus
from workers.parsers.report import Message
from workers.tests.logcorpus import each_source
from workers.tests.parsing import claimed_report, points_of, report_of

BOX = """      Date: 03/02/2026      Time: 08:00:00
     |  LS-DYNA, A Program for Nonlinear Dynamic         |
     |  Date    : 02/03/2023    Time: 10:11:12           |
     |  Version : smp d R13                              |
     |  Revision: R13.1.1-99-g0123456789                 |
     |  Hostname   : node07                              |
"""
OLD_BOX = """      Date: 11/21/2019      Time: 09:29:19
     |  LS-DYNA, A Program for Nonlinear Dynamic       |
     |  Version : smp d R10.1.0   Date: 01/12/2018     |
     |  Revision: 123264          Time: 16:34:46       |
"""
CYCLE = "     236 t 4.9789E-02 dt 2.12E-04 write d3plot file            03/02/26 08:00:09\n"
NORMAL = " N o r m a l    t e r m i n a t i o n                          03/02/26 08:00:17\n"
ERROR = " E r r o r   t e r m i n a t i o n                             03/02/26 08:00:17\n"
KILL_FILE = " *** kill file detected - terminating ****\n"
LIMIT = (
    "slurmstepd: error: *** JOB 42189 ON n1 CANCELLED AT 2022-04-14T16:17:16 DUE TO TIME LIMIT ***"
)
GLSTAT = " A title\n                    ls-dyna smp d R13 R13.1.1_99_0123456 date 02/03/2023\n"


# --- which file it is


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (" License option : check network license only\n" + BOX, "ls-dyna.screen"),
        ("Lmod: loading ls-dyna\nnode01\n License option : check ansys licenses only\n", "ls-dyna.screen"),
        ("\n\n" + BOX, "ls-dyna.messag"),
        (OLD_BOX + "\n            L I S T   O F   K E Y W O R D   C O U N T S   \n", "ls-dyna.d3hsp"),
        (" allocating  memory to    20000000 d     1975081 Initial allocation\n", "ls-dyna.messag"),
        (GLSTAT + "\n dt of cycle       1 is controlled by dt2ms     \n", "ls-dyna.glstat"),
        (GLSTAT + "\n time =   0.0000E+00\n mat.#=    1             inten=   0.0000E+00\n", "ls-dyna.matsum"),
        (GLSTAT + "\n contact interface energy file, time= 0.0000000E+00\n", "ls-dyna.sleout"),
        (GLSTAT + "{BEGIN LEGEND}\n", "ls-dyna.database"),
        ("\n                         ls-dyna smp.123264 d           date 01/12/2018\n", "ls-dyna.database"),
        (" cpu time per zone cycle............         0 nanoseconds\n", "ls-dyna.status"),
        ("*KEYWORD\n$ |  LS-DYNA, A Program for Nonlinear Dynamic\n", None),
        ("*KEYWORD\n*TITLE\n     |  LS-DYNA, A Program for Nonlinear Dynamic |\n", None),
        ("$ made with ls-dyna smp d R13 date 02/03/2023\n*KEYWORD\n", None),
        ("we ran ls-dyna smp yesterday\n", None),
        ("", None),
    ],
)  # fmt: skip
def test_a_file_is_known_by_its_head(head, name):
    parser = claimant(head.encode())

    assert (parser.name if parser else None) == name


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-8-sig"])
def test_a_screen_that_a_shell_wrote_in_its_own_encoding_is_read(encoding):
    log = " License option : check network license only\n" + BOX + CYCLE + NORMAL

    report = claimed_report(log.encode(encoding))

    assert (report.role, report.status, report.cycle) == ("screen", "normal", 236)


@pytest.mark.parametrize(
    ("text", "role"),
    [
        (BOX, "messag"),
        (BOX + " expanding   memory to       20720 d     1975268  \n", "messag"),
        (BOX + "            L I S T   O F   K E Y W O R D   C O U N T S   \n", "d3hsp"),
        (BOX + " Executing with LSTC network license\n", "screen"),
    ],
)
def test_a_log_says_below_its_banner_which_it_is(text, role):
    assert report_of(LsDynaMessag, text).role == role


# --- how it ended


@pytest.mark.parametrize(
    ("text", "status", "reason", "cause"),
    [
        ("", "running", None, None),
        (CYCLE, "running", None, None),
        (" *** termination time reached ***\n", "running", None, None),
        (" *** termination time reached ***\n" + NORMAL, "normal", "N o r m a l    t e r m i n a t i o n", None),
        (NORMAL[:30], "running", None, None),
        (KILL_FILE + CYCLE, "running", None, None),
        (KILL_FILE + CYCLE + NORMAL, "other", "*** kill file detected - terminating ****", "killed by user"),
        (
            " *** termination due to sense switch: stop ***\n" + ERROR,
            "other", "*** termination due to sense switch: stop ***", "killed by user",
        ),
        (
            " *** termination due to mass increase ***\n" + NORMAL,
            "other", "*** termination due to mass increase ***", "energy error",
        ),
        (ERROR, "error", "E r r o r   t e r m i n a t i o n", "unknown"),
        (
            " *** Error 40509 (SOL+509)\n     negative volume in brick element 7\n\n" + ERROR,
            "error", "40509 (SOL+509) negative volume in brick element 7", "negative volume",
        ),
        (
            " *** Error 10141 (KEY+141)\n     Load curve id 100 is undefined\n \n" + ERROR,
            "error", "10141 (KEY+141) Load curve id 100 is undefined", "input error",
        ),
        (
            " *** Error 10126 (KEY+126)\n     Unable to open include file parts.k\n \n" + ERROR,
            "error", "10126 (KEY+126) Unable to open include file parts.k", "missing file",
        ),
        # An error that the run survives.
        (" *** Error 30059 (INI+59)\n     odd\n \n" + NORMAL, "normal", "N o r m a l    t e r m i n a t i o n", None),
        (CYCLE[:50] + LIMIT + "\n", "other", LIMIT, "wall limit"),
        (NORMAL + LIMIT + "\n", "normal", "N o r m a l    t e r m i n a t i o n", None),
        (
            "forrtl: error (78): process killed (SIGTERM)\n",
            "other", "forrtl: error (78): process killed (SIGTERM)", "killed by system",
        ),
        (
            "forrtl: severe (174): SIGSEGV, segmentation fault occurred\n",
            "error", "forrtl: severe (174): SIGSEGV, segmentation fault occurred", "crash",
        ),
        (
            "[license/error] *** ANSYS LICENSE MANAGER ERROR ***\n",
            "error", "[license/error] *** ANSYS LICENSE MANAGER ERROR ***", "licence",
        ),
        ("[license/error] *** ANSYS LICENSE MANAGER ERROR ***\n Executing with ANSYS license\n", "running", None, None),
        (
            " *** termination due to out-of-range forces\n" + NORMAL,
            "error", "*** termination due to out-of-range forces", "energy error",
        ),
        (
            " *** NaN detected.  Please check message file from processor for detail.\n"
            " *** Error NaN detected on processor #         30  <<<\n" + ERROR,
            "error", "NaN detected on processor # 30 <<<", "energy error",
        ),
        # A step that a shorter one follows is no end.
        (" *** This implicit time step is being terminated\n" + NORMAL, "normal", "N o r m a l    t e r m i n a t i o n", None),
        (
            " *** This implicit time step is being terminated\n" + ERROR,
            "error", "*** This implicit time step is being terminated", "no convergence",
        ),
        (
            " termination due to mass increase\n" + NORMAL,
            "other", "termination due to mass increase", "energy error",
        ),
        (
            " *** Error 10149 (KEY+149)\n     can find no program for cases\n\n Error termination\n",
            "error", "10149 (KEY+149) can find no program for cases", "input error",
        ),
        (
            " *** Error 40455 (SOL+455)\n     NaN detected on processor #         3\n \n" + ERROR,
            "error", "40455 (SOL+455) NaN detected on processor # 3", "energy error",
        ),
        (
            " *** Error 60315 (IMP+315)\n     nonlinear solver failed to find equilibrium\n \n" + ERROR,
            "error", "60315 (IMP+315) nonlinear solver failed to find equilibrium", "no convergence",
        ),
        (
            " *** Warning 60124 (IMP+124)\n     2 negative eigenvalues detected\n \n"
            " *** Error 60109 (IMP+109)\n     terminating: MF2 Initialization error 0\n \n" + ERROR,
            "error", "60109 (IMP+109) terminating: MF2 Initialization error 0", "singular matrix",
        ),
        (
            " *** Error 70021 (OTH+21)\n     Memory is set        500000 words short\n \n" + ERROR,
            "error", "70021 (OTH+21) Memory is set 500000 words short", "out of memory",
        ),
        (NORMAL + BOX, "running", None, None),
        (" *** Error 1 (KEY+1)\n     x\n \n" + ERROR + BOX + NORMAL, "normal", "N o r m a l    t e r m i n a t i o n", None),
    ],
)  # fmt: skip
def test_a_log_says_how_the_run_ended(text, status, reason, cause):
    report = report_of(LsDynaScreen, BOX + text)

    assert (report.status, report.status_reason, report.cause) == (status, reason, cause)
    assert (report.cause_line is None) == (cause in (None, "unknown"))


# --- what single lines tell


@pytest.mark.parametrize(
    ("line", "fact"),
    [
("     |  Version : smp d R16     |\n     |  Revision: R16.1-180-gd50332dbe5                  |", {"solver_version": "R16.1-180-gd50332dbe5"}),
        (" termination time                  = 5.000E+00", {"end_time": 5.0}),
        ("    termination time...............................    0.1000E+02", {"end_time": 10.0}),
        (" estimated clock time to complete  =   1338249 sec (     371 hrs 44 mins)", {"eta_s": 1338249.0}),
        (" Elapsed time   47971 seconds for54773890 cycles using  2 SMP threads", {"wall_time_s": 47971.0, "cores": 2}),
        (" Elapsed time      51 seconds(   0 hours  0 min. 51 sec.) for   19862 cycles", {"wall_time_s": 51.0}),
        (" Elapsed time       0 second  for       1 cycles using  4 SMP threads", {"wall_time_s": 0.0, "cores": 4}),
        (" Total CPU time     =     47981 seconds (  13 hours 19 minutes 41 seconds)", {"cpu_time_s": 47981.0}),
        (" Number of CPU's    4", {"cores": 4}),
        (" MPP execution with       8 procs", {"cores": 8}),
        (" Problem cycle      =  54773890", {"cycle": 54773890}),
        (" End time     08/20/2024 00:09:07  ", {"ended_at": "2024-08-20T00:09:07"}),
        ("    number of nodal+scalar points..................     980", {"nodes": 980}),
        (" 54773890 t 2.0000E+01 dt 3.65E-07 write d3plot file            03/02/26 08:00:09", {"cycle": 54773890, "time": 20.0}),
        ("54773890 t 2.0000E+01 dt 3.65E-07 write d3plot file            03/02/26 08:00:09", {"cycle": 54773890, "time": 20.0}),
        (" 1000 t 9.9993E-04 dt 1.00E-06 flush i/o buffers", {"cycle": 1000, "time": 9.9993e-4, "wall_time_s": None}),
        (" 1000 t 9.9993E-04 dt 1.00E-06 write d3plot file            03/02/26 08:0", {"cycle": None, "time": None}),
        (CYCLE + " 1000 t 9.9993E-01 dt 1.00E-06 flush i/o buffers", {"cycle": 236, "time": 4.9789e-2}),
        (" 1000 t 9.9993E-04 dt 1.00E-0", {"cycle": None, "time": None}),
        ("     |  Version : mpp d DEV    |\n     |  Revision: DEV-93812-g0123456789    |", {"solver_version": "DEV-93812-g0123456789"}),
        ("******** t 2.0000E+01 dt 3.65E-07 write d3plot file            03/02/26 08:00:09", {"cycle": None, "time": 20.0}),
        ("       2 t 1.0000E-01 dt 1.00E-01 begin thermal step           03/02/26 08:00:09", {"cycle": None, "time": 0.1}),
        (" 9 t 1.0000E-01 dt 0.00E+00 write d3plot file            03/02/26 08:00:09", {"cycle": 9, "time_step": None}),
        (" Command line options: i=a.k\n                       ncpu=-4\n                       r=d3dump02\n\n x=1",
         {"command": "i=a.k ncpu=-4 r=d3dump02", "cores": 4, "continues": "d3dump02"}),
        (" > i=/a/very/long/pa\n >th/b.k ncpu=2", {"command": "i=/a/very/long/path/b.k ncpu=2", "cores": 2}),
    ],
)  # fmt: skip
def test_a_line_tells_its_fact(line, fact):
    report = report_of(LsDynaMessag, BOX + line + "\n")

    assert {name: getattr(report, name) for name in fact} == fact


def test_the_release_is_named_where_the_revision_is_a_bare_number():
    older = OLD_BOX.replace("smp d R10.1.0   Date: 01/12/2018", "ls971s R5.1.1   Date: 11/18/2011")

    versions = [report_of(LsDynaMessag, text).solver_version for text in (OLD_BOX, older)]

    assert versions == ["R10.1.0", "R5.1.1"]


def test_elements_are_the_sum_of_their_kinds():
    sizes = (
        "    number of solid elements.......................     200\n\n"
        "    number of shell elements.......................     100\n\n"
        "    number of thick shell elements.................       5\n\n"
        "    number of user defined solid element types.....       9\n\n"
        "    number of merged nodal points..................       7\n"
    )

    report = report_of(LsDynaMessag, BOX + sizes)

    assert (report.elements, report.nodes) == (305, None)


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        (
            " *** Error 10246 (KEY+246)\n     line contains improperly formatted data\n"
            "          At line# 91 of file\n /runs/a.k\n ------\n         12  &load\n ------\n \n" + CYCLE,
            [Message("error", "10246 (KEY+246)",
                     "line contains improperly formatted data At line# 91 of file /runs/a.k 12 &load", 7)],
        ),
        # messag goes on without a blank line
        (
            " *** Warning 10453 (KEY+453)\n     blank line where command expected\n"
            " expanding   memory to      265837 d     2081256  \n",
            [Message("warning", "10453 (KEY+453)", "blank line where command expected", 7)],
        ),
        (
            " *** Warning 30128 (INI+128)\n     Massless nodes\n 1002057 1002058\n" + CYCLE,
            [Message("warning", "30128 (INI+128)", "Massless nodes 1002057 1002058", 7)],
        ),
        (
            " *** Error 30059 (INI+59)\n     cannot find element 50\n"
            "     Message 30059 (INI+59) exceeds 50 times\n     Further printing will be suppressed\n",
            [Message("error", "30059 (INI+59)", "cannot find element 50", 7)],
        ),
        (
            " *** Warning 20282 (STR+282)\n     warpage angle of element ID= 17 is odd.\n \n" * 2,
            [Message("warning", "20282 (STR+282)", "warpage angle of element ID= 17 is odd.", 7, 2)],
        ),
        (" *** Error 40001 (SOL+1)", [Message("error", "40001 (SOL+1)", "", 7)]),
    ],
)  # fmt: skip
def test_a_message_has_its_number_and_its_lines(text, messages):
    assert report_of(LsDynaMessag, BOX + text).messages == messages


def test_messages_of_a_flood_are_counted_and_do_not_hide_the_last_ones():
    flood = "".join(
        f" *** Error 30059 (INI+59)\n     cannot find element of slave segment {n} of interface 1\n \n"
        for n in range(9000)
    )
    last = " *** Error 30006 (INI+6)\n     initialization completed with 9000 or more fatal errors\n \n"

    report = report_of(LsDynaMessag, BOX + flood + last)

    assert report.errors == 9001
    assert len(report.messages) == 22
    assert [(one.text, one.count) for one in report.messages[20:]] == [
        ("cannot find element of slave segment # of interface #", 8980),
        ("initialization completed with 9000 or more fatal errors", 1),
    ]


def test_implicit_steps_have_norms_iterations_and_cutbacks():
    text = (
        " BEGIN implicit statics  step      1 t= 5.0000E-04             11/21/19 09:29:21\n"
        " Iteration:   1     *|du|/|u| =  1.0000000E+00     *Ei/E0 =  1.0000000E+00\n"
        " Iteration:   2     *|du|/|u| =  9.0000000E+00     *Ei/E0 =  NaN\n"
        " BEGIN implicit statics  step      1 t= 2.5000E-04             11/21/19 09:29:22\n"
        " Iteration:   1     *|du|/|u| =  5.0250723E-04     *Ei/E0 =  1.5855524E-06\n"
        " Equilibrium established after     1 iterations                11/21/19 09:29:22\n"
        " BEGIN implicit dynamics step      2 t= 7.5000E-04             11/21/19 09:29:22\n"
        "    Number of iterations to converge         =           3\n"
    )

    points = points_of(LsDynaMessag, OLD_BOX + text)

    assert repr(points) == repr(
        {
            "residual.displacement": [(1.0, 1.0), (2.0, 9.0), (3.0, 5.0250723e-04)],
            "residual.energy": [(1.0, 1.0), (2.0, float("nan")), (3.0, 1.5855524e-06)],
            "cutbacks": [(0.0, 1.0)],
            "iterations": [(0.00025, 1.0), (0.00075, 3.0)],
            "increments": [(0.00025, 1.0), (0.00075, 2.0)],
        }
    )


def test_added_mass_is_told_in_the_log_and_in_glstat():
    log = (
        "    added mass   =   2.5000E-03\n    physical mass=   1.0000E+00\n    ratio        =   2.5000E-03\n"
        " percentage increase =   2.6000E-01\n"
    )
    row = (
        " time...........................   1.00000E-03\n"
        " added mass.....................   0.28468E-03\n"
        " percentage increase............   0.22936E+05\n"
    )

    assert points_of(LsDynaMessag, BOX + log) == {
        "mass_scaling.added": [(0.0, 0.0025)],
        "mass_scaling.percent": [(0.0, 0.25), (0.0, 0.26)],
    }
    assert points_of(LsDynaGlstat, GLSTAT + row) == {
        "mass_scaling.added": [(0.001, 0.00028468)],
        "mass_scaling.percent": [(0.001, 22936.0)],
    }


@pytest.mark.parametrize(
    ("line", "cycle", "element"),
    [
        (" dt of cycle       1 is controlled by solid         100449 of part        10", 1, 100449),
        (" dt of cycle54773890 is controlled by shell           4294 of part         2", 54773890, 4294),
        (" dt of cycle     100 is controlled by shell      element      11", 100, 11),
        (" dt of cycle    1852 is controlled by dt2ms     ", 1852, None),
        (" dt of cycle     100 is controlled by load curve", 100, None),
        (" dt of cycle******** is controlled by solid              7 of part         1", None, 7),
    ],
)  # fmt: skip
def test_glstat_names_the_element_that_controls_the_time_step(line, cycle, element):
    text = f"{GLSTAT}\n{line}\n\n time...........................   1.00000E-03\n"

    report = report_of(LsDynaGlstat, text)
    points = points_of(LsDynaGlstat, text)

    assert report.cycle == cycle
    assert points.get("time_step_element") == ([(0.001, float(element))] if element else None)


def test_matsum_has_curves_of_its_first_parts():
    state = "\n time =   1.0000E-03\n" + "".join(
        f" mat.#={part:5}             inten=   2.0000E+00     kinen=   3.0000E+00\n"
        " x-mom=   0.0000E+00     y-mom=   0.0000E+00     z-mom=   0.0000E+00\n"
        "                         hgeng=   4.0000E+00     +mass=   5.0000E+00     eroded_he=   0.0000E+00\n"
        for part in range(1, 31)
    )

    report = report_of(LsDynaMatsum, GLSTAT + state)

    assert (report.time, len(report.series)) == (0.001, 80)
    assert {name: report.series[name].last for name in list(report.series)[-4:]} == {
        "energy.internal.20": 2.0,
        "energy.kinetic.20": 3.0,
        "energy.hourglass.20": 4.0,
        "mass_scaling.added.20": 5.0,
    }


# --- real logs of others


STATED = {
    # The run was stopped by its kill file at 3.5 % of its end time, as the row itself says.
    "kill_file_stopped_early/lsrun.out.txt": {"status": "other"},
    "kill_file_stopped_early/messag": {"status": "other"},
}
"""Where the row and the file differ the file is right."""


def stated(source):
    """What a row of SOURCES.tsv says, by the names of a report."""
    facts, number = source.facts, source.number
    known = {
        "cycle": number(r"Problem time \S+, cycle (\d+)"),
        "time": number(r"Problem time ([\d.E+-]+)"),
        "end_time": number(r"termination time ([\d.E+-]+)"),
        "wall_time_s": number(r"elapsed (\d+) s"),
        "warnings": number(r'(\d+) "\*\*\* Warning'),
        "errors": number(r'(\d+) "\*\*\* Error'),
    }
    if cycle := re.search(r"last cycle line: cycle (\d+) t (\S+) dt (\S+)", facts):
        known |= {"cycle": float(cycle[1]), "time_step": float(cycle[3])}
        known["time"] = known["time"] or float(cycle[2])
    if started := re.search(r"started (\d\d)/(\d\d)/(\d{4}) ([\d:]+)", facts):
        month, day, year, clock = started.groups()
        known["started_at"] = f"{year}-{month}-{day}T{clock}"
    if status := re.search(r"status=(\w+)", facts):
        known["status"] = {"incomplete": "running"}.get(status[1], status[1])
    known["eta_s"] = number(r"last ETA \(clock time to complete\) (\d+)")
    return {name: value for name, value in known.items() if value is not None}


@each_source(r"^ls-dyna/.*(?<!\.k)$")
def test_a_real_log_tells_what_a_reader_finds(source):
    facts, number = source.facts, source.number
    name = source.name.removeprefix("ls-dyna/")
    _, report = source.read()
    expected = stated(source) | STATED.get(name, {})
    if version := re.search(r"rev (R\S+)", source.version):
        expected["solver_version"] = version[1]
    if "output states" in facts:
        expected |= {"time": number(r"last time ([\d.E+-]+);")}
        expected |= {"time_step": number(r"last time step ([\d.E+-]+)")}
    if name.endswith("status.out"):
        expected = {"eta_s": number(r"clock time to complete (\d+)"), "status": None}

    assert {fact: getattr(report, fact) for fact in expected} == expected
    assert report.role == {"lsrun.out.txt": "screen"}.get(
        name.rpartition("/")[2], name.rpartition("/")[2]
    )
    if first := re.search(r"first error (\d+ \(\w+\+\d+\)): ([^;]+)", facts):
        assert report.status_reason.startswith(f"{first[1]} {first[2]}")
    if "output states" in facts:
        series = report.series
        assert series["energy.total"].n == number(r"(\d+) output states")
        assert series["energy.total"].last == number(r"last total energy ([\d.E+-]+)")
        assert series["energy.ratio"].last == number(r"last energy ratio ([\d.E+-]+)")


def test_status_out_tells_the_estimate_alone():
    text = (
        " average clock time per zone cycle..       786 nanoseconds\n\n"
        " estimated total clock time        =        28 sec (       0 hrs  0 mins)\n"
        " estimated clock time to complete  =        27 sec (       0 hrs  0 mins)\n"
    )

    report = report_of(LsDynaStatus, text)

    assert (report.eta_s, report.status, report.series) == (27.0, None, {})
