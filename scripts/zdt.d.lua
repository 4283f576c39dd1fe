---@meta
-- The scripts' API, for editors (lua-language-server) and for docs/scripting.md. A test holds it against the program.
-- Durations are strings ("800ms", "2s", "1m30s") or seconds as a number; times in results are milliseconds.
-- A call that fails raises an error { code, what, hint }; tostring() of it is `what`.

zdt = {}

-- Declaring ------------------------------------------------------------------------------------------------------

---@class Context What each step's functions are given.
---@field params table The parameters, as declared and set with --set.
---@field target Target Where the script acts.
---@field state table Plain data; kept in the journal, and back after a resume.

---@class Step
---@field [1] string The title.
---@field id? string `[a-z0-9-]+`; from the title by default.
---@field notes? string For the speaker (key n).
---@field checkpoint? string Its name. Its completion is recorded, and `verify` is asked before a resume trusts it.
---@field timeout? string|number The longest that the step may take.
---@field run fun(s: Context)
---@field undo? fun(s: Context) Brings back the state before the step.
---@field verify? fun(s: Context): boolean Asks the live cluster whether the checkpoint still holds.

---@class Script
---@field name string
---@field title string
---@field about? string
---@field needs? string[] Scripts whose checkpoints must hold.
---@field params? table Defaults; their types are what --set is checked against.
---@field finally? fun(s: Context) Runs at the end, whatever happened.

---Declares a script: the fields, then its steps in order. A script file returns this.
---@param script Script
---@return Script
function zdt.script(script) end

---Declares a step.
---@param step Step
---@return Step
function zdt.step(step) end

-- Asserting ------------------------------------------------------------------------------------------------------

---@class Expectation
local Expectation = {}

---A recorded comparison. A failed one fails the step when the step ends; the step goes on until then.
---@param name string What is compared, as the report shows it.
---@param value any
---@return Expectation
function zdt.expect(name, value) end

---@param want any Equal in value; tables are compared deeply.
---@return boolean passed
function Expectation:equals(want) end
---@param other any
---@return boolean passed
function Expectation:differs_from(other) end
---@param limit number|string A number, or a duration ("800ms") for a value in milliseconds.
---@return boolean passed
function Expectation:below(limit) end
---@param limit number|string
---@return boolean passed
function Expectation:above(limit) end
---@param limit number|string
---@return boolean passed
function Expectation:at_least(limit) end
---@param limit number|string
---@return boolean passed
function Expectation:at_most(limit) end
---@param want number
---@param tolerance number
---@return boolean passed
function Expectation:near(want, tolerance) end
---@param part any A part of a string, or an item of a list.
---@return boolean passed
function Expectation:contains(part) end
---@param list any[]
---@return boolean passed
function Expectation:one_of(list) end
---@return boolean passed
function Expectation:is_true() end

---Shows and reports a value; fails nothing.
---@param name string
---@param value any
function zdt.observe(name, value) end

---Calls `try` until it returns something true; an expectation that fails in it only ends that try.
---Raises when the time is over, with what the last try said.
---@param name string
---@param options? { timeout?: string, every?: string } 60 s, 200 ms.
---@param try fun(): any, string? The value; or false and why.
---@return any value
function zdt.eventually(name, options, try) end

-- Running --------------------------------------------------------------------------------------------------------

---Runs the functions at once and returns their first results in order. The first error cancels the others.
---@param functions function[]
---@return any ...
function zdt.parallel(functions) end

---@param duration string|number
function zdt.sleep(duration) end

---@param text string
function zdt.log(text) end
---@param text string
function zdt.warn(text) end

---Fails the step.
---@param what string
---@param hint? string The next command to type.
function zdt.fail(what, hint) end

---Shows a table.
---@param table { title: string, columns: string[], rows: any[][] }
function zdt.table(table) end

---@return number seconds Since 1970, with fractions.
function zdt.now() end

---Runs a program of this machine, without a shell. Raises when it fails, unless check = false.
---@param argv string[]
---@param options? { timeout?: string, input?: string, env?: table, cwd?: string, check?: boolean } cwd relative to the project.
---@return { code: integer, out: string, err: string }
function zdt.shell(argv, options) end

-- The cluster ----------------------------------------------------------------------------------------------------

---@class Target
local Target = {}
---@return string "rehearsal", "kind" or "context:NAME"
function Target:name() end
---@param capability string "create", "inside"
---@return boolean
function Target:has(capability) end
---Makes sure that the cluster runs.
---@return boolean made True when it was made now.
function Target:up() end
---@return string version Of Kubernetes, "v1.33.0".
function Target:version() end
---How load and requests reach a Service, without a forwarder.
---@param service string "edge", "edge-admin", a Service's name, or "namespace/name".
---@param port? integer 80
---@return string url
function Target:url(service, port) end

zdt.k8s = {}

