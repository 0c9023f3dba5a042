import io
import re

import pytest

from workers.decks.calculix import CalculixDeck
from workers.parsers import PARSERS, claimant
from workers.parsers.calculix.dat import CalculixDat
from workers.parsers.calculix.screen import CalculixScreen
from workers.parsers.calculix.tables import CalculixCvg, CalculixSta
from workers.parsers.report import HEAD_BYTES, Message, Report, SeriesSummary
from workers.tests import logcorpus
from workers.tests.logcorpus import each_source
from workers.tests.parsing import points_of, report_of

SAMPLES = logcorpus.SAMPLES / "calculix"
BANNER = "\nCalculiX Version 2.20, Copyright(C) 1998-2022 Guido Dhondt\n"
STA = (
    "SUMMARY OF JOB INFORMATION\n"
    "  STEP      INC     ATT  ITRS     TOT TIME     STEP TIME      INC TIME\n"
)
CVG = (
    "SUMMARY OF C0NVERGENCE INFORMATION\n"
    "  STEP   INC  ATT   ITER     CONT.   RESID.        CORR.      RESID.      CORR.\n"
)
TIME_LIMIT = (
    "slurmstepd: error: *** JOB 7 ON n1 CANCELLED AT 2022-04-14T16:17:16 DUE TO TIME LIMIT ***"
)


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (BANNER.encode(), "calculix.screen"),
        (b"module load ccx\n" + BANNER.encode(), "calculix.screen"),
        (STA.encode(), "calculix.sta"),
        (b"SUMMARY OF JOB INFORMATION\r\n", "calculix.sta"),
        (CVG.encode(), "calculix.cvg"),
        (b"\n displacements (vx,vy,vz) for set N and time  0.1000000E+01\n", "calculix.dat"),
        (b"\n     E I G E N V A L U E   O U T P U T\n", "calculix.dat"),
        (b"\n     B U C K L I N G   F A C T O R   O U T P U T\n", "calculix.dat"),
        (b" Abaqus/Standard 2021  DATE 09-Mar-2022\n SUMMARY OF JOB INFORMATION:\n", None),
        (b"we ran CalculiX Version 2.20 yesterday\n", None),
        (b"\n\n matrix found to be singular\n", None),
        (b"Starting at 7 and time 3\nfoo\n", None),
        (b"", None),
        (bytes(range(256)), None),
    ],
)
def test_a_log_is_known_by_its_head(head, name):
    parser = claimant(head)

    assert (parser.name if parser else None) == name


