-- What the machine must have before the first step acts (setup.lua holds the list).
local preflight = {}

local function described(tool)
  local needed = tool.needed ~= "" and ", needed " .. tool.needed or ""
  return ("%s (%s%s)"):format(tool.tool, tool.found ~= "" and tool.found or tool.verdict, needed)
end

local harmless = { ok = true, warning = true, optional = true }

-- Of `findings` (all by default) those without which the target cannot work.
function preflight.missing(findings)
  local missing = {}
  for _, tool in ipairs(findings or zdt.tools.check()) do
    if not harmless[tool.verdict] then missing[#missing + 1] = tool end
  end
  return missing
end

function preflight.check(target)
  local findings, there, missing, hints = zdt.tools.check(), {}, {}, {}
  for _, tool in ipairs(findings) do
    if tool.verdict == "ok" then
      there[#there + 1] = tool.found == "" and tool.tool or tool.tool .. " " .. tool.found
    elseif tool.verdict == "warning" then
      zdt.warn(("%s: %s"):format(described(tool), tool.hint))
    end
  end
  for index, tool in ipairs(preflight.missing(findings)) do missing[index], hints[index] = described(tool), tool.hint end
  zdt.observe("found", table.concat(there, ", "))
  if #missing > 0 then
    zdt.fail(("%s needs what is not here: %s"):format(target:name(), table.concat(missing, ", ")), table.concat(hints, "; "),
      "environment")
  end
end

return preflight
