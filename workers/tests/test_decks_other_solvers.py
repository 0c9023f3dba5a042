"""Readers of Marc, Code_Aster, Elmer, Fluent and CFX on small decks of our own, written from the solvers' manuals."""

import pytest

from workers.decks.facts import Step
from workers.tests.deckreading import named, read

MARC = """title               hook
$....MARC input file produced by Marc Mentat 2021.3.1 (64bit)
extended
sizing                                 0         3         9         0
elements                    21
version                     15         1         0         1
large stra                   2         1
end
solver
         8         1         0
connectivity
         0         0         1
         1        21         1         2         3         4         5         6         7         8         9        10        11        12        13        14
        15        16        17        18        19        20
         2         7         1         2         3         4         5         6         7         8
coordinates
         3         3         0         1
         1-4.000000000000000+1-1.000000000000000+1-5.000000000000000-1
         2 4.000000000000000+1-1.000000000000000+1 0.000000000000000+0
include
more.dat
end option
$....start of loadcase pull
title               pull
control
       500        25         0
 1.000000000000000-2 0.000000000000000+0
auto load
        50         0        10
time step
 2.000000000000000-2
continue
loadcase            relax
auto step
 1.000000000000000-2 3.000000000000000+0 1.000000000000000-5 5.000000000000000-1
continue
"""


def test_a_marc_deck():
    rows = "         3 4.000000000000000+1 0.000000000000000+0 0.000000000000000+0\n"
    facts = read(
        "marc", MARC.replace("include\n", "").replace("more.dat\n", rows), {"more.dat": ""}
    )

    assert (facts.solver_version, facts.title, facts.nodes, facts.elements, facts.end_time) == (
        *("2021.3.1", "hook", 3, 2, 4.0),
    )
    assert facts.steps == [Step("STATIC", 1.0, 50, True), Step("AUTO STEP", 3.0, None, True)]
    assert facts.controls == {
        "elements": 21, "large strain": "2 1", "solver": 8, "most increments": 500, "most iterations": 25,
        "tolerance": 0.01, "time step": 0.01,
    }  # fmt: skip


@pytest.mark.parametrize("include", ["include\nmesh.dat\n", "include,mesh.dat\n"])
def test_a_marc_deck_names_what_it_includes_on_the_line_or_the_next(include):
    facts = read("marc", f"title,x\n{include}end\n", {"mesh.dat": "coordinates\n3,2\n1,0.\n2,0.\n"})

    assert (named(facts)[0][0], named(facts)[0][3], facts.nodes) == ("mesh.dat", "found", 2)


COMM = """# TITRE Hook under load
import subprocess
DEBUT(LANG="EN")
tend = 2*3.  # s
mesh = LIRE_MAILLAGE(FORMAT="MED", UNITE=20)
model = AFFE_MODELE(MAILLAGE=mesh, AFFE=_F(TOUT='OUI', PHENOMENE='MECANIQUE', MODELISATION='3D'))
times = DEFI_LIST_REEL(
    DEBUT=0.0,
    INTERVALLE=(_F(JUSQU_A=1.0, NOMBRE=4), _F(JUSQU_A=tend, NOMBRE=10)),  # not JUSQU_A=9.
)
auto = DEFI_LIST_INST(METHODE='AUTO', DEFI_LIST=_F(LIST_INST=times, PAS_MINI=1e-6))
elastic = MECA_STATIQUE(MODELE=model)
print("an open ( in a text")
plastic = STAT_NON_LINE(
    MODELE=model,
    INCREMENT=_F(LIST_INST=auto, INST_FIN=4.0),
    CONVERGENCE=_F(ITER_GLOB_MAXI=20, RESI_GLOB_RELA=1.e-6),
)
plastic = STAT_NON_LINE(reuse=plastic, INCREMENT=_F(LIST_INST=auto, INST_INIT=4.0))
FIN()
"""
MAIL = """TITRE
hook
FINSF
COOR_2D % 3 nodes
 N1 0. 0.
 N2 1. 0.
 N3 1. 1.
FINSF
TRIA3
 M1 N1 N2
    N3
FINSF
GROUP_MA
 ALL M1
FINSF
FIN
"""
EXPORT = """P actions make_etude
P version stable
P memory_limit 2048
P ncpus 4
A memjeveux 256
F comm ./hook.comm D 1
F mail hook.mail D 20
F mmed /data/hook.mmed D 21
F mess hook.mess R 6
"""
SOLVED = [
    Step("MECA_STATIQUE"),
    Step("STAT_NON_LINE", 4.0, None, True),
    Step("STAT_NON_LINE", 2.0, None, True),
]


