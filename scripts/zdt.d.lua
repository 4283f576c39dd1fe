---@meta
-- The scripts' API, for editors (lua-language-server) and for docs/scripting.md. A test holds it against the program.
-- Durations are strings ("800ms", "2s", "1m30s") or seconds as a number; times in results are milliseconds.
-- A call that fails raises an error { code, what, hint }; tostring() of it is `what`.

zdt = {}

-- Declaring ------------------------------------------------------------------------------------------------------

---@class Context What each step's functions are given.
---@field params table The parameters, as declared and set with --set.
---@field target Target Where the script acts.
---@field dir string The folder of the script's file. Paths of files that are read are looked for there first, then in the project.
---@field state table Plain data; kept in the journal, and back after a resume.

---@class Step
---@field [1] string The title.
---@field id? string `[a-z0-9-]+`; from the title by default.
---@field notes? string For the speaker (key n).
---@field checkpoint? string Its name. Its completion is recorded, and `verify` is asked before a resume trusts it.
---@field after? string|string[] Ids of earlier steps: it waits only for these, and runs beside the others. By default it waits for all before it.
---@field needs_state? table<string, string> What it reads of earlier steps, as s.NAME or s.state.NAME, and the id of the step that leaves it: { load = "start-the-load" }. It waits for that step; --from, --only and g are refused where it is missing.
---@field timeout? string|number The longest that the step may take.
---@field run fun(s: Context)
---@field undo? fun(s: Context) Brings back the state before the step.
---@field verify? fun(s: Context): boolean Asks the live cluster whether all that the step made is still there. Not asked after `finally` ran, unless finally_keeps names the checkpoint.

---@class Script
---@field name string
---@field title string
---@field about? string
---@field needs? string[] Scripts whose checkpoints must hold.
---@field params? table Defaults; their types are what --set is checked against.
---@field choices? table<string, any[]> The values that a parameter may have; --set refuses others before anything runs.
---@field finally? fun(s: Context) Runs at the end, whatever happened. A resume does not trust the checkpoints before it.
---@field finally_keeps? string[] Checkpoints (globs) that a resume may ask about after `finally`: what they stand for is kept, or their verify sees that it is gone.

---Declares a script: the fields, then its steps in order. A script file returns this.
---@param script Script
---@return Script
function zdt.script(script) end

---Declares a step.
---@param step Step
---@return Step
function zdt.step(step) end

---Says what came out, in one line: the last thing that a run says when it passed (`✔ rollout  0 of 1,888 requests lost`), after
---`finally`; when it did not pass, the line before the reason. It is kept in the journal and in the reports. Call it before the
---assertions that judge it. Of several the last one counts.
---@param text any
function zdt.result(text) end

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
---beside_first: the others run beside the first one, and are ended when it returns.
---@param functions function[]
---@param options? { beside_first?: boolean }
---@return any ...
function zdt.parallel(functions, options) end

---@param duration string|number
function zdt.sleep(duration) end

---@param text string
function zdt.log(text) end
---@param text string
function zdt.warn(text) end

---Fails the step.
---@param what string
---@param hint? string The next command to type.
---@param class? "failed"|"environment" Exit code 1 (the default) or 3: something that this machine or cluster lacks.
function zdt.fail(what, hint, class) end

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

---@class Program
local Program = {}

---Starts a program of this machine, without a shell, that goes on beside the steps. It gets SIGTERM when the run ends, and
---SIGKILL 5 s later. Raises when it cannot be started.
---@param argv string[]
---@return Program
function zdt.start(argv) end
---@return boolean
function Program:running() end
---@return string text The last 4 KiB that it printed.
function Program:output() end

-- The cluster ----------------------------------------------------------------------------------------------------

