// For tests/lint/vap: evaluates a ValidatingAdmissionPolicy as an API server would, by another implementation of CEL.
// Reads {"policy": …, "requests": [{"request", "object", "oldObject"}…]}; writes for each the images denied, null if
// a condition leaves it out, or the error as a string.
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
const [validation] = policy.spec.validations.map(compile);
const constants = Object.fromEntries(variables.filter((v) => v.constant).map((v) => [v.name, value(v.run({}))]));

const judge = (given) => {
  try {
    const bindings = { ...given, variables: { ...constants } };
    if (!conditions.every((condition) => value(condition.run(bindings)))) return null;
    for (const variable of variables.filter((v) => !v.constant)) {
      bindings.variables[variable.name] = value(variable.run(bindings));
    }
    const denied = [...bindings.variables.denied];
    if (value(validation.run(bindings)) !== (denied.length === 0)) throw new Error("the validation contradicts");
    return denied;
  } catch (error) {
    return String(error.message ?? error);
  }
};
process.stdout.write(JSON.stringify(requests.map(judge)));