@pytest.mark.parametrize(
    ("text", "status", "reason"),
    [
        ("", "running", None),
        ("\n Job finished\n\n", "normal", "Job finished"),
        ("\n Job finis", "running", None),
        ("Total CalculiX Time: 0.034358\n", "normal", "Total CalculiX Time: 0.034358"),
        (" *ERROR in calinput: skipped\n\n Job finished\n", "normal", "Job finished"),
        (" *WARNING in dyna: careful\n", "running", None),
        (
            " *ERROR reading *CLOAD\n\n *ERROR in calinput: at least one fatal\n        error\n",
            "error",
            "*ERROR reading *CLOAD",
        ),
        (
            " *ERROR in con2phys: too many iterations\n\n\n *ERROR: too many cutbacks\n"
            " best solution and residuals are in the frd file\n",
            "error",
            "*ERROR: too many cutbacks best solution and residuals are in the frd file",
        ),
        (
            'ERROR in readfrd: The input file "a.frd" could not be opened.\n',
            "error",
            'ERROR in readfrd: The input file "a.frd" could not be opened.',
        ),
        ("realloc(): invalid next size\nAborted\n", "error", "realloc(): invalid next size"),
        ("Segmentation fault (core dumped)\n", "error", "Segmentation fault (core dumped)"),
        (f" Using up to 4 cpu(s) for spo{TIME_LIMIT}\n", "other", TIME_LIMIT),
        (f" Job finished\n{TIME_LIMIT}\n", "normal", "Job finished"),
        (f" Job finished\n{BANNER}", "running", None),
        (f" *ERROR in calinput: wrong\n{BANNER} Job finished\n", "normal", "Job finished"),
    ],
)
def test_the_screen_says_how_the_run_ended(text, status, reason):
    report = report_of(CalculixScreen, BANNER + text)

    assert (report.status, report.status_reason) == (status, reason)


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        (
            " *ERROR in e_c3d: nonpositive jacobian\n        determinant in element           1\n" * 3,
            [
                Message(
                    "error",
                    "e_c3d",
                    "*ERROR in e_c3d: nonpositive jacobian determinant in element 1",
                    4,
                    3,
                )
            ],
        ),
        (
            " *ERROR reading *SOLID SECTION. Card image:\n        *SOLIDSECTION,ELSET=EALL\n\n   nodes: 3\n",
            [
                Message(
                    "error",
                    "*SOLID SECTION",
                    "*ERROR reading *SOLID SECTION. Card image: *SOLIDSECTION,ELSET=EALL",
                    4,
                )
            ],
        ),
        (
            "      largest correction to gas pre *WARNING in resultnet: the flow\n"
            "          direction is not conform\n      largest correction to gas pressure\n",
            [
                Message(
                    "warning",
                    "resultnet",
                    "*WARNING in resultnet: the flow direction is not conform",
                    4,
                )
            ],
        ),
        (
            " *INFO reading *STEP: nonlinear geometric\n       effects are turned on\n",
            [
                Message(
                    "note",
                    "*STEP",
                    "*INFO reading *STEP: nonlinear geometric effects are turned on",
                    4,
                )
            ],
        ),
        (" *WARNING: no degrees of freedom", [Message("warning", None, "*WARNING: no degrees of freedom", 4)]),
    ],
)  # fmt: skip
def test_a_message_has_its_lines_and_its_code(text, messages):
    assert report_of(CalculixScreen, BANNER + "\n" + text).messages == messages


def test_more_messages_than_fit_are_counted():
    text = "".join(f" *ERROR in calinput: element {n}\n\n" for n in range(5000))

    report = report_of(CalculixScreen, BANNER + text)

    assert report.errors == 5000
    assert report.messages[0].text == "*ERROR in calinput: element 0"
    assert 100 < len(report.messages) <= 500


@pytest.mark.parametrize("case", ["2.20-normal", "2.20-normal-cutbacks", "2.20-error-diverging"])
def test_screen_and_tables_tell_the_same_story(case):
    """Two files of one real run, read by two parsers that share nothing but their numbers."""
    screen = points_of(CalculixScreen, (SAMPLES / case / "bar.log").read_text())
    sta = points_of(CalculixSta, (SAMPLES / case / "bar.sta").read_text())
    cvg = points_of(CalculixCvg, (SAMPLES / case / "bar.cvg").read_text())

    for name in ("increments", "iterations", "time_step", "cutbacks"):
        assert screen[name] == [pytest.approx(point, rel=1e-5) for point in sta[name]]
    for name in ("residual.force", "residual.displacement"):
        assert screen[name] == [pytest.approx(point, rel=6e-3, abs=1e-2) for point in cvg[name]]


def test_attempts_that_were_given_up_are_cutbacks():
    rows = (
        "     1          1     1U    4  0.000000E+00  0.000000E+00  0.100000E+00\n"
        "     1          1     2U   -1  0.000000E+00  0.000000E+00  0.250000E-01\n"
        "     1          1     3     2  0.625000E-02  0.625000E-02  0.625000E-02\n"
    )

    report = report_of(CalculixSta, STA + rows)

    assert report == Report(
        "calculix",
        "sta",
        time=0.00625,
        cycle=1,
        time_step=0.00625,
        series={
            "iterations": SeriesSummary(None, "time", 3, 4.0, 2.0, 0.0, 4.0, 5, 4, 3),
            "time_step": SeriesSummary(None, "time", 3, 0.1, 0.00625, 0.00625, 0.1, 5, 5, 3),
            "cutbacks": SeriesSummary(None, "time", 3, 1.0, 2.0, 1.0, 2.0, 5, 3, 4),
            "increments": SeriesSummary(None, "time", 1, 1.0, 1.0, 1.0, 1.0, 5, 5, 5),
        },
    )


