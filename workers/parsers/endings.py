"""How a log ends when not the solver but the machine, the batch system or a crash ended the run.

Their words may be glued to the end of any line, so they are looked for anywhere in it. Each is of a system of
which no solver's text speaks; what a solver says of its own end is its parser's work.
"""

import re
from typing import Literal, NamedTuple

from workers.parsers.report import Cause

WORDS_LENGTH = 300
"""Characters kept of the words of an ending."""

Kind = Literal["killed", "crashed"]


class Ending(NamedTuple):
    """What a line says of an end from outside, or of a crash."""

    kind: Kind
    """Killed: by a person, a limit or a system, so the end is no fault of the run; crashed: by itself."""
    cause: Cause
    words: str


# slurmstepd: error: *** JOB 42189 ON clr1247 CANCELLED AT 2022-04-14T16:17:16 DUE TO TIME LIMIT ***
# slurmstepd: error: *** STEP 8114.0 ON n021 CANCELLED AT 2024-02-11T03:12:09 DUE TO PREEMPTION ***
# slurmd[n014]: *** JOB 3317 CANCELLED AT 2011-06-02T10:00:31 DUE TO TIME LIMIT ***       (Slurm 2)
_SLURM = r"(?:slurmstepd|slurmd|srun)[^:]*: (?:error: )?"
_CANCELLED = rf"{_SLURM}(?:\*\*\* )?.*?CANCELLED (?:AT )?"

_KILLED: tuple[tuple[str, Cause], ...] = (
    (rf"{_CANCELLED}.*DUE TO TIME LIMIT.*", "wall limit"),
    (rf"{_CANCELLED}.*DUE TO (?:PREEMPTION|NODE FAIL|JOB REQUEUE|JOB NOT RUN).*", "killed by system"),
    (rf"{_CANCELLED}.*", "killed by user"),
    # slurmstepd: error: Detected 1 oom-kill event(s) in StepId=812.batch. Some of your processes may have been …
    # slurmstepd: error: Job 3318 exceeded memory limit (2101248 > 2048000), being killed
    # slurmstepd: error: Exceeded step memory limit at some point.
    # srun: error: n014: task 3: Out Of Memory
    (
        rf"{_SLURM}.*(?:oom[-_ ]?kill|[Oo]ut [Oo]f [Mm]emory|[Ee]xceeded (?:step |job )?memory limit).*",
        "out of memory",
    ),
    # srun: error: n014: task 3: Killed
    # srun: Job step aborted: Waiting up to 32 seconds for job step to finish.
    (rf"{_SLURM}.*: tasks? [\d,\[\]-]+: (?:Killed|Terminated)\b.*", "killed by system"),
    (r"srun: (?:Job step aborted: Waiting|forcing job termination|Force Terminated job).*", "killed by system"),
    # Out of memory: Killed process 4711 (ccx) total-vm:67108864kB, anon-rss:65011712kB
    # Memory cgroup out of memory: Kill process 4711 (ccx) score 1974 or sacrifice child
    # oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null)
    (
        r"\b[Oo]ut of memory: Kill.*|\boom-kill event.*|\boom-kill:.*|\binvoked oom-killer.*"
        r"|\bkilled by the OOM killer.*",
        "out of memory",
    ),
    # =>> PBS: job killed: walltime 152 exceeded limit 120
    # =>> PBS: job killed: mem 2097156kb exceeded limit 2097152kb
    (r"PBS: job killed: (?:walltime|cput|pcput) .*", "wall limit"),
    (r"PBS: job killed: (?:p?v?mem|p?vmem|resi) .*", "out of memory"),
    (r"PBS: job killed: .*", "killed by system"),
    # TERM_RUNLIMIT: job killed after reaching LSF run time limit.
    # TERM_MEMLIMIT: job killed after reaching LSF memory usage limit.
    # TERM_OWNER: job killed by owner.
    (r"\bTERM_(?:RUNLIMIT|CPULIMIT|DEADLINE|WINDOW)\b.*", "wall limit"),
    (r"\bTERM_(?:MEMLIMIT|SWAP)\b.*", "out of memory"),
    (r"\bTERM_(?:OWNER|FORCE_OWNER|BUCKET_KILL)\b.*", "killed by user"),
    (
        r"\bTERM_(?:ADMIN|FORCE_ADMIN|PREEMPT|EXTERNAL_SIGNAL|REQUEUE_\w+|LOAD|ZOMBIE|CHKPNT|PROCESSLIMIT"
        r"|THREADLIMIT|ORPHAN_SYSTEM|REMOVE_HUNG_JOB|RC_RECLAIM|CSM_ALLOC|OTHER|UNKNOWN)\b.*",
        "killed by system",
    ),
    # job 3319.1 exceeded hard wallclock time - initiate terminate method              (Grid Engine)
    # job 3319 exceeds job hard limit "h_vmem" of queue "all.q@n01" (2.01G > limit:2.00G) - sending SIGKILL
    (r"\bjob \S+ exceeded (?:hard|soft) wallclock time.*", "wall limit"),
    (r'\bexceeds job (?:master )?(?:hard|soft) limit "[hs]_(?:rt|cpu)".*', "wall limit"),
    (r'\bexceeds job (?:master )?(?:hard|soft) limit "[hs]_(?:vmem|rss|data|stack)".*', "out of memory"),
    # Cputime limit exceeded (core dumped)         CPU time limit exceeded       File size limit exceeded
    (r"\b(?:Cputime|CPU time) limit exceeded.*", "wall limit"),
    (r"\bFile ?size limit exceeded.*", "out of disk"),
    # mpirun noticed that process rank 3 with PID 4711 on node n01 exited on signal 9 (Killed).
    # =   KILLED BY SIGNAL: 15 (Terminated)                          (Intel MPI)
    # YOUR APPLICATION TERMINATED WITH THE EXIT STRING: Killed (signal 9)        (MPICH)
    # MPI Application rank 0 killed before MPI_Finalize() with signal 9          (Platform MPI)
    (
        r"(?:exited on|KILLED BY|with|killed by|terminated with) [Ss](?:ignal|IGNAL):? (?:9|15)\b.*"
        r"|EXIT STRING: (?:Killed|Terminated) \(signal (?:9|15)\).*",
        "killed by system",
    ),
    # forrtl: error (78): process killed (SIGTERM)       forrtl: error (69): process interrupted (SIGINT)
    (r"\bforrtl: error \(78\).*", "killed by system"),
    (r"\bforrtl: error \(69\).*", "killed by user"),
    # ./run.sh: line 7:  4711 Killed                  ccx_static bar > bar.log
    # Killed                                                     (the whole line)
    (r"^(?:.*: line \d+: +\d+ )?(?:Killed|Terminated)(?: {2,}.*|\s*$)", "killed by system"),
    (r"^(?:.*: line \d+: +\d+ )Interrupt(?: {2,}.*|\s*$)", "killed by user"),
)  # fmt: skip

