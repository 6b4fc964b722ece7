-- Model Armor of Google Cloud.
-- A token of the pod's own identity, from the cloud's metadata server.
local function token(handle)
  local headers, body = handle:httpCall("metadata", {
    [":method"] = "GET",
    [":path"] = "/computeMetadata/v1/instance/service-accounts/default/token",
    [":authority"] = "metadata.google.internal",
    ["metadata-flavor"] = "Google",
  }, "", 2000)
  if headers == nil or headers[":status"] ~= "200" then return nil end
  return string.match(body or "", '"access_token"%s*:%s*"([^"]+)"')
end

-- "clean", "found", or "unknown" when it could not be asked.
local function screened(handle, body)
  local access = token(handle)
  if access == nil then return "unknown" end
  local headers, answer = handle:httpCall("screen", {
    [":method"] = "POST",
    [":path"] = SCREEN_PATH,
    [":authority"] = SCREEN_HOST,
    ["authorization"] = "Bearer " .. access,
    ["content-type"] = "application/json",
  }, '{"userPromptData":{"text":' .. quoted(body) .. "}}", 5000)
  if headers == nil or headers[":status"] ~= "200" then return "unknown" end
  local state = string.match(answer or "", '"filterMatchState"%s*:%s*"([A-Z_]+)"')
  local ran = string.match(answer or "", '"invocationResult"%s*:%s*"([A-Z_]+)"')
  if state == "NO_MATCH_FOUND" and ran == "SUCCESS" then return "clean" end
  if state == "MATCH_FOUND" then return "found" end
  return "unknown"
end