---@param kind string A kind, plural or short name.
---@param name string
---@param options? { ns?: string }
---@return table? object nil when it does not exist.
function zdt.k8s.get(kind, name, options) end
---@param kind string
---@param options? { ns?: string, labels?: string, fields?: string } Selectors; ns "*" is all namespaces.
---@return table[] objects
function zdt.k8s.list(kind, options) end
---Server-side apply with field manager zdt-demo. All is tried (dry run) before anything is applied.
---@param what string|table A kustomize folder or YAML file below the project, an object, or a list of objects.
---@param options? { ns?: string }
---@return { kind: string, name: string, ns: string, change: "created"|"configured"|"unchanged" }[]
function zdt.k8s.apply(what, options) end
---@param kind string
---@param name string
---@param patch table
---@param options? { ns?: string, type?: "strategic"|"merge"|"json", subresource?: string }
---@return table object
function zdt.k8s.patch(kind, name, patch, options) end
---@param kind string
---@param name string
---@param replicas integer
---@param options? { ns?: string }
---@return table scale
function zdt.k8s.scale(kind, name, replicas, options) end
---@param kind string
---@param name string
---@param options? { ns?: string, grace?: string }
---@return boolean existed
function zdt.k8s.delete(kind, name, options) end
---Waits by watching. Raises on time-out with what was last seen.
---@param kind string
---@param name string
---@param condition string "rollout", "delete", "exists", "condition=TYPE[=STATUS]" or "phase=NAME"
---@param options? { ns?: string, timeout?: string } 60 s.
---@return table? object
function zdt.k8s.wait(kind, name, condition, options) end
---Calls `each` for all that exist (ADDED), then for each change, until it returns false or the time is over.
---@param kind string
---@param options { ns?: string, name?: string, labels?: string, fields?: string, timeout?: string }
---@param each fun(type: "ADDED"|"MODIFIED"|"DELETED", object: table): boolean?
---@return boolean ended False when the time was over.
function zdt.k8s.watch(kind, options, each) end
---@param pod string
---@param options? { ns?: string, container?: string, previous?: boolean, timestamps?: boolean, tail?: integer, since?: string }
---@return string text At most 4 MiB.
function zdt.k8s.logs(pod, options) end
---@param pod string
---@param argv string[]
---@param options? { ns?: string, container?: string, input?: string, timeout?: string }
---@return { code: integer, out: string, err: string }
function zdt.k8s.exec(pod, argv, options) end
---@param options? { ns?: string, object?: string, fields?: string } object: the name that the events are about.
---@return table[] events
function zdt.k8s.events(options) end

---@class RolloutStatus
---@field phase "Healthy"|"Progressing"|"Degraded"|"Paused"
---@field message string What is still missing.
---@field revision integer
---@field replicas integer
---@field updated integer
---@field ready integer
---@field available integer
---@field images table<string, string> Container name to image.

zdt.rollout = {}

---@param name string
---@param options? { ns?: string }
---@return RolloutStatus
function zdt.rollout.status(name, options) end
---@param name string
---@param images table<string, string> Container name to image.
---@param options? { ns?: string }
---@return RolloutStatus
function zdt.rollout.set_image(name, images, options) end
---Goes back to the revision before the current one, or to `revision`.
---@param name string
---@param options? { ns?: string, revision?: integer }
---@return RolloutStatus
function zdt.rollout.undo(name, options) end
---@param name string
---@param options? { ns?: string }
---@return RolloutStatus
function zdt.rollout.restart(name, options) end
---Waits until it is Healthy.
---@param name string
---@param options? { ns?: string, timeout?: string } 5 m.
---@return RolloutStatus
function zdt.rollout.wait(name, options) end

-- Requests -------------------------------------------------------------------------------------------------------

---@class HttpAnswer
---@field status integer
---@field headers table<string, string> Names in lower case.
---@field body string
---@field json? any The body, when it is JSON.
---@field took number Milliseconds.

zdt.http = {}

---@param url string
---@param options? { timeout?: string }
---@return HttpAnswer
function zdt.http.get(url, options) end
---A table as body is sent as application/json.
---@param request { url: string, method?: string, headers?: table, body?: string|table, timeout?: string }
---@return HttpAnswer
function zdt.http.request(request) end

---@class LoadReport
---@field sent integer Always ok + failed + unfinished.
---@field ok integer
---@field failed integer
---@field unfinished integer
---@field outcomes table<string, integer> ok, status, refused, reset, closed, connect_timeout, response_timeout, dns, tls.
---@field statuses table<string, integer>
---@field latency { p50: number, p90: number, p99: number, max: number, mean: number } Milliseconds.
---@field pods table<string, { ok: integer, failed: integer }>
---@field versions table<string, { ok: integer, failed: integer }>
---@field phases table[] One entry per mark.
---@field timeline table[] One entry per second.
---@field failures table[] The first 100.
---@field verdict table
---@field self_check table

---@class Load
local Load = {}

zdt.load = {}

---Starts sending at once. rate: open model (requests come at that rate, latency counts from when each was due);
---without it: closed model with `connections` at a time.
---@param plan { url?: string, method?: string, body?: string, headers?: table, targets?: table[], rate?: number|string, connections?: integer, duration?: string, requests?: integer, think_time?: string, connect_timeout?: string, timeout?: string, keep_alive?: boolean, seed?: integer, workers?: integer }
---@return Load
function zdt.load.start(plan) end

---Ends the load and returns its report.
---@return LoadReport
function Load:stop() end
---Waits for the load to end by itself.
---@return LoadReport
function Load:wait() end
---From now on requests count to this phase.
---@param phase string
function Load:mark(phase) end
---@param rate number|string
function Load:rate(rate) end
function Load:pause() end
function Load:resume() end
---@return { sent: integer, ok: integer, failed: integer, in_flight: integer, p99_ms: number, phase: string, running: boolean }
function Load:snapshot() end
