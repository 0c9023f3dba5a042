"""What schedulers, systems, MPI libraries and runtimes write into any log when a run ends from outside or crashes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.parsers.causes import GENERAL, find_cause, general_cause
from workers.parsers.endings import crash_words, ending, killed_words
from workers.parsers.report import Message
from workers.tests.logcorpus import SHARED, needs_shared

KILLED = [
    ("slurmstepd: error: *** JOB 311 ON n01 CANCELLED AT 2024-03-01T10:00:00 DUE TO TIME LIMIT ***", "wall limit"),
    ("slurmstepd: error: *** STEP 311.0 ON n01 CANCELLED AT 2024-03-01T10:00:00 DUE TO TIME LIMIT ***", "wall limit"),
    ("slurmstepd: error: *** JOB 311 ON n01 CANCELLED AT 2024-03-01T10:00:00 ***", "killed by user"),
    ("slurmd[n01]: *** JOB 311 CANCELLED AT 2011-06-02T10:00:31 DUE TO TIME LIMIT ***", "wall limit"),
    ("slurmstepd: error: *** JOB 311 ON n01 CANCELLED AT 2024-03-01T10:00:00 DUE TO PREEMPTION ***", "killed by system"),
    (
        "slurmstepd: error: *** JOB 311 ON n01 CANCELLED AT 2024-03-01T10:00:00 DUE TO NODE FAILURE, SEE SLURMCTLD"
        " LOG FOR DETAILS ***",
        "killed by system",
    ),
    ("slurmstepd: error: Detected 1 oom-kill event(s) in StepId=311.batch.", "out of memory"),
    ("slurmstepd: error: Detected 2 oom_kill events in StepId=311.0. Some of the step tasks have been OOM Killed.", "out of memory"),
    ("slurmstepd: error: Job 311 exceeded memory limit (2101248 > 2048000), being killed", "out of memory"),
    ("slurmstepd: error: Exceeded step memory limit at some point.", "out of memory"),
    ("srun: error: n01: task 3: Out Of Memory", "out of memory"),
    ("srun: error: n01: tasks 0-3: Killed", "killed by system"),
    ("srun: Job step aborted: Waiting up to 32 seconds for job step to finish.", "killed by system"),
    ("Out of memory: Killed process 4711 (ccx) total-vm:67108864kB, anon-rss:65011712kB", "out of memory"),
    ("Memory cgroup out of memory: Kill process 4711 (ccx) score 1974 or sacrifice child", "out of memory"),
    ("ccx invoked oom-killer: gfp_mask=0xcc0, order=0, oom_score_adj=0", "out of memory"),
    ("=>> PBS: job killed: walltime 152 exceeded limit 120", "wall limit"),
    ("=>> PBS: job killed: mem 2097156kb exceeded limit 2097152kb", "out of memory"),
    ("=>> PBS: job killed: vmem 2097156kb exceeded limit 2097152kb", "out of memory"),
    ("=>> PBS: job killed: cput 3611 exceeded limit 3600", "wall limit"),
    ("=>> PBS: job killed: ncpus 3.2 exceeded limit 1 (sum)", "killed by system"),
    ("=>> PBS: job killed: node 1 (n02) requested job die, code 15009", "killed by system"),
    ("TERM_RUNLIMIT: job killed after reaching LSF run time limit.", "wall limit"),
    ("TERM_MEMLIMIT: job killed after reaching LSF memory usage limit.", "out of memory"),
    ("TERM_OWNER: job killed by owner.", "killed by user"),
    ("TERM_ADMIN: job killed by root or LSF administrator.", "killed by system"),
    ("job 3319.1 exceeded hard wallclock time - initiate terminate method", "wall limit"),
    (
        'job 3319 exceeds job hard limit "h_vmem" of queue "all.q@n01" (2.01G > limit:2.00G) - sending SIGKILL',
        "out of memory",
    ),
    ("CPU time limit exceeded (core dumped)", "wall limit"),
    ("File size limit exceeded (core dumped)", "out of disk"),
    ("mpirun noticed that process rank 3 with PID 4711 on node n01 exited on signal 9 (Killed).", "killed by system"),
    ("=   KILLED BY SIGNAL: 15 (Terminated)", "killed by system"),
    ("YOUR APPLICATION TERMINATED WITH THE EXIT STRING: Killed (signal 9)", "killed by system"),
    ("MPI Application rank 0 killed before MPI_Finalize() with signal 9", "killed by system"),
    ("forrtl: error (78): process killed (SIGTERM)", "killed by system"),
    ("forrtl: error (69): process interrupted (SIGINT)", "killed by user"),
    ("./run.sh: line 7:  4711 Killed                  ccx_static bar > bar.log", "killed by system"),
    ("Killed", "killed by system"),
]  # fmt: skip

CRASHED = [
    ("free(): invalid pointer", "crash"),
    ("realloc(): invalid next size", "crash"),
    ("corrupted size vs. prev_size", "crash"),
    ("double free or corruption (!prev)", "crash"),
    ("*** Error in `ccx': double free or corruption (!prev): 0x0000000001b3c2d0 ***", "crash"),
    ("*** glibc detected *** ccx: free(): invalid pointer: 0x0000000001b3c2d0 ***", "crash"),
    ("*** stack smashing detected ***: terminated", "crash"),
    ("Segmentation fault (core dumped)", "crash"),
    ("./run.sh: line 7:  4711 Segmentation fault      (core dumped) ccx bar", "crash"),
    ("Program received signal SIGSEGV: Segmentation fault - invalid memory reference.", "crash"),
    ("Program received signal SIGFPE: Floating-point exception - erroneous arithmetic operation.", "floating point error"),
    ("forrtl: severe (174): SIGSEGV, segmentation fault occurred", "crash"),
    ("forrtl: severe (157): Program Exception - access violation", "crash"),
    ("forrtl: error (65): floating invalid", "floating point error"),
    ("forrtl: severe (41): insufficient virtual memory", "out of memory"),
    ("forrtl: severe (29): file not found, unit 11, file model.inc", "missing file"),
    ("forrtl: severe (59): list-directed I/O syntax error, unit 5", "input error"),
    ("forrtl: No space left on device", "out of disk"),
    ("terminate called after throwing an instance of 'std::bad_alloc'", "out of memory"),
    ("terminate called after throwing an instance of 'std::out_of_range'", "crash"),
    ("Floating point exception (core dumped)", "floating point error"),
    ('#1  Foam::sigFpe::sigHandler(int) in "/opt/lib/libOpenFOAM.so"', "floating point error"),
    ("#1  Foam::sigSegv::sigHandler(int) at ??:?", "crash"),
    ("[n01:04711] Signal: Segmentation fault (11)", "crash"),
    ("[n01:04711] Signal: Floating point exception (8)", "floating point error"),
    ("=   KILLED BY SIGNAL: 11 (Segmentation fault)", "crash"),
    ("MPI_ABORT was invoked on rank 0 in communicator MPI_COMM_WORLD", "MPI failure"),
    ("application called MPI_Abort(MPI_COMM_WORLD, 1) - process 0", "MPI failure"),
    ("Fatal error in PMPI_Recv: Other MPI error, error stack:", "MPI failure"),
    ("=   BAD TERMINATION OF ONE OF YOUR APPLICATION PROCESSES", "MPI failure"),
    ("mpirun noticed that process rank 1 with PID 4711 on node n01 exited on signal 6 (Aborted).", "MPI failure"),
    ("mpirun detected that one or more processes exited with non-zero status", "MPI failure"),
    ("MPI Application rank 2 exited before MPI_Finalize() with status 2", "MPI failure"),
    ("[0] process exited without calling finalize", "MPI failure"),
    ("ORTE has lost communication with a remote daemon.", "MPI failure"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "cause"), KILLED)
def test_a_kill_names_its_cause_wherever_it_stands_in_the_line(line, cause):
    found = ending(line)

    assert (found.kind, found.cause, found.words) == ("killed", cause, killed_words(line))
    assert found.words in line and crash_words(line) is None
    if not line.startswith(("Killed", "./run.sh", "CPU", "File")):
        assert ending(f" 8% | 4/50 [46:11<8:50, 692.57s/it]{line}").cause == cause


@pytest.mark.parametrize(("line", "cause"), CRASHED)
def test_a_crash_names_its_cause(line, cause):
    found = ending(line)

    assert (found.kind, found.cause) == ("crashed", cause)
    assert (crash_words(line), killed_words(line)) == (line, None)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "sigFpe : Enabling floating point exception trapping (FOAM_SIGFPE).",
        "sigFpe : Floating point exception trapping enabled (FOAM_SIGFPE).",
        " Signal handling : default",
        "*** kill file detected - terminating ****",
        " MPI Parallel: 4 processes",
        " elements killed: 12",
        "Terminated normally after 12 cycles",
        "Aborting criterion        1.E-3",
        " the default is used; limit not exceeded",
        "    Out of memory blocks are written to disk",
        "srun -n 4 ccx_mpi bar",
        " *** TERM_TIME = 3.0",
    ],
)
def test_words_of_a_sound_run_are_no_ending(line):
    assert ending(line) is None


@given(st.text())
def test_any_line_is_judged(line):
    found = ending(line)
    assert found is None or found.words in line


@needs_shared
@pytest.mark.parametrize(
    ("path", "cause"),
    [
        ("slurm_time_limit/SOAP_10.e", "wall limit"),
        ("slurm_time_limit_2/SOAP_11.e", "wall limit"),
        ("slurm_cancelled/SOAPIV.e", "killed by user"),
        ("slurm_cancelled_2/SOAP.e", "killed by user"),
    ],
)
def test_the_kills_of_real_logs_are_found_once(path, cause):
    lines = (SHARED / "schedulers" / path).read_text(errors="replace").splitlines()

    assert [one.cause for line in lines if (one := ending(line))] == [cause]


KILL = (
    "slurmstepd: error: *** JOB 311 ON n01 CANCELLED AT 2024-03-01T10:00:00 DUE TO TIME LIMIT ***"
)
OWN = ((r"singular", "singular matrix"), (r"did not converge", "no convergence"))


@pytest.mark.parametrize(
    ("messages", "reason", "others", "cause"),
    [
        ([("error", "matrix is singular", 7)], "stopped", (), ("singular matrix", "matrix is singular", 7)),
        # A kill that the status rests on comes before an error that the run had recovered from.
        ([("error", "matrix is singular", 7)], KILL, (), ("wall limit", KILL, None)),
        # The solver's own words come before MPI's echo.
        ([("error", "step did not converge", 9)], "MPI_ABORT was invoked on rank 0", (),
         ("no convergence", "step did not converge", 9)),
        # A crash is more than a warning.
        ([("warning", "matrix is singular", 7)], None, ("Segmentation fault",), ("crash", "Segmentation fault", None)),
        ([("warning", "matrix is singular", 7)], "stopped", (), ("singular matrix", "matrix is singular", 7)),
        # The rank that crashed is more than the launcher that tells of it.
        ([], "MPI_ABORT was invoked on rank 0", ("Bus error",), ("crash", "Bus error", None)),
        ([("note", "matrix is singular", 7)], "stopped", (), None),
        ([("error", "cannot write: No space left on device", 4)], "stopped", (),
         ("out of disk", "cannot write: No space left on device", 4)),
    ],
)  # fmt: skip
def test_the_most_telling_words_name_the_cause(messages, reason, others, cause):
    said = [Message(severity, None, text, line) for severity, text, line in messages]

    assert find_cause(OWN, said, reason, others) == cause


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("[Errno 28] No space left on device: 'bar.frd'", "out of disk"),
        ("[Errno 12] Cannot allocate memory", "out of memory"),
        ("[Errno 2] No such file or directory: 'ccx'", "missing file"),
        ("License server machine is down; FlexNet error -15", "licence"),
        ("Could not obtain a license for feature X", "licence"),
        ("checked out 5 tokens from the licence server", None),
        ("end of story", None),
    ],
)
def test_words_of_no_solver_name_a_cause(text, cause):
    assert general_cause(text) == cause


def test_each_general_cause_is_one_of_the_vocabulary():
    from workers.parsers.causes import CAUSES

    assert {cause for _, cause in GENERAL} <= set(CAUSES)