def test_a_code_aster_command_file():
    facts = read("code_aster", COMM)

    assert (facts.title, facts.end_time, facts.steps) == ("Hook under load", 6.0, SOLVED)
    assert facts.controls == {
        "FORMAT": "MED", "MODELISATION": "3D", "PAS_MINI": 1e-06, "ITER_GLOB_MAXI": 20, "RESI_GLOB_RELA": 1e-06,
    }  # fmt: skip
    assert facts.runs_code == ["imports subprocess"]


def test_a_code_aster_study_is_read_with_its_files():
    facts = read("code_aster", EXPORT, {"hook.comm": COMM, "hook.mail": MAIL})

    assert (facts.solver_version, facts.title, facts.nodes, facts.elements) == (
        *("stable", "Hook under load", 3, 1),
    )
    assert (facts.end_time, facts.steps) == (6.0, SOLVED)
    assert named(facts) == [
        ("hook.comm", 6, "", "found"),
        ("hook.mail", 7, "", "found"),
        ("/data/hook.mmed", 8, "", "outside"),
    ]
    assert [facts.controls[name] for name in ("memory_limit", "ncpus", "memjeveux")] == [
        *(2048, 4, 256),
    ]


ELMER = """! Cooling of a rod
$dt = 0.5*2
CHECK KEYWORDS Warn
Header
  Mesh DB "." "rod"
End
Simulation
  Coordinate System = Cartesian 2D
  Simulation Type = Transient
  Timestep Intervals(2) = 10 20
  Timestep Sizes(2) = Real 0.1 \\
     1.0
  Restart File = "old ! name.result" ! a comment
End
Solver 1
  Equation = Heat Equation
  Procedure = File "HeatSolve" "HeatSolver"
  Linear System Solver = Iterative
End
Solver 1 :: Reference Norm = Real 5.0
Solver 2
  Equation = "Mine"
  Procedure = "./mine" "solver"
End
INCLUDE bodies.sif
"""


def test_an_elmer_deck():
    files = {
        "rod/mesh.header": "  441   400   80\n2\n202 80\n404 400\n",
        "bodies.sif": "Body 1\nEnd\n",
    }

    facts = read("elmer", ELMER, files)

    assert (facts.nodes, facts.elements, facts.end_time) == (441, 400, 21.0)
    assert facts.steps == [Step("TRANSIENT", 21.0, 30)]
    assert named(facts) == [("rod/mesh.header", 5, "", "found"), ("bodies.sif", 25, "", "found")]
    assert facts.controls == {
        "coordinate system": "Cartesian 2D", "simulation type": "Transient", "timestep intervals": "10 20",
        "timestep sizes": "0.1 1.0", "restart file": "old ! name.result", "solver 1 equation": "Heat Equation",
        "solver 1 procedure": "HeatSolve HeatSolver", "solver 1 linear system solver": "Iterative",
        "solver 2 equation": "Mine", "solver 2 procedure": "./mine solver",
    }  # fmt: skip
    assert facts.runs_code == ['solver 2 runs code of its own: "./mine" "solver"']


@pytest.mark.parametrize(
    ("lines", "steps", "end_time"),
    [
        ("Simulation Type = Steady State\nSteady State Max Iterations = 20", [Step("STEADY STATE", None, 20)], None),
        ("Simulation Type = Transient\nTimestep Intervals = 4\nTimestep Size = 1", [Step("TRANSIENT", None, 4)], None),
        ("Simulation Type = transient\nTimestep intervals = 4\nTimestep sizes = $dt/4", [Step("TRANSIENT", 1.0, 4)], 1.0),
        ("Simulation Type = transient\nTimestep intervals = #40/n\nTimestep sizes = #n", [Step("TRANSIENT", 40.0, 2)], 40.0),
        ("x = Variable time\nReal\n0 1\nEnd\nSimulation Type = Steady", [Step("STEADY STATE")], None),
        ("Coordinate System = Cartesian", [], None),
    ],
)  # fmt: skip
def test_an_elmer_deck_ends_after_its_time_steps(lines, steps, end_time):
    facts = read(
        "elmer",
        f"!---LUA BEGIN\n! n = 20 -- years\n!---LUA END\n! n = 3\n$dt = 1\nSimulation\n{lines}\nEnd\n",
    )

    assert (facts.steps, facts.end_time) == (steps, end_time)


FLUENT = """; Cooling of a duct
/file/set-tui-version "23.1"
file start-transcript run.trn
/file/read-case duct
/define/models/viscous kw-sst yes
/define/models/unsteady-2nd-order? yes
define user-defined compiled-functions load "libudf"
(ti-menu-load-string "solve iter 100")
/solve/set/time-step 0.01
/so/dual-time-iterate 200 20
/solve/dti 100
solve monitors residual convergence-criteria 1e-4 1e-4
!rm old.dat
/exit yes
"""


