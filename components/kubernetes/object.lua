-- What is at the top of a JSON object, without a reader of all of it.
--
-- A text that two readers could read in two ways is refused: the one that decides here, and the one that answers.

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
-- written in signs for letters. Some readers take capitals for small letters, and some pass such names over: they are told
-- beside it.
local function top_of(body)
  local place = body:match("^%s*{%s*()")
  if place == nil then return nil end
  local values, capitals = {}, {}
  if body:match("^}%s*$", place) then return values, capitals end
  while true do
    local written, after = text_at(body, place)
    local name = written and written:lower()
    if name == nil or values[name] ~= nil or name:find("\\", 1, true) then return nil end
    local from = body:match("^%s*:%s*()", after)
    local to = from and behind(body, from)
    if to == nil then return nil end
    values[name] = body:sub(from, to - 1)
    if name ~= written then capitals[name] = true end
    local mark, further = body:match("^%s*([,}])%s*()", to)
    if mark == "}" then
      if further > #body then return values, capitals end
      return nil
    end
    if mark == nil then return nil end
    place = further
  end
end