---@class Target
local Target = {}
---@return string "rehearsal", "kind" or "context:NAME"
function Target:name() end
---@param capability string "create", "inside", "docker"
---@return boolean
function Target:has(capability) end
---Makes sure that the cluster runs.
---@return boolean made True when it was made now.
function Target:up() end
---Removes the cluster; raises for one that is not ours.
---@return boolean existed
function Target:down() end
---The uid of namespace kube-system: which cluster it is, whatever its address.
---@return string uid
function Target:identity() end
---@return string version Of Kubernetes, "v1.33.0".
function Target:version() end
---@return integer? count How many nodes it is made with; nil for a cluster that is not ours.
function Target:node_count() end
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
---@param what string|table A kustomize folder or YAML file beside the script or below the project, an https:// address of one, an object, or a
---list of objects.
---@param options? { ns?: string, images?: table<string, string> } images: other names for images, tags stay.
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
---Calls `each` for each line of a container's log, those of the past (`tail`, `since`) first, then as they come, until the
---log ends with its container, `each` returns false or the time is over.
---@param pod string
---@param options { ns?: string, container?: string, timestamps?: boolean, tail?: integer, since?: string, timeout?: string }
---@param each fun(line: string): boolean?
---@return boolean ended False when the time was over.
function zdt.k8s.follow(pod, options, each) end
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
---@field kind "Deployment"|"Rollout"
---@field phase "Healthy"|"Progressing"|"Degraded"|"Paused"
---@field message string What is still missing.
---@field revision integer
---@field replicas integer
---@field updated integer
---@field ready integer
---@field available integer
---@field images table<string, string> Container name to image.
---@field step? integer Of a Rollout: how many steps are done.
---@field steps? integer How many there are.
---@field weight? integer The share of the pods that the canary is to have, in percent.
---@field stable? string The stable pods' label rollouts-pod-template-hash.
---@field canary? string The canary's; "" outside of an update.

---A name means the Rollout of that name when there is one, else the Deployment; "rollout/web" and "deployment/web" say which; "shop/web" names the namespace.
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
---Ends the pause that the rollout is in, else skips the current step; full: goes to the end. A Deployment is resumed.
---@param name string
---@param options? { ns?: string, full?: boolean }
---@return RolloutStatus
function zdt.rollout.promote(name, options) end
---Back to the stable pods; the Rollout is Degraded until it is retried or changed. Not for Deployments.
---@param name string
---@param options? { ns?: string }
---@return RolloutStatus
function zdt.rollout.abort(name, options) end
---Begins an aborted update anew. Not for Deployments.
---@param name string
---@param options? { ns?: string }
---@return RolloutStatus
function zdt.rollout.retry(name, options) end
---Waits until it is Healthy, or in `until_phase`, and until at least `step` steps are done. Raises at once when it is Degraded.
---@param name string
---@param options? { ns?: string, timeout?: string, until_phase?: "Healthy"|"Progressing"|"Paused"|"Degraded", step?: integer } 5 m.
---@return RolloutStatus
function zdt.rollout.wait(name, options) end
---Calls `each` at every change of the status, until it is Healthy or `each` returns true. Raises when the time is over.
---@param name string
---@param options { ns?: string, timeout?: string } 5 m.
---@param each fun(status: RolloutStatus): boolean?
---@return RolloutStatus
function zdt.rollout.watch(name, options, each) end
---The rollout with its ReplicaSets and pods, drawn as `kubectl argo rollouts get rollout` draws it.
---@param name string
---@param options? { ns?: string }
---@return string text
function zdt.rollout.tree(name, options) end

-- Images and charts ----------------------------------------------------------------------------------------------

zdt.docker = {}

---Builds an image, unless the one with this tag was built from the same inputs. Paths are relative to the project.
---@param build { context: string, tag: string, file?: string, args?: table<string, string>, target?: string }
---@return boolean built True when it was built now.
function zdt.docker.build(build) end
---@param image string
---@param tag string
function zdt.docker.tag(image, tag) end
---@param archive string
function zdt.docker.load(archive) end
---@param images string[]
---@param file string
function zdt.docker.save(images, file) end
---@param image string
function zdt.docker.push(image) end
---@param image string
---@return string? id "sha256:…"; nil when it is not here.
function zdt.docker.image_id(image) end

zdt.kind = {}

---From this machine's Docker onto all nodes of the Kind cluster.
---@param ... string Images.
function zdt.kind.load_image(...) end
---@param archive string
function zdt.kind.load_archive(archive) end
---@return string[] names
function zdt.kind.nodes() end
---Which of these images not every node of the Kind cluster has; with `id` ("sha256:…"), in that build.
---@param ... string|{ name: string, id?: string }
---@return string[] missing
function zdt.kind.missing(...) end

---@class Release
---@field release string Its name.
---@field chart string A name in `repo`, an oci:// reference, or a folder or archive of the project.
---@field version? string
---@field repo? string A URL.
---@field namespace? string
---@field values? table Handed over on stdin, after values_file.
---@field values_file? string

zdt.helm = {}

