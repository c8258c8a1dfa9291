// For tests/lint/vap and tests/lint/rights: evaluates a ValidatingAdmissionPolicy as an API server would, by another implementation of CEL.
// Reads {"policy": …, "requests": [{"request", "object", "oldObject"}…]}; writes for each the images denied (of a policy
// without them, the messages of the validations that fail), null if a condition leaves it out, or the error as a string.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const require = createRequire(pathToFileURL(process.argv[2] + "/"));
const { celEnv, celFunc, CelScalar, isCelError, parse, plan } = require("@bufbuild/cel");
const { strings } = require("@bufbuild/cel/ext");
const { policy, requests } = JSON.parse(readFileSync(0, "utf8"));
const dyn = celFunc("dyn", [CelScalar.DYN], CelScalar.DYN, (value) => value);
const compiled = new Map();
const re2 = {
  compile(pattern) {
    if (!compiled.has(pattern)) compiled.set(pattern, new RegExp(pattern, "u"));
    return compiled.get(pattern);
  },
};
const env = celEnv({ funcs: [...strings, dyn], re2 });
const compile = ({ name, expression }) => {
  if ([...expression].length > 100000) throw new Error(`${name} is longer than CEL takes`);
  return { name, constant: !/\b(object|oldObject|request|variables)\b/.test(expression), run: plan(env, parse(expression)) };
};
const value = (result) => {
  if (isCelError(result)) throw result;
  return result;
};
const variables = policy.spec.variables.map(compile);
const conditions = policy.spec.matchConditions.map(compile);
const validations = policy.spec.validations.map((v) => ({ ...compile(v), message: v.message }));
const constants = Object.fromEntries(variables.filter((v) => v.constant).map((v) => [v.name, value(v.run({}))]));

const judge = (given) => {
  try {
    const bindings = { ...given, variables: { ...constants } };
    if (!conditions.every((condition) => value(condition.run(bindings)))) return null;
    for (const variable of variables.filter((v) => !v.constant)) {
      bindings.variables[variable.name] = value(variable.run(bindings));
    }
    const failed = validations.filter((validation) => !value(validation.run(bindings)));
    if (!("denied" in bindings.variables)) return failed.map((validation) => validation.message);
    const denied = [...bindings.variables.denied];
    if ((failed.length === 0) !== (denied.length === 0)) throw new Error("the validation contradicts");
    return denied;
  } catch (error) {
    return String(error.message ?? error);
  }
};
process.stdout.write(JSON.stringify(requests.map(judge)));
