return zdt.script {
  name = "interrupted-match",
  finally = function() zdt.log("finally ran") end,
  zdt.step { "Match", run = function()
    zdt.log("waiting")
    while true do pcall(string.find, ("a"):rep(200), ("a-"):rep(40) .. "b") end
  end },
}