---@class Upgrade : Release
---@field wait? boolean true
---@field timeout? string 5 m.
---@field create_namespace? boolean true

---Installs a release, or brings it to this state.
---@param release Upgrade
function zdt.helm.upgrade_install(release) end
---The chart's objects, without a cluster.
---@param release Release
---@return table[] objects
function zdt.helm.template(release) end
---@param release string
---@param options? { namespace?: string, timeout?: string }
---@return boolean existed
function zdt.helm.uninstall(release, options) end
---@param release string
---@param options? { namespace?: string }
---@return table? status nil when there is no such release.
function zdt.helm.status(release, options) end
---@param options? { namespace?: string }
---@return table[] releases
function zdt.helm.list(options) end

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

-- What is measured -----------------------------------------------------------------------------------------------

zdt.prometheus = {}

---What the query gives now, one entry for each metric; an empty list when there is none.
---`service` is asked through the API server, `url` directly.
---@param promql string Gives an instant vector or a scalar.
---@param options? { service?: string, url?: string, timeout?: string } "monitoring/prometheus-operated:9090", none, 10 s.
---@return { metric: table<string, string>, value: number, time: number }[]
function zdt.prometheus.query(promql, options) end
---What Prometheus scrapes now. `health` is "up", "down" or "unknown" (not scraped yet).
---@param options? { service?: string, url?: string, timeout?: string }
---@return { job: string, instance: string, health: string, url: string, error: string, labels: table<string, string> }[]
function zdt.prometheus.targets(options) end
---The dashboard's queries by name (observability/queries.yaml): what is shown is what can be asserted.
---@return table<string, string>
function zdt.prometheus.queries() end

-- The admin port (9901) of an Envoy. `target`: "pod/NAME", "NAMESPACE/NAME" (a pod), "service/NAME" (one of its pods), all
-- through the API server; or a URL, such as that of s.target:url("edge-admin").
zdt.envoy = {}

---The upstream clusters: name to hosts.
---@param target string
---@return table<string, { address: string, healthy: boolean, stats: table<string, number> }[]>
function zdt.envoy.clusters(target) end
---Counters and gauges by name; no histograms.
---@param target string
---@param options? { filter?: string } A regular expression on the names.
---@return table<string, number>
function zdt.envoy.stats(target, options) end
---Whether it takes traffic: false while it starts, and after fail_healthcheck.
---@param target string
---@return boolean
function zdt.envoy.ready(target) end
---From now on /ready says no.
---@param target string
---@return boolean
function zdt.envoy.fail_healthcheck(target) end
---@param target string
---@return boolean
function zdt.envoy.ok_healthcheck(target) end

-- This machine ---------------------------------------------------------------------------------------------------

---@class ToolFinding
---@field tool string Also "CPUs", "memory" and "free disk".
---@field found string The version; "" when there is none.
---@field needed string "" is any.
---@field verdict "ok"|"missing"|"too-old"|"not-answering"|"optional"|"warning"
---@field hint string What to do, when it is not ok.
---@field path string
---@field needed_for string[] Targets; empty: optional.
---@field blocks boolean Whether the target cannot work so.

zdt.tools = {}

---What this machine has of what setup.lua asks for; all tools are asked at once, each has 3 s.
---@param target? "rehearsal"|"kind"|"context" The run's own by default.
---@return ToolFinding[]
function zdt.tools.check(target) end

-- What `run --bundle FILE` brought along. kind: "image", "node-image", "chart" ("keda-2.17.2") or "manifest".
zdt.bundle = {}

---@return string? path Of the bundle; nil without one.
function zdt.bundle.file() end

---The digest of an image in the bundle, as its archive tells it: of its manifest, else its ID.
---@param kind "image"|"node-image"
---@param name string
---@return string? digest
function zdt.bundle.digest(kind, name) end
---@param kind string
---@param name string
---@return boolean
function zdt.bundle.has(kind, name) end
---Of everything of that kind in the bundle; none without a bundle.
---@param kind string
---@return string[]
function zdt.bundle.names(kind) end
---Those of `names` that the bundle lacks; none without a bundle.
---@param kind string
---@param names string[]
---@return string[]
function zdt.bundle.missing(kind, names) end
---Takes a piece out, into the run's folder, and checks its SHA-256. Raises when the bundle lacks it.
---@param kind string
---@param name string
---@return string path
function zdt.bundle.path(kind, name) end

