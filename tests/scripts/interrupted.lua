return zdt.script {
  name = "interrupted",
  finally = function() zdt.log("finally ran") end,
  zdt.step { "Wait", run = function()
    zdt.log("waiting")
    zdt.shell({ "sleep", "3600.0271" }, { timeout = "2h" })
  end },
}
