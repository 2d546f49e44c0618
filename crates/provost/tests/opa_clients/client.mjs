// What users of `@open-policy-agent/opa` do, against a server whose URL and token are named on the command line.
import assert from "node:assert/strict";
import { OPAClient } from "@open-policy-agent/opa";

const [url, token] = process.argv.slice(2);
const opa = new OPAClient(url, { headers: { authorization: `Bearer ${token}` } });
const hasStatus = (status) => (error) => error.httpMeta.response.status === status;

assert.equal(await opa.evaluate("app/allow", { user: "alice" }), true);
assert.equal(await opa.evaluate("app/allow", { user: "mallory" }), false);
assert.equal(await opa.evaluate("app/allow"), false);
assert.equal(await opa.evaluate("app/nothing", { user: "alice" }), undefined);
assert.deepEqual(await opa.evaluate("app", { user: "alice" }), { allow: true, reason: { code: "known", numbers: [1, 2.5] } });

// An input of one's own type, and a result of one's own type.
class User {
  constructor(name) {
    this.name = name;
  }
  toInput() {
    return { user: this.name };
  }
}
const code = (result) => result?.code ?? "none";
assert.equal(await opa.evaluate("app/reason", new User("alice"), { fromResult: code }), "known");
assert.equal(await opa.evaluate("app/reason", new User("mallory"), { fromResult: code }), "none");

assert.deepEqual(await opa.evaluateDefault({ user: "alice" }), { main: "alice" });

// There is no batch API in OPA either; the library asks one by one then.
const inputs = { first: { user: "alice" }, second: { user: "mallory" } };
for (let turn = 0; turn < 2; turn += 1) {
  assert.deepEqual(await opa.evaluateBatch("app/allow", inputs, { fallback: true }), { first: true, second: false });
}
await assert.rejects(opa.evaluateBatch("app/allow", inputs), hasStatus(404));

// A policy that contradicts itself is an error of the server's with a code, and no answer.
await assert.rejects(opa.evaluate("broken/value", {}), (error) => {
  assert.equal(error.code, "internal_error");
  assert.equal(error.errors[0].code, "eval_conflict_error");
  return true;
});

const nobody = new OPAClient(url);
await assert.rejects(nobody.evaluate("app/allow", { user: "alice" }), hasStatus(401));

const many = Array.from({ length: 50 }, (_, index) => opa.evaluate("app/allow", { user: index % 2 ? "mallory" : "alice" }));
assert.deepEqual(await Promise.all(many), Array.from({ length: 50 }, (_, index) => index % 2 === 0));
console.log("all answered");
