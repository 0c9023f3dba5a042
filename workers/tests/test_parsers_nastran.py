"""The Nastran parsers: messages, tables and ends of each file, and real files of others."""

import re

import pytest

from workers.parsers.combine import combine
from workers.parsers.nastran.banner import page_header, product_of, version_of
from workers.parsers.nastran.blocks import Block
from workers.parsers.nastran.f04 import NastranF04
from workers.parsers.nastran.f06 import NastranF06
from workers.parsers.nastran.log import NastranLog
from workers.parsers.nastran.tables import model_count
from workers.tests.logcorpus import SAMPLES, each_source
from workers.tests.parsing import read

END = b"1                                        * * * END OF JOB * * *\n"
PAGE = b"1    ARCH                                   MARCH  14, 2023  MSC Nastran  9/ 8/22   PAGE     5\n"


@pytest.mark.parametrize(
    ("line", "severity", "code"),
    [
        (" *** USER WARNING MESSAGE 602 (IFP1D)", "warning", "602"),
        ("*** USER INFORMATION MESSAGE 5403 (LNNRIGL)", "note", "5403"),
        (" ^^^ USER FATAL MESSAGE 9050 (SEKRRS)", "fatal", "9050"),
        ("0*** USER FATAL MESSAGE 204, COLD START NO BULK DATA.", "fatal", "204"),
        ("0*** USER POTENTIALLY FATAL MESSAGE  22, POSSIBLE ERROR", "warning", "22"),
        (" *** SYSTEM FATAL MESSAGE 4276 (QOPEN)", "fatal", "4276"),
        (" *** USER INFORMATION MESSAGE : A new STS file has been created", "note", None),
        (" *** USER INFORMATION MESSAGE  (WRITE DATA BLOCK PVT, TRAILER[101])", "note", None),
    ],
)
def test_the_first_line_of_a_message(line, severity, code):
    block = Block.begun_by(line, 7)

    assert (block.severity, block.code, block.line) == (severity, code, 7)


@pytest.mark.parametrize(
    "line",
    [
        "        IF THE FLAG IS FATAL, THEN THE DIFFERENCES ARE GREATER THAN  1.00000E+35",
        "                  4      LABEL = FATAL MESSAGE OF THE DAY",
        "   MSSG.TXT - NASTRAN FATAL, WARNING, AND INFORMATION MESSAGES",
        " 0 FATAL MESSAGES",
    ],
)
def test_words_that_are_no_message(line):
    assert Block.begun_by(line, 1) is None


def test_a_message_is_joined_from_its_lines_and_ends_before_the_echo():
    text = (
        b" *** USER WARNING MESSAGE 602 (IFP1D)\n"
        b"     TWO OR MORE OF THE ABOVE CARD TYPES DETECTED WHERE ONLY ONE IS\n"
        b"     LEGAL.   THE LAST FOUND WILL BE USED.\n"
        b"                 11      $                                             \n"
        b"                 12      BEGIN BULK                                    \n"
    )

    report, _ = read(NastranF06, text)

    assert [(m.severity, m.code, m.text, m.line) for m in report.messages] == [
        (
            "warning",
            "602",
            "USER WARNING MESSAGE 602 (IFP1D) TWO OR MORE OF THE ABOVE CARD TYPES DETECTED WHERE ONLY"
            " ONE IS LEGAL. THE LAST FOUND WILL BE USED.",
            1,
        )
    ]


def fatal(number, words):
    return f" *** USER FATAL MESSAGE {number} (X)\n     {words}\n".encode()


