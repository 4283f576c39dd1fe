-- zdt.docker against a real daemon; tests/docker/run.sh starts one.
local image = { context = "tests/docker/context", tag = "zdt-test/app:one", args = { VERSION = "one" } }

local function output_of(name) return zdt.shell({ "docker", "run", "--rm", "--network", "none", name }).out end

return zdt.script {
  name = "real-docker",
  title = "What the program asks of Docker, asked of a real one",
  params = { folder = "/tmp" },

  zdt.step { "Build",
    run = function()
      zdt.expect("nothing there", zdt.docker.image_id(image.tag) == nil):is_true()
      zdt.expect("built", zdt.docker.build(image)):is_true()
      zdt.expect("what it prints", output_of(image.tag)):equals("one\n")
      zdt.expect("built again from the same inputs", zdt.docker.build(image)):equals(false)
      local other = { context = image.context, tag = image.tag, args = { VERSION = "two" } }
      zdt.expect("built with another argument", zdt.docker.build(other)):is_true()
      zdt.expect("what it prints then", output_of(image.tag)):equals("two\n")
    end },

  zdt.step { "Tag, save and load",
    run = function(s)
      local id, archive = zdt.docker.image_id(image.tag), s.params.folder .. "/saved.tar"
      zdt.docker.tag(image.tag, "zdt-test/app:tagged")
      zdt.expect("the tag's id", zdt.docker.image_id("zdt-test/app:tagged")):equals(id)
      zdt.docker.save({ image.tag, "zdt-test/app:tagged" }, archive)
      zdt.shell { "docker", "image", "rm", "--force", image.tag, "zdt-test/app:tagged" }
      zdt.expect("removed", zdt.docker.image_id(image.tag) == nil):is_true()
      zdt.docker.load(archive)
      zdt.expect("loaded", zdt.docker.image_id(image.tag)):equals(id)
    end },

  zdt.step { "Failures are told in one sentence",
    run = function()
      local _, failure = pcall(zdt.docker.tag, "zdt-test/none:1", "zdt-test/none:2")
      zdt.expect("an image that is not there", tostring(failure)):contains("zdt-test/none:1")
      local _, broken = pcall(zdt.docker.build, { context = "tests/docker/broken", tag = "zdt-test/broken:1" })
      zdt.expect("a step that fails", tostring(broken)):contains("code: 7")
    end },
}
