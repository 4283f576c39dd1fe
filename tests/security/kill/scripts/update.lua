-- A run that is killed at a random moment: an update and a change of scale, under load. Each step leaves the pool in motion for
-- the checkpoints before it; each checkpoint, once reached, holds to the end.
local pool = require "lib.pool"

return zdt.script {
  name = "update",
  title = "Update and scale a small pool under load",
  needs = { "base" },

  zdt.step { "Prepare", id = "prepare", checkpoint = "prepared",
    run = function() pool.note("prepared") end,
    verify = function() return pool.has_note("prepared") end },

  zdt.step { "Start the load", id = "load",
    run = function(s)
      s.load = zdt.load.start { url = s.target:url(pool.name) .. "/health", rate = 50, connect_timeout = "200ms" }
      zdt.eventually("answers arrive", { timeout = "20s", every = "50ms" }, function() return s.load:snapshot().ok > 5 end)
    end },

  zdt.step { "Update", id = "update", checkpoint = "updated", timeout = "2m",
    run = function()
      pool.apply("new", pool.few)
      pool.wait()
    end,
    verify = function() return pool.runs("new", pool.few) end },

  zdt.step { "Scale", id = "scale", checkpoint = "scaled", timeout = "2m",
    run = function()
      pool.apply("new", pool.many)
      pool.wait()
    end,
    verify = function() return pool.runs("new", pool.many) end },

  zdt.step { "Count", id = "count", checkpoint = "counted",
    run = function(s)
      if s.load then zdt.observe("sent", s.load:stop().sent) end  -- a resume may have had no reason to start it
      pool.note("counted")
    end,
    verify = function() return pool.has_note("counted") end },
}