---@class Forward
---@field url string "http://127.0.0.1:PORT"
---@field local_port integer
local Forward = {}

---Opens a port on 127.0.0.1 that leads to a pod of the Service, for people: load never goes this way. It ends with the run.
---When the pod goes, the next connection goes to another. A `local_port` that is taken is replaced, unless `exact`.
---@param forward { service: string, ns?: string, port: integer|string, local_port?: integer, exact?: boolean } service: "NAME" or "pod/NAME".
---@return Forward
function zdt.forward(forward) end
---@return string name Of the pod that the newest connection went to.
function Forward:pod() end
function Forward:close() end

---@class LoadReport
---@field sent integer Always ok + failed + unfinished.
---@field ok integer
---@field failed integer
---@field unfinished integer
---@field outcomes table<string, integer> ok, status, refused, reset, closed, connect_timeout, response_timeout, dns, tls, local.
---@field rate_per_s number Requests sent by the time until the last answer.
---@field statuses table<string, integer>
---@field latency { p50: number, p90: number, p99: number, max: number, mean: number } Milliseconds.
---@field pods table<string, { ok: integer, failed: integer }>
---@field versions table<string, { ok: integer, failed: integer }>
---@field phases table[] One entry per mark.
---@field timeline table[] One entry per second.
---@field retries integer Attempts beyond the first.
---@field saved_by_retry integer
---@field aborted boolean A threshold ended the load.
---@field thresholds { expression: string, status: string, value: number?, shown: string }[]
---@field urls { method: string, url: string, sent: integer, ok: integer, failed: integer, unfinished: integer, outcomes: table<string, integer> }[]
---@field histogram { from_us: integer, to_us: integer, count: integer }[] Latencies.
---@field failures table[] The first 100.
---@field losses Loss[] Every failure by kind, the most frequent first.
---@field unattributed integer Failures beyond the 10,000 that are attributed.
---@field reconciliation? { envoy?: table, app?: table }
---@field verdict LoadVerdict
---@field self_check { problems: string[], late_sends: integer, dropped_arrivals: integer, unsent_arrivals: integer, queued: integer, ports_exhausted: integer, descriptors_exhausted: integer, memory_exhausted: integer } problems: empty when the counts can be trusted.

---@class Loss
---@field pod string "" when unknown.
---@field version string "" when unknown.
---@field phase "before-ready"|"ready"|"not-ready"|"deleted"|"hook"|"after-sigterm"|"after-exit"|"no-endpoint"|"unknown" Of the pod's life.
---@field outcome string
---@field status integer
---@field count integer
---@field first_ms integer
---@field known_by "header"|"connection"|"deduced"|""
---@field sentence string "reset by web-x7k2p 120 ms after SIGTERM, 2.1 s before its endpoint left the Service"

---@class LoadVerdict
---@field success_rate number
---@field longest_error_window_ms integer
---@field first_failure_ms integer -1: none.
---@field last_failure_ms integer
---@field failure_span_ms integer
---@field recovered boolean
---@field time_to_recover_ms integer From the first failure to the first success after the last; -1: none since.
---@field losses_by_phase table<string, integer>
---@field losses_by_version table<string, integer>

---@class Followed
---@field labels string Selector of the pods.
---@field ns? string
---@field container? string Whose process and log count; kubectl's default container.
---@field signal? string What the log says at SIGTERM; "SIGTERM received".
---@field hook_start? string "[Kubernetes PreStop] START"
---@field hook_end? string "[Kubernetes PreStop] END"

---@class Reconcile
---@field envoy? string As zdt.envoy takes it: "service/edge-routing-service".
---@field app? { labels: string, ns?: string, port?: integer, path?: string, metric?: string }

---@class Load
local Load = {}

zdt.load = {}

---Starts sending at once. rate: open model (requests come at that rate, latency counts from when each was due);
---without it: closed model with `connections` at a time.
---@param plan { url?: string, method?: string, body?: string, headers?: table, targets?: table[], rate?: number|string, connections?: integer, duration?: string, requests?: integer, think_time?: string, connect_timeout?: string, timeout?: string, keep_alive?: boolean, seed?: integer, workers?: integer, urls?: string, stages?: string[], thresholds?: string[], expect?: string, retries?: integer, requests_per_connection?: integer, http2?: boolean, queue?: integer, drain?: string, follow?: Followed|Followed[], reconcile?: Reconcile, self_check?: "fail"|"observe" }
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
