-- Models that the cloud runs itself. The name of the model at the top of a request says which ones are meant for it.
--
-- A body that two readers could read in two ways is refused: the one that decides here, and the one that answers.
local HOSTED_HEADER = "@HOSTED_HEADER@"
local HOSTED_MODELS = ",@HOSTED_MODELS@,"
-- What the service would keep, fetch or search outside of what was asked; null and false ask for nothing.
local NOT_SENT = {"store", "data_sources", "web_search_options"}
-- All other headers of callers end here, among them one that chooses another filter of the service's. Envoy needs
-- x-forwarded-proto, which it wrote itself, to find a route.
local SENT = {[":method"] = true, [":path"] = true, [":authority"] = true, [":scheme"] = true, ["content-type"] = true,
  ["content-length"] = true, ["accept"] = true, ["x-forwarded-proto"] = true, ["x-request-id"] = true}

-- What a JSON text that begins at a place says, and the place behind it; nothing where it does not end.
local function text_at(body, place)
  if body:sub(place, place) ~= '"' then return nil end
  local from = place + 1
  while true do
    local found = body:find('["\\]', from)
    if found == nil then return nil end
    if body:sub(found, found) == '"' then return body:sub(place + 1, found - 1), found + 1 end
    from = found + 2
  end
end

-- The place behind a JSON value that begins at a place.
local function behind(body, place)
  local first = body:sub(place, place)
  if first == '"' then
    local _, after = text_at(body, place)
    return after
  end
  if first ~= "{" and first ~= "[" then return body:match("^[%w.+-]+()", place) end
  local depth = 0
  while true do
    local found = body:find('["%[%]{}]', place)
    if found == nil then return nil end
    local mark = body:sub(found, found)
    if mark == '"' then
      local _, after = text_at(body, found)
      if after == nil then return nil end
      place = after
    else
      depth = depth + ((mark == "{" or mark == "[") and 1 or -1)
      place = found + 1
      if depth == 0 then return place end
    end
  end
end

-- Values at the top of a JSON object by name, as they are written; nothing where it is none, or a name is there twice, or
-- written in signs for letters. Some readers take capitals for small letters.
local function top_of(body)
  local place = body:match("^%s*{%s*()")
  if place == nil then return nil end
  local values = {}
  if body:match("^}%s*$", place) then return values end
  while true do
    local name, after = text_at(body, place)
    name = name and name:lower()
    if name == nil or values[name] ~= nil or name:find("\\", 1, true) then return nil end
    local from = body:match("^%s*:%s*()", after)
    local to = from and behind(body, from)
    if to == nil then return nil end
    values[name] = body:sub(from, to - 1)
    local mark, further = body:match("^%s*([,}])%s*()", to)
    if mark == "}" then return further > #body and values or nil end
    if mark == nil then return nil end
    place = further
  end
end

local function callers_headers(headers)
  local names = {}
  for name, _ in pairs(headers) do
    if not SENT[name] then names[#names + 1] = name end
  end
  return names
end

-- "own" for the pod's model, "sent" for one of the cloud's, "unreadable" or "unsent" for what is refused, and "unknown"
-- where the cloud cannot be asked.
local function sent_on(handle, body)
  local top = top_of(body)
  if top == nil then return "unreadable" end
  local model = (top["model"] or ""):match('^"([%w._-]+)"$')
  if model == nil or not HOSTED_MODELS:find("," .. model .. ",", 1, true) then return "own" end
  for _, name in ipairs(NOT_SENT) do
    local value = top[name]
    if value ~= nil and value ~= "null" and value ~= "false" then return "unsent" end
  end
  local access = token(handle)
  if access == nil then return "unknown" end
  -- What was read before something else was asked, can be written no more.
  local headers = handle:headers()
  for _, name in ipairs(callers_headers(headers)) do headers:remove(name) end
  headers:replace(":path", (headers:get(":path"):gsub("%?.*$", "")))
  headers:replace("authorization", "Bearer " .. access)
  headers:replace(HOSTED_HEADER, "yes")
  handle:clearRouteCache()
  return "sent"
end
