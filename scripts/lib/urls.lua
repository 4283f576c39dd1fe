-- The URL lists of the talk, as tables: a path, and how often it is asked for beside the others. The names are those of
-- the files that siege took there.
local urls = {}

-- What visitors do: read much, wait sometimes, write a little.
urls["urls.txt"] = {
  { path = "/", weight = 2 },
  { path = "/companies", weight = 4 },
  { path = "/companies/1", weight = 4 },
  { path = "/companies/1/projects", weight = 3 },
  { path = "/projects", weight = 3 },
  { path = "/projects/7", weight = 3 },
  { path = "/metadata", weight = 1 },
  { path = "/sleep/0.3", weight = 8 },
  { path = "/companies", method = "POST", body = '{"name":"Load Test"}', weight = 2 },
}

-- What may be asked for again, and is sent to a pool of which one pod fails. Most of it is slow, so that many requests are
-- under way at a time, and some of them always at that pod.
urls["retry-demo-urls.txt"] = {
  { path = "/companies", weight = 1 },
  { path = "/projects", weight = 1 },
  { path = "/sleep/0.3", weight = 8 },
}

-- The list as `targets` of zdt.load.start.
function urls.targets(list, base)
  local targets = {}
  for index, each in ipairs(urls[list]) do
    targets[index] = { url = base .. each.path, method = each.method, body = each.body, weight = each.weight }
  end
  return targets
end

return urls
