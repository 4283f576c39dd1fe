return zdt.script {
  name = "failed-assertion",
  finally = function() zdt.log("finally ran") end,
  zdt.step { "Compare", run = function()
    zdt.expect("failed requests", 3):equals(0)
    zdt.expect("ready pods", 2):at_least(1)
  end },
  zdt.step { "Never", run = function() zdt.log("it went on") end },
}
