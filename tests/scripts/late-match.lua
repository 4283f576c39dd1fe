return zdt.script {
  name = "late-match",
  finally = function() zdt.log("finally ran") end,
  zdt.step { "Match", timeout = "1s", run = function()
    xpcall(string.find, function() while true do end end, ("a"):rep(200), ("a-"):rep(40) .. "b")
  end },
}