@pytest.mark.parametrize(
    ("text", "status", "cause"),
    [
        (b"", "running", None),
        (END, "normal", None),
        (b"\n                    * * * END OF JOB * * *\n1\n JOB TITLE =\n", "normal", None),
        (
            fatal(9137, "RUN TERMINATED DUE TO EXCESSIVE PIVOT RATIOS IN MATRIX KLL."),
            "error",
            "singular matrix",
        ),
        (fatal(1012, "DBSET SCRATCH   IS FULL."), "error", "out of disk"),
        (fatal(3060, "SUBROUTINE MODEL - OPTION NAST NOT IN APPROVED LIST."), "error", "licence"),
        (
            fatal(3008, "INSUFFICIENT CORE AVAILABLE FOR SUBROUTINE DECOMP."),
            "error",
            "out of memory",
        ),
        (fatal(307, "ILLEGAL NAME FOR BULK DATA ENTRY CQUDA4"), "error", "input error"),
        (fatal(6137, "THE SOLUTION DOES NOT CONVERGE."), "error", "no convergence"),
        (fatal(4551, "*** STOPPED PROBLEM DUE TO FAILED CONVERGENCE"), "error", "no convergence"),
        (
            fatal(1221, "THE SCRATCH DBSET USED FOR DMAP-SCRATCH DATABLOCKS IS FULL."),
            "error",
            "out of disk",
        ),
        (fatal("2101A", "GRID POINT 12 ILLEGALLY DEFINED IN SETS UM M"), "error", "input error"),
        (
            b" *** USER FATAL MESSAGE 9994 (BULKIN)   First Field Violation near line 16\n",
            "error",
            "input error",
        ),
        (fatal(8500, "SOMETHING ELSE"), "error", None),
        (
            fatal(9137, "RUN TERMINATED DUE TO EXCESSIVE PIVOT RATIOS IN MATRIX KLL.") + END,
            "error",
            "singular matrix",
        ),
        (b"forrtl: severe (174): SIGSEGV, segmentation fault occurred\n", "error", "crash"),
        (
            b"  1.0slurmstepd: error: *** JOB 7 ON n1 CANCELLED AT 2024-04-14T16:17:16 DUE TO TIME LIMIT ***\n",
            "other",
            "wall limit",
        ),
    ],
)
def test_how_a_run_ends_in_its_f06(text, status, cause):
    report, _ = read(NastranF06, PAGE, text)

    assert (report.status, report.cause) == (status, cause)


def test_a_fatal_message_is_found_below_any_number_of_others():
    many = b"".join(
        b" *** USER WARNING MESSAGE 4699 (FREFLD)\n     FIELD %d HAS MORE THAN 8 CHARACTERS.\n" % n
        for n in range(5000)
    )

    report, _ = read(NastranF06, PAGE, many, fatal(9137, "RUN TERMINATED"), END)

    assert (report.status, report.warnings, report.errors) == ("error", 5000, 1)
    assert report.status_reason == "USER FATAL MESSAGE 9137 (X) RUN TERMINATED"


def test_a_further_run_in_one_f06_starts_afresh():
    box = (SAMPLES / "nastran" / "msc-2022-normal-modes" / "bracket.f06").read_bytes()
    stopped = PAGE + fatal(9137, "RUN TERMINATED") + END

    report, _ = read(NastranF06, stopped, box)

    assert (report.status, report.errors, report.title) == ("normal", 0, "BRACKET MODES")


MODES = b"""\
                                              R E A L   E I G E N V A L U E S
   MODE    EXTRACTION      EIGENVALUE            RADIANS             CYCLES            GENERALIZED
    NO.       ORDER                                                                       MASS
        1         2        8.523157E+04        2.919445E+02        4.646440E+01        1.000000E+00\
        8.523157E+04
        2         1       -1.250000E-07        3.535534E-04        5.626977E-05        1.000000E+00\
       -1.250000E-07
"""
COMPLEX = b"""\
                                        C O M P L E X   E I G E N V A L U E   S U M M A R Y
0                ROOT     EXTRACTION                  EIGENVALUE                     FREQUENCY              DAMPING
                  NO.        ORDER             (REAL)           (IMAG)                (CYCLES)            COEFFICIENT
                     1           1         -1.200000E+00    6.283185E+02          1.000000E+02          3.819719E-03
"""
HISTORY = b"""\
                                              OBJECTIVE AND MAXIMUM CONSTRAINT HISTORY

             INITIAL                                      3.622146E+03                                      2.049878E+00

                   1             3.690785E+03             3.690785E+03            -1.158189E-14             1.557876E+00
1    WING                                    OCTOBER  25, 2021  SIMCENTER NASTRAN  3/12/20   PAGE    98

                   2             3.563974E+03             3.563974E+03            -9.633466E-14             1.143502E+00  <<== BEST
"""
ITERATIONS = b"""\
0                   N O N - L I N E A R   I T E R A T I O N   M O D U L E   O U T P U T
            ITERATION TIME      0.05 SECONDS                                             LOAD FACTOR    0.500
  ITERATION      EUI          EPI          EWI         LAMBDA       DLMAG
       1    9.6319E-03   1.5211E-02   1.1302E-04   1.0000E-01   2.3000E-03
       2    9.6319E-04   1.5211E-03   1.1302E-06   1.0000E-01   2.3000E-03
"""


