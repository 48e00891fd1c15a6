"""What the registry says of a name that stood for other data."""

from types import SimpleNamespace

import pytest

from launch.tracking import registry


class Client:
    """A registry of one name, without MLflow."""

    def __init__(self):
        self.versions, self.champion = {}, None

    def search_model_versions(self, which):
        run = which.split("'")[1]
        return [one for one in self.versions.values() if one.run_id == run]

    def made(self, run, **tags):
        version = str(len(self.versions) + 1)
        self.versions[version] = SimpleNamespace(version=version, name="devnet-train", run_id=run, tags=tags)

    def get_registered_model(self, name):
        return SimpleNamespace(aliases={} if self.champion is None else {"champion": self.champion})

    def get_model_version(self, name, version):
        return self.versions[version]

    def set_registered_model_alias(self, name, alias, version):
        self.champion = version

    def update_model_version(self, name, version, description):
        self.versions[version].description = description

    def set_model_version_tag(self, name, version, key, value):
        self.versions[version].tags[key] = value


@pytest.fixture
def client():
    return Client()


def register(client, run, sha256):
    client.made(run)
    event = {"name": "devnet-train", "description": "words", "tags": {"dataset_sha256": sha256}}
    return registry.register(client, event, run, "1")


def test_two_homes_with_one_name_for_two_contents(client):
    assert register(client, "a", "3f2a" * 16) == ("1", "")
    version, replaced = register(client, "b", "9b1c" * 16)
    assert (version, client.champion) == ("2", "2")
    assert "version 1, the champion until now, is of data with sha256 3f2a3f2a3f2a…, version 2 of 9b1c" in replaced
    assert client.versions["2"].description == f"{replaced}\n\nwords"


def test_the_same_data_again(client):
    register(client, "a", "3f2a" * 16)
    assert register(client, "b", "3f2a" * 16) == ("2", "")
    assert client.versions["2"].description == "words"


def test_a_champion_that_says_nothing_of_its_data(client):
    client.made("old")
    client.champion = "1"
    assert register(client, "b", "9b1c" * 16) == ("2", "")
