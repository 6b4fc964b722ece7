-- How many tokens of models a request may take, and whose budget pays for them: a filter after this one counts.
--
-- The estimate is a token for four bytes of a body, and for each answer that it asks for the most that this may have: where
-- the body bounds an answer by no name that the model reads, the most that there may be.
local TOKENS_PER_MINUTE = @TOKENS_PER_MINUTE@
local TOKEN_HEADER = "@TOKEN_HEADER@"
local BYTES_PER_TOKEN = @BYTES_PER_TOKEN@
-- The names that bound an answer, by path: a name that is there for another path only, the model passes over.
local BOUNDS = {
  ["/v1/chat/completions"] = {"max_tokens", "max_completion_tokens"},
  ["/v1/completions"] = {"max_tokens"},
}
local SEVERAL = {"n", "best_of"}

-- The greatest of some numbers at the top of a body; zero where none is there, nothing where one is no whole number from
-- one on, or stands where only some readers see it.
local function greatest(top, capitals, names)
  local found = 0
  for _, name in ipairs(names) do
    local value = top[name]
    if value ~= nil and value ~= "null" then
      if capitals[name] or not value:match("^[1-9]%d*$") then return nil end
      found = math.max(found, tonumber(value))
    end
  end
  return found
end

-- How many prompts a value holds, each with answers of its own: texts in a list, or lists of tokens.
local function prompts(value)
  if value == nil or value:sub(1, 1) ~= "[" then return 1 end
  local place, count = 2, 0
  while true do
    local from, mark = value:match("^[%s,]*()([^%s,])", place)
    if from == nil or mark == "]" then return math.max(count, 1) end
    place = behind(value, from)
    if place == nil then return nil end
    if mark == '"' or mark == "[" or mark == "{" then count = count + 1 end
  end
end

-- The most tokens that a request takes; nothing where its numbers cannot be read.
local function estimated(path, body, top, capitals)
  local asked = math.ceil(#body / BYTES_PER_TOKEN)
  -- A prompt may be written as tokens, of which each is a number.
  local numbers = 0
  for _ in body:gmatch("%d%s*[,%]]") do numbers = numbers + 1 end
  asked = math.max(asked, numbers)
  local names = BOUNDS[path]
  if names == nil then return asked end
  local bound, several = greatest(top, capitals, names), greatest(top, capitals, SEVERAL)
  local held = prompts(top["prompt"])
  if bound == nil or several == nil or held == nil then return nil end
  if bound == 0 then bound = MOST_TOKENS end
  return asked + bound * math.max(several, 1) * held
end

local SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
local function decoded(text)
  local held, bits, made = 0, 0, {}
  for index = 1, #text do
    held = held % 64 * 64 + SIGNS:find(text:sub(index, index), 1, true) - 1
    bits = bits + 6
    if bits >= 8 then
      bits = bits - 8
      made[#made + 1] = string.char(math.floor(held / 2 ^ bits) % 256)
    end
  end
  return table.concat(made)
end

-- Whom a token is about, which the edge verified; nothing where there is not exactly one.
local function subject(shown)
  local said = (shown or ""):gsub("^[Bb]earer ", ""):match("^[%w_-]+%.([%w_-]+)%.[%w_-]+$")
  local top, capitals = top_of(said and decoded(said) or "")
  if top == nil or capitals["sub"] then return nil end
  return (top["sub"] or ""):match('^"(.+)"$')
end

-- Who pays, whatever token it shows. Callers whom nobody names share one budget.
local function payer(handle, key_of)
  if key_of then return "key " .. key_of end
  local verified = handle:streamInfo():dynamicMetadata():get("envoy.filters.http.jwt_authn")
  local claims = verified and verified["caller"]
  local holder = claims and (claims["oid"] or claims["sub"])
  if TOKEN_HEADER ~= "" then holder = subject(handle:headers():get(TOKEN_HEADER)) end
  return holder and "holder " .. holder or "unnamed"
end
