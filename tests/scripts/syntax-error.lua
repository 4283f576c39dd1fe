return zdt.script {
  name = "syntax-error",
  zdt.step { "Never", run = function( end },
}
