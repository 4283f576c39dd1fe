// Holds every object of the given YAML files (as `kubectl kustomize` prints them) against its kind: types, enumerations and
// required fields by the schema; that no field is unknown by the type that was made from the same schema (TypeScript refuses
// an object literal with a field too many). Prints one line for each violation, and exits 1 when there is any.
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { parseAllDocuments } from "yaml";

const packages = {
  "argoproj.io": "@kubernetes-models/argo-rollouts",
  "gateway.networking.k8s.io": "@kubernetes-models/gateway-api",
  "keda.sh": "@kubernetes-models/keda",
  "monitoring.coreos.com": "@kubernetes-models/prometheus-operator",
};

const moduleOf = ({ apiVersion }) => `${packages[apiVersion.split("/")[0]] ?? "kubernetes-models"}/${apiVersion}`;

function objectsOf(file) {
  const documents = parseAllDocuments(readFileSync(file, "utf8")).map((document) => document.toJS()).filter(Boolean);
  return documents.map((object) => ({ object, title: `${basename(file)}: ${object.kind}/${object.metadata?.name}` }));
}

async function schemaViolations({ object, title }) {
  const models = await import(moduleOf(object));
  if (!models[object.kind]) return [`${title}: ${moduleOf(object)} has no such kind`];
  try {
    new models[object.kind](object).validate();
    return [];
  } catch (failure) {
    return failure.message.split("\n").map((line) => `${title}: ${line}`);
  }
}

// One line of TypeScript for each object, so that a diagnostic's line tells which one it is.
function typeViolations(entries) {
  const name = fileURLToPath(new URL("objects.mts", import.meta.url));  // beside node_modules; it is never written
  const source = entries
    .map(({ object }, i) => `import { I${object.kind} as T${i} } from "${moduleOf(object)}"; const o${i}: T${i} = ${JSON.stringify(object)};`)
    .join("\n");
  const options = { noEmit: true, strict: true, skipLibCheck: true, types: [], target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext };
  const host = ts.createCompilerHost(options);
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (file, ...rest) => (file === name ? ts.createSourceFile(file, source, rest[0]) : read(file, ...rest));
  const seen = host.fileExists.bind(host);
  host.fileExists = (file) => file === name || seen(file);
  return ts.getPreEmitDiagnostics(ts.createProgram([name], options, host)).map((found) => {
    const { line } = found.file.getLineAndCharacterOfPosition(found.start);
    return `${entries[line].title}: ${ts.flattenDiagnosticMessageText(found.messageText, " ")}`;
  });
}

const entries = process.argv.slice(2).flatMap(objectsOf);
const violations = (await Promise.all(entries.map(schemaViolations))).flat().concat(typeViolations(entries));
violations.forEach((line) => console.log(line.slice(0, 400)));
console.log(`${entries.length} objects, ${violations.length} violations`);
process.exit(violations.length === 0 && entries.length > 0 ? 0 : 1);
