-- Removes its cluster and makes it anew while it runs.
return zdt.script {
  name = "remake",
  title = "Removes its cluster and makes it anew",

  zdt.step { "Bring the cluster up", id = "up", run = function(s) s.target:up() end },
  zdt.step { "Remove it", id = "down", run = function(s) s.target:down() end },
  zdt.step { "Bring it up again", id = "again", run = function(s) s.target:up() end },
  zdt.step { "It has its lease", id = "lease",
    run = function() zdt.expect("holders", #zdt.k8s.list("leases", { ns = "default" })):equals(1) end },
  zdt.step { "Remove it for good", id = "end", run = function(s) s.target:down() end },
}
