return zdt.script {
  name = "endless-loop",
  finally = function() zdt.log("finally ran") end,
  zdt.step { "Spin", run = function()
    while true do
      pcall(function() while true do end end)
    end
  end },
}
