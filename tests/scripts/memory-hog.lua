return zdt.script {
  name = "memory-hog",
  finally = function() zdt.log("finally ran") end,
  zdt.step { "Hoard", run = function()
    local hoard = {}
    for i = 1, math.huge do hoard[i] = ("x"):rep(1 << 20) .. i end
  end },
}
