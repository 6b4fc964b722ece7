-- What every request passes before it reaches the model: who came, with what, and whether it may be asked.
--
-- Everything fails closed: what cannot be read, checked or asked is refused. Values in capitals between @ signs are
-- filled in by gateway.py. Nothing of a prompt is logged, only the verdict.
local KEYS_DIRECTORY = "@KEYS@"
local SCREEN_HOST = "@SCREEN_HOST@"
local SCREEN_PATH = "@SCREEN_PATH@"
local ROLE = "@ROLE@"
local HOSTED = "@HOSTED_MODELS@"
local MOST_BYTES = @MOST_BYTES@
local MOST_TOKENS = @MOST_TOKENS@

local function refuse(handle, status, verdict, message)
  handle:streamInfo():dynamicMetadata():set("palisade", "verdict", verdict)
  handle:respond({[":status"] = status, ["content-type"] = "application/json"},
    '{"error":{"message":"' .. message .. '"}}')
end

-- Compares in a time that does not depend on where two texts differ.
local function same(one, other)
  if #one ~= #other then return false end
  local differs = 0
  for index = 1, #one do
    if one:byte(index) ~= other:byte(index) then differs = differs + 1 end
  end
  return differs == 0
end

-- Whether the edge's word counts, or the gateway itself verified a token that holds the role.
local function signed_in(handle)
  if ROLE == "" then return true end
  local verified = handle:streamInfo():dynamicMetadata():get("envoy.filters.http.jwt_authn")
  local claims = verified and verified["caller"]
  for _, role in pairs(claims and claims["roles"] or {}) do
    if role == ROLE then return true end
  end
  return false
end

-- The caller whose key is shown, if any.
local function caller_of(shown)
  if KEYS_DIRECTORY == "" or shown == nil or #shown < 32 then return nil end
  for caller in string.gmatch("@CALLERS@", "[^,]+") do
    local file = io.open(KEYS_DIRECTORY .. "/" .. caller, "r")
    if file then
      local key = (file:read("*a") or ""):gsub("%s+$", "")
      file:close()
      if #key >= 32 and same(key, shown) then return caller end
    end
  end
  return nil
end

local ESCAPES = {['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t"}
local function quoted(text)
  return '"' .. text:gsub('[%c"\\]', function(character)
    return ESCAPES[character] or string.format("\\u%04x", character:byte())
  end) .. '"'
end

@OBJECT@
@BUDGET@
@ENTRA@
@SCREENED@
@HOSTED@
local function checked(handle)
  local headers = handle:headers()
  local way = headers:get("@WAY_HEADER@")
  local key = headers:get("@KEY_HEADER@")
  local path = headers:get(":path"):gsub("%?.*$", "")
  local caller
  headers:remove("@HOSTED_HEADER@")
  -- Who shows a key is held to it, whatever the edge says: it may have asked for nothing else.
  if way == "@API_KEY@" or (way == "@SIGNED_IN@" and key ~= nil) then
    caller = caller_of(key)
    if not caller then
      return refuse(handle, "403", "refused", "the API key is not known")
    end
  elseif way ~= "@SIGNED_IN@" then
    return refuse(handle, "403", "refused", "requests come through the gateway only")
  elseif not signed_in(handle) then
    return refuse(handle, "401", "refused", "a token with the role of callers is needed")
  end
  local pays = payer(handle, caller)
  headers:remove("@KEY_HEADER@")
  headers:remove("authorization")
  headers:remove("cookie")
  if headers:get(":method") ~= "POST" then
    handle:streamInfo():dynamicMetadata():set("palisade", "verdict", "passed")
    return
  end
  local length = tonumber(headers:get("content-length") or "")
  if length == nil or length > MOST_BYTES then
    return refuse(handle, "413", "refused", "the body has no length, or is too long")
  end
  local buffer = handle:body()
  local body = buffer and buffer:getBytes(0, buffer:length()) or ""
  for asked in string.gmatch(body, '"max_[a-z_]*tokens"%s*:%s*(%d+)') do
    if tonumber(asked) > MOST_TOKENS then
      return refuse(handle, "400", "refused", "more tokens are asked for than one answer may have")
    end
  end
  local top, capitals = top_of(body)
  if top == nil then
    return refuse(handle, "400", "refused", "the body is no JSON object with each name once")
  end
  local tokens = estimated(path, body, top, capitals)
  if tokens == nil then
    return refuse(handle, "400", "refused", "numbers of tokens and answers are whole ones, from one on")
  elseif tokens > TOKENS_PER_MINUTE then
    return refuse(handle, "429", "beyond the budget", "more tokens are asked for than a caller has in a minute")
  end
  if SCREEN_HOST ~= "" then
    local verdict = screened(handle, body)
    if verdict == "found" then
      return refuse(handle, "400", "blocked", "the prompt asks for what this service does not answer")
    elseif verdict ~= "clean" then
      return refuse(handle, "503", "unscreened", "the prompt could not be screened; try again")
    end
  end
  local goes = HOSTED ~= "" and sent_on(handle, path, body, top) or "own"
  if goes == "unsent" then
    return refuse(handle, "400", "refused", "this model is asked to keep, fetch and search nothing")
  elseif goes == "unbounded" then
    return refuse(handle, "400", "refused", "a bound of the answer is a number, or not there")
  elseif goes == "unknown" then
    return refuse(handle, "503", "unasked", "the model could not be asked; try again")
  end
  -- What the filter behind this one reads.
  local told = handle:streamInfo():dynamicMetadata()
  told:set("palisade", "payer", pays)
  told:set("palisade", "tokens", tokens)
  told:set("palisade", "verdict", goes == "sent" and "sent on" or "passed")
end

-- Envoy lets a request through whose program fails.
function envoy_on_request(handle)
  if not pcall(checked, handle) then
    return refuse(handle, "500", "failed", "the request could not be checked")
  end
end

-- The filter that counts tokens refuses after all of this.
function envoy_on_response(handle)
  if handle:headers():get("@LIMIT_HEADER@") == "tokens" then
    handle:streamInfo():dynamicMetadata():set("palisade", "verdict", "beyond the budget")
  end
end
