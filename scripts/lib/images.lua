-- The demo application's images: built from one Dockerfile, and brought to where the cluster's nodes find them.
local pins = require "lib.pins"

local images = { name = "zdt/monolith" }

-- What differs from tag to tag: how long the application takes to start.
local startup_delay = {
  ["v0.1.0"] = "1s", ["v0.1.2"] = "1s", ["slow-startup"] = "8s", ["improved-startup"] = "1s",
}

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
    args = { VERSION = tag, STARTUP_DELAY = startup_delay[tag] },
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

function images.ensure(target, registry)
  if not target:has("docker") and registry == "" then
    return zdt.observe("images", "the cluster has them, or knows where they are")
  end
  if zdt.bundle.file() and registry == "" then
    for _, image in ipairs(pins.local_images) do
      if zdt.bundle.has("image", image) then zdt.kind.load_archive(zdt.bundle.path("image", image)) end
    end
  else
    for _, image in ipairs(pins.local_images) do build(image, tag_of(image)) end
    deliver(registry)
  end
  zdt.observe("images", #pins.local_images)
end

return images
