-- What the issuer signs tokens with, as its page of keys says it: a file among the keys, which is replaced there.
function envoy_on_request(handle)
  local file = io.open("@KEYS@/@TOKEN_KEYS@", "r")
  if file == nil then return handle:respond({[":status"] = "404"}, "") end
  local text = file:read("*a") or ""
  file:close()
  handle:respond({[":status"] = "200", ["content-type"] = "application/json"}, text)
end
