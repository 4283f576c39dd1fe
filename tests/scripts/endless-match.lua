return zdt.script {
  name = "endless-match",
  finally = function() zdt.log("finally ran") end,
  zdt.step { "Match", run = function()
    pcall(string.find, ("a"):rep(200), ("a-"):rep(40) .. "b")
  end },
}
