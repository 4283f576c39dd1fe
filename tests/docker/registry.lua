-- The way of `--registry` with a real daemon and a real registry: build, tag, push; what arrived is asked of the registry itself.
-- tests/docker/run.sh starts two, one of which requires a login. No cluster pulls from them here.
local image = { context = "tests/docker/context", tag = "zdt-test/pushed:one", args = { VERSION = "pushed" } }

-- curl runs where the registry listens: in the daemon's network namespace, as this program does.
local function manifest_of(registry, login)
  local words = { "curl", "--silent", "--fail", "--header", "Accept: application/vnd.docker.distribution.manifest.v2+json" }
  if login then words[#words + 1], words[#words + 2] = "--user", login end
  words[#words + 1] = ("http://%s/v2/demo/monolith/manifests/one"):format(registry)
  return zdt.shell(words).out
end

local function push_to(registry)
  local there = registry .. "/demo/monolith:one"
  zdt.docker.tag(image.tag, there)
  zdt.docker.push(there)
  return there
end

return zdt.script {
  name = "registry",
  title = "Images go to a registry, and come from it again",
  params = { open = "127.0.0.1:5000", closed = "127.0.0.1:5001", login = "" },

  zdt.step { "Push to a registry that asks for nothing",
    run = function(s)
      zdt.docker.build(image)
      local id, there = zdt.docker.image_id(image.tag), push_to(s.params.open)
      zdt.expect("the manifest names the image", manifest_of(s.params.open)):contains(id)
      zdt.shell { "docker", "image", "rm", "--force", image.tag, there }
      zdt.shell { "docker", "pull", there }
      zdt.expect("what was pulled", zdt.docker.image_id(there)):equals(id)
    end },

  zdt.step { "Without a login the other one refuses, in one sentence",
    run = function(s)
      zdt.docker.build(image)
      local ok, failure = pcall(push_to, s.params.closed)
      zdt.expect("pushed", ok):equals(false)
      zdt.expect("why", tostring(failure)):contains("the registry requires a login")
    end },

  zdt.step { "With a login it takes the image",
    run = function(s)
      local user, password = s.params.login:match("^([^:]+):(.+)$")
      zdt.shell({ "docker", "login", "--username", user, "--password-stdin", s.params.closed }, { input = password })
      push_to(s.params.closed)
      zdt.expect("the manifest names the image", manifest_of(s.params.closed, s.params.login)):contains(zdt.docker.image_id(image.tag))
    end },
}