@pytest.mark.parametrize(
    "row",
    [
        "  1000     100000     1     3  0.100000E+01  0.100000E+01  0.100000E+01\n",
        " ***** 100000     1     3  0.100000E+01  0.100000E+01  0.100000E+01\n",
        "     1 100000 *****U*****  0.100000E+01  0.100000E+01  0.100000E+01\n",
        "     1 100000     1     3  0.100000D+01  0.100000E+01  0.1000+000\n",
    ],
)
def test_full_columns_are_read(row):
    report = report_of(CalculixSta, STA + row)

    assert (report.time, report.cycle, report.time_step) == (1.0, 100000, pytest.approx(1, abs=0.9))


def test_a_nan_residual_is_a_point_and_survives_json():
    rows = (
        "     1     1     1     1        5  0.3377E+03  0.1000E+03  0.0000E+00  0.0000E+00\n"
        "     1     1     1     2        6         NaN  0.1000E+03  0.0000E+00  0.0000E+00\n"
    )

    series = report_of(CalculixCvg, CVG + rows).to_json()["series"]
    for kept in series.values():
        for line in ("last_line", "min_line", "max_line"):
            del kept[line]

    assert series == {
        "residual.force": {
            "unit": "%", "x": "iteration", "n": 2,
            "first": 337.7, "last": "nan", "min": 337.7, "max": 337.7,
        },
        "residual.displacement": {
            "unit": "%", "x": "iteration", "n": 2,
            "first": 100.0, "last": 100.0, "min": 100.0, "max": 100.0,
        },
        "contact_elements": {
            "unit": None, "x": "iteration", "n": 2,
            "first": 5.0, "last": 6.0, "min": 5.0, "max": 6.0,
        },
    }  # fmt: skip


def test_heat_residuals_start_with_the_first_that_is_not_zero():
    rows = (
        "     1     1     1     1        0  0.0000E+00  0.0000E+00  0.0000E+00  0.0000E+00\n"
        "     1     1     1     2        0  0.0000E+00  0.0000E+00  0.5000E+01  0.1000E+03\n"
        "     1     1     1     3        0  0.0000E+00  0.0000E+00  0.0000E+00  0.1000E+01\n"
    )

    points = points_of(CalculixCvg, CVG + rows)

    assert points["residual.flux"] == [(2.0, 5.0), (3.0, 0.0)]
    assert points["residual.temperature"] == [(2.0, 100.0), (3.0, 1.0)]
    assert points["residual.force"] == [(1.0, 0.0), (2.0, 0.0), (3.0, 0.0)]


@pytest.mark.parametrize("parser", [CalculixSta, CalculixCvg])
@pytest.mark.parametrize(
    "line", ["", "1 2 3", "a b c d e f g", "\x00\x01", "9" * 9000, "  STEP  INC", "1 1 1 1 x y z w"]
)
def test_lines_that_are_no_rows_say_nothing(parser, line):
    assert points_of(parser, line + "\n") == {}


def test_printed_results_give_the_last_time_before_the_modes():
    text = (
        "\n displacements (vx,vy,vz) for set N and time  0.5000000E+00\n\n"
        "         1  1.0E+00\n\n temperatures for set N and time  0.7500000E+00\n\n"
        "     E I G E N V A L U E   O U T P U T\n\n"
        " displacements (vx,vy,vz) for set N and time  0.3000000E+01\n"
    )

    assert report_of(CalculixDat, text) == Report("calculix", "dat", time=0.75)


def test_only_the_screen_is_ever_normal():
    text = " Job finished\nTotal CalculiX Time: 1.0\n"

    statuses = {
        parser.role: report_of(parser, text).status
        for parser in PARSERS
        if parser.solver == "calculix"
    }

    assert statuses == {"screen": "normal", "sta": None, "cvg": None, "dat": None}


