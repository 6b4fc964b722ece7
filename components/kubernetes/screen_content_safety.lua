-- Content Safety of Azure. The pod's own identity asks (entra.lua).
--
-- The service reads 10,000 characters at once, so that a longer text goes piece by piece, each beginning before the
-- last one ends. Two things are asked of each piece: whether it attacks the model, and how harmful it is.
local PIECE, SHARED = 9000, 500
local HARMFUL = 4

local function asked(handle, access, path, text)
  local headers, answer = handle:httpCall("screen", {
    [":method"] = "POST",
    [":path"] = path,
    [":authority"] = SCREEN_HOST,
    ["authorization"] = "Bearer " .. access,
    ["content-type"] = "application/json",
  }, text, 5000)
  if headers == nil or headers[":status"] ~= "200" then return nil end
  return answer
end

-- The place at or before `place` where a character begins.
local function boundary(body, place)
  while place > 1 and place <= #body do
    local byte = body:byte(place)
    if byte < 0x80 or byte > 0xBF then break end
    place = place - 1
  end
  return place
end

local function judged(handle, access, piece)
  local attack = asked(handle, access, SCREEN_PATH, '{"userPrompt":' .. quoted(piece) .. ',"documents":[]}')
  if attack == nil then return "unknown" end
  local found = string.match(attack, '"attackDetected"%s*:%s*(%a+)')
  if found == "true" then return "found" end
  if found ~= "false" then return "unknown" end
  local path = SCREEN_PATH:gsub("text:shieldPrompt", "text:analyze")
  local harm = asked(handle, access, path, '{"text":' .. quoted(piece) .. "}")
  if harm == nil then return "unknown" end
  local seen = false
  for severity in string.gmatch(harm, '"severity"%s*:%s*(%d+)') do
    if tonumber(severity) >= HARMFUL then return "found" end
    seen = true
  end
  return seen and "clean" or "unknown"
end

-- "clean", "found", or "unknown" when it could not be asked.
local function screened(handle, body)
  local access = token(handle)
  if access == nil then return "unknown" end
  local from = 1
  while true do
    local last = #body
    if last - from + 1 > PIECE then last = boundary(body, from + PIECE) - 1 end
    local verdict = judged(handle, access, body:sub(from, last))
    if verdict ~= "clean" then return verdict end
    if last >= #body then return "clean" end
    from = boundary(body, last - SHARED)
  end
end