def test_a_fluent_journal():
    facts = read("fluent", FLUENT, {"duct.cas.h5": "\x89HDF"})

    assert (facts.solver_version, facts.end_time, facts.steps) == (
        "23.1", 3.0, [Step("ITERATE", None, 100), Step("TRANSIENT", 2.0, 200), Step("TRANSIENT", 1.0, 100)],
    )  # fmt: skip
    assert named(facts) == [("duct.cas.h5", 4, "", "found")]
    assert facts.controls == {
        "transcript": "run.trn", "models viscous": "kw-sst yes", "time": "unsteady-2nd-order?", "time-step": 0.01,
        "iterations per time step": 20, "residual convergence-criteria": "1e-4 1e-4",
    }  # fmt: skip
    assert facts.runs_code == ["compiles or loads user-defined functions", "runs commands of the system"]  # fmt: skip


def test_a_steady_fluent_journal_ends_after_its_iterations():
    files = {"more.jou": "it 300\n"}

    facts = read("fluent", "rc wing.cas\n/solve/iterate 500\n/file/read-journal more.jou\n", files)

    assert (facts.end_time, named(facts)) == (
        800.0,
        [("wing.cas", 1, "", "missing"), ("more.jou", 3, "", "found")],
    )


@pytest.mark.parametrize(
    ("lines", "end_time"),
    [("/solve/dual-time-iterate\n50\n20\nyes\n", 5.0), ("/solve/dual-time-iterate\n/exit\n", 20.0)],
)
def test_fluent_marches_as_many_steps_as_it_is_told_then_or_before(lines, end_time):
    begin = "/solve/set/transient-controls/time-step-size 0.1\n/solve/set/transient-controls/number-of-time-steps\n"

    assert read("fluent", f"{begin}200\n{lines}").end_time == end_time


def test_what_a_fluent_command_asks_for_may_stand_on_the_next_line():
    facts = read("fluent", '/file/read-case\n"wing 1.cas"\nok\n/solve/iterate\n\n250\n/exit\nyes\n')

    assert (facts.end_time, named(facts)) == (250.0, [("wing 1.cas", 2, "", "missing")])


CCL = """# State file created:  2020/01/01
LIBRARY:
  CEL:
    EXPRESSIONS:
      dt = 5 [ms]
      tend = 400 * dt
      long = sqrt(Wall Shear X^2 + \\
        Wall Shear Z^2)
    END
  END
END
FLOW: Pump
  ANALYSIS TYPE:
    Option = Transient
    TIME DURATION:
      Option = Total Time
      Total Time = tend
    END
    TIME STEPS:
      Option = Timesteps
      Timesteps = dt
    END
  END
  DOMAIN: Rotor
    FLUID MODELS:
      TURBULENCE MODEL:
        Option = SST
      END
    END
  END
  SOLVER CONTROL:
    CONVERGENCE CRITERIA:
      Residual Target = 0.0001
    END
  END
END
COMMAND FILE:
  Version = 20.1
END
SIMULATION CONTROL:
  EXECUTION CONTROL:
    RUN DEFINITION:
      Run Mode = Full
      Solver Input File = pump.def
    END
  END
END
"""


def test_a_cfx_deck():
    facts = read("cfx", CCL)

    assert (facts.solver_version, facts.title, facts.end_time) == ("20.1", "Pump", 2.0)
    assert facts.steps == [Step("TRANSIENT", 2.0)]
    assert named(facts) == [("pump.def", 44, "", "missing")]
    assert facts.controls == {
        "ANALYSIS TYPE/Option": "Transient", "ANALYSIS TYPE/TIME DURATION/Option": "Total Time",
        "ANALYSIS TYPE/TIME DURATION/Total Time": "tend", "ANALYSIS TYPE/TIME STEPS/Option": "Timesteps",
        "ANALYSIS TYPE/TIME STEPS/Timesteps": "dt", "DOMAIN/FLUID MODELS/TURBULENCE MODEL/Option": "SST",
        "SOLVER CONTROL/CONVERGENCE CRITERIA/Residual Target": 0.0001, "RUN DEFINITION/Run Mode": "Full",
        "RUN DEFINITION/Solver Input File": "pump.def", "domains": 1,
    }  # fmt: skip


def test_a_steady_cfx_deck_ends_after_its_iterations():
    deck = CCL.replace("Option = Transient", "Option = Steady State").replace(
        "    CONVERGENCE CRITERIA:",
        "    CONVERGENCE CONTROL:\n      Maximum Number of Iterations = 150\n    END\n    CONVERGENCE CRITERIA:",
    )

    facts = read("cfx", deck)

    assert (facts.end_time, facts.steps) == (150.0, [Step("STEADY STATE", None, 150)])
