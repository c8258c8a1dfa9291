// For tests/lint/rights: like vap.mjs, by yet another implementation of CEL, which also checks types as an API server does
// before it accepts a policy. Writes {"types": […], "answers": […]}: the errors of types, and the answers as vap.mjs does.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const require = createRequire(pathToFileURL(process.argv[2] + "/"));
const { Environment } = await import(pathToFileURL(require.resolve("@marcbachmann/cel-js")));
const { policy, requests } = JSON.parse(readFileSync(0, "utf8"));
const { matchConditions, variables, validations } = policy.spec;
const env = new Environment({ homogeneousAggregateLiterals: true });
for (const name of ["object", "oldObject"]) env.registerVariable(name, "dyn");
for (const name of ["request", "variables"]) env.registerVariable(name, "map<string, dyn>");

const types = [...matchConditions, ...variables, ...validations].flatMap(({ name, message, expression }) => {
  const { valid, type, error } = env.check(expression);
  if (!valid) return `${name ?? message}: ${error}`;
  return name || ["bool", "dyn"].includes(type) ? [] : `${message}: its type is ${type}`;
});
// An API server has integers where JSON has numbers.
const integers = (value) =>
  typeof value === "number" ? BigInt(value)
  : Array.isArray(value) ? value.map(integers)
  : value && typeof value === "object" ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, integers(inner)]))
  : value;
const judge = (given) => {
  const bindings = { ...integers(given), variables: {} };
  const run = ({ expression }) => env.evaluate(expression, bindings);
  try {
    if (!matchConditions.every(run)) return null;
    for (const variable of variables) bindings.variables[variable.name] = run(variable);
    return validations.filter((validation) => !run(validation)).map((validation) => validation.message);
  } catch (error) {
    return String(error.message ?? error);
  }
};
process.stdout.write(JSON.stringify({ types, answers: requests.map(judge) }));
