"""Where settings come from, and what is said when they cannot be read."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path

import pytest

from ionstack import config
from ionstack.config import OPTIONS, load, unknown_names
from ionstack.errors import UsageError


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_defaults_are_those_of_the_design() -> None:
    settings = load({}, {})
    assert (settings.host, settings.port, settings.s3_port) == ("127.0.0.1", 4667, 4668)
    assert settings.profile == "instant"
    assert settings.data_dir == config.default_data_dir()


def test_flag_before_environment_before_file(elsewhere: Path) -> None:
    (elsewhere / "ionstack.toml").write_text('port = 1\nprofile = "chaos"\nhost = "toml.example"\n')
    environment = {"IONSTACK_PORT": "2", "IONSTACK_PROFILE": "realistic"}
    settings = load({"port": "3", "profile": None}, environment)
    assert (settings.port, settings.profile, settings.host) == (3, "realistic", "toml.example")


def test_the_file_may_be_named_by_flag_or_variable(elsewhere: Path) -> None:
    (elsewhere / "one.toml").write_text("port = 1001")
    (elsewhere / "two.toml").write_text("port = 1002")
    variable = {"IONSTACK_CONFIG": "two.toml"}
    assert load({}, variable).port == 1002
    assert load({}, variable, Path("one.toml")).port == 1001


def test_a_free_port_is_taken_for_both_unless_one_is_named() -> None:
    assert load({"port": "0"}, {}).s3_port == 0
    assert load({"port": "0", "s3_port": "4668"}, {}).s3_port == 4668


def test_an_empty_variable_counts_as_absent() -> None:
    assert load({}, {"IONSTACK_PASSWORD": "", "IONSTACK_PORT": ""}) == load({}, {})


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("ephemeral", "yes", True),
        ("worker", "0", False),
        ("trusted_proxies", "10.0.0.0/8, fd00::/8", (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))),
        ("public_url", "https://cloud.example.com/", "https://cloud.example.com"),
        ("domain", "Cloud.Example.com", "cloud.example.com"),
        ("request_timeout", "2.5", 2.5),
        ("username", "x@y", "x@y"),
        ("data_dir", "~/ion", Path.home() / "ion"),
    ],
)
def test_texts_become_values(name: str, text: str, value: object) -> None:
    assert getattr(load({}, {OPTIONS[name].variable: text}), name) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("port", "http"),
        ("port", "65536"),
        ("port", "-1"),
        ("port", "4.5"),
        ("profile", "slow"),
        ("ephemeral", "perhaps"),
        ("trusted_proxies", "10.0.0.1/8"),
        ("public_url", "cloud.example.com"),
        ("public_url", "https://"),
        ("public_url", "http://x:99999"),
        ("database", "mysql://host/name"),
        ("domain", "-x-"),
        ("username", "nobody"),
        ("keep_alive", "nan"),
        ("keep_alive", "inf"),
        ("keep_alive", "0"),
        ("host", "a\nb"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_line_that_names_its_source(name: str, text: str) -> None:
    with pytest.raises(UsageError) as refused:
        load({}, {OPTIONS[name].variable: text})
    message = str(refused.value)
    assert message.startswith(f"{OPTIONS[name].variable} must be ")
    assert "\n" not in message.replace(text, "")


def test_each_source_is_named(elsewhere: Path) -> None:
    with pytest.raises(UsageError, match=r"^--port must be a whole number from 0 to 65535, not 'x'$"):
        load({"port": "x"}, {})
    (elsewhere / "ionstack.toml").write_text("port = true")
    with pytest.raises(UsageError, match=r"^ionstack\.toml: port must be .*, not 'True'$"):
        load({}, {})


def test_a_secret_is_never_shown(elsewhere: Path) -> None:
    settings = load({}, {"IONSTACK_PASSWORD": "open sesame", "IONSTACK_DATABASE": "postgresql://a:hush@b/c"})
    assert "sesame" not in repr(settings)
    assert "hush" not in repr(settings)
    assert settings.password == "open sesame"
    with pytest.raises(UsageError) as refused:
        load({}, {"IONSTACK_DATABASE": "postgres//a:hush@b/c"})
    assert "hush" not in str(refused.value)


def test_an_unknown_key_of_the_file_is_an_error(elsewhere: Path) -> None:
    (elsewhere / "ionstack.toml").write_text("prot = 1")
    with pytest.raises(UsageError, match=r"ionstack\.toml: there is no setting 'prot'; did you mean port\?"):
        load({}, {})


@pytest.mark.parametrize(("text", "says"), [("port = ", "is not TOML"), (None, "cannot be read")])
def test_a_file_that_cannot_be_read_is_an_error(elsewhere: Path, text: str | None, says: str) -> None:
    if text is not None:
        (elsewhere / "x.toml").write_text(text)
    with pytest.raises(UsageError, match=f"x.toml {says}"):
        load({}, {}, Path("x.toml"))


def test_unknown_variables_are_told_with_what_may_be_meant() -> None:
    environment = {"IONSTACK_PROT": "1", "IONSTACK_PORT": "1", "IONSTACK_SERVER": "x", "PATH": "y"}
    assert unknown_names(environment) == [
        "IONSTACK_PROT means nothing to Ionstack; did you mean IONSTACK_PORT?"
    ]


@pytest.mark.parametrize(
    "flags",
    [
        {"tls_certificate": "a.pem"},
        {"ephemeral": True, "database": "postgresql://a/b"},
        {"port": "5000", "s3_port": "5000"},
        {"master_key": "a", "master_key_file": "b"},
    ],
)
def test_contradictions_are_refused(flags: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        load(flags, {})


def test_every_option_has_a_line_of_help() -> None:
    for option in OPTIONS.values():
        assert option.help.endswith("."), option.name
        assert "\n" not in option.help
