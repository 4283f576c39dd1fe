-- What update.lua needs: a pool that is healthy.
local pool = require "lib.pool"

return zdt.script {
  name = "base",
  title = "A small pool",

  zdt.step { "Deploy the pool", id = "deploy", checkpoint = "deployed", timeout = "2m",
    run = function()
      for _, name in ipairs { "prepared", "counted" } do zdt.k8s.delete("configmap", name) end
      pool.apply("old", pool.few)
      zdt.k8s.apply(pool.service)
      pool.wait()
    end,
    verify = pool.is_healthy },
}