@pytest.mark.parametrize(
    ("text", "points"),
    [
        (
            MODES,
            {
                "eigenvalue": [(1.0, 85231.57), (2.0, -1.25e-07)],
                "frequency": [(1.0, 46.4644), (2.0, 5.626977e-05)],
            },
        ),
        (COMPLEX, {"eigenvalue": [(1.0, -1.2)], "frequency": [(1.0, 100.0)]}),
        (HISTORY, {"objective": [(0.0, 3622.146), (1.0, 3690.785), (2.0, 3563.974)]}),
        (
            ITERATIONS,
            {
                "residual.displacement": [(1.0, 9.6319e-3), (2.0, 9.6319e-4)],
                "residual.force": [(1.0, 1.5211e-2), (2.0, 1.5211e-3)],
                "residual.work": [(1.0, 1.1302e-4), (2.0, 1.1302e-6)],
            },
        ),
        (MODES.replace(b"V A L U E S", b"V E C T O R"), {}),
    ],
)
def test_the_points_of_a_table(text, points):
    assert read(NastranF06, PAGE, text)[1] == points


@pytest.mark.parametrize(
    ("line", "counted"),
    [
        (
            "                                   NUMBER OF GRID     POINTS   =     4454",
            ("nodes", 4454),
        ),
        (
            "                                   NUMBER OF CQUAD4   ELEMENTS =     4584",
            ("elements", 4584),
        ),
        ("                                   NUMBER OF RBE3     ELEMENTS =        9", None),
        ("                                         GRID                      450", ("nodes", 450)),
        (
            "                                       CQUADR                      432",
            ("elements", 432),
        ),
        ("                                        CONM2                      100", None),
        ("                                       CORD2R                        2", None),
        ("                                   ENTRY NAME        NUMBER OF ENTRIES", None),
    ],
)
def test_what_the_summary_of_the_model_counts(line, counted):
    assert model_count(line) == counted


@pytest.mark.parametrize(
    ("line", "product"),
    [
        ("                  * *      M S C   N a s t r a n      * *", "MSC Nastran"),
        ("                * *       N X   N a s t r a n       * *", "NX Nastran"),
        ("                * *     Simcenter Nastran 2020.1    * *", "Simcenter Nastran 2020.1"),
        ("                               *  N A S T R A N", "NASTRAN"),
        ("                * *           Windows 10            * *", None),
        ("0        N A S T R A N    E X E C U T I V E    C O N T R O L    E C H O", None),
    ],
)
def test_the_product_in_the_box(line, product):
    assert product_of(line) == product


@pytest.mark.parametrize(
    ("line", "header"),
    [
        (
            "1    OPTIMIZEWING                    OCTOBER  25, 2021  SIMCENTER NASTRAN  3/12/20   PAGE     3",
            ("OPTIMIZEWING", "2021-10-25", "SIMCENTER NASTRAN"),
        ),
        (
            "1                                     JUNE   6, 2021  MSC Nastran 12/18/18   PAGE     1",
            (None, "2021-06-06", "MSC Nastran"),
        ),
        (
            "1     TESTING                        /    95 SUN SOLARIS NASTRAN    / MAY 17, 95 / PAGE     5",
            ("TESTING", "1995-05-17", "95 SUN SOLARIS NASTRAN"),
        ),
        ("1  Additional information about the release", None),
    ],
)
def test_the_first_line_of_a_page(line, header):
    assert page_header(line) == header


LOG = b"MSC Nastran V2022.3 (Intel Linux 4.18.0) Control File: \n"
FINISHED = b"MSC Nastran finished Tue Mar 14 08:00:35 CET 2023 \n"


