-- The demo application's images: built from one Dockerfile, and brought to where the cluster's nodes find them.
local pins = require "lib.pins"

local images = { name = "zdt/monolith" }

-- What differs from tag to tag: how long the application takes to start, and two ways to be stopped (lab gotchas).
local startup_delay = {
  ["v0.1.0"] = "1s", ["v0.1.2"] = "1s", ["slow-startup"] = "8s", ["improved-startup"] = "1s",
  ["v0.1.0-shell-form"] = "1s", ["v0.1.0-stopsignal"] = "1s",
}
local stop_signal = { ["v0.1.0-stopsignal"] = "SIGQUIT" }
local build_target = { ["v0.1.0-shell-form"] = "shell-form" }

-- "v0.1.0" of "zdt/monolith:v0.1.0"
local function tag_of(image) return image:match(":([^:]+)$") end

-- What the manifests' image is called on this cluster: another name when a registry is used.
function images.overrides(registry)
  if registry == "" then return nil end
  return { [images.name] = registry .. "/monolith" }
end

local function build(image, tag)
  zdt.docker.build {
    context = "monolith-demo-app", tag = image,
    args = { VERSION = tag, STARTUP_DELAY = startup_delay[tag], STOP_SIGNAL = stop_signal[tag] },
    target = build_target[tag],
  }
end

-- From this machine's Docker to the nodes of the Kind cluster, or to the registry.
local function deliver(registry)
  if registry == "" then return zdt.kind.load_image(table.unpack(pins.local_images)) end
  for _, image in ipairs(pins.local_images) do
    local there = ("%s/monolith:%s"):format(registry, tag_of(image))
    zdt.docker.tag(image, there)
    zdt.docker.push(there)
  end
end

-- Before the cluster is made: Kind's node image out of the bundle.
function images.bring_node_image(target)
  if not target:has("docker") then return end
  for _, name in ipairs(zdt.bundle.names("node-image")) do zdt.docker.load(zdt.bundle.path("node-image", name)) end
end

local function contains(list, wanted)
  for _, one in ipairs(list) do
    if one == wanted then return true end
  end
  return false
end

-- What cloud-provider-kind runs beside the cluster, out of the bundle into this machine's Docker.
local function load_host_images()
  for _, name in ipairs(pins.host_images) do
    if zdt.bundle.has("image", name) and not zdt.docker.image_id(name) then zdt.docker.load(zdt.bundle.path("image", name)) end
  end
end

-- The images of the bundle that belong onto the nodes, each with its digest: one of the same name may be older.
local function node_images()
  local wanted = {}
  for _, name in ipairs(zdt.bundle.names("image")) do
    if not contains(pins.host_images, name) then wanted[#wanted + 1] = { name = name, id = zdt.bundle.digest("image", name) } end
  end
  return wanted
end

-- Out of the bundle onto Kind's nodes: the application, and what the charts run. Several images may share an archive.
function images.load_bundle(target)
  if not target:has("docker") or not zdt.bundle.file() then return end
  load_host_images()
  local loaded, names = {}, zdt.kind.missing(table.unpack(node_images()))
  for _, name in ipairs(names) do
    local archive = zdt.bundle.path("image", name)
    if not loaded[archive] then zdt.kind.load_archive(archive) end
    loaded[archive] = true
  end
  zdt.observe("images loaded from the bundle", #names)
end

-- Whether the nodes have the application's images, and the ones that were built last; those of a registry, or of a cluster that is not Kind, are not ours to know.
function images.are_there(target, registry)
  if not target:has("docker") or registry ~= "" then return true end
  local wanted = {}
  for _, name in ipairs(pins.local_images) do wanted[#wanted + 1] = { name = name, id = zdt.docker.image_id(name) } end
  local missing = zdt.kind.missing(table.unpack(wanted))
  return #missing == 0, table.concat(missing, ", ") .. " not on the nodes"
end

function images.ensure(target, registry)
  if not target:has("docker") and registry == "" then
    return zdt.observe("images", "the cluster has them, or knows where they are")
  end
  if zdt.bundle.file() and registry == "" then return zdt.observe("images", "came with the bundle") end
  for _, image in ipairs(pins.local_images) do build(image, tag_of(image)) end
  deliver(registry)
  zdt.observe("images", #pins.local_images)
end

return images
