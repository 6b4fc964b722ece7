-- A guardrail of Amazon Bedrock. The request is signed on its way out, by the cluster "screen" (gateway.py).
--
-- "clean", "found", or "unknown" when it could not be asked.
local function screened(handle, body)
  local headers, answer = handle:httpCall("screen", {
    [":method"] = "POST",
    [":path"] = SCREEN_PATH,
    [":authority"] = SCREEN_HOST,
    ["content-type"] = "application/json",
  }, '{"source":"INPUT","content":[{"text":{"text":' .. quoted(body) .. "}}]}", 5000)
  if headers == nil or headers[":status"] ~= "200" then return "unknown" end
  if string.find(answer or "", "GUARDRAIL_INTERVENED", 1, true) then return "found" end
  -- Each filter's own action is in the answer too: clean is what nothing of it blocks.
  if string.find(answer or "", "BLOCKED", 1, true) then return "unknown" end
  if string.match(answer or "", '"action"%s*:%s*"NONE"') then return "clean" end
  return "unknown"
end