@pytest.mark.parametrize(
    ("text", "status", "cause"),
    [
        (b" 08:00:05  Analysis started.\n", "running", None),
        (b" 08:00:33  Analysis complete  0\n", "running", None),  # the summary of messages is below
        (b" 08:00:33  Analysis complete  0\n" + FINISHED, "normal", None),
        (b" 08:00:33  Analysis complete  12\n" + FINISHED, "error", None),
        (FINISHED, None, None),
        (
            b" 08:00:33  Analysis complete  0\n       USER FATAL MESSAGE     9137.0          1 \n"
            + FINISHED,
            "error",
            "singular matrix",
        ),
        (
            b" 08:20:03  MSC Authorization Information - Checkout Failed (1017, -4)\n",
            "error",
            "licence",
        ),
        (
            b"slurmstepd: error: *** JOB 7 ON n1 CANCELLED AT 2024-04-14T16:17:16 ***\n",
            "other",
            "killed by user",
        ),
    ],
)
def test_how_a_run_ends_in_its_log(text, status, cause):
    report, _ = read(NastranLog, LOG, text)

    assert (report.status, report.cause) == (status, cause)


def test_the_wall_time_of_a_run_over_midnight():
    report, _ = read(
        NastranLog,
        LOG,
        b" 23:59:50  Design cycle 1 started.\n 00:00:20  Design cycle 2 started.\n",
    )

    assert (report.wall_time_s, report.cycle, report.pace) == (30.0, 2, [(1.0, 0.0), (2.0, 30.0)])


ROWS = b"""\
 MACHINE                          MODEL                 OPERATING SYSTEM       MSC Nastran       BUILD DATE         RUN DATE
 Intel                            Xeon/2100 (node07)    Linux 4.18.0               i8 V2022.3.0  SEP  8, 2022       MAR 14, 2023
 Day_Time  Elapsed     I/O_Mb      Del_Mb     CPU_Sec    Del_CPU    SubDMAP Line (S)SubDMAP/Module
 8:00:02     0:00       12.0         0.0         0.2        0.0    XSEMDR   BGN
 09:02:17    62:15      180.0         0.0      9988.5        0.0    SESTATIC667     DCMP    BEGN
"""


@pytest.mark.parametrize(
    ("last", "status"),
    [
        (b"", "running"),
        (
            b" 09:02:18  1:02:16   181.0    0.0   9988.9    0.0    SESTATIC670     EXIT    BEGN    \n",
            "normal",
        ),
        (
            b" 09:02:18    62:16   181.0    0.0   9988.9    0.0    SEKRRS  231     EXIT    BEGN    \n",
            "running",
        ),
    ],
)
def test_a_f04_ends_with_the_exit_of_its_own_sequence_of_modules(last, status):
    report, points = read(NastranF04, ROWS, last)

    assert (report.status, report.started_at) == (status, "2023-03-14T08:00:02")
    assert report.wall_time_s == (3736.0 if last else 3735.0)
    assert points["cpu_time_s"][:2] == [(0.0, 0.2), (3735.0, 9988.5)]


def test_the_f06_is_believed_before_an_exit_code_of_0():
    f06, _ = read(NastranF06, PAGE, fatal(9137, "RUN TERMINATED"), END)
    log, _ = read(NastranLog, LOG, b" 08:00:33  Analysis complete  0\n", FINISHED)

    run = combine([log.to_json(), f06.to_json()], None)

    assert (log.status, run["status"], run["ended_at"]) == (
        "normal",
        "error",
        "2023-03-14T08:00:35",
    )


def count(words, source):
    return source.number(rf"(\d+) {words}", 0)


# What the row says otherwise than the file.
SOLUTIONS = {
    # "SOL DESOPT" on line 110, which is solution 200.
    "nastran/sol200_simcenter2020/opt-wing-002.f06": "SOL DESOPT",
}
NOTES = {
    # One message on line 46; lines 182 and 230 speak of one in the release notes that DIAG 48 prints.
    "nastran/nastran95_d01001a/d01001a.out": 1,
}
VERSIONS = {
    "Simcenter Nastran 1915.0004": "Simcenter Nastran 2020.1 1915.0004",
    "": "95 SUN SOLARIS NASTRAN",
}


