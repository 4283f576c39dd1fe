return zdt.script {
  name = "raised-error",
  finally = function() zdt.log("finally ran") end,
  zdt.step { "Index nothing", run = function(s)
    zdt.log(s.nothing.at_all)
  end },
}