@pytest.mark.parametrize(
    ("text", "cause", "words"),
    [
        (" *ERROR: increment size smaller than minimum\n", "time step too small", None),
        (" *ERROR: too many cutbacks\n", "no convergence", None),
        (" *ERROR in nonlingeo: max. # of increments reached\n", "no convergence", None),
        (" *ERROR in e_c3d: nonpositive jacobian\n        determinant in element 12\n", "negative volume", None),
        (" *ERROR in calcshapef: nonpositive Jacobian\n", "negative volume", None),
        (" *ERROR in openfile: could not open file bar.inp\n", "missing file", None),
        (" *ERROR in u_calloc: error allocating memory\n", "out of memory", None),
        (" *ERROR IN RADFLOWLOAD: SINGULAR MATRIX*\n", "singular matrix", None),
        (" *ERROR in initialnet: singular matrix\n", "singular matrix", None),
        (" *ERROR reading *ELASTIC: not enough\n        constants\n", "input error", None),
        (" increment 1 attempt 1\n *ERROR in orifice: no dynamic viscosity defined\n", "input error", None),
        (
            " iteration 1\n *ERROR in preinitialnet: node 6 belongs to more than 2 network\n"
            "        elements, yet no initial pressure was assigned\n",
            "input error",
            None,
        ),
        # Before the first iteration all that ccx calls an error lies in the deck; later it may be anything.
        (" *ERROR in tempload: something new\n", "input error", None),
        (" increment 1 attempt 1\n iteration 1\n *ERROR in results: something new\n", "unknown", None),
        (f" iteration 1\n{TIME_LIMIT}\n", "wall limit", TIME_LIMIT),
        (" iteration 1\nSegmentation fault (core dumped)\n", "crash", "Segmentation fault (core dumped)"),
        (" *WARNING in x: too many cutbacks\n iteration 1\n", None, None),
        (" *ERROR in x: skipped\n\n Job finished\n", None, None),
    ],
)  # fmt: skip
def test_the_screen_says_why_the_run_failed(text, cause, words):
    report = report_of(CalculixScreen, BANNER + text)

    assert report.cause == cause
    assert words is None or report.cause_text == words


@pytest.mark.parametrize(
    ("banner", "version"),
    [
        ("CalculiX Version 2.8, Copyright(C) 1998-2014 Guido Dhondt", "2.8"),
        ("CalculiX Version 2.17 i8, Copyright(C) 1998-2020 Guido Dhondt", "2.17 i8"),
        ("CalculiX Version DEVELOPMENT, Copyright(C) 1998-2020 Guido Dhondt", "DEVELOPMENT"),
        (" CalculiX Version 2.22, Copyright(C) 1998-2024 Guido Dhondt", "2.22"),
    ],
)
def test_every_version_of_ccx_is_known(banner, version):
    assert claimant(f"\n***\n\n{banner}\n".encode()) is CalculixScreen
    assert report_of(CalculixScreen, f"{banner}\n").solver_version == version


def test_an_increment_after_face_to_face_contact_converges_too():
    text = BANNER + (
        " increment 1 attempt 1 \n actual total time=1.000000e-03\n\n iteration 1\n\n"
        " no convergence\n\n iteration 2\n\nconvergence\n\n"
    )

    report = report_of(CalculixScreen, text)

    assert (report.time, report.series["iterations"].last) == (0.001, 2)


def test_a_dynamic_increment_prints_its_energies():
    text = BANNER + (
        " increment 1 attempt 1 \n actual total time=1.000000e-03\n\n iteration 1\n\n convergence\n\n"
        " initial energy (at start of step) = 0.000000e+00\n\n since start of the step: \n"
        " external work = 4.744860e-06\n work performed by the damping forces = 0.000000e+00\n"
        " netto work = 4.744860e-06\n\n actual energy: \n internal energy = 2.298173e-06\n"
        " kinetic energy = 2.349460e-06\n elastic contact energy = 0.000000e+00\n"
        " energy lost due to friction = 1.000000e-09\n total energy  = 4.647634e-06\n\n"
        " energy balance (absolute) = -9.722629e-08 \n energy balance (relative) = 4.098173 % \n"
    )

    report = report_of(CalculixScreen, text)

    energies = {name: one.last for name, one in report.series.items() if "energy" in name}
    assert energies == {
        "energy.external": 4.74486e-06,
        "energy.damping": 0.0,
        "energy.internal": 2.298173e-06,
        "energy.kinetic": 2.34946e-06,
        "energy.contact": 0.0,
        "energy.friction": 1e-09,
        "energy.total": 4.647634e-06,
        "energy.balance": 4.098173,
    }
    assert report.series["energy.balance"].unit == "%"


