-- What the machine must have before the first step acts (setup.lua holds the list).
local preflight = {}

local function described(tool)
  return ("%s (%s, needed %s)"):format(tool.tool, tool.found ~= "" and tool.found or tool.verdict, tool.needed)
end

function preflight.check(target)
  local there, missing, hints = {}, {}, {}
  for _, tool in ipairs(zdt.tools.check()) do
    if tool.verdict == "ok" then
      there[#there + 1] = tool.found == "" and tool.tool or tool.tool .. " " .. tool.found
    elseif tool.verdict == "warning" then
      zdt.warn(("%s: %s"):format(described(tool), tool.hint))
    elseif tool.verdict ~= "optional" then
      missing[#missing + 1] = described(tool)
      hints[#hints + 1] = tool.hint
    end
  end
  zdt.observe("found", table.concat(there, ", "))
  if #missing > 0 then
    zdt.fail(("%s needs what is not here: %s"):format(target:name(), table.concat(missing, ", ")), table.concat(hints, "; "),
      "environment")
  end
end

return preflight
