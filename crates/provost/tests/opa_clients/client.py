"""What users of `opa-python-client` do, against a server that is named on the command line: port, authority's certificate, token."""

import asyncio
import sys
import tempfile

from opa_client.errors import DeletePolicyError, PolicyNotFoundError, RegoParseError
from opa_client.opa import OpaClient
from opa_client.opa_async import AsyncOpaClient

POLICY = """package adhoc.play

import rego.v1

default allow := false

allow if "write" in data.permissions[input.user]

greeting := sprintf("hello %s", [input.user])
"""

# As it was written before OPA 1.0: the client mends it once the server has said what is wrong.
OLD_POLICY = """package adhoc.old

allow {
    input.user == "alice"
}
"""


def raises(kind, work):
    try:
        work()
    except kind as error:
        return error
    raise AssertionError(f"no {kind.__name__}")


def synchronous(arguments):
    client = OpaClient(**arguments)
    assert client.check_connection() is True
    assert client.check_health() is True
    assert client.wait_for_ready() is True

    assert client.update_policy_from_string(POLICY, "play") is True
    assert "play" in client.get_policies_list()
    info = client.get_policies_info()["play"]
    assert info["path"].endswith("/data/adhoc/play"), info
    assert sorted(rule.rsplit("/", 1)[1] for rule in info["rules"]) == ["allow", "greeting"], info
    assert client.get_policy("play")["result"]["raw"] == POLICY
    with tempfile.TemporaryDirectory() as folder:
        assert client.policy_to_file("play", folder) is True

    assert client.update_or_create_data({"alice": ["read"], "bob": ["write"]}, "permissions") is True
    assert client.get_data("permissions")["result"] == {"alice": ["read"], "bob": ["write"]}
    answer = client.query_rule({"user": "alice"}, "adhoc.play", "allow")
    assert answer["result"] is False, answer
    assert client.patch_data("permissions", [{"op": "add", "path": "/alice/-", "value": "write"}]) is True
    assert client.query_rule({"user": "alice"}, "adhoc.play", "allow")["result"] is True
    whole = client.query_rule({"user": "bob"}, "adhoc.play")["result"]
    assert whole == {"allow": True, "greeting": "hello bob"}, whole
    told = client.query_rule({"user": "bob"}, "adhoc.play", "allow", {"metrics": True, "explain": "full"})
    assert told["result"] is True and told["metrics"] and told["explanation"], told

    found = client.ad_hoc_query("data.permissions[user][_] == input.wanted", {"wanted": "read"})
    assert found["result"] == [{"user": "alice"}], found
    users = {"first": {"user": "alice"}, "second": {"user": "mallory"}}
    allowed = client.bulk_query_rule(users, "adhoc.play", "allow")
    assert allowed == {"first": True, "second": False}, allowed

    assert client.update_policy_from_string(OLD_POLICY, "old") is True
    assert client.query_rule({"user": "alice"}, "adhoc.old", "allow")["result"] is True

    raises(RegoParseError, lambda: client.update_policy_from_string("package adhoc.bad\n\nallow if {", "bad"))
    # What stands in the repository cannot be replaced, and nothing can be put beside the root.
    raises(Exception, lambda: client.update_policy_from_string("package app\n\nallow := true\n", "mine"))
    assert client.query_rule({"user": "mallory"}, "app", "allow")["result"] is False
    raises(PolicyNotFoundError, lambda: client.get_policy("nothing"))
    raises(PolicyNotFoundError, lambda: client.get_data("nothing"))

    assert "labels" in client.get_config()["result"]
    assert "result" in client.get_status()
    assert "http_request_duration_seconds" in client.get_metrics()

    assert client.delete_data("permissions") is True
    assert client.delete_policy("play") is True and client.delete_policy("old") is True
    raises(DeletePolicyError, lambda: client.delete_policy("play"))
    client.close_connection()


async def asynchronous(arguments):
    async with AsyncOpaClient(**arguments) as client:
        assert await client.check_health() is True
        assert await client.update_or_create_data({"bob": ["write"]}, "permissions") is True
        assert await client.update_policy_from_string(POLICY, "play") is True
        answers = [client.query_rule({"user": user}, "adhoc.play", "allow") for user in ["bob", "mallory"] * 20]
        answers = [answer["result"] for answer in await asyncio.gather(*answers)]
        assert answers == [True, False] * 20, answers
        assert await client.delete_policy("play") is True


port, authority, token = sys.argv[1:]
arguments = {"host": "localhost", "port": int(port), "timeout": 60}
synchronous(arguments | {"ssl": authority, "token": token})
# Whoever shows no token is nobody.
stranger = OpaClient(**arguments, ssl=authority)
assert "401" in str(raises(Exception, lambda: stranger.query_rule({"user": "bob"}, "app", "allow")))
asyncio.run(asynchronous(arguments | {"ssl": authority, "token": token}))
print("all answered")
