-- Models that the cloud runs itself. The name of the model at the top of a request says which ones are meant for it.
local HOSTED_HEADER = "@HOSTED_HEADER@"
local HOSTED_MODELS = ",@HOSTED_MODELS@,"
-- What the service would keep, fetch or search outside of what was asked; null and false ask for nothing.
local NOT_SENT = {"store", "data_sources", "web_search_options"}
-- All other headers of callers end here, among them one that chooses another filter of the service's. Envoy needs
-- x-forwarded-proto, which it wrote itself, to find a route.
local SENT = {[":method"] = true, [":path"] = true, [":authority"] = true, [":scheme"] = true, ["content-type"] = true,
  ["content-length"] = true, ["accept"] = true, ["x-forwarded-proto"] = true, ["x-request-id"] = true}

local function callers_headers(headers)
  local names = {}
  for name, _ in pairs(headers) do
    if not SENT[name] then names[#names + 1] = name end
  end
  return names
end

-- The service bounds no answer of a chat by itself: what names no bound is given the most that there may be. Nothing where
-- a bound is named that is none.
local function bounded(path, body, top)
  if path ~= "/v1/chat/completions" then return body end
  if top["max_tokens"] == "null" or top["max_completion_tokens"] == "null" then return nil end
  if top["max_tokens"] or top["max_completion_tokens"] then return body end
  return (body:gsub("{", '{"max_completion_tokens":' .. MOST_TOKENS .. ",", 1))
end

-- "own" for the pod's model, "sent" for one of the cloud's, "unsent" or "unbounded" for what is refused, and "unknown"
-- where the cloud cannot be asked.
local function sent_on(handle, path, body, top)
  local model = (top["model"] or ""):match('^"([%w._-]+)"$')
  if model == nil or not HOSTED_MODELS:find("," .. model .. ",", 1, true) then return "own" end
  for _, name in ipairs(NOT_SENT) do
    local value = top[name]
    if value ~= nil and value ~= "null" and value ~= "false" then return "unsent" end
  end
  local bound = bounded(path, body, top)
  if bound == nil then return "unbounded" end
  local access = token(handle)
  if access == nil then return "unknown" end
  -- What was read before something else was asked, can be written no more.
  local headers = handle:headers()
  for _, name in ipairs(callers_headers(headers)) do headers:remove(name) end
  headers:replace(":path", path)
  if bound ~= body then headers:replace("content-length", tostring(handle:body():setBytes(bound))) end
  headers:replace("authorization", "Bearer " .. access)
  headers:replace(HOSTED_HEADER, "yes")
  handle:clearRouteCache()
  return "sent"
end
