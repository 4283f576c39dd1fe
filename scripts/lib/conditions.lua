-- status.conditions of any object, as Kubernetes writes them.
local conditions = {}

-- The condition of that type; nil when there is none, or no object.
function conditions.of(object, name)
  for _, condition in ipairs(object and object.status and object.status.conditions or {}) do
    if condition.type == name then return condition end
  end
end

function conditions.is_true(object, name)
  local condition = conditions.of(object, name)
  return condition ~= nil and condition.status == "True"
end

return conditions