_CRASHED: tuple[tuple[str, Cause], ...] = (
    # forrtl: severe (41): insufficient virtual memory
    # terminate called after throwing an instance of 'std::bad_alloc'
    (
        r"\bforrtl: severe \((?:41|179)\).*|\bstd::bad_alloc\b.*"
        r"|Error allocating \d+ bytes.*|Allocation would exceed memory limit.*",
        "out of memory",
    ),
    # forrtl: No space left on device
    (r"\bforrtl: No space left on device.*", "out of disk"),
    # forrtl: severe (29): file not found, unit 11, file model.inc
    (r"\bforrtl: severe \(29\).*", "missing file"),
    # forrtl: severe (59): list-directed I/O syntax error, unit 5        forrtl: severe (24): end-of-file during read
    (r"\bforrtl: severe \((?:24|59|64|66|67)\).*", "input error"),
    # forrtl: error (65): floating invalid       forrtl: severe (71): integer divide by zero
    # Program received signal SIGFPE: Floating-point exception - erroneous arithmetic operation.
    # [n01:4711] Signal: Floating point exception (8)
    # ./run.sh: line 7:  4711 Floating point exception(core dumped) ccx bar
    # #1  Foam::sigFpe::sigHandler(int) in "…/libOpenFOAM.so"
    (
        r"\bforrtl: (?:severe|error) \((?:65|71|72|73|136|137|138|139)\).*|Program received signal SIGFPE.*"
        r"|\bSignal: Floating point exception.*|^(?:.*: line \d+: +\d+ )?Floating (?:point )?exception ?(?:\(core.*|\s*$)"
        r"|Foam::sigFpe::sigHandler.*"
        r"|\b[Ss](?:ignal|IGNAL):? 8\b \(Floating.*",
        "floating point error",
    ),
    # free(): invalid pointer        realloc(): invalid next size        corrupted size vs. prev_size
    # *** Error in `ccx': double free or corruption (!prev): 0x0000000001b3c2d0 ***
    # *** glibc detected *** ccx: free(): invalid pointer: 0x0000000001b3c2d0 ***
    # Program received signal SIGSEGV: Segmentation fault - invalid memory reference.
    # forrtl: severe (174): SIGSEGV, segmentation fault occurred
    # ./run.sh: line 7:  4711 Segmentation fault      (core dumped) ccx bar
    # [n01:4711] Signal: Segmentation fault (11)
    # =   KILLED BY SIGNAL: 11 (Segmentation fault)
    (
        r"^(?:free|malloc|realloc|calloc|munmap_chunk)\w*\(\): .+|\*\*\* Error in `[^']*': .*"
        r"|\*\*\* glibc detected \*\*\*.*|^double free or corruption.*"
        r"|^corrupted (?:size|double-linked|unsorted).*|\*\*\* (?:stack smashing|buffer overflow) detected \*\*\*.*"
        r"|\bSegmentation [Ff]ault\b.*|\b[Ss]egmentation [Vv]iolation\b.*|\bBus error\b.*|\bIllegal instruction\b.*"
        r"|^(?:.*: line \d+: +\d+ )?Aborted\b.*|Program received signal SIG.*|Program Exception - .*"
        r"|\bforrtl: severe .*|Foam::sig(?:Segv|Abrt|Int|Quit)::sigHandler.*"
        r"|^terminate called .*|\bSignal: (?:Aborted|Bus error|Illegal).*|caught signal \d+ \(.*",
        "crash",
    ),
    # MPI_ABORT was invoked on rank 0 in communicator MPI_COMM_WORLD
    # application called MPI_Abort(MPI_COMM_WORLD, 1) - process 0       Fatal error in PMPI_Recv: Other MPI error
    # =   BAD TERMINATION OF ONE OF YOUR APPLICATION PROCESSES
    # mpirun noticed that process rank 1 with PID 4711 on node n01 exited on signal 6 (Aborted).
    # MPI Application rank 2 exited before MPI_Finalize() with status 2
    # [0] process exited without calling finalize                       (MS-MPI)
    (
        r"\bMPI_ABORT was invoked.*|\bapplication called MPI_Abort.*|\bFatal error in P?MPI_.*"
        r"|\bBAD TERMINATION OF ONE OF YOUR.*|\bMPI Application rank \d+ (?:exited|killed).*"
        r"|\b(?:mpirun|mpiexec|orterun|prterun|prte) (?:noticed|detected) that .*"
        r"|\bprocess exited without calling finalize.*|\baborting MPI_COMM_WORLD.*"
        r"|\bcaused collective abort of all ranks.*|\bORTE (?:has lost|was unable|does not know).*"
        r"|\bMPI process \(rank: \d+, pid: \d+\) (?:terminated|exited).*|\baborting job:.*",
        "MPI failure",
    ),
)  # fmt: skip

