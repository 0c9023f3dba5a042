import pytest

from watcher.config import ConfigError, Root, WatcherConfig, read


@pytest.fixture
def environ(tmp_path):
    return {"PDFJOBS_VAR": str(tmp_path), "REDIS_URL": "unix:///q", "RQ_KEY_PREFIX": "p"}


def roots(var, *trees):
    hot = Root("hotfolder", f"{var}/hotfolder", "hot")
    return (hot, Root("runs", f"{var}/runs", "tree"), *trees)


def test_without_a_file_the_defaults_hold(environ, tmp_path):
    assert read(environ) == WatcherConfig("unix:///q", roots(tmp_path), 2.0, 0.2, 1.0)


def test_the_file_in_var_is_read(environ, tmp_path):
    (tmp_path / "pdfjobs.toml").write_text(
        "[web]\nport = 9000\n[intake]\nquiet_s = 5\nmax_members = 7\n"
        "[logs]\nquiet_s = 0.5\nceiling_s = 3\n"
        '[[trees]]\nname = "cluster"\npath = "/data//träger/"\nzone = "UTC"\n'
    )

    tree = Root("cluster", "/data/träger", "tree")
    assert read(environ) == WatcherConfig("unix:///q", roots(tmp_path, tree), 5.0, 0.5, 3.0)


def test_how_to_watch_is_read_and_a_tree_may_have_its_own_way(environ, tmp_path):
    (tmp_path / "pdfjobs.toml").write_text(
        '[watch]\nmode = "poll"\npoll_s = 1\nstats_per_s = 300\ngrace_s = 0.5\n'
        "[logs]\nreadings_per_s = 10\nsteady_s = 30\n"
        '[[trees]]\nname = "a"\npath = "/a"\n'
        '[[trees]]\nname = "b"\npath = "/b"\nmode = "events"\n'
    )

    assert read(environ) == WatcherConfig(
        "unix:///q",
        (
            Root("hotfolder", f"{tmp_path}/hotfolder", "hot", "poll"),
            Root("runs", f"{tmp_path}/runs", "tree", "poll"),
            Root("a", "/a", "tree", "poll"),
            Root("b", "/b", "tree", "events"),
        ),
        readings_per_s=10.0,
        steady_s=30.0,
        poll_s=1.0,
        stats_per_s=300.0,
        grace_s=0.5,
    )


def test_a_named_file_wins(environ, tmp_path):
    (tmp_path / "pdfjobs.toml").write_text("[intake]\nquiet_s = 5\n")
    (tmp_path / "other.toml").write_text("[intake]\nquiet_s = 7\n")

    assert read({**environ, "PDFJOBS_CONFIG": str(tmp_path / "other.toml")}).intake_quiet_s == 7


@pytest.mark.parametrize("name", ["PDFJOBS_VAR", "REDIS_URL", "RQ_KEY_PREFIX"])
@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_variable_is_named(environ, name, value):
    environ[name] = value

    with pytest.raises(ConfigError, match=f"^{name} is not set$"):
        read(environ)


def test_a_named_file_that_is_not_there_is_an_error(environ, tmp_path):
    with pytest.raises(ConfigError, match=r"none\.toml: named by PDFJOBS_CONFIG, but not there"):
        read({**environ, "PDFJOBS_CONFIG": str(tmp_path / "none.toml")})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[intake]\nquiet_s = 0", r"intake\.quiet_s = 0: must be a number from 0\.1 to 3600"),
        ("[intake]\nquiet_s = nan", r"intake\.quiet_s = nan: must be"),
        ("[intake]\nquiet_s = true", r"intake\.quiet_s = True: must be"),
        ("[logs]\nquiet_s = 61", r"logs\.quiet_s = 61: must be a number from 0 to 60"),
        ("[logs]\nceiling_s = '1'", r"logs\.ceiling_s = '1': must be"),
        ("logs = 1", "logs = 1: must be a table"),
        ("trees = 1", "trees = 1: must be an array of tables"),
        ("[[trees]]\nname = 'A'\npath = '/a'", r"trees\.name = 'A': must match"),
        ("[[trees]]\nname = 'runs'\npath = '/a'", r"trees\.name = 'runs': another root"),
        ("[[trees]]\nname = 'a'", r"trees\.path = None: must be an absolute folder"),
        (
            "[watch]\nmode = 'inotify'",
            r"watch\.mode = 'inotify': must be one of auto, events, poll",
        ),
        ("[watch]\nmode = []", r"watch\.mode = \[\]: must be one of"),
        ("[watch]\nstats_per_s = 0", r"watch\.stats_per_s = 0: must be a number from 1 to"),
        ("watch = 'poll'", "watch = 'poll': must be a table"),
        ("[[trees]]\nname='a'\npath='/a'\nmode=''", r"trees\.mode = '': must be one of"),
        ("intake =", "not valid TOML"),
    ],
)
def test_a_bad_value_is_named_with_what_is_allowed(environ, tmp_path, text, message):
    (tmp_path / "pdfjobs.toml").write_text(text)

    with pytest.raises(ConfigError, match=message):
        read(environ)


def test_a_file_that_is_not_utf8_is_an_error(environ, tmp_path):
    (tmp_path / "pdfjobs.toml").write_bytes(b"[intake]\n# caf\xe9\n")

    with pytest.raises(ConfigError, match="not valid TOML"):
        read(environ)