@each_source(r"^nastran/.*\.(f06|out)$")
def test_every_fact_of_a_shared_f06(source):
    name, report = source.read()
    facts, printed = source.facts, source.version.partition("(")[0].strip()

    assert (name, report.status) == ("nastran.f06", source.outcome)
    assert report.solver_version == VERSIONS.get(printed, printed)
    assert report.errors == count("FATAL MESSAGE", source)
    assert report.warnings == count("WARNING MESSAGE", source)
    notes = sum(m.count for m in report.messages if m.severity == "note" and m.code != "SOL")
    not_messages = sum(m.text.startswith("JOB DOES NOT") for m in report.messages)
    printed_notes = NOTES.get(source.name, count("INFORMATION MESSAGE", source))
    assert notes - not_messages == printed_notes
    solution = re.search(r"SOL \d+", facts)
    expected = SOLUTIONS.get(source.name) or (solution and solution[0])
    assert [m.text for m in report.messages if m.code == "SOL"] == [expected]
    if first := re.search(r"first warning: (USER WARNING MESSAGE \d+ \(\w+\))", facts):
        warnings = [m.text for m in report.messages if m.severity == "warning"]
        assert warnings[0].startswith(first[1])


@each_source(r"^nastran/.*\.log$")
def test_every_fact_of_a_shared_log(source):
    name, report = source.read()
    facts = source.facts

    assert (name, report.status) == ("nastran.log", source.outcome)
    assert report.solver_version == source.version
    assert report.status_reason == re.search(r'end line "([^"]+)"', facts)[1]
    assert report.wall_time_s == float(re.search(r"Real (\S+) s", facts)[1])
    # Lines with the word in the row, messages in the report: the summary counts one of them twice.
    assert len([m for m in report.messages if m.severity == "warning"]) == count("WARNING", source)
    assert report.errors == count("FATAL", source)


@each_source(r"^nastran/.*\.f04$")
def test_every_fact_of_a_shared_f04(source):
    name, report = source.read()
    facts = source.facts
    words = re.search(
        r'last timed line "(\S+) (\S+) (\S+) (\S+) (\S+) (\S+) ([^"]+)"', facts
    ).groups()
    minutes, seconds = words[1].split(":")

    assert (name, report.status) == ("nastran.f04", source.outcome)
    assert report.solver_version == source.version
    assert report.started_at.endswith("T" + re.search(r"first time (\S+);", facts)[1])
    assert report.wall_time_s == int(minutes) * 60 + int(seconds)
    assert report.cpu_time_s == float(words[4])
    assert " ".join(report.status_reason.split()) == words[6]


TRANSIENT = b"""\
0                             N O N - L I N E A R   I T E R A T I O N   M O D U L E   O U T P U T

      TIME    ITER   DISP.       LOAD        WORK     LAMBDA(I)     DLMAG     FACTOR  E-FIRST    E-FINAL NQNV NLS DIV

  5.000000E-01  1  1.0000E+00  2.0000E-01  3.0000E-02 9.9900E-01  4.4120E-02  1.000  0.000E+00  0.000E+00   0   0
  5.000000E-01  2  1.0000E-01  2.0000E-02  3.0000E-03 9.9900E-01  4.4120E-02  1.000  0.000E+00  0.000E+00   0   0
 *** USER INFORMATION MESSAGE 6204 (NLTRD2)
        0.000 SECONDS REQUIRED TO DECOMPOSE MATRIX.
  1.500000E+00  1  1.0000E+00  4.0000E-01  5.0000E-02 9.9900E-01  3.0460E-01  1.000  0.000E+00  0.000E+00   0   0
"""


def test_a_transient_solution_has_an_increment_for_each_time():
    report, points = read(NastranF06, PAGE, TRANSIENT)

    assert (report.time, report.cycle) == (1.5, 2)
    assert points["residual.force"] == [(1.0, 0.2), (2.0, 0.02), (3.0, 0.4)]
    assert (points["increments"], points["iterations"]) == ([(0.5, 1.0)], [(0.5, 2.0)])


LOADS = b"""\
0                             N O N - L I N E A R   I T E R A T I O N   M O D U L E   O U T P U T

     STIFFNESS UPDATE TIME          0.02 SECONDS                                        SUBCASE        %d
            ITERATION TIME          0.00 SECONDS                                        LOAD FACTOR   %s

0ITERATION      EUI         EPI         EWI      LAMBDA       DLMAG       FACTOR     E-FIRST     E-FINAL   NQNV

         1  9.9000E+01  2.8848E-01  2.8848E-01  1.0000E-01  1.0137E-02  1.0000E+00  3.9072E-02  3.9072E-02    0
 *** USER INFORMATION MESSAGE %d (NCONVG)
     *** %s
"""