_TABLES: tuple[tuple[Kind, Cause, re.Pattern[str]], ...] = (
    *(("killed", cause, re.compile(pattern)) for pattern, cause in _KILLED),
    *(("crashed", cause, re.compile(pattern)) for pattern, cause in _CRASHED),
)


def ending(line: str) -> Ending | None:
    """The end that the line tells of, if it does.

    Half a microsecond for a line that tells of none; still, ask only of lines that nothing else has taken.
    """
    if not _may_tell(line):
        return None
    for kind, cause, pattern in _TABLES:
        if found := pattern.search(line):
            return Ending(kind, cause, found.group().strip()[:WORDS_LENGTH])
    return None


def _may_tell(line: str) -> bool:
    # One of these is in every line that a table finds; written out, since a loop over them takes four times as long.
    return (
        ("ill" in line or "CANCELL" in line or "xceed" in line or "TERM_" in line or "SIG" in line)
        or ("ignal" in line or "srun" in line or "oom" in line or "Terminated" in line)
        or ("Interrupt" in line or "forrtl" in line or "_alloc" in line or "rror alloc" in line)
        or ("Floating" in line or "::sig" in line or "(): " in line or "*** " in line)
        or ("double free" in line or "corrupted " in line or "fault" in line)
        or ("violation" in line or "Bus e" in line or "bort" in line or "BORT" in line)
        or ("Exception -" in line or "terminate " in line or "MPI" in line or "finalize" in line)
        or ("noticed that" in line or "BAD T" in line or "detected that" in line or "ORTE" in line)
    )


def killed_words(line: str) -> str | None:
    """The words that say who killed the run, if the line has them."""
    found = ending(line)
    return found.words if found and found.kind == "killed" else None


def crash_words(line: str) -> str | None:
    """The words with which the C library, a Fortran runtime, MPI or the shell reports a crash."""
    found = ending(line)
    return line.strip()[:WORDS_LENGTH] if found and found.kind == "crashed" else None
