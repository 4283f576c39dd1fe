-- Acts on the cluster for a while: what a second run meets.
return zdt.script {
  name = "hold",
  title = "Acts on the cluster for a while",
  params = { seconds = 60, fails = false },

  zdt.step { "Bring the cluster up", id = "up", run = function(s) s.target:up() end },

  zdt.step { "Hold it", id = "hold",
    run = function(s)
      zdt.log("holding")
      zdt.shell({ "sleep", tostring(s.params.seconds) }, { timeout = "10m" })
      if s.params.fails then zdt.fail("as asked") end
    end },

  finally = function() zdt.log("finally ran") end,
}