def test_load_factors_of_subcases_follow_each_other():
    ends = [
        (1, b"0.5", 6186, b"SOLUTION HAS CONVERGED ***"),
        (1, b"1.0", 6186, b"SOLUTION HAS CONVERGED ***"),
        (
            2,
            b"0.5",
            6194,
            b"STOPPED ITERATIONS DUE TO MAXIMUM ITERATION LIMIT WITHOUT CONVERGENCE ***",
        ),
        (2, b"0.25", 6186, b"SOLUTION HAS CONVERGED ***"),
    ]

    report, points = read(NastranF06, *[PAGE + LOADS % end for end in ends])

    assert points["iterations"] == [(0.5, 1.0), (1.0, 1.0), (1.25, 1.0)]
    assert points["cutbacks"] == [(1.5, 1.0)]
    assert report.time == 1.25


def test_the_time_of_a_step_of_sol_401():
    text = (
        b"0                 L I N E A R   I T E R A T I O N   M O D U L E   O U T P U T\n"
        b"   TIME =             5.000000E-01        TIME STEP =       2.500000E-01\n"
        b"                              LINEAR ANALYSIS. TIME STEP COMPLETE.\n"
    )

    report, points = read(NastranF06, PAGE, text)

    assert (report.time, report.cycle) == (0.5, 1)
    assert (points["time_step"], points["increments"]) == ([(0.5, 0.25)], [(0.5, 1.0)])


def test_linux_says_the_times_in_one_line():
    times = b"17.62user 0.30system 0:17.95elapsed 99%CPU (0avgtext+0avgdata 993840maxresident)k\n"

    report, _ = read(NastranLog, LOG, times)

    assert (report.cpu_time_s, report.wall_time_s) == (17.92, 17.95)


def test_a_version_in_the_box_may_have_two_words():
    box = (
        b"                * *       N X   N a s t r a n       * *\n"
        b"                * *       VERSION -  8.5 MP1        * *\n"
    )

    report, _ = read(NastranF06, box)

    assert report.solver_version == "NX Nastran 8.5 MP1"


FLUTTER = b"""\
0                                                       FLUTTER  SUMMARY
                         CONFIGURATION = AEROSG2D     XY-SYMMETRY = ASYMMETRIC     XZ-SYMMETRY = SYMMETRIC
       POINT =    2     MACH NUMBER = 0.4500     DENSITY RATIO = 1.0000E+00     METHOD = PK

    KFREQ          1./KFREQ       VELOCITY       DAMPING     FREQUENCY      COMPLEX   EIGENVALUE
   0.1060       9.43157E+00   1.50000E+02  -2.00000E-02   5.50000E+00   2.24513E+01   3.46058E+01
   0.1050       9.53157E+00   1.60000E+02   1.00000E-02   5.25000E+00   2.24513E+01   3.46058E+01
0                                                       FLUTTER  SUMMARY
       POINT =    3     METHOD = PKNL
   0.8548       1.16987E+00   1.44900E-11   1.00000E-01   0.25000E+02  -1.00000E-06   3.50000E+01  -1.26548E-04   2.23966E+02
"""


def test_the_points_of_the_flutter_summary_lie_over_the_velocity():
    report, points = read(NastranF06, PAGE, FLUTTER)

    assert points == {
        "flutter.damping.2": [(150.0, -0.02), (160.0, 0.01)],
        "flutter.frequency.2": [(150.0, 5.5), (160.0, 5.25)],
        "flutter.damping.3": [(25.0, -1e-06)],
        "flutter.frequency.3": [(25.0, 35.0)],
    }
    assert report.series["flutter.damping.2"].x == "velocity"


@pytest.mark.timeout(10)
@pytest.mark.parametrize("begin", ["1", "1 TITLE", " * * A", "1 A / B NASTRAN"])
def test_a_line_of_blanks_is_no_burden(begin):
    for line in (f"{begin}{' ' * 4000}x", f"{begin}{' A' * 2000}"):
        assert (page_header(line), product_of(line), version_of(line)) == (None, None, None)