def test_modes_and_buckling_factors_are_curves_by_their_number():
    modes = (
        "\n     E I G E N V A L U E   O U T P U T\n\n MODE NO    EIGENVALUE                       FREQUENCY   \n\n"
        "      1   0.4000000E+02   0.6324555E+01   0.1006584E+01   0.0000000E+00\n"
        "      2   0.9000000E+02   0.9486833E+01   0.1509876E+01   0.0000000E+00\n"
        "\n     P A R T I C I P A T I O N   F A C T O R S\n\n"
        "      1   0.1000000E+00   0.1000000E+00   0.1000000E+00   0.1000000E+00\n"
    )
    factors = "\n     B U C K L I N G   F A C T O R   O U T P U T\n\n MODE NO       BUCKLING\n                FACTOR\n\n      1   0.4512345E+02\n"

    assert points_of(CalculixDat, modes) == {
        "eigenvalue": [(1.0, 40.0), (2.0, 90.0)],
        "frequency": [(1.0, 1.006584), (2.0, 1.509876)],
    }
    assert points_of(CalculixDat, factors) == {"eigenvalue": [(1.0, 45.12345)]}
    assert report_of(CalculixDat, modes).series["frequency"].last_line == 7


@each_source(r"^calculix/.*\.sta$")
def test_a_sta_has_the_rows_that_a_reader_counts(source):
    number = source.number
    name, report = source.read()

    n = {series: kept.n for series, kept in report.series.items()}
    cutbacks = report.series["cutbacks"].last if report.series else 0
    assert (name, report.status) == ("calculix.sta", None)
    assert n.get("iterations", 0) == number(r"(\d+) (?:attempt|increment) rows")
    assert cutbacks == number(r"(\d+) cutbacks", 0)
    assert report.time == number(r"total time (\S+)")
    assert report.cycle == number(r"last step \d+ inc (\d+)")
    assert report.time_step == number(r" inc time (\S+)")


@each_source(r"^calculix/.*\.cvg$")
def test_a_cvg_has_the_rows_that_a_reader_counts(source):
    number = source.number
    name, report = source.read()

    series = report.series
    force, displacement = series.get("residual.force"), series.get("residual.displacement")
    assert (name, report.status) == ("calculix.cvg", None)
    assert (force.n if force else 0) == number(r"(\d+) iteration rows")
    assert (force and force.last) == number(r"force residual (\S+)")
    assert (displacement and displacement.last) == number(r"disp correction (\S+)")


@each_source(r"^calculix/.*\.log$")
def test_a_screen_log_ends_as_a_reader_says(source):
    number = source.number
    name, report = source.read()

    assert (name, report.status, report.solver_version) == ("calculix.screen", "normal", "2.11")
    assert report.errors == number(r"(\d+) \*ERROR")
    assert report.warnings == number(r"(\d+) \*WARNING")
    assert (report.nodes, report.elements) == (
        number(r"nodes (\d+)"),
        number(r"elements (\d+)"),
    )


@each_source(r"^calculix/.*\.inp$")
def test_a_deck_is_claimed_and_names_its_includes(source):
    deck = source.path.read_bytes()
    include = re.search(rb"(?i)^\*include\s*,\s*input\s*=\s*(\S+)", deck, re.MULTILINE)

    assert CalculixDeck.claims(deck[:HEAD_BYTES])
    facts = CalculixDeck.read(io.BytesIO(deck), lambda name, source: None)
    assert [i.name for i in facts.includes][:1] == ([include[1].decode()] if include else [])
    assert facts.end_time is not None
