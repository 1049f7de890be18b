"""What an operator writes: every mistake at once, with its key and the fix, and never a secret."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from bridge import config, plugins
from bridge.errors import ConfigError

KEY = "sk-ant-api03-hk7hk7hk7hk7hk7hk7"


def read(folder: Path, toml: str | bytes = "", environ: Mapping[str, str] | None = None) -> config.Config:
    path = folder / "config.toml"
    path.write_bytes(toml if isinstance(toml, bytes) else toml.encode())
    return config.read(path, environ or {})


def problems(folder: Path, toml: str | bytes = "", environ: Mapping[str, str] | None = None) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(folder, toml, environ)
    assert caught.value.problems
    return caught.value.problems


def test_an_empty_file_is_a_whole_configuration(tmp_path: Path) -> None:
    read_ = read(tmp_path)

    assert read_.server.port == 8080
    assert list(read_.channels) == ["widget"]
    assert read_.store.module.__name__ == "bridge.stores.sqlite"


def test_the_shipped_file_is_good() -> None:
    assert config.read(Path(__file__).parents[2] / "config.toml", {}).business.name == "Larkwell Cycles"


def test_every_mistake_is_told_in_one_go(tmp_path: Path) -> None:
    toml = """
    [server]
    port = 99999
    prot = 1
    log_level = "loud"
    [sever]
    [bussiness]
    [business]
    time_zone = "Mars/Olympus"
    [claude.tiers.haiku]
    modle = "x"
    [knowledge]
    embedder = "us"
    [channels.widgt]
    [channels.widget]
    heartbeat_s = 0
    allowed_origins = ["shop.example", "https://shop.example/path"]
    """

    told = problems(tmp_path, toml)

    begins = {line.partition(": ")[0] for line in told}
    assert begins == {
        "server.port",
        "server.prot",
        "server.log_level",
        "sever",
        "bussiness",
        "business.time_zone",
        "claude.tiers.haiku.modle",
        "knowledge.embedder",
        "channels.widgt",
        "channels.widget.heartbeat_s",
        "channels.widget.allowed_origins.0",
        "channels.widget.allowed_origins.1",
    }
    whole = "\n".join(told)
    assert "server.prot: is not a key we know; did you mean 'port'?" in told
    assert "sever: is not a table we know; did you mean 'server'?" in told
    assert "did you mean 'model'?" in whole
    assert "(it is 99999)" in whole
    assert "'debug', 'info', 'warning' or 'error'" in whole
    assert f"there are: {', '.join(plugins.names('bridge.channels'))}" in whole
    assert f"there are: {', '.join(plugins.names(config.EMBEDDERS))}" in whole


@pytest.mark.parametrize(
    ("name", "value", "key", "wanted"),
    [
        ("BRIDGE_SERVER__PORT", "8090", "server.port", 8090),
        ("BRIDGE_SERVER__DRAIN_S", "0.5", "server.drain_s", 0.5),
        ("BRIDGE_SERVER__HOST", "0.0.0.0", "server.host", "0.0.0.0"),
        ("BRIDGE_SERVER__PUBLIC_URL", "https://chat.example/", "server.public_url", "https://chat.example"),
        ("BRIDGE_SERVER__LOG_STYLE", "json", "server.log_style", "json"),
        ("BRIDGE_BUSINESS__NAME", "2024", "business.name", "2024"),
        ("BRIDGE_BUSINESS__SUGGESTIONS", '["One?", "Two?"]', "business.suggestions", ("One?", "Two?")),
        ("BRIDGE_BUSINESS", '{"name": "Ada"}', "business.name", "Ada"),
        ("BRIDGE_KNOWLEDGE__PATH", "other", "knowledge.path", Path("other")),
        ("BRIDGE_SERVER__TRUSTED_PROXIES", '["10.0.0.1"]', "server.trusted_proxies", ("10.0.0.1",)),
    ],
)
def test_the_environment_sets_keys_of_every_type(
    tmp_path: Path, name: str, value: str, key: str, wanted: object
) -> None:
    found: object = read(tmp_path, '[server]\nport = 1\n[business]\nname = "file"', {name: value})

    for part in key.split("."):
        found = getattr(found, part)
    assert found == wanted


def test_the_environment_sets_plug_ins(tmp_path: Path) -> None:
    environ = {
        "BRIDGE_CHANNELS__WIDGET__DEMO_PAGE": "false",
        "BRIDGE_CHANNELS__WIDGET__ALLOWED_ORIGINS": '["https://Shop.example/"]',
        "BRIDGE_STORE__URL": "memory://",
    }

    read_ = read(tmp_path, environ=environ)

    assert read_.channels["widget"].settings.demo_page is False
    assert read_.channels["widget"].settings.allowed_origins == ("https://shop.example",)
    assert read_.store.module.__name__ == "bridge.stores.memory"


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({"BRIDGE_SERVER__PORT": "many"}, "server.port: input should be a valid integer"),
        ({"BRIDGE_BUSINESS__SUGGESTIONS": '["One?",'}, "BRIDGE_BUSINESS__SUGGESTIONS: is not valid JSON"),
        ({"BRIDGE_SERVER__PORT__X": "1"}, "server.port: "),
        ({"BRIDGE_SERVER": "1"}, "server: must be a table"),
        ({"BRIDGE_CHANNELS": "[]"}, "channels: must be a table"),
        ({"BRIDGE_SERVRE__PORT": "1"}, "servre: is not a table we know; did you mean 'server'?"),
        ({"BRIDGE_STORE__URL": "elsewhere"}, "store.url: 'elsewhere' is not an address"),
        ({"BRIDGE_STORE__URL": "mongo://x"}, "store.url: there is no 'mongo'; there are: "),
    ],
)
def test_a_mistake_in_the_environment_is_told(tmp_path: Path, environ: dict[str, str], told: str) -> None:
    assert any(line.startswith(told) for line in problems(tmp_path, environ=environ))


@pytest.mark.parametrize(
    "url",
    [
        "https://chat.example:99999",
        "https://chat.example:abc",
        "https://chat.example:-1",
        "https://chat.example:0",
        "https://[",
        "https://[::1",
        "https://:8080",
        "chat.example",
        "ftp://chat.example",
        "https://chat.example?x",
    ],
)
def test_a_public_address_that_cannot_be_one_is_told(tmp_path: Path, url: str) -> None:
    (told,) = problems(tmp_path, environ={"BRIDGE_SERVER__PUBLIC_URL": url})
    assert told.startswith("server.public_url: must be like https://chat.example.com, with a port up to 65535 or none")


def test_a_proxy_that_is_no_address_is_told(tmp_path: Path) -> None:
    (told,) = problems(tmp_path, environ={"BRIDGE_SERVER__TRUSTED_PROXIES": '["10.0.0.0/8", "proxy"]'})
    assert told.startswith("server.trusted_proxies: 'proxy' is neither an address nor a network such as 10.0.0.0/8")


def test_a_mistake_in_the_environment_names_the_variable(tmp_path: Path) -> None:
    environ = {"BRIDGE_SERVER__PORT": "many", "BRIDGE_SERVER__PROT": "1"}

    told = problems(tmp_path, environ=environ)

    assert all("(set by BRIDGE_SERVER__PR" in line or "(set by --port or BRIDGE_SERVER__PO" in line for line in told)


def test_a_table_in_the_environment_under_a_value_of_the_file_is_told(tmp_path: Path) -> None:
    assert problems(tmp_path, "server = 1", {"BRIDGE_SERVER__PORT": "1"})


@pytest.mark.parametrize("toml", ["[server", "port = = 1", b"\xff\xfe", "[server]\n[server]"])
def test_a_file_that_is_no_toml_is_told(tmp_path: Path, toml: str | bytes) -> None:
    assert problems(tmp_path, toml)[0].startswith(f"{tmp_path}/config.toml: is not valid TOML")


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    for path in (tmp_path / "no.toml", tmp_path):
        with pytest.raises(ConfigError, match=r"cannot be read: .*; run bridge in the folder that holds it"):
            config.read(path, {})


def test_dotenv_fills_gaps_and_is_taken_as_it_is_written(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        f"ANTHROPIC_API_KEY={KEY}${{HOME}}\nBRIDGE_SERVER__PORT=1234\nBRIDGE_SERVER__HOST=::1\n"
    )

    read_ = read(tmp_path, environ={"BRIDGE_SERVER__PORT": "99"})

    assert read_.secrets["ANTHROPIC_API_KEY"].get_secret_value() == KEY + "${HOME}"
    assert (read_.server.port, read_.server.host) == (99, "::1")


def test_a_dotenv_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"ANTHROPIC_API_KEY=\xff\xfe\n")

    assert ".env: cannot be read" in problems(tmp_path)[0]


@pytest.mark.parametrize(
    "toml",
    [
        f'ANTHROPIC_API_KEY = "{KEY}"',
        f'[claude]\napi_key = "{KEY}"',
        f'[claude]\nbase_url = "{KEY}"',
        f'[business]\ncontact = "write to {KEY}"',
        f'[channels.widget]\nWIDGET_SIGNING_KEY = "{KEY}"',
        f'[channels.widget]\nallowed_origins = "{KEY}"',
        f'[server]\nport = "{KEY}"',
        f'[secrets]\nANTHROPIC_API_KEY = "{KEY}"',
        f"claude = '{KEY}'",
    ],
)
def test_a_key_in_the_file_is_refused_and_not_shown(tmp_path: Path, toml: str) -> None:
    told = "\n".join(problems(tmp_path, toml))

    assert "secrets never stand in config.toml" in told
    assert "hk7" not in told


def test_a_password_in_an_address_is_not_shown(tmp_path: Path) -> None:
    told = problems(tmp_path, '[store]\nurl = "redis:/x://someone:hk7pass@db"\nurk = 1')

    assert "hk7" not in "\n".join(told)


def test_secrets_do_not_show_when_the_configuration_is_printed(tmp_path: Path) -> None:
    environ = {"ANTHROPIC_API_KEY": KEY, "WIDGET_SIGNING_KEY": "hk7" * 20}

    read_ = read(tmp_path, environ=environ)

    assert "hk7" not in repr(read_) + str(read_)
    assert sorted(read_.secret_values) == sorted(environ.values())


EXAMPLES = ["changeme", "your-key-here", "<key>", "sk-ant-...", "sk-ant-xxxxxxx", "xxxxxx", "AC...", "123:AAE..."]


@pytest.mark.parametrize("value", EXAMPLES)
def test_an_example_value_is_no_secret(tmp_path: Path, value: str) -> None:
    assert problems(tmp_path, environ={"ANTHROPIC_API_KEY": value}) == [
        "ANTHROPIC_API_KEY: holds an example value; set the real one or leave it out"
    ]


def test_an_empty_secret_is_none(tmp_path: Path) -> None:
    assert read(tmp_path, environ={"ANTHROPIC_API_KEY": ""}).secrets == {}


def _required(embedder: str) -> tuple[str, ...]:
    required: tuple[str, ...] = getattr(plugins.load(config.EMBEDDERS, embedder, ""), "REQUIRED", ())
    return required


def test_a_plug_in_without_its_secrets_is_refused_only_when_it_is_used(tmp_path: Path) -> None:
    needy = [name for name in plugins.names(config.EMBEDDERS) if _required(name)]
    assert needy

    for name in needy:
        told = problems(tmp_path, f'[knowledge]\nembedder = "{name}"')
        required = ", ".join(_required(name))
        assert told == [f"embedders.{name}: set {required} in the environment or in .env"]
        assert read(tmp_path, f"[embedders.{name}]")


def test_settings_of_an_embedder_that_is_not_used_are_checked_too(tmp_path: Path) -> None:
    assert problems(tmp_path, "[embedders.voyage]\nmodle = 'x'")[0].startswith("embedders.voyage.modle: is not a key")


def test_a_secret_that_a_setting_makes_necessary_is_told_with_the_other_mistakes(tmp_path: Path) -> None:
    toml = "[server]\nport = 99999\n[channels.telegram]\nenabled = true\n"
    token = {"TELEGRAM_BOT_TOKEN": "7000000001:AAhk7"}

    port, secret = problems(tmp_path, toml, token)

    assert port.startswith("server.port")
    assert secret == (
        'channels.telegram: with mode = "webhook", set TELEGRAM_WEBHOOK_SECRET in the environment or in .env'
    )
    assert len(problems(tmp_path, f'{toml}mode = "polling"', token)) == 1
    assert "telegram" in read(tmp_path, '[channels.telegram]\nenabled = true\nmode = "polling"', token).channels
    assert "telegram" not in read(tmp_path, "[channels.telegram]\nenabled = false").channels


@pytest.mark.parametrize(
    ("channel", "setting", "told"),
    [
        ("slack", "updates_per_minute = 1000", "must be 50 at most: Slack refuses more edits a minute (tier 3)"),
        ("slack", "posts_per_second = 5", "must be 1 at most: Slack refuses more posts a second to one channel"),
        ("whatsapp", "sweep_s = 0.1", "must be 0, or 10 at least: Twilio refuses who asks for lists all the time"),
        ("telegram", "webhook_connections_max = 1000", "input should be less than or equal to 100"),
    ],
)
def test_no_pace_is_taken_that_the_platform_would_refuse(tmp_path: Path, channel: str, setting: str, told: str) -> None:
    (problem,) = problems(tmp_path, f"[channels.{channel}]\n{setting}")
    key, _, value = setting.partition(" = ")
    assert problem == f"channels.{channel}.{key}: {told} (it is {value})"


CATEGORIES = "routing.categories"


@pytest.mark.parametrize(
    ("toml", "category", "tier", "context", "review"),
    [
        (f'[{CATEGORIES}.sensitive_matter]\ntier = "sonnet"', "sensitive_matter", "sonnet", "focused", True),
        (f'[{CATEGORIES}.sensitive_matter]\ncontext = "extended"', "sensitive_matter", "opus", "extended", True),
        (f"[{CATEGORIES}.sensitive_matter]\nreview = false", "sensitive_matter", "opus", "focused", False),
        (f'[{CATEGORIES}.technical_issue]\ntier = "sonnet"', "technical_issue", "sonnet", "full", False),
        (f"[{CATEGORIES}.FAQ]\nreview = true", "FAQ", "haiku", "focused", True),
        (f'[{CATEGORIES}.FAQ]\ntier = "opus"', "technical_issue", "opus", "full", False),
    ],
)
def test_a_category_keeps_what_is_not_named(
    tmp_path: Path, toml: str, category: str, tier: str, context: str, review: bool
) -> None:
    way = getattr(read(tmp_path, toml).routing.categories, category)

    assert (way.tier, way.context, way.review) == (tier, context, review)


@pytest.mark.parametrize(
    ("toml", "told"),
    [
        (
            f'[{CATEGORIES}.sales_inquiries]\ntier = "opus"',
            f"{CATEGORIES}.sales_inquiries: is not a key we know; did you",
        ),
        (f'[{CATEGORIES}.FAQ]\nteir = "opus"', f"{CATEGORIES}.FAQ.teir: is not a key we know; did you mean 'tier'?"),
        (f"{CATEGORIES} = 1", f"{CATEGORIES}: "),
        (f"{CATEGORIES}.FAQ = 1", f"{CATEGORIES}.FAQ: "),
    ],
)
def test_a_mistake_in_a_category_is_told(tmp_path: Path, toml: str, told: str) -> None:
    (line,) = problems(tmp_path, toml)
    assert line.startswith(told)


@pytest.mark.parametrize(
    ("name", "value", "toml"),
    [
        ("BRIDGE_ROUTING__CATEGORIES__FAQ__TIER", "opus", ""),
        ("BRIDGE_ROUTING__CATEGORIES__faq__tier", "opus", ""),
        ("BRIDGE_ROUTING__CATEGORIES__FAQ__TIER", "opus", f'[{CATEGORIES}.FAQ]\ntier = "sonnet"\nreview = true'),
        ("BRIDGE_ROUTING__CATEGORIES__FAQ", '{"tier": "opus"}', ""),
    ],
)
def test_a_key_in_upper_case_is_set_by_the_environment(tmp_path: Path, name: str, value: str, toml: str) -> None:
    assert read(tmp_path, toml, {name: value}).routing.categories.FAQ.tier == "opus"


@pytest.mark.parametrize(
    ("toml", "names", "model"),
    [
        ("", ("BRIDGE_PRICES__LLAMA3__INPUT", "BRIDGE_PRICES__LLAMA3__OUTPUT"), "llama3"),
        (
            '[prices."Qwen/Q2"]\ninput = 9',
            ("BRIDGE_PRICES__QWEN/Q2__INPUT", "BRIDGE_PRICES__QWEN/Q2__OUTPUT"),
            "Qwen/Q2",
        ),
    ],
)
def test_the_key_of_a_map_is_set_by_the_environment(
    tmp_path: Path, toml: str, names: tuple[str, ...], model: str
) -> None:
    models = read(tmp_path, toml, dict.fromkeys(names, "3")).prices.models

    assert [*models] == [model]
    assert models[model].input == models[model].output == 3


def _printed() -> Iterator[tuple[str, str, str]]:
    """Of every setting on the page: its table, its variable and its default as one writes it in the environment."""
    page = (Path(__file__).parents[2] / "docs/configuration.md").read_text(encoding="utf-8")
    table = ""
    for line in page.splitlines():
        if line.startswith("## "):
            table = line.partition("## ")[2]
        if row := re.match(r"\| `[^`]+` \| `(.*?)` \| `(BRIDGE_\w+)` \|", line):
            default = json.loads(row[1].replace("\\|", "|"))
            yield table, row[2], default if isinstance(default, str) else json.dumps(default)


def test_every_variable_on_the_page_can_be_set_to_its_default(tmp_path: Path) -> None:
    """One page has the settings of every store: those of the default one are set here."""
    printed = [
        (name, value) for table, name, value in _printed() if not table.startswith("`[store]`") or "sqlite" in table
    ]
    usual = read(tmp_path)

    assert len(printed) > 250
    for name, value in printed:
        found = read(tmp_path, environ={name: value})
        for table in config.TABLES:
            assert getattr(found, table) == getattr(usual, table), name
    assert read(tmp_path, environ=dict(printed)) == usual


@pytest.mark.parametrize(
    ("table", "key", "kept"),
    [
        ("prompt", "words_max", {"whatsapp": 80, "telegram": 120}),
        ("checks", "chars_max", {"whatsapp": 2_000, "telegram": 3_500, "widget": 4_000}),
        ("budget", "output_tokens_max", {"whatsapp": 500, "telegram": 700}),
    ],
)
def test_a_map_by_channel_keeps_the_channels_that_are_not_named(
    tmp_path: Path, table: str, key: str, kept: dict[str, int]
) -> None:
    def by_channel(toml: str, environ: Mapping[str, str] | None = None) -> dict[str, int]:
        return dict(getattr(getattr(read(tmp_path, toml, environ), table), key))

    assert by_channel(f"[{table}.{key}]\nslack = 400") == kept | {"slack": 400}
    assert by_channel(f"[{table}.{key}]\nwhatsapp = 400").items() >= (kept | {"whatsapp": 400}).items()
    assert by_channel("", {f"BRIDGE_{table}__{key}__slack".upper(): "400"}) == kept | {"slack": 400}

    (told,) = problems(tmp_path, f"[{table}.{key}]\nwhatsap = 400")
    assert told == f"{table}.{key}.whatsap: is not a channel we know; did you mean 'whatsapp'?"
    (told,) = problems(tmp_path, environ={f"BRIDGE_{table}__{key}__whatsap".upper(): "400"})
    assert f"(set by BRIDGE_{table.upper()}__" in told
    assert problems(tmp_path, f"[{table}]\n{key} = 3")


@pytest.mark.parametrize(
    ("toml", "told"),
    [
        ('checks.competitors = "BikeBarn"', "checks.competitors: must be a list, such as [\"…\"] (it is 'BikeBarn')"),
        ("routing.plan.haiku = 0.4", "routing.plan.haiku: must be a list, such as [0.4, 0.5] (it is 0.4)"),
        ("prices.llama3 = {input = 0, output = 0, bands = 1}", "prices.llama3.bands: must be a list (it is 1)"),
    ],
)
def test_a_value_that_must_be_a_list_is_told_so(tmp_path: Path, toml: str, told: str) -> None:
    assert problems(tmp_path, toml) == [told]
