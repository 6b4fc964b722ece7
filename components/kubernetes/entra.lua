-- A token by which the pod's own identity asks AI services of Azure: AKS's proxy exchanges its account's token for one of
-- Entra ID.
local known_token, known_until = nil, 0

local function token(handle)
  local now = tonumber(tostring(handle:timestamp())) or 0
  if known_token and now < known_until then return known_token end
  local file = io.open(os.getenv("AZURE_FEDERATED_TOKEN_FILE") or "", "r")
  if file == nil then return nil end
  local own = (file:read("*a") or ""):gsub("%s+$", "")
  file:close()
  local headers, answer = handle:httpCall("login", {
    [":method"] = "POST",
    [":path"] = "/" .. (os.getenv("AZURE_TENANT_ID") or "") .. "/oauth2/v2.0/token",
    [":authority"] = (os.getenv("AZURE_KUBERNETES_TOKEN_PROXY") or ""):gsub("^https://", ""):gsub("/.*$", ""),
    ["x-token-proxy"] = os.getenv("AZURE_KUBERNETES_SNI_NAME") or "",
    ["content-type"] = "application/x-www-form-urlencoded",
  }, "grant_type=client_credentials&scope=https%3A%2F%2Fcognitiveservices.azure.com%2F.default" ..
    "&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer" ..
    "&client_id=" .. (os.getenv("AZURE_CLIENT_ID") or "") .. "&client_assertion=" .. own, 5000)
  if headers == nil or headers[":status"] ~= "200" then return nil end
  local seconds = tonumber(string.match(answer or "", '"expires_in"%s*:%s*"?(%d+)') or "")
  known_token = string.match(answer or "", '"access_token"%s*:%s*"([^"]+)"')
  known_until = now + 1000 * math.max((seconds or 0) - 300, 0)
  return known_token
end
